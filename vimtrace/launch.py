"""From a command to a running tracer with everything prepared, and from there through the run."""

from __future__ import annotations

import os

from vimtrace import pagers, route, tracefile
from vimtrace.command import TracerCommand
from vimtrace.errors import VimtraceError
from vimtrace.job import Job
from vimtrace.options import Settings
from vimtrace.route import Route
from vimtrace.runfolder import RunFolder
from vimtrace.signals import ENDING, KEYBOARD, Signals, signal
from vimtrace.terminal import Terminal
from vimtrace.tracefile import TraceFile
from vimtrace.tracers import Tracer
from vimtrace.words import Grammar

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    AtTheEnd = Callable[[list[str]], int] | None

PIPE = Tracer("-", "stdout", Grammar(), ending=(signal.SIGINT, signal.SIGTERM))


def trace(command: TracerCommand, settings: Settings, signals: Signals, at_the_end: AtTheEnd = None) -> int:
    """Run the tracer of *command*, show its trace, return its exit status.

    *at_the_end* is called with the names of the trace's files when it has been seen; it returns an exit status.
    """
    terminal = Terminal()
    wants_live = command.is_live if settings.live is None else settings.live and not command.is_split
    choices = resolved(settings, terminal) if wants_live else None
    live = wants_live and bool(choices) and choices is not None and choices[0].follows
    file = prepare(command, settings, terminal)
    modes = terminal.modes() if terminal.owner() == os.getpgrp() else None
    if live:
        way = route.live(command, file.path, file.folder.file("messages"), terminal, signals)
    else:
        way = route.after(command, file.path)
        if wants_live and choices:
            terminal.say(f"tracing; Ctrl-C ends it and opens {choices[0].name}")
    tracer = start(command, way, file, terminal, signals, live)
    if choices is None:
        choices = resolved(settings, terminal)
    from vimtrace.launcher import Run  # only now: the tracer runs meanwhile

    return Run(command, file, terminal, signals, tracer, way, choices, live, modes, at_the_end, settings.limit).story()


def pipe(settings: Settings, signals: Signals, at_the_end: AtTheEnd = None) -> int:
    """Show what arrives on standard input; cat(1) plays the tracer's part. *at_the_end* as for :func:`trace`."""
    terminal = Terminal()
    modes = terminal.modes() if terminal.owner() == os.getpgrp() else None
    command = TracerCommand(["-"], 0, PIPE, [])
    choices = resolved(settings, terminal)
    file = prepare(command, settings, terminal)
    tracer = route.copy(0, file.path, signals)
    tracer.name = "-"
    # Upstream must get SIGPIPE when the cat ends, so this end must not stay open here.
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
    live = settings.live is not False and choices[0].follows
    from vimtrace.launcher import Run

    return Run(
        command, file, terminal, signals, tracer, Route(), choices, live, modes, at_the_end, settings.limit
    ).story()


def resolved(settings: Settings, terminal: Terminal) -> list[pagers.Pager]:
    """The pagers to try; what is wrong with the wanted one is said now."""
    choices, warning = pagers.resolve(settings.pager)
    if warning:
        terminal.say(f"{warning}; trying {choices[0].name}")
    return choices


def prepare(command: TracerCommand, settings: Settings, terminal: Terminal) -> TraceFile:
    """The trace file of the run."""
    if settings.filetype:
        command.tracer.filetype = settings.filetype
    name = "-".join(os.path.basename(w) for w in (command.tracer.name, command.program) if w)
    safe = "".join(c if c.isalnum() or c in "-_." else "_" for c in name)[:60]
    file, warning = tracefile.create(
        safe.strip("-") or "trace", command.tracer.filetype, settings.save, " ".join(command.argv)
    )
    if warning:
        terminal.say(warning)
    return file


def start(command: TracerCommand, way: Route, file: TraceFile, terminal: Terminal, signals: Signals, live: bool) -> Job:
    """Start the tracer; if it cannot be, nothing is left behind."""
    if signals.pending(ENDING | KEYBOARD):
        file.folder.remove()
        raise VimtraceError("interrupted before the tracer was started", "", 130)
    try:
        return way.start(command, signals, None if live else terminal)
    except VimtraceError:
        file.folder.remove()
        raise


def show(folder: RunFolder, paths: list[str], settings: Settings, signals: Signals) -> int:
    """Show the kept run in *folder*: a run whose tracer has ended already. It is removed when seen."""
    terminal = Terminal()
    tracer = Job(0, 0, "-")
    tracer.status = 0
    command = TracerCommand(["recover"], 0, PIPE, [])
    file = TraceFile(folder, paths[0], saved=False)
    from vimtrace.launcher import Run

    choices = resolved(settings, terminal)
    run = Run(command, file, terminal, signals, tracer, Route(), choices, False, None, limit=settings.limit)
    return run.story()
