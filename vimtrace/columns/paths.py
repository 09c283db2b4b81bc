"""The files that calls name, by columns."""

import polars
from polars import col

from vimtrace.columns.form import ERRNO, NAME, RESULT_NAME
from vimtrace.summary import Summary
from vimtrace.trace.descriptors import OPENERS
from vimtrace.trace.paths import FILE, TWO

INSIDE = r"[^\"\\\x1b]+"
FOLDER = r"(?:(?:AT_FDCWD|-?[0-9]+)(?:<(/[^<>\\\x1b]*)>)?, )?"
ONE = rf'^{NAME}\({FOLDER}"({INSIDE})"(?:[^.]|$)'
LAST = rf'^{NAME}\({FOLDER}"{INSIDE}", {FOLDER}"({INSIDE})"(?:, |\)| <)'
NONE = rf'^{NAME}\((?:AT_FDCWD|-?[0-9]+)(?:<[^<>"]*>)?, "", '
PLAIN_NAME = r"^<(/[^<>\\\x1b]*)>$"
WITHOUT = frozenset({"newfstatat", "statx", "fstatat64"})  # name nothing but their one path
KEPT = ("order", "at", "first", "pid", "name", "failed", "line", "head")


def named(rows: polars.DataFrame) -> polars.DataFrame:
    """The calls among *rows* (Lines.whole) that are about files, each with its ``path``.

    ``odd`` are those of which the parser must tell it; of the others without a path there is none. ``plain`` is the
    path as it stands; ``named``: whether the descriptor that the call returned has a name, which then is the path.
    """
    linked = col("name").is_in(TWO)
    nothing = col("name").is_in(WITHOUT) & col("head").str.contains(NONE)
    found = rows.filter(col("name").is_in(FILE)).select(*KEPT, named=col("line").str.contains(RESULT_NAME))
    one = found.filter(~linked).lazy().with_columns(*_parts(ONE, 1), nothing=nothing)
    links = found.filter(linked).lazy().with_columns(*_parts(LAST, 2), nothing=polars.lit(False))
    inside = col("folder").is_not_null() & ~col("plain").str.starts_with("/")
    path = polars.when(inside).then(polars.concat_str("folder", polars.lit("/"), "plain")).otherwise("plain")
    both = polars.concat([one, links]).with_columns(path=path, odd=col("plain").is_null() & ~col("nothing"))
    files = both.drop("folder", "nothing").collect(engine="streaming")
    return _returned(files) if files["named"].any() else files


def _parts(expression: str, group: int) -> list[polars.Expr]:
    extract = col("head").str.extract
    return [extract(expression, group).alias("folder"), extract(expression, group + 1).alias("plain")]


def _returned(files: polars.DataFrame) -> polars.DataFrame:
    """*files*, with the name of the descriptor that a call returned as its path."""
    name = polars.when("named").then(col("line").str.extract(RESULT_NAME, 1).str.extract(PLAIN_NAME, 1))
    path = polars.when(col("named") & col("path").is_not_null()).then(name).otherwise("path")
    return files.with_columns(path=path, odd=col("odd") | (col("named") & name.is_null()))


def count(found: polars.DataFrame, summary: Summary) -> None:
    """Tell *summary* how often each path of *found* was opened, and what failed."""
    known = found.filter(~col("odd"), col("path").is_not_null())
    opens = col("name").is_in(OPENERS) & ~col("failed")
    for path, times in known.lazy().group_by("path").agg(opens.sum()).collect().iter_rows():
        summary.file(path).opened += times
    failed = known.filter("failed").lazy().with_columns(errno=col("line").str.extract(ERRNO, 1))
    counts = failed.group_by("path", "errno").agg(polars.len(), col("order").min()).sort("order")
    for path, errno, times, _ in counts.collect().iter_rows():
        summary.file(path).failed[errno] += times
