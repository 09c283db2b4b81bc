"""Where traces live: private folders that are removed when a run ends well and kept when it does not.

~/.local/state/vimtrace/                    0700, $XDG_STATE_HOME if set
    20261120-203000-4711/                   one run, 0700; locked while its launcher lives
        strace-ls.strace                    the trace file, 0600: the tracer writes, the pager reads
        messages                            what the tracer said of itself in a live run
        state                               running, stopped, ended STATUS: for the pager
        command                             the command line, for ``vimtrace recover``
        tracer                              the tracer's pid: for the pager
        request                             what the pager asks for (requests.py)
        from                                the answer to some of it: a place in the trace file
        reserve                             room for the last words, where others may write no more
"""

import errno
import fcntl
import os
import stat
import time

from vimtrace.disk import room, size_of
from vimtrace.errors import VimtraceError
from vimtrace.suppress import suppress

RESERVE = 1 << 14  # bytes
OURS = {"messages", "state", "command", "tracer", "request", "from", "reserve"}


class RunFolder:
    """The folder of one run. It is locked by the descriptor *lock* as long as this process lives."""

    def __init__(self, path: str, lock: int) -> None:
        self.path = path
        self.lock = lock

    def file(self, name: str) -> str:
        """The path of the file *name* in it."""
        return os.path.join(self.path, name)

    def write(self, name: str, text: str) -> bool:
        """Put the line *text* into the file *name*, in place: on a full disk there is no room for a new one.

        A file system that copies on write (btrfs, ZFS) has none for that either; then the reserve makes room, though
        not always at once. Whether it is written: nor may a full disk stop the run.
        """
        line = text.ljust(32).encode("utf-8", "surrogateescape") + b"\n"
        with suppress(OSError):
            self._put(name, line)
            return True
        with suppress(OSError):
            os.unlink(self.file("reserve"))
        with suppress(OSError):
            self._put(name, line)
            return True
        return False

    def reserve(self) -> None:
        """Take room that is given up for what :meth:`write` could else not write. Raises OSError."""
        self._put("reserve", os.urandom(RESERVE))  # zeros may be compressed to nothing

    def _put(self, name: str, content: bytes) -> None:
        fd = os.open(self.file(name), os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            os.write(fd, content)
        finally:
            os.close(fd)

    def read(self, name: str) -> str:
        """The text of the file *name*; empty if there is none."""
        with suppress(OSError), open(self.file(name), encoding="utf-8", errors="surrogateescape") as f:
            return f.read().rstrip()
        return ""

    def remove(self) -> None:
        """Remove the folder and what is in it."""
        with suppress(OSError):
            for name in os.listdir(self.path):
                os.unlink(self.file(name))
            os.rmdir(self.path)


def state_folder() -> str:
    """Where the traces of this user live; empty if there is no HOME and no XDG_STATE_HOME."""
    base = os.environ.get("XDG_STATE_HOME", "")
    if not os.path.isabs(base):  # a relative one is to be ignored (XDG base directory specification)
        home = os.environ.get("HOME", "")
        base = os.path.join(home, ".local/state") if os.path.isabs(home) else ""
    return os.path.join(base, "vimtrace") if base else ""


def fallback_folder() -> str:
    """Where traces go when the state folder cannot be used."""
    base = os.environ.get("TMPDIR", "")
    return os.path.join(base if os.path.isabs(base) else "/tmp", f"vimtrace-{os.geteuid()}")


def new_run(trace: str) -> tuple[RunFolder, str]:
    """The folder of a new run, with an empty file *trace* if that is not ""; also a warning, or "".

    The warning says that the state folder cannot be used and another one is. Raises VimtraceError if there is no place
    for a trace at all.
    """
    first, second = state_folder(), fallback_folder()
    try:
        if first:  # $TMPDIR itself is not made
            os.makedirs(os.path.dirname(first), 0o700, exist_ok=True)
        return _new_run_in(first, trace), ""
    except OSError as error:
        why = f"{first or '$HOME'}: {error.strerror or error}"
    try:
        return _new_run_in(second, trace), f"{why}; the trace goes to {second}"
    except OSError as error:
        raise VimtraceError(
            f"no place for the trace: {why}; {second}: {error.strerror or error}",
            "make room, or set XDG_STATE_HOME or TMPDIR to a folder of yours",
        ) from error


def _new_run_in(base: str, trace: str) -> RunFolder:
    """The folder of a new run in *base*, with an empty file *trace* if that is not "". Raises OSError."""
    if not base:
        raise OSError(errno.ENOENT, "not set")
    _make_private(base)
    if not room(base):
        raise OSError(errno.ENOSPC, "nearly full")
    stamp = time.strftime("%Y%m%d-%H%M%S")
    path = os.path.join(base, f"{stamp}-{os.getpid()}")
    os.mkdir(path, 0o700)
    lock = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    folder = RunFolder(path, lock)
    try:
        folder.reserve()
        if trace:
            os.close(os.open(folder.file(trace), os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600))
    except OSError:
        folder.remove()
        os.close(lock)
        raise
    return folder


def _make_private(path: str) -> None:
    """Make *path*, or see that it is a folder of ours; in both cases one that nobody else can enter."""
    with suppress(FileExistsError):
        os.mkdir(path, 0o700)
    facts = os.lstat(path)
    if not stat.S_ISDIR(facts.st_mode):
        raise OSError(errno.ENOTDIR, "not a folder (a link is not followed)")
    if facts.st_uid != os.geteuid():
        raise OSError(errno.EPERM, "belongs to another user")
    if stat.S_IMODE(facts.st_mode) & 0o077:
        os.chmod(path, 0o700)


def kept_runs() -> list[RunFolder]:
    """The runs that ended before their trace was seen, oldest first; empty ones are removed."""
    found = []
    for base in (state_folder(), fallback_folder()):
        for name in _listed(base):
            run = _take_over(os.path.join(base, name))
            if run and not traces(run):
                run.remove()
            elif run:
                found.append(run)
    return found


def _listed(base: str) -> list[str]:
    try:
        return sorted(os.listdir(base)) if base and os.lstat(base).st_uid == os.geteuid() else []
    except OSError:
        return []


def _take_over(path: str) -> RunFolder | None:
    """The run at *path* if its launcher is dead: the kernel has dropped its lock (flock(2))."""
    try:
        lock = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(lock)
        return None
    return RunFolder(path, lock)


def traces(run: RunFolder) -> list[str]:
    """The trace files of *run* that are not empty."""
    paths = (run.file(name) for name in sorted(os.listdir(run.path)) if name not in OURS)
    return [path for path in paths if size_of(path)]
