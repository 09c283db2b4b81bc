"""The files that calls name, by columns."""

import numpy
import polars
from polars import col

from vimtrace.columns.form import NAME, RESULT_NAME
from vimtrace.columns.lines import Lines, words
from vimtrace.columns.octets import Flags, Places, Table
from vimtrace.columns.quoted import NOTHING, UNKNOWN
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
OF_FILES = ("order", "at", "first", "pid", "name", "errno", "refused", "number", "named", "plain", "path", "odd")


def named(lines: Lines, rows: polars.DataFrame) -> polars.DataFrame:
    """The calls among *rows* that are about files, each with its ``path``.

    ``odd`` are those of which the parser must tell it; of the others without a path there is none. ``named``: whether
    the descriptor that the call returned has a name, which then is the path; of openings without: ``plain``, the path
    as it stands.
    """
    found = rows.filter(col("name").is_in(FILE))
    path, inside = _of_calls(lines, found["first"].to_numpy())
    columns = {"path": path, "inside": inside, "file": lines.fields.tail.file[found["at"].to_numpy()]}
    found = found.with_columns(polars.Series(name, values) for name, values in columns.items())
    nothing = (col("path") == NOTHING) & col("name").is_in(WITHOUT)
    as_it_stands = col("named") | col("refused") | ~(col("inside") & col("name").is_in(OPENERS))
    clear = ((col("path") >= 0) | nothing) & (~col("named") | (col("file") >= 0)) & as_it_stands
    known, rest = found.filter(clear), found.filter(~clear)
    number = polars.when(~col("named") | (col("path") < 0)).then("path").otherwise("file")
    names = words(known.select(number).to_series().to_numpy(), lines.fields.paths)
    plain = known.with_columns(plain=names, path=names, odd=polars.lit(False)).select(OF_FILES)
    return polars.concat([plain, _parsed(lines, rest).select(OF_FILES)]) if len(rest) else plain


def _of_calls(lines: Lines, first: Places) -> tuple[Table, Flags]:
    """What quoted.paths has found of the calls that begin on the lines *first*."""
    fields = lines.fields
    if not len(fields.path):
        return numpy.full(len(first), UNKNOWN), numpy.zeros(len(first), bool)
    places = numpy.minimum(numpy.searchsorted(fields.of_path, first), len(fields.path) - 1)
    there = fields.of_path[places] == first
    return numpy.where(there, fields.path[places], UNKNOWN), there & fields.inside[places]


def _parsed(lines: Lines, rows: polars.DataFrame) -> polars.DataFrame:
    """The paths of *rows* as expressions find them."""
    rows = lines.whole(rows)
    linked = col("name").is_in(TWO)
    nothing = col("name").is_in(WITHOUT) & col("head").str.contains(NONE)
    one = rows.filter(~linked).with_columns(*_parts(ONE, 1), nothing=nothing)
    links = rows.filter(linked).with_columns(*_parts(LAST, 2), nothing=polars.lit(False))
    inside = col("folder").is_not_null() & ~col("plain").str.starts_with("/")
    path = polars.when(inside).then(polars.concat_str("folder", polars.lit("/"), "plain")).otherwise("plain")
    files = one.merge_sorted(links, "order").with_columns(path=path, odd=col("plain").is_null() & ~col("nothing"))
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
    opens = col("name").is_in(OPENERS) & col("errno").is_null()
    for path, times in known.lazy().group_by("path").agg(opens.sum()).collect().iter_rows():
        summary.file(path).opened += times
    failed = known.lazy().filter(col("errno").is_not_null())
    counts = failed.group_by("path", "errno").agg(polars.len(), col("order").min()).sort("order")
    for path, errno, times, _ in counts.collect().iter_rows():
        summary.file(path).failed[errno] += times
