"""How a child is started: its group, its terminal, its descriptors and signals, then exec.

By fork, not posix_spawn, which waits for the exec in vfork, where nothing can wake it: a Ctrl-Z that
reaches the child after it has set its signals and before it executes would stop it there, and us with
it, for ever. A forked child that stops so early is seen, and continued.
"""

from __future__ import annotations

import os
import select
import sys

from vimtrace.errors import cannot_run
from vimtrace.job import Job
from vimtrace.parent import die_with
from vimtrace.signals import IGNORED_BY_PYTHON, Signals, signal
from vimtrace.suppress import suppress
from vimtrace.terminal import Terminal, high

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

# What is to be open under a descriptor: another descriptor, or a file and how to open it.
Redirection = tuple[int, int | tuple[str, int]]

UNSEEN = 20  # milliseconds after which a child that has not executed may have been stopped


def spawn(
    argv: list[str],
    signals: Signals,
    redirections: Sequence[Redirection] = (),
    own_group: bool = False,
    deaf_to: frozenset[int] = frozenset(),
    death_signal: int = 0,
    terminal: Terminal | None = None,
) -> Job:
    """Start *argv* with our environment and descriptors, the original mask and default signals.

    *redirections*: what else is open, in this order; *deaf_to*: signals that it ignores; *death_signal*: what it
    gets when we die; *terminal*: what its own group is to have if our group has it. The child takes it before it
    executes: a program that read from it first would be stopped by SIGTTIN. Raises VimtraceError with status 127
    or 126.
    """
    parent, group = os.getpid(), os.getpgrp()

    def prepare() -> None:
        if own_group:
            os.setpgid(0, 0)
            if terminal:
                terminal.give(os.getpid(), {group})
        for fd, source in redirections:
            _open_as(fd, source)
        for sig in signals.defaults - deaf_to:
            signal.signal(sig, signal.SIG_DFL)
        for sig in deaf_to:
            signal.signal(sig, signal.SIG_IGN)
        if death_signal:
            die_with(parent, signal.SIGTERM if death_signal in signals.ignored else death_signal)
        signal.pthread_sigmask(signal.SIG_SETMASK, signals.original_mask)

    try:
        pid = _start(argv, prepare, own_group)
    except OSError as error:
        if own_group and terminal:
            terminal.give(group, ())
        raise cannot_run(argv[0], error) from error
    return Job(pid, pid if own_group else group, os.path.basename(argv[0]))


def spawn_in_front(
    argv: list[str],
    signals: Signals,
    terminal: Terminal,
    group: int,
    death_signal: int,
    accompany: Callable[[int], object] | None = None,
) -> Job:
    """Start *argv* in a group of its own that has the terminal, on the terminal.

    *group* is ours, which hands the terminal over. The child takes it itself, before it executes: a pager
    that touched it first would be stopped by SIGTTOU. Before that, *accompany* is called here with its group,
    for another process to join. It gets *death_signal* when we die. Raises OSError if *argv* cannot be executed.
    """
    waits, goes = os.pipe()
    parent = os.getpid()

    def prepare() -> None:
        os.setpgid(0, 0)
        os.close(goes)
        os.read(waits, 1)
        die_with(parent, death_signal)
        terminal.give(os.getpid(), {group})
        for fd in (0, 1, 2):
            os.dup2(terminal.fd, fd, inheritable=True)
        for sig in signals.watched | IGNORED_BY_PYTHON | {signal.SIGINT, signal.SIGQUIT, signal.SIGTSTP}:
            signal.signal(sig, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_SETMASK, ())

    def let_go(pid: int) -> None:
        if accompany:
            accompany(pid)
        os.write(goes, b"!")

    try:
        pid = _start(argv, prepare, own_group=True, may_stop=True, begun=let_go)
    except OSError:
        terminal.give(group, {terminal.owner()})
        raise
    finally:
        os.close(waits)
        os.close(goes)
    return Job(pid, pid, os.path.basename(argv[0]))


def _start(
    argv: list[str],
    prepare: Callable[[], None],
    own_group: bool,
    may_stop: bool = False,
    begun: Callable[[int], None] | None = None,
) -> int:
    """Fork; in the child *prepare* and execute *argv*; call *begun* with its pid. Return that.

    Parent and child both call setpgid, so neither can be too early (APUE 9.8). Its failure to execute comes
    back over a pipe that the exec closes. Stopped before that, it is a job like any other that stops if it
    *may_stop*; else it is continued, for then the Ctrl-Z has reached us, too. Raises OSError.
    """
    reader, low_writer = os.pipe()
    writer = high(low_writer)  # 0-2 may have come in closed, and are opened in the child
    pid = os.fork()
    if pid == 0:
        _become(argv, prepare, writer)
    os.close(writer)
    if own_group:
        with suppress(PermissionError, ProcessLookupError):  # it has executed, or died
            os.setpgid(pid, pid)
    if begun:
        begun(pid)
    while (failure := _answer(reader, pid)) is None:
        if may_stop:
            return pid  # the reader stays open: a SIGPIPE would be no exit 127
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)
    os.close(reader)
    if failure:
        os.waitpid(pid, 0)
        raise OSError(int(failure), os.strerror(int(failure)))
    return pid


def _become(argv: list[str], prepare: Callable[[], None], report: int) -> None:
    """In the child; never returns."""
    try:
        prepare()
        os.execvp(argv[0], argv)
    except OSError as error:
        os.write(report, str(error.errno).encode())
    finally:
        os._exit(127)


def _open_as(fd: int, source: int | tuple[str, int]) -> None:
    """Open *source* as the descriptor *fd*, for the program to come."""
    if isinstance(source, int):
        os.dup2(source, fd, inheritable=True)
        return
    opened = os.open(*source, 0o600)
    if opened == fd:
        os.set_inheritable(fd, True)
    else:
        os.dup2(opened, fd, inheritable=True)
        os.close(opened)


def _answer(reader: int, pid: int) -> bytes | None:
    """What the child *pid* says before it executes: its errno, or nothing; ``None`` if it has stopped instead."""
    poll = select.poll()
    poll.register(reader, select.POLLIN)
    while not poll.poll(UNSEEN):
        with suppress(ChildProcessError):
            if os.waitid(os.P_PID, pid, os.WSTOPPED | os.WNOHANG | os.WNOWAIT):
                return None
    return os.read(reader, 64)


def call_aside(work: Callable[[], int], signals: Signals) -> int:
    """Call *work* in a child; return its exit status, or less than 0 if a signal ended it, as the keyboard's may.

    They also stop it, as any program, and us with it: a shell waits until all of its job have stopped.
    """
    sys.stdout.flush()
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            for sig in signals.defaults:
                signal.signal(sig, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_SETMASK, signals.original_mask)
            status = work()
        finally:
            os._exit(status)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTSTP})
    _, ended = os.waitpid(pid, 0)
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTSTP})
    return os.waitstatus_to_exitcode(ended)


def fork_into(pgid: int) -> int:
    """Fork; return the child's pid, and 0 in the child, which for both is in group *pgid* by then (0: a new one)."""
    pid = os.fork()
    with suppress(OSError):
        os.setpgid(pid, pgid)  # by both: who goes on first must find it done (APUE 9.4)
    return pid
