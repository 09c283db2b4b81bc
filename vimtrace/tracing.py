"""The tracer's side of a run: which one runs, what it has written so far, what it leaves when it has ended.

The launcher decides when; here is how. There is always one tracer, and in a live run another may come after it, whose
trace follows in the same file.
"""

from __future__ import annotations

import os
import time

from vimtrace import procfs, route
from vimtrace.ear import Companion, heir
from vimtrace.ending import Ending
from vimtrace.guard import Guard
from vimtrace.output import printable
from vimtrace.signals import Signals, name_of, signal
from vimtrace.stopping import Stopping

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vimtrace.command import TracerCommand
    from vimtrace.job import Job
    from vimtrace.route import Route
    from vimtrace.terminal import Terminal
    from vimtrace.tracefile import TraceFile

SHOW_ANYWAY = 0.5  # seconds after which a live run opens its pager with nothing to show yet
WRITING_TIME = 1.0  # seconds that the real strace of a "strace -D" has to finish


class Tracing:
    """The tracer that writes *trace*, *live* or not, from process group *group*, ours, which has the *terminal*.

    Attributes, of the one that :meth:`take` was told last: *command*, *job*; *ending*, *guard* and *stopping*, which
    see to it; *is_noted*, whether its end was seen (:meth:`note_end`); *is_told*, whether the pager was told how it is.
    """

    command: TracerCommand
    job: Job
    ending: Ending
    guard: Guard
    stopping: Stopping

    def __init__(self, trace: TraceFile, terminal: Terminal, signals: Signals, group: int, live: bool) -> None:
        self.trace, self.terminal, self.signals, self.group, self.live = trace, terminal, signals, group, live
        self.is_noted = self.is_told = False
        self._shown_from = 0.0
        self._heir: Companion | None = None

    def take(self, command: TracerCommand, job: Job, way: Route) -> None:
        """From now on the tracer of the run is *job*, started by *command*, whose trace goes its *way*."""
        self.command, self.job, self._route = command, job, way
        self.ending = Ending(job, command)
        self.guard = Guard(self.trace, self.ending)
        self.stopping = Stopping(self.terminal, self.signals, self.ending, self.group)
        self.is_noted = not job.alive
        if command.may_be_refused and command.death_signal and job.alive:
            self._heir = heir(job.pid, command.death_signal, self.trace.folder.lock)
        if self.live:
            self.trace.folder.write("tracer", str(job.pid))
        self.tell()

    def take_another(self, command: TracerCommand) -> None:
        """Start *command* in the place of the one that has ended. Raises VimtraceError."""
        messages = self.trace.folder.file("messages")
        way = route.live(command, self.trace.path, messages, self.terminal, self.signals, more=True)
        self.trace.note(f"--- vimtrace: {printable(' '.join(command.argv))} ---")
        self.take(command, way.start(command, self.signals), way)

    @property
    def alive(self) -> bool:
        """Whether it has not ended, as far as was seen."""
        return self.job.alive

    @property
    def name(self) -> str:
        """What the user calls that which is traced: the program, or the tracer that has none."""
        return self.command.program or self.command.tracer.name

    @property
    def is_of_pipe(self) -> bool:
        """Whether it is our cat(1), which copies what other programs write."""
        return self.command.tracer.name == "-"

    def tell(self) -> None:
        """Write the state file that the pager's status line shows."""
        if self.job.killed_by:
            text = f"killed {name_of(self.job.killed_by)}"
        elif self.job.status is not None:
            text = f"ended {self.job.status}"
        else:
            text = "stopped" if self.job.stopped else "running"
        self.is_told = self.trace.folder.write("state", text)

    def is_worth_showing(self) -> bool:
        """Whether a live run has something to show, or has had half a second to."""
        if self.ending.begun:
            return False
        if self.has_written():
            return True
        if not self._shown_from:
            wrapped = bool(self.command.wrappers)
            if wrapped and (self.terminal.asks_for_password() or not self.ending.tracer_pid()):
                return False
            self._shown_from = time.monotonic() + SHOW_ANYWAY
        return time.monotonic() >= self._shown_from

    def has_written(self) -> bool:
        """Whether there is any trace: perf writes its complaints to the same place."""
        mark = self.command.tracer.mark
        return not self.trace.is_empty and (not mark or mark in self.trace.head())

    def complaint(self) -> str:
        """What it wrote in the place of a trace, when it failed; or ""."""
        failed = self.job.status and not self.has_written()
        return self.trace.head().decode("utf-8", "replace") if failed else ""

    def note_end(self) -> None:
        """It is dead: have all of its trace in the file, and the pager know."""
        self.is_noted = True
        if self._heir:
            self._heir.close()
            self._heir = None
        self._route.close()
        if self.command.is_daemon:
            self._wait_for_writers()
        self.tell()  # before the reaping, after which the pager's tail(1) ends
        self.job.reap()
        if self.job.has_own_group:
            self.terminal.give(self.group, {self.job.pgid})

    def _wait_for_writers(self) -> None:
        """With strace -D our child was the tracee: give the real strace time to finish."""
        deadline = time.monotonic() + WRITING_TIME
        while time.monotonic() < deadline and procfs.writers(self.trace.path):
            time.sleep(0.02)

    def news_of_end(self) -> list[str]:
        """What the user must know of the end: what could not be written, what still runs."""
        news = []
        if not self.ending.begun and (why := self.guard.why_ended(self.job)):
            news.append(f"{why}: the tracer has ended ({os.path.dirname(self.trace.path)})")
        if left_over := self.ending.left_over():
            news.append(f"no longer traced, still running: {left_over}")
        return news

    def end_kindly(self) -> None:
        """End it because we are to end: let go of what it traces, whatever it does for its own."""
        steps = self.command.ending
        self.ending.remember_programs()
        gentle = (signal.SIGTERM,) if signal.SIGTERM not in steps else ()
        self.ending.begin(gentle + steps)

    def last_words(self, more: str) -> list[str]:
        """The lines that the user has not seen: what it said while the pager had the terminal, *more*, hints."""
        messages = self.trace.folder.read("messages") if self.live else ""
        messages = (messages + "\n" + more).strip()
        lines = messages.splitlines()
        failed = self.job.status or "attach" in messages  # ltrace fails with status 0
        if self.command.attached and failed and not self.job.killed_by:
            from vimtrace import ptrace

            lines += [f"  hint: {hint}" for hint in ptrace.hints(self.command, messages, self.has_written())]
        return lines
