"""The filter language: an expression to a test of events. It is the same everywhere in vimtrace.

term      call=NAME  pid=N  comm=NAME  fd=N  path=NAME  errno=NAME  signal=NAME  kind=NAME  result=N  line=N
          slow>SECONDS  time<SECONDS  failed  unfinished  %FAMILY  /REGEX/
alone     openat (call)  4711 (pid)  ENOENT (errno)  SIGCHLD (signal)
operator  = (also :) != ~ !~ < > <= >=        NAME may be a list A,B and hold * ? [ ]
joined    A B: terms of one kind (calls and families, values of one field, expressions) are alternatives, different
          kinds narrow: "openat read ENOENT" is "(openat or read) and ENOENT";
          A and B (&&), A or B (||), not A (!A), (A): in "A B and C or D" A and B join first, D last
"""

import re
from collections.abc import Callable, Iterable, Sequence
from fnmatch import fnmatchcase
from typing import NamedTuple

from vimtrace import needles
from vimtrace.errors import UsageError
from vimtrace.needles import Needles
from vimtrace.times import seconds
from vimtrace.trace import paths
from vimtrace.trace.event import Call, Event, Exit, Signal
from vimtrace.trace.families import FAMILIES
from vimtrace.trace.nodes import Descriptor, as_text
from vimtrace.trace.process import Process, Processes

Test = Callable[[Event, Process | None], bool]
TOKEN = re.compile(
    r"""\s*(?:
  (?P<regex>/(?:[^/\\]|\\.)+/i?)(?=[\s)]|$)
| (?P<bracket>[()])
| (?P<term>(?P<field>[a-z]+)(?P<operator>=|!=|!~|~|<=|>=|<|>|:)
    (?P<value>"[^"]*"|/(?:[^/\\]|\\.)+/i?(?=[\s)]|$)|[^\s()]+))
| (?P<negation>!|not\b)
| (?P<word>and\b|or\b|&&|\|\|)
| (?P<family>%%?[a-z]+)
| (?P<bare>[\w*?]+)(?=[\s)]|$)
)""",
    re.VERBOSE,
)
HINT = "for example: 'call=openat errno=ENOENT', '%network and slow>0.1', 'pid=42 or /passwd/'; man vimtrace"
SECOND = 1_000_000_000


class Field(NamedTuple):
    """A field of the language: its *values* in an event, whether they are numbers, what a person calls it."""

    values: Callable[[Event, Process | None], Sequence[str | float]]
    is_number: bool
    says: str


def _call(event: Event, process: Process | None) -> Sequence[str | float]:
    return [event.name, event.syscall, event.name.rpartition("->")[2]] if isinstance(event, Call) else []


def _pid(event: Event, process: Process | None) -> Sequence[str | float]:
    if event.pid is None:
        return []
    return [event.pid] if event.line.pid in (None, event.pid) else [event.pid, event.line.pid]  # an exec in a thread


def _comm(event: Event, process: Process | None) -> Sequence[str | float]:
    name = event.comm or (process.name if process is not None else "")
    return [name] if name else []


def _fd(event: Event, process: Process | None) -> Sequence[str | float]:
    if not isinstance(event, Call):
        return []
    found = [event.fd, *(d.fd for d in event.descriptors if isinstance(d, Descriptor))]
    if event.returns is not None:
        found.append(event.returns.fd)
    elif event.syscall in paths.FILE or event.syscall in ("socket", "dup", "dup2", "dup3", "accept", "accept4"):
        found.append(event.result)
    return [fd for fd in found if fd is not None]


def _path(event: Event, process: Process | None) -> Sequence[str | float]:
    return paths.of(event, process) if isinstance(event, Call) else []


def _errno(event: Event, process: Process | None) -> Sequence[str | float]:
    return [event.errno] if isinstance(event, Call) and event.errno else []


def _signal(event: Event, process: Process | None) -> Sequence[str | float]:
    if isinstance(event, Signal):
        return [event.name]
    return [event.signal] if isinstance(event, Exit) and event.signal else []


def _result(event: Event, process: Process | None) -> Sequence[str | float]:
    return [event.result] if isinstance(event, Call) and event.result is not None else []


def _slow(event: Event, process: Process | None) -> Sequence[str | float]:
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
        "when it began, in seconds, as the trace counts",
    ),
    "line": Field(lambda event, _: [event.line.number], True, "its first line's number"),
}


class Part(NamedTuple):
    """A part of an expression: its *test*, and what a plain call must have to pass it (needles.py)."""

    test: Test
    needles: Needles | None


FLAGS = {
    "failed": Part(lambda event, _: isinstance(event, Call) and event.failed, needles.ERROR),
    "unfinished": Part(lambda event, _: isinstance(event, Call) and event.last is None, needles.NEVER),
}
NARROWS = ""
ALTERNATIVES = frozenset({"=", ":", "~"})
OF_PROCESS = frozenset({"comm", "path"})
OF_TIME = frozenset({"slow", "time"})
COMPARE: dict[str, Callable[[float, float], bool]] = {
    "=": lambda a, b: a == b,
    "<": lambda a, b: a < b,
    ">": lambda a, b: a > b,
    "<=": lambda a, b: a <= b,
    ">=": lambda a, b: a >= b,
}


class Filter:
    """A filter: *text* as it was written. Call it with an event. Raises UsageError.

    *needs_processes*: whether what it asks depends on the events before (``comm``, ``path``); *needs_times*: on times.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.needs_processes = self.needs_times = False
        self._tokens = _tokens(text)
        self._at = 0
        self.test, self._needles = self._any()
        if self._at < len(self._tokens):
            raise UsageError(f"filter: {self._tokens[self._at][0]}: not expected here", HINT)

    def __call__(self, event: Event, processes: Processes | None = None) -> bool:
        process = processes.of(event) if self.needs_processes and processes is not None else None
        return self.test(event, process)

    def passed(self, merged: bool) -> re.Pattern[str] | None:
        """The lines that need not be looked at (needles.passed), of a trace that is *merged* with others by time."""
        if self._needles is None or self.needs_processes:
            return None
        of_time = needles.SURE_STAMP if self.needs_times else needles.ANY_STAMP
        return needles.passed(self._needles, needles.NO_STAMP if merged else of_time)

    def _peek(self) -> re.Match[str] | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def _take(self, *words: str) -> bool:
        match = self._peek()
        if match is not None and match[0].strip() in words:
            self._at += 1
            return True
        return False

    def _any(self) -> Part:
        parts = [self._all()]
        while self._take("or", "||"):
            parts.append(self._all())
        return _some(parts)

    def _all(self) -> Part:
        parts = [self._side_by_side()]
        while self._take("and", "&&"):
            parts.append(self._side_by_side())
        return _every(parts)

    def _side_by_side(self) -> Part:
        """Terms with nothing between them: those of one kind are alternatives, the kinds narrow."""
        kind, part = self._one()
        alternatives: dict[str, list[Part]] = {kind: [part]}
        while (match := self._peek()) is not None and match[0].strip() not in ("and", "&&", "or", "||", ")"):
            kind, part = self._one()
            alternatives.setdefault(kind, []).append(part)
        narrow = alternatives.pop(NARROWS, [])
        return _every([*map(_some, alternatives.values()), *narrow])

    def _one(self) -> tuple[str, Part]:
        """The kind of the next term, NARROWS if it is no alternative to anything, and what it asks."""
        if self._take("!", "not"):
            _, (test, _) = self._one()
            return NARROWS, Part(lambda event, process: not test(event, process), None)
        if self._take("("):
            part = self._any()
            if not self._take(")"):
                raise UsageError("filter: a ( is not closed", HINT)
            return NARROWS, part
        match = self._peek()
        if match is None:
            raise UsageError("filter: something is missing at the end", HINT)
        self._at += 1
        return _kind(match), self._term(match)

    def _term(self, match: re.Match[str]) -> Part:
        if match["regex"]:
            return Part(_says(regex(match["regex"])), needles.of_regex(match["regex"]))
        if match["family"]:
            return Part(_of_family(match["family"]), needles.of_family(match["family"]))
        if match["bare"] in FLAGS:
            return FLAGS[match["bare"]]
        if match["bare"]:
            return _compared(_field_of(match["bare"]), "=", match["bare"])
        if match["term"]:
            self.needs_processes |= match["field"] in OF_PROCESS
            self.needs_times |= match["field"] in OF_TIME
            return _compared(match["field"], match["operator"], match["value"].strip('"'))
        raise UsageError(f"filter: {match[0].strip()}: not expected here", HINT)


def _some(parts: list[Part]) -> Part:
    return _joined(parts, any, needles.some)


def _every(parts: list[Part]) -> Part:
    return _joined(parts, all, needles.every)


def _joined(
    parts: list[Part],
    hold: Callable[[Iterable[bool]], bool],
    known: Callable[[Iterable[Needles | None]], Needles | None],
) -> Part:
    if len(parts) == 1:
        return parts[0]
    tests = [part.test for part in parts]
    found = known(part.needles for part in parts)
    return Part(lambda event, process: hold(test(event, process) for test in tests), found)


def _says(expression: re.Pattern[str]) -> Test:
    return lambda event, _: any(expression.search(str(line)) is not None for line in event.lines)


def _compared(name: str, operator: str, value: str) -> Part:
    operator = "=" if operator == ":" else operator
    return Part(comparison(name, operator, value), needles.of_comparison(name, operator, value))


def _kind(match: re.Match[str]) -> str:
    """To which other terms beside it this one is an alternative: the field it asks, or NARROWS."""
    if match["regex"]:
        return "/"
    if match["family"]:
        return "call"
    if match["bare"]:
        return NARROWS if match["bare"] in FLAGS else _field_of(match["bare"])
    return match["field"] if match["operator"] in ALTERNATIVES else NARROWS


def _field_of(word: str) -> str:
    """What a word alone is: a process, an errno, a signal, else a call."""
    if word.isdigit():
        return "pid"
    if re.match(r"SIG[A-Z*?]", word):
        return "signal"
    return "errno" if re.match(r"E[A-Z0-9*?]+$", word) else "call"


def _tokens(text: str) -> list[re.Match[str]]:
    found, at = [], 0
    while text[at:].strip():
        match = TOKEN.match(text, at)
        if match is None:
            raise UsageError(f"filter: {text[at:].strip()}: not understood", HINT)
        found.append(match)
        at = match.end()
    if not found:
        raise UsageError("filter: empty", HINT)
    return found


def regex(text: str) -> re.Pattern[str]:
    """``/.../`` or ``/.../i`` as an expression."""
    body, _, flags = text[1:].rpartition("/")
    try:
        return re.compile(body, re.IGNORECASE if flags else 0)
    except re.error as error:
        raise UsageError(f"filter: {text}: {error}", HINT) from error


def comparison(name: str, operator: str, value: str) -> Test:
    """The test of one field."""
    field = FIELDS.get(name)
    if field is None:
        raise UsageError(f"filter: {name}: no such field", f"fields: {' '.join(FIELDS)}")
    if operator.startswith("!"):
        test = comparison(name, operator[1:], value)
        return lambda event, process: not test(event, process)
    values = field.values
    if operator == "~":
        expression = regex(value if value.startswith("/") and value.count("/") > 1 else f"/{value}/")
        return lambda event, process: any(expression.search(str(found)) for found in values(event, process))
    if field.is_number:
        return _of_numbers(name, field, operator, value)
    if operator != "=":
        raise UsageError(f"filter: {name}{operator}{value}: {name} is no number", HINT)
    return _of_words(name, field, value.split(","))


def _of_numbers(name: str, field: Field, operator: str, value: str) -> Test:
    try:
        numbers = [seconds(word) for word in value.split(",")]
    except ValueError as error:
        raise UsageError(f"filter: {name}{operator}{value}: not a number", HINT) from error
    compare, values = COMPARE[operator], field.values
    return lambda event, process: any(compare(float(x), y) for x in values(event, process) for y in numbers)


def _of_words(name: str, field: Field, words: list[str]) -> Test:
    if name in OF_PROCESS:  # as the events have them, not as the shell
        words = [as_text(word.encode("utf-8", "surrogateescape")) for word in words]
    families = [_of_family(word) for word in words if word.startswith("%")] if name == "call" else []
    plain = frozenset(word for word in words if not set(word) & set("*?["))
    patterns = [word for word in words if word not in plain]
    values = field.values

    def test(event: Event, process: Process | None) -> bool:
        for found in values(event, process):
            text = str(found)
            if text in plain or (name == "path" and text.rpartition("/")[2] in plain):
                return True
            if any(fnmatchcase(text, pattern) for pattern in patterns):
                return True
        return any(family(event, process) for family in families)

    return test


def _of_family(name: str) -> Test:
    calls = FAMILIES.get(name)
    if calls is None:
        raise UsageError(f"filter: {name}: no such family", f"families: {' '.join(FAMILIES)}")
    return lambda event, _: isinstance(event, Call) and event.syscall in calls
