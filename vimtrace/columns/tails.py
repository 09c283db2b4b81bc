"""The ends of many lines at once, by numpy: what a call returned and how long it took, where that is as it mostly is.

A tail is *plain* if it is ``) = NUMBER``, ``) = 0xHEX`` or ``) = -1 ERROR (words)``, each with ``<0.MICROSECONDS>``
behind it or not: what form.RETURNED takes, and nothing in it has two meanings.
"""

import re
from typing import NamedTuple

import numpy

from vimtrace.columns import octets as o
from vimtrace.columns.octets import ROOM, Counts, Flags, Octets, Places, Table, Words, word

TIME = len(" <0.000000>")
MICROSECOND = 1000
HED, UNFINIS, DETACH = word(b"hed ...>"), word(b"<unfinis"), word(b" <detach")
FRAME, FRAMED = word(b".\0\0\0\0\0\0>"), 0xFF00_0000_0000_00FF
HEX = word(b"= 0x")
ERROR = re.compile(rb"= -1 (E[A-Z0-9_]+) \([^()]*\)\Z")
LONGEST = 160  # bytes of an error
WORDS = 8  # of spaces, at most, before a result


class Tails(NamedTuple):
    """What the ends of lines tell.

    *plain*; *unfinished*: whether the line ends with that; *detached*: as well; *ns*: the duration, -1 for none;
    *number*: the result, if it is a decimal number, else -1; *error*: its place in *errors*, -1 for none.
    """

    plain: Flags
    unfinished: Flags
    detached: Flags
    ns: Table
    number: Table
    error: Table
    errors: list[str]


def tails(octets: Octets, ends: Places) -> Tails:
    """Of the lines that end at *ends*, and whose beginnings heads() has found to be plain."""
    last = octets.words[ends - 8]
    hed = last == HED
    unfinished, detached = numpy.zeros_like(hed), numpy.zeros_like(hed)
    for found, begin, back in ((unfinished, UNFINIS, 16), (detached, DETACH, 15)):
        found[hed] = octets.words[ends[hed] - back] == begin
    unfinished[hed] &= octets.bytes[ends[hed] - 17] == ord(" ")
    ns, stop = _duration(octets, last, ends)
    number, equals = _short(octets, stop)
    rest = numpy.flatnonzero(equals < 0)
    number[rest], equals[rest], error, errors = _long(octets, stop[rest])
    errno = numpy.full(len(ends), -1, numpy.int32)
    errno[rest] = error
    plain = (equals > 0) & _closed(octets, equals)
    number[~plain] = errno[~plain] = -1
    return Tails(plain, unfinished, detached, ns, number, errno, errors)


def _duration(octets: Octets, last: Words, ends: Places) -> tuple[Table, Places]:
    """How long the calls took in nanoseconds, if less than ten seconds, or -1; and where what is before that ends."""
    digits = last >> 8
    before = octets.words[ends - 16] >> 40
    seconds = (before >> 16) - ord("0")
    known = (last & FRAMED == FRAME) & o.all_digits(digits, 6) & (before & 0xFFFF == word(b" <")) & (seconds < 10)
    ns = (seconds * 1_000_000 + o.number(digits, 6)).astype(numpy.int64) * MICROSECOND
    return numpy.where(known, ns, -1), ends - TIME * known


def _short(octets: Octets, stop: Places) -> tuple[Table, Places]:
    """The results of up to six digits that end at *stop*, and where their "=" is: -1 where there is none."""
    words = octets.words[stop - 8]
    back = words.byteswap()
    behind = o.first(o.equal(back, "="))
    count = numpy.maximum(behind, 1) - numpy.uint8(1)
    known = (behind > 1) & (behind < 8) & _whole(back, count)
    return numpy.where(known, o.last_number(words, count).astype(numpy.int64), -1), numpy.where(
        known, stop - 1 - behind, -1
    )


def _whole(back: Words, count: Counts) -> Flags:
    """Whether before the *count* last digits (*back*: last byte first) is a space, and the first is 0 only alone."""
    alone = (o.first(o.no_digits(back)) == count) & (back >> 8 * count & 0xFF == ord(" "))
    known: Flags = alone & ((count == 1) | (back >> 8 * (count - 1) & 0xFF != ord("0")))
    return known


def _long(octets: Octets, stop: Places) -> tuple[Table, Places, Table, list[str]]:
    """The same for what is longer; and of errors the place in the list."""
    number, equals = numpy.full(len(stop), -1), numpy.full(len(stop), -1)
    error = numpy.full(len(stop), -1, numpy.int32)
    noted = octets.bytes[stop - 1] == ord(")")
    letter = (octets.bytes[stop - 2] | 0x20) - ord("a") < 26  # not of poll or select: each of these may differ
    of_error = numpy.flatnonzero(noted & letter)
    error[of_error], equals[of_error], errors = _errors(octets, stop[of_error])
    plain = numpy.flatnonzero(~noted)
    number[plain], equals[plain] = _wide(octets, stop[plain])
    return number, equals, error, errors


def _wide(octets: Octets, stop: Places) -> tuple[Table, Places]:
    """Of addresses of up to fourteen characters and numbers of as many digits, where their "=" is."""
    low, high = octets.words[stop - 8], octets.words[stop - 16]
    back, further = low.byteswap(), high.byteswap()
    behind = o.first(o.equal(further, "=")) + numpy.uint8(8)
    behind = numpy.where(o.equal(back, "=") != 0, numpy.uint8(16), behind)
    equals = stop - 1 - behind
    begin = octets.words[equals]
    count = numpy.minimum(behind - 1, 15).astype(numpy.uint8)  # characters behind "= "
    of_hex = (begin & 0xFFFF_FFFF == HEX) & _all_hex(back, numpy.minimum(count - 2, 8))
    of_hex &= _all_hex(further, numpy.maximum(count - 2, 8) - numpy.uint8(8))
    of_ten = (begin & 0xFFFF == word(b"= ")) & (begin >> 16 & 0xFF != ord("0"))
    most = numpy.minimum(count, 8)
    of_ten &= (o.first(o.no_digits(back)) >= most) & (o.first(o.no_digits(further)) >= count - most)
    known = (behind < 16) & (of_hex | of_ten)
    value = o.last_number(low, most) + o.last_number(high, count - most) * 10**8
    return numpy.where(known & of_ten, value.astype(numpy.int64), -1), numpy.where(known, equals, -1)


def _all_hex(back: Words, count: Counts) -> Flags:
    """Whether the *count* first bytes are hexadecimal digits."""
    digits, letters = back ^ o.ZEROS, back ^ o.repeated("`")
    no_letter = (letters + 0x79 * o.ONES | letters) & o.HIGH
    no_letter |= o.zero(letters)
    neither = (digits + 0x76 * o.ONES | digits) & o.HIGH & no_letter
    return o.first(neither) >= count


def _errors(octets: Octets, stop: Places) -> tuple[Table, Places, list[str]]:
    """For each of those that may be errors, by the last words of each, its place in the list and where its "=" is."""
    found, equals = numpy.full(len(stop), -1, numpy.int32), numpy.full(len(stop), -1)
    key = octets.words[stop - 8] * o.MIX ^ octets.words[stop - 16]
    order = numpy.argsort(key, kind="stable")
    errors: list[str] = []
    for same in numpy.split(order, numpy.flatnonzero(numpy.diff(key[order])) + 1):
        if not len(same):
            continue
        end = int(stop[same[0]])
        match = ERROR.search(octets.bytes[end - LONGEST : end].tobytes())
        if match is None:
            continue
        alike = same[_ends_with(octets, stop[same], match[0])]
        found[alike], equals[alike] = len(errors), stop[alike] - len(match[0])
        errors.append(match[1].decode("ascii"))
    return found, equals, errors


def _ends_with(octets: Octets, stop: Places, text: bytes) -> Flags:
    alike = numpy.ones(len(stop), bool)
    for at in [*range(0, len(text) - 8, 8), len(text) - 8]:
        alike &= octets.words[stop - len(text) + at] == word(text[at : at + 8])
    return alike


def _closed(octets: Octets, equals: Places) -> Flags:
    """Whether before each "=" are spaces, and before these a bracket: it closes the arguments, for no name has one."""
    closed = numpy.zeros(len(equals), bool)
    here, at = numpy.arange(len(equals)), numpy.maximum(equals, ROOM)
    spaces = numpy.zeros(len(equals), bool)
    for _ in range(WORDS):
        back = octets.words[at - 8].byteswap()
        count = o.first(back ^ o.SPACES)
        ended = count < 8
        bracket = back >> 8 * (count & 7) & 0xFF == ord(")")
        closed[here] = ended & bracket & (spaces | (count > 0))
        here, at, spaces = here[~ended], at[~ended] - 8, numpy.ones((~ended).sum(), bool)
        if not len(here):
            break
    return closed
