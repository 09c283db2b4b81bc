"""The events of a trace, by numpy: its lines, but a call that has two only once.

They are looked at a part at a time, which is made from the columns of the lines: memory that was never used costs more
than what is done with it.
"""

from collections.abc import Callable
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple, TypeVar

import numpy
import polars

from vimtrace.columns.lines import Lines
from vimtrace.columns.octets import Flags, Places, Table
from vimtrace.trace.join import FORKS

PART = 1 << 16  # events
Found = TypeVar("Found")


class Halves(NamedTuple):
    """Calls on two lines, that *began* and *ended* there; those *lost*, that did not end *until* (-1: the very end)."""

    began: Places
    ended: Places
    lost: Places
    until: Places


class Events:
    """The events of *lines*, calls, signals and exits, in the order in which they ended: each has a place in it.

    *chosen*: of a filter, by the last line of each, which events it matches (chosen.py); *left_out*: how many match of
    the lines that are left out.
    """

    def __init__(self, lines: Lines, halves: Halves) -> None:
        self.lines = lines
        self.chosen: Flags | None = None
        self.left_out = int(lines.octets.left_out is not None)
        self._halves = halves
        self._first: Places | None = None
        self._at: Places | None = None
        if len(halves.ended):
            self._first = numpy.arange(len(lines.ns), dtype=numpy.int32)
            self._first[halves.ended] = halves.began
        # The lines that another line ends are no events, but those of the lost calls are when these are lost.
        size = 2 * len(lines.ns)
        order = numpy.where(halves.until < 0, halves.lost + size, 2 * halves.until)
        by_order = numpy.argsort(order, kind="stable")
        self._lost, self._orders = halves.lost[by_order], order[by_order]
        if lines.begins.any():
            self._at = numpy.flatnonzero(~lines.begins).astype(numpy.int32)
            self._before = numpy.searchsorted(self._at, (self._orders + 1) // 2)  # those kept before each of the lost
            self._at = numpy.insert(self._at, self._before, self._lost)

    def __len__(self) -> int:
        return len(self._at) if self._at is not None else len(self.lines.ns)

    @property
    def many(self) -> int:
        """How many were chosen."""
        return len(self) if self.chosen is None else int(self.chosen.sum())

    def at(self, places: Places | slice) -> Places:
        """The last lines of the events that have these *places*."""
        if self._at is not None:
            return self._at[places]
        return numpy.arange(places.start, places.stop) if isinstance(places, slice) else places

    def order(self, places: Places) -> Table:
        """Numbers that ascend as events end: that of a call between those of the lines around it."""
        order: Table = 2 * self.at(places).astype(numpy.int64) + 1
        if len(self._lost):
            lost = self._before + numpy.arange(len(self._lost))
            which = numpy.minimum(numpy.searchsorted(lost, places), len(lost) - 1)
            order = numpy.where(lost[which] == places, self._orders[which], order)
        return order

    def first(self, at: Places) -> Places:
        """The lines on which the events began that ended *at* these."""
        return self._first[at] if self._first is not None else at

    def place(self, first: Places) -> Places:
        """The places of the events that begin on the lines *first*."""
        at = _given(self._halves.began, self._halves.ended, first, first)
        if self._at is None:
            return at
        kept = at - numpy.searchsorted(numpy.flatnonzero(self.lines.begins), at)
        place = kept + numpy.searchsorted(self._before, kept, side="right")
        return _given(self._lost, self._before + numpy.arange(len(self._lost)), at, place)

    def only(self, rows: polars.DataFrame) -> polars.DataFrame:
        """Those of *rows* (of events, with ``at``) that were chosen."""
        return rows if self.chosen is None else rows.filter(self.chosen[rows["at"].to_numpy()])

    def all(self) -> Places:
        """The last lines of all, in their order."""
        return self.at(numpy.arange(len(self), dtype=numpy.int32))

    def each(self, tell: Callable[["Part"], Found]) -> list[Found]:
        """What *tell* says of all events, a PART at a time."""
        edges = [*range(0, len(self), PART), len(self)]
        return [tell(Part(self, slice(*edge))) for edge in pairwise(edges)]


class Part:
    """Those of *events* that have these *places*. *start*: of places that follow each other, the first."""

    def __init__(self, events: Events, places: Places | slice) -> None:
        self.events = events
        self.places = places
        self.start: int = places.start if isinstance(places, slice) else 0
        self.at = events.at(places)

    @cached_property
    def first(self) -> Places:
        """The lines on which they began."""
        return self.events.first(self.at)

    @property
    def pid(self) -> Table:
        return self.events.lines.pid[self.at]

    @property
    def name(self) -> Table:
        """The numbers of their names; -1 of what is no call."""
        return self.events.lines.fields.head.name[self.at]

    @cached_property
    def begun(self) -> Table:
        """When they began, in nanoseconds."""
        return self.events.lines.time[self.first]

    @cached_property
    def end(self) -> Table:
        """The last times they tell, in nanoseconds."""
        lines = self.events.lines
        end: Table = self.begun + numpy.maximum(self.ns, 0)
        late = numpy.flatnonzero(self.first != self.at)
        late = late[~lines.detached[self.at[late]]]
        end[late] = lines.time[self.at[late]]
        return end

    @property
    def ns(self) -> Table:
        """How long they took, in nanoseconds; -1 where that is not known."""
        return self.events.lines.ns[self.at]

    def of_chosen(self, numbers: Table) -> Table:
        """*numbers*, but -1 of the events that were not chosen."""
        chosen = self.events.chosen
        return numbers if chosen is None else numpy.where(chosen[self.at], numbers, -1)

    @property
    def error(self) -> Table:
        """The numbers of their errors; -1 of none."""
        return self.events.lines.error[self.at]

    @property
    def exit(self) -> Flags:
        """Whether they are exits."""
        return self.events.lines.exit[self.at]


def _given(keys: Places, values: Places, wanted: Places, otherwise: Places) -> Places:
    """Of each that is *wanted* the value of that key, or what it is *otherwise*."""
    if not len(keys):
        return otherwise
    order = numpy.argsort(keys)
    which = order[numpy.minimum(numpy.searchsorted(keys, wanted, sorter=order), len(keys) - 1)]
    return numpy.where(keys[which] == wanted, values[which], otherwise)


def events(lines: Lines) -> Events | None:
    """The events of *lines*, which then know how long each call took; ``None`` if one comes amid another.

    So it is of a set in which a fork did not return.
    """
    halves = _halves(lines)
    if halves is None or (lines.numbers is not None and _forks(lines, halves.lost)):
        return None
    if lines.fine:
        rare, never = lines.of_rare("never", halves.ended)
        unknown = (lines.ns[halves.ended] < 0) & ~lines.detached[halves.ended]
        unknown[rare[never]] = False
        ended, began = halves.ended[unknown], halves.began[unknown]
        lines.ns[ended] = numpy.maximum(lines.time[ended] - lines.time[began], 0)
    return Events(lines, halves)


def _forks(lines: Lines, lost: Places) -> bool:
    """Whether one of the calls that were *lost* is a fork: in a set nothing tells whose."""
    names = lines.fields.names
    return any(names[number] in FORKS for number in numpy.unique(lines.fields.head.name[lost]).tolist())


def _begun_before(lines: Lines, at: Places, resumed: Flags, opened: Flags) -> Flags:
    """*resumed*, without those whose beginning was cut off: calls on one line, which only the parser understands."""
    head, orphans = lines.fields.head, at[resumed & ~opened]
    head.resumed[orphans], head.fd[orphans] = False, -1
    known: Flags = resumed & opened
    return known


def _halves(lines: Lines) -> Halves | None:
    """The calls on two lines; ``None`` if a call comes between the two."""
    resumed = lines.fields.head.resumed
    at = numpy.flatnonzero(lines.begins | resumed | lines.exit | lines.detached)
    at = at[_by(lines.pid[at])]
    pid, name = lines.pid[at], lines.fields.head.name[at]
    begins, resumed, detached = lines.begins[at], resumed[at], lines.detached[at]
    same = pid[1:] == pid[:-1]
    opened, goes_on, fits = numpy.zeros((3, len(at)), bool)
    opened[1:] = same & begins[:-1]
    resumed = _begun_before(lines, at, resumed, opened)
    fits[1:] = opened[1:] & (name[1:] == name[:-1])
    goes_on[:-1] = same & resumed[1:]
    alone = (begins | detached) & ~resumed
    cut = lines.cut & (at == len(lines.ns) - 1)  # ends no other call
    if (resumed & ~fits).any() or (alone & opened & ~cut).any():
        return None
    last = numpy.flatnonzero(resumed)
    lost = numpy.flatnonzero(begins & ~goes_on)
    until = at[lost]
    if lines.numbers is None:  # source.merge() has them where they begin
        follows = numpy.append(same & ~cut[1:], False)[lost]
        until = numpy.where(follows, numpy.roll(at, -1)[lost], -1)
    by_end = numpy.argsort(at[last], kind="stable")
    return Halves(at[last - 1][by_end], at[last][by_end], at[lost], until)


def _by(pid: Table) -> Places:
    """What puts events in the order of their *pid*, and of each in their own: soonest of numbers that are near."""
    least = int(pid.min()) if len(pid) else 0
    near = len(pid) and int(pid.max()) - least < 1 << 16
    return numpy.argsort((pid - least).astype(numpy.uint16) if near else pid, kind="stable")
