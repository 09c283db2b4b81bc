"""What a great trace adds up to, by columns (numpy and polars, extra ``fast``): as summary.py and tree.py, sooner.

It is for one plain file of ``strace -o FILE``, with or without -f, -y, -T and time stamps, whose lines are calls,
signals and exits, and for the files of ``-ff``. ``None`` for anything else, and where one line is not of these: then
the slow way must do it, which understands all.
"""

import gc
import os
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from vimtrace import memory
from vimtrace.columns.content import Content, Text
from vimtrace.trace.dialects import STRACE
from vimtrace.trace.source import find, pid_in

if TYPE_CHECKING:
    from vimtrace.columns.form import Form
    from vimtrace.columns.lines import Lines
    from vimtrace.columns.octets import Octets, Places
    from vimtrace.filter import Filter
    from vimtrace.trace.process import Processes

ENOUGH = 1 << 20  # bytes, from which on it is worth while
MEMORY = 12  # times the size of the file: what it takes at most, measured
KEPT = 31 << 20  # bytes, nearly the greatest block that glibc keeps
GROUPS = ("call", "pid", "errno", "path")


@contextmanager
def uncollected() -> Iterator[None]:
    """Have Python not look for cycles: of what is made here, all of which is kept, each search looks at everything."""
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()


@uncollected()
def calls(
    files: Sequence[str], by: str = "call", where: "Filter | None" = None, least: int = ENOUGH
) -> list[dict[str, Any]] | None:
    """``Summary.data()["groups"]``, *by* one of GROUPS, of the trace in *files* if it has *least* bytes or more.

    Of the calls that *where* matches.
    """
    if by in ("pid", "path"):  # the names of processes and files are known when all else is
        whole = summary(files, by, where, least)
        return whole["groups"] if whole is not None else None
    lines = _lines(find(files), least)
    if lines is None:
        return None
    from vimtrace.columns import totals
    from vimtrace.columns.events import events

    found = events(lines)
    if found is None:
        return None
    if where is not None:
        from vimtrace.columns.whole import chosen

        if not chosen(found, where):
            return None
    return totals.GROUPS[by](found)


@uncollected()
def summary(
    files: Sequence[str], by: str = "call", where: "Filter | None" = None, least: int = ENOUGH
) -> dict[str, Any] | None:
    """``Summary.data()``, *by* one of GROUPS, of the trace in *files* if it has *least* bytes or more.

    Of the events that *where* matches.
    """
    lines = _lines(find(files), least)
    if lines is None:
        return None
    from vimtrace.columns.whole import data

    try:
        return data(lines, by, where)
    except ChildProcessError:
        return None


@uncollected()
def processes(files: Sequence[str], least: int = ENOUGH) -> "Processes | None":
    """The processes of the trace in *files* if it has *least* bytes or more, as tree.py shows them."""
    lines = _lines(find(files), least)
    if lines is None:
        return None
    from vimtrace.columns.whole import processes

    return processes(lines)


def _lines(paths: list[str], least: int) -> "Lines | None":
    """The lines of the trace in *paths*, if they can be read by columns here."""
    reader = None
    try:
        form = _form(paths, least)
        if form is None:
            return None
        with _interrupt_kept():
            _prepare()
            text = _text(paths, form)
            if text is None:
                return None
            content, form, numbers = text
            from vimtrace.columns.fields import Reader
            from vimtrace.columns.octets import Octets

            octets = Octets(content)
            begun = _begun(octets)
            if begun == "unknown":
                octets.leave_out_last()
            reader = Reader(octets, form)
            from vimtrace.columns.lines import lines  # polars takes as long to import as a million lines to read
        found = reader.fields()
    except (ImportError, OSError):  # one of the two is not there, or too old; the slow way says what cannot be read
        return None
    finally:
        if reader is not None:
            reader.close()
    if found is None:
        return None
    if numbers is not None:
        from vimtrace.columns.sets import are_strace

        if not are_strace(paths, found.names):
            return None
    return lines(octets, found, form, pid_in(paths[0]), begun == "cut", numbers)


def _text(paths: list[str], form: "Form") -> "tuple[Text, Form, Places | None] | None":
    """The text of *paths*, its form, and of a set the numbers of its lines; ``None`` if it cannot be had."""
    if len(paths) == 1:
        return Content(paths[0]), form, None
    from vimtrace.columns import sets

    return sets.merged(paths, form)


def _begun(octets: "Octets") -> str | None:
    """Of which kind the last line is, if it has no end, as that of a trace that still grows.

    One that is "cut" the parser's Joiner takes for a call that had not ended; one that is "unknown" is no more.
    """
    match = None if octets.whole else STRACE.pattern.match(octets.last())
    return match.lastgroup if match is not None else None


def _prepare() -> None:
    """Have what is freed between two steps be used by the next one, in great pages: new memory costs more than these.

    And have no threads wait for a product of matrices: numpy's would be busy with that from the beginning.

    glibc gives blocks back at once that are greater than any that was freed before (mallopt(3), M_MMAP_THRESHOLD).
    That of polars is told so by the environment, when it is imported (jemalloc(3), TUNING).
    """
    bytes(KEPT)
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    os.environ.setdefault("_RJEM_MALLOC_CONF", "thp:always,dirty_decay_ms:-1,muzzy_decay_ms:-1")


@contextmanager
def _interrupt_kept() -> Iterator[None]:
    """Have SIGINT do what it did: polars takes it when it is imported, and forgets one that comes between two queries.

    The threads that begin here, numpy's among them, leave it to this one.
    """
    before, mask = signal.getsignal(signal.SIGINT), signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)


def _form(paths: list[str], least: int) -> "Form | None":
    """The form of the lines in *paths*, if they can be read by columns here."""
    sizes = [os.path.getsize(path) for path in paths if os.path.isfile(path)]
    if len(sizes) < len(paths) or not least <= sum(sizes) < memory.available() // MEMORY or not find_spec("polars"):
        return None
    from vimtrace.columns.form import form

    path = next((path for path, size in zip(paths, sizes, strict=True) if size), paths[0])
    return form(path)
