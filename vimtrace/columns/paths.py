"""The files that calls name, by columns."""

import polars
from polars import col

from vimtrace.columns.form import ERRNO, RESULT_NAME
from vimtrace.summary import Summary
from vimtrace.trace.descriptors import OPENERS
from vimtrace.trace.paths import FILE, TWO

INSIDE = r"[^\"\\\x1b]+"
FOLDER = r"(?:(?:AT_FDCWD|-?[0-9]+)(?:<(/[^<>\\\x1b]*)>)?, )?"
ONE = rf'^[^(]*\({FOLDER}"({INSIDE})"(?:[^.]|$)'
LAST = rf'^[^(]*\({FOLDER}"{INSIDE}", {FOLDER}"({INSIDE})"(?:, |\)| <)'
NONE = r'^[^(]*\((?:AT_FDCWD|-?[0-9]+)(?:<[^<>"]*>)?, "", '
PLAIN_NAME = r"^<(/[^<>\\\x1b]*)>$"
WITHOUT = frozenset({"newfstatat", "statx", "fstatat64"})  # name nothing but their one path
LINKS = frozenset({"link", "linkat", "rename", "renameat", "renameat2", "symlink", "symlinkat"})


def named(rows: polars.DataFrame) -> polars.DataFrame:
    """The calls among *rows* (Lines.whole) that are about files, each with its ``path``.

    ``odd`` are those of which the parser must tell it; of the others without a path there is none.
    """
    files = rows.filter(col("name").is_in(FILE))
    one, links = files.filter(~col("name").is_in(TWO)), files.filter(col("name").is_in(TWO))
    found = polars.concat([_one(one), _last(links)]) if len(links) else _one(one)
    if not found["named"].any():
        return found
    plain = col("returned").str.extract(PLAIN_NAME, 1)
    returned = found["line"].str.extract(RESULT_NAME, 1).alias("returned")
    path = polars.when(col("returned").is_null() | col("path").is_null()).then("path").otherwise(plain)
    found = found.with_columns(returned).with_columns(
        path=path, odd=col("odd") | (col("returned").is_not_null() & plain.is_null())
    )
    return found.drop("returned")


def _one(rows: polars.DataFrame) -> polars.DataFrame:
    found = rows.with_columns(folder=col("head").str.extract(ONE, 1), path=col("head").str.extract(ONE, 2))
    nothing = col("name").is_in(WITHOUT) & col("head").str.contains(NONE)
    return _whole(found, nothing)


def _last(rows: polars.DataFrame) -> polars.DataFrame:
    found = rows.with_columns(folder=col("head").str.extract(LAST, 2), path=col("head").str.extract(LAST, 3))
    return _whole(found, polars.lit(False))


def _whole(rows: polars.DataFrame, nothing: polars.Expr) -> polars.DataFrame:
    inside = col("folder").is_not_null() & ~col("path").str.starts_with("/")
    path = polars.when(inside).then(polars.concat_str("folder", polars.lit("/"), "path")).otherwise("path")
    named = col("line").str.contains(RESULT_NAME)
    return rows.with_columns(plain="path", path=path, odd=col("path").is_null() & ~nothing, named=named).drop("folder")


def count(found: polars.DataFrame, summary: Summary) -> None:
    """Tell *summary* how often each path of *found* was opened, and what failed."""
    known = found.lazy().filter(~col("odd"), col("path").is_not_null())
    errno = polars.when("failed").then(col("line").str.extract(ERRNO, 1))
    opens = col("name").is_in(OPENERS)
    counts = known.select("path", "order", errno=errno, opens=opens).group_by("path", "errno", "opens")
    for path, errno_, opens_, times, _ in (
        counts.agg(polars.len(), col("order").min()).sort("order").collect().iter_rows()
    ):
        file = summary.file(path)
        if errno_ is not None:
            file.failed[errno_] += times
        elif opens_:
            file.opened += times
