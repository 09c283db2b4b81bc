"""Events for other programs: JSON lines, CSV, Perfetto, Parquet. One schema (COLUMNS) for all but Perfetto's own."""

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import IO, Any

from vimtrace.errors import VimtraceError
from vimtrace.filter import Filter
from vimtrace.output import printable
from vimtrace.trace.event import Call, Event, Exit, Signal
from vimtrace.trace.nodes import as_text
from vimtrace.trace.process import Process
from vimtrace.trace.source import Traces

# column, its type in Parquet, what it holds
COLUMNS = (
    ("file", "string", "the trace"),
    ("line", "int64", "number of the event's first line, from 1"),
    ("offset", "int64", "place of that line in bytes"),
    ("kind", "string", "call, signal, exit, message, unknown"),
    ("clock", "string", "what time_ns counts from: epoch, day (midnight), start (of the trace)"),
    ("time_ns", "int64", "when it began"),
    ("duration_ns", "int64", "how long the call took"),
    ("pid", "int64", "process or thread"),
    ("process", "int64", "the process that a thread belongs to"),
    ("comm", "string", "its name"),
    ("call", "string", "the call's name, or the signal's"),
    ("arguments", "string", "the call's arguments as they stand"),
    ("result", "string", "what it returned, or the exit status"),
    ("errno", "string", "the error's name"),
    ("text", "string", "the event's lines"),
)
BATCH = 50_000  # events in one row group
Row = dict[str, Any]


def row(event: Event, process: Process | None, basis: str) -> Row:
    """*event* in COLUMNS; ``None`` for what it does not have."""
    call = event if isinstance(event, Call) else None
    name = call.name if call else event.name if isinstance(event, Signal) else None
    result = call.value if call else event.how if isinstance(event, Exit) else None
    found = {
        "file": event.file or None,
        "line": event.line.number,
        "offset": event.line.offset,
        "kind": event.kind,
        "clock": basis or None,
        "time_ns": event.time,
        "duration_ns": call.duration if call else None,
        "pid": event.pid,
        "process": process.leader.pid if process is not None else event.pid,
        "comm": event.comm or (process.name if process is not None else None) or None,
        "call": name,
        "arguments": clean(call.arguments_text) if call else None,
        "result": result,
        "errno": (call.errno or None) if call else None,
        "text": event.text,
    }
    return {name: valid(value) if isinstance(value, str) else value for name, value in found.items()}


def valid(text: str) -> str:
    """*text* with what was no UTF-8 as escapes."""
    return text if text.isascii() else as_text(text.encode("utf-8", "surrogateescape"))


def clean(text: str) -> str:
    """latin-1 text of the trace as UTF-8, what is no UTF-8 as escapes."""
    return text if text.isascii() else as_text(text.encode("latin-1"))


def rows(traces: Traces, where: Filter | None) -> Iterator[tuple[Event, Row]]:
    """The events that match, each with its row."""
    processes = traces.processes
    of_file = {trace.path: trace for trace in traces.traces}
    for event in traces.events():
        matches = where is None or where(event, processes)
        process = processes.see(event)
        if matches:
            event.file = event.file or traces.traces[0].path
            yield event, row(event, process, of_file[event.file].basis if event.time is not None else "")


def shown(found: Iterable[tuple[Event, Row]]) -> Iterator[tuple[Event, Row]]:
    """*found* with nothing that a terminal would obey."""
    for event, data in found:
        yield event, {name: printable(value) if isinstance(value, str) else value for name, value in data.items()}


def jsonl(found: Iterable[tuple[Event, Row]], out: IO[bytes]) -> None:
    """One JSON object for each event: COLUMNS, and the arguments as a tree, all lines, notes, stack."""
    for event, data in found:
        data["lines"] = [line.number for line in event.lines]
        if isinstance(event, Call):
            data["arguments"] = event.arguments.data()
            data["notes"] = [clean(note) for note in event.notes]
            data["stack"] = event.frames
        elif isinstance(event, Signal):
            data["info"] = event.info.data() if event.info is not None else None
        text = json.dumps({name: value for name, value in data.items() if value not in (None, [])})
        out.write(text.encode("ascii") + b"\n")


def as_csv(found: Iterable[tuple[Event, Row]], out: IO[bytes]) -> None:
    """RFC 4180, with a heading. (The JSON of the others is ASCII without control characters, also on a terminal.)"""
    found = shown(found) if out.isatty() else found
    text = io.TextIOWrapper(out, "utf-8", newline="", write_through=True)
    writer = csv.DictWriter(text, [name for name, _, _ in COLUMNS], lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(data for _, data in found)
    text.flush()
    text.detach()


def perfetto(found: Iterable[tuple[Event, Row]], out: IO[bytes]) -> None:
    """The JSON trace event format, which ui.perfetto.dev and chrome://tracing load: times in microseconds.

    Raises VimtraceError for a trace without times: nothing of it has a place there.
    """
    out.write(b'{"displayTimeUnit": "ns", "traceEvents": [\n')
    names: dict[tuple[int, int], str] = {}
    nameless: dict[str, int] = {}  # perfetto takes no process that is 0
    begun: dict[tuple[int, int], float] = {}  # what never returned on a thread: it ends where that goes on
    first, timed = True, None
    for event, data in found:
        timed = timed or data["time_ns"] is not None
        pid = event.pid or nameless.setdefault(event.file, 1 + len(nameless))
        thread = (data["process"] or pid, pid)
        items = [
            *_names(names, thread, data["comm"] or ""),
            *_ended(begun, thread, event, data),
            *_slice(event, data, thread),
        ]
        for item in items:
            out.write((b"" if first else b",\n") + json.dumps(item).encode("ascii"))
            first = False
    out.write(b"\n]}\n")
    if timed is False:
        raise VimtraceError("export: perfetto shows what has a time; this trace has none", "strace -ttt -T")


def _names(names: dict[tuple[int, int], str], thread: tuple[int, int], name: str) -> Iterator[Row]:
    """What tells the names of a process and a thread that are new or have a new name."""
    if names.get(thread) == name:
        return
    names[thread] = name
    pid, tid = thread
    if pid == tid:
        yield {"ph": "M", "name": "process_name", "pid": pid, "tid": tid, "args": {"name": name or f"process {pid}"}}
    yield {"ph": "M", "name": "thread_name", "pid": pid, "tid": tid, "args": {"name": name or f"thread {tid}"}}


def _ended(begun: dict[tuple[int, int], float], thread: tuple[int, int], event: Event, data: Row) -> Iterator[Row]:
    """The end of what never returned, where the *thread* goes on with another call, or ends."""
    if data["time_ns"] is None or event.kind not in ("call", "exit"):
        return
    time = data["time_ns"] / 1000
    if thread in begun:
        yield {"ph": "E", "pid": thread[0], "tid": thread[1], "ts": max(time, begun.pop(thread))}
    if isinstance(event, Call) and event.never_returned:
        begun[thread] = time


def _slice(event: Event, data: Row, thread: tuple[int, int]) -> Iterator[Row]:
    if data["time_ns"] is None or event.kind not in ("call", "signal", "exit"):
        return
    item: Row = {"pid": thread[0], "tid": thread[1], "ts": data["time_ns"] / 1000, "name": data["call"] or "exit"}
    arguments = {name: data[name] for name in ("arguments", "result", "errno", "line") if data[name] is not None}
    item["args"] = arguments
    if isinstance(event, Call):
        if event.never_returned:
            item.update(ph="B", cat="unfinished")  # without an end, if the thread has no more: up to that of the trace
        else:
            item.update(ph="X", dur=(data["duration_ns"] or 0) / 1000, cat="failed" if event.failed else "call")
        if event.failed:
            item["cname"] = "terrible"
            item["name"] = f"{event.name} {event.errno}"
    else:
        item.update(ph="i", s="t", cat=event.kind)
    yield item


def parquet(found: Iterable[tuple[Event, Row]], out: IO[bytes]) -> None:
    """Parquet in row groups of BATCH events (pyarrow, extra ``parquet``)."""
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise VimtraceError("export: parquet needs pyarrow", "pip install 'vimtrace[parquet]'") from error
    schema = pyarrow.schema([(name, getattr(pyarrow, kind)()) for name, kind, _ in COLUMNS])
    source = iter(found)
    with pyarrow.parquet.ParquetWriter(out, schema, compression="zstd") as writer:
        while batch := [data for _, data in islice(source, BATCH)]:
            writer.write_table(pyarrow.Table.from_pylist(batch, schema=schema))


FORMATS: dict[str, Callable[[Iterable[tuple[Event, Row]], IO[bytes]], None]] = {
    "jsonl": jsonl,
    "csv": as_csv,
    "perfetto": perfetto,
    "parquet": parquet,
}
BINARY = frozenset({"parquet"})
