"""Where an export goes: a file that is there whole or not at all, or a device or pipe that takes what comes."""

import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import BinaryIO

from vimtrace.errors import VimtraceError


@contextmanager
def destination(path: str, sources: Sequence[str]) -> Iterator[BinaryIO]:
    """What is written there is in *path* when all of it is: where a link leads, in place of what was there, 0600.

    What is no file (a device, a pipe, ``/dev/fd/63``) is written to as it is. Raises VimtraceError if it cannot be, or
    if it is one of *sources*.
    """
    try:
        is_file = _is_file(path)
        if is_file and any(_is_same(path, source) for source in sources):
            raise VimtraceError(f"{path}: is one of the traces", "--output=FILE with another name")
        with _replaced(os.path.realpath(path)) if is_file else _open(path, 0) as out:
            yield out
    except BrokenPipeError:  # who reads it has had enough
        raise
    except OSError as error:
        raise VimtraceError(f"{path}: {error.strerror or error}", "--output=FILE that can be written") from error


def _is_same(path: str, source: str) -> bool:
    with suppress(OSError):
        return os.path.samefile(path, source)
    return False


def _is_file(path: str) -> bool:
    """Whether it is a file, or there is nothing of that name yet."""
    with suppress(FileNotFoundError):
        return stat.S_ISREG(os.stat(path).st_mode)
    return True


def _open(path: str, flags: int) -> BinaryIO:
    return open(os.open(path, os.O_WRONLY | os.O_NOCTTY | os.O_CLOEXEC | flags, 0o600), "wb")


@contextmanager
def _replaced(path: str) -> Iterator[BinaryIO]:
    """A file that takes the place of *path* at the end; nothing of it is left behind if that is not reached."""
    temporary = f"{path}.{os.getpid()}.part"
    try:
        with _nameless(path) or _open(temporary, os.O_CREAT | os.O_EXCL) as out:
            yield out
            if not os.path.exists(temporary):
                # Only with a folder of its own, which a whole path needs not, does Python have the link followed.
                os.link(f"/proc/self/fd/{out.fileno()}", temporary, src_dir_fd=0)
        os.replace(temporary, path)
    finally:
        with suppress(OSError):
            os.unlink(temporary)


def _nameless(path: str) -> BinaryIO | None:
    """A file in the folder of *path* that is gone when whoever writes it is, however that ends (open(2), O_TMPFILE).

    ``None`` where there is no such thing: then a signal may leave a part behind.
    """
    with suppress(OSError, AttributeError):
        return _open(os.path.dirname(path), os.O_TMPFILE)
    return None
