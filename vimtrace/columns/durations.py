"""How long calls took, counted: of a great trace most durations are a few small numbers of microseconds."""

from typing import NamedTuple

import numpy

from vimtrace.columns.octets import Flags, Table

MICROSECOND = 1000
FEW = 1 << 10  # microseconds that are counted each by itself
MOST = 1 << 18  # numbers that are counted at once


class Durations(NamedTuple):
    """Of *calls*: the different *values* in nanoseconds, ascending, and how often each of them came."""

    calls: int
    values: Table
    counts: Table


class Counted(NamedTuple):
    """Of some calls: how many each group has (*calls*), and how often each of the few durations came (*short*).

    Those of others are *rest*, of groups *of_rest*.
    """

    calls: Table
    short: Table
    of_rest: Table
    rest: Table


class Counter:
    """Counts the durations of the calls of so many *groups*, those of some calls after those of others."""

    def __init__(self, groups: int) -> None:
        self.groups = groups
        self.few = max(1, min(FEW, MOST // max(groups, 1)))

    def count(self, group: Table, ns: Table) -> Counted:
        """Of calls, each with its *group* (-1: none) and its duration *ns* (-1: none)."""
        known = group >= 0
        micros = ns // MICROSECOND
        short: Flags = known & (ns >= 0) & (micros < self.few)
        short &= micros * MICROSECOND == ns
        calls = numpy.bincount(group[known], minlength=self.groups)
        counts = numpy.bincount(group[short] * self.few + micros[short], minlength=self.groups * self.few)
        others = known & ~short & (ns >= 0)
        return Counted(calls, counts.reshape(self.groups, self.few), group[others], ns[others])

    def durations(self, found: list[Counted]) -> dict[int, Durations]:
        """Of each group that has a call, from all that was *found*."""
        calls, short = (numpy.sum(parts, axis=0) for parts in ([p.calls for p in found], [p.short for p in found]))
        of_rest = numpy.concatenate([part.of_rest for part in found])
        order = numpy.argsort(of_rest, kind="stable")
        rest = numpy.concatenate([part.rest for part in found])[order]
        edges = numpy.searchsorted(of_rest[order], numpy.arange(self.groups + 1))
        return {
            number: _together(int(calls[number]), short[number], rest[edges[number] : edges[number + 1]])
            for number in numpy.flatnonzero(calls).tolist()
        }


def _together(calls: int, short: Table, other: Table) -> Durations:
    there = numpy.flatnonzero(short)
    rest, times = numpy.unique(other, return_counts=True)
    values, counts = numpy.concatenate([there * MICROSECOND, rest]), numpy.concatenate([short[there], times])
    order = numpy.argsort(values)
    return Durations(calls, values[order], counts[order])
