"""One child and its process group: see how it changes, signal it, reap it. starting.py starts it."""

import os

from vimtrace.signals import signal
from vimtrace.suppress import suppress

ENDED, STOPPED, CONTINUED = "ended", "stopped", "continued"


class Job:
    """A child of ours, with its own process group if *pgid* equals *pid*.

    Attributes: *stopped*, as far as was reported; *status*, the exit status as a shell tells it
    (128+N for signal N), ``None`` while it lives; *killed_by*, the signal that ended it or 0. An
    ended job stays a zombie, so that its pid cannot become another process's, until :meth:`reap`.
    """

    def __init__(self, pid: int, pgid: int, name: str) -> None:
        self.pid = pid
        self.pgid = pgid
        self.name = name
        self.stopped = False
        self.stopped_by = 0
        self.status: int | None = None
        self.killed_by = 0

    @property
    def alive(self) -> bool:
        """Whether it has not ended, as far as :meth:`changes` has seen."""
        return self.status is None

    @property
    def has_own_group(self) -> bool:
        """Whether it leads a process group of its own."""
        return self.pgid == self.pid

    def changes(self) -> list[str]:
        """What happened since the last call, oldest first.

        One SIGCHLD may stand for many changes (signal(7)), so all that waits is taken. Whether
        it exited or stopped is told by si_code, never by si_status: ``:cq 20`` is no stop.
        """
        found: list[str] = []
        while self.alive and (change := self._change()):
            found.append(change)
        return found

    def _change(self) -> str:
        # Each kind has its own call: with WNOWAIT, only the death may stay unreaped.
        try:
            end = os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        except ChildProcessError:  # somebody else reaped it: nothing more can be known
            self.status = 1
            return ENDED
        if end:
            self._ended(end)
            return ENDED
        try:
            change = os.waitid(os.P_PID, self.pid, os.WSTOPPED | os.WCONTINUED | os.WNOHANG)
        except ChildProcessError:  # it has died since: a zombie is no child to who asks for stops alone
            return self._change()
        if change is None:
            return ""
        self.stopped = change.si_code != os.CLD_CONTINUED
        self.stopped_by = change.si_status if self.stopped else 0
        return STOPPED if self.stopped else CONTINUED

    def _ended(self, info: "os.waitid_result") -> None:
        self.stopped = False
        if info.si_code == os.CLD_EXITED:
            self.status = info.si_status
        else:
            self.killed_by = info.si_status
            self.status = 128 + info.si_status

    def reap(self) -> None:
        """Let the kernel forget the ended child. Its pid must not be used afterwards."""
        with suppress(ChildProcessError):
            os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG)

    def send(self, sig: int) -> None:
        """Send *sig* to the process alone. Raises PermissionError (sudo), never that it is gone."""
        if self.alive:
            with suppress(ProcessLookupError):
                os.kill(self.pid, sig)

    def signal_group(self, sig: int) -> None:
        """Send *sig* to its own group, if it has one."""
        if self.has_own_group:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pgid, sig)

    def resume(self) -> None:
        """Continue it if it is stopped: a SIGCONT to a running Vim corrupts its heap (vim#3346)."""
        if self.stopped:
            self.stopped = False
            self.signal_group(signal.SIGCONT)
            with suppress(PermissionError):
                if not self.has_own_group:
                    self.send(signal.SIGCONT)
