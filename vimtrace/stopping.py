"""How the whole job stops and continues, so that its shell notices and no member is left behind.

A shell waits for all of a pipeline, so the whole group stops. The tracer stops first: as soon as we
sleep the shell takes the terminal, and a sudo that stopped later would take that for its own doing and
give the terminal back to the shell when it is continued.
"""

import os
import time

from vimtrace import procfs
from vimtrace.ending import Ending
from vimtrace.signals import Signals, signal
from vimtrace.terminal import Terminal

STOPPING_TIME = 0.3  # seconds that the tracer may take to stop when the job does
LET_THROUGHS = 20  # times that the tracer's side may set the modes of the terminal behind the pager
LENT_TIME = 0.03  # seconds that it has for it


class Stopping:
    """Stops process group *group*, ours, and what *ending* can tell of the tracer behind it."""

    def __init__(self, terminal: Terminal, signals: Signals, ending: Ending, group: int) -> None:
        self.terminal, self.signals, self.ending, self.group = terminal, signals, ending, group
        self.tracer, self.command = ending.job, ending.command
        self._let_throughs = 0

    def is_asked_for_by_tracer(self) -> bool:
        """Whether the job must stop because its tracer did, so that the shell can continue it."""
        if not self.tracer.stopped:
            return False  # it was the Ctrl-Z that has stopped and continued us all
        asked = self.tracer.stopped_by in (signal.SIGTTIN, signal.SIGTTOU)
        if asked and self.tracer.has_own_group and self.terminal.give(self.tracer.pgid, {self.group}):
            self.tracer.resume()
            return False
        return not self.signals.pending(frozenset({signal.SIGTSTP}))  # that Ctrl-Z has reached us, and comes next

    def needed(self) -> list[int]:
        """The traced processes above us that would be frozen with a stopped tracer: our shell, its terminal, its sshd.

        Then nobody could type the ``fg`` that continues us. init is not needed for that, unless it is our shell itself.
        """
        if not self.tracer.alive or not self.command.attached:
            return []
        above = procfs.ancestors(os.getpid()) - ({1} - {os.getsid(0)})
        return [pid for pid in self.command.attached if pid in above]

    def stop(self, sig: int, whole_group: bool, in_front: bool) -> bool:
        """Stop the job with *sig* until the shell continues it; return whether it slept.

        *in_front*: a tracer with a group of its own is to have the terminal again afterwards.
        """
        own_group = self.tracer.alive and self.tracer.has_own_group
        if self.tracer.alive and self.command.attached and sig == signal.SIGTSTP:
            pids = ", ".join(map(str, self.command.attached))
            self.terminal.say(f"stopping the tracer freezes the traced process {pids} until 'fg' or 'bg'")
        if own_group:
            self.tracer.signal_group(signal.SIGTSTP)
            self.terminal.give(self.group, {self.tracer.pgid})
        if whole_group and self.tracer.alive and self.command.may_be_refused:
            self.ending.relay(signal.SIGTSTP)  # sudo ignores a stop that comes from its own group
            self._tracer_stops()
        slept = self.signals.stop(sig, whole_group, self._tracer_stops)
        self.tracer.changes()
        if slept and self._sleeps_on():
            os.killpg(self.group, signal.SIGCONT)
        if own_group:
            if in_front:
                self.terminal.give(self.tracer.pgid, {self.group})
            self.tracer.signal_group(signal.SIGCONT)
        if own_group or slept:  # the shell's SIGCONT was for all of the group
            self.tracer.stopped = False
        return slept

    def _sleeps_on(self) -> bool:
        """Whether the tracer is still stopped: somebody has continued us alone, so that no fg would continue it."""
        now = procfs.process(self.tracer.pid) if self.tracer.alive else None
        return now is not None and now.pgid == self.group and now.state == "T"

    def _tracer_stops(self) -> None:
        """Give the tracer a moment to stop before we do."""
        deadline = time.monotonic() + STOPPING_TIME
        while self.tracer.alive and not self.tracer.stopped and time.monotonic() < deadline:
            self.tracer.changes()
            time.sleep(0.002)

    def may_let_through(self) -> bool:
        """Whether one of the tracer's side may once more set the modes of the terminal behind the pager."""
        self._let_throughs += 1
        return self.tracer.alive and self._let_throughs <= LET_THROUGHS

    def let_through(self) -> None:
        """Continue our group, which the kernel has stopped for touching the terminal, and give it a moment."""
        os.killpg(self.group, signal.SIGCONT)
        time.sleep(LENT_TIME)
        self.tracer.stopped = False
