"""A filter: which events an expression (expression.py) matches, and which lines need not be looked at for it."""

import re

from vimtrace.filter import needles, terms
from vimtrace.filter.expression import Expression, Not, Some, Term, leaves, parse
from vimtrace.filter.terms import OF_PROCESS, OF_TIME, Test
from vimtrace.trace.event import Event
from vimtrace.trace.process import OF_NONE, Processes


class Filter:
    """A filter: *text* as it was written. Call it with an event. Raises UsageError.

    *expression*: its tree; *terms*: those in it; *fields*: what these ask; *needs_processes*: whether that depends on
    the events before (``comm``, ``path``).
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.expression = parse(text)
        self.test = _test(self.expression)
        self.terms = leaves(self.expression)
        self.fields = frozenset(term.field for term in self.terms)
        self.needs_processes = bool(self.fields & OF_PROCESS)

    def __call__(self, event: Event, processes: Processes | None = None) -> bool:
        if not self.needs_processes or processes is None or event.kind in OF_NONE:
            return self.test(event, None)
        return self.test(event, processes.of(event))

    def passed(self, merged: bool) -> re.Pattern[str] | None:
        """The lines that need not be looked at (needles.passed), of a trace that is *merged* with others by time."""
        found = needles.of(self.expression)
        if found is None or self.needs_processes:
            return None
        of_time = needles.SURE_STAMP if self.fields & OF_TIME else needles.ANY_STAMP
        return needles.passed(found, needles.NO_STAMP if merged else of_time)


def _test(found: Expression) -> Test:
    if isinstance(found, Term):
        return terms.test(found)
    if isinstance(found, Not):
        test = _test(found.part)
        return lambda event, process: not test(event, process)
    tests = [_test(part) for part in found.parts]
    hold = any if isinstance(found, Some) else all
    return lambda event, process: hold(test(event, process) for test in tests)
