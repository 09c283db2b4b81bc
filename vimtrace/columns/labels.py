"""The names that strace gives descriptors (-y, -yy), by numpy: of each the number of its word.

A name is known by 64 bits that are made of it, as a path is (quoted.py).
"""

import numpy

from vimtrace.columns import octets as o
from vimtrace.columns.octets import Flags, Octets, Places, Table
from vimtrace.columns.quoted import digested, numbers
from vimtrace.columns.vocabulary import Vocabulary
from vimtrace.summary import READS, WRITES

LABELLED = READS | WRITES | {"close"}  # calls of which the first descriptor is all that matters here
STOPS = "<>\n"
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
    begin = inner + count
    end, digest = _ends(octets, begin, numpy.flatnonzero((fd >= 0) & (behind == ord("<"))))
    known = numpy.flatnonzero(end >= 0)
    found = numpy.full(len(inner), -1, numpy.int32)
    found[known] = numbers(octets, begin[known], (end - begin)[known], digest[known], words)
    return numpy.where(found >= 0, fd, -1), found


def _ends(octets: Octets, begin: Places, left: Places) -> tuple[Places, Table]:
    """Where the names end that begin there, of which only those *left* are any, and a number for each.

    -1 where that is not known: one in another, as a device has it, or a name that is deleted.
    """
    end, digest = numpy.full(len(begin), -1), numpy.zeros(len(begin), numpy.uint64)
    at = begin + 1
    for _ in range(ARROWS + 1):
        length, more = digested(octets, at, left, STOPS)
        digest[left] = digest[left] * o.MIX ^ more[left]
        at[left] += length[left] + 1  # behind what it stopped at
        closed = octets.bytes[at[left] - 1] == ord(">")
        arrow = closed & _is_arrow(octets, at[left])
        ended = left[closed & ~arrow]
        end[ended] = numpy.where(BEHIND[octets.bytes[at[ended]]], at[ended], -1)
        left = left[arrow]
        if not len(left):
            break
    return end, digest


def _is_arrow(octets: Octets, behind: Places) -> Flags:
    arrow: Flags = (octets.bytes[behind - 2] == ord("-")) & FAR[octets.bytes[behind]]
    return arrow
