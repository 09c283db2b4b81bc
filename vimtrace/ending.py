"""Ending a tracer, gently first: interrupt, terminate, and kill only what survives being killed.

Who may be signalled is the difficulty. A tracer behind sudo is root's: sudo relays a signal to it, but
only one from outside its own process group (sudo(8), "Signal handling"), so the relay is a short-lived
child in a group of its own.
"""

import contextlib
import os
import signal
import time

from vimtrace import procfs
from vimtrace.job import Job, fork_into

PATIENCE = 2.0  # seconds that a tracer has, to detach or to print what it collected


class Ending:
    """The steps that end *job*, whose tracer is the process named *name* at or under it."""

    def __init__(self, job: Job, name: str) -> None:
        self.job = job
        self.name = name
        self.steps: list[signal.Signals] = []
        self.deadline: float | None = None
        self.exhausted = False
        self.refused = 0  # the tracer that could not be killed

    @property
    def begun(self) -> bool:
        """Whether a first step was taken."""
        return self.deadline is not None or self.exhausted

    def begin(self, steps: tuple[signal.Signals, ...], already_sent: bool = False) -> None:
        """Take the first of *steps* (*already_sent*: the terminal did), or the next one if begun."""
        if not self.begun:
            self.steps = list(steps)
            if already_sent and self.steps:
                self.steps.pop(0)
                self.deadline = time.monotonic() + PATIENCE
                return
        self.next_step()

    def next_step(self) -> None:
        """Send the next signal; remember when its patience runs out."""
        if not self.steps:
            self.deadline, self.exhausted = None, True
            return
        sig = self.steps.pop(0)
        self.send(sig)
        self.deadline = time.monotonic() + PATIENCE

    def tick(self) -> None:
        """Go on to the next step when the last one was of no use for long enough."""
        if self.deadline is not None and time.monotonic() >= self.deadline and self.job.alive:
            self.next_step()

    def tracer_pid(self) -> int:
        """The tracer's own pid, behind whatever wrappers; 0 while it has not started."""
        own = procfs.process(self.job.pid)
        if own is None or own.comm == self.name[:15]:
            return self.job.pid
        return next((p.pid for p in procfs.descendants(self.job.pid) if p.comm == self.name[:15]), 0)

    def send(self, sig: signal.Signals) -> None:
        """Send *sig* to the tracer; a stopped one is continued, or it would never notice."""
        target = self.tracer_pid() or self.job.pid
        try:
            os.kill(target, sig)
        except ProcessLookupError:
            return
        except PermissionError:
            if sig == signal.SIGKILL:  # to sudo it cannot be relayed: it would kill sudo and leave the tracer
                self.refused = target
            else:
                self.relay(sig)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if (state := procfs.process(target)) and state.state == "T":
                os.kill(target, signal.SIGCONT)

    def relay(self, sig: signal.Signals) -> None:
        """Send *sig* to the job from outside our group, so that sudo passes it on."""
        child = fork_into(0)
        if child == 0:
            with contextlib.suppress(OSError):
                os.kill(self.job.pid, sig)
            os._exit(0)
        os.waitpid(child, 0)
