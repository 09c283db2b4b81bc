"""The paths that many calls name, by numpy: of each the number of its word.

A path is known by 64 bits that are made of it: among a million different ones two that are taken for one are as likely
as one in 37 million.
"""

import numpy

from vimtrace.columns import octets as o
from vimtrace.columns.content import ROOM
from vimtrace.columns.octets import SPAN, Octets, Places, Spans, Table, Words, word
from vimtrace.columns.vocabulary import Vocabulary

HERE, THEN, EMPTY = word(b"AT_FDCWD"), word(b', "'), word(b'"", ')
STOPS = '"\\\x1b\n'  # what ends a path, and what a path as it stands has not in it
LONGEST = 1 << 14  # bytes, more than the kernel takes
UNKNOWN, NOTHING = -1, -2  # what only the parser understands, and "" in a folder


def paths(octets: Octets, inner: Places, words: Vocabulary) -> Table:
    """Of the calls whose arguments begin at *inner*: the first path, or the one behind a folder without a name.

    The number of each among *words*; UNKNOWN, or NOTHING.
    """
    quote, folder = _quotes(octets, inner)
    begin = quote + 1
    length, digest = digested(octets, begin, numpy.flatnonzero(quote >= 0), STOPS)
    end = numpy.maximum(begin + length, ROOM)
    sound = (quote >= 0) & (octets.bytes[end] == ord('"')) & (octets.bytes[end + 1] != ord("."))
    nothing = folder & (octets.words[numpy.maximum(quote, 0)] & 0xFFFF_FFFF == EMPTY)
    found = numpy.where(nothing & sound & (length == 0), numpy.int32(NOTHING), numpy.int32(UNKNOWN))
    known = numpy.flatnonzero(sound & (length > 0))
    found[known] = numbers(octets, begin[known], length[known], digest[known], words)
    return found


def numbers(octets: Octets, begin: Places, length: Table, digest: Words, words: Vocabulary) -> Table:
    """The number among *words* of each text of that *length* that *begin*s there, and has that *digest*."""

    def text(place: int) -> str:
        return str(octets.bytes.data[begin[place] : begin[place] + length[place]], "utf-8")

    return words.places(digest ^ length.view(numpy.uint64) * o.MIX, text)


def digested(octets: Octets, begin: Places, left: Places, ends: str) -> tuple[Table, Words]:
    """How long the texts are that *begin* there and go on up to one of *ends*, and a number that each of them makes.

    Only those *left* are any. What is longer than LONGEST has no length.
    """
    length, digest = numpy.zeros(len(begin), numpy.int64), numpy.zeros(len(begin), numpy.uint64)
    spans = Spans(octets, numpy.maximum(begin, 0))
    for column in range(0, LONGEST, 8):
        words = spans.words(column)[left] if column + 8 <= SPAN else octets.words[begin[left] + column]
        stops = numpy.zeros_like(words)
        for stop in ends:
            stops |= o.equal(words, stop)
        count = o.first(stops)
        mixed = (digest[left] ^ words & ~(o.ALL << 8 * count)) * o.MIX
        digest[left] = mixed ^ mixed >> 32
        length[left] += count
        left = left[count == 8]
        if not len(left):
            break
    length[left] = 0
    return length, digest


def _quotes(octets: Octets, inner: Places) -> tuple[Places, Table]:
    """Where the path's quotation mark is, -1 for nowhere, and whether a folder stands before it."""
    words = octets.words[inner]
    digits = o.first(o.no_digits(words))
    size = numpy.where(words == HERE, numpy.uint8(len("AT_FDCWD")), digits)
    folder = (size > 0) & (octets.words[inner + size] & 0xFF_FFFF == THEN)
    found = folder | (words & 0xFF == ord('"'))
    return numpy.where(found, inner + numpy.where(folder, size + 2, 0), -1), folder
