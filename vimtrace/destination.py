"""Where an export goes: a file that is there whole or not at all, or a device or pipe that takes what comes."""

import os
import re
import stat
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import BinaryIO

from vimtrace.errors import VimtraceError

STANDARD = {"/dev/stdout": 1, "/dev/stderr": 2}
DESCRIPTOR = re.compile(r"/dev/std(?:out|err)|/(?:dev|proc/self)/fd/(\d+)")


@contextmanager
def destination(path: str, sources: Sequence[str]) -> Iterator[BinaryIO]:
    """What is written there is in *path* when all of it is: where a link leads, in place of what was there, 0600.

    What is no file (a device, a pipe) is written to as it is, and so is a descriptor (``/dev/stdout``, ``/dev/fd/63``).
    Raises VimtraceError if it cannot be, or if it is one of *sources*.
    """
    try:
        with _opened(path, sources) as out:
            yield out
    except BrokenPipeError:  # who reads it has had enough
        raise
    except OSError as error:
        raise VimtraceError(f"{path}: {error.strerror or error}", "--output=FILE that can be written") from error


def _opened(path: str, sources: Sequence[str]) -> AbstractContextManager[BinaryIO]:
    if descriptor := DESCRIPTOR.fullmatch(path):
        number = int(descriptor[1] or STANDARD[path])
        return open(os.dup(number), "wb")  # opened by its name a file would be written from its beginning
    if not _is_file(path):
        return _open(path, 0)
    if any(_is_same(path, source) for source in sources):
        raise VimtraceError(f"{path}: is one of the traces", "--output=FILE with another name")
    return _replaced(os.path.realpath(path))


def _is_same(path: str, source: str) -> bool:
    with suppress(OSError):
        return os.path.samefile(path, source)
    return False


def _is_file(path: str) -> bool:
    """Whether it is a file, or there is nothing of that name yet."""
    with suppress(FileNotFoundError):
        return stat.S_ISREG(os.stat(path).st_mode)
    return not path.endswith("/")


def _open(path: str, flags: int) -> BinaryIO:
    return open(os.open(path, os.O_WRONLY | os.O_NOCTTY | os.O_CLOEXEC | flags, 0o600), "wb")


@contextmanager
def _replaced(path: str) -> Iterator[BinaryIO]:
    """A file that takes the place of *path* at the end; nothing of it is left behind if that is not reached."""
    temporary = f"{path}.{os.urandom(6).hex()}.part"  # nobody else's
    nameless = _nameless(path)
    try:
        with nameless or _open(temporary, os.O_CREAT | os.O_EXCL) as out:
            yield out
            if nameless is not None:
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
