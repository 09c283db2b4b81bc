"""What a file system tells: sizes in bytes, and the room that is left."""

import os

MEBIBYTE = 1 << 20


def size_of(path: str) -> int:
    """The size of the file *path*; 0 if there is none."""
    try:
        return os.stat(path).st_size
    except OSError:
        return 0


def room(path: str) -> int:
    """Free bytes where *path* is, but for a reserve of 5 %, or 256 MiB where that is less."""
    try:
        facts = os.statvfs(path)
    except OSError:
        return MEBIBYTE
    free, size = facts.f_bavail * facts.f_frsize, facts.f_blocks * facts.f_frsize
    return max(free - min(256 * MEBIBYTE, size // 20), 0) if size else MEBIBYTE
