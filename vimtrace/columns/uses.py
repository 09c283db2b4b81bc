"""The files that the calls of a great trace are about, by columns: what they name, and what their descriptors name.

It is for traces in which the tracer names no descriptors (-y): then a name comes from the call that opened.
"""

from typing import NamedTuple

import numpy
import polars
from polars import col

from vimtrace.columns import deeds
from vimtrace.columns import octets as o
from vimtrace.columns.asked import asked
from vimtrace.columns.content import ROOM
from vimtrace.columns.deeds import ALONE, MARK, OPEN, USE
from vimtrace.columns.descriptors import Settled, key
from vimtrace.columns.events import Events
from vimtrace.columns.octets import PIECE, Flags, Octets, Places, Table, Words
from vimtrace.columns.quoted import digested
from vimtrace.trace import paths
from vimtrace.trace.event import Call

STOPS = "=:,) ("  # of which one ends a word
SPELLED = numpy.zeros(256, bool)  # what begins a name of an argument (-N)
SPELLED[[*b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_"]] = True


class Uses(NamedTuple):
    """The calls whose first argument is a descriptor, by their *place*; each belongs to a *group*, and that has a deed.

    Those of one group are of the same process and descriptor, with nothing between that changes what this is.
    """

    place: Places
    group: Table
    deeds: polars.DataFrame


class Pairs(NamedTuple):
    """The event at a *place* is about the file that has this *number* among *names*."""

    place: Places
    number: Table
    names: list[str]


def names_descriptors(events: Events) -> bool:
    """Whether the tracer does it in one of the calls."""
    lines, at = events.lines, events.all()
    if lines.fields.labels or (lines.fields.tail.file >= 0).any() or lines.told["named"].any():
        return True
    there = numpy.zeros(len(lines.ns) + 1, bool)
    there[numpy.searchsorted(lines.fields.ends, _named(lines.octets))] = True
    places = numpy.flatnonzero(there[at] | there[events.first(at)])
    return any(isinstance(event, Call) and event.descriptors for event in asked(events, places))


def _named(octets: Octets) -> Places:
    """Where there may be the name of a descriptor: behind a number or AT_FDCWD, also in a string."""
    found = []
    for at in range(ROOM, octets.end, PIECE):
        opened = numpy.flatnonzero(octets.bytes[at : min(at + PIECE, octets.end)] == ord("<")) + at
        before = octets.bytes[opened - 1]
        found.append(opened[(before - ord("0") < 10) | (before == ord("D"))])
    return numpy.concatenate([numpy.zeros(0, numpy.int64), *found])


def uses(events: Events, rest: list[polars.DataFrame], orders: polars.Series) -> Uses:
    """Of the chosen *events* those that the deeds *rest* do not leave to the parser; these have *orders*, ascending."""
    at = events.all()
    fd = descriptors(events, at)
    place = numpy.flatnonzero((fd >= 0) & (events.chosen[at] if events.chosen is not None else True))
    order = events.order(place)
    of_parser = polars.concat(rest).filter(col("role").is_in([ALONE, MARK]))["at"].to_numpy()
    left = ~numpy.isin(at[place], of_parser)
    place, order = place[left], order[left]
    before = numpy.searchsorted(orders.to_numpy(), order)
    pid = events.lines.pid[at[place]]
    _, example, group = numpy.unique(key(before, pid, fd[place]), return_index=True, return_inverse=True)
    last = at[place][example]
    columns = {
        "order": order[example] & ~1,  # before what the call itself does
        "at": last.astype(numpy.uint32),
        "first": events.first(last).astype(numpy.uint32),
        "pid": pid[example].astype(numpy.int64),
        "fd": fd[place][example].astype(numpy.int64),
        "made": numpy.arange(len(example)),
    }
    return Uses(place, group, deeds.deeds(polars.DataFrame(columns).lazy(), role=polars.lit(USE)).collect())


def descriptors(events: Events, at: Places) -> Table:
    """Of the events that end *at* these lines the descriptor that is the first argument, as Call.fd has it; else -1."""
    lines = events.lines
    head, first = lines.fields.head, events.first(at)
    fd = numpy.where(head.name[at] >= 0, head.fd[first], -1)
    left = numpy.flatnonzero((head.name[at] >= 0) & (fd < 0))
    begin = lines.fields.starts(first[left]) + head.body[first[left]]
    lengths = numpy.array([*map(len, lines.fields.names), 0])
    odd = left[_odd(lines.octets, begin, begin + lengths[head.name[at[left]]] + 1)]
    if lines.cut:
        odd = numpy.union1d(odd, numpy.flatnonzero(first == len(lines.ns) - 1))
    calls = (event for event in asked(events, odd) if isinstance(event, Call))
    fd[odd] = [call.fd if call.fd is not None else -1 for call in calls]
    return fd


def _odd(octets: Octets, begin: Places, inner: Places) -> Flags:
    """Which of the calls that *begin* there go on from a lost line, or whose arguments (*inner*) numpy does not know.

    These have names, or may be short hexadecimal numbers.
    """
    orphan = octets.bytes[begin] == ord("<")
    orphan |= octets.words[inner] & 0xFFFF == o.word(b"0x")
    spelled = ~orphan & SPELLED[octets.bytes[inner]]
    begin = inner[spelled]
    length, _ = digested(octets, begin, _ends_word)
    behind = octets.bytes[begin + length]
    found: Flags = orphan
    found[spelled] = (behind == ord("=")) | (behind == ord(":"))
    return found


def _ends_word(words: Words) -> Words:
    found = o.control(words)
    for byte in STOPS:
        found |= o.equal(words, byte)
    return found


def pairs(events: Events, files: polars.DataFrame, found: Uses, named: polars.DataFrame) -> Pairs:
    """What the chosen *events* are about: of the *files* (paths.named), and of the uses *found*.

    *named*: the names of these by the number of their deed (``made``), and of other calls by their ``first`` line.
    """
    groups = named.filter(col("made").is_not_null()).select(group="made", name="name")
    by_use = polars.DataFrame({"place": found.place, "group": found.group}).join(groups, on="group")
    others = named.filter(col("made").is_null())
    plain = ~col("odd") & ~col("name").is_in(paths.TWO)
    of_files = events.only(files)
    known = of_files.filter(plain, col("path").is_not_null())
    together = [
        by_use.select("place", "name"),
        polars.DataFrame({"place": events.place(others["first"].to_numpy()), "name": others["name"]}),
        polars.DataFrame({"place": events.place(known["first"].to_numpy()), "name": known["path"]}),
        _of_parser(events, events.place(of_files.filter(~plain)["first"].to_numpy())),
    ]
    whole = polars.concat([each.with_columns(col("place").cast(polars.Int64)) for each in together])
    whole = whole.filter(col("name") != "").unique().sort("place", "name")
    names = whole["name"].unique().sort()
    number = whole["name"].cast(polars.Enum(names)).to_physical().cast(polars.Int64).to_numpy()
    return Pairs(whole["place"].to_numpy(), number, names.to_list())


def _of_parser(events: Events, places: Places) -> polars.DataFrame:
    """The paths that the events at these *places* name, as the parser tells."""
    rows = [
        (place, path)
        for place, call in zip(places.tolist(), asked(events, places), strict=True)
        if isinstance(call, Call)
        for path in paths.named(call)
    ]
    return polars.DataFrame(rows, {"place": polars.Int64, "name": polars.String}, orient="row")


def names(settled: Settled, of_groups: dict[int, str], of_calls: dict[int, str]) -> polars.DataFrame:
    """What is known of uses: of those that are private, of others as the parser's processes had it (Plain.names).

    *of_calls*: of the calls that only the parser understands, by their first line. In the columns of pairs().
    """
    known = settled.known
    mine = numpy.flatnonzero(settled.private & (settled.deeds["role"].to_numpy()[known] == USE))
    opened = settled.deeds.select("role", "path")[known[settled.opened[mine]]]
    private = opened.select(name=polars.when(col("role") == OPEN).then("path"))
    private = private.with_columns(settled.deeds["made"].gather(known[mine]), first=polars.lit(None, polars.Int64))
    schema = {"made": polars.Int64, "first": polars.Int64, "name": polars.String}
    others = [
        {"made": [*of_groups], "name": [*of_groups.values()]},
        {"first": [*of_calls], "name": [*of_calls.values()]},
    ]
    told = [polars.DataFrame(each, {name: schema[name] for name in each}) for each in others]
    found = private.filter(col("name").is_not_null())
    return polars.concat([*told, found.select(*schema)], how="diagonal").select(*schema)
