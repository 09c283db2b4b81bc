"""The longest times in which no line tells of anything, by columns: as gaps.py finds them."""

from typing import Any

import numpy
import polars
from polars import col

from vimtrace.columns.lines import NOBODY, Lines
from vimtrace.summary import GAPS
from vimtrace.times import SECOND
from vimtrace.trace.event import SIGNAL

CANDIDATES = 64


def span(events: polars.DataFrame) -> tuple[int | None, int]:
    """The first time and the last, in nanoseconds."""
    if not len(events) or events["begun"][0] is None:
        return None, 0
    return events["begun"].min(), max(events["begun"].max(), events["end"].max())  # type: ignore[return-value,type-var]


def longest(lines: Lines, events: polars.DataFrame) -> list[dict[str, Any]]:
    """``Summary.data()["gaps"]``: between the moments that events tell of, their beginnings and ends."""
    if not len(events) or events["begun"][0] is None:
        return []
    latest = polars.max_horizontal("begun", "end").cum_max().shift(1).fill_null(col("begun"))
    moments = events.select("first", "at", "begun", "end", latest=latest).with_row_index("place")
    many = CANDIDATES
    while True:
        around = _around(moments, many)
        if not len(around):
            return []
        found = _within(moments, around).sort("size", "number", "start", descending=True).head(GAPS)
        # What is in no candidate is not longer than the shortest of these.
        if len(around) < many or (len(found) == GAPS and found["size"][-1] > around["size"].min()):
            break
        many *= 16
    after = _described(lines, events[found["place"]])
    return [
        {"seconds": size / SECOND, "from": start / SECOND, "line": number, "after": what}
        for (size, start, number), what in zip(found.select("size", "start", "number").iter_rows(), after, strict=True)
    ]


def _around(moments: polars.DataFrame, many: int) -> polars.DataFrame:
    """The *many* longest times between one moment and the latest of those before, ascending: each gap is in one."""
    begun, end, latest = (moments[name].to_numpy() for name in ("begun", "end", "latest"))
    first = int(numpy.minimum(begun, end).min())  # a call may have begun before the first
    found = [polars.DataFrame({"start": [first], "stop": [int(begun[0])]})]
    for start, stop in ((latest, begun), (numpy.maximum(latest, begun), end)):
        size = stop - start
        least = numpy.partition(size, -many)[-many] if len(size) > many else 0
        longest = numpy.flatnonzero(size >= max(least, 1))
        found.append(polars.DataFrame({"start": start[longest], "stop": stop[longest]}))
    sizes = polars.concat(found).with_columns(size=col("stop") - col("start")).filter(col("size") > 0)
    return sizes.top_k(many, by="size").sort("start")


def _within(moments: polars.DataFrame, around: polars.DataFrame) -> polars.DataFrame:
    """The gaps in the times *around*, with the ``place`` of the event that they are after."""
    told = []
    for time, number, second in (("begun", "first", 0), ("end", "at", 1)):
        turn = col("place").cast(polars.Int64) * 2 + second
        found = moments.filter(_in_one(around, moments[time], moments[time]))
        told.append(found.select(time=time, number=col(number) + 1, turn=turn))
    by_time = polars.concat(told).group_by("time").agg(col("number").sort_by("turn").first(), col("turn").max())
    gaps = by_time.sort("time").with_columns(start=col("time").shift(1), place=col("turn").shift(1) // 2).slice(1)
    return gaps.filter(_in_one(around, gaps["start"], gaps["time"])).with_columns(size=col("time") - col("start"))


def _in_one(around: polars.DataFrame, start: polars.Series, stop: polars.Series) -> polars.Series:
    """Whether each time from *start* to *stop* is in one of the times *around*."""
    starts, stops = around["start"].to_numpy(), around["stop"].to_numpy()
    nearest = numpy.searchsorted(starts, start.to_numpy(), side="right") - 1
    return polars.Series((nearest >= 0) & (stop.to_numpy() <= stops[numpy.maximum(nearest, 0)]))


def _described(lines: Lines, events: polars.DataFrame) -> list[str]:
    """As summary.described."""
    signal = lines.texts(events["at"]).str.extract(SIGNAL.pattern, 1)
    found = []
    for name, of_signal, pid in zip(events["name"], signal, events["pid"], strict=True):
        what = name or of_signal or "exit"
        found.append(what if pid == NOBODY else f"{what} of {pid}")
    return found
