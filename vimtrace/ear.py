"""An ear in the pager's group: it hears the terminal's Ctrl-C and passes it on to the launcher.

less leaves ISIG on, so the terminal sends SIGINT to less's group alone. Were less in the launcher's
group instead, a ``bg`` would let it stop the tracer with SIGTTIN, which hits every member of a group.
"""

import os

from vimtrace.signals import signal
from vimtrace.starting import fork_into
from vimtrace.suppress import suppress


class Ear:
    """A forked copy of the launcher that waits for SIGINT in group *pgid* until :meth:`close`."""

    def __init__(self, pgid: int, locked: int) -> None:
        """*locked* is the descriptor whose lock must end with the launcher: it is not kept here."""
        launcher = os.getpid()
        self.pid = fork_into(pgid)
        if self.pid == 0:
            try:
                os.close(locked)
                _listen(launcher)
            finally:
                os._exit(0)

    def close(self) -> None:
        """End it."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        with suppress(ChildProcessError):
            os.waitpid(self.pid, 0)


def _listen(launcher: int) -> None:
    for sig in (signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU, signal.SIGHUP, signal.SIGTERM):
        signal.signal(sig, signal.SIG_DFL)
    signal.signal(signal.SIGQUIT, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_SETMASK, {signal.SIGINT})
    while os.getppid() == launcher:
        if signal.sigtimedwait({signal.SIGINT}, 1):
            os.kill(launcher, signal.SIGINT)
