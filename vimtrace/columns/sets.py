"""The files of an ``strace -ff`` set as one trace: their lines by time, each behind its pid, as -f writes them."""

import os
from collections.abc import Sequence
from itertools import accumulate, pairwise
from operator import itemgetter

import numpy

from vimtrace.columns.content import ROOM
from vimtrace.columns.form import NARROW, Form, form
from vimtrace.columns.heads import times
from vimtrace.columns.octets import Octets, Places, Spans, Table
from vimtrace.trace.clock import DAY
from vimtrace.trace.dialects import OF_LTRACE
from vimtrace.trace.source import pid_in

LINES = 1 << 16  # whose times are read together
EXIT = b" +++\n"


def merged(paths: Sequence[str], form_of_one: Form) -> "tuple[Whole, Form, Places] | None":
    """The text of the traces in *paths*, by time; ``None`` if it cannot be made of them.

    *form_of_one*: that of the first that has lines. With the text come its form, and the numbers (from 1) that its
    lines have in their files. Raises OSError.
    """
    pids = [pid for path in paths if (pid := pid_in(path)) is not None]
    if form_of_one.pid or form_of_one.clock == "start" or len(set(pids)) < len(paths):
        return None
    texts = {pid: text for pid, path in zip(pids, paths, strict=True) if (text := _text(path))}
    if len(texts) < 2 or not all(map(_is_plain, texts.values())):
        return None
    order = _order(Whole([*texts.values()]), [len(text) for text in texts.values()], form_of_one)
    if order is None:
        return None
    lines, numbers = _behind_pids(texts)
    whole = Whole(itemgetter(*order.tolist())(lines), b"\n")
    return whole, form_of_one._replace(pid=NARROW), numbers[order]


def _behind_pids(texts: dict[int, bytes]) -> tuple[list[bytes], Places]:
    """The lines of *texts*, which is empty then, each behind its pid, and their numbers."""
    lines: list[bytes] = []
    numbers = []
    for pid in list(texts):
        prefix, text = b"%-5d " % pid, texts.pop(pid)
        found = (prefix + text[:-1].replace(b"\n", b"\n" + prefix)).split(b"\n")
        lines += found
        numbers.append(numpy.arange(1, len(found) + 1))
    return lines, numpy.concatenate(numbers)


class Whole:
    """The *pieces* of a text, with *between* behind each, as octets.Octets takes it."""

    def __init__(self, pieces: Sequence[bytes], between: bytes = b"") -> None:
        first, *others = pieces
        self.memory = between.join([bytes(ROOM) + first, *others, bytes(ROOM)])

    def end(self) -> int:
        """Where the text ends in ``memory``."""
        return len(self.memory) - ROOM


def are_strace(paths: Sequence[str], names: list[str]) -> bool:
    """Whether all *paths*, whose calls have these *names*, are strace's. Raises OSError.

    Their lines are; but where one is also ltrace's, it is the tracer that has more of the first ones.
    """
    if not any(OF_LTRACE.match(f"{name}(") for name in names):
        return True
    return all(form(path) is not None for path in paths if os.path.getsize(path))


def _is_plain(text: bytes) -> bool:
    """Whether it has an end, and nothing is behind the exit of the process."""
    return text.endswith(b"\n") and text.count(EXIT) == text.endswith(EXIT)


def _text(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()


def _order(whole: Whole, sizes: list[int], form: Form) -> Places | None:
    """The lines of files of these *sizes* by time, as source.merge() has it; ``None`` if they are not of *form*."""
    octets = Octets(whole)
    edges = numpy.searchsorted(octets.ends, [ROOM + end for end in accumulate(sizes, initial=0)])
    time = _times(octets, form)
    if time is None:
        return None
    of_files = [time[slice(*edge)] for edge in pairwise(edges.tolist())]
    if form.clock == "day" and any((numpy.diff(of_file) < -DAY // 2).any() for of_file in of_files):
        return None  # it went on after midnight
    latest = [numpy.maximum.accumulate(of_file) for of_file in of_files]
    order: Places = numpy.argsort(numpy.concatenate(latest), kind="stable")
    return order


def _times(octets: Octets, form: Form) -> Table | None:
    """The times of all lines."""
    pieces = range(0, len(octets.ends), LINES)
    found = [times(Spans(octets, octets.starts(at, LINES)), form, 0) for at in pieces]
    known = [each[0] for each in found if each is not None]
    return numpy.concatenate(known) if len(known) == len(found) else None
