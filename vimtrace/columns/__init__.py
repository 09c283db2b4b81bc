"""The summary of a great trace by columns (polars, extra ``fast``): that of summary.py, sooner.

It is for one plain file of ``strace -o FILE``, with or without -f, -y, -T and time stamps, whose lines are calls,
signals and exits. ``None`` for anything else, and where one line is not of these: then the slow way must do it, which
understands all.
"""

import os
from typing import TYPE_CHECKING, Any

from vimtrace import memory

if TYPE_CHECKING:
    from vimtrace.columns.lines import Lines

ENOUGH = 1 << 20  # bytes, from which on it is worth while
MEMORY = 12  # times the size of the file: what it takes at most, measured


def calls(path: str, least: int = ENOUGH) -> list[dict[str, Any]] | None:
    """``Summary.data()["groups"]`` by call, of the trace in *path* if it has *least* bytes or more."""
    lines = _lines(path, least)
    if lines is None:
        return None
    from vimtrace.columns.totals import events, groups

    return groups(events(lines))


def summary(path: str, least: int = ENOUGH) -> dict[str, Any] | None:
    """``Summary.data()`` by call, of the trace in *path* if it has *least* bytes or more."""
    lines = _lines(path, least)
    if lines is None:
        return None
    from vimtrace.columns.whole import data

    return data(lines)


def _lines(path: str, least: int) -> "Lines | None":
    if not os.path.isfile(path) or not least <= os.path.getsize(path) < memory.available() // MEMORY:
        return None
    from vimtrace.columns.form import form

    found = form(path)
    if found is None:
        return None
    try:
        from vimtrace.columns.lines import read
    except ImportError:  # no polars
        return None
    return read(path, found)
