"""What the terms of the filter language ask of an event: its fields and how they are compared."""

import errno
import operator as operators
import re
import signal
from collections.abc import Callable, Sequence
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

from vimtrace.errors import UsageError
from vimtrace.filter.expression import HINT, Term
from vimtrace.times import SECOND, seconds
from vimtrace.trace import paths
from vimtrace.trace.event import Call, Event, Exit, Signal
from vimtrace.trace.families import FAMILIES
from vimtrace.trace.nodes import Descriptor, as_text
from vimtrace.trace.process import Process

Test = Callable[[Event, Process | None], bool]
Values = Sequence[str | float]
KINDS = ("call", "signal", "exit", "message", "unknown")


NEW_DESCRIPTOR = paths.FILE | {"socket", "dup", "dup2", "dup3", "accept", "accept4"}  # calls that return one


class Field(NamedTuple):
    """A field of the language: its *values* in an event, whether they are numbers, what a person calls it."""

    values: Callable[[Event, Process | None], Values]
    is_number: bool
    says: str


def names_of(name: str) -> Values:
    """What a call of this *name* may be called."""
    return [name, name.removeprefix("SYS_"), name.rpartition("->")[2]]


SYSCALL = 1  # of these the one that families have


def _call(event: Event, process: Process | None) -> Values:
    return names_of(event.name) if isinstance(event, Call) else []


def _pid(event: Event, process: Process | None) -> Values:
    if event.pid is None:
        return []
    return [event.pid] if event.line.pid in (None, event.pid) else [event.pid, event.line.pid]  # an exec in a thread


def _comm(event: Event, process: Process | None) -> Values:
    name = event.comm or (process.name if process is not None else "")
    return [name] if name else []


def _fd(event: Event, process: Process | None) -> Values:
    if not isinstance(event, Call):
        return []
    found = [event.fd, *(d.fd for d in event.descriptors if isinstance(d, Descriptor))]
    if event.returns is not None:
        found.append(event.returns.fd)
    elif event.syscall in NEW_DESCRIPTOR:
        found.append(event.result)
    return [fd for fd in found if fd is not None]


def _path(event: Event, process: Process | None) -> Values:
    return paths.of(event, process) if isinstance(event, Call) else []


def _errno(event: Event, process: Process | None) -> Values:
    return [event.errno] if isinstance(event, Call) and event.errno else []


def _signal(event: Event, process: Process | None) -> Values:
    if isinstance(event, Signal):
        return [event.name]
    return [event.signal] if isinstance(event, Exit) and event.signal else []


def _result(event: Event, process: Process | None) -> Values:
    return [event.result] if isinstance(event, Call) and event.result is not None else []


def _slow(event: Event, process: Process | None) -> Values:
    return [event.duration / SECOND] if isinstance(event, Call) and event.duration is not None else []


FIELDS = {
    "call": Field(_call, False, "the call's name, or a family: call=%file"),
    "pid": Field(_pid, True, "the process or thread"),
    "comm": Field(_comm, False, "its name"),
    "fd": Field(_fd, True, "a descriptor that the call takes or returns"),
    "path": Field(_path, False, "a file that the call names, or that its descriptor names"),
    "errno": Field(_errno, False, "the error"),
    "signal": Field(_signal, False, "the signal that arrived, or that killed"),
    "kind": Field(lambda event, _: [event.kind], False, "call, signal, exit, message, unknown"),
    "result": Field(_result, True, "what the call returned"),
    "slow": Field(_slow, True, "how long the call took, in seconds"),
    "time": Field(
        lambda event, _: [event.time / SECOND] if event.time is not None else [],
        True,
        "when it began, in seconds, as the trace counts, or as a time of day",
    ),
    "line": Field(lambda event, _: [event.line.number], True, "its first line's number"),
}
FLAGS: dict[str, Test] = {
    "failed": lambda event, _: isinstance(event, Call) and event.failed,
    "unfinished": lambda event, _: isinstance(event, Call) and event.never_returned,
}
OF_PROCESS = frozenset({"comm", "path"})
OF_TIME = frozenset({"slow", "time"})
CALLS = frozenset({"call", "time", "signal", "line"})  # fields that are calls, too, or may be functions
COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "=": operators.eq,
    "<": operators.lt,
    ">": operators.gt,
    "<=": operators.le,
    ">=": operators.ge,
}


def test(term: Term) -> Test:
    """The test of *term*. Raises UsageError."""
    name, operator, value = term
    if name in FLAGS and not operator:
        return FLAGS[name]
    if name == "call" and value in FIELDS and value not in CALLS:
        raise UsageError(f"filter: {value}: is a field", f"for example {value}{'>0.1' if value == 'slow' else '=...'}")
    if not name:
        return _says(regex(value))
    field = FIELDS.get(name)
    if field is None:
        raise UsageError(f"filter: {name}: no such field", f"fields: {' '.join(FIELDS)}")
    matches, values = matcher(term), field.values
    return lambda event, process: matches(values(event, process))


def matcher(term: Term) -> Callable[[Values], bool]:
    """Whether one of the values that an event has in the field of *term* is as this wants it. Raises UsageError."""
    name, operator, value = term
    if operator == "~":
        expression = regex(value if value.startswith("/") and value.count("/") > 1 else f"/{value}/")
        return lambda values: any(expression.search(str(found)) for found in values)
    if FIELDS[name].is_number:
        compare, wanted = COMPARE[operator], numbers(term)
        return lambda values: any(compare(float(x), y) for x in values for y in wanted)
    if operator != "=":
        raise UsageError(f"filter: {name}{operator}{value}: {name} is no number", HINT)
    words = value.split(",")
    for word in words:
        _check(name, word)
    return _of_words(name, [f"SIG{word}" if name == "signal" and _is_short(word) else word for word in words])


def _is_short(word: str) -> bool:
    """Whether *word* is the name of a signal without its SIG."""
    return f"SIG{word}" in signal.Signals.__members__


def _check(name: str, word: str) -> None:
    """Raises UsageError if no event can have *word* in the field *name*."""
    if set(word) & set("*?["):
        return
    if name == "kind" and word not in KINDS:
        raise UsageError(f"filter: kind={word}: no such kind", f"one of: {' '.join(KINDS)}")
    if name == "errno" and not re.fullmatch(r"E[A-Z0-9_]+", word):
        raise UsageError(f"filter: errno={word}: errors have names", _errno_hint(word))
    if name == "signal" and not (word.startswith("SIG") or _is_short(word)):
        raise UsageError(f"filter: signal={word}: signals have names", "signal=SIGCHLD, signal=SIG*")


def _errno_hint(word: str) -> str:
    known = errno.errorcode.get(int(word)) if word.isdecimal() else word.upper()
    return f"errno={known}" if known in errno.errorcode.values() else "errno=ENOENT, errno=E*"


def regex(text: str) -> re.Pattern[str]:
    """``/.../`` or ``/.../i`` as an expression."""
    body, _, flags = text[1:].rpartition("/")
    try:
        return re.compile(body, re.IGNORECASE if flags else 0)
    except re.error as error:
        raise UsageError(f"filter: {text}: {error}", HINT) from error


def numbers(term: Term) -> list[float]:
    """The numbers that *term* compares with: of times, seconds."""
    try:
        return [seconds(word) for word in term.value.split(",")]
    except ValueError as error:
        raise UsageError(f"filter: {term.field}{term.operator}{term.value}: not a number", HINT) from error


def _says(expression: re.Pattern[str]) -> Test:
    return lambda event, _: any(expression.search(str(line)) is not None for line in event.lines)


def _of_words(name: str, words: list[str]) -> Callable[[Values], bool]:
    if name in OF_PROCESS:  # as the events have them, not as the shell
        words = [as_text(word.encode("utf-8", "surrogateescape")) for word in words]
    families = [_family(word) for word in words if word.startswith("%")] if name == "call" else []
    plain = frozenset(word for word in words if not set(word) & set("*?["))
    patterns = [word for word in words if word not in plain]

    def matches(values: Values) -> bool:
        for found in values:
            text = str(found)
            if text in plain or (name == "path" and text.rpartition("/")[2] in plain):
                return True
            if any(fnmatchcase(text, pattern) for pattern in patterns):
                return True
        return any(values[SYSCALL] in family for family in families if values)

    return matches


def _family(name: str) -> frozenset[str]:
    calls = FAMILIES.get(name)
    if calls is None:
        raise UsageError(f"filter: {name}: no such family", f"families: {' '.join(FAMILIES)}")
    return calls
