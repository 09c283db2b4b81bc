"""The few lines of a great trace that the parser itself must see, with their true numbers and times."""

from collections.abc import Callable, Iterable, Iterator
from itertools import repeat
from typing import NamedTuple

import numpy

from vimtrace.columns.events import Events, Part
from vimtrace.columns.lines import NOBODY, line_of
from vimtrace.columns.octets import Places, Table
from vimtrace.columns.plain import Plain
from vimtrace.summary import ACTIONS, Summary
from vimtrace.trace import paths
from vimtrace.trace.clock import Clock
from vimtrace.trace.event import Call, Event
from vimtrace.trace.join import Joiner
from vimtrace.trace.line import Line
from vimtrace.trace.process import Processes

See = Callable[[Processes, Event], object]


class Known(Clock):
    """Gives each line the time that its number has in *times*."""

    def __init__(self, times: dict[int, int | None]) -> None:
        super().__init__()
        self.times = times

    def time(self, line: Line) -> int | None:
        return self.times[line.number]


class Parsed:
    """A summary of the lines that matter to processes and descriptors, of those of *events*.

    *alone*: the lines (from 0) that begin a call whose effect only the parser knows; *odd*: those whose files only the
    parser knows; *asked*: those of whose first argument it is wanted what the descriptor *names*; *plain*: what needs
    no parser. *see* is told of each event, for its processes.
    """

    def __init__(self, events: Events, alone: set[int], odd: set[int], asked: set[int], plain: Plain, see: See) -> None:
        self.lines = events.lines
        self.chosen = events.chosen
        self.alone = alone
        self.odd = odd
        self.asked = asked
        self.plain = plain
        self.see = see
        self.names: dict[int, str] = {}

    def summary(self, seen: Iterable[int]) -> Summary:
        """Have the parser see the lines *seen* (from 0)."""
        numbers = numpy.array(sorted(seen), numpy.int64)
        times = self.lines.time[numbers].tolist() if self.lines.timed else repeat(None)
        clock = Known({at + 1: time for at, time in zip(numbers.tolist(), times, strict=False)})
        joiner = Joiner(self.lines.owner, clock)
        summary = Summary(Processes([joiner]))
        for event in joiner.feed(self._read(numbers, joiner, summary)):
            self._take(summary, event)
        self._do(len(self.plain.orders), joiner, summary)
        for event in joiner.end():
            self._take(summary, event)
        return summary

    def _read(self, numbers: Places, joiner: Joiner, summary: Summary) -> Iterator[Line]:
        """The lines of these *numbers*; what comes before each is done before it."""
        before = numpy.searchsorted(self.plain.orders, 2 * numbers, side="right").tolist()
        for text, at, many in zip(self.lines.whole_texts(numbers, "latin-1"), numbers.tolist(), before, strict=True):
            self._do(many, joiner, summary)
            yield line_of(text, at)

    def _do(self, many: int, joiner: Joiner, summary: Summary) -> None:
        """Do the first *many* of those that are plain, after the events of the lines that were read."""
        if many > self.plain.done:
            for event in joiner.flush():
                self._take(summary, event)
            self.plain.do(many, summary)

    def _take(self, summary: Summary, event: Event) -> None:
        if isinstance(event, Call) and self._is_chosen(event.last or event.lines[-1]):
            self._add(summary, event)
            self._name(summary, event)
        self.see(summary.processes, event)

    def _name(self, summary: Summary, event: Call) -> None:
        at = event.line.number - 1
        if at in self.asked:
            opened = summary.processes.origin(event, event.fd)
            self.names[at] = opened.name if opened is not None else ""

    def _is_chosen(self, last: Line) -> bool:
        return self.chosen is None or bool(self.chosen[last.number - 1])

    def _add(self, summary: Summary, event: Call) -> None:
        at = event.line.number - 1
        if event.syscall in paths.FILE:
            if at in self.odd:
                summary.opens(event)
        elif at in self.alone and event.syscall in ACTIONS:
            ACTIONS[event.syscall](summary, event)


class Life(NamedTuple):
    """Of each life of a process: its *pid*, the place of its first *event*, the line on which the *first* began.

    *end*: when its last event began; *calls*: how many it made; *ns*: how long those took that were chosen.
    """

    pid: Table
    event: Places
    first: Places
    end: Table
    calls: Table
    ns: Table


def lives(events: Events) -> Life:
    """All lives of processes, which end with an exit, in the order of pids."""
    pid, event, first, end, calls, ns, exit = (
        numpy.concatenate(runs) for runs in zip(*events.each(_runs), strict=True)
    )
    exits = numpy.cumsum(exit) - exit  # of whichever process: until the next one the first event is looked for
    order = numpy.argsort(pid, kind="stable")
    begins = numpy.ones(len(pid), bool)
    begins[1:] = (pid[order][1:] != pid[order][:-1]) | exit[order][:-1]
    begin = numpy.flatnonzero(begins)
    late = exits[order] != exits[order][begin][numpy.cumsum(begins) - 1]
    return Life(
        pid[order][begin],
        event[order][begin],
        numpy.minimum.reduceat(numpy.where(late, numpy.iinfo(first.dtype).max, first[order]), begin),
        numpy.maximum.reduceat(end[order], begin),
        numpy.add.reduceat(calls[order], begin),
        numpy.add.reduceat(ns[order], begin),
    )


def births(events: Events, of_all: Life) -> Places:
    """The places of the events that begin the lives *of_all*: the first of each, and the one that began first."""
    found: Places = numpy.unique(numpy.concatenate([of_all.event, events.place(of_all.first)]))
    return found


def tell(of_all: Life, timed: bool, summary: Summary) -> None:
    """Complete the processes of *summary* with the lives *of_all*."""
    known: dict[int, list[tuple[int | None, int]]] = {}
    for pid, end, calls, ns in zip(*(column.tolist() for column in (of_all.pid, *of_all[3:])), strict=True):
        known.setdefault(pid, []).append((end if timed else None, calls))
        summary.in_calls[pid if pid >= 0 else None] += ns
    for process in summary.processes.all:
        mine = known.get(process.pid if process.pid is not None else NOBODY)
        if mine:
            process.end, process.calls = mine.pop(0)


def _runs(part: Part) -> tuple[Table, ...]:
    """Events of one process that follow each other, up to an exit: what Life tells of them, whether there is one."""
    calls, pid, exit = part.name >= 0, part.pid, part.exit
    begins = (pid[1:] != pid[:-1]) | exit[:-1]
    run = numpy.concatenate([[0], numpy.flatnonzero(begins) + 1])
    return (
        pid[run],
        part.start + run,
        numpy.minimum.reduceat(part.first, run),
        numpy.maximum.reduceat(part.begun, run),
        numpy.add.reduceat(calls, run, dtype=numpy.int64),
        numpy.add.reduceat(numpy.maximum(part.of_chosen(part.ns), 0) * calls, run),
        numpy.logical_or.reduceat(exit, run),
    )
