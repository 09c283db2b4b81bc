"""The filter language: an expression to a tree of terms. It is the same everywhere in vimtrace.

term      call=NAME  pid=N  comm=NAME  fd=N  path=NAME  errno=NAME  signal=NAME  kind=NAME  result=N  line=N
          slow>SECONDS  time<SECONDS  failed  unfinished  %FAMILY  /REGEX/
alone     openat (call)  4711 (pid)  ENOENT (errno)  SIGCHLD (signal)
operator  = (also :) != ~ !~ < > <= >=        NAME may be a list A,B and hold * ? [ ]
joined    A B: terms of one kind (calls and families, values of one field, expressions) are alternatives, different
          kinds narrow: "openat read ENOENT" is "(openat or read) and ENOENT";
          A and B (&&), A or B (||), not A (!A), (A): in "A B and C or D" A and B join first, D last
"""

import re
from collections.abc import Callable
from typing import NamedTuple

from vimtrace.errors import UsageError

TOKEN = re.compile(
    r"""\s*(?:
  (?P<regex>/(?:[^/\\]|\\.)+/i?)(?=[\s)]|$)
| (?P<bracket>[()])
| (?P<term>(?P<field>[a-z]+)(?P<operator>=|!=|!~|~|<=|>=|<|>|:)
    (?P<value>"[^"]*"|/(?:[^/\\]|\\.)+/i?(?=[\s)]|$)|[^\s()]+))
| (?P<negation>!|not\b|NOT\b)
| (?P<word>and\b|or\b|AND\b|OR\b|&&|\|\|)
| (?P<family>%%?[a-z]+)
| (?P<bare>[\w*?]+)(?=[\s)]|$)
)""",
    re.VERBOSE,
)
HINT = "for example: 'call=openat errno=ENOENT', '%network and slow>0.1', 'pid=42 or /passwd/'; man vimtrace"
FLAGS = frozenset({"failed", "unfinished"})
AND, OR, NOT = ("and", "AND", "&&"), ("or", "OR", "||"), ("not", "NOT", "!")
NARROWS = ""
ALTERNATIVES = frozenset({"=", "~"})


class Term(NamedTuple):
    """What is asked of an event: how its *field* stands to *value*. A flag has no operator, a regular expression of
    the whole text no field.
    """

    field: str
    operator: str
    value: str


class Not(NamedTuple):
    """An event that *part* does not match."""

    part: "Expression"


class Every(NamedTuple):
    """An event that all *parts* match."""

    parts: tuple["Expression", ...]


class Some(NamedTuple):
    """An event that one of *parts* matches."""

    parts: tuple["Expression", ...]


Expression = Term | Not | Every | Some


def parse(text: str) -> Expression:
    """The tree of *text*. Raises UsageError."""
    return _Parser(text).whole()


class _Parser:
    def __init__(self, text: str) -> None:
        self._tokens = _tokens(text)
        self._at = 0

    def whole(self) -> Expression:
        found = self._some()
        if self._at < len(self._tokens):
            raise UsageError(f"filter: {self._tokens[self._at][0]}: not expected here", HINT)
        return found

    def _peek(self) -> re.Match[str] | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def _take(self, *words: str) -> bool:
        match = self._peek()
        if match is not None and match[0].strip() in words:
            self._at += 1
            return True
        return False

    def _some(self) -> Expression:
        parts = [self._every()]
        while self._take(*OR):
            parts.append(self._every())
        return _joined(Some, parts)

    def _every(self) -> Expression:
        parts = [self._side_by_side()]
        while self._take(*AND):
            parts.append(self._side_by_side())
        return _joined(Every, parts)

    def _side_by_side(self) -> Expression:
        """Terms with nothing between them: those of one kind are alternatives, the kinds narrow."""
        kind, part = self._one()
        alternatives: dict[str, list[Expression]] = {kind: [part]}
        while (match := self._peek()) is not None and match[0].strip() not in (*AND, *OR, ")"):
            kind, part = self._one()
            alternatives.setdefault(kind, []).append(part)
        narrow = alternatives.pop(NARROWS, [])
        return _joined(Every, [*(_joined(Some, parts) for parts in alternatives.values()), *narrow])

    def _one(self) -> tuple[str, Expression]:
        """The kind of the next term, NARROWS if it is no alternative to anything, and what it asks."""
        if self._take(*NOT):
            return NARROWS, Not(self._one()[1])
        if self._take("("):
            part = self._some()
            if not self._take(")"):
                raise UsageError("filter: a ( is not closed", HINT)
            return NARROWS, part
        match = self._peek()
        if match is None:
            raise UsageError("filter: something is missing at the end", HINT)
        self._at += 1
        return _term(match)


def _joined(how: Callable[[tuple[Expression, ...]], Expression], parts: list[Expression]) -> Expression:
    return parts[0] if len(parts) == 1 else how(tuple(parts))


def _term(match: re.Match[str]) -> tuple[str, Expression]:
    """The kind of a term and what it asks."""
    if match["regex"]:
        return "/", Term("", "~", match["regex"])
    if match["family"]:
        return "call", Term("call", "=", match["family"])
    if match["bare"] in FLAGS:
        return NARROWS, Term(match["bare"], "", "")
    if match["bare"]:
        field = _field_of(match["bare"])
        return field, Term(field, "=", match["bare"])
    if not match["term"]:
        raise UsageError(f"filter: {match[0].strip()}: not expected here", HINT)
    if match["field"] in FLAGS:
        raise UsageError(f"filter: {match[0].strip()}: {match['field']} stands alone", HINT)
    if match["value"].startswith("=") or match["value"].count('"') == 1:
        raise UsageError(f"filter: {match[0].strip()}: not understood", HINT)
    operator = match["operator"].replace(":", "=")
    term = Term(match["field"], operator.removeprefix("!"), match["value"].strip('"'))
    if operator.startswith("!"):
        return NARROWS, Not(term)
    return term.field if operator in ALTERNATIVES else NARROWS, term


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


def leaves(found: Expression) -> list[Term]:
    """All the terms in *found*."""
    if isinstance(found, Term):
        return [found]
    parts = (found.part,) if isinstance(found, Not) else found.parts
    return [term for part in parts for term in leaves(part)]
