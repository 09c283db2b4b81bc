"""The table of calls of a great trace, by columns (polars, extra ``fast``): the numbers of summary.py, sooner.

It is for one plain file of ``strace -T -o FILE``, with or without -f and time stamps, whose lines are calls, signals
and exits. ``calls`` gives ``None`` for anything else, and where one line is not of these: then the slow way must do
it, which understands all.
"""

import os
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from vimtrace.times import DECADES, QUANTILES, SECOND
from vimtrace.trace.dialects import STRACE, detect

if TYPE_CHECKING:
    import polars

NAME = r"([a-z_]\w*)(?:\(| resumed>)"
TIME = r"<(\d+\.\d+)>$"
ERROR = r"\) += -1 (E[A-Z0-9_]+) \([^()]*\)(?: \([^()]*\))* <[\d.]+>$"
PLAIN = r"^(?:\d{1,7} +)?(?: *[\d:.]+ )?(?:<\.\.\. )?[a-z_]\w*(?:\(| resumed>)"
UNFINISHED = "<unfinished ...>"
TAIL = 24  # characters that hold <86400.000000000>
ENOUGH = 1 << 20  # bytes, from which on it is worth while
SAMPLE = 1 << 16


def calls(path: str, least: int = ENOUGH) -> list[dict[str, Any]] | None:
    """``Summary.data()["groups"]`` by call, of the trace in *path* if it has *least* bytes or more."""
    if not os.path.isfile(path) or os.path.getsize(path) < least or not _looks_plain(path):
        return None
    try:
        import polars
    except ImportError:
        return None
    line = polars.col("line")
    table = (
        polars.scan_lines(path, name="line")
        .select(
            name=line.str.extract(NAME, 1),
            time=line.str.tail(TAIL).str.extract(TIME, 1).cast(polars.Float64),
            errno=line.str.extract(ERROR, 1),
            begins=line.str.ends_with(UNFINISHED),
            goes_on=line.str.contains(" resumed>", literal=True),
            never=line.str.ends_with(" = ?"),
            other=line.str.ends_with(" +++") | line.str.ends_with(" ---"),
        )
        .collect(engine="streaming")
    )
    return _groups(table)


def _looks_plain(path: str) -> bool:
    """Whether the file's beginning is strace's, with no more than pid and time in front of a call."""
    import re

    with open(path, "rb") as file:
        sample = file.read(SAMPLE)
    if not sample.isascii():
        return False
    lines = sample.decode("ascii").split("\n")[:-1]
    plain = [re.match(PLAIN, line) or line.endswith((" +++", " ---")) for line in lines]
    return detect("\n".join(lines)) is STRACE and all(plain)


def _groups(table: "polars.DataFrame") -> list[dict[str, Any]] | None:
    import polars

    of_call = table.filter(~polars.col("other"))
    timed = polars.col("time").is_not_null()
    strange = of_call.filter(polars.col("name").is_null() | ~(timed | polars.col("begins") | polars.col("never")))
    if len(strange):
        return None
    ended = of_call.filter(~polars.col("begins")).with_columns(
        ns=(polars.col("time") * SECOND).round().cast(polars.Int64)
    )
    left = of_call.filter(polars.col("begins"))["name"].value_counts()
    back = of_call.filter(polars.col("goes_on"))["name"].value_counts()
    pending = dict(left.iter_rows())
    for name, count in back.iter_rows():
        pending[name] = pending.get(name, 0) - count
    if any(count < 0 for count in pending.values()):
        return None
    errors: dict[str, dict[str, int]] = {}
    failed = (
        ended.filter(polars.col("errno").is_not_null()).group_by("name", "errno").len().sort("len", descending=True)
    )
    for name, errno, count in failed.iter_rows():
        errors.setdefault(name, {})[errno] = count
    by_name = ended.group_by("name").agg(polars.len(), polars.col("ns").drop_nulls().sort())
    rows = [
        _row(name, calls + pending.pop(name, 0), errors.get(name, {}), values)
        for name, calls, values in zip(by_name["name"], by_name["len"], by_name["ns"], strict=True)
    ]
    if any(pending.values()):
        return None
    rows.sort(key=lambda row: (-(row["total"] or 0), -row["calls"], row["call"]))
    return rows


def _row(name: str, calls: int, errno: dict[str, int], values: "polars.Series") -> dict[str, Any]:
    """The row of one call; *values* are its durations, sorted."""
    known = len(values)
    below = [int(values.search_sorted(1000 * 10**power)) for power in range(DECADES - 1)] if known else []
    edges = [0, *below, known]
    return {
        "call": name,
        "calls": calls,
        "errors": sum(errno.values()),
        "errno": errno,
        "total": values.sum() / SECOND if known else None,
        "mean": values.sum() / known / SECOND if known else None,
        **{f"p{p}": values[-(-known * p // 100) - 1] / SECOND if known else None for p in QUANTILES},
        "max": values[-1] / SECOND if known else None,
        "histogram": [after - before for before, after in pairwise(edges)] if known else [0] * DECADES,
    }
