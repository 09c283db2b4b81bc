"""Which lines a filter need not look at: plain calls of strace, of which one expression tells that none matches.

A plain call stands on one line, whole, and no backtrace follows it. What comes before and after it is read as if it
were not there: it is neither waited for, nor does it wait.
"""

import math
import re
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from vimtrace.filter.expression import Expression, Not, Some, Term
from vimtrace.times import seconds
from vimtrace.trace.dialects import CLOCK, NAMED, NOTE, NUMBER
from vimtrace.trace.families import FAMILIES

LITERAL = re.compile(r'(?:[\w ,:=@%"<>-]|\\[^\w\s]|\.)+', re.ASCII)
ANY_STAMP = rf"(?:(?:{CLOCK}|\d+\.\d+|\d{{9,}})\ +)?"
SURE_STAMP = r"(?:\d{9,}(?:\.\d+)?\ +)?"  # counts from 1970, whatever the lines before said
NO_STAMP = ""


class Needles(NamedTuple):
    """A plain call that matches has one of these expressions in its place; without any, none matches.

    The rarest come first.
    """

    duration: tuple[str, ...] = ()
    errno: tuple[str, ...] = ()
    text: tuple[str, ...] = ()
    name: tuple[str, ...] = ()
    pid: tuple[str, ...] = ()


NEVER = Needles()
FLAGS = {"failed": Needles(errno=("E",)), "unfinished": Needles(text=(r"=\ \?",))}


def of(found: Expression) -> Needles | None:
    """Those of an event that *found* matches; ``None`` if nothing is known."""
    if isinstance(found, Term):
        return _of_term(found)
    if isinstance(found, Not):
        return None
    parts = map(of, found.parts)
    return _some(parts) if isinstance(found, Some) else _every(parts)


def _some(found: Iterable[Needles | None]) -> Needles | None:
    """Those of an event for which one of the tests holds that have these; ``None`` if nothing is known of one."""
    together = NEVER
    for each in found:
        if each is None:
            return None
        together = Needles(*(mine + others for mine, others in zip(together, each, strict=True)))
    return together


def _every(found: Iterable[Needles | None]) -> Needles | None:
    """Those of an event for which all the tests hold that have these: the rarest will do."""
    known = [each for each in found if each is not None]
    return min(known, key=_commonness) if known else None


def _commonness(needles: Needles) -> int:
    return max((at for at, there in enumerate(needles, 1) if there), default=0)


def _of_term(term: Term) -> Needles | None:
    if term.field in FLAGS:
        return FLAGS[term.field]
    if not term.field:
        return _of_regex(term.value)
    make = COMPARISONS.get((term.field, term.operator))
    return make(term.value.split(",")) if make is not None else None


def _of_regex(text: str) -> Needles | None:
    """Those of ``/.../``, if it is made of plain words."""
    words = text[1:-1].split("|")
    if not text.endswith("/") or not all(map(LITERAL.fullmatch, words)):
        return None
    return Needles(text=tuple(map(_literal, words)))


def _literal(word: str) -> str:
    """*word* as it stands in the file, where a character may be several bytes."""
    pieces = re.findall(r"\\?.", word)
    return "".join("[^\n]{1,4}" if piece == "." else re.escape(piece[-1]) for piece in pieces)


def _calls(words: list[str]) -> Needles | None:
    families = [name for word in words if word.startswith("%") for name in sorted(FAMILIES[word])]
    names = _names([word for word in words if not word.startswith("%")])
    return Needles(name=(*families, *names)) if names is not None else None


def _errnos(words: list[str]) -> Needles | None:
    names = _names(words)
    return Needles(errno=tuple(rf"{name}\ " for name in names)) if names is not None else None


def _names(words: list[str]) -> tuple[str, ...] | None:
    if not all(re.fullmatch(r"[\w*?]+", word, re.ASCII) for word in words):
        return None
    return tuple(word.replace("*", r"\w*").replace("?", r"\w") for word in words)


def _pids(words: list[str]) -> Needles | None:
    if not all(re.fullmatch(r"[0-9]{1,7}", word) for word in words):
        return None
    return Needles(pid=tuple(rf"{int(word)}\b" for word in words))


def _durations(words: list[str]) -> Needles:
    return Needles(duration=(_at_least(min(map(seconds, words))),))


def _at_least(value: float) -> str:
    """An expression of the numbers from *value* on, and of some that are less."""
    if not 1e-9 <= value < math.inf:
        return ""
    digits = math.floor(math.log10(value)) - 1
    if digits >= 0:
        return rf"0*[1-9]\d{{{digits},}}\."
    return rf"(?:0*[1-9]\d*\.|0*\.0{{0,{-digits - 1}}}[1-9])"


def _kinds(words: list[str]) -> Needles | None:
    return None if any(map(re.compile(r"call|.*[*?\[]").fullmatch, words)) else NEVER


def _never(words: list[str]) -> Needles:
    return NEVER


COMPARISONS: dict[tuple[str, str], Callable[[list[str]], Needles | None]] = {
    ("call", "="): _calls,
    ("errno", "="): _errnos,
    ("pid", "="): _pids,
    ("slow", ">"): _durations,
    ("slow", ">="): _durations,
    ("kind", "="): _kinds,
    ("signal", "="): _never,
    ("signal", "~"): _never,
}


def passed(needles: Needles, stamp: str) -> re.Pattern[str]:
    """The expression of the lines, one or more, that cannot match, and that have such a *stamp* or none.

    It is for text that is latin-1, whose lines are strace's. What stands behind a line that has another stamp may
    depend on its time.
    """
    text = rf"(?![^\n]*?(?:{'|'.join(needles.text)}))" if needles.text else ""
    pid = rf"(?:{_without(needles.pid)}\d{{1,7}}(?:<[^>\n]*+>)?\ +){'' if needles.pid else '?'}"
    name = _without([rf"(?:{name})\(" for name in needles.name]) + r"(?!SYS_)[A-Za-z_]\w*+\("
    error = rf"\ {_without(needles.errno)}E[A-Z0-9_]+\ \([^()\n]*+\)"
    duration = rf"\ <{_without(needles.duration)}\d+\.\d+>"
    line = rf"""
{text}{pid}{stamp}{name}(?>[^\n]*\)\ +=\ )(?:\?|{NUMBER})(?:{NAMED})?(?:{error})?(?:{NOTE})*+(?:{duration})?
\n(?=[^\ ])"""
    return re.compile(rf"^(?:{line})++", re.VERBOSE | re.MULTILINE | re.ASCII)


def _without(expressions: Sequence[str]) -> str:
    return f"(?!{'|'.join(expressions)})" if expressions else ""
