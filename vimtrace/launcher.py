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
about one at a time, and stay zombies until their status is recorded. What to do is the table of phases
and events in phases.py; how it is done is in the two sides of the run, tracing.py and viewing.py.

What can still fail. A left-over of the program that was blocked in read(2) on the terminal since before
the hand-off steals one key (the kernel lets it). A stopped shell inside the pager (``:!bash``, then
``suspend``) looks to the launcher like a running pager, as it does to the shell without us.
"""

from __future__ import annotations

import os

from vimtrace import pagers
from vimtrace.disk import size_of
from vimtrace.errors import VimtraceError
from vimtrace.front import Front
from vimtrace.job import ENDED, Job
from vimtrace.output import printable, put_error
from vimtrace.patience import CtrlC
from vimtrace.phases import ASKING, DONE, ENDING, PAGING, TABLE, TRACING, WAITING
from vimtrace.signals import ENDING as DEADLY
from vimtrace.signals import KEYBOARD, Signals, from_keyboard, name_of, sent_from_group, signal
from vimtrace.starting import call_aside
from vimtrace.terminal import Modes, Terminal
from vimtrace.tracefile import TraceFile
from vimtrace.tracing import Tracing
from vimtrace.viewing import Viewing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from vimtrace.command import TracerCommand
    from vimtrace.oversize import Question
    from vimtrace.route import Route

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
        at_the_end: Callable[[list[str]], int] | None = None,
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
        self.tracing = Tracing(trace, terminal, signals, self.group, live)
        self.tracing.take(command, tracer, way)
        self.dying: int | None = None
        self.complaint = self.untold = ""

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
        found += [(f"tracer {change}", None) for change in self.tracing.job.changes() if change != ENDED]
        pager = self.viewing.job
        found += [(f"pager {change}", None) for change in (pager.changes() if pager else []) if change != ENDED]
        # A death is a state rather than an event: it may have been seen while waking up.
        if not self.tracing.alive and not self.tracing.is_noted:
            found.append(("tracer ended", None))
        if pager and not pager.alive:
            found.append(("pager ended", None))
        return [*found, ("tick", None)]

    def timeout(self) -> float:
        """Seconds until something must be looked at even if no signal comes."""
        if (self.phase == TRACING and self.live) or self.phase == ASKING or self.viewing.is_young:
            return 0.02
        if self.phase in (WAITING, ENDING) or self.tracing.ending.begun or self.ctrl_c.is_waiting:
            return 0.1
        if self.viewing.needs_watching:
            return 0.1
        if not self.tracing.alive:
            return LOOK
        # Soon enough for the guard, if the tracer wrote as fast as a disk can.
        return min(max(self.tracing.guard.room() / FASTEST, 0.02), 1.0)

    # Tracing

    def watch_tracer(self, _: object = None) -> None:
        """Time passes: the pager of a live run, the full disk, the steps of an ending, a stuck Ctrl-C."""
        if self.live and self.tracing.is_worth_showing():
            self.phase = WAITING
            self.want_terminal()
            return
        if not self.tracing.command.program and self.terminal.owner() == -1:
            self.end_by(signal.SIGHUP)  # a shell that crashes tells nobody
        self.watch_ending()
        if notice := self.ctrl_c.notice(self.tracing.name):
            self.terminal.say(notice)

    def interrupt_while_tracing(self, info: signal.struct_siginfo) -> None:
        """Ctrl-C or Ctrl-\\: the terminal has sent it to the tracer, too. Wait for its death, not for it.

        One sent to us alone is passed on.
        """
        sig, ending = info.si_signo, self.tracing.ending
        if not sent_from_group(info, self.group):
            ending.send(sig)
        elif sig == signal.SIGINT and self.live:
            ending.interrupt(already_sent=True)
        elif sig == signal.SIGINT and from_keyboard(info) and self.ctrl_c.pressed(ending.programs()):
            ending.begin_without(ending.programs())

    def tracer_ended(self, _: object = None) -> None:
        """The tracer is dead: tell what must be told of it, and go on."""
        self.tracing.note_end()
        self.viewing.deafen()
        for line in self.tracing.news_of_end():
            self.tell_user(line)
        if self.phase == TRACING:
            self.complaint = self.tracing.complaint()
            self.phase = DONE if self.dying or self.trace.is_empty or self.complaint else WAITING
            if self.phase == WAITING:
                if self.tracing.job.killed_by in KEYBOARD:
                    self.viewing.wait_for_quiet_keys()
                self.want_terminal()
        elif self.phase == ENDING:
            self.phase = DONE
        elif self.successor:
            self.trace_again(self.successor)

    def tell_pager(self, _: object = None) -> None:
        """The tracer was stopped or continued: the pager's status line shows it."""
        self.tracing.tell()

    # Stopping and continuing

    def stop_as_told(self, info: signal.struct_siginfo) -> None:
        """Ctrl-Z, or a stop from outside: stop as the shell expects it, the whole job."""
        self.stop(info.si_signo, not sent_from_group(info, self.group))

    def stop_with_tracer(self, _: object = None) -> None:
        """The tracer was stopped alone: the job stops, so that the shell can continue it."""
        if self.tracing.stopping.is_asked_for_by_tracer():
            self.stop(signal.SIGTSTP, whole_group=True)

    def stop(self, sig: int, whole_group: bool) -> bool:
        """Stop the job until the shell continues it; return whether it slept."""
        if needed := self.tracing.stopping.needed():
            self.tell_user(f"not stopped: this terminal needs {', '.join(map(str, needed))}, which is traced")
            self.tracing.job.changes()
            self.tracing.job.resume()
            return False
        slept = self.tracing.stopping.stop(sig, whole_group, in_front=self.phase == TRACING and not self.live)
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
        elif owner == -1 or (not self.tracing.alive and not self.stops_for_terminal()):
            self.give_up()

    def note_continued(self, _: object) -> None:
        """We were stopped: by now the terminal may be the shell's."""
        self.front.note_continued()

    def retake_terminal(self) -> bool:
        """Take the terminal back from a shell that was given it by an upstream that Ctrl-C has ended."""
        over = not self.tracing.alive or self.tracing.ending.begun
        return self.tracing.is_of_pipe and self.front.retake(self.viewing.job, over)

    def stops_for_terminal(self) -> bool:
        """Stop until ``fg``; return whether there is hope of one."""
        hope = self.front.wait()
        self.viewing.catch_up()
        return hope

    def interrupt_while_waiting(self, info: signal.struct_siginfo) -> None:
        """Ctrl-C ends the tracing, never the viewing; when there is nothing else to end, the waiting."""
        if self.tracing.alive:
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
        following = self.live and self.tracing.alive and bool(self.viewing.choices) and self.viewing.choices[0].follows
        if following and self.tracing.command.may_be_refused:
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
            filetype=self.tracing.command.tracer.filetype,
            title=" ".join(self.tracing.command.argv),
            live=following,
            launcher=os.getpid(),
            tracer=self.tracing.job.pid if following else 0,
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
        if from_keyboard(info) and self.tracing.stopping.may_let_through():
            self.viewing.lend_terminal(self.tracing.stopping.let_through)

    def watch_pager(self, _: object = None) -> None:
        """Time passes: a stopped pager gets the terminal as soon as it is ours."""
        if not self.tracing.is_told:
            self.tracing.tell()
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
        elif self.viewing.is_stopped and not self.tracing.alive and not self.stops_for_terminal():
            self.not_stopped()

    def resume_pager(self) -> None:
        """Bring the pager back to the front."""
        self.viewing.resume(sudo=self.tracing.alive and self.tracing.command.may_be_refused)

    def interrupt_from_pager(self, info: signal.struct_siginfo) -> None:
        """The pager's Ctrl-C: it ends the tracing, never the viewing."""
        if self.tracing.alive and not from_keyboard(info):
            self.tracing.ending.interrupt()

    def answer_request(self, _: object) -> None:
        """Do what the pager asks for; what is wrong with it is told there."""
        from vimtrace import requests

        words = requests.take(self.trace.folder) or [""]
        try:
            if words[0] == "again":
                self.successor = requests.again(self.tracing.command, words[1:])
                if self.tracing.alive:
                    self.tracing.ending.interrupt()
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
        try:
            self.tracing.take_another(command)
        except VimtraceError as error:
            self.tell_user(error.message)

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
        if self.tracing.alive:
            self.phase = ENDING
            self.tracing.ending.interrupt()

    # Ending

    def watch_ending(self, _: object = None) -> None:
        """Time passes while a tracer is told to end; and a full disk is a reason to tell it."""
        ending = self.tracing.ending
        ending.tick()
        if ending.refused:
            self.terminal.say(f"the tracer is another user's; end it with: sudo kill -KILL {ending.refused}")
            ending.refused = 0
        if self.tracing.alive and not ending.begun and (why := self.tracing.guard.why()):
            self.tell_user(f"{why}: tracing ended ({os.path.dirname(self.trace.path)})")
            ending.begin(self.tracing.command.ending)

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
        if self.tracing.ending.exhausted:
            self.terminal.say(f"not waiting any longer for {self.tracing.job.name} ({self.tracing.job.pid})")
            self.phase = DONE
        self.tracing.ending.begin(())

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
        elif self.tracing.alive:
            self.phase = ENDING
        else:
            self.phase = DONE
        if self.tracing.alive and first:
            self.tracing.end_kindly()

    # The end

    def finish(self) -> int:
        """The exit status, or death by the signal that ended us; what must be said is said."""
        self.dying = self.dying or self.signals.take(DEADLY)  # it came together with what ended the run
        self.print_messages()
        if self.at_the_end and not self.dying and (parts := self.trace.parts()):
            show = self.at_the_end
            if call_aside(lambda: show(parts), self.signals) > 0:
                self.viewing.failure = "no summary could be made"
        self.dispose()
        self.viewing.leave()
        if self.dying:
            return self.signals.die(self.dying)
        return self.tracing.job.status if self.tracing.job.status is not None else 1

    def print_messages(self) -> None:
        """What the tracer said of itself while the pager had the terminal."""
        for line in self.tracing.last_words(self.untold + self.complaint):
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
