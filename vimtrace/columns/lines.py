"""The table of a trace's lines (polars): who, when, which call, what it returned, how long, and where it began."""

from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy
import polars
from polars import col

from vimtrace.columns.fields import Fields
from vimtrace.columns.form import (
    ERRNO,
    EXIT,
    NEVER,
    NOTHING,
    NUMBER,
    REFUSED,
    RESULT_NAME,
    RETURNED,
    SIGNAL,
    TIMED,
    Form,
)
from vimtrace.columns.octets import CORES, Octets, Places, Table
from vimtrace.times import SECOND
from vimtrace.trace.clock import DAY
from vimtrace.trace.dialects import STRACE
from vimtrace.trace.line import Line

if not hasattr(polars.Series(dtype=polars.Enum([])).cat, "to"):
    raise ImportError("polars 2 is needed")
NOBODY = -1  # the pid of lines that name none, where the file's name tells none either
OTHER = f"^(?:{SIGNAL}|{EXIT})$"
RARE = {
    "sound": polars.Boolean,
    "number": polars.Int64,
    "errno": polars.String,
    "refused": polars.Boolean,
    "nothing": polars.Boolean,
    "named": polars.Boolean,
    "never": polars.Boolean,
    "ns": polars.Int64,
}


class Lines(NamedTuple):
    """*octets*: the file. *fields*: where its lines stand in it. *rows*: the lines, in columns.

    *first*: for each line the one where its call began. *lost*: calls that never returned, ``until`` the end of their
    process. *paths*: of the calls that are about one file, by ``first``: what quoted.Paths tells. *owner*: the process
    in the file's name.
    The columns: ``at`` (from 0), ``pid``, ``time`` (ns, or null), ``name`` (of a call), ``begins`` (a call that another
    line ends), ``resumed`` (that line), ``detached`` (strace left it), ``exit``, ``ns`` (the duration, or null),
    ``begun`` (the time when the call began); of the result the ``number`` or null, the ``errno`` or null, whether it
    was ``refused``, is known to mean ``nothing``, is a descriptor that is ``named``, or was ``never`` told; of the
    arguments the first, if it is a descriptor (``fd``) without a name.
    """

    octets: Octets
    fields: Fields
    rows: polars.DataFrame
    first: polars.Series
    lost: polars.DataFrame
    paths: polars.DataFrame
    owner: int | None = None

    def texts(self, at: polars.Series, calls: bool = True) -> polars.Series:
        """The lines *at* these places, from where the *calls* begin."""
        places = at.to_numpy()
        starts = self.fields.starts[places] + self.fields.head.body[places] * calls
        return texts(self.octets, starts, self.fields.ends[places])

    def whole(self, rows: polars.DataFrame) -> polars.DataFrame:
        """*rows* (with ``first``), with ``line``, the text, and ``head``, that of the line where the call began."""
        line = self.texts(rows["at"])
        joined = (rows["at"] != rows["first"]).arg_true()
        head = line.clone().scatter(joined, self.texts(rows["first"].gather(joined))) if len(joined) else line
        return rows.with_columns(line.alias("line"), head.alias("head"))


def lines(octets: Octets, found: Fields, form: Form, owner: int | None) -> Lines | None:
    """The lines of *octets*, if all of them are plain."""
    rows = _rows(octets, found)
    if rows is None:
        return None
    if not form.pid:
        rows = rows.with_columns(pid=polars.lit(owner if owner is not None else NOBODY, polars.Int64))
    time = _going_on(rows["time"], form)
    joined = _joined(rows.with_columns(time)) if time is not None else None
    if joined is None:
        return None
    paths = polars.DataFrame({"first": found.of_path.astype(numpy.uint32), **found.path._asdict()})
    return Lines(octets, found, *joined, paths, owner)


def texts(octets: Octets, starts: Places, ends: Places) -> polars.Series:
    """The pieces of text from *starts* to *ends*."""
    view = octets.bytes.data
    pairs = zip(starts.tolist(), ends.tolist(), strict=True)
    return polars.Series([str(view[start:end], "utf-8") for start, end in pairs], dtype=polars.String)


def line_of(text: str, at: int = 0) -> Line:
    """*text*, the line *at* (from 0), as the parser takes it."""
    match = STRACE.pattern.match(text.encode().decode("latin-1"))
    assert match is not None  # the expression matches any line
    return Line(match, STRACE, at + 1, at)


def _rows(octets: Octets, found: Fields) -> polars.DataFrame | None:
    """The columns of *found*, with what only expressions tell of the rare lines; ``None`` if one is not plain."""
    head, tail = found.head, found.tail
    body = found.starts + head.body
    if not texts(octets, body[head.other], found.ends[head.other]).str.contains(OTHER).all():
        return None
    begins = tail.unfinished & ~head.other
    rare = numpy.flatnonzero(~(tail.plain | head.other | (begins & ~head.resumed)))
    told = _told(octets, body[rare], found.ends[rare])
    if not (told["sound"] | polars.Series(tail.detached[rare])).all():
        return None
    errors = list(dict.fromkeys([*tail.errors, *told["errno"].drop_nulls()]))
    columns = {
        "pid": head.pid,
        "time": head.time,
        "begins": begins,
        "detached": tail.detached & ~head.other,
        "resumed": head.resumed,
        "exit": octets.bytes[body] == ord("+"),
        "refused": tail.error >= 0,
        "nothing": tail.error >= 0,
        "named": numpy.zeros(len(body), bool),
        "never": numpy.zeros(len(body), bool),
        "number": tail.number,
        "ns": tail.ns,
        "errno": tail.error,
        "name": head.name,
        "fd": head.fd,
    }
    places = {error: place for place, error in enumerate(errors)}
    told = told.with_columns(
        errno=polars.Series([places.get(error, -1) for error in told["errno"]], dtype=polars.Int64)
    )
    for name in told.columns[1:]:
        columns[name][rare] = told[name].fill_null(-1 if told.schema[name] == polars.Int64 else False).to_numpy()
    kinds = dict.fromkeys(("number", "ns", "fd")) | {"errno": polars.Enum(errors), "name": polars.Enum(head.names)}
    with ThreadPoolExecutor(CORES) as pool:
        series = pool.map(lambda name: _series(name, columns[name], name in kinds, kinds.get(name)), columns)
        return polars.DataFrame(list(series)).with_row_index("at")


def _series(name: str, values: Table, known: bool, words: polars.Enum | None) -> polars.Series:
    """*values*, or the *words* that have these places; null for -1 of what may be not *known*."""
    if words is not None and not len(words.categories):
        return polars.Series(name, [None], words).extend_constant(None, len(values) - 1)
    found = polars.Series(name, values)
    if not known:
        return found
    of_word = found.clip(0).cat.to(words) if words is not None else found
    frame = polars.DataFrame([of_word, (found >= 0).alias("known")])
    return frame.select(polars.when("known").then(name).alias(name)).to_series()


def _told(octets: Octets, body: Places, stop: Places) -> polars.DataFrame:
    """What expressions tell of the rare lines: the columns RARE."""
    line = col("line")
    seconds, micros = (line.str.extract(TIME, group).cast(polars.Int64) for group in (1, 2))
    found = {
        "sound": line.str.contains(RETURNED),
        "number": line.str.extract(NUMBER, 1),
        "errno": line.str.extract(ERRNO, 1),
        "refused": line.str.contains(REFUSED),
        "nothing": line.str.contains(NOTHING),
        "named": line.str.contains(RESULT_NAME),
        "never": line.str.contains(NEVER),
        "ns": seconds * SECOND + micros * 1000,
    }
    table = polars.DataFrame({"line": texts(octets, body, stop)}, {"line": polars.String})
    return table.select(found[name].cast(kind).alias(name) for name, kind in RARE.items())


TIME = TIMED.replace("<[0-9]{1,6}", "<([0-9]{1,6})").replace("[0-9]{6}>", "([0-9]{6})>")


def _going_on(time: polars.Series, form: Form) -> polars.Series | None:
    """*time* as Clock counts it: a time of day goes on after midnight, one relative to the line before adds up."""
    if not form.clock:
        return polars.Series("time", [None], polars.Int64).extend_constant(None, len(time) - 1)
    if form.clock == "start":
        return time.cum_sum()
    if form.clock == "day":
        step = time.diff()
        if (step > DAY // 2).any():
            return None
        return time + (step < -(DAY // 2)).fill_null(False).cast(polars.Int64).cum_sum() * DAY
    return time


def _joined(rows: polars.DataFrame) -> tuple[polars.DataFrame, polars.Series, polars.DataFrame] | None:
    """*rows*, and what is ``first`` and ``lost`` (Lines); ``None`` if a call that is resumed did not begin."""
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
    begun = rows["time"].clone().scatter(ends["at"], rows["time"].gather(ends["before"])).rename("begun")
    late = rows.select("ns", "never", "detached")[ends["at"]]
    open_ended = ends["at"].filter(late["ns"].is_null() & ~late["never"] & ~late["detached"])
    took = (rows["time"].gather(open_ended) - begun.gather(open_ended)).clip(0)
    fd = rows["fd"].scatter(ends["at"], rows["fd"].gather(ends["before"]))
    return rows.with_columns(begun, rows["ns"].scatter(open_ended, took), fd), first, lost
