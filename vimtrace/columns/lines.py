"""The lines of a trace, each known as far as one line tells: who, when, which call, what it returned, how long.

What numpy has read of most (fields.py) is completed by expressions for the few lines that look otherwise.
"""

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
from vimtrace.columns.octets import Flags, Octets, Places, Table
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
    """*octets*: the file. *fields*: where its lines stand in it, and what most of them tell. *form*: how they look.

    Of each line: its *pid*, *time* (ns; all 0 if not *timed*, whole seconds if not *fine*), duration *ns* (-1: not
    told), and the number of its error among *errnos* (-1: none); whether the call *begins* there and another line ends
    it, or that it is *detached* (strace left it), or an *exit*. *rare*: the lines of which *told* tells more: the
    columns RARE. *owner*: the process in the file's name. *cut*: whether the last line only begins, of a call that the
    end of the trace loses. *numbers*: those of the lines in the files of a set, where they are not those here.
    """

    octets: Octets
    fields: Fields
    form: Form
    pid: Table
    time: Table
    ns: Table
    error: Table
    errnos: list[str]
    begins: Flags
    detached: Flags
    exit: Flags
    rare: Places
    told: polars.DataFrame
    owner: int | None
    cut: bool
    numbers: Places | None

    @property
    def timed(self) -> bool:
        """Whether they tell when they were written."""
        return bool(self.form.clock)

    @property
    def fine(self) -> bool:
        """Whether they tell parts of a second."""
        return self.form.digits > 0

    def number(self, at: Places) -> Places:
        """The numbers (from 1) of the lines *at* these places in their file."""
        return self.numbers[at] if self.numbers is not None else at + 1

    def texts(self, at: Places) -> polars.Series:
        """The lines *at* these places, from where the calls begin."""
        starts = self.fields.starts(at) + self.fields.head.body[at]
        return texts(self.octets, starts, self.fields.ends[at])

    def whole_texts(self, at: Places, encoding: str = "utf-8") -> list[str]:
        """The lines *at* these places, from where they begin; the parser takes those in latin-1."""
        return pieces(self.octets, self.fields.starts(at), self.fields.ends[at], encoding)

    def labels(self, at: Places) -> polars.Series:
        """The names of the descriptors with which the calls *at* these places begin; null for none."""
        return words(self.fields.label[at], self.fields.labels)

    def of_rare(self, name: str, at: Places) -> tuple[Places, Table]:
        """Which of the lines *at* these places, which ascend, are rare, and what is told of these in that column."""
        places = numpy.searchsorted(at, self.rare)
        there = numpy.flatnonzero(at[numpy.minimum(places, len(at) - 1)] == self.rare) if len(at) else places[:0]
        told = self.told[name].gather(there)
        return places[there], told.fill_null(-1 if told.dtype == polars.Int64 else False).to_numpy()

    def whole(self, rows: polars.DataFrame) -> polars.DataFrame:
        """*rows* (with ``at`` and ``first``), with ``line``, the text, and ``head``, that where the call began."""
        line = self.texts(rows["at"].to_numpy())
        joined = (rows["at"] != rows["first"]).arg_true()
        if not len(joined):
            return rows.with_columns(line.alias("line"), line.alias("head"))
        head = line.clone().scatter(joined, self.texts(rows["first"].gather(joined).to_numpy()))
        return rows.with_columns(line.alias("line"), head.alias("head"))


def lines(
    octets: Octets, found: Fields, form: Form, owner: int | None, cut: bool = False, numbers: Places | None = None
) -> Lines | None:
    """The lines of *octets*, of which numpy has *found* something; ``None`` if one is not plain.

    *cut*: whether the last one is the beginning of a call; *numbers*: as in Lines.
    """
    head, tail = found.head, found.tail
    others = numpy.flatnonzero(head.other)
    of_others = found.starts(others) + head.body[others]
    if not texts(octets, of_others, found.ends[others]).str.contains(OTHER).all():
        return None
    if cut:
        tail.unfinished[-1], head.resumed[-1] = True, False
    begins = tail.unfinished & ~head.other
    rare = numpy.flatnonzero(~(tail.plain | head.other | (begins & ~head.resumed)))
    told = _told(octets, found.starts(rare) + head.body[rare], found.ends[rare])
    time = _going_on(head.time, form)
    if time is None or not (told["sound"] | polars.Series(tail.detached[rare])).all():
        return None
    exit = numpy.zeros(len(begins), bool)
    exit[others] = octets.bytes[of_others] == ord("+")
    ns = tail.ns
    ns[rare] = told["ns"].fill_null(-1).to_numpy()
    pid = head.pid if form.pid else numpy.full_like(head.pid, owner if owner is not None else NOBODY)
    errors = _errors(found, rare, told)
    of_calls = begins, tail.detached & ~head.other
    return Lines(octets, found, form, pid, time, ns, *errors, *of_calls, exit, rare, told, owner, cut, numbers)


def texts(octets: Octets, starts: Places, ends: Places) -> polars.Series:
    """The pieces of text from *starts* to *ends*."""
    return polars.Series(pieces(octets, starts, ends, "utf-8"), dtype=polars.String)


def pieces(octets: Octets, starts: Places, ends: Places, encoding: str) -> list[str]:
    """The pieces of text from *starts* to *ends*."""
    view = octets.bytes.data
    return [str(view[start:end], encoding) for start, end in zip(starts.tolist(), ends.tolist(), strict=True)]


def words(numbers: Table, known: list[str]) -> polars.Series:
    """Those of the words *known* that have these *numbers*; null for negative ones."""
    return polars.Series(known, dtype=polars.String).gather(or_null(polars.Series(numbers)))


def or_null(numbers: polars.Series) -> polars.Series:
    """*numbers*, but null for negative ones."""
    return polars.select(polars.when(numbers >= 0).then(numbers).alias(numbers.name)).to_series()


def someone(pid: int) -> int | None:
    """*pid*, but ``None`` for NOBODY."""
    return pid if pid != NOBODY else None


def line_of(text: str, at: int = 0) -> Line:
    """*text* (latin-1, as the parser takes it), the line *at* (from 0)."""
    match = STRACE.pattern.match(text)
    assert match is not None  # the expression matches any line
    return Line(match, STRACE, at + 1, at)


def _errors(found: Fields, rare: Places, told: polars.DataFrame) -> tuple[Table, list[str]]:
    """For each line the number of its error, and the errors."""
    words = [text.split()[2] for text in found.errors]
    errnos = list(dict.fromkeys([*words, *told["errno"].drop_nulls()]))
    numbers = {errno: number for number, errno in enumerate(errnos)}
    error = numpy.array([*(numbers[word] for word in words), -1], numpy.int32)[found.tail.error]
    failed = told["errno"].is_not_null().arg_true()
    error[rare] = -1
    error[rare[failed]] = [numbers[errno] for errno in told["errno"].gather(failed)]
    return error, errnos


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


def _going_on(time: Table, form: Form) -> Table | None:
    """*time* as Clock counts it: a time of day goes on after midnight, one relative to the line before adds up."""
    if form.clock == "start":
        return numpy.cumsum(time)
    if form.clock == "day":
        step = numpy.diff(time, prepend=time[:1])
        if (step > DAY // 2).any():
            return None
        day: Table = time + numpy.cumsum(step < -(DAY // 2)) * DAY
        return day
    return time
