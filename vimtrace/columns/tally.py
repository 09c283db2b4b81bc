"""The table of calls alone, where strace -T has timed each: no line needs its time, nor what began on another."""

import polars
from polars import col

from vimtrace.columns.form import Form, is_plain
from vimtrace.columns.totals import Row, row
from vimtrace.times import SECOND

NAME = r"([a-z_]\w*)(?:\(| resumed>)"
TIME = r"<(\d+\.\d+)>$"
ERROR = r"\) += -1 (E[A-Z0-9_]+) \([^()]*\)(?: \([^()]*\))* <[\d.]+>$"
UNFINISHED = "<unfinished ...>"
TAIL = 24  # characters that hold <86400.000000000>


def groups(path: str, form: Form) -> list[Row] | None:
    """``Summary.data()["groups"]`` by call, of the trace in *path*, whose first lines are of that *form*.

    ``None`` if a line is not as this needs it.
    """
    if not is_plain(path, form):
        return None
    line = col("line")
    begins, goes_on = line.str.ends_with(UNFINISHED), line.str.contains(" resumed>", literal=True)
    other = line.str.ends_with(" +++") | line.str.ends_with(" ---")
    columns = {
        "name": line.str.extract(NAME, 1),
        "time": line.str.tail(TAIL).str.extract(TIME, 1).cast(polars.Float64),
        "errno": line.str.extract(ERROR, 1),
        "begins": begins,
        "goes_on": goes_on,
        "never": line.str.ends_with(" = ?"),
        "other": other,
        "line": polars.when(begins | goes_on | other).then(line),
    }
    try:
        table = polars.scan_lines(path, name="line").select(**columns).collect(engine="streaming")
    except polars.exceptions.ComputeError:  # bytes that are no text
        return None
    of_call = table.filter(~col("other"))
    strange = col("name").is_null() | ~(col("time").is_not_null() | col("begins") | col("never"))
    others = table["line"].filter(table["other"])
    if of_call.select(strange.any()).item() or not others.str.contains(form.other).all() or not _fit(of_call, form):
        return None
    ended = of_call.filter(~col("begins")).with_columns(ns=(col("time") * SECOND).round().cast(polars.Int64))
    return _rows(ended, _pending(of_call))


def _fit(calls: polars.DataFrame, form: Form) -> bool:
    """Whether each resumed call goes on with what its process has begun, which has one at a time."""
    halves = calls.lazy().filter(col("begins") | col("goes_on")).select("name", "begins", "goes_on", "line")
    pid = col("line").str.head(form.pid).str.strip_chars(" ")
    halves = halves.with_row_index("at").with_columns(pid=pid).sort("pid", "at")
    opened = ((col("pid") == col("pid").shift(1)) & col("begins").shift(1)).fill_null(False)
    wrong = polars.when("goes_on").then(~(opened & (col("name") == col("name").shift(1)))).otherwise(opened)
    return not halves.select(wrong.any()).collect().item()


def _pending(calls: polars.DataFrame) -> dict[str, int]:
    """How many calls of each name have not returned."""
    pending = dict(calls.filter("begins")["name"].value_counts().iter_rows())
    for name, count in calls.filter("goes_on")["name"].value_counts().iter_rows():
        pending[name] -= count
    return pending


def _rows(ended: polars.DataFrame, pending: dict[str, int]) -> list[Row] | None:
    errors: dict[str, dict[str, int]] = {}
    failed = ended.filter(col("errno").is_not_null()).group_by("name", "errno", maintain_order=True).len()
    for name, errno, count in failed.sort("len", descending=True, maintain_order=True).iter_rows():
        errors.setdefault(name, {})[errno] = count
    by_name = ended.group_by("name").agg(polars.len(), col("ns").drop_nulls().sort())
    rows = [
        row(name, calls + pending.pop(name, 0), errors.get(name, {}), values)
        for name, calls, values in zip(by_name["name"], by_name["len"], by_name["ns"], strict=True)
    ]
    if any(pending.values()):  # one that has only begun is in no row yet
        return None
    rows.sort(key=lambda row: (-(row["total"] or 0), -row["calls"], row["call"]))
    return rows
