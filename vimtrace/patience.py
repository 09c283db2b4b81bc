"""What repeated Ctrl-C means while a program is traced: when it must end the tracing, and when not.

strace ignores SIGINT under ``-o FILE PROG``, so a program that ignores it too would hold the user for
ever; but a program that handles it (python3, psql, bash) must not lose its tracing by ordinary use.
"""

import time

from vimtrace import procfs
from vimtrace.signals import signal

NO_EFFECT = 1.0  # seconds after which a Ctrl-C that ended nothing counts as of no use
INSISTING = (3, 2.0)  # as many presses within as many seconds end the tracing of any program


class CtrlC:
    """The presses so far."""

    def __init__(self) -> None:
        self.presses: list[float] = []
        self.notice_due: float | None = None
        self.armed = False

    @property
    def is_waiting(self) -> bool:
        """Whether a notice may become due."""
        return self.notice_due is not None

    def pressed(self, programs: list[procfs.Process]) -> bool:
        """Count a press while *programs* are traced; return whether the tracing must end now."""
        now = time.monotonic()
        count, within = INSISTING
        self.presses = [t for t in self.presses if now - t <= within] + [now]
        if any(procfs.disposition(p.pid, signal.SIGINT) == "caught" for p in programs):
            self.armed, self.notice_due = False, None
            return len(self.presses) >= count
        if self.armed:
            return True
        if self.notice_due is None:
            self.notice_due = now + NO_EFFECT
        return False

    def notice(self, name: str) -> str:
        """What to tell the user when a press had no effect for too long; "" if nothing."""
        if self.notice_due is None or time.monotonic() < self.notice_due:
            return ""
        self.notice_due, self.armed = None, True
        return f"{name} ignores Ctrl-C; press it again to end the tracing (not the program)"
