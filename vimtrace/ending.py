"""Ending a tracer, gently first: interrupt, terminate, and kill only what survives being killed.

Who may be signalled is the difficulty. A tracer behind sudo is root's: sudo relays a signal to it, but
only one from outside its own process group (sudo(8), "Signal handling"), so the relay is a short-lived
child in a group of its own.
"""

import os
import time

from vimtrace import procfs, upstream
from vimtrace.command import TracerCommand
from vimtrace.job import Job
from vimtrace.signals import signal
from vimtrace.starting import fork_into
from vimtrace.suppress import suppress

PATIENCE = 2.0  # seconds that a tracer has, to detach or to print what it collected


class Ending:
    """The steps that end *job*, whose tracer is the one of *command*, at or under it."""

    def __init__(self, job: Job, command: TracerCommand) -> None:
        self.job = job
        self.command = command
        self.comm = command.tracer.name[:15]
        self.steps: list[int] = []
        self.deadline: float | None = None
        self.exhausted = False
        self.refused = 0  # the tracer that could not be killed
        self._programs: list[procfs.Process] = []

    @property
    def begun(self) -> bool:
        """Whether a first step was taken."""
        return self.deadline is not None or self.exhausted

    def begin(self, steps: tuple[int, ...], already_sent: bool = False) -> None:
        """Take the first of *steps* (*already_sent*: the terminal did), or the next one if begun."""
        if not self.begun:
            self.steps = list(steps)
            if already_sent and self.steps:
                self.steps.pop(0)
                self.deadline = time.monotonic() + PATIENCE
                return
        self.next_step()

    def begin_without(self, programs: list[procfs.Process]) -> None:
        """End the tracing of *programs* that Ctrl-C did not end."""
        self._programs = programs
        self.begin(self.command.tracer.ending_program)

    def interrupt(self, already_sent: bool = False) -> None:
        """End the tracing gently, or go on to the next step if that has begun.

        What a Ctrl-C would reach is interrupted first: the programs upstream of ``-``, and a program
        that the tracer started; the tracer itself may not listen to one (strace -o FILE PROG).
        """
        steps = self.command.tracer.ending
        if self.begun or already_sent:
            pass
        elif self.command.tracer.name == "-":
            upstream.interrupt(os.getpgrp())
            already_sent = True
        elif self.command.program:
            self._programs = self.programs()
            for program in self._programs:
                with suppress(PermissionError):
                    procfs.send(program, signal.SIGINT)
            steps, already_sent = (signal.SIGINT, *self.command.tracer.ending_program), True
        self.begin(steps, already_sent)

    def remember_programs(self) -> None:
        """Note what is traced now, for :meth:`left_over`."""
        self._programs = self.programs()

    def programs(self) -> list[procfs.Process]:
        """The processes that are traced, and run in front."""
        tracer = self.tracer_pid()
        found = procfs.descendants(tracer) if tracer else []
        return [p for p in found if p.comm != self.comm]

    def left_over(self) -> str:
        """Those of the programs that still run although their tracing was ended, with their pids; or ""."""
        alive = [p for p in self._programs if procfs.is_alive(p)]
        return ", ".join(f"{p.comm} ({p.pid})" for p in alive)

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
        if own is None:
            return self.job.pid
        tracer = self._tracer(own)
        return tracer.pid if tracer else 0

    def _tracer(self, own: procfs.Process) -> procfs.Process | None:
        if own.comm == self.comm:
            return own
        return next((p for p in procfs.descendants(own.pid) if p.comm == self.comm), None)

    def send(self, sig: int) -> None:
        """Send *sig* to the tracer; a stopped one is continued, or it would never notice."""
        own = procfs.process(self.job.pid)
        if own is None:
            self.job.send(sig)
            return
        target = self._tracer(own) or own
        try:
            procfs.send(target, sig)
        except PermissionError:
            if sig == signal.SIGKILL:  # to sudo it cannot be relayed: it would kill sudo and leave the tracer
                self.refused = target.pid
            else:
                self.relay(sig)
        with suppress(PermissionError):
            if (now := procfs.process(target.pid)) and now.state == "T":
                procfs.send(now, signal.SIGCONT)

    def relay(self, sig: int) -> None:
        """Send *sig* to the job from outside our group, so that sudo passes it on."""
        child = fork_into(0)
        if child == 0:
            with suppress(OSError):
                os.kill(self.job.pid, sig)
            os._exit(0)
        os.waitpid(child, 0)
