"""The table of calls alone, where strace -T has timed each: no line needs its time, nor what began on another."""

import polars
from polars import col

from vimtrace.columns.form import UNFINISHED, Form, is_plain
from vimtrace.columns.totals import Row, rows
from vimtrace.times import SECOND

NAME = r"([a-z_]\w*)(?:\(| resumed>)"
TIME = r"<(\d+\.\d+)>$"
ERROR = r"\) += -1 (E[A-Z0-9_]+) \([^()]*\)(?: \([^()]*\))* <[\d.]+>$"
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
    if of_call.select(strange.any()).item() or not others.str.contains(form.other).all():
        return None
    lost = _lost(of_call, form)
    if lost is None:
        return None
    ended = of_call.filter(~col("begins")).with_columns(ns=(col("time") * SECOND).round().cast(polars.Int64))
    failed = ended.lazy().select("name", "errno").with_row_index("order").filter(col("errno").is_not_null()).collect()
    both = [ended.select("name", "ns"), lost.select("name", ns=polars.lit(None, polars.Int64))]
    return rows(polars.concat(both).lazy(), failed)


def _lost(calls: polars.DataFrame, form: Form) -> polars.DataFrame | None:
    """The calls that never returned; ``None`` unless each resumed one goes on with what its process has begun last."""
    halves = calls.lazy().filter(col("begins") | col("goes_on")).select("name", "begins", "goes_on", "line")
    pid = col("line").str.head(form.pid).str.strip_chars(" ")
    halves = halves.with_row_index("at").with_columns(pid=pid).sort("pid", "at")
    opened = ((col("pid") == col("pid").shift(1)) & col("begins").shift(1)).fill_null(False)
    wrong = polars.when("goes_on").then(~(opened & (col("name") == col("name").shift(1)))).otherwise(opened)
    last = (col("pid") != col("pid").shift(-1)).fill_null(True)
    found = halves.select("name", wrong=wrong, lost=col("begins") & last).collect()
    return None if found["wrong"].any() else found.filter("lost")
