"""Which events of a great trace a filter matches, by columns.

A term is asked of one call for all that have the same name, process or error. Numbers and texts are compared one by
one; the events that are no calls, and those of lines that numpy could not read, are asked themselves.
"""

from collections.abc import Callable

import numpy

from vimtrace.columns.asked import asked
from vimtrace.columns.events import Events, Part
from vimtrace.columns.lines import NOBODY, line_of
from vimtrace.columns.octets import Flags, Places, Table
from vimtrace.filter import Filter
from vimtrace.filter.expression import Every, Expression, Not, Term
from vimtrace.filter.terms import COMPARE, numbers, regex, test
from vimtrace.times import SECOND
from vimtrace.trace.event import Call, Unknown

UNKNOWN = frozenset({"fd", "path", "comm"})  # what a line alone does not tell, or not simply
NUMBERS = frozenset({"slow", "time", "line", "result"})


def choose(events: Events, where: Filter) -> bool:
    """Have *events* know which of them *where* matches; ``False`` if columns do not tell that."""
    if where.fields & UNKNOWN or any(term.field in NUMBERS and term.operator == "~" for term in where.terms):
        return False
    lines, at = events.lines, events.all()
    mask = _mask(where.expression)
    found = numpy.concatenate([numpy.zeros(0, bool), *events.each(mask)])
    odd = numpy.flatnonzero(_odd(events, at, "result" in where.fields))
    found[odd] = [where(event) for event in asked(events, odd)]
    events.chosen = numpy.zeros(len(lines.ns), bool)
    events.chosen[at] = found
    left = lines.octets.left_out
    events.left_out = int(left is not None and where(Unknown(line_of(left, len(lines.ns)))))
    return True


def _odd(events: Events, at: Places, of_results: bool) -> Flags:
    """Which of the events that end *at* these lines must be asked themselves."""
    lines = events.lines
    rare = numpy.zeros(len(lines.ns), bool)
    rare[lines.rare] = True
    odd: Flags = rare[at] | (lines.fields.head.name[at] < 0)
    if of_results:  # addresses are no decimal numbers
        odd |= (lines.fields.tail.number[at] < 0) & (lines.error[at] < 0) & ~lines.begins[at]
    return odd


Mask = Callable[[Part], Flags]


def _mask(found: Expression) -> Mask:
    """Which calls of a part *found* matches."""
    if isinstance(found, Term):
        return _of_term(found)
    if isinstance(found, Not):
        inner = _mask(found.part)
        return lambda part: ~inner(part)
    masks = [_mask(part) for part in found.parts]
    join = numpy.logical_and if isinstance(found, Every) else numpy.logical_or
    return lambda part: join.reduce([mask(part) for mask in masks])


def _of_term(term: Term) -> Mask:
    if not term.field:
        return _of_text(term)
    if term.field in NUMBERS:
        return _of_number(term)
    if term.field == "failed":
        return lambda part: part.error >= 0
    if term.field == "unfinished":
        return lambda part: part.events.lines.begins[part.at]
    matches = test(term)
    if term.field == "call":
        return lambda part: _table(part.events.lines.fields.names, lambda name: matches(_call(name), None))[part.name]
    if term.field == "errno":
        return lambda part: _table(part.events.lines.errnos, lambda errno: matches(_call(errno=errno), None))[
            part.error
        ]
    if term.field == "pid":
        return lambda part: _of_pids(part.pid, lambda pid: matches(_call(pid=pid), None))
    always = matches(_call(), None)
    return lambda part: numpy.full(len(part.at), always)


def _call(name: str = "call", pid: int | None = None, errno: str = "") -> Call:
    """A call that has this alone."""
    line = line_of(f"{name}() = {f'-1 {errno} (words)' if errno else '0'}")
    return Call(line, None, pid, line)


def _table(words: list[str], matches: Callable[[str], bool]) -> Flags:
    """Of each of *words* whether it *matches*; the last is for none, that is -1."""
    return numpy.array([*map(matches, words), matches("")], bool)


def _of_pids(pids: Table, matches: Callable[[int | None], bool]) -> Flags:
    different, which = numpy.unique(pids, return_inverse=True)
    found = numpy.array([matches(pid if pid != NOBODY else None) for pid in different.tolist()], bool)
    return found[which]


def _of_number(term: Term) -> Mask:
    compare, wanted = COMPARE[term.operator], numbers(term)

    def mask(part: Part) -> Flags:
        values, known = _numbers(term.field, part)
        found: Flags = known & numpy.logical_or.reduce([compare(values, number) for number in wanted])
        return found

    return mask


def _numbers(field: str, part: Part) -> tuple[Table, Flags]:
    """The values of *field*, and which of them are known."""
    lines = part.events.lines
    known = numpy.ones(len(part.at), bool)
    if field == "slow":
        return part.ns / SECOND, part.ns >= 0
    if field == "time":  # more digits than numpy's division has
        return numpy.array([time / SECOND for time in part.begun.tolist()]), known & lines.timed
    if field == "line":
        return lines.number(part.first).astype(float), known
    failed = part.error >= 0
    values = numpy.where(failed, -1, lines.fields.tail.number[part.at]).astype(float)
    return values, ~lines.begins[part.at]


def _of_text(term: Term) -> Mask:
    search = regex(term.value).search

    def matches(lines: Places, part: Part) -> Flags:
        texts = part.events.lines.texts(lines, calls=False)
        return numpy.array([search(text) is not None for text in texts], bool)

    def mask(part: Part) -> Flags:
        found = matches(part.at, part)
        halves = numpy.flatnonzero((part.first != part.at) & ~found)
        found[halves] = matches(part.first[halves], part)
        return found

    return mask
