"""The pager's side of a run: started in front, put aside when it stops, brought back, taken leave of.

The launcher decides when; here is how, so that the terminal is never left with the wrong owner, modes
or screen. The pager always has a process group of its own, never the launcher's.
"""

from __future__ import annotations

import time

from vimtrace import pagers
from vimtrace.command import find
from vimtrace.ear import Companion, ear
from vimtrace.job import Job
from vimtrace.signals import KEYBOARD, Signals, name_of, signal, wait_for
from vimtrace.starting import spawn_in_front
from vimtrace.terminal import (
    ENTER_SCREEN,
    LEAVE_SCREEN,
    LEFT_SCREEN,
    RESET_SCREEN,
    Modes,
    Terminal,
    by_key,
    keeping_output,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

QUICK_DEATH = 2.0  # a pager killed by a key so soon was hit by one meant for the tracer
RESTARTS = 5  # times that it is started once more for that
QUIET_KEYS = 0.15  # seconds without such a key before the pager is started again
ITS_MODES = 1.0  # seconds in which a pager sets its modes
STOPPING_TIME = 0.3  # seconds after which a pager that was told to stop is reminded
READING_TIME = 0.01  # seconds in which a terminal on a busy machine reads what was written
LAST_WORDS = 2.0  # seconds for a pager to end when it is told to
SUDOS_TIME = 0.3  # seconds for a continued sudo to set the modes of the terminal


class Viewing:
    """The pager, from *choices* (best first), that has the terminal alternating with group *group*.

    Attributes: *job*, ``None`` while there is no pager; *failure*, why the trace was not seen to the
    end, or "". *shell_modes* are the terminal's modes for everybody but the pager.
    """

    def __init__(self, terminal: Terminal, signals: Signals, choices: list[pagers.Pager], group: int) -> None:
        self.terminal, self.signals, self.choices, self.group = terminal, signals, choices, group
        self.job: Job | None = None
        self.failure = ""
        self.shell_modes: Modes | None = None
        self._modes: Modes | None = None
        self._renewing = False  # it is to stop for a moment, so that it sets its modes once more
        self._told = self._reminder = 0.0  # when it was sent a SIGTSTP, and is to be reminded of it
        self._caught_out = False
        self._aside = b""  # the size of the window when it was put aside, as long as it is
        self._entered = False  # the screen, for it
        self._unread_until = 0.0
        self._born = 0.0
        self._restarts = 0
        self._deadline: float | None = None
        self._ear: Companion | None = None

    def open(self, view: pagers.View, lock: int) -> bool:
        """Start the first pager that can be started, on *view*; return whether there was one.

        *lock* is the descriptor of the run's lock, which no helper may keep.
        """
        self.leave()
        self.shell_modes = self.terminal.modes()
        while self.choices:
            kind = self.choices[0]
            try:
                self.job = self._start(kind, view, lock)
            except OSError as error:
                self.deafen()
                self._leave_out(error.strerror or str(error))
                continue
            self._born = time.monotonic()
            self._modes, self._caught_out, self._entered = None, False, False
            return True
        self.failure = "no pager could be started"
        return False

    def _start(self, kind: pagers.Pager, view: pagers.View, lock: int) -> Job:
        argv = kind.argv(view)
        if not find(argv[0]):
            raise FileNotFoundError(2, "no such pager")

        def listen(pgid: int) -> None:
            self._ear = ear(pgid, lock)

        accompany = listen if view.live and kind.hears_interrupts else None
        job = spawn_in_front(argv, self.signals, self.terminal, self.group, kind.death_signal, accompany)
        job.name = kind.name
        return job

    def _leave_out(self, why: str) -> None:
        failed = self.choices.pop(0)
        after = f"; trying {self.choices[0].name}" if self.choices else ""
        self.terminal.say(f"{failed.name}: {why}{after}")

    @property
    def is_stopped(self) -> bool:
        """Whether there is a pager and it is stopped, waiting to be resumed."""
        return self.job is not None and self.job.stopped and self._deadline is None

    @property
    def needs_watching(self) -> bool:
        """Whether it is stopped or told to end, so that time matters."""
        return self.job is not None and (self.job.stopped or self._reminder > 0 or self._deadline is not None)

    @property
    def is_young(self) -> bool:
        """Whether its modes are not known yet: they must be before we alone are stopped, for the shell sets its own."""
        return self.job is not None and self._modes is None and time.monotonic() - self._born < ITS_MODES

    def note_modes(self) -> None:
        """Remember its modes, for when the shell takes the terminal because we alone were stopped (SIGSTOP)."""
        if self.job and not self.job.stopped and self.terminal.owner() == self.job.pgid:
            modes = self.terminal.modes()
            self._modes = self._modes if modes == self.shell_modes else modes

    def wants_terminal(self, job: Job) -> bool:
        """Whether it stopped only because it touched the terminal before that was its own."""
        self._reminder = 0.0
        renewed, self._renewing = self._renewing, False
        if renewed:
            return True
        return self._asked(job) and self.terminal.owner() in (self.group, job.pgid)

    def waits_for_terminal(self, job: Job) -> bool:
        """Whether it stopped because it touched a terminal that is somebody else's, whose modes are none of ours."""
        return self._asked(job) and self.terminal.owner() != job.pgid

    def _asked(self, job: Job) -> bool:
        """Whether it stopped because it touched a terminal that it did not have.

        If that was its own before, it was taken for a stop of us alone: by now the shell has set its modes.
        """
        asked = job.stopped_by in (signal.SIGTTIN, signal.SIGTTOU)
        self._caught_out |= asked and not self._aside and self._modes is not None
        return asked

    def catch_up(self) -> None:
        """Know what it did while we slept: of that, only its death is still an event."""
        if self.job:
            self.job.changes()

    def put_aside(self, job: Job) -> None:
        """The pager has stopped: the terminal is the shell's again, with the shell's modes."""
        self._aside = self.terminal.size()
        self._modes = self.terminal.modes()
        self.terminal.give(self.group, {job.pgid})
        # One that was stopped without its doing (SIGSTOP) has put nothing back.
        self._caught_out = self._modes != self.shell_modes
        if self._caught_out:
            self.terminal.set_modes(self.shell_modes)
        self.terminal.write(LEAVE_SCREEN if self._caught_out else self._left())

    def resume(self, sudo: bool) -> None:
        """Give it the terminal with its own modes, continue it, tell it if the window size is another.

        *sudo* tells that a sudo has been continued at the same time.
        """
        job = self.job
        if job is None or not job.alive or self._deadline is not None:
            return
        if self.terminal.owner() == job.pgid:  # it stopped while the terminal was lent
            job.resume()
            return
        if self.terminal.owner() != self.group:
            return
        # We were stopped before it could be seen which it sets; and it has, or it would not read.
        if self._modes is None and (not job.stopped or job.stopped_by == signal.SIGTTIN):
            self._renewing = True
            self.terminal.set_modes(by_key(self.terminal.modes()))  # it may be reading, and sees the stop after a key
            self.terminal.give(job.pgid, {self.group})
            job.resume()
            self.stop()
            return
        if sudo:
            self._undo_sudos_modes()
        elif self._aside:  # else we were stopped unasked, and what fish gives back may be the pager's modes
            self.shell_modes = self.terminal.modes()
        aside, self._aside = self._aside, b""
        unaware = self._caught_out or not job.stopped  # it has not seen that the screen was somebody else's
        if unaware:
            self.terminal.set_modes(self._modes)
            self.terminal.write(ENTER_SCREEN)
            self._entered = True
        self.terminal.give(job.pgid, {self.group})
        job.resume()
        # Never without need: Vim stops once more for the SIGTSTP before if this comes while it wakes up.
        if unaware or self.terminal.size() != aside:
            job.signal_group(signal.SIGWINCH)

    def _undo_sudos_modes(self) -> None:
        """Wait for a sudo with use_pty to make the terminal raw, as it does when continued in front; undo it.

        Once the pager has the terminal sudo leaves it alone; until then nothing tells what it will do.
        """
        deadline = time.monotonic() + SUDOS_TIME
        while time.monotonic() < deadline and self.terminal.modes() == self.shell_modes:
            time.sleep(0.01)
        self.terminal.set_modes(self.shell_modes)

    def lend_terminal(self, use: Callable[[], None]) -> None:
        """Let our group have the terminal while *use* is called; its modes are the pager's again afterwards."""
        if self.job is None or self.job.stopped or self.terminal.owner() != self.job.pgid:
            return
        modes = self.terminal.modes()
        self.terminal.give(self.group, {self.job.pgid})
        use()
        self.terminal.set_modes(modes)
        self.terminal.give(self.job.pgid, {self.group})

    def stop(self) -> None:
        """Have it stop, as Ctrl-Z would."""
        if self.job and not self.job.stopped:
            self.job.signal_group(signal.SIGTSTP)
            self._told = time.monotonic()
            self._reminder = self._told + STOPPING_TIME

    def remind(self) -> None:
        """Time passes: a Vim that was at work when it was told to stop sees that only when another signal wakes it.

        It looks where its select(2) was interrupted (os_unix.c, RealWaitForChar()); a signal while it stops would
        have it stop once more.
        """
        now = time.monotonic()
        if self.job is None or self.job.stopped:
            self._reminder = 0.0
        elif self._reminder and now > self._reminder:
            self.job.signal_group(signal.SIGWINCH)
            self._reminder = now + (now - self._told)  # ever more seldom: it may ignore the SIGTSTP

    def end(self, sig: int) -> None:
        """Tell it to end with *sig*; it has two seconds."""
        if self.job:
            self.job.signal_group(sig)
            self.job.resume()
            self._deadline = time.monotonic() + LAST_WORDS

    def insist(self, stopped: bool = False) -> bool:
        """Kill it if it was told to end and its time is over, or it has *stopped* instead.

        It stops when it asks for a terminal that is not ours to give. Return whether it is to end.
        """
        if self.job and self._deadline is not None and (stopped or time.monotonic() >= self._deadline):
            self.job.signal_group(signal.SIGKILL)
        return self._deadline is not None

    def deafen(self) -> None:
        """The tracing is over: Ctrl-C is the pager's own."""
        if self._ear:
            self._ear.close()
            self._ear = None

    def close(self, job: Job) -> None:
        """The pager has ended: the terminal is ours again, sane even if the pager was killed."""
        self.deafen()
        if self.terminal.give(self.group, {job.pgid}):
            # One that has come too soon has taken the modes of a shell's line editor for those to leave behind.
            # Until we leave no key may throw away what puts the screen back.
            self.terminal.set_modes(keeping_output(self.shell_modes))
            # It may have left the screen just before that was entered for it.
            self._put_back(RESET_SCREEN if job.killed_by else LEAVE_SCREEN if self._entered else self._left())
        job.reap()
        self.job = None
        if job.killed_by:
            self.failure = f"{job.name} was ended by {name_of(job.killed_by)}"
        elif job.status:
            self.failure = f"{job.name} ended with status {job.status}"

    def _left(self) -> bytes:
        """What puts the screen back once more, for a full-screen pager that has put it back itself.

        A Ctrl-C or Ctrl-\\ within a millisecond has the kernel throw that away unread (termios(3), without NOFLSH).
        """
        return LEFT_SCREEN if self.choices[0].follows else b""

    def _put_back(self, screen: bytes) -> None:
        if screen:
            self.terminal.write(screen)
            self._unread_until = time.monotonic() + READING_TIME

    def leave(self) -> None:
        """The run is over, and what was written at the end has been read: keys may throw away output again."""
        if self._born and self.terminal.owner() == self.group:
            time.sleep(max(self._unread_until - time.monotonic(), 0))
            self.terminal.set_modes(self.shell_modes)

    def wants_another(self, job: Job) -> bool:
        """Whether a pager is to be opened once more, because this one never had its chance."""
        return self._deadline is None and (self._hit_by_stray_key(job) or self._never_started(job))

    @property
    def may_start_again(self) -> bool:
        """Whether a pager that a key has hit while it started is to be started once more."""
        return self._restarts < RESTARTS

    def _hit_by_stray_key(self, job: Job) -> bool:
        """A Ctrl-C meant for the tracer kills a pager that has no handlers yet, or costs Vim half of its start."""
        killed = job.killed_by in KEYBOARD and time.monotonic() - self._born <= QUICK_DEATH
        if not self.may_start_again or not (killed or job.status == pagers.START_AGAIN):
            return False
        self._restarts += 1
        self.wait_for_quiet_keys()
        self.failure = ""
        return True

    def wait_for_quiet_keys(self) -> None:
        """Let pass what an impatient user still types at the tracer."""
        while wait_for(KEYBOARD, QUIET_KEYS):
            pass

    def _never_started(self, job: Job) -> bool:
        """It could not be executed after all (126, 127); then it is the next one's turn."""
        if job.status not in (126, 127) or len(self.choices) < 2:
            return False
        self._leave_out(f"ended with status {job.status}")
        self.failure = ""
        return True
