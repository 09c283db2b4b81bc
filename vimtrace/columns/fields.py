"""What stands where in each line of a file, by numpy: in the lines that look as most do, and which do not."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import numpy

from vimtrace.columns.form import Form
from vimtrace.columns.heads import Heads, heads
from vimtrace.columns.octets import CORES, RETURN, ROOM, Octets, Places
from vimtrace.columns.quoted import Paths, paths
from vimtrace.columns.tails import Tails, tails
from vimtrace.trace.paths import FILE, TWO

LINES = 1 << 16  # that are looked at together: few enough for a core's cache, enough to let the other core go on
ONE_PATH = FILE - TWO
Each = Callable[..., Any]


class Fields(NamedTuple):
    """Of all lines, from *starts* to *ends*; *path* is of those *of_path* (from 0) alone."""

    starts: Places
    ends: Places
    head: Heads
    tail: Tails
    of_path: Places
    path: Paths


def read(path: str, form: Form) -> tuple[Octets, Fields] | None:
    """The bytes of *path* and its lines; ``None`` if one of these is not of that *form*, or no text. Raises OSError."""
    octets = Octets(path)
    found = fields(octets, form) if octets.is_text() else None
    return (octets, found) if found is not None else None


def fields(octets: Octets, form: Form) -> Fields | None:
    """Of the lines of *octets*; ``None`` if one is not of that *form*."""
    with ThreadPoolExecutor(CORES) as pool:  # numpy lets go of Python's lock
        ends = octets.ends
        starts = numpy.concatenate([[ROOM], ends + 1])[:-1]
        pieces = [slice(at, at + LINES) for at in range(0, len(ends), LINES)]
        found = list(pool.map(lambda piece: _piece(octets, form, starts[piece], ends[piece]), pieces))
        known = [piece for piece in found if piece is not None]
        if not known or len(known) < len(found):
            return None
        head, tail, of_path, path = zip(*known, strict=True)
        of_file = [places + piece.start for places, piece in zip(of_path, pieces, strict=True)]
        return Fields(
            starts,
            ends,
            Heads(**_joined(pool.map, head, "name", "names")),
            Tails(**_joined(pool.map, tail, "error", "errors")),
            numpy.concatenate(of_file),
            Paths(*map(numpy.concatenate, zip(*path, strict=True))),
        )


def _piece(octets: Octets, form: Form, starts: Places, ends: Places) -> tuple[Heads, Tails, Places, Paths] | None:
    if (octets.bytes[ends - 1] == RETURN).any():
        return None
    found = heads(octets, form, starts)
    if found is None:
        return None
    head, inner = found
    if (inner[~head.other] > ends[~head.other]).any() or (starts + head.body >= ends).any():
        return None
    wanted = numpy.array([name in ONE_PATH for name in [*head.names, ""]])  # -1, without a name, is the last
    of_path = numpy.flatnonzero(wanted[head.name] & ~head.resumed)
    return head, tails(octets, ends), of_path, paths(octets, inner[of_path])


def _joined(each: Each, pieces: Sequence[Any], place: str, words: str) -> dict[str, Any]:
    """The columns of *pieces*, one after the other, with one list of *words* in which each has its *place*."""
    numbers: dict[str, int] = {}
    columns = {name: [getattr(piece, name) for piece in pieces] for name in pieces[0]._fields if name != words}
    known = [[*(numbers.setdefault(word, len(numbers)) for word in getattr(piece, words)), -1] for piece in pieces]
    columns[place] = [numpy.array(new, numpy.int32)[old] for new, old in zip(known, columns[place], strict=True)]
    return {**dict(zip(columns, each(numpy.concatenate, columns.values()), strict=True)), words: list(numbers)}
