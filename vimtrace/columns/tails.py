"""The ends of many lines at once, by numpy: what a call returned and how long it took, where that is as it mostly is.

A tail is *plain* if it is ``) = NUMBER``, ``) = NUMBER</FILE>``, ``) = 0xHEX`` or ``) = -1 ERROR (words)``, each with
``<0.MICROSECONDS>`` behind it or not: what form.RETURNED takes, and nothing in it has two meanings.
"""

import re
from typing import NamedTuple

import numpy

from vimtrace.columns import octets as o
from vimtrace.columns.content import ROOM
from vimtrace.columns.octets import SPAN, Counts, Flags, Octets, Places, Spans, Table, Words, word
from vimtrace.columns.quoted import digested, numbers
from vimtrace.columns.vocabulary import Vocabulary

TIME = len(" <0.000000>")
MICROSECOND = 1000
HED, UNFINIS, DETACH = word(b"hed ...>"), word(b"<unfinis"), word(b" <detach")
FRAME, FRAMED = word(b".\0\0\0\0\0\0>"), 0xFF00_0000_0000_00FF
HEX, CLOSED = word(b"= 0x"), word(b") ")
ERROR = re.compile(r"= -1 (E[A-Z0-9_]+) \([^()]*\)\Z")
LONGEST = 160  # bytes of an error
WORDS = 8  # of spaces, at most, before a result


class Tails(NamedTuple):
    """What the ends of lines tell.

    *plain*; *unfinished*: whether the line ends with that; *detached*: as well; *ns*: the duration, -1 for none;
    *number*: the result, if it is a decimal number, else -1; *error*: its number in the vocabulary, -1 for none;
    *file*: that of the file that a descriptor names which was returned (-y), -1 for none.
    """

    plain: Table
    unfinished: Table
    detached: Table
    ns: Table
    number: Table
    error: Table
    file: Table


KINDS = ("bool", "bool", "bool", "int64", "int64", "int32", "int32")


def tails(octets: Octets, end: Spans, errors: Vocabulary, files: Vocabulary) -> Tails:
    """Of the lines that end at the *end* of each SPAN, and whose beginnings heads() has found to be plain."""
    ends, last = end.places + SPAN, end.words(SPAN - 8)
    unfinished, detached = numpy.zeros((2, len(ends)), bool)
    hed = numpy.flatnonzero(last == HED)
    if len(hed):
        of_hed = ends[hed]
        unfinished[hed] = (octets.words[of_hed - 16] == UNFINIS) & (octets.bytes[of_hed - 17] == ord(" "))
        detached[hed] = octets.words[of_hed - 15] == DETACH
    ns, timed = _duration(end, last)
    stop = ends - TIME * timed
    words = numpy.where(timed, end.words(SPAN - TIME - 8), last)
    number, behind = _short(words)
    before = numpy.where(timed, end.words(SPAN - TIME - 16), end.words(SPAN - 16))
    shift = 8 * behind
    # The eight bytes before the "=": of these some are in words, the others before it.
    plain = (behind > 0) & _closed(octets, stop - 1 - behind, words << 8 + shift | before >> 56 - shift)
    error, file = numpy.full((2, len(ends)), -1, numpy.int32)
    rest = numpy.flatnonzero(behind == 0)
    number[rest], equals, error[rest], file[rest] = _long(octets, stop[rest], errors, files)
    known = equals >= 0
    equals = numpy.maximum(equals, ROOM)
    plain[rest] = known & _closed(octets, equals, octets.words[equals - 8])
    number[~plain] = error[~plain] = file[~plain] = -1
    return Tails(plain, unfinished, detached, ns, number, error, file)


def brackets(octets: Octets, ends: Places) -> Places:
    """Where the arguments are closed in those of plain lines, which have these *ends*, that return a short number.

    Right before its " = "; -1 where it stands elsewhere, or the number is longer.
    """
    end = Spans(octets, ends - SPAN)
    last = end.words(SPAN - 8)
    timed = _duration(end, last)[1]
    behind = _short(numpy.where(timed, end.words(SPAN - TIME - 8), last))[1]
    bracket = ends - TIME * timed - behind - 3
    there = (behind > 0) & (octets.bytes[bracket] == ord(")")) & (octets.bytes[bracket + 1] == ord(" "))
    return numpy.where(there, bracket, -1)


def _duration(end: Spans, last: Words) -> tuple[Table, Flags]:
    """How long the calls took in nanoseconds, if less than ten seconds, or -1; and whether that is told."""
    digits = last >> 8
    before = end.words(SPAN - 16) >> 40
    seconds = (before >> 16) - ord("0")
    timed = (last & FRAMED == FRAME) & o.all_digits(digits, 6) & (before & 0xFFFF == word(b" <")) & (seconds < 10)
    ns = (seconds * 1_000_000 + o.number(digits, 6)).view(numpy.int64) * MICROSECOND
    return numpy.where(timed, ns, -1), timed


def _short(words: Words) -> tuple[Table, Counts]:
    """The results of up to six digits at the ends of *words*, and with their "=" how long they are: 0 for others."""
    back = words.byteswap()
    behind = o.first(o.equal(back, "="))
    count = numpy.maximum(behind, 1) - numpy.uint8(1)
    known = (behind > 1) & (behind < 8) & _whole(back, count)
    return numpy.where(known, o.last_number(words, count).view(numpy.int64), -1), behind * known


def _whole(back: Words, count: Counts) -> Flags:
    """Whether before the *count* last digits (*back*: last byte first) is a space, and the first is 0 only alone."""
    alone = (o.first(o.no_digits(back)) == count) & (back >> 8 * count & 0xFF == ord(" "))
    known: Flags = alone & ((count == 1) | (back >> 8 * (count - 1) & 0xFF != ord("0")))
    return known


def _long(octets: Octets, stop: Places, errors: Vocabulary, files: Vocabulary) -> tuple[Table, Places, Table, Table]:
    """Of what is longer and ends at *stop*: the number, where its "=" is (-1: nowhere), of errors and files theirs."""
    number, equals = numpy.full((2, len(stop)), -1)
    error, file = numpy.full((2, len(stop)), -1, numpy.int32)
    last = octets.bytes[stop - 1]
    noted, named = last == ord(")"), last == ord(">")
    letter = (octets.bytes[stop - 2] | 0x20) - ord("a") < 26  # not of poll or select: each of these may differ
    of_error = numpy.flatnonzero(noted & letter)
    error[of_error], equals[of_error] = _errors(octets, stop[of_error], errors)
    of_file = numpy.flatnonzero(named)
    number[of_file], equals[of_file], file[of_file] = _named(octets, stop[of_file], files)
    plain = numpy.flatnonzero(~(noted | named))
    number[plain], equals[plain] = _wide(octets, stop[plain])
    return number, equals, error, file


def _named(octets: Octets, stop: Places, files: Vocabulary) -> tuple[Table, Places, Table]:
    """Of descriptors with the name of a file: the number, where its "=" is, the file's. -1 for all where it is none.

    Nor is one if something in its name has two meanings.
    """
    length, digest = digested(octets, stop - 1, _ends_name, back=True)
    begin = stop - 1 - length
    number, behind = _short(octets.words[begin - 9])
    known = (octets.bytes[begin - 1] == ord("<")) & (octets.bytes[begin] == ord("/")) & (behind > 0)
    at, file = numpy.flatnonzero(known), numpy.full(len(stop), -1, numpy.int32)
    file[at] = numbers(octets, begin[at], length[at], digest[at], files)
    return numpy.where(known, number, -1), numpy.where(known, begin - 2 - behind, -1), file


def _ends_name(words: Words) -> Words:
    return o.control(words) | o.angle(words) | o.equal(words, "\\")


def _wide(octets: Octets, stop: Places) -> tuple[Table, Places]:
    """Of addresses of up to fourteen characters and numbers of as many digits, where their "=" is."""
    two = Spans(octets, stop - 16)
    low, high = two.words(8), two.words(0)
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
    return numpy.where(known & of_ten, value.view(numpy.int64), -1), numpy.where(known, equals, -1)


def _all_hex(back: Words, count: Counts) -> Flags:
    """Whether the *count* first bytes are hexadecimal digits."""
    digits, letters = back ^ o.ZEROS, back ^ o.repeated("`")
    no_letter = (letters + 0x79 * o.ONES | letters) & o.HIGH
    no_letter |= o.zero(letters)
    neither = (digits + 0x76 * o.ONES | digits) & o.HIGH & no_letter
    return o.first(neither) >= count


def _errors(octets: Octets, stop: Places, errors: Vocabulary) -> tuple[Table, Places]:
    """Of those that may be errors, the number of each and where its "=" is: -1 for both where it is none.

    Those that end alike are taken for the first of them that was met, and then held against it.
    """

    def error(place: int) -> str | None:
        end = int(stop[place])
        match = ERROR.search(octets.bytes[end - LONGEST : end].tobytes().decode("latin-1"))
        return match[0] if match else None

    number = errors.places(octets.words[stop - 8] * o.MIX ^ octets.words[stop - 16], error)
    equals, order = numpy.full(len(stop), -1), numpy.argsort(number, kind="stable")
    for same in numpy.split(order, numpy.flatnonzero(numpy.diff(number[order])) + 1):
        if not len(same) or number[same[0]] < 0:
            continue
        text = errors.words[number[same[0]]].encode("latin-1")
        alike = _ends_with(octets, stop[same], text)
        equals[same[alike]] = stop[same[alike]] - len(text)
        number[same[~alike]] = -1
    return number, equals


def _ends_with(octets: Octets, stop: Places, text: bytes) -> Flags:
    begin = Spans(octets, stop - len(text))
    alike = numpy.ones(len(stop), bool)
    for at in [*range(0, len(text) - 8, 8), len(text) - 8]:
        alike &= begin.words(at) == word(text[at : at + 8])
    return alike


def _closed(octets: Octets, equals: Places, before: Words) -> Flags:
    """Whether before each "=" are spaces, and before these a bracket: it closes the arguments, for no name has one.

    *before*: the eight bytes in front of the "=".
    """
    closed: Flags = before >> 48 == CLOSED
    here = numpy.flatnonzero(~closed)
    at, before, spaces = equals[here], before[here], numpy.zeros(len(here), bool)
    for _ in range(WORDS):
        if not len(here):
            break
        back = before.byteswap()
        count = o.first(back ^ o.SPACES)
        ended = count < 8
        bracket = back >> 8 * (count & 7) & 0xFF == ord(")")
        closed[here] = ended & bracket & (spaces | (count > 0))
        here, at = here[~ended], at[~ended] - 8
        before, spaces = octets.words[at - 8], numpy.ones(len(here), bool)
    return closed
