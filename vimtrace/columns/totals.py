"""What the calls of a trace add up to, by columns: the groups, the slowest calls, the longest gaps."""

from itertools import pairwise
from typing import Any

import polars
from polars import col

from vimtrace.columns.lines import NOBODY, Lines, line_of
from vimtrace.columns.names import Names
from vimtrace.summary import SLOWEST
from vimtrace.times import DECADES, QUANTILES, SECOND
from vimtrace.trace.event import Call

Row = dict[str, Any]
COLUMNS = ["at", "first", "order", "pid", "name", "begun", "end", "ns", "call", "begins", "detached", "exit", "fd"]
COLUMNS += ["number", "errno", "refused", "nothing", "named"]


def events(lines: Lines) -> polars.DataFrame:
    """The events in their order: the rows of *lines*, but a call that has two only once, at its last.

    More columns: ``order`` (ascending), ``first``, ``call`` (whether it is one), ``end`` (the last time it tells).
    """
    call, ns = col("name").is_not_null(), col("ns").fill_null(0)
    late = col("resumed") & ~col("detached")
    facts = lines.rows.lazy().with_columns(
        first=lines.first,
        order=col("at").cast(polars.Int64) * 2 + 1,
        call=call,
        end=polars.when(late).then("time").otherwise(col("begun") + ns),
    )
    ended = facts.select(COLUMNS).filter(~col("begins")).collect()
    if not len(lines.lost):
        return ended
    size = 2 * len(lines.rows)
    lost = lines.lost.select(
        "at",
        order=polars.when(col("until").is_null()).then(col("at") + size).otherwise(2 * col("until").cast(polars.Int64)),
    )
    begun = lines.rows[lost["at"]].with_columns(
        first=col("at"), order=lost["order"].cast(polars.Int64), call=call, end="begun"
    )
    return ended.merge_sorted(begun.select(ended.columns).sort("order"), "order")


def groups(events: polars.DataFrame, by: str = "call", names: Names | None = None) -> list[Row]:
    """``Summary.data()["groups"]`` by call or errno, or by pid if *names* are given."""
    if by == "errno":
        failed = events.lazy().select("order", "ns", "errno", name="errno").filter(col("errno").is_not_null()).collect()
        return rows(failed.lazy(), failed, by)
    if names is not None:
        events = events.with_columns(names.of(events).alias("name"))
    failed = events.lazy().select("name", "order", "errno").filter(col("errno").is_not_null()).collect()
    return rows(events.lazy().filter("call"), failed, by)


def rows(calls: polars.LazyFrame, failed: polars.DataFrame, by: str = "call") -> list[Row]:
    """The rows of *calls* (``name``, ``ns``), of which those *failed* (``name``, ``errno``, ascending ``order``)."""
    errors = _errors(failed)
    by_name = calls.group_by("name").agg(polars.len(), col("ns").drop_nulls().sort()).collect()
    found = [
        (name, _row(count, errors.get(name, {}), values))
        for name, count, values in zip(by_name["name"], by_name["len"], by_name["ns"], strict=True)
    ]
    found.sort(key=lambda pair: (-(pair[1]["total"] or 0), -pair[1]["calls"], pair[0]))
    return [{by: name, **row} for name, row in found]


def _errors(failed: polars.DataFrame) -> dict[str, dict[str, int]]:
    counts = failed.group_by("name", "errno").agg(polars.len(), col("order").min())
    errors: dict[str, dict[str, int]] = {}
    for name, errno, count, _ in counts.sort("len", "order", descending=[True, False]).iter_rows():
        errors.setdefault(name, {})[errno] = count
    return errors


def _row(calls: int, errno: dict[str, int], values: polars.Series) -> Row:
    """The numbers of one row; *values* are the durations, sorted."""
    known = len(values)
    below = [int(values.search_sorted(1000 * 10**power)) for power in range(DECADES - 1)] if known else []
    edges = [0, *below, known]
    return {
        "calls": calls,
        "errors": sum(errno.values()),
        "errno": errno,
        "total": values.sum() / SECOND if known else None,
        "mean": values.sum() / known / SECOND if known else None,
        **{f"p{p}": values[max(0, -(-known * p // 100) - 1)] / SECOND if known else None for p in QUANTILES},
        "max": values[-1] / SECOND if known else None,
        "histogram": [after - before for before, after in pairwise(edges)] if known else [0] * DECADES,
    }


def slowest(lines: Lines, events: polars.DataFrame) -> list[dict[str, Any]]:
    """``Summary.data()["slowest"]``: of calls that took as long, the earlier ones."""
    timed = events.lazy().filter("call", col("ns") >= col("ns").top_k(SLOWEST).min())
    top = timed.sort("ns", "order", descending=[True, False]).head(SLOWEST).collect()
    rows = []
    for row in lines.whole(top).iter_rows(named=True):
        head, last = line_of(row["head"]), line_of(row["line"])
        call = Call(head, None, None, head if row["first"] == row["at"] else last)
        pid = None if row["pid"] == NOBODY else row["pid"]
        rows.append({"duration": row["ns"] / SECOND, "line": row["first"] + 1, "pid": pid, "text": call.short})
    return rows
