"""The story of one run: trace file, tracer, pager, and the loop of events between them.

The problem. A tracer, the program it traces and a pager share one terminal. Ctrl-C must reach the
tracer's side and never the pager; Ctrl-Z must stop all of them so that any shell notices; whichever
process dies, the terminal must come back as it was, with not a line of the trace lost.

What does not work. A pipe between tracer and pager: a stopped pager freezes the traced process, and a
daemon that inherits the pipe keeps the pager waiting. The pager in the background before its time: it
is stopped by SIGTTOU, and the SIGCONT to wake it corrupts Vim's heap if it happens to run. Python
signal handlers: they interrupt any line. Taking the terminal with SIGTTOU ignored: from a background
job that steals it from the shell, which then exits.

The solution. Tracer and launcher stay in the job's own group J, exactly as if the tracer had been typed;
the pager alone gets a group of its own, born in front, and the terminal is handed over and back, each
time only from a group that is ours. Signals are blocked and taken one at a time; children are asked
about one at a time, and stay zombies until their status is recorded. What to do is the table below.

What can still fail. A left-over of the program that was blocked in read(2) on the terminal since before
the hand-off steals one key (the kernel lets it). A stopped shell inside the pager (``:!bash``, then
``suspend``) looks to the launcher like a running pager, as it does to the shell without us.

Phases and events (TABLE): in *tracing* J has the terminal; *waiting* means that the pager's time has
come but the terminal is somebody else's (``&``, ``bg``), in *asking* that the trace is so large that the
user must say what to show of it; in *paging* there is a pager, in front or
stopped, and in a live run still a tracer behind it; *ending* waits for a tracer that was told to end.
"""

from __future__ import annotations

import os
import time

from vimtrace import pagers, procfs, route
from vimtrace.command import TracerCommand
from vimtrace.disk import size_of
from vimtrace.ear import Companion, heir
from vimtrace.ending import Ending
from vimtrace.errors import VimtraceError
from vimtrace.front import Front
from vimtrace.guard import Guard
from vimtrace.job import ENDED, Job
from vimtrace.output import printable, put_error
from vimtrace.patience import CtrlC
from vimtrace.route import Route
from vimtrace.signals import ENDING as DEADLY
from vimtrace.signals import KEYBOARD, Signals, from_keyboard, name_of, sent_from_group, signal
from vimtrace.starting import call_aside, spawn
from vimtrace.stopping import Stopping
from vimtrace.terminal import Modes, Terminal
from vimtrace.tracefile import TraceFile
from vimtrace.viewing import Viewing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from vimtrace.oversize import Question

TRACING, WAITING, ASKING, PAGING, ENDING, DONE = "tracing", "waiting", "asking", "paging", "ending", "done"

TABLE = {
    TRACING: {
        "tracer ended": "tracer_ended",
        "tracer stopped": "stop_with_tracer",
        "SIGINT": "interrupt_while_tracing",
        "SIGQUIT": "interrupt_while_tracing",
        "SIGTERM": "die",
        "SIGHUP": "die",
        "SIGTSTP": "stop_as_told",
        "SIGTTIN": "stop_as_told",
        "SIGTTOU": "stop_as_told",
        "SIGCONT": "note_continued",
        "tick": "watch_tracer",
    },
    WAITING: {
        "tracer ended": "tracer_ended",
        "tracer stopped": "stop_with_tracer",
        "SIGINT": "interrupt_while_waiting",
        "SIGQUIT": "interrupt_while_waiting",
        "SIGTERM": "die",
        "SIGHUP": "die",
        "SIGTSTP": "stop_as_told",
        "SIGCONT": "note_continued",
        "tick": "want_terminal",
    },
    ASKING: {
        "SIGINT": "decline",
        "SIGQUIT": "decline",
        "SIGTERM": "die",
        "SIGHUP": "die",
        "SIGTSTP": "stop_asking",
        "tick": "hear_answer",
    },
    PAGING: {
        "tracer ended": "tracer_ended",
        "tracer stopped": "tell_pager",
        "tracer continued": "tell_pager",
        "pager ended": "pager_ended",
        "pager stopped": "pager_stopped",
        "SIGINT": "interrupt_from_pager",
        "SIGTERM": "die",
        "SIGHUP": "die",
        "SIGTSTP": "stop_pager",
        "SIGTTOU": "let_through",
        "SIGCONT": "note_continued",
        "SIGUSR1": "answer_request",
        "tick": "watch_pager",
    },
    ENDING: {
        "tracer ended": "tracer_ended",
        "SIGINT": "interrupt_again",
        "SIGTERM": "die",
        "SIGHUP": "die",
        "SIGTSTP": "stop_as_told",
        "SIGTTIN": "stop_as_told",
        "SIGTTOU": "stop_as_told",
        "tick": "watch_ending",
    },
}

SHOW_ANYWAY = 0.5  # seconds after which a live run opens its pager with nothing to show yet
LOOK = 1.0  # seconds after which it is seen that the pager has lost the terminal: no signal tells
FASTEST = 200e6  # bytes per second that a tracer may write


class Run:
    """One run, from the started *tracer* to the exit status (:meth:`loop`, then :meth:`finish`)."""

    def __init__(
        self,
        command: TracerCommand,
        trace: TraceFile,
        terminal: Terminal,
        signals: Signals,
        tracer: Job,
        way: Route,
        choices: list[pagers.Pager],
        live: bool,
        modes: Modes | None,
        at_the_end: Callable[[list[str]], None] | None = None,
        limit: str = "",
    ) -> None:
        self.trace, self.terminal, self.signals, self.live = trace, terminal, signals, live
        self.start_modes = modes
        self.at_the_end = at_the_end
        self.limit = limit
        self.question: Question | None = None
        self.group = os.getpgrp()
        self.front = Front(terminal, signals, self.group, is_ours=modes is not None)
        self.phase = TRACING if tracer.alive else WAITING
        self.successor: TracerCommand | None = None
        self.ctrl_c = CtrlC()
        self.viewing = Viewing(terminal, signals, choices, self.group)
        self.dying: int | None = None
        self.started = 0.0
        self.words_of_failure = self.untold = ""
        self.heir: Companion | None = None
        self.take_tracer(command, tracer, way)

    def take_tracer(self, command: TracerCommand, tracer: Job, way: Route) -> None:
        """From now on this *tracer* is the one of the run."""
        self.command, self.tracer, self.route = command, tracer, way
        self.ending = Ending(tracer, command)
        self.guard = Guard(self.trace, self.ending)
        self.stopping = Stopping(self.terminal, self.signals, self.ending, self.group)
        self.tracer_noted = not tracer.alive
        if command.may_be_refused and command.death_signal and tracer.alive:
            self.heir = heir(tracer.pid, command.death_signal, self.trace.folder.lock)
        if self.live:
            self.trace.folder.write("tracer", str(tracer.pid))
        self.tell_pager()

    def story(self) -> int:
        """Take the run from the started tracer to its end; return the exit status."""
        try:
            self.loop()
        except BaseException:  # a bug of ours must not cost the terminal or the trace
            if self.viewing.job:
                self.viewing.job.signal_group(signal.SIGKILL)
                self.viewing.job.killed_by = signal.SIGKILL
                self.viewing.close(self.viewing.job)
            raise
        return self.finish()

    # The loop

    def loop(self) -> None:
        """Take events one at a time until the run is over."""
        while self.phase != DONE:
            for event, info in self.events():
                method = TABLE.get(self.phase, {}).get(event)
                if method:
                    getattr(self, method)(info)

    def events(self) -> list[tuple[str, signal.struct_siginfo | None]]:
        """What has happened: a signal, what the children did, and always the passing of time."""
        info = self.signals.wait(self.timeout())
        found: list[tuple[str, signal.struct_siginfo | None]] = []
        if info and info.si_signo != signal.SIGCHLD:
            found.append((name_of(info.si_signo), info))
        # Also without a SIGCHLD: one that came while we were stopped may have been merged away.
        found += [(f"tracer {change}", None) for change in self.tracer.changes() if change != ENDED]
        pager = self.viewing.job
        found += [(f"pager {change}", None) for change in (pager.changes() if pager else []) if change != ENDED]
        # A death is a state rather than an event: it may have been seen while waking up.
        if not self.tracer.alive and not self.tracer_noted:
            found.append(("tracer ended", None))
        if pager and not pager.alive:
            found.append(("pager ended", None))
        return [*found, ("tick", None)]

    def timeout(self) -> float:
        """Seconds until something must be looked at even if no signal comes."""
        if (self.phase == TRACING and self.live) or self.phase == ASKING or self.viewing.is_young:
            return 0.02
        if self.phase in (WAITING, ENDING) or self.ending.begun or self.ctrl_c.is_waiting:
            return 0.1
        if self.viewing.needs_watching:
            return 0.1
        if not self.tracer.alive:
            return LOOK
        # Soon enough for the guard, if the tracer wrote as fast as a disk can.
        return min(max(self.guard.room() / FASTEST, 0.02), 1.0)

    # Tracing

    def watch_tracer(self, _: object = None) -> None:
        """Time passes: the pager of a live run, the full disk, the steps of an ending, a stuck Ctrl-C."""
        if self.live and self.worth_showing():
            self.phase = WAITING
            self.want_terminal()
            return
        if not self.command.program and self.terminal.owner() == -1:
            self.end_by(signal.SIGHUP)  # a shell that crashes tells nobody
        self.watch_ending()
        if notice := self.ctrl_c.notice(self.command.program or self.command.tracer.name):
            self.terminal.say(notice)

    def worth_showing(self) -> bool:
        """Whether a live run has something to show, or has had half a second to."""
        if self.ending.begun:
            return False
        if self.has_trace():
            return True
        if not self.started:
            wrapped = bool(self.command.wrappers)
            if wrapped and (self.terminal.asks_for_password() or not self.ending.tracer_pid()):
                return False
            self.started = time.monotonic()
        return time.monotonic() - self.started >= SHOW_ANYWAY

    def has_trace(self) -> bool:
        """Whether the tracer has written any trace: perf writes its complaints to the same place."""
        mark = self.command.tracer.mark
        return not self.trace.is_empty and (not mark or mark in self.trace.head())

    def interrupt_while_tracing(self, info: signal.struct_siginfo) -> None:
        """Ctrl-C or Ctrl-\\: the terminal has sent it to the tracer, too. Wait for its death, not for it.

        One sent to us alone is passed on.
        """
        sig = info.si_signo
        if not sent_from_group(info, self.group):
            self.ending.send(sig)
        elif sig == signal.SIGINT and self.live:
            self.ending.interrupt(already_sent=True)
        elif sig == signal.SIGINT and from_keyboard(info) and self.ctrl_c.pressed(self.ending.programs()):
            self.ending.begin_without(self.ending.programs())

    def tracer_ended(self, _: object = None) -> None:
        """The tracer is dead: note its status, let the pager know, and go on."""
        self.tracer_noted = True
        if self.heir:
            self.heir.close()
            self.heir = None
        self.route.close()
        if self.command.is_daemon:
            self.wait_for_writers()
        self.tell_pager()  # before the reaping, after which the pager's tail(1) ends
        self.tracer.reap()
        if self.tracer.has_own_group:
            self.terminal.give(self.group, {self.tracer.pgid})
        self.viewing.deafen()
        if not self.ending.begun and (why := self.guard.why_ended(self.tracer)):
            self.tell_user(f"{why}: the tracer has ended ({os.path.dirname(self.trace.path)})")
        if left_over := self.ending.left_over():
            self.tell_user(f"no longer traced, still running: {left_over}")
        if self.phase == TRACING:
            if self.tracer.status and not self.has_trace():
                self.words_of_failure = self.trace.head().decode("utf-8", "replace")
            self.phase = DONE if self.dying or self.trace.is_empty or self.words_of_failure else WAITING
            if self.phase == WAITING:
                if self.tracer.killed_by in KEYBOARD:
                    self.viewing.wait_for_quiet_keys()
                self.want_terminal()
        elif self.phase == ENDING:
            self.phase = DONE
        elif self.successor:
            self.trace_again(self.successor)

    def wait_for_writers(self) -> None:
        """With strace -D our child was the tracee: give the real strace a second to finish."""
        deadline = time.monotonic() + 1
        while time.monotonic() < deadline and procfs.writers(self.trace.path):
            time.sleep(0.02)

    def tell_pager(self, _: object = None) -> None:
        """Write the state file that the pager's status line shows."""
        if self.tracer.killed_by:
            text = f"killed {name_of(self.tracer.killed_by)}"
        elif self.tracer.status is not None:
            text = f"ended {self.tracer.status}"
        else:
            text = "stopped" if self.tracer.stopped else "running"
        self.pager_knows = self.trace.folder.write("state", text)

    # Stopping and continuing

    def stop_as_told(self, info: signal.struct_siginfo) -> None:
        """Ctrl-Z, or a stop from outside: stop as the shell expects it, the whole job."""
        self.stop(info.si_signo, not sent_from_group(info, self.group))

    def stop_with_tracer(self, _: object = None) -> None:
        """The tracer was stopped alone: the job stops, so that the shell can continue it."""
        if self.stopping.is_asked_for_by_tracer():
            self.stop(signal.SIGTSTP, whole_group=True)

    def stop(self, sig: int, whole_group: bool) -> bool:
        """Stop the job until the shell continues it; return whether it slept."""
        if needed := self.stopping.needed():
            self.tell_user(f"not stopped: this terminal needs {', '.join(map(str, needed))}, which is traced")
            self.tracer.changes()
            self.tracer.resume()
            return False
        slept = self.stopping.stop(sig, whole_group, in_front=self.phase == TRACING and not self.live)
        self.viewing.catch_up()
        return slept

    # Waiting for the terminal

    def want_terminal(self, _: object = None) -> None:
        """Open the pager if the terminal is ours; else wait for ``fg``.

        While the tracer runs we only look now and then: stopping would end the watch over it. Later
        the job stops with SIGTTOU, which the shell reports as "Stopped (tty output)".
        """
        self.retake_terminal()
        owner = self.terminal.owner()
        if owner == self.group:
            self.open_pager()
        elif owner == -1 or (not self.tracer.alive and not self.stops_for_terminal()):
            self.give_up()

    def note_continued(self, _: object) -> None:
        """We were stopped: by now the terminal may be the shell's."""
        self.front.note_continued()

    def retake_terminal(self) -> bool:
        """Take the terminal back from a shell that was given it by an upstream that Ctrl-C has ended."""
        over = not self.tracer.alive or self.ending.begun
        return self.command.tracer.name == "-" and self.front.retake(self.viewing.job, over)

    def stops_for_terminal(self) -> bool:
        """Stop until ``fg``; return whether there is hope of one."""
        hope = self.front.wait()
        self.viewing.catch_up()
        return hope

    def interrupt_while_waiting(self, info: signal.struct_siginfo) -> None:
        """Ctrl-C ends the tracing, never the viewing; when there is nothing else to end, the waiting."""
        if self.tracer.alive:
            self.interrupt_while_tracing(info)
        elif self.terminal.owner() != self.group:  # else the pager comes
            self.give_up()

    def give_up(self) -> None:
        """Nobody will see the pager: keep the trace and end."""
        self.viewing.failure = "the terminal is not ours"
        self.end_tracing()

    # The pager

    def open_pager(self) -> None:
        """Start the pager, in front, on a trace that is finished or still grows."""
        following = self.live and self.tracer.alive and bool(self.viewing.choices) and self.viewing.choices[0].follows
        if following and self.command.may_be_refused:
            self.terminal.set_modes(self.start_modes)  # sudo with use_pty has made it raw
        files = [self.trace.path] if following else self.trace.parts() or [self.trace.path]
        if following or not self.must_ask(files):
            self.show(files, following)

    def must_ask(self, files: list[str]) -> bool:
        """Whether *files* are so large that the user must say what to show; then the question is put."""
        if not self.limit and all(size_of(path) <= pagers.ALWAYS_LOADED for path in files):
            return False
        from vimtrace import oversize

        self.question = oversize.question(self.terminal, self.viewing.choices, files, self.limit)
        if self.question:
            self.phase = ASKING
        return self.question is not None

    def hear_answer(self, _: object = None) -> None:
        """Time passes while the user is asked: do what is answered."""
        if self.question is None or self.terminal.owner() != self.group:
            self.stop_asking()
            return
        answer = self.question.answer()
        if answer is None:
            return
        self.question.close()
        if not answer.pagers:
            self.decline()
            return
        self.viewing.choices = answer.pagers
        parts = self.trace.parts()
        self.show(parts, following=False, start=answer.start(parts[0], self.limit))

    def stop_asking(self, info: signal.struct_siginfo | None = None) -> None:
        """Ctrl-Z, or the terminal is no longer ours: ask again when it is."""
        if self.question:
            self.question.close()
        if info:
            self.stop_as_told(info)
        self.phase = WAITING

    def decline(self, _: object = None) -> None:
        """Nothing is to be shown now: keep the trace and end."""
        if self.question:
            self.question.close()
        self.viewing.failure = "not shown"
        self.end_tracing()

    def show(self, files: list[str], following: bool, start: int = 0) -> None:
        """Start the pager on *files*, from the byte *start* of the first."""
        folder = self.trace.folder
        fed = following or start > 0
        view = pagers.View(
            files=files,
            filetype=self.command.tracer.filetype,
            title=" ".join(self.command.argv),
            live=following,
            launcher=os.getpid(),
            tracer=self.tracer.pid if following else 0,
            state=folder.file("state"),
            messages=folder.file("messages") if self.live or fed else "",
            folder=folder.path if fed else "",
            start=start,
            limit=self.load_limit() if following else 0,
            again=self.viewing.may_start_again,
        )
        self.phase = PAGING
        if not self.viewing.open(view, folder.lock):
            self.end_tracing()

    def load_limit(self) -> int:
        """The bytes of a live trace that an editor loads unasked."""
        from vimtrace import oversize

        return oversize.limit(self.limit)

    def pager_stopped(self, _: object = None) -> None:
        """The pager stopped: stop the whole job, and on ``fg`` give everything back as it was."""
        pager = self.viewing.job
        if pager is None or not pager.stopped or self.viewing.insist(stopped=True):
            return  # continued meanwhile, or told to end
        if self.retake_terminal():
            return
        if self.viewing.wants_terminal(pager):
            self.resume_pager()
        elif not self.viewing.waits_for_terminal(pager):
            self.viewing.put_aside(pager)
            if not self.stop(signal.SIGTSTP, whole_group=True):
                self.not_stopped()
        self.watch_pager()

    def not_stopped(self) -> None:
        """An orphaned group cannot stop. If the terminal is ours, the pager just goes on."""
        if self.terminal.owner() != self.group and not self.signals.pending(DEADLY):
            self.viewing.end(signal.SIGHUP)

    def stop_pager(self, info: signal.struct_siginfo) -> None:
        """A stop sent to us from outside: the pager stops first, and the job with it."""
        if sent_from_group(info, self.group):
            return
        if self.viewing.is_stopped:  # by the Ctrl-Z before a bg
            self.stop(info.si_signo, whole_group=True)
        else:
            self.viewing.stop()

    def let_through(self, info: signal.struct_siginfo) -> None:
        """One of the tracer's side, behind the pager, wants to set the terminal's modes: let it, and undo it.

        sysdig puts the modes back when it ends. The kernel has stopped all of our group for it, and
        would again and again: a call that is in the background when it is restarted.
        """
        if from_keyboard(info) and self.stopping.may_let_through():
            self.viewing.lend_terminal(self.stopping.let_through)

    def watch_pager(self, _: object = None) -> None:
        """Time passes: a stopped pager gets the terminal as soon as it is ours."""
        if not self.pager_knows:
            self.tell_pager()
        self.watch_ending()
        self.retake_terminal()
        self.viewing.remind()
        self.viewing.note_modes()
        # A revoked terminal less +F would not notice, and one lost to a shell that does not know us no pager.
        pager = self.viewing.job
        if not self.viewing.insist() and (self.terminal.owner() == -1 or (pager and self.front.is_lost(pager))):
            self.viewing.end(signal.SIGHUP)
        if self.terminal.owner() == self.group:  # also to one that runs: the shell took it when we alone were stopped
            self.resume_pager()
        elif self.viewing.is_stopped and not self.tracer.alive and not self.stops_for_terminal():
            self.not_stopped()

    def resume_pager(self) -> None:
        """Bring the pager back to the front."""
        self.viewing.resume(sudo=self.tracer.alive and self.command.may_be_refused)

    def interrupt_from_pager(self, info: signal.struct_siginfo) -> None:
        """The pager's Ctrl-C: it ends the tracing, never the viewing."""
        if self.tracer.alive and not from_keyboard(info):
            self.ending.interrupt()

    def answer_request(self, _: object) -> None:
        """Do what the pager asks for; what is wrong with it is told there."""
        from vimtrace import requests

        words = requests.take(self.trace.folder) or [""]
        try:
            if words[0] == "again":
                self.successor = requests.again(self.command, words[1:])
                if self.tracer.alive:
                    self.ending.interrupt()
                else:
                    self.trace_again(self.successor)
            elif words[0] == "last":
                self.trace.folder.write("from", str(requests.start_of_last(self.trace.path, words[1:], self.limit)))
            elif words[0] in ("save", "save!"):
                self.trace.save(words[1], replace=words[0] == "save!")
                self.tell_user(f"the whole trace is kept in {words[1]}")
        except VimtraceError as error:
            self.tell_user(error.message)
        except OSError as error:
            self.tell_user(f"{error.filename}: {error.strerror or error}")

    def trace_again(self, command: TracerCommand) -> None:
        """Start *command* behind the pager; its trace follows the one there is."""
        self.successor = None
        messages = self.trace.folder.file("messages")
        way = route.live(command, self.trace.path, messages, self.terminal, self.signals, more=True)
        self.trace.note(f"--- vimtrace: {printable(' '.join(command.argv))} ---")
        try:
            tracer = spawn(
                command.with_words(way.words),
                self.signals,
                way.redirections,
                command.makes_group,
                death_signal=command.death_signal,
            )
        except VimtraceError as error:
            way.started()
            way.close()
            self.tell_user(error.message)
            return
        way.started()
        self.take_tracer(command, tracer, way)

    def pager_ended(self, _: object = None) -> None:
        """Take the terminal back; then the run is over, or a tracer is left to be ended."""
        pager = self.viewing.job
        if pager is None:
            return
        self.viewing.close(pager)
        if self.viewing.wants_another(pager):
            self.phase = WAITING
            self.want_terminal()
        else:
            self.end_tracing()

    def end_tracing(self) -> None:
        """There is nothing more to show: end the tracer, if it still runs, and the run."""
        self.phase = DONE
        if self.tracer.alive:
            self.phase = ENDING
            self.ending.interrupt()

    # Ending

    def watch_ending(self, _: object = None) -> None:
        """Time passes while a tracer is told to end; and a full disk is a reason to tell it."""
        self.ending.tick()
        if self.ending.refused:
            self.terminal.say(f"the tracer is another user's; end it with: sudo kill -KILL {self.ending.refused}")
            self.ending.refused = 0
        if self.tracer.alive and not self.ending.begun and (why := self.guard.why()):
            self.tell_user(f"{why}: tracing ended ({os.path.dirname(self.trace.path)})")
            self.ending.begin(self.command.ending)

    def tell_user(self, line: str) -> None:
        """Say *line* where it can be seen: among the messages of a live run, else on the terminal."""
        if not self.viewing.job:
            self.terminal.say(line)
            return
        try:
            with open(self.trace.folder.file("messages"), "a", encoding="utf-8") as f:
                f.write(f"vimtrace: {line}\n")
        except OSError:  # a full disk has no room for the message that says so
            self.untold += f"vimtrace: {line}\n"

    def interrupt_again(self, info: signal.struct_siginfo) -> None:
        """An impatient Ctrl-C while the tracer ends: take the next step now; after the last, stop waiting."""
        if self.ending.exhausted:
            self.terminal.say(f"not waiting any longer for {self.tracer.name} ({self.tracer.pid})")
            self.phase = DONE
        self.ending.begin(())

    def die(self, info: signal.struct_siginfo) -> None:
        """TERM or HUP: the pager and the tracer end, then we do, of the same signal."""
        self.end_by(info.si_signo)

    def end_by(self, sig: int) -> None:
        """End as *sig* has us do."""
        first = self.dying is None
        self.dying = self.dying or sig
        pager = self.viewing.job
        if pager and not pager.alive:  # its death comes next, when this phase is over
            self.viewing.close(pager)
        if pager and pager.alive:
            self.viewing.end(self.dying)
        elif self.tracer.alive:
            self.phase = ENDING
        else:
            self.phase = DONE
        if self.tracer.alive and first:
            steps = self.command.ending
            self.ending.remember_programs()
            gentle = (signal.SIGTERM,) if signal.SIGTERM not in steps else ()
            self.ending.begin(gentle + steps)

    # The end

    def finish(self) -> int:
        """The exit status, or death by the signal that ended us; what must be said is said."""
        self.dying = self.dying or self.signals.take(DEADLY)  # it came together with what ended the run
        self.print_messages()
        if self.at_the_end and not self.dying and (parts := self.trace.parts()):
            show = self.at_the_end
            call_aside(lambda: show(parts), self.signals)
        self.dispose()
        self.viewing.leave()
        if self.dying:
            return self.signals.die(self.dying)
        return self.tracer.status if self.tracer.status is not None else 1

    def print_messages(self) -> None:
        """What the tracer said of itself while the pager had the terminal."""
        messages = self.trace.folder.read("messages") if self.live else ""
        messages = (messages + "\n" + self.untold + self.words_of_failure).strip()
        lines = messages.splitlines()
        failed = self.tracer.status or "attach" in messages  # ltrace fails with status 0
        if self.command.attached and failed and not self.tracer.killed_by:
            from vimtrace import ptrace

            lines += [f"  hint: {hint}" for hint in ptrace.hints(self.command, messages, self.has_trace())]
        for line in lines:
            self.terminal.write(printable(line).encode("utf-8", "surrogateescape") + b"\r\n")

    def dispose(self) -> None:
        """Remove the trace if it was seen; else keep it and say where."""
        if not self.viewing.failure:
            self.viewing.failure = self.trace.keep_promises()
        if self.trace.saved or self.trace.is_empty or not (self.viewing.failure or self.dying):
            self.trace.folder.remove()
        elif self.dying != signal.SIGHUP:
            name = os.path.basename(self.trace.folder.path)
            why = self.viewing.failure or f"ended by {name_of(self.dying) if self.dying else ''}"
            put_error(f"{why}: the trace is kept", f"see it with: vimtrace recover {name}")
