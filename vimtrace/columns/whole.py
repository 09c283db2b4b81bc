"""The whole summary, put together from what the columns tell and what the parser does."""

from typing import Any

import polars
from polars import col

from vimtrace.columns import deeds, descriptors, paths, totals
from vimtrace.columns.deeds import ALONE, MOVE, PARSED
from vimtrace.columns.form import NUMBER, REFUSED
from vimtrace.columns.lines import Lines
from vimtrace.columns.parsed import Lives, Parsed
from vimtrace.summary import READS, WRITES
from vimtrace.trace.join import FORKS
from vimtrace.trace.paths import FILE

NAMES = FILE | READS | WRITES | PARSED | {"close"}


def data(lines: Lines) -> dict[str, Any] | None:
    """``Summary.data()`` of *lines*."""
    events = totals.events(lines)
    rows = lines.whole(events.filter(col("name").is_in(NAMES)))
    files, lives = paths.named(rows), Lives(events)
    rest = polars.concat(
        [deeds.opens(files), deeds.closes(rows), deeds.others(rows), _births(events, lives), _begun(rows)]
    )
    settled = descriptors.settled(deeds.moves(rows), rest, _tables(rows))
    told = descriptors.told(settled)
    odd = files.filter("odd")
    others = events.filter(~col("call"))
    seen = polars.concat([frame.select("at", "first") for frame in (told, odd, others)])
    summed = told.filter(col("role") == MOVE)
    sums = {first: (read, written) for first, read, written in summed.select("first", "read", "written").iter_rows()}
    alone = set(told.filter(col("role") == ALONE)["first"])
    parsed = Parsed(lines, alone, sums, set(odd["first"]))
    summary = parsed.summary({*seen["at"], *seen["first"]})
    lives.tell(summary)
    paths.count(files, summary)
    descriptors.count(settled, summary)
    begin, end = totals.span(events)
    summary.lines, summary.events, summary.begin, summary.end = len(lines.text), len(events), begin, end
    return {
        **summary.data(),
        "groups": totals.groups(lines, events),
        "slowest": totals.slowest(lines, events),
        "gaps": totals.gaps(events),
    }


def _births(events: polars.DataFrame, lives: Lives) -> polars.DataFrame:
    """The events with which processes begin, as deeds."""
    return deeds.marks(events.filter(col("at").is_in(lives.births().implode())))


def _begun(rows: polars.DataFrame) -> polars.DataFrame:
    """The lines on which forks begin that end on another, as deeds."""
    forks = rows.filter(col("name").is_in(FORKS), col("first") != col("at"))
    return deeds.marks(forks.with_columns(at="first", order=col("first").cast(polars.Int64) * 2 + 1))


def _tables(rows: polars.DataFrame) -> dict[int, int]:
    forks = rows.filter(col("name").is_in(FORKS), ~col("line").str.contains(REFUSED)).sort("first")
    shares = col("head").str.contains("CLONE_FILES") | col("line").str.contains("CLONE_FILES")
    at = polars.when("begins").then(polars.lit(len(rows) and 1 << 32)).otherwise("at")
    child = col("line").str.extract(NUMBER, 1).cast(polars.Int64)
    found = forks.select("pid", "first", at=at, child=child, shares=shares)
    if len(found.filter("shares", col("child").is_null())):
        return dict.fromkeys(rows["pid"].unique(), 0)
    return descriptors.tables(found.to_dicts())
