"""Companions of the launcher: forked copies of it that stand in another process group.

The ear is in the pager's group: it hears the terminal's Ctrl-C and passes it on to the launcher. less leaves
ISIG on, so the terminal sends SIGINT to less's group alone. Were less in the launcher's group instead, a
``bg`` would let it stop the tracer with SIGTTIN, which hits every member of a group.

The heir has a group of its own: it outlives the launcher for long enough to tell sudo to end the tracer. The
kernel cannot (prctl(2): a set-user-ID program clears what was asked for), and sudo passes on only what comes
from another group than its own.
"""

from __future__ import annotations

import os

from vimtrace import procfs
from vimtrace.parent import die_with, hear_of_parent
from vimtrace.signals import signal
from vimtrace.starting import fork_into
from vimtrace.suppress import suppress

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


class Companion:
    """A forked copy of the launcher in group *pgid* that does *work* until :meth:`close`."""

    def __init__(self, pgid: int, locked: int, work: Callable[[int], None]) -> None:
        """*locked* is the descriptor whose lock must end with the launcher: it is not kept here.

        *work* is called with the launcher's pid, and is over at the latest when that has ended.
        """
        launcher = os.getpid()
        self.pid = fork_into(pgid)
        if self.pid == 0:
            try:
                os.close(locked)
                work(launcher)
            finally:
                os._exit(0)

    def close(self) -> None:
        """End it."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        with suppress(ChildProcessError):
            os.waitpid(self.pid, 0)


def ear(pgid: int, locked: int) -> Companion:
    """An ear in the group *pgid* of the pager."""
    return Companion(pgid, locked, _listen)


def heir(pid: int, sig: int, locked: int) -> Companion:
    """An heir that sends *sig* to the process *pid* if the launcher dies."""
    seen = procfs.process(pid)

    def inherit(launcher: int) -> None:
        hear_of_parent(signal.SIGTERM)
        while os.getppid() == launcher:
            signal.sigtimedwait({signal.SIGTERM}, 1)
        if seen:
            with suppress(PermissionError):
                procfs.send(seen, sig)

    return Companion(0, locked, inherit)


def _listen(launcher: int) -> None:
    for sig in (signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU, signal.SIGHUP, signal.SIGTERM):
        signal.signal(sig, signal.SIG_DFL)
    signal.signal(signal.SIGQUIT, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_SETMASK, {signal.SIGINT})
    die_with(launcher, signal.SIGTERM)
    while True:
        signal.sigwaitinfo({signal.SIGINT})  # with no time limit: see signals.wait_for()
        if os.getppid() != launcher:
            return
        os.kill(launcher, signal.SIGINT)
