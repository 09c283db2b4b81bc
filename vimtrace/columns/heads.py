"""The beginnings of many lines at once, by numpy: pid, time, the name of the call, its first descriptor."""

import re
from typing import NamedTuple

import numpy

from vimtrace.columns import octets as o
from vimtrace.columns.form import NAME, NARROW, Form
from vimtrace.columns.octets import Counts, Flags, Octets, Places, Table, Words, word
from vimtrace.times import SECOND

RESUMED, AGAIN = word(b"<... "), word(b" resumed")
DIGITS = 8  # that a number of eight bytes has room for
NAMED = re.compile(NAME)
COLONS = word(b"00:00:00")
MOST, NANOSECOND = 12, 9  # digits of seconds and of a part of them, at most
LAST = (1 << 63) // SECOND - 1  # of the seconds whose nanoseconds have room


class Heads(NamedTuple):
    """What the beginnings of lines tell.

    *body*: after how many bytes pid and time are over; *pid*; *time* in nanoseconds; *resumed*: whether the call began
    on another line; *other*: whether it is a signal or an exit, and no call; *name*: the place in *names*, -1 for none;
    *fd*: the descriptor that is the first of the arguments, -1 for none.
    """

    body: Table
    pid: Table
    time: Table
    resumed: Flags
    other: Flags
    name: Table
    fd: Table
    names: list[str]


def heads(octets: Octets, form: Form, starts: Places) -> tuple[Heads, Places] | None:
    """Of the lines from *starts* on, and where their arguments begin or go on; ``None`` if one is not of *form*."""
    read = _pid(octets, form, starts)
    if read is None:
        return None
    pid, at = read
    timed = _time(octets, form, at)
    if timed is None:
        return None
    time, body = timed
    lead = octets.bytes[body]
    resumed, other = lead == ord("<"), (lead == ord("+")) | (lead == ord("-"))
    if (octets.words[body[resumed]] & 0xFF_FFFF_FFFF != RESUMED).any():
        return None
    begin = body + 5 * resumed
    key, length = _word(octets, begin, resumed, ~other)
    after = begin + length
    if (octets.words[after[resumed]] != AGAIN).any() or (octets.bytes[after[resumed] + 8] != ord(">")).any():
        return None
    if (octets.bytes[after[~resumed & ~other]] != ord("(")).any():
        return None
    inner = after + 1 + 8 * resumed
    found = _names(octets, key, begin, length, ~other)
    if found is None:
        return None
    name, names = found
    columns = (body - starts).astype(numpy.int16)
    return Heads(columns, pid, time, resumed, other, name, _fd(octets, inner), names), inner


def _pid(octets: Octets, form: Form, starts: Places) -> tuple[Table, Places] | None:
    """The pids, and what they are followed by: in columns that a relative time may begin with spaces, or not."""
    if not form.pid:
        return numpy.full(len(starts), -1), starts
    words = octets.words[starts]
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
    return o.number(words, count).astype(numpy.int64), starts + count + spaces


def _time(octets: Octets, form: Form, at: Places) -> tuple[Table, Places] | None:
    """The times of the stamps that are *at*, and what follows them."""
    if not form.clock:
        return numpy.zeros(len(at), numpy.int64), at
    point = form.stamp - 1 - (form.digits + 1 if form.digits else 0)
    if point > MOST or form.digits > NANOSECOND:
        return None
    whole = {"day": _of_day, "epoch": _digits, "start": _padded}[form.clock](octets, at, point)
    part = _digits(octets, at + point + 1, form.digits) if form.digits else numpy.zeros(len(at), numpy.int64)
    end = at + form.stamp
    sound = (octets.bytes[end - 1] == ord(" ")).all()
    if whole is None or part is None or not sound or (whole > LAST).any():
        return None
    if form.digits and (octets.bytes[at + point] != ord(".")).any():
        return None
    return whole * SECOND + part * 10 ** (NANOSECOND - form.digits), end


def _digits(octets: Octets, at: Places, count: int) -> Table | None:
    """The number of the *count* digits *at* each place."""
    most = min(count, DIGITS)
    words = octets.words[at]
    if not o.all_digits(words, most).all():
        return None
    value: Table = o.number(words, most).astype(numpy.int64)
    if count > most:
        rest = _digits(octets, at + most, count - most)
        if rest is None:
            return None
        value = value * 10 ** (count - most) + rest
    return value


def _of_day(octets: Octets, at: Places, _: int) -> Table | None:
    """The seconds of hours, minutes and seconds."""
    digits = octets.words[at] ^ COLONS
    if (o.no_digits(digits ^ o.ZEROS) | (digits & 0xFF_0000_FF00_00)).any():
        return None
    hours, minutes, seconds = ((digits >> low & 0xFF) * 10 + (digits >> low + 8 & 0xFF) for low in (0, 24, 48))
    value: Table = (hours * 3600 + minutes * 60 + seconds).astype(numpy.int64)
    return value


def _padded(octets: Octets, at: Places, count: int) -> Table | None:
    """The number that ends after *count* columns and has spaces before it."""
    words = octets.words[at]
    spaces = o.first(words ^ o.SPACES)
    words = words | (o.ZEROS & ~(o.ALL << 8 * spaces))
    if count > DIGITS or not ((spaces < count) & o.all_digits(words, count)).all():
        return None
    return o.number(words, count).astype(numpy.int64)


def _word(octets: Octets, begin: Places, resumed: Flags, wanted: Flags) -> tuple[Words, Counts]:
    """A number for each name that begins there, alike for the same ones, and how long it is."""
    words = octets.words[begin]
    length = o.first(o.equal(words, "("))
    length[resumed] = o.first(o.equal(words[resumed], " "))
    key = _low(words, length)
    long = numpy.flatnonzero((length == 8) & wanted)
    for turn in (1, 2):
        words = octets.words[begin[long] + 8 * turn]
        after = numpy.where(resumed[long], numpy.uint64(o.SPACES), numpy.uint64(o.repeated("(")))
        more = o.first(o.zero(words ^ after))
        length[long] += more
        key[long] = key[long] * o.MIX + _low(words, more)
        long = long[more == 8]
    return key, length


def _low(words: Words, count: Counts) -> Words:
    begun: Words = words & ~(o.ALL << 8 * count)
    return begun


def _names(octets: Octets, key: Words, begin: Places, length: Counts, wanted: Flags) -> tuple[Table, list[str]] | None:
    """For each line the place of its name in the list."""
    keys, example = numpy.unique(key[wanted], return_index=True)
    at, size = begin[wanted][example], length[wanted][example]
    names = [octets.bytes[a : a + n].tobytes().decode("latin-1") for a, n in zip(at, size, strict=True)]
    if not all(NAMED.fullmatch(name) for name in names):
        return None
    place = numpy.searchsorted(keys, key).astype(numpy.int32)
    place[~wanted] = -1
    return place, names


def _fd(octets: Octets, inner: Places) -> Table:
    words = octets.words[inner]
    count = o.first(o.no_digits(words))
    behind = words >> 8 * (count & 7) & 0xFF
    ended = (behind == ord(",")) | (behind == ord(")")) | (behind == ord(" "))
    known = (count > 0) & (count < DIGITS) & ended
    return numpy.where(known, o.number(words, count).astype(numpy.int64), -1)
