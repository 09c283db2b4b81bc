"""The floods: functions that yield about so many bytes, in pieces; the same each time."""

import itertools
import random

PIECE = 1 << 20
CALLS = (
    '{0} 12:34:56.{1:06} read({2}</etc/passwd>, "root:x:0:0:root:/root:/bin/bash\\n"..., 4096) = 1543 <0.000{2:03}>\n',
    '{0} 12:34:56.{1:06} openat(AT_FDCWD</root>, "/usr/lib/{2}.so", O_RDONLY|O_CLOEXEC) = -1 ENOENT (No such file)\n',
    "{0} 12:34:56.{1:06} close({2}</usr/lib/x86_64-linux-gnu/libc.so.6>) = 0 <0.000{2:03}>\n",
)
HOSTILE = (
    b"\xff\xfe\xf0\x28",
    b"\xc3",
    b"\xed\xa0\x80",
    "\n\u0300".encode(),
    b"\r\n",
    b"\x1b[31m",
    b"\xef\xbb\xbf",
    b"\n",
)


def cut(pieces, size):
    """The first *size* bytes of *pieces*."""
    for piece in pieces:
        yield piece[:size]
        size -= len(piece)
        if size <= 0:
            return


def lines(size):
    """Lines of strace -f -tt -T -y, as many as there is room for: each another."""
    number = itertools.count()
    left = size
    while left > 0:
        piece = "".join(CALLS[n % 3].format(n % 7 + 1, n % 1000000, n % 900) for n in itertools.islice(number, 10000))
        piece = piece[: piece.rfind("\n", 0, left) + 1] if len(piece) > left else piece
        if not piece:
            return
        yield piece.encode()
        left -= len(piece)


def one_line(size):
    """One line, then a last one."""
    yield from cut(itertools.repeat(b"write(1, 'x'" * (PIECE // 12)), size)
    yield b"\nthe last line\n"


def random_bytes(size):
    """A binary stream."""
    source = random.Random(1)
    yield from cut((source.randbytes(PIECE) for _ in itertools.count()), size)


def nul_bytes(size):
    """NUL bytes in lines, alone, in a row, and beside what stands for them on the way to Vim."""
    unit = b"one\0two\n" + b"\0" * 30 + b"\n\0\n\0\r\n\x01A\x01B\x01\0A\n\0\0\n\n" + b"".join(lines(2000))
    yield from cut(itertools.repeat(unit * (PIECE // len(unit))), size)


def invalid_text(size):
    """Bytes that are no UTF-8, among lines that are."""
    source = random.Random(2)
    unit = b"".join(source.choice((*HOSTILE, b'write(1, "', "caf\u00e9 \u76ee".encode())) for _ in range(100_000))
    yield from cut(itertools.repeat(unit), size)


KINDS = {f.__name__: f for f in (lines, one_line, random_bytes, nul_bytes, invalid_text)}


def write(kind, size, path):
    """Put the flood *kind* of *size* bytes into the file *path*."""
    with open(path, "wb") as f:
        for piece in KINDS[kind](size):
            f.write(piece)
