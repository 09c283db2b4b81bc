"""The whole summary, put together from what the columns tell and what the parser does."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import polars
from polars import col

from vimtrace.columns import deeds, descriptors, gaps, paths, totals
from vimtrace.columns.deeds import ACCEPTS, ALONE, MOVE, PARSED
from vimtrace.columns.lines import Lines
from vimtrace.columns.names import Names
from vimtrace.columns.parsed import Lives, Parsed, See
from vimtrace.summary import Summary
from vimtrace.trace.join import FORKS
from vimtrace.trace.process import Processes


def data(lines: Lines, by: str) -> dict[str, Any]:
    """``Summary.data()`` of *lines*, *by* call, errno or pid."""
    events, names = totals.events(lines), Names()
    see = names.see if by == "pid" else Processes.see
    with ThreadPoolExecutor(2) as pool:  # polars lets go of Python's lock: each core has something to do
        if by != "pid":
            groups = pool.submit(totals.groups, events, by)
        slowest = pool.submit(totals.slowest, lines, events)
        longest = pool.submit(gaps.longest, lines, events)
        summary = _summary(lines, events, see)
        if by == "pid":
            groups = pool.submit(totals.groups, events, by, names)
        told = {"by": by, "groups": groups.result(), "slowest": slowest.result(), "gaps": longest.result()}
        return {**summary.data(), **told}


def _summary(lines: Lines, events: polars.DataFrame, see: See) -> Summary:
    """The summary of all but what is in *totals*; *see* has the parser's processes see an event."""
    files, lives = paths.named(lines, events), Lives(events)
    transfers, few = deeds.transfers(lines, events), events.filter(col("name").is_in(PARSED | ACCEPTS))
    unsure = deeds.unsure(lines, transfers)
    rest = [unsure, deeds.opens(files), deeds.accepts(lines, few), deeds.closes(lines, events)]
    rest += [deeds.others(lines, few), _births(events, lives), _begun(few)]
    moves = [deeds.moves(events), deeds.labelled(transfers, unsure)]
    settled = descriptors.settle(moves, polars.concat(rest), _tables(lines, few, lives))
    told, odd = descriptors.told(settled), files.filter("odd")
    summary = _parser(lines, told, odd, see).summary(_seen(told, odd, events.filter(~col("call"))))
    lives.tell(summary)
    paths.count(files, summary)
    descriptors.count(settled, summary)
    summary.lines, summary.events = len(lines.rows), len(events)
    summary.gaps.begin, summary.gaps.end = gaps.span(events)
    return summary


def _seen(*frames: polars.DataFrame) -> set[int]:
    """The lines (from 0) of all rows of *frames*."""
    both = polars.concat([frame.select("at", "first") for frame in frames])
    return {*both["at"], *both["first"]}


def _parser(lines: Lines, told: polars.DataFrame, odd: polars.DataFrame, see: See) -> Parsed:
    """For the deeds *told* and the *odd* files."""
    moved = told.filter(col("role") == MOVE).select("first", "read", "written")
    sums = {first: (read, written) for first, read, written in moved.iter_rows()}
    alone = set(told.filter(col("role") == ALONE)["first"])
    return Parsed(lines, alone, sums, set(odd["first"]), see)


def _births(events: polars.DataFrame, lives: Lives) -> polars.DataFrame:
    """The events with which processes begin, as deeds."""
    return deeds.marks(events.filter(col("at").is_in(lives.births().implode())))


def _begun(rows: polars.DataFrame) -> polars.DataFrame:
    """The lines on which forks begin that end on another, as deeds."""
    forks = rows.filter(col("name").is_in(FORKS), col("first") != col("at"))
    return deeds.marks(forks.with_columns(at="first", order=col("first").cast(polars.Int64) * 2 + 1))


def _tables(lines: Lines, rows: polars.DataFrame, lives: Lives) -> dict[int, int]:
    forks = lines.whole(rows.filter(col("name").is_in(FORKS)).sort("first"))
    shares = col("head").str.contains("CLONE_FILES") | col("line").str.contains("CLONE_FILES")
    found = forks.select("pid", "first", "at", child="number", shares=shares)
    if found["shares"].any() and found["child"].has_nulls():
        return dict.fromkeys(lives.table["pid"], 0)
    return descriptors.tables(found.to_dicts())
