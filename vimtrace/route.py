"""How the trace gets from the tracer into the trace file, never through the launcher.

In order of preference: the tracer writes the file by name (nothing leaks into the tracee, and it works
under sudo, which closes descriptors); its stream is opened on the file; a tracer that would write in
whole blocks gets a pty, which a cat(1) of ours copies to the file. Of a tracer that tells of each access to
a file a grep(1) copies all but what is done to the run's own: else each line would make the next.
"""

import os
import time

from vimtrace.command import TracerCommand, find
from vimtrace.errors import VimtraceError
from vimtrace.job import ENDED, Job
from vimtrace.signals import Signals, signal
from vimtrace.starting import Redirection, spawn
from vimtrace.terminal import Terminal, high, raw_pty

APPEND = os.O_WRONLY | os.O_APPEND | os.O_CREAT


class Route:
    """*words* for behind the tracer's name, *redirections* for its :meth:`start`; :meth:`close` at its end."""

    def __init__(self) -> None:
        self.words: list[str] = []
        self.redirections: list[Redirection] = []
        self.drain: Job | None = None
        self.given: list[int] = []
        self.slave = -1

    def open_file(self, fd: int, path: str) -> None:
        """Open *fd* of the tracer on the file *path*, for appending."""
        self.redirections.append((fd, (path, APPEND)))

    def start(self, command: TracerCommand, signals: Signals, terminal: Terminal | None = None) -> Job:
        """Start the tracer of *command*; the group that it may make is to have *terminal*. Raises VimtraceError."""
        words, makes_group, sig = command.with_words(self.words), command.makes_group, command.death_signal
        try:
            return spawn(words, signals, self.redirections, makes_group, death_signal=sig, terminal=terminal)
        except VimtraceError:
            self.close()
            raise
        finally:
            while self.given:  # it has its own copies now
                os.close(self.given.pop())

    def close(self) -> None:
        """Everything the tracer wrote is in the file when this returns (within a second).

        The slave is closed only now: a master whose last slave was closed reads as ended.
        """
        if self.slave >= 0:
            os.close(self.slave)
            self.slave = -1
        deadline = time.monotonic() + 1
        while self.drain and ENDED not in self.drain.changes():
            if time.monotonic() > deadline:  # a left-over of the tracee holds the slave
                self.drain.send(signal.SIGTERM)
                break
            time.sleep(0.002)
        if self.drain:
            self.drain.reap()


def after(command: TracerCommand, trace: str) -> Route:
    """The route of a run whose program has the terminal until it ends."""
    route = Route()
    tracer = command.tracer
    if tracer.output and "after" in tracer.output_modes:
        route.words = [tracer.output, trace]
    else:
        route.open_file(2 if tracer.stream == "stderr" else 1, trace)
    return route


def live(
    command: TracerCommand, trace: str, messages: str, terminal: Terminal, signals: Signals, more: bool = False
) -> Route:
    """The route of a run that the pager follows: nothing but the pager may write to the terminal.

    *more*: there is a trace already, which must not be emptied.
    """
    route = Route()
    tracer = command.tracer
    if tracer.by_line and not command.has(tracer.by_line[0]):
        route.words = list(tracer.by_line)
    by_name = tracer.output if "live" in tracer.output_modes else ""
    if by_name and more:
        route.words += tracer.append
        by_name = by_name if tracer.append else ""
    stream = 0 if by_name else 2 if tracer.stream == "stderr" else 1
    for fd in {1, 2} - {stream}:
        if os.isatty(fd):
            route.open_file(fd, messages)
    if tracer.needs_pty:
        without = os.path.realpath(os.path.dirname(trace)) if tracer.sees_files else ""
        route.redirections.append((stream, _drained_pty(route, trace, terminal, signals, without)))
    elif by_name:
        route.words += [by_name, trace]
    else:
        route.open_file(stream, trace)
    _quiet_input(route)
    return route


def _quiet_input(route: Route) -> None:
    """An ended pipe as standard input: the keyboard is the pager's.

    A pipe rather than /dev/null, because sudo with use_pty then takes itself for part of a pipeline
    and leaves the modes of the terminal alone.
    """
    if not os.isatty(0):
        return
    reader, writer = os.pipe()
    os.close(writer)
    reader = high(reader)
    route.given.append(reader)
    route.redirections.append((0, reader))


def _drained_pty(route: Route, trace: str, terminal: Terminal, signals: Signals, without: str) -> int:
    master, slave = (high(fd) for fd in raw_pty(terminal.size()))
    route.drain = copy(master, trace, signals, without)
    os.close(master)
    route.slave = slave
    return slave


def copy(source: int, trace: str, signals: Signals, without: str = "") -> Job:
    """Start a cat(1) from the descriptor *source* to the end of the file *trace*.

    A grep(1), if the lines *without* some text are wanted.
    It is deaf to Ctrl-C: what the tracer wrote before it died of it must still be copied. It dies with
    us: without us nobody guards the disk.
    """
    words = ["cat"] if not without else ["grep", "-a", "-v", "-F", "--line-buffered", "-e", without]
    return spawn(
        [find(words[0], relative=False) or f"/bin/{words[0]}", *words[1:]],
        signals,
        [(0, source), (1, (trace, APPEND)), (2, (os.devnull, os.O_WRONLY))],
        deaf_to=frozenset({signal.SIGINT}),
        death_signal=signal.SIGTERM,
    )
