"""Which deeds the parser must see, so that it knows what each descriptor is whenever that matters.

Most descriptors are opened and closed by one process with nothing but reading and writing between, and connecting. Of
these the parser need not know: their bytes are those of the path that was opened, or of the peer. All other deeds it is
told, and of many moves of bytes between two changes only one, with their sum.

An ``epoch`` of a process ends with each deed of its own (or of one that may share its descriptors: its ``table``) that
only the parser understands, and with each deed in common.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy
import polars
from polars import col

from vimtrace.columns.deeds import ALONE, CLOSE, MOVE, OPEN, PEER, deeds
from vimtrace.columns.events import Events
from vimtrace.columns.lines import someone
from vimtrace.columns.octets import Flags, Places, Table
from vimtrace.columns.paths import PLAIN_NAME
from vimtrace.summary import Summary

MOVES = 1 << 18  # that are added up at once
FIRSTS = ("order", "at", "first", "role", "fd", "made", "call", "closes", "path")
TOLD = (*FIRSTS, "pid", "label", "peer", "read", "written")


class Settled(NamedTuple):
    """The *deeds* of a trace, and of those whose descriptor is *known* (their rows, by descriptor and in order) more.

    Each belongs to the *change* of its descriptor that comes before it (a place in *known*), and to an *epoch* of its
    process; *private*: the parser need not know its descriptor, which was *opened* there.
    """

    deeds: polars.DataFrame
    known: Places
    change: Places
    epoch: Table
    private: Flags
    opened: Places


def settle(moves: list[polars.DataFrame], rest: list[polars.DataFrame], tables: dict[int, int]) -> Settled:
    """What is known of the *moves* (summed, plain_moves) and of the deeds *rest*.

    *tables*: of processes that may share descriptors, whose it is.
    """
    found = polars.concat([*(deeds(each.lazy(), role=polars.lit(MOVE)).collect() for each in moves), *rest])
    table, fd = found["pid"].replace(tables).to_numpy(), found["fd"].fill_null(-1).to_numpy()
    order, role = found["order"].to_numpy(), found["role"].to_numpy()
    ends = role <= ALONE  # which end the epoch of their process
    known = numpy.flatnonzero(~ends)
    known = known[numpy.argsort(key(table[known], fd[known], order[known]))]
    own, common = key(table, order), ends & found["common"].to_numpy()
    epoch = numpy.searchsorted(numpy.sort(own[ends]), own[known])
    epoch += numpy.searchsorted(numpy.sort(order[common]), order[known])
    keys = key(table[known], fd[known])
    change, private, opened = _private(found, known, keys, epoch)
    shared = numpy.sort(order[known][(role[known] == PEER) & ~private])
    if len(shared):  # a child may have the same descriptor, which then is connected too: not one that was private
        epoch += numpy.searchsorted(shared, order[known])
        change, private, opened = _private(found, known, keys, epoch)
    return Settled(found, known, change, epoch, private, opened)


def plain_moves(events: Events, moved: Places, wrote: Flags, orders: polars.Series) -> polars.DataFrame:
    """What *moved* bytes on these lines, as deeds.moves has it: one with the sum for all between two *orders*."""
    many = len(events.lines.pid)
    before = numpy.zeros(many + 1, bool)  # the lines before which, or in which, there is one of them
    before[numpy.minimum((orders.to_numpy() + 1) // 2, many)] = True
    place = numpy.cumsum(before, dtype=numpy.int32)
    parts = (slice(at, at + MOVES) for at in range(0, max(len(moved), 1), MOVES))
    return polars.concat([_plain_moves(events, moved[part], wrote[part], place) for part in parts])


def _plain_moves(events: Events, moved: Places, wrote: Flags, place: Table) -> polars.DataFrame:
    """The same for a few of them: one with the sum for all of the same *place*."""
    lines, begun = events.lines, events.first(moved)
    fd, label = lines.fields.head.fd[begun], lines.fields.label[begun]
    columns = place[moved], lines.pid[moved], fd, wrote.view(numpy.int8), label
    of_line = {"key": key(*columns), "at": moved, "number": lines.fields.tail.number[moved]}
    groups = polars.DataFrame(of_line).lazy().group_by("key")
    sums = groups.agg(col("at").first(), col("number").sum()).sort("at").collect()
    at, number = sums["at"].to_numpy(), sums["number"].to_numpy()
    which = numpy.searchsorted(moved, at)
    writes, first = wrote[which], begun[which]
    found = {
        "order": 2 * at + 1,
        "at": at.astype(numpy.uint32),
        "first": first.astype(numpy.uint32),
        "pid": lines.pid[at].astype(numpy.int64),
        "fd": fd[which].astype(numpy.int64),
        "read": numpy.where(writes, 0, number),
        "written": numpy.where(writes, number, 0),
        "label": lines.labels(first),
    }
    return polars.DataFrame(found)


def summed(moved: polars.DataFrame, orders: polars.Series) -> polars.DataFrame:
    """The moves *moved* (deeds.moves): those of a descriptor between two of the *orders* as one.

    The *orders* ascend.
    """
    of, pid, fd = (moved[name].to_numpy() for name in ("order", "pid", "fd"))
    keys = ["key", "label", "peer"]
    of_row = polars.Series(key(numpy.searchsorted(orders.to_numpy(), of), pid, fd))
    firsts = [name for name in moved.columns if name not in (*keys, "read", "written")]
    groups = moved.lazy().with_columns(key=of_row).group_by(keys)
    return groups.agg(col(firsts).first(), col("read", "written").sum()).select(moved.columns).collect()


def key(*columns: Table) -> Table:
    """One number for those that *columns* have in a row: these are ordered by it as they are by the columns."""
    if not len(columns[0]):
        return columns[0]
    edges = [(int(column.min()), int(column.max())) for column in columns]
    if math.prod(most - least + 1 for least, most in edges) >= 1 << 63:
        return _key_of_ranks(columns)
    found = numpy.zeros(len(columns[0]), numpy.int64)
    for column, (least, most) in zip(columns, edges, strict=True):
        found *= most - least + 1
        found += column
        found -= least
    return found


def _key_of_ranks(columns: Sequence[Table]) -> Table:
    """The same of numbers that are too far apart for one of 63 bits."""
    ranks = [numpy.unique(column, return_inverse=True) for column in columns]
    if math.prod(len(different) for different, _ in ranks) < 1 << 63:
        return key(*(rank for _, rank in ranks))
    return numpy.unique(numpy.stack(columns, 1), axis=0, return_inverse=True)[1].ravel()


def _private(found: polars.DataFrame, known: Places, keys: Table, epoch: Table) -> tuple[Places, Flags, Places]:
    """Of the deeds *known*, whose descriptors have one of *keys* each: *change*, *private* and *opened* of Settled.

    Private is what was opened, connected perhaps, and closed by one process in one epoch. A closing itself is told,
    but one between two of these: what was open before under its number is gone with the first that is told.
    """
    columns = found.select("role", "pid", labelled=col("label").is_not_null(), taken=col("peer").is_not_null())
    role, pid, labelled, taken = (columns[name].to_numpy()[known] for name in columns.columns)
    moved = role >= MOVE
    begins = ~moved | ~_as_before(keys)  # the changes, and moves that have none before them
    head, of = numpy.flatnonzero(begins), numpy.cumsum(begins) - 1
    change = head[of]
    clear, named = ~labelled, numpy.flatnonzero(labelled)
    plain = found["label"].gather(known[named]).str.contains(PLAIN_NAME).to_numpy()
    clear[named] = plain | taken[change[named]]
    strange = numpy.cumsum(moved & ~(_as_before(pid) & _as_before(epoch) & clear))  # how many there are up to each
    alike = _as_next(keys[head]) & _as_next(epoch[head])
    opened, first = _runs(role[head], alike & _as_next(strange[head]) & _as_next(pid[head]))
    unmoved = _next(head) == head + 1
    between = (role[head] == CLOSE) & unmoved & alike & _next(opened) & _before(opened)
    return change, (opened | between)[of], head[first][of]


def _runs(role: Table, same: Flags) -> tuple[Flags, Places]:
    """Of changes with these *role*s: which open or connect what is closed later, and the first one of the run of each.

    *same*: whether the next one is of the same descriptor, process and epoch, with nothing strange between.
    """
    opens, closes, connects = (role == each for each in (OPEN, CLOSE, PEER))
    goes_on = same & (opens | connects) & _next(closes | connects)
    begins = ~_before(goes_on)
    run, first, last = numpy.cumsum(begins) - 1, numpy.flatnonzero(begins), numpy.flatnonzero(~goes_on)
    return (opens[first] & closes[last])[run] & ~closes, first[run]


def _next(values: Table) -> Table:
    """For each of *values* the next one; 0 behind the last."""
    return numpy.append(values[1:], values.dtype.type(0))[: len(values)]


def _before(values: Table) -> Table:
    """For each of *values* the one before it; 0 before the first."""
    return _next(values[::-1])[::-1]


def _as_next(values: Table) -> Flags:
    """Whether each of *values* is as the next one."""
    return numpy.append(values[1:] == values[:-1], False)[: len(values)]


def _as_before(values: Table) -> Flags:
    """Whether each of *values* is as the one before it."""
    return _as_next(values[::-1])[::-1]


def count(settled: Settled, only: Callable[[polars.DataFrame], polars.DataFrame], summary: Summary) -> None:
    """Tell *summary* of the bytes of the private descriptors, and of the connections that were taken.

    *only*: those of some deeds that count.
    """
    known = settled.known
    mine = settled.private & (settled.deeds["role"].to_numpy()[known] == MOVE)
    change = settled.deeds.select("path", far="peer")[known[settled.change[mine]]]
    moved = settled.deeds.select("pid", "read", "written", "label", "peer")[known[mine]].with_columns(*change)
    name = polars.coalesce(col("label").str.extract(PLAIN_NAME, 1), "path")
    moved = moved.with_columns(name=name, peer=polars.coalesce("far", "peer"))
    of_files = moved.lazy().filter(col("peer").is_null()).group_by("name").agg(col("read", "written").sum())
    for name, read, written in of_files.filter(col("name").is_not_null()).collect().iter_rows():
        summary.moved(name, "", None, read, written)
    taken = only(settled.deeds.filter(col("role") == OPEN)).lazy().with_columns(read=0, written=0, calls=1)
    both = [
        each.select("peer", "pid", "read", "written", "calls") for each in (moved.lazy().with_columns(calls=0), taken)
    ]
    of_peers = polars.concat(both, how="vertical_relaxed").filter(col("peer").is_not_null()).group_by("peer", "pid")
    for peer, pid, received, sent, calls in of_peers.agg(col("read", "written", "calls").sum()).collect().iter_rows():
        summary.moved("", peer, someone(pid), received, sent)
        summary.connections[peer].calls += calls


def told(settled: Settled) -> polars.DataFrame:
    """The deeds that the processes are to be told of: one of the moves behind each change, with their sum."""
    shown = ~settled.private
    others = settled.deeds.lazy().filter(col("role") <= ALONE).select(TOLD)
    known = settled.deeds.select(TOLD)[settled.known[shown]]
    known = known.with_columns(change=settled.change[shown], epoch=settled.epoch[shown])
    changes, moved = (known.lazy().filter(of) for of in (col("role") != MOVE, col("role") == MOVE))
    sums = moved.group_by("change", "pid", "epoch", "label", "peer").agg(
        col(FIRSTS).first(), col("read", "written").sum()
    )
    return polars.concat([each.select(TOLD) for each in (sums, changes, others)]).collect()


def tables(forks: list[dict[str, Any]]) -> dict[int, int]:
    """The processes of which some share descriptors, each with one of them: from *forks* (in the order of ``first``).

    Each has ``pid``, ``first``, ``at``, the ``child`` and whether it ``shares``. Forks that are under way at the same
    time are taken together: the parser may take the child of one for that of the other.
    """
    found: dict[int, int] = {}
    together: list[dict[str, Any]] = []
    for fork in [*forks, None]:
        if fork is None or (together and fork["first"] > max(f["at"] for f in together)):
            if any(f["shares"] for f in together):
                _unite(found, {pid for f in together for pid in (f["pid"], f["child"])})
            together = []
        if fork is not None:
            together.append(fork)
    return found


def _unite(found: dict[int, int], pids: set[int]) -> None:
    roots = {found.get(pid, pid) for pid in pids}
    root = min(roots)
    found.update(dict.fromkeys(pids, root))
    for pid, old in found.items():
        if old in roots:
            found[pid] = root
