"""The paths that many calls name, by numpy: where each stands, and a number that is the same for the same path.

That number has 64 bits, and each path its length beside it: among a million different paths two that are taken for one
are as likely as one in 37 million.
"""

from typing import NamedTuple

import numpy

from vimtrace.columns import octets as o
from vimtrace.columns.octets import Octets, Places, Table, word

HERE, THEN, EMPTY = word(b"AT_FDCWD"), word(b', "'), word(b'"", ')
STOPS = '"\\\x1b\n'  # what ends a path, and what a path as it stands has not in it
LONGEST = 1 << 14  # bytes, more than the kernel takes
UNKNOWN, NOTHING = -1, 0  # lengths: of what only the parser understands, and of "" in a folder


class Paths(NamedTuple):
    """*start*: where it begins; *length*: its bytes, UNKNOWN, or NOTHING; *digest*: its number."""

    start: Places
    length: Table
    digest: Table


def paths(octets: Octets, inner: Places) -> Paths:
    """Of the calls whose arguments begin at *inner*: the first, or the one behind a folder without a name."""
    quote, folder = _quotes(octets, inner)
    begin = quote + 1
    length, digest = numpy.zeros(len(inner), numpy.int64), numpy.zeros(len(inner), numpy.uint64)
    left = numpy.flatnonzero(quote >= 0)
    while len(left) and length[left[0]] < LONGEST:
        words = octets.words[begin[left] + length[left]]
        stops = numpy.zeros_like(words)
        for stop in STOPS:
            stops |= o.equal(words, stop)
        count = o.first(stops)
        mixed = (digest[left] ^ words & ~(o.ALL << 8 * count)) * o.MIX
        digest[left] = mixed ^ mixed >> 32
        length[left] += count
        left = left[count == 8]
    length[left] = 0
    end = numpy.maximum(begin + length, o.ROOM)
    sound = (quote >= 0) & (octets.bytes[end] == ord('"')) & (octets.bytes[end + 1] != ord("."))
    nothing = folder & (octets.words[numpy.maximum(quote, 0)] & 0xFFFF_FFFF == EMPTY)
    length[~sound | ((length == 0) & ~nothing)] = UNKNOWN
    return Paths(begin, length, digest)


def _quotes(octets: Octets, inner: Places) -> tuple[Places, Table]:
    """Where the path's quotation mark is, -1 for nowhere, and whether a folder stands before it."""
    words = octets.words[inner]
    digits = o.first(o.no_digits(words))
    size = numpy.where(words == HERE, numpy.uint8(len("AT_FDCWD")), digits)
    folder = (size > 0) & (octets.words[inner + size] & 0xFF_FFFF == THEN)
    found = folder | (words & 0xFF == ord('"'))
    return numpy.where(found, inner + numpy.where(folder, size + 2, 0), -1), folder
