"""The files of an ``strace -ff`` set as one trace: their lines by time, each behind its pid, as -f writes them."""

from collections.abc import Sequence
from itertools import accumulate, pairwise
from operator import itemgetter

import numpy

from vimtrace.columns.content import ROOM
from vimtrace.columns.form import NARROW, Form, is_strace
from vimtrace.columns.heads import times
from vimtrace.columns.octets import Octets, Places, Spans, Table
from vimtrace.trace.clock import DAY
from vimtrace.trace.dialects import OF_LTRACE
from vimtrace.trace.source import OF_PROCESS

LINES = 1 << 16  # whose times are read together
EXIT = b" +++\n"


class Set:
    """The text of the traces in *paths*, all of *form*, by time. Raises OSError.

    *form* is then that of the whole; *numbers* are those (from 1) that its lines have in their files. They are ``None``
    if that cannot be made of them.
    """

    def __init__(self, paths: Sequence[str], form: Form) -> None:
        self.form = form._replace(pid=NARROW)
        self.numbers: Places | None = None
        self.memory, self._end = b"", 0
        pids = [pid for path in paths if (pid := _pid(path)) is not None]
        if len(set(pids)) < len(paths):
            return
        texts = {pid: text for pid, path in zip(pids, paths, strict=True) if (text := _text(path))}
        if len(texts) > 1 and all(map(_is_plain, texts.values())):
            order = _order(Whole([*texts.values()]), [len(text) for text in texts.values()], form)
            if order is not None:
                self._merge(texts, order)

    def _merge(self, texts: dict[int, bytes], order: Places) -> None:
        lines: list[bytes] = []
        numbers = []
        for pid in list(texts):
            prefix, text = b"%-5d " % pid, texts.pop(pid)
            found = (prefix + text[:-1].replace(b"\n", b"\n" + prefix)).split(b"\n")
            lines += found
            numbers.append(numpy.arange(1, len(found) + 1))
        self.numbers = numpy.concatenate(numbers)[order]
        merged = Whole(itemgetter(*order.tolist())(lines), b"\n")
        self.memory, self._end = merged.memory, merged.end()

    def end(self) -> int:
        """Where the lines end in ``memory``."""
        return self._end


class Whole:
    """The *pieces* of a text, with *between* behind each, as octets.Octets takes it."""

    def __init__(self, pieces: Sequence[bytes], between: bytes = b"") -> None:
        first, *others = pieces
        self.memory = between.join([bytes(ROOM) + first, *others, bytes(ROOM)])
        self._end = len(self.memory) - ROOM

    def end(self) -> int:
        """Where the text ends in ``memory``."""
        return self._end


def are_strace(paths: Sequence[str], names: list[str]) -> bool:
    """Whether all *paths*, whose calls have these *names*, are strace's. Raises OSError.

    Their lines are; but where one is also ltrace's, it is the tracer that has more of the first ones.
    """
    if not any(OF_LTRACE.match(f"{name}(") for name in names):
        return True
    return all(is_strace(text) for path in paths if (text := _text(path)))


def _is_plain(text: bytes) -> bool:
    """Whether it has an end, and nothing is behind the exit of the process."""
    return text.endswith(b"\n") and text.count(EXIT) == text.endswith(EXIT)


def _pid(path: str) -> int | None:
    match = OF_PROCESS.search(path)
    return int(match[1]) if match else None


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
    starts = numpy.concatenate([[ROOM], octets.ends[:-1] + 1])
    found = [times(Spans(octets, starts[at : at + LINES]), form, 0) for at in range(0, len(starts), LINES)]
    known = [each[0] for each in found if each is not None]
    return numpy.concatenate(known) if len(known) == len(found) else None
