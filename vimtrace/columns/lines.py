"""The table of a trace's lines (polars): who, when, which call, how long, and where the call of a line began."""

import os
from typing import NamedTuple

import polars
from polars import col

from vimtrace.columns.form import DETACHED, ERRNO, NEVER, RETURNED, TIMED, UNFINISHED, WIDE, Form
from vimtrace.times import SECOND
from vimtrace.trace.clock import DAY
from vimtrace.trace.dialects import STRACE
from vimtrace.trace.line import Line
from vimtrace.trace.source import OF_PROCESS

LONGEST = 48  # characters of a name and what follows it
NOBODY = -1  # the pid of lines that name none, where the file's name tells none either


class Lines(NamedTuple):
    """*text*: the lines. *rows*: the same, in columns. *first*: for each line the one where its call began.

    *lost*: calls that never returned, ``until`` the end of their process. *owner*: the process in the file's name.
    *body*: the column of the calls.
    The columns: ``at`` (from 0), ``pid``, ``time`` (ns, or null), ``name`` (of a call), ``begins`` (a call that another
    line ends), ``resumed`` (that line), ``detached`` (strace left it), ``exit``, ``failed``, ``ns`` (the duration, or
    null), ``begun`` (the time when the call began), ``line`` (the text).
    """

    text: polars.Series
    rows: polars.DataFrame
    first: polars.Series
    lost: polars.DataFrame
    owner: int | None = None
    body: int = 0

    def whole(self, rows: polars.DataFrame) -> polars.DataFrame:
        """*rows* (with ``first``), with ``head``: of the lines where their calls began, the text from the call on."""
        joined = (rows["at"] != rows["first"]).arg_true()
        head = rows["line"].scatter(joined, self.text.gather(rows["first"].gather(joined)))
        return rows.with_columns(head.str.slice(self.body).alias("head"))


def read(path: str, form: Form) -> Lines | None:
    """The lines of *path*, if all of them are of that *form*, but for the width of their pids."""
    match = OF_PROCESS.search(path)
    owner = int(match[1]) if match else None
    lines = polars.scan_lines(path, name="line").with_columns(size=col("line").str.len_bytes())
    try:
        rows = _parsed(lines, form, owner)
        if rows is None and form.pid and form.clock != "start":
            form = form._replace(pid=WIDE)
            rows = _parsed(lines.with_columns(_widened(col("line"))), form, owner)
    except polars.exceptions.ComputeError:  # bytes that are no text
        return None
    if rows is None or rows["size"].sum() + len(rows) - os.path.getsize(path) not in (0, 1):  # a "\r" was dropped
        return None
    time = _going_on(rows["time"], form)
    joined = _joined(rows.drop("size").with_columns(time)) if time is not None else None
    return joined._replace(owner=owner, body=form.body) if joined is not None else None


def line_of(text: str, at: int = 0) -> Line:
    """*text*, the line *at* (from 0), as the parser takes it."""
    match = STRACE.pattern.match(text.encode().decode("latin-1"))
    assert match is not None  # the expression matches any line
    return Line(match, STRACE, at + 1, at)


def _widened(line: polars.Expr) -> polars.Expr:
    """*line*, with its pid in a column that has room for any."""
    words = line.str.splitn(" ", 2).struct
    return polars.concat_str(words[0].str.pad_end(WIDE), words[1].str.strip_chars_start(" "), ignore_nulls=True).alias(
        "line"
    )


def _parsed(lines: polars.LazyFrame, form: Form, owner: int | None) -> polars.DataFrame | None:
    rows = lines.select("line", "size", **_columns(form, owner)).collect(engine="streaming")
    others = rows["line"].filter(~rows["call"])
    if not rows["plain"].all() or not others.str.contains(form.other).all():
        return None
    rows = rows.with_columns(name=polars.when("call").then("name"))
    if rows.select((col("call") & col("name").is_null()).any()).item():
        return None
    rows = rows.drop("plain", "call")
    return _whole_seconds(rows.with_row_index("at"))


def _columns(form: Form, owner: int | None) -> dict[str, polars.Expr]:
    line = col("line")
    detached = line.str.ends_with(DETACHED)
    begins, resumed = line.str.ends_with(UNFINISHED), line.str.slice(form.body, 1) == "<"
    name = line.str.slice(form.body + resumed.cast(polars.UInt32) * len("<... "), LONGEST)
    call = line.str.contains(form.call)
    return {
        "pid": _number(line, 0, form.pid, " ")
        if form.pid
        else polars.lit(owner if owner is not None else NOBODY, polars.Int64),
        "time": _time(line.str.slice(form.pid, form.stamp), form),
        "name": name.str.head(name.str.find("[( ]")),
        "begins": begins,
        "detached": detached,
        "resumed": resumed,
        "exit": line.str.slice(form.body, 1) == "+",
        "failed": line.str.contains(ERRNO),
        "ns": polars.when(line.str.contains(TIMED)).then(_number(line, -7, 6) * 1000),
        "long": line.str.slice(-10, 2) != "<0",
        "call": call,
        "plain": ~call | (begins & ~resumed) | detached | line.str.contains(RETURNED),
    }


def _number(text: polars.Expr, start: int, length: int, beside: str = "") -> polars.Expr:
    """The number that is in *text* from *start* on for so many characters, without those *beside* it."""
    digits = text.str.slice(start, length)
    return (digits.str.strip_chars(beside) if beside else digits).cast(polars.Int64, strict=False)


def _time(stamp: polars.Expr, form: Form) -> polars.Expr:
    """The time that *stamp* shows, in nanoseconds."""
    if not form.clock:
        return polars.lit(None, polars.Int64)
    whole, part = form.stamp - 1, polars.lit(0, polars.Int64)
    if form.digits:
        whole -= form.digits + 1
        part = _number(stamp, whole + 1, form.digits) * 10 ** (9 - form.digits)
    if form.clock == "day":
        return (_number(stamp, 0, 2) * 3600 + _number(stamp, 3, 2) * 60 + _number(stamp, 6, 2)) * SECOND + part
    return _number(stamp, 0, whole, " " if form.clock == "start" else "") * SECOND + part


def _whole_seconds(rows: polars.DataFrame) -> polars.DataFrame:
    """*rows*, with the seconds of the calls that took one or more."""
    long = rows.filter("long", col("ns").is_not_null())["at"]
    seconds = rows["line"].gather(long).str.extract(r"<([0-9]+)\.[0-9]{6}>$", 1).cast(polars.Int64) * SECOND
    ns = rows["ns"].scatter(long, rows["ns"].gather(long) + seconds)
    return rows.drop("long").with_columns(ns)


def _going_on(time: polars.Series, form: Form) -> polars.Series | None:
    """*time* as Clock counts it: a time of day goes on after midnight, one relative to the line before adds up."""
    if form.clock == "start":
        return time.cum_sum()
    if form.clock == "day":
        step = time.diff()
        if (step > DAY // 2).any():
            return None
        return time + (step < -(DAY // 2)).fill_null(False).cast(polars.Int64).cum_sum() * DAY
    return time


def _joined(rows: polars.DataFrame) -> Lines | None:
    """The lines, each resumed one joined to where its call began; ``None`` if one did not begin."""
    halves = rows.filter(col("begins") | col("resumed") | col("exit") | col("detached"))
    halves = halves.select("at", "pid", "name", "begins", "resumed", "detached")
    halves = halves.sort("pid", "at").with_columns(
        before=polars.when(col("pid") == col("pid").shift(1)).then(col("at").shift(1)),
        after=polars.when(col("pid") == col("pid").shift(-1)).then(col("at").shift(-1)),
        opened=(col("pid") == col("pid").shift(1)) & col("begins").shift(1),
        goes_on=(col("pid") == col("pid").shift(-1)) & col("resumed").shift(-1),
        fits=col("name") == col("name").shift(1),
    )
    opened = col("opened").fill_null(False)
    alone = (col("begins") | col("detached")) & ~col("resumed")
    if halves.select(((col("resumed") & ~(opened & col("fits"))) | (alone & opened)).any()).item():
        return None
    ends = halves.filter("resumed")
    first = rows["at"].scatter(ends["at"], ends["before"])
    lost = halves.filter(col("begins") & ~col("goes_on").fill_null(False)).select("at", until="after").sort("at")
    begun = rows["time"].gather(first).rename("begun")
    last = rows["line"].gather(ends["at"])
    open_ended = ends["at"].filter(rows["ns"].gather(ends["at"]).is_null() & ~last.str.contains(f"{NEVER}|{DETACHED}$"))
    took = (rows["time"].gather(open_ended) - begun.gather(open_ended)).clip(0)
    rows = rows.with_columns(begun, rows["ns"].scatter(open_ended, took))
    return Lines(rows["line"], rows, first, lost)
