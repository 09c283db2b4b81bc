"""The file that a tracer writes to: what it holds so far, where else it is to be kept."""

import errno
import os
import stat

from vimtrace.disk import room, size_of
from vimtrace.errors import UsageError, VimtraceError
from vimtrace.runfolder import RunFolder, new_run, traces
from vimtrace.suppress import suppress

BLOCK = 1 << 16  # bytes


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
            return [path for path in parts if size_of(path)]
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
        return room(os.path.dirname(self.path))


def create(name: str, filetype: str, save: str, command: str) -> tuple[TraceFile, str]:
    """Make a folder and an empty trace file for a run; also return a warning, or "".

    The warning says that the state folder cannot be used and another one is. Raises VimtraceError
    if there is no place for a trace at all, UsageError if *save* is not a place for one.
    """
    trace = "" if save else f"{name}.{filetype or 'trace'}"
    folder, warning = new_run(trace)
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
