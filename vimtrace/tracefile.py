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

from vimtrace.errors import UsageError, VimtraceError
from vimtrace.suppress import suppress

MEBIBYTE = 1 << 20
BLOCK = 1 << 16
RESERVE = 1 << 14
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


class TraceFile:
    """The file the tracer writes to: in the run's folder, or where ``--save`` says."""

    def __init__(self, folder: RunFolder, path: str, saved: bool) -> None:
        self.folder = folder
        self.path = path
        self.saved = saved
        self.promised: list[str] = []

    def parts(self) -> list[str]:
        """The files that hold the trace, empty ones left out: one, or the set that ``strace -ff`` makes."""
        if not self.saved:
            return traces(self.folder)
        folder, name = os.path.split(self.path)
        with suppress(OSError):
            numbered = (x for x in sorted(os.listdir(folder)) if x.startswith(name + "."))
            parts = [self.path, *(os.path.join(folder, x) for x in numbered if x[len(name) + 1 :].isdigit())]
            return [path for path in parts if self.size_of(path)]
        return []

    @property
    def is_empty(self) -> bool:
        """Whether no trace was written."""
        return not self.parts()

    def head(self) -> bytes:
        """The first block of the trace."""
        with suppress(OSError), open(self.path, "rb") as f:
            return f.read(4096)
        return b""

    @staticmethod
    def size_of(path: str) -> int:
        """The size of *path* in bytes; 0 if there is no such file."""
        try:
            return os.stat(path).st_size
        except OSError:
            return 0

    def takes_more(self) -> bool:
        """Whether one more block can be written beside the trace: a quota refuses that, and nothing else tells it."""
        probe = os.path.join(os.path.dirname(self.path), f".vimtrace-{os.getpid()}")
        try:
            fd = os.open(probe, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        except OSError:
            return False
        try:
            os.pwrite(fd, bytes(BLOCK), 0)
            os.fsync(fd)  # NFS may say it only then
        except OSError:
            return False
        finally:
            os.close(fd)
            with suppress(OSError):
                os.unlink(probe)
        return True

    def note(self, line: str) -> None:
        """Write *line* of ours behind the trace so far, on a line of its own."""
        with suppress(OSError), open(self.path, "ab+") as f:
            if f.tell():
                f.seek(-1, os.SEEK_END)
                line = line if f.read(1) == b"\n" else "\n" + line
            f.write(os.fsencode(line) + b"\n")

    def save(self, path: str, replace: bool) -> None:
        """Have all of the trace in *path* too, also what is still written; *replace*: even if it exists.

        At once, under a second name, where that can be; else it is copied by :meth:`keep_promises`.
        Raises OSError.
        """
        if not replace and os.path.lexists(path):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), path)
        beside = f"{path}.{os.getpid()}"
        try:
            os.link(self.path, beside)
        except OSError:  # another file system, or one that has no links
            os.close(os.open(beside, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600))
            self.promised.append(path)
        os.rename(beside, path)

    def keep_promises(self) -> str:
        """Copy the trace to where it was promised; return what went wrong, or ""."""
        for path in self.promised:
            import shutil

            try:
                shutil.copyfile(self.path, path)
            except OSError as error:
                return f"{path}: {error.strerror or error}"
        return ""

    def room(self) -> int:
        """Bytes that may still be written before its file system counts as nearly full."""
        return _room(os.path.dirname(self.path))


def create(name: str, filetype: str, save: str, command: str) -> tuple[TraceFile, str]:
    """Make a folder and an empty trace file for a run; also return a warning, or "".

    The warning says that the state folder cannot be used and another one is. Raises VimtraceError
    if there is no place for a trace at all, UsageError if *save* is not a place for one.
    """
    trace = "" if save else f"{name}.{filetype or 'trace'}"
    folder, warning = _new_run(trace)
    folder.write("command", command)
    folder.write("state", "running")  # its room is taken now: later there may be none
    if save:
        return TraceFile(folder, _open_saved(save, folder), True), warning
    return TraceFile(folder, folder.file(trace), False), warning


def _open_saved(save: str, folder: RunFolder) -> str:
    path = os.path.abspath(save)
    try:
        fd = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_CLOEXEC | os.O_NONBLOCK, 0o600)
        regular = stat.S_ISREG(os.fstat(fd).st_mode)
        if regular:
            os.ftruncate(fd, 0)
        os.close(fd)
    except OSError as error:
        folder.remove()
        raise VimtraceError(f"--save={save}: {error.strerror}", "name a file that can be written") from error
    if not regular:
        folder.remove()
        raise UsageError(f"--save={save}: not a regular file", "name a regular file")
    return path


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


def _new_run(trace: str) -> tuple[RunFolder, str]:
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
    if not _room(base):
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


def _room(path: str) -> int:
    """Free bytes but for a reserve of 5 %, or 256 MiB where that is less."""
    try:
        facts = os.statvfs(path)
    except OSError:
        return MEBIBYTE
    free, size = facts.f_bavail * facts.f_frsize, facts.f_blocks * facts.f_frsize
    return max(free - min(256 * MEBIBYTE, size // 20), 0) if size else MEBIBYTE


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
    return [path for path in paths if TraceFile.size_of(path)]
