"""The few lines of a great trace that the parser itself must see, with their true numbers and times."""

from collections.abc import Callable, Iterable
from itertools import chain

import polars
from polars import col

from vimtrace.columns.lines import Lines, line_of
from vimtrace.summary import ACTIONS, Summary
from vimtrace.trace import paths
from vimtrace.trace.clock import Clock
from vimtrace.trace.event import Call, Event, Signal
from vimtrace.trace.join import Joiner
from vimtrace.trace.line import Line
from vimtrace.trace.process import Processes

PARTS = 1 << 33  # more than there are lines
Sums = dict[int, tuple[int, int]]
See = Callable[[Processes, Event], object]


class Known(Clock):
    """Gives each line the time that its number has in *times*."""

    def __init__(self, times: dict[int, int | None]) -> None:
        super().__init__()
        self.times = times

    def time(self, line: Line) -> int | None:
        return self.times[line.number]


class Parsed:
    """A summary of the lines that matter to processes and descriptors, of the *lines* of a trace.

    *alone*: the lines (from 0) that begin a call whose effect only the parser knows; *sums*: bytes read and written by
    many calls, by the line of one of them; *odd*: those whose files only the parser knows. *see* is told
    of each event, for its processes.
    """

    def __init__(self, lines: Lines, alone: set[int], sums: Sums, odd: set[int], see: See) -> None:
        self.lines = lines
        self.alone = alone
        self.sums = sums
        self.odd = odd
        self.see = see

    def summary(self, seen: Iterable[int]) -> Summary:
        """Have the parser see the lines *seen* (from 0)."""
        numbers = polars.Series(sorted(seen), dtype=polars.UInt32)
        times = self.lines.rows["time"].gather(numbers)
        clock = Known({at + 1: time for at, time in zip(numbers, times, strict=True)})
        joiner = Joiner(self.lines.owner, clock)
        summary = Summary(Processes([joiner]))
        texts = self.lines.texts(numbers, calls=False)
        lines = map(line_of, texts, numbers)
        for event in chain(joiner.feed(lines), joiner.end()):
            self._take(summary, event)
            self.see(summary.processes, event)
        return summary

    def _take(self, summary: Summary, event: Event) -> None:
        if isinstance(event, Signal):
            summary.add(event)
        if not isinstance(event, Call):
            return
        at = event.line.number - 1
        if event.syscall in paths.FILE:
            if at in self.odd:
                summary.opens(event)
        elif at in self.sums:
            summary.bytes(event, event.fd, *self.sums[at])
        elif at in self.alone and event.syscall in ACTIONS:
            ACTIONS[event.syscall](summary, event)


class Lives:
    """When each process of *events* had its first event and its last, how many calls it made, how long they took."""

    def __init__(self, events: polars.DataFrame) -> None:
        exits = col("exit").cast(polars.Int64)
        part = col("pid") * PARTS + exits.cum_sum() - exits
        facts = events.lazy().select("pid", "at", "first", "begun", "call", "exit", "order", part=part)
        found = facts.group_by("part").agg(
            col("pid", "order").first(),
            event=col("at").first(),
            line=col("at").get(col("first").arg_min()),
            end=col("begun").max(),
            calls=col("call").sum(),
            exit=col("exit").any().cast(polars.Int64),
        )
        life = (col("exit").cum_sum() - col("exit")).over("pid")
        merged = found.sort("order").with_columns(life=life).group_by("pid", "life", maintain_order=True)
        self.table = merged.agg(col("event", "line").first(), col("end").max(), col("calls").sum()).collect()
        self.in_calls = events.lazy().filter("call").group_by("pid").agg(col("ns").sum()).collect()

    def births(self) -> polars.Series:
        """The last lines (from 0) of the events that begin a life."""
        return polars.concat([self.table["event"], self.table["line"]]).unique()

    def tell(self, summary: Summary) -> None:
        """Complete the processes of *summary*."""
        known: dict[int | None, list[tuple[int | None, int]]] = {}
        for pid, _, _, _, end, calls in self.table.iter_rows():
            known.setdefault(pid, []).append((end, calls))
        for process in summary.processes.all:
            mine = known.get(process.pid if process.pid is not None else -1)
            if mine:
                process.end, process.calls = mine.pop(0)
        for pid, ns in self.in_calls.iter_rows():
            summary.in_calls[pid if pid >= 0 else None] = ns
