"""Which deeds the parser must see, so that it knows what each descriptor is whenever that matters.

Most descriptors are opened and closed by one process with nothing but reading and writing between. Of these the
parser need not know: their bytes are those of the path that was opened. All other deeds it is told, and of many moves
of bytes between two changes only one, with their sum.

An ``epoch`` of a process ends with each deed of its own (or of one that may share its descriptors: its ``table``) that
only the parser understands, and with each deed in common.
"""

from typing import Any

import numpy
import polars
from polars import col

from vimtrace.columns.deeds import ALONE, CLOSE, MOVE, OPEN, deeds
from vimtrace.columns.lines import NOBODY, Lines
from vimtrace.columns.octets import Flags, Places, Table
from vimtrace.columns.paths import PLAIN_NAME
from vimtrace.summary import Connection, Summary
from vimtrace.trace import paths

MOVES = 1 << 18  # that are added up at once
FDS = 1 << 32  # more than there are descriptors


def settle(moves: list[polars.DataFrame], rest: polars.DataFrame, tables: dict[int, int]) -> polars.DataFrame:
    """The deeds of a trace in their order, each with its ``segment``: what follows one change of a descriptor.

    ``private``: of a descriptor that the parser need not know; ``name``: what its bytes are of. *tables*: of
    processes that may share descriptors, the one whose table it is.
    """
    found = _summed(moves, rest).sort("order").with_columns(table=col("pid").replace(tables))
    alone = (col("role") <= ALONE).cast(polars.Int64)
    found = found.with_columns(epoch=col("common").cast(polars.Int64).cum_sum() + alone.cum_sum().over("table"))
    known = found.filter(col("role") > ALONE).with_columns(key=col("table") * FDS + col("fd"))
    known = known.sort("key", maintain_order=True)
    return polars.concat([_private(known).drop("key"), found.filter(col("role") <= ALONE)], how="diagonal")


def plain_moves(lines: Lines, moved: Places, wrote: Flags, orders: polars.Series) -> polars.DataFrame:
    """The lines that *moved* bytes, as deeds.moves has them: one with the sum for all between two of the *orders*."""
    before = numpy.zeros(len(lines.pid) + 1, bool)  # the lines before which, or in which, there is one of them
    before[numpy.minimum((orders.to_numpy() + 1) // 2, len(lines.pid))] = True
    place = numpy.cumsum(before, dtype=numpy.int32)
    parts = (slice(at, at + MOVES) for at in range(0, max(len(moved), 1), MOVES))
    return polars.concat([_plain_moves(lines, moved[part], wrote[part], place) for part in parts])


def _plain_moves(lines: Lines, moved: Places, wrote: Flags, place: Table) -> polars.DataFrame:
    """The same for a few of them: one with the sum for all of the same *place*."""
    columns = place[moved], lines.pid[moved], lines.fields.head.fd[moved], wrote.view(numpy.int8)
    of_line = {"key": _key(*map(polars.Series, columns)), "at": moved, "number": lines.fields.tail.number[moved]}
    groups = polars.DataFrame(of_line).lazy().group_by("key")
    sums = groups.agg(col("at").first(), col("number").sum()).sort("at").collect()
    at, number = sums["at"].to_numpy(), sums["number"].to_numpy()
    writes = wrote[numpy.searchsorted(moved, at)]
    found = {
        "order": 2 * at + 1,
        "at": at.astype(numpy.uint32),
        "first": at.astype(numpy.uint32),
        "pid": lines.pid[at].astype(numpy.int64),
        "fd": lines.fields.head.fd[at].astype(numpy.int64),
        "read": numpy.where(writes, 0, number),
        "written": numpy.where(writes, number, 0),
    }
    return polars.DataFrame(found)


def _summed(moves: list[polars.DataFrame], rest: polars.DataFrame) -> polars.DataFrame:
    """*moves* and *rest*; the moves of a descriptor between two deeds of the rest are one."""
    orders = rest["order"].sort().to_numpy()
    sums = []
    for moved in moves:  # without labels, and with them
        place = polars.Series(numpy.searchsorted(orders, moved["order"].to_numpy()))
        keys = {"key": _key(place, moved["pid"], moved["fd"])}
        if "label" in moved.columns:
            keys["name"] = moved["label"]
        firsts = [name for name in moved.columns if name not in ("read", "written")]
        groups = moved.lazy().with_columns(**keys).group_by(*keys)
        sums.append(groups.agg(col(firsts).first(), col("read", "written").sum()))
    return polars.concat([*(deeds(each, role=polars.lit(MOVE)).collect() for each in sums), rest])


def _key(*columns: polars.Series) -> polars.Series:
    """One number, where there is room for it, for the numbers that *columns* have in a row: it is grouped by sooner."""
    if not len(columns[0]):
        return columns[0]
    key, size = numpy.zeros(len(columns[0]), numpy.int64), 1
    for column in columns:
        least, most = int(column.min()), int(column.max())  # type: ignore[arg-type]
        size *= most - least + 1
        if size >= 1 << 63:
            return polars.DataFrame([each.alias(str(at)) for at, each in enumerate(columns)]).to_struct()
        key *= most - least + 1
        key += column.to_numpy()
        key -= least
    return polars.Series(key)


def _private(known: polars.DataFrame) -> polars.DataFrame:
    """*known* (all but ALONE, by descriptor), with ``segment``, ``private`` and ``name``."""
    moved, label = col("role") == MOVE, col("label").str.extract(PLAIN_NAME, 1)
    same = {name: (col(name) == col(name).shift(1)).fill_null(False) for name in ("key", "pid", "epoch")}
    known = known.with_columns(begins=~moved | ~same["key"]).with_row_index("row")
    segment = known["begins"].cum_sum()
    of = segment - 1
    known = known.with_columns(peer=known.filter("begins")["peer"].gather(of))
    clear = col("label").is_null() | label.is_not_null() | col("peer").is_not_null()
    known = known.with_columns(strange=(moved & ~(same["pid"] & same["epoch"] & clear)).cum_sum())
    heads = known.filter("begins").with_columns(
        alike=polars.all_horizontal(col(name) == col(name).shift(-1) for name in ("key", "epoch")).fill_null(False),
        clean=col("strange") == col("strange").shift(-1),
        alone=col("row") + 1 == col("row").shift(-1),
    )
    closed = (col("role").shift(-1) == CLOSE) & (col("pid") == col("pid").shift(-1))
    heads = heads.with_columns(opened=((col("role") == OPEN) & col("alike") & col("clean") & closed).fill_null(False))
    again = (col("role") == CLOSE) & col("alone") & col("alike") & col("opened").shift(1) & col("opened").shift(-1)
    heads = heads.with_columns(private=col("opened") | again.fill_null(False))
    return known.drop("begins", "strange", "row").with_columns(
        segment=segment,
        private=heads["private"].gather(of),
        name=polars.coalesce(label, heads["path"].gather(of)),
    )


def count(settled: polars.DataFrame, summary: Summary) -> None:
    """Tell *summary* of the bytes of the private descriptors, and of the connections that were taken."""
    moved = settled.lazy().filter("private", col("role") == MOVE)
    of_files = moved.filter(col("peer").is_null(), col("name").is_not_null()).group_by("name")
    for name, read, written in of_files.agg(col("read", "written").sum()).collect().iter_rows():
        if name.startswith("/") or (name and not name.startswith(paths.NOT_FILES)):
            file = summary.file(name)
            file.read += read
            file.written += written
    taken = settled.lazy().filter(col("role") == OPEN).with_columns(read=0, written=0)
    both = polars.concat([moved.with_columns(calls=0), taken.with_columns(calls=1)], how="vertical_relaxed")
    of_peers = both.filter(col("peer").is_not_null()).group_by("peer", "pid").agg(col("read", "written", "calls").sum())
    for peer, pid, received, sent, calls in of_peers.collect().iter_rows():
        connection = summary.connections.setdefault(peer, Connection())
        connection.pids.add(pid if pid != NOBODY else None)
        connection.received += received
        connection.sent += sent
        connection.calls += calls


def told(settled: polars.DataFrame) -> polars.DataFrame:
    """The deeds that the processes are to be told of: one of the moves of each segment, with their sum."""
    known = settled.filter(~col("private").fill_null(False))
    moved = known.lazy().filter(col("role") == MOVE).group_by("segment", "pid", "epoch", "label")
    names = ["order", "at", "first", "role", "fd", "made", "call", "closes"]
    sums = moved.agg(col(names).first(), col("read", "written").sum())
    names += ["read", "written", "pid", "label"]
    return polars.concat([sums.select(names).collect(), known.filter(col("role") != MOVE).select(names)])


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
