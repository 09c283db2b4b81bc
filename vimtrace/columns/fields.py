"""What stands where in each line of a file, by numpy: in the lines that look as most do, and which do not."""

import mmap
from collections.abc import Sequence
from typing import NamedTuple

import numpy

from vimtrace.columns import heads as h
from vimtrace.columns import tails as t
from vimtrace.columns.content import ROOM
from vimtrace.columns.form import Form
from vimtrace.columns.labels import LABELLED, labels
from vimtrace.columns.octets import RETURN, SPAN, Flags, Octets, Places, Spans, Table
from vimtrace.columns.quoted import paths
from vimtrace.columns.shared import MOST, Shared
from vimtrace.columns.vocabulary import Vocabulary
from vimtrace.trace.paths import FILE, TWO

LINES = 1 << 16  # that are looked at together: few enough for a core's cache, enough to let the other core go on
ONE_PATH = FILE - TWO
OfPaths = tuple[Places, Table, Flags]  # which lines have a path, it, and whether it begins in a folder that has a name


class Fields(NamedTuple):
    """Of all lines, which end at *ends*; *path*, *inside* are of those *of_path* (from 0) alone, as quoted.paths tells.

    *label*: the number of the name of the descriptor ``head.fd``, -1 for none. *names* of calls, *errors* as they
    stand, *paths* and *labels*, by their numbers.
    """

    ends: Places
    head: h.Heads
    tail: t.Tails
    label: Table
    of_path: Places
    path: Table
    inside: Flags
    names: list[str]
    errors: list[str]
    paths: list[str]
    labels: list[str]

    def starts(self, at: Places) -> Places:
        """Where the lines *at* these places begin."""
        return numpy.where(at > 0, self.ends[numpy.maximum(at, 1) - 1] + 1, ROOM)


class Reader:
    """Reads the lines of *octets*, a piece at a time, each into its place in the columns of all. It begins at once."""

    def __init__(self, octets: Octets, form: Form) -> None:
        self.octets = octets
        self.form = form
        self.names, self.errors, self.paths, self.labels = (Vocabulary() for _ in range(4))
        self.ends = octets.ends
        self.head = h.Heads(*(self._column(kind) for kind in h.KINDS))
        self.tail = t.Tails(*(self._column(kind) for kind in t.KINDS))
        self.label = self._column("int32")
        self.many = max(LINES, -(-len(self.ends) // MOST))
        pieces = -(-len(self.ends) // self.many) if octets.is_text() else 0
        self._shared = Shared(pieces, self.piece, lambda: [words.words for words in self._vocabularies()])

    def _column(self, kind: str) -> Table:
        """Memory that a child has in common with this process."""
        size = numpy.dtype(kind).itemsize * len(self.ends)
        return numpy.frombuffer(mmap.mmap(-1, max(size, 1)), kind, len(self.ends))

    def _vocabularies(self) -> tuple[Vocabulary, ...]:
        return self.names, self.errors, self.paths, self.labels

    def piece(self, number: int) -> OfPaths | None:
        """Read the piece of that *number*; ``None`` if one line is not of the form."""
        octets, at = self.octets, number * self.many
        here = slice(at, at + self.many)
        ends = self.ends[here]
        starts = octets.starts(at, self.many)
        end = Spans(octets, ends - SPAN)
        found = h.heads(octets, self.form, starts, self.names) if not (end.bytes(SPAN - 1) == RETURN).any() else None
        if found is None:
            return None
        head, inner = found
        if ((inner > ends) & ~head.other).any() or (starts + head.body >= ends).any():
            return None
        _put(self.head, here, head)
        _put(self.tail, here, t.tails(octets, end, self.errors, self.paths))
        self.label[here] = -1
        of_label = numpy.flatnonzero(self._is_of(LABELLED, head) & (head.fd < 0))
        self.head.fd[of_label + at], self.label[of_label + at] = labels(octets, inner[of_label], self.labels)
        of_path = numpy.flatnonzero(self._is_of(ONE_PATH, head))
        return of_path + at, *paths(octets, inner[of_path], self.paths)

    def _is_of(self, names: frozenset[str], head: h.Heads) -> Flags:
        """Which lines begin a call that has one of these *names*."""
        wanted = numpy.array([name in names for name in [*self.names.words, ""]])  # -1, without a name, is the last
        found: Flags = wanted[head.name] & ~head.resumed
        return found

    def close(self) -> None:
        """Read no more of them."""
        self._shared.close()

    def fields(self) -> Fields | None:
        """All of it, when it is read; ``None`` if one line is not of that form, or no text, or the child has died."""
        try:
            mine, others, told = self._shared.found()
        except ChildProcessError:
            return None
        if not mine.keys() | others.keys() or None in [*mine.values(), *others.values()]:
            return None
        if others:
            self._renumber(others, told)
        found = [each for _, each in sorted((mine | others).items())]
        of_path, path, inside = map(numpy.concatenate, zip(*found, strict=True))
        words = (vocabulary.words for vocabulary in self._vocabularies())
        return Fields(self.ends, self.head, self.tail, self.label, of_path, path, inside, *words)

    def _renumber(self, others: dict[int, OfPaths], told: Sequence[list[str]]) -> None:
        """The child has numbers of its own for the words that it *told*: give them those of this process."""
        name, error, path, label = (words.include(more) for words, more in zip(self._vocabularies(), told, strict=True))
        for number, (of_path, found, inside) in others.items():
            here = slice(number * self.many, (number + 1) * self.many)
            self.head.name[here] = name[self.head.name[here]]
            self.tail.error[here] = error[self.tail.error[here]]
            self.tail.file[here] = path[self.tail.file[here]]
            self.label[here] = label[self.label[here]]
            others[number] = of_path, path[found], inside


def _put(columns: Sequence[Table], here: slice, values: Sequence[Table]) -> None:
    for column, value in zip(columns, values, strict=True):
        column[here] = value
