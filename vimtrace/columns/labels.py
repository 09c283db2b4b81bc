"""The names that strace gives descriptors (-y, -yy), by numpy: of each the number of its word.

A name is known by 64 bits that are made of it, as a path is (quoted.py).
"""

import numpy

from vimtrace.columns import octets as o
from vimtrace.columns.octets import Flags, Octets, Places, Table, Words
from vimtrace.columns.quoted import digested, numbers
from vimtrace.columns.vocabulary import Vocabulary
from vimtrace.summary import READS, WRITES

DUPS = frozenset({"dup", "dup2", "dup3"})
LABELLED = READS | WRITES | DUPS | {"close", "fcntl"}  # calls whose first descriptor is wanted
ARROWS = 2  # that are in a name at most
FAR = numpy.zeros(256, bool)  # what stands behind an arrow: an address, a number, a bracket (dialects.NAMED)
FAR[[*b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_[:*"]] = True
BEHIND = numpy.zeros(256, bool)  # what stands behind the name
BEHIND[[*b",) "]] = True


def labels(octets: Octets, inner: Places, words: Vocabulary) -> tuple[Table, Table]:
    """Of the calls whose arguments begin at *inner*: the first descriptor, and the number of its name among *words*.

    -1 for both if it has none, or one that only the parser understands.
    """
    fd, count, behind = o.first_number(octets.words[inner])
    named = numpy.flatnonzero((fd >= 0) & (behind == ord("<")))
    begin = (inner + count)[named]
    end, digest = _ends(octets, begin)
    known = numpy.flatnonzero(end >= 0)
    found = numpy.full(len(inner), -1, numpy.int32)
    found[named[known]] = numbers(octets, begin[known], (end - begin)[known], digest[known], words)
    fd[found < 0] = -1
    return fd, found


def _ends(octets: Octets, begin: Places) -> tuple[Places, Words]:
    """Where the names end that begin there, and a number for each.

    -1 where that is not known: one in another, as a device has it, or a name that is deleted.
    """
    length, digest = digested(octets, begin + 1, _ends_part)
    end = begin + length + 2  # behind what it stopped at
    left = numpy.flatnonzero(octets.bytes[end - 2] == ord("-"))
    for _ in range(ARROWS):
        left = left[_is_arrow(octets, end[left])]
        length, more = digested(octets, end[left], _ends_part)
        digest[left] = digest[left] * o.MIX ^ more
        end[left] += length + 1
    closed = (octets.bytes[end - 1] == ord(">")) & BEHIND[octets.bytes[end]]
    closed[left] &= ~_is_arrow(octets, end[left])
    return numpy.where(closed, end, -1), digest


def _ends_part(words: Words) -> Words:
    return o.control(words) | o.angle(words)


def _is_arrow(octets: Octets, behind: Places) -> Flags:
    arrow: Flags = (octets.bytes[behind - 1] == ord(">")) & (octets.bytes[behind - 2] == ord("-"))
    return arrow & FAR[octets.bytes[behind]]
