"""Being in front: whether the terminal is the run's by right, and what to do where no event tells that it is not."""

from __future__ import annotations

import os

from vimtrace import procfs
from vimtrace.signals import ENDING, KEYBOARD, Signals, signal
from vimtrace.terminal import Terminal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vimtrace.job import Job


class Front:
    """The terminal as seen from process group *group*, ours, which has it by now if it *is_ours*."""

    def __init__(self, terminal: Terminal, signals: Signals, group: int, is_ours: bool) -> None:
        self.terminal, self.signals, self.group, self.is_ours = terminal, signals, group, is_ours
        self.parent = os.getppid()

    def note_continued(self) -> None:
        """We were stopped: from now on the terminal may be the shell's by right."""
        self.is_ours = self.terminal.owner() == self.group

    def retake(self, pager: Job | None, over: bool) -> bool:
        """Take the terminal back, for *pager* if there is one, from a shell that still waits for us; return whether.

        A loop of bash that feeds a pipe gives it that terminal when SIGINT ends it (bash's jobs.c, end_job_control()):
        never before the upstream is *over*.
        """
        if self.signals.pending(frozenset({signal.SIGCONT})):
            return False
        owner = self.terminal.owner()
        mine = pager.pgid if pager else self.group
        self.is_ours |= owner in (mine, self.group)
        if not over or not self.is_ours or owner in (mine, self.group):
            return False
        shell = procfs.process(os.getppid())
        if shell is None or owner != shell.pgid or not self.terminal.give(mine, {owner}):
            return False
        if pager:
            pager.resume()
        return True

    def wait(self) -> bool:
        """Stop until ``fg``; return whether there is hope: it slept, a signal came, we are in front.

        Without hope the group is orphaned, and nobody could ever bring it to the front.
        """
        if self.signals.pending(KEYBOARD):
            return True
        slept = self.signals.stop(signal.SIGTTOU, whole_group=False, ready=self._call_off)
        return slept or self.signals.pending(ENDING | KEYBOARD) or self.terminal.owner() == self.group

    def _call_off(self) -> None:
        """Forget the stop for a terminal that has become ours; a later fg does so by its SIGCONT (signal(7))."""
        if self.terminal.owner() == self.group:
            self.signals.discard(signal.SIGTTOU)

    def is_lost(self, pager: Job) -> bool:
        """Whether a script that ran us has died, and its shell has taken the terminal from *pager* for good.

        That shell cannot bring us back to the front, for we are no job of its own; and an orphaned group is told
        nothing, as long as it is not stopped.
        """
        if os.getppid() == self.parent:
            return False
        return self.terminal.owner() not in (pager.pgid, self.group) and procfs.is_orphaned(self.group)
