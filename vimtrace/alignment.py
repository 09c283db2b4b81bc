"""What must be done to one list of lines to have another."""

import re
import subprocess
import tempfile
from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import IO

MANY = 1000  # lines, from which on difflib may take a minute: its time is their square where many are alike
HUNK = re.compile(rb"(\d+)(?:,(\d+))?([acd])(\d+)(?:,(\d+))?$")
TEXT = re.compile(rb"[<>] \d+$|---$")  # of the lines, and between the two sides
Op = tuple[str, int, int, int, int]
Ops = list[Op]


def opcodes(left: list[str], right: list[str], program: str = "") -> Ops:
    """What must be done to *left* to have *right*, as difflib tells it.

    The equal beginning and end are looked at by nobody else, many lines by diff(1), if *program* is that.
    """
    start, end = 0, 0
    while start < min(len(left), len(right)) and left[start] == right[start]:
        start += 1
    while end < min(len(left), len(right)) - start and left[-1 - end] == right[-1 - end]:
        end += 1
    middle = left[start : len(left) - end], right[start : len(right) - end]
    ops: Ops = [("equal", 0, start, 0, start)] if start else []
    ops += [(tag, i1 + start, i2 + start, j1 + start, j2 + start) for tag, i1, i2, j1, j2 in _middle(*middle, program)]
    if end:
        ops.append(("equal", len(left) - end, len(left), len(right) - end, len(right)))
    return ops


def _middle(left: list[str], right: list[str], program: str) -> Ops:
    if program and max(len(left), len(right)) > MANY:
        try:
            return list(_by_program(left, right, program))
        except OSError:  # no memory, no room for its files, another way to say it (busybox): difflib needs none of it
            pass
    return [*SequenceMatcher(None, left, right, autojunk=False).get_opcodes()]


def _by_program(left: list[str], right: list[str], program: str) -> Iterator[Op]:
    """What diff(1) finds. It is told only which lines are alike: a trace holds secrets. Raises OSError."""
    numbers: dict[str, int] = {}
    with _numbered(left, numbers) as one, _numbered(right, numbers) as other:
        files = one.fileno(), other.fileno()
        words = [program, *(f"/dev/fd/{file}" for file in files)]
        done = subprocess.run(words, pass_fds=files, capture_output=True, env={"LC_ALL": "C"}, check=False)
    if done.returncode != (1 if done.stdout else 0):
        raise OSError(done.stderr.decode(errors="replace"))
    at_left = at_right = 0
    for tag, i1, i2, j1, j2 in [*_hunks(done.stdout), ("", len(left), len(left), len(right), len(right))]:
        if left[at_left:i1] != right[at_right:j1]:
            raise OSError("diff(1) has not said all")
        if i1 > at_left:
            yield "equal", at_left, i1, at_right, j1
        if tag:
            yield tag, i1, i2, j1, j2
        at_left, at_right = i2, j2


def _hunks(output: bytes) -> Iterator[Op]:
    """The changes that diff(1) tells in its *output*, as POSIX has it. Raises OSError."""
    for line in output.splitlines():
        if hunk := HUNK.match(line):
            yield _changed(hunk)
        elif TEXT.match(line) is None:
            raise OSError("diff(1) says it in another way")


def _numbered(lines: list[str], numbers: dict[str, int]) -> IO[bytes]:
    """A file without a name that has the number of each of *lines*."""
    file = tempfile.TemporaryFile()  # noqa: SIM115
    file.writelines(b"%d\n" % numbers.setdefault(line, len(numbers)) for line in lines)
    file.seek(0)
    return file


def _changed(hunk: re.Match[bytes]) -> Op:
    """What diff(1) means: lines count from 1, and "a" and "d" tell behind which line the others come."""
    first, last, kind, other, end = hunk.groups()
    i1, i2 = int(first), int(last or first)
    j1, j2 = int(other), int(end or other)
    if kind == b"a":
        return "insert", i1, i1, j1 - 1, j2
    if kind == b"d":
        return "delete", i1 - 1, i2, j1, j1
    return "replace", i1 - 1, i2, j1 - 1, j2
