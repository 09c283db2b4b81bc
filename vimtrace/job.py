"""One child and its process group: start it, see how it changes, signal it, reap it.

There are two ways to start, because only a forked child can give itself the terminal before it
executes (a pager that touches the terminal first would be stopped by SIGTTOU), and only posix_spawn
runs no Python in the child (the tracer may be started by the million).
"""

import contextlib
import os
import signal
from collections.abc import Sequence

from vimtrace.errors import cannot_run
from vimtrace.signals import IGNORED_BY_PYTHON, Signals
from vimtrace.terminal import Terminal, high

ENDED, STOPPED, CONTINUED = "ended", "stopped", "continued"

Redirection = tuple[int, ...] | tuple[int, int, str, int, int]


class Job:
    """A child of ours, with its own process group if *pgid* equals *pid*.

    Attributes: *stopped*, as far as was reported; *status*, the exit status as a shell tells it
    (128+N for signal N), ``None`` while it lives; *killed_by*, the signal that ended it or 0. An
    ended job stays a zombie, so that its pid cannot become another process's, until :meth:`reap`.
    """

    def __init__(self, pid: int, pgid: int, name: str) -> None:
        self.pid = pid
        self.pgid = pgid
        self.name = name
        self.stopped = False
        self.stopped_by = 0
        self.status: int | None = None
        self.killed_by = 0

    @property
    def alive(self) -> bool:
        """Whether it has not ended, as far as :meth:`changes` has seen."""
        return self.status is None

    @property
    def has_own_group(self) -> bool:
        """Whether it leads a process group of its own."""
        return self.pgid == self.pid

    def changes(self) -> list[str]:
        """What happened since the last call, oldest first.

        One SIGCHLD may stand for many changes (signal(7)), so all that waits is taken. Whether
        it exited or stopped is told by si_code, never by si_status: ``:cq 20`` is no stop.
        """
        found: list[str] = []
        while self.alive and (change := self._change()):
            found.append(change)
        return found

    def _change(self) -> str:
        # Each kind has its own call: with WNOWAIT, only the death may stay unreaped.
        try:
            end = os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        except ChildProcessError:  # somebody else reaped it: nothing more can be known
            self.status = 1
            return ENDED
        if end:
            self._ended(end)
            return ENDED
        try:
            change = os.waitid(os.P_PID, self.pid, os.WSTOPPED | os.WCONTINUED | os.WNOHANG)
        except ChildProcessError:  # it has died since: a zombie is no child to who asks for stops alone
            return self._change()
        if change is None:
            return ""
        self.stopped = change.si_code != os.CLD_CONTINUED
        self.stopped_by = change.si_status if self.stopped else 0
        return STOPPED if self.stopped else CONTINUED

    def _ended(self, info: "os.waitid_result") -> None:
        self.stopped = False
        if info.si_code == os.CLD_EXITED:
            self.status = info.si_status
        else:
            self.killed_by = info.si_status
            self.status = 128 + info.si_status

    def reap(self) -> None:
        """Let the kernel forget the ended child. Its pid must not be used afterwards."""
        with contextlib.suppress(ChildProcessError):
            os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG)

    def send(self, sig: signal.Signals) -> None:
        """Send *sig* to the process alone. Raises PermissionError (sudo), never that it is gone."""
        if self.alive:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, sig)

    def signal_group(self, sig: signal.Signals) -> None:
        """Send *sig* to its own group, if it has one."""
        if self.has_own_group:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pgid, sig)

    def resume(self) -> None:
        """Continue it if it is stopped: a SIGCONT to a running Vim corrupts its heap (vim#3346)."""
        if self.stopped:
            self.stopped = False
            self.signal_group(signal.SIGCONT)
            with contextlib.suppress(PermissionError):
                if not self.has_own_group:
                    self.send(signal.SIGCONT)


def spawn(
    argv: list[str],
    signals: Signals,
    redirections: Sequence[Redirection] = (),
    own_group: bool = False,
    keep_ignored: frozenset[signal.Signals] = frozenset(),
) -> Job:
    """Start *argv* with our environment and descriptors, the original mask and default signals.

    *redirections* are posix_spawn file actions; *keep_ignored*, signals that stay ignored if they are.
    Raises VimtraceError with status 127 or 126.
    """
    try:
        pid = os.posix_spawnp(
            argv[0],
            argv,
            os.environ,
            file_actions=redirections,
            setsigmask=signals.original_mask,
            setsigdef=signals.defaults - keep_ignored,
            **({"setpgroup": 0} if own_group else {}),  # type: ignore[arg-type]  # left out, it is not done
        )
    except OSError as error:
        raise cannot_run(argv[0], error) from error
    return Job(pid, pid if own_group else os.getpgrp(), os.path.basename(argv[0]))


def spawn_in_front(argv: list[str], signals: Signals, terminal: Terminal, group: int) -> Job:
    """Start *argv* in a group of its own that has the terminal, on the terminal.

    *group* is ours, which hands the terminal over. Raises OSError if *argv* cannot be executed.
    Parent and child both call setpgid, so neither can be too early (APUE 9.8); the child takes the
    terminal itself, before it executes; its failure to execute comes back over a pipe.
    """
    reader, low_writer = os.pipe()
    writer = high(low_writer)  # 0-2 may have come in closed, and the child puts the terminal there
    pid = os.fork()
    if pid == 0:
        _become(argv, signals, terminal, group, writer)
    os.close(writer)
    with contextlib.suppress(PermissionError, ProcessLookupError):  # it has executed, or died
        os.setpgid(pid, pid)
    failure = _read_all(reader)
    os.close(reader)
    if failure:
        os.waitpid(pid, 0)
        terminal.give(group, {pid})
        raise OSError(int(failure), os.strerror(int(failure)))
    return Job(pid, pid, os.path.basename(argv[0]))


def _become(argv: list[str], signals: Signals, terminal: Terminal, group: int, report: int) -> None:
    """In the child: own group, the terminal, default signals, then the program. Never returns."""
    try:
        os.setpgid(0, 0)
        terminal.give(os.getpid(), {group})
        for fd in (0, 1, 2):
            os.dup2(terminal.fd, fd, inheritable=True)
        for sig in signals.watched | IGNORED_BY_PYTHON | {signal.SIGINT, signal.SIGQUIT, signal.SIGTSTP}:
            signal.signal(sig, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_SETMASK, ())
        os.execvp(argv[0], argv)
    except OSError as error:
        os.write(report, str(error.errno).encode())
    finally:
        os._exit(127)


def _read_all(fd: int) -> bytes:
    data = b""
    while block := os.read(fd, 64):
        data += block
    return data


def fork_into(pgid: int) -> int:
    """Fork; return the child's pid, and 0 in the child, which is then in group *pgid* (0: a new one)."""
    pid = os.fork()
    if pid == 0:
        with contextlib.suppress(OSError):
            os.setpgid(0, pgid)
    return pid
