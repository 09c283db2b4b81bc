"""How the lines of one plain trace of ``strace -o FILE`` look: what stands before a call, and how it ends."""

import re
from typing import NamedTuple

from vimtrace.trace import dialects
from vimtrace.trace.dialects import STRACE, detect

NAMED = dialects.NAMED.replace("*+", "*")  # polars knows no possessive ones
NOTES = r"(?: \([^()]*\))*"
TIMED = r" <[0-9]{1,6}\.[0-9]{6}>$"
END = rf"{NOTES}(?:{TIMED[:-1]}| <unavailable>)?$"
RETURNED = rf"\) += (?:(?:-1|\?) E[A-Z0-9_]+ \([^()]*\)|(?:\?|-?[0-9]+|0x[0-9a-f]+)(?:{NAMED})?){END}"
ERRNO = rf"\) += -1 (E[A-Z0-9_]+) \([^()]*\){END}"
REFUSED = rf"\) += (?:-1|\?) E[A-Z0-9_]+ \([^()]*\){END}"
NUMBER = rf"\) += (0|[1-9][0-9]{{0,17}})(?:{NAMED})?{END}"
NEVER = rf"\) += \?(?: E[A-Z0-9_]+ \([^()]*\))?{END}"
NOTHING = rf"\) += (?:\?(?: E[A-Z0-9_]+ \([^()]*\))?|-1 E[A-Z0-9_]+ \([^()]*\)){END}"
RESULT_NAME = rf"\) += [0-9]+({NAMED}){END}"
NAME = r"(?:[a-z_][a-zA-Z0-9_]*|\?{3})"  # strace does not know the call of a process that has just been killed
SIGNAL = "--- (?:[A-Z]|stopped by).* ---"
EXIT = r"\+\+\+ (?:exited with [0-9]+|killed by [A-Z0-9_]+(?: \(core dumped\))?) \+\+\+"
CLOCK = re.compile(r"\d\d:\d\d:\d\d")
SAMPLE = 1 << 16


NARROW = 6  # columns of a pid, with the space behind it


class Form(NamedTuple):
    """Where things stand in each line: *pid* and *stamp* are so many columns, with the space behind them.

    *clock*: as Clock.basis, empty without a stamp; *digits*: those of the stamp behind its point.
    """

    pid: int = 0
    stamp: int = 0
    clock: str = ""
    digits: int = 0


def form(path: str) -> Form | None:
    """The form of the lines in *path*, if its first ones are strace's. Raises OSError."""
    lines = _first(path)
    return _form(lines[0]) if any(lines) and detect("\n".join(lines)) is STRACE else None


def _first(path: str) -> list[str]:
    with open(path, "rb") as file:
        sample = file.read(SAMPLE)
    text = sample.decode("latin-1")
    return text.split("\n")[: -1 if len(sample) == SAMPLE or text.endswith("\n") else None]


def _form(line: str) -> Form:
    match = STRACE.pattern.match(line)
    assert match is not None  # the expression matches any line
    pid = max(NARROW, len(match["pid"]) + 1) if match["pid"] is not None else 0
    stamp = match["stamp"]
    if stamp is None:
        return Form(pid)
    whole, _, digits = stamp.partition(".")
    clock = "day" if CLOCK.match(stamp) else "epoch" if len(whole) >= 9 else "start"
    return Form(pid, (match.end("stamp") - pid if clock == "start" else len(stamp)) + 1, clock, len(digits))
