"""How the lines of one plain trace of ``strace -o FILE`` look: what stands before a call, and how it ends."""

import re
from typing import NamedTuple

from vimtrace.trace.dialects import STRACE, detect

NAMED = r"<(?:->|[^<>]|<[^<>]*>)*>(?:\(deleted\))?"
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
UNFINISHED, DETACHED = " <unfinished ...>", " <detached ...>"
NAME = r"(?:[a-z_][a-zA-Z0-9_]*|\?{3})"  # strace does not know the call of a process that has just been killed
SIGNAL = "--- (?:[A-Z]|stopped by).* ---"
EXIT = r"\+\+\+ (?:exited with [0-9]+|killed by [A-Z0-9_]+(?: \(core dumped\))?) \+\+\+"
CLOCK = re.compile(r"\d\d:\d\d:\d\d")
SAMPLE = 1 << 16


NARROW, WIDE = 6, 8  # columns of a pid, with the space behind it


class Form(NamedTuple):
    """Where things stand in each line: *pid* and *stamp* are so many columns, with the space behind them.

    *clock*: as Clock.basis, empty without a stamp; *digits*: those of the stamp behind its point.
    """

    pid: int = 0
    stamp: int = 0
    clock: str = ""
    digits: int = 0

    @property
    def body(self) -> int:
        """The column of the call, the signal or the exit."""
        return self.pid + self.stamp

    @property
    def call(self) -> str:
        """The expression of the beginning of a call, also of a resumed one."""
        return rf"{self._before}(?:{NAME}\(|<\.\.\. {NAME} resumed>)"

    @property
    def other(self) -> str:
        """The expression of a signal or an exit."""
        return rf"{self._before}(?:{SIGNAL}|{EXIT})$"

    @property
    def plain(self) -> str:
        """The expression that every line matches."""
        return rf"{self.call}.*(?:{RETURNED}|{UNFINISHED}$|{DETACHED}$)|{self.other}"

    @property
    def _before(self) -> str:
        pids = [f"[0-9]{{{n}}} {{{self.pid - n}}}" for n in range(1, self.pid)]
        point = rf"\.[0-9]{{{self.digits}}}" if self.digits else ""
        whole = self.stamp - 1 - (self.digits + 1 if self.digits else 0)
        stamps = {
            "": [],
            "day": [f"[0-9]{{2}}:[0-9]{{2}}:[0-9]{{2}}{point} "],
            "epoch": [f"[0-9]{{{whole}}}{point} "],
            "start": [f" {{{whole - n}}}[0-9]{{{n}}}{point} " for n in range(1, min(whole, 8) + 1)],
        }
        return "^" + "".join(f"(?:{'|'.join(ways)})" for ways in (pids, stamps[self.clock]) if ways)


def form(path: str) -> Form | None:
    """The form of the lines in *path*, if its first ones are strace's. Raises OSError."""
    lines = _first(path)
    return _form(lines[0]) if any(lines) and detect("\n".join(lines)) is STRACE else None


def is_plain(path: str, form: Form) -> bool:
    """Whether the first lines in *path* are of that *form*. Raises OSError."""
    plain = re.compile(form.plain)
    return all(plain.search(line) for line in _first(path))


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
