"""The verbs that read traces: words in, exit status out."""

import errno
import heapq
import json
import os
import sys
from collections.abc import Callable, Sequence
from typing import Any

from vimtrace import verbs
from vimtrace.errors import UsageError, VimtraceError
from vimtrace.filter import Filter
from vimtrace.trace.event import Event
from vimtrace.trace.process import Processes
from vimtrace.trace.source import Trace, Traces

TROUBLE = {"diff": 2, "filter": 2}  # exit statuses of what goes wrong, as of diff(1) and grep(1): 1 is an answer
NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO})  # of what is written to no named file
Values = dict[str, str]
Find = Callable[[str], str]


def run(verb: str, words: Sequence[str], pager: str, find: Find) -> int:
    """Do *verb* with the *words* after it; return the exit status. Raises VimtraceError.

    *pager*: what the user wants to look with, or an empty string; *find*: where a command is.
    """
    try:
        if sys.stdout is None:
            raise VimtraceError("standard output is closed", "this answers on it")
        values, operands = verbs.split(verb, words)
        values["pager"] = pager
        status = ACTIONS[verb](values, operands, find)
        sys.stdout.flush()
        return status
    except BrokenPipeError:  # the reader of our output has had enough: no fault
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 1 if verb == "diff" else 0  # what differs was being printed
    except OSError as error:
        what = error.filename or ("standard output" if error.errno in NO_ROOM else "system")
        raise VimtraceError(f"{what}: {error.strerror}", "", TROUBLE.get(verb, 1)) from error
    except VimtraceError as error:
        error.exit_status = TROUBLE.get(verb, error.exit_status)
        raise


def traces(verb: str, files: Sequence[str], progress: Callable[[int], None] | None = None) -> Traces:
    """The traces in *files*; each can be read. Raises VimtraceError."""
    if not files and not os.isatty(0):
        files = ["-"]
    if not files:
        raise UsageError(f"{verb}: which file?", f"vimtrace {verb} FILE..., or - for standard input")
    found = Traces(files, progress)
    for trace in found.traces:
        readable(trace.path)
    return found


def readable(path: str) -> None:
    """Raises VimtraceError if *path* cannot be read as a trace."""
    if path == "-":
        if sys.stdin is None:
            raise VimtraceError("standard input is closed", "name traces that can be read")
        return
    if os.path.isdir(path):
        raise VimtraceError(f"{path}: is a folder", "name traces, or the NAME of strace -ff -o NAME")
    try:
        os.stat(path)
        if not os.access(path, os.R_OK):  # a pipe that is opened and closed again has lost its writer
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    except OSError as error:
        raise VimtraceError(f"{path}: {error.strerror}", "name traces that can be read") from error


def where(values: Values) -> Filter | None:
    """The filter that the options give."""
    return Filter(values["--filter"]) if "--filter" in values else None


def summary(values: Values, files: list[str], find: Find) -> int:
    """``vimtrace summary``."""
    from vimtrace import progress, report
    from vimtrace.summary import GROUPS, summarise

    by = values.get("--by", "call")
    if by not in GROUPS:
        raise UsageError(f"summary: --by={by}: no such group", f"one of: {' '.join(GROUPS)}")
    chosen = where(values)
    data, broken = _by_columns(values, files, by, chosen), None
    if data is None:
        with progress.bar() as advance:
            found = lenient(traces("summary", files, advance.to))
            advance.size = found.size()
            data, broken = summarise(found, by, chosen), found.broken
    if "--calls" in values:
        _show_calls(values, data["groups"], by)
    elif "--json" in values:
        put_json(data)
    else:
        report.show(report.tables(data))
    if broken is not None:
        raise broken
    return 0


def lenient(found: Traces) -> Traces:
    """*found*, of which what cannot be read is said when all else is."""
    for trace in found.traces:
        trace.lenient = True
    return found


def at_the_end(files: Sequence[str]) -> int:
    """Print the summary of a run's trace *files*, when the run has ended (``--summary``); return the exit status."""
    return run("summary", ["--", *files], "", str)


def _by_columns(values: Values, files: list[str], by: str, chosen: Filter | None) -> dict[str, Any] | None:
    """The summary made the fast way, if the trace is fit for it; with ``--calls`` no more than its groups."""
    from vimtrace import columns

    if not files or by not in columns.GROUPS:
        return None
    if "--calls" not in values:
        return columns.summary(files, by, chosen)
    groups = columns.calls(files, by, chosen)
    return {"groups": groups} if groups is not None else None


def _show_calls(values: Values, groups: Any, by: str) -> None:
    from vimtrace import report

    if "--json" in values:
        put_json({"by": by, "groups": groups})
    else:
        report.show([report.groups(f"{sum(row['calls'] for row in groups)} calls", by, groups)])


def put_json(data: object) -> None:
    """Print *data*; a byte of the trace that is no text becomes an escape."""
    json.dump(data, sys.stdout, indent=1, ensure_ascii=True)
    sys.stdout.write("\n")


def tree(values: Values, files: list[str], find: Find) -> int:
    """``vimtrace tree``."""
    from vimtrace import columns, report
    from vimtrace import tree as processes_tree

    processes, broken = columns.processes(files) if files else None, None
    if processes is None:
        found = lenient(traces("tree", files))
        processes, broken = _processes(found), found.broken
    if "--json" in values:
        for piece in processes_tree.as_json(processes.roots()):
            sys.stdout.write(piece)
    else:
        report.show([processes_tree.table(processes)])
    if broken is not None:
        raise broken
    return 0


def _processes(found: Traces) -> Processes:
    for event in found.events():
        found.processes.see(event)
    return found.processes


def filtered(values: Values, operands: list[str], find: Find) -> int:
    """``vimtrace filter``: print the lines that match; exit status 1 if none does, as grep."""
    if not operands:
        raise UsageError("filter: which expression?", "vimtrace filter 'errno=ENOENT' FILE; man vimtrace")
    chosen = Filter(operands[0])
    found = traces("filter", operands[1:])
    if "--numbers" in values and len(found.traces) != 1:
        raise UsageError("filter: --numbers: more than one file", "name one file")
    passed = chosen.passed(merged=len(found.traces) > 1)
    for trace in found.traces:
        trace.hurries = trace.path == "-"
        trace.splitter.passed = passed
    out = Lines(found, "--numbers" in values)
    for event in found.events():
        if chosen(event, found.processes):
            out.put(event)
        if chosen.needs_processes:
            found.processes.see(event)
        out.flush()
    out.flush(to_the_end=True)
    if not out.any:
        for trace in found.traces:
            _some_understood(trace)
    return 0 if out.any else 1


def _some_understood(trace: Trace) -> None:
    """Raises VimtraceError if nothing in the beginning of *trace*, which can be read again, is a line of a tracer."""
    if trace.path == "-" or not os.path.isfile(trace.path):
        return
    from vimtrace.trace.dialects import detect, understood

    text = next(trace.blocks(), b"").decode("latin-1")
    if text.strip() and not understood(detect(text), text):
        hint = "traces of strace, ltrace, perf trace and sysdig, also packed by gzip, bzip2 or xz"
        raise VimtraceError(f"{trace.path}: nothing in it is understood", hint)


def diff(values: Values, files: list[str], find: Find) -> int:
    """``vimtrace diff A B``: exit status 1 when the calls differ."""
    from vimtrace import report
    from vimtrace.diff import compare, differ, none_understood, stat, unified, whole

    if len(files) != 2:
        raise UsageError("diff: which two traces?", "vimtrace diff A B")
    chosen = where(values)
    if files == ["-", "-"]:
        raise UsageError("diff: standard input is one trace, not two", "vimtrace diff A -")
    sides = [traces("diff", [file]) for file in files]
    found = compare(sides[0], sides[1], chosen, find("diff"))
    for side, file in zip(sides, files, strict=True):
        if none_understood(side):
            raise VimtraceError(f"{file}: nothing in it is understood", "diff compares traces of strace and its like")
    if "--json" in values:
        both = zip("ab", files, (False, True), strict=True)
        put_json([{"at": at, "trace": path, "lines": list(whole(found, right))} for at, path, right in both])
    elif "--stat" in values:
        report.show([stat(found)])
    elif "--text" in values or not os.isatty(1):
        for line in unified(found, *files):
            text = f"{line}\n".encode("utf-8", "surrogateescape")
            sys.stdout.buffer.write(safe(text[:-1]) + b"\n" if os.isatty(1) else text)
    elif differ(found):
        from vimtrace.vimdiff import editor, show

        show(found, files, editor(values["pager"], find))
    else:
        sys.stdout.write("the calls do not differ\n")
    return 1 if differ(found) else 0


def export(values: Values, files: list[str], find: Find) -> int:
    """``vimtrace export``."""
    from vimtrace import export as formats
    from vimtrace import progress

    name = values.get("--to", "")
    if name not in formats.FORMATS:
        raise UsageError(f"export: --to={name}: which format?", f"one of: {' '.join(formats.FORMATS)}")
    chosen = where(values)
    path = values.get("--output", "-")
    if not path:
        raise UsageError("export: --output: which file?", "--output=FILE")
    if path == "-" and name in formats.BINARY and os.isatty(1):
        raise UsageError(f"export: {name} is not for a terminal", "--output=FILE")
    with progress.bar() as advance:
        found = traces("export", files, advance.to)
        advance.size = found.size() if path != "-" or not os.isatty(1) else 0
        rows = formats.rows(found, chosen)
        if path == "-":
            formats.FORMATS[name](rows, sys.stdout.buffer)
            return 0
        from vimtrace.destination import destination

        with destination(path, [trace.path for trace in found.traces]) as out:
            formats.FORMATS[name](rows, out)
    return 0


class Lines:
    """Prints lines of events, or their *numbers*. Those of one file in its order: a line waits for the calls that
    began before it. What comes on standard input is printed at once.
    """

    def __init__(self, found: Traces, numbers: bool = False) -> None:
        self.any = False
        self._numbers = numbers
        self._last: Event | None = None
        self._put: set[int] = set()
        self._waits = len(found.traces) == 1 and found.traces[0].path != "-"
        self._joiner = found.traces[0].joiner
        self._heap: list[tuple[int, bytes]] = []

    def put(self, event: Event) -> None:
        """The lines of *event*, to be printed; when it comes again (Joiner.pause), those that are new."""
        self.any = True
        lines = [line for line in event.lines if event is not self._last or line.number not in self._put]
        self._last, self._put = event, {line.number for line in event.lines}
        for line in lines:
            text = b"%d" % line.number if self._numbers else line.text.encode("latin-1")
            if os.isatty(1):
                text = safe(text)
            heapq.heappush(self._heap, (line.number, text))

    def flush(self, to_the_end: bool = False) -> None:
        """Print what need not wait."""
        low = None
        if self._waits and self._heap and not to_the_end:
            low = self._joiner.oldest
        wrote = False
        while self._heap and (low is None or self._heap[0][0] < low):
            sys.stdout.buffer.write(heapq.heappop(self._heap)[1] + b"\n")
            wrote = True
        if wrote and not self._waits:
            sys.stdout.flush()


def safe(text: bytes) -> bytes:
    """*text* without what a terminal would obey."""
    from vimtrace.output import printable

    return printable(text.decode("utf-8", "surrogateescape").replace("\t", "    ")).encode("utf-8", "surrogateescape")


ACTIONS: dict[str, Callable[[Values, list[str], Find], int]] = {
    "summary": summary,
    "filter": filtered,
    "tree": tree,
    "diff": diff,
    "export": export,
}
