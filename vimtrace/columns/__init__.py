"""The summary of a great trace by columns (numpy and polars, extra ``fast``): that of summary.py, sooner.

It is for one plain file of ``strace -o FILE``, with or without -f, -y, -T and time stamps, whose lines are calls,
signals and exits. ``None`` for anything else, and where one line is not of these: then the slow way must do it, which
understands all.
"""

import os
from typing import TYPE_CHECKING, Any

from vimtrace import memory

if TYPE_CHECKING:
    from vimtrace.columns.form import Form

ENOUGH = 1 << 20  # bytes, from which on it is worth while
MEMORY = 12  # times the size of the file: what it takes at most, measured
GROUPS = ("call", "pid", "errno")


def calls(path: str, by: str = "call", least: int = ENOUGH) -> list[dict[str, Any]] | None:
    """``Summary.data()["groups"]``, *by* one of GROUPS, of the trace in *path* if it has *least* bytes or more."""
    if by == "pid":  # the names of processes are known when all else is
        whole = summary(path, by, least)
        return whole["groups"] if whole is not None else None
    found = _form(path, least)
    if found is None:
        return None
    from vimtrace.columns.lines import read
    from vimtrace.columns.totals import events, groups

    lines = read(path, found)
    return groups(events(lines), by) if lines is not None else None


def summary(path: str, by: str = "call", least: int = ENOUGH) -> dict[str, Any] | None:
    """``Summary.data()``, *by* one of GROUPS, of the trace in *path* if it has *least* bytes or more."""
    found = _form(path, least)
    if found is None:
        return None
    from vimtrace.columns.lines import read
    from vimtrace.columns.whole import data

    lines = read(path, found)
    return data(lines, by) if lines is not None else None


def _form(path: str, least: int) -> "Form | None":
    """The form of the lines of *path*, if they can be read by columns here."""
    if not os.path.isfile(path) or not least <= os.path.getsize(path) < memory.available() // MEMORY:
        return None
    try:
        import numpy  # noqa: F401
        import polars  # noqa: F401
    except ImportError:
        return None
    from vimtrace.columns.form import form

    return form(path)
