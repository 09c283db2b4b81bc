"""The beginnings of many lines at once, by numpy: pid, time, the name of the call, its first descriptor."""

import re
from typing import NamedTuple

import numpy

from vimtrace.columns import octets as o
from vimtrace.columns.form import NAME, NARROW, Form
from vimtrace.columns.octets import Counts, Flags, Octets, Places, Spans, Table, Words, word
from vimtrace.columns.vocabulary import Vocabulary
from vimtrace.times import SECOND

RESUMED, AGAIN = word(b"<... "), word(b" resumed")
DIGITS = 8  # that a number of eight bytes has room for
NAMED = re.compile(NAME)
COLONS = word(b"00:00:00")
MOST, NANOSECOND = 12, 9  # digits of seconds and of a part of them, at most
LAST = (1 << 63) // SECOND - 1  # of the seconds whose nanoseconds have room
TURNS = 3  # of eight bytes, that the longest name needs with what follows it
Column = int | Places  # the same of all lines, or of each its own


class Heads(NamedTuple):
    """What the beginnings of lines tell.

    *body*: after how many bytes pid and time are over; *pid*; *time* in nanoseconds; *resumed*: whether the call began
    on another line; *other*: whether it is a signal or an exit, and no call; *name*: its number in the vocabulary, -1
    for none; *fd*: the descriptor that is the first of the arguments, -1 for none.
    """

    body: Table
    pid: Table
    time: Table
    resumed: Table
    other: Table
    name: Table
    fd: Table


KINDS = ("int16", "int32", "int64", "bool", "bool", "int32", "int32")


def heads(octets: Octets, form: Form, starts: Places, names: Vocabulary) -> tuple[Heads, Places] | None:
    """Of the lines from *starts* on, and where their arguments begin or go on; ``None`` if one is not of *form*."""
    begin = Spans(octets, starts)
    read = _pid(begin, form)
    timed = times(begin, form, read[1]) if read is not None else None
    if read is None or timed is None:
        return None
    time, column = timed
    words = begin.words(column)
    lead = words & 0xFF
    resumed, other = lead == ord("<"), (lead == ord("+")) | (lead == ord("-"))
    body = starts + column
    read_names = _names(octets, words, body, resumed, numpy.flatnonzero(~other), names)
    if read_names is None:
        return None
    name, inner = read_names
    columns = numpy.broadcast_to(numpy.asarray(column, numpy.int16), len(starts))
    return Heads(columns, read[0], time, resumed, other, name, _fd(octets, inner)), inner


def _same(column: Places) -> Column:
    """*column*, as one number if it is the same for all."""
    return int(column[0]) if (column == column[0]).all() else column


def _pid(begin: Spans, form: Form) -> tuple[Table, Column] | None:
    """The pids, and where what they are followed by begins: a relative time may begin with spaces."""
    if not form.pid:
        return numpy.broadcast_to(numpy.int32(-1), len(begin.places)), 0
    words = begin.words(0)
    count = o.first(o.no_digits(words))
    if not ((count > 0) & (count < DIGITS)).all():
        return None
    spaces = o.first((words >> 8 * count) ^ o.SPACES)
    if form.clock == "start":
        found, spaces = spaces, numpy.maximum(count + 1, NARROW) - count
        sound = found >= spaces
    else:
        sound = (spaces > 0) & (spaces < DIGITS)
    if not sound.all():
        return None
    return o.number(words, count).view(numpy.int64), _same((count + spaces).astype(numpy.int64))


def times(begin: Spans, form: Form, at: Column) -> tuple[Table, Column] | None:
    """The times of the stamps that are *at* these columns, and where what follows them begins."""
    if not form.clock:
        return numpy.zeros(len(begin.places), numpy.int64), at
    point = form.stamp - 1 - (form.digits + 1 if form.digits else 0)
    if point > MOST or form.digits > NANOSECOND:
        return None
    whole = {"day": _of_day, "epoch": _digits, "start": _padded}[form.clock](begin, at, point)
    end = at + form.stamp
    if whole is None or (whole > LAST).any() or (begin.bytes(end - 1) != ord(" ")).any():
        return None
    whole *= SECOND
    if form.digits:
        part = _digits(begin, at + point + 1, form.digits)
        if part is None or (begin.bytes(at + point) != ord(".")).any():
            return None
        whole += part * 10 ** (NANOSECOND - form.digits)
    return whole, end


def _digits(begin: Spans, at: Column, count: int) -> Table | None:
    """The number of the *count* digits *at* each column."""
    most = min(count, DIGITS)
    words = begin.words(at + count - most)
    if not o.all_digits(words, most).all():
        return None
    value: Table = o.number(words, most).view(numpy.int64)
    if count > most:
        before = _leading(begin, at, count - most)
        if before is None:
            return None
        value += before * 10**most
    return value


def _leading(begin: Spans, at: Column, count: int) -> Table | None:
    """The number of the *count* digits *at* each column, which mostly are the same for all."""
    words = begin.words(at)
    if not ((words ^ words[0]) << 8 * (DIGITS - count)).any():
        return _digits(Spans(begin.octets, begin.places[:1]), at if isinstance(at, int) else at[:1], count)
    return _digits(begin, at, count)


def _of_day(begin: Spans, at: Column, _: int) -> Table | None:
    """The seconds of hours, minutes and seconds."""
    digits = begin.words(at) ^ COLONS
    if (o.no_digits(digits ^ o.ZEROS) | (digits & 0xFF_0000_FF00_00)).any():
        return None
    hours, minutes, seconds = ((digits >> low & 0xFF) * 10 + (digits >> low + 8 & 0xFF) for low in (0, 24, 48))
    value: Table = (hours * 3600 + minutes * 60 + seconds).astype(numpy.int64)
    return value


def _padded(begin: Spans, at: Column, count: int) -> Table | None:
    """The number that ends after *count* columns and has spaces before it."""
    words = begin.words(at)
    spaces = o.first(words ^ o.SPACES)
    words = words | (o.ZEROS & ~(o.ALL << 8 * spaces))
    if count > DIGITS or not ((spaces < count) & o.all_digits(words, count)).all():
        return None
    return o.number(words, count).astype(numpy.int64)


def _names(
    octets: Octets, words: Words, body: Places, resumed: Flags, calls: Places, names: Vocabulary
) -> tuple[Table, Places] | None:
    """The names in the lines whose *body* begins with *words*, and where what follows ``(`` or ``resumed>`` begins.

    *calls*: the lines that have a name at all.
    """
    length = o.first(o.equal(words, "("))
    begin, again = body, numpy.flatnonzero(resumed)
    if (words[again] & 0xFF_FFFF_FFFF != RESUMED).any():
        return None
    if len(again):
        words, begin = words.copy(), body.copy()
        begin[again] += 5
        words[again] = octets.words[begin[again]]
        length[again] = o.first(o.equal(words[again], " "))
    key = _low(words, length)
    long = numpy.flatnonzero(length == 8)
    for turn in range(1, TURNS):
        further = octets.words[begin[long] + 8 * turn]
        stop = numpy.where(resumed[long], numpy.uint64(o.SPACES), numpy.uint64(o.repeated("(")))
        more = o.first(o.zero(further ^ stop))
        length[long] += more
        key[long] = key[long] * o.MIX + _low(further, more)
        long = long[more == 8]
    after = begin + length
    of_again = after[again]
    if (octets.words[of_again] != AGAIN).any() or (octets.bytes[of_again + 8] != ord(">")).any():
        return None
    longest = calls[(length[calls] == 8 * TURNS) & ~resumed[calls]]
    ended = (octets.bytes[after[longest]] == ord("(")).all()
    found = _known(octets, key, begin, length, calls, names) if ended else None
    if found is None:
        return None
    after += 1
    after[again] += 8
    return found, after


def _low(words: Words, count: Counts) -> Words:
    begun: Words = words & ~(o.ALL << 8 * count)
    return begun


def _known(octets: Octets, key: Words, begin: Places, length: Counts, calls: Places, names: Vocabulary) -> Table | None:
    """The numbers in *names* of the names of *calls*, and of others -1; ``None`` if one is no name of a call."""

    def name(place: int) -> str | None:
        at = calls[place]
        text = octets.bytes[begin[at] : begin[at] + length[at]].tobytes().decode("latin-1")
        return text if NAMED.fullmatch(text) else None

    if len(calls) == len(key):
        found = names.places(key, name)
    else:
        found = numpy.full(len(key), -1, numpy.int32)
        found[calls] = names.places(key[calls], name)
    return found if (found[calls] >= 0).all() else None


def _fd(octets: Octets, inner: Places) -> Table:
    fd, _, behind = o.first_number(octets.words[inner])
    return numpy.where((behind == ord(",")) | (behind == ord(")")) | (behind == ord(" ")), fd, -1)
