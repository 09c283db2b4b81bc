"""The paths that many calls name, by numpy: of each the number of its word.

A path is known by 64 bits that are made of it: among a million different ones two that are taken for one are as likely
as one in 37 million.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy

from vimtrace.columns import octets as o
from vimtrace.columns.octets import Flags, Octets, Places, Table, Words, word
from vimtrace.columns.vocabulary import Vocabulary

HERE, THEN, EMPTY = word(b"AT_FDCWD"), word(b', "'), word(b'"", ')
NAMED, ABSOLUTE = word(b"</"), word(b'"/')
LONGEST = 1 << 14  # bytes, more than the kernel takes
UNKNOWN, NOTHING = -1, -2  # what only the parser understands, and "" in a folder
Stops = Callable[[Words], Words]  # not zero in the first byte of each word that ends a text, and zero before it


class Quotes(NamedTuple):
    """Of calls where the path's quotation mark is, -1 for nowhere; whether there is a *folder* before it.

    If the path begins in one that has a name (-y): where that *begin*s, its *length* (else 0) and its *digest*.
    """

    at: Places
    folder: Flags
    begin: Places
    length: Table
    digest: Words


def paths(octets: Octets, inner: Places, words: Vocabulary) -> tuple[Table, Flags]:
    """Of the calls whose arguments begin at *inner*: the first path, or the one behind a folder.

    The number of each among *words*; UNKNOWN, or NOTHING. And whether it begins in a folder that has a name.
    """
    quotes = _quotes(octets, inner)
    quoted = numpy.flatnonzero(quotes.at >= 0)
    begin = quotes.at[quoted] + 1
    length, digest = digested(octets, begin, _ends_path)
    end = begin + length
    sound = (octets.bytes[end] == ord('"')) & (octets.bytes[end + 1] != ord("."))
    found = numpy.full(len(inner), UNKNOWN, numpy.int32)
    nothing = sound & (length == 0) & quotes.folder[quoted] & (octets.words[begin - 1] & 0xFFFF_FFFF == EMPTY)
    found[quoted[nothing]] = NOTHING
    path, inside = sound & (length > 0), quotes.length[quoted] > 0
    known = numpy.flatnonzero(path & ~inside)
    found[quoted[known]] = numbers(octets, begin[known], length[known], digest[known], words)
    known = numpy.flatnonzero(path & inside)
    of = quoted[known]
    found[of] = _joined(octets, quotes, of, begin[known], length[known], digest[known], words)
    return found, quotes.length > 0


def _joined(
    octets: Octets, quotes: Quotes, of: Places, begin: Places, length: Table, digest: Words, words: Vocabulary
) -> Table:
    """The number among *words* of each path that *begin*s there, behind the folder that *quotes* has *of* it."""

    def text(place: int) -> str:
        folder, at = of[place], begin[place]
        name = octets.text(quotes.begin[folder], quotes.length[folder])
        return f"{name}/{octets.text(at, length[place])}"

    lengths = (quotes.length[of] << 32 | length).view(numpy.uint64)
    return words.places((digest * o.MIX ^ quotes.digest[of]) * o.MIX ^ lengths, text)


def numbers(octets: Octets, begin: Places, length: Table, digest: Words, words: Vocabulary) -> Table:
    """The number among *words* of each text of that *length* that *begin*s there, and has that *digest*."""

    def text(place: int) -> str:
        return octets.text(begin[place], length[place])

    return words.places(digest ^ length.view(numpy.uint64) * o.MIX, text)


def digested(octets: Octets, begin: Places, stops: Stops, back: bool = False) -> tuple[Table, Words]:
    """How long the texts are that *begin* there and go on up to what *stops* them, and a number that each makes.

    What is longer than LONGEST has no length. *back*: they end there, and are read from there on back; the number is
    another than that of the same letters forth.
    """
    length, digest = numpy.zeros(len(begin), numpy.int64), numpy.full(len(begin), o.MIX * back, numpy.uint64)
    left, at, mixed = numpy.arange(len(begin)), begin, digest
    for _ in range(0, LONGEST, 8):
        words = octets.words[at - 8].byteswap() if back else octets.words[at]
        count = o.first(stops(words))
        mixed = (mixed ^ words & ~(o.ALL << 8 * count)) * o.MIX
        mixed ^= mixed >> 32
        digest[left] = mixed
        length[left] += count
        on = numpy.flatnonzero(count == 8)
        left, at, mixed = left[on], at[on] + (-8 if back else 8), mixed[on]
        if not len(left):
            break
    length[left] = 0
    return length, digest


def _ends_path(words: Words) -> Words:
    return o.control(words) | o.equal(words, '"') | o.equal(words, "\\")


def _ends_folder(words: Words) -> Words:
    return _ends_path(words) | o.angle(words)


def _quotes(octets: Octets, inner: Places) -> Quotes:
    """Where the paths of the calls are whose arguments begin at *inner*."""
    words = octets.words[inner]
    digits = o.first(o.no_digits(words))
    behind = inner + numpy.where(words == HERE, numpy.uint8(len("AT_FDCWD")), digits)
    named = numpy.flatnonzero((behind > inner) & (octets.words[behind] & 0xFFFF == NAMED))
    begin, length = numpy.zeros((2, len(inner)), numpy.int64)
    digest = numpy.zeros(len(inner), numpy.uint64)
    begin[named] = behind[named] + 1
    length[named], digest[named] = digested(octets, begin[named], _ends_folder)
    behind[named] += length[named] + 2
    closed = octets.bytes[behind[named] - 1] == ord(">")
    folder = (behind > inner) & (octets.words[behind] & 0xFF_FFFF == THEN)
    folder[named] &= closed
    length[named] *= ~_is_absolute(octets.words[behind[named] + 2])
    found = folder | (words & 0xFF == ord('"'))
    return Quotes(numpy.where(found, behind + 2 * folder, -1), folder, begin, length, digest)


def _is_absolute(words: Words) -> Flags:
    found: Flags = (words & 0xFFFF == ABSOLUTE) | (words & 0xFFFF_FFFF == EMPTY)
    return found
