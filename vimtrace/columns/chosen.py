"""Which events of a great trace a filter matches, by columns.

What many events have in common (a name, a process, an error, a path) a term is asked once for all of them. Numbers and
texts are compared one by one; the events that are no calls, and those of lines that numpy could not read, are asked
themselves.
"""

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import NamedTuple

import numpy
import polars
from polars import col

from vimtrace.columns.asked import asked
from vimtrace.columns.events import Events, Part
from vimtrace.columns.lines import NOBODY, line_of
from vimtrace.columns.octets import Flags, Places, Table
from vimtrace.columns.uses import Pairs, descriptors, names_descriptors
from vimtrace.filter import Filter
from vimtrace.filter.expression import Every, Expression, Not, Term
from vimtrace.filter.terms import COMPARE, NEW_DESCRIPTOR, matcher, names_of, numbers, regex, test
from vimtrace.times import SECOND
from vimtrace.trace.event import LEAVES, Unknown

NUMBERS = frozenset({"slow", "time", "line", "result", "fd"})
OF_PATHS = frozenset({"path", "fd"})  # what cannot be told where the tracer names descriptors


class Known(NamedTuple):
    """What the parser's processes tell of all events: of each the name of its process (*comm*), and its *paths*."""

    comm: polars.Series | None
    paths: Pairs | None


def is_told(events: Events, where: Filter | None, by: str) -> bool:
    """Whether columns tell what *where* matches of *events*, and what these are grouped *by*."""
    if where is not None and any(term.field in NUMBERS and term.operator == "~" for term in where.terms):
        return False
    asks_names = by == "path" or (where is not None and where.fields & OF_PATHS)
    return not (asks_names and names_descriptors(events))


def choose(events: Events, where: Filter, known: Known) -> None:
    """Have *events* know which of them *where* matches."""
    lines, at = events.lines, events.all()
    chooser = _Chooser(events, where, known)
    found = numpy.concatenate([numpy.zeros(0, bool), *events.each(chooser.matches)])
    events.chosen = numpy.zeros(len(lines.ns), bool)
    events.chosen[at] = found
    left = lines.octets.left_out
    events.left_out = int(left is not None and where(Unknown(line_of(left, len(lines.ns)))))


class _Chooser:
    """Chooses of the *events* those that *where* matches, a part at a time."""

    def __init__(self, events: Events, where: Filter, known: Known) -> None:
        self.events = events
        self.where = where
        self.known = known
        self._rare = numpy.zeros(len(events.lines.ns), bool)
        self._rare[events.lines.rare] = True
        self._paths: dict[Term, Flags] = {}
        self._fd = descriptors(events, events.all()) if "fd" in where.fields else None

    def matches(self, part: Part) -> Flags:
        """Which events of *part* the filter matches."""
        odd = numpy.flatnonzero(self._odd(part))
        ours = [*asked(self.events, part.start + odd)]

        def matches(found: Expression) -> Flags:
            if isinstance(found, Not):
                return ~matches(found.part)
            if not isinstance(found, Term):
                join = numpy.logical_and if isinstance(found, Every) else numpy.logical_or
                joined: Flags = join.reduce([matches(each) for each in found.parts])
                return joined
            if found.field == "comm":
                return self._of_comm(found, part)
            if found.field == "path":
                return self._of_path(found, part)
            flags, asks = self._of_term(found, part), test(found)
            flags[odd] = [asks(event, None) for event in ours]
            return flags

        return matches(self.where.expression)

    def _odd(self, part: Part) -> Flags:
        """Which events of *part* must be asked themselves."""
        odd: Flags = self._rare[part.at] | (part.name < 0)
        if self.where.fields & {"result", "fd"}:  # addresses are no decimal numbers
            lines = self.events.lines
            strange = (lines.fields.tail.number[part.at] < 0) & (part.error < 0) & ~lines.begins[part.at]
            odd |= strange if "result" in self.where.fields else strange & self._opens(part)
        return odd

    def _opens(self, part: Part) -> Flags:
        """Which calls of *part* return descriptors."""
        return _table(self.events.lines.fields.names, NEW_DESCRIPTOR.__contains__)[part.name]

    @cached_property
    def _never(self) -> Flags:
        """Which lines tell of a call that it never returned."""
        lines = self.events.lines
        found = numpy.zeros(len(lines.ns), bool)
        found[lines.rare] = lines.told.select(col("never") & ~col("refused")).to_series().to_numpy()
        return found

    def _of_comm(self, term: Term, part: Part) -> Flags:
        assert self.known.comm is not None
        names = self.known.comm.slice(part.start, len(part.at))
        different = names.unique()
        wanted = different.filter(polars.Series([*map(_asks(matcher(term)), different)], dtype=polars.Boolean))
        return names.is_in(wanted.implode()).to_numpy()

    def _of_path(self, term: Term, part: Part) -> Flags:
        pairs = self.known.paths
        assert pairs is not None
        begin, end = numpy.searchsorted(pairs.place, [part.start, part.start + len(part.at)])
        if term not in self._paths:
            self._paths[term] = _table(pairs.names, _asks(matcher(term)))
        wanted = self._paths[term]
        found = numpy.zeros(len(part.at), bool)
        found[pairs.place[begin:end][wanted[pairs.number[begin:end]]] - part.start] = True
        return found

    def _of_term(self, term: Term, part: Part) -> Flags:
        lines = self.events.lines
        if not term.field:
            return _of_text(term, part)
        if term.field in NUMBERS:
            return self._of_number(term, part)
        if term.field == "failed":
            return part.error >= 0
        if term.field == "unfinished":
            return (lines.begins | self._never)[part.at] & ~_table(lines.fields.names, LEAVES.__contains__)[part.name]
        matches = matcher(term)
        if term.field == "call":
            return _table(lines.fields.names, lambda name: matches(names_of(name)))[part.name]
        if term.field == "errno":
            return _table(lines.errnos, _asks(matches))[part.error]
        if term.field == "pid":
            return _of_pids(part.pid, lambda pid: matches([pid] if pid != NOBODY else []))
        return numpy.full(len(part.at), matches(["call"] if term.field == "kind" else []))

    def _of_number(self, term: Term, part: Part) -> Flags:
        compare, wanted = COMPARE[term.operator], numbers(term)
        found = numpy.zeros(len(part.at), bool)
        for values, known in self._numbers(term.field, part):
            found |= known & numpy.logical_or.reduce([compare(values, number) for number in wanted])
        return found

    def _numbers(self, field: str, part: Part) -> Sequence[tuple[Table, Flags | bool]]:
        """The values of *field*, and which of them are known."""
        lines = self.events.lines
        if field == "slow":
            return [(part.ns / SECOND, part.ns >= 0)]
        if field == "time":  # more digits than numpy's division has
            return [(numpy.array([time / SECOND for time in part.begun.tolist()]), lines.timed)]
        if field == "line":
            return [(lines.number(part.first).astype(float), True)]
        returned = numpy.where(part.error >= 0, -1, lines.fields.tail.number[part.at]).astype(float)
        ended = ~lines.begins[part.at]
        if field == "result" or self._fd is None:
            return [(returned, ended)]
        fd = self._fd[part.start : part.start + len(part.at)]
        return [(fd.astype(float), fd >= 0), (returned, ended & self._opens(part))]


def _asks(matches: Callable[[Sequence[str]], bool]) -> Callable[[str], bool]:
    """Of one value, where none is the empty one."""
    return lambda value: matches([value] if value else [])


def _table(words: list[str], matches: Callable[[str], bool]) -> Flags:
    """Of each of *words* whether it *matches*; the last is for none, that is -1."""
    return numpy.array([*map(matches, words), matches("")], bool)


def _of_pids(pids: Table, matches: Callable[[int], bool]) -> Flags:
    different, which = numpy.unique(pids, return_inverse=True)
    found: Flags = numpy.array([*map(matches, different.tolist())], bool)[which]
    return found


def _of_text(term: Term, part: Part) -> Flags:
    search = regex(term.value).search

    def matches(lines: Places) -> Flags:
        texts = part.events.lines.whole_texts(lines)
        return numpy.array([search(text) is not None for text in texts], bool)

    found = matches(part.at)
    halves = numpy.flatnonzero((part.first != part.at) & ~found)
    found[halves] = matches(part.first[halves])
    return found
