"""The longest times in which no line tells of anything, by columns: as gaps.py finds them."""

from typing import Any, NamedTuple

import numpy

from vimtrace.columns.events import Events, Part
from vimtrace.columns.lines import NOBODY
from vimtrace.columns.octets import Flags, Places, Table, greatest
from vimtrace.summary import GAPS
from vimtrace.times import SECOND
from vimtrace.trace.event import SIGNAL

CANDIDATES = 64
BLOCK = 1 << 10  # events that are looked at together, or not at all; divides PART


class Gap(NamedTuple):
    """*size* and *start* in nanoseconds; the *number* of the line behind it; the *place* of the event before it."""

    size: int
    start: int
    number: int
    place: int


def longest(moments: "Moments") -> list[Gap]:
    """The longest times between the *moments* that events tell of, their beginnings and ends; the longest first."""
    if moments.begin is None:
        return []
    many = CANDIDATES
    while True:
        around = moments.around(many)
        if not len(around.start):
            return []
        found = sorted(_within(moments, around), key=lambda gap: (gap.size, gap.number, gap.start), reverse=True)[:GAPS]
        # What is in no candidate is not longer than the shortest of these.
        shortest = int((around.stop - around.start).min())
        if len(around.start) < many or (len(found) == GAPS and found[-1].size > shortest):
            return found
        many *= 16


def data(events: Events, found: list[Gap]) -> list[dict[str, Any]]:
    """``Summary.data()["gaps"]`` of those *found*."""
    after = _described(events, numpy.array([gap.place for gap in found], numpy.int64))
    return [
        {"seconds": gap.size / SECOND, "from": gap.start / SECOND, "line": gap.number, "after": what}
        for gap, what in zip(found, after, strict=True)
    ]


class Around(NamedTuple):
    """Times, ascending, that do not overlap: each from its *start* to its *stop*."""

    start: Table
    stop: Table

    def holds(self, start: Table, stop: Table) -> Flags:
        """Whether each time from *start* to *stop* is in one of these."""
        nearest = numpy.searchsorted(self.start, start, side="right") - 1
        found: Flags = (nearest >= 0) & (stop <= self.stop[numpy.maximum(nearest, 0)])
        return found


class Moments:
    """The times that *events* tell of, in BLOCKs of which each knows its first and its last.

    *begin*, *end*: the first and the last of all, in nanoseconds; ``None`` and 0 where there are none.
    """

    def __init__(self, events: Events) -> None:
        self.events = events
        self.begin: int | None = None
        self.end = 0
        if not len(events) or not events.lines.timed:
            return
        found = events.each(_edges)
        self._early, self._late, begun = (numpy.concatenate(times) for times in zip(*found, strict=True))
        self.begin, self.end = int(begun.min()), int(self._late.max())

    def around(self, many: int) -> Around:
        """The *many* longest times between one moment and the latest of those before, ascending: each gap is in one."""
        before = Part(self.events, slice(0, 1)).begun  # before it others may have begun
        found = [(self._early.min(keepdims=True), before)]

        def of_part(part: Part) -> tuple[Table, Table]:
            nonlocal before
            latest = numpy.maximum.accumulate(numpy.concatenate([before, numpy.maximum(part.begun, part.end)]))
            before = latest[-1:]
            begun = numpy.maximum(latest[:-1], part.begun)
            starts, stops = [], []
            for start, stop in ((latest[:-1], part.begun), (begun, part.end)):
                longest = greatest(stop - start, many)
                starts.append(start[longest])
                stops.append(stop[longest])
            return numpy.concatenate(starts), numpy.concatenate(stops)

        found += self.events.each(of_part)
        start, stop = (numpy.concatenate(times) for times in zip(*found, strict=True))
        order = numpy.argsort(start - stop, kind="stable")[:many]
        order = order[stop[order] > start[order]]
        order = order[numpy.argsort(start[order], kind="stable")]
        return Around(start[order], stop[order])

    def near(self, around: Around) -> tuple[Places, Part]:
        """The events of the BLOCKs in which a moment may be in one of the times *around*."""
        ended = numpy.searchsorted(around.stop, self._early, side="left")
        begun = numpy.searchsorted(around.start, self._late, side="right")
        places = (numpy.flatnonzero(begun > ended)[:, None] * BLOCK + numpy.arange(BLOCK)).ravel()
        places = places[places < len(self.events)]
        return places, Part(self.events, places)


def _edges(part: Part) -> tuple[Table, Table, Table]:
    """The first and the last moment of each BLOCK of *part*, and when the first began."""
    blocks = numpy.arange(0, len(part.at), BLOCK)
    early = numpy.minimum.reduceat(numpy.minimum(part.begun, part.end), blocks)
    late = numpy.maximum.reduceat(numpy.maximum(part.begun, part.end), blocks)
    return early, late, part.begun.min(keepdims=True)


def _within(moments: Moments, around: Around) -> list[Gap]:
    """The gaps in the times *around*: between two moments next to each other."""
    places, near = moments.near(around)
    time = numpy.concatenate([near.begun, near.end])
    number = moments.events.lines.number(numpy.concatenate([near.first, near.at]))
    turn = numpy.concatenate([places * 2, places * 2 + 1])
    inside = numpy.flatnonzero(around.holds(time, time))
    order = inside[numpy.lexsort((turn[inside], time[inside]))]
    time, number, turn = time[order], number[order], turn[order]
    later = numpy.flatnonzero(time[1:] > time[:-1]) + 1  # the first that tells of each time, behind the last of another
    gap = later[around.holds(time[later - 1], time[later])]
    columns = time[gap] - time[gap - 1], time[gap - 1], number[gap], turn[gap - 1] // 2
    return [Gap(*row) for row in zip(*(column.tolist() for column in columns), strict=True)]


def _described(events: Events, places: Places) -> list[str]:
    """As summary.described."""
    part, names = Part(events, places), events.lines.fields.names
    signal = events.lines.texts(part.at).str.extract(SIGNAL.pattern, 1)
    found = []
    for name, pid, of_signal in zip(part.name.tolist(), part.pid.tolist(), signal, strict=True):
        what = names[name] if name >= 0 else of_signal or "exit"
        found.append(what if pid == NOBODY else f"{what} of {pid}")
    return found
