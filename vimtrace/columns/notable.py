"""The events of a trace that are more than a count and a time: what they do to files, descriptors and processes."""

from typing import NamedTuple

import numpy
import polars

from vimtrace.columns.deeds import ACCEPTS, PARSED
from vimtrace.columns.events import Events, Part
from vimtrace.columns.lines import or_null
from vimtrace.columns.octets import Flags, Places, Table, word
from vimtrace.columns.tails import brackets
from vimtrace.summary import NETWORK, READS, WRITES
from vimtrace.trace.paths import FILE

OTHERS, READ, WRITTEN, ELSE = range(4)  # what calls of a name do, if nothing else is known of them
DATAGRAMS = frozenset({"sendto", "recvfrom"})
NO_SOURCE, NO_TARGET = word(b"L, NULL)"), word(b"NULL, 0)")  # the last arguments, where there is no address
WENT_ON, UNFINISHED = word(b"NULL, 0 "), len("NULL, 0 <unfinished ...>")


class Notable(NamedTuple):
    """*rows*: the notable events. Of the others those that *moved* bytes and were chosen: their last lines, and which
    of these *wrote*.

    The columns of *rows*: ``at``, ``first``, ``order``, ``pid`` and ``name`` (null of what is no call) of an event;
    whether it is a ``call`` or an ``exit``, ``begins``, ``detached``; of the result the ``number`` or null, the
    ``errno`` or null, whether it was ``refused``, is known to mean ``nothing``, or is a descriptor that is ``named``;
    of the arguments the first, if it is a descriptor (``fd``), and its name (``label``) or null: one with a name is not
    always known.
    """

    rows: polars.DataFrame
    moved: Places
    wrote: Flags


def notable(events: Events) -> Notable:
    """Of all *events*."""
    lines = events.lines
    head, tail = lines.fields.head, lines.fields.tail
    kinds = numpy.array([*map(_kind, lines.fields.names), OTHERS], numpy.int8)  # -1, without a name, is the last
    kind = kinds[head.name]
    kind[_addressed(events)] = OTHERS
    moves = (kind == READ) | (kind == WRITTEN)
    fd, resumed = head.fd, numpy.flatnonzero(head.resumed)
    if len(resumed):
        fd = fd.copy()
        fd[resumed] = head.fd[events.first(resumed)]
    plain = tail.plain & (kind != OTHERS) & (tail.error < 0)
    plain &= ~moves | (tail.number == 0) | ((tail.number > 0) & (fd >= 0))
    plain_moves = plain & moves & (tail.number > 0)
    moved = numpy.flatnonzero(plain_moves if events.chosen is None else plain_moves & events.chosen)
    return Notable(_rows(events, numpy.flatnonzero(~plain[events.all()])), moved, kind[moved] == WRITTEN)


def _kind(name: str) -> int:
    if name in NETWORK - DATAGRAMS or name in FILE or name in PARSED or name in ACCEPTS or name == "close":
        return OTHERS
    return READ if name in READS else WRITTEN if name in WRITES else ELSE


def _addressed(events: Events) -> Places:
    """The lines of DATAGRAMS that may name an address: all but those whose last arguments say that they do not."""
    lines = events.lines
    names = numpy.array([name in DATAGRAMS for name in [*lines.fields.names, ""]])
    at = numpy.flatnonzero(names[lines.fields.head.name])
    if not len(at):
        return at
    octets, ends, first = lines.octets, lines.fields.ends, events.first(at)
    bracket = brackets(octets, ends[at])
    last = octets.words[numpy.maximum(bracket - 7, 0)]
    began = octets.words[ends[first] - UNFINISHED]
    bare = (last == NO_SOURCE) | (last == NO_TARGET) | ((first != at) & (began == WENT_ON))
    addressed: Places = at[~(bare & (bracket >= 0))]
    return addressed


def _rows(events: Events, places: Places) -> polars.DataFrame:
    lines, chosen = events.lines, Part(events, places)
    head, tail, at = lines.fields.head, lines.fields.tail, chosen.at
    error, number = lines.error[at], tail.number[at]
    flags = {"refused": tail.error[at] >= 0, "nothing": tail.error[at] >= 0, "named": tail.file[at] >= 0}
    by_line = numpy.argsort(at, kind="stable")  # a call that is lost stands where it was lost
    for name, column in (*flags.items(), ("number", number)):
        rare, told = lines.of_rare(name, at[by_line])
        column[by_line[rare]] = told
    columns: dict[str, Table] = {
        "order": events.order(places),
        "pid": chosen.pid.astype(numpy.int64),
        "call": chosen.name >= 0,
        "exit": chosen.exit,
        "begins": lines.begins[at],
        "detached": lines.detached[at],
        **flags,
    }
    known: dict[str, Table | polars.Series] = {
        "number": number,
        "fd": head.fd[chosen.first].astype(numpy.int64),
        "name": _words(chosen.name, lines.fields.names),
        "label": lines.labels(chosen.first),
        "errno": _words(error, lines.errnos),
    }
    return polars.DataFrame(
        [
            polars.Series("at", at, polars.UInt32),
            polars.Series("first", chosen.first, polars.UInt32),
            *(polars.Series(name, values) for name, values in columns.items()),
            *(_known(name, values) for name, values in known.items()),
        ]
    )


def _words(number: Table, words: list[str]) -> polars.Series:
    """The *words* that have these numbers; null for -1."""
    kind = polars.Enum(words)
    if not words:
        return polars.Series([None], dtype=kind).clear(len(number))
    found = polars.Series(number)
    return polars.select(polars.when(found >= 0).then(found.clip(0).cat.to(kind))).to_series()


def _known(name: str, values: Table | polars.Series) -> polars.Series:
    """*values* under that *name*; null for -1 of numbers."""
    found = polars.Series(name, values)
    return or_null(found) if found.dtype == polars.Int64 else found
