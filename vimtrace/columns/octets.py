"""The bytes of a file, eight at a time as one number, for many places at once (numpy).

In such a number the first byte is the lowest. How many bytes of it come before the first that is wanted, and what
number its digits are, takes a few operations, whatever they are (Lemire, "Quickly parsing eight digits", 2018; Warren,
"Hacker's Delight", 6-1: a mask of zero bytes is exact up to the first).
"""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy
from numpy import bitwise_count  # of numpy 2: an ImportError before it
from numpy.typing import NDArray

from vimtrace.columns.content import ROOM, Text

SPAN = 64  # bytes of a line that are taken at once: as quick as eight
NEWLINE, RETURN = 10, 13
ALL = numpy.uint64(0xFFFF_FFFF_FFFF_FFFF)
ONES = 0x0101_0101_0101_0101
MIX = 0x9E37_79B9_7F4A_7C15
HIGH = 0x8080_8080_8080_8080
PIECE = 1 << 21  # bytes
BLOCKS = 8  # for each value that is asked for
CORES = 2
Table = NDArray[Any]  # of any kind: mypy takes what a whole number of Python does to one of numpy's for another
Words = Table  # uint64
Places = Table  # int64, into the bytes
Counts = Table  # uint8
Flags = Table  # bool


def word(text: bytes) -> int:
    """The number that *text* (at most 8 bytes) is at its place."""
    return int.from_bytes(text, "little")


def repeated(byte: str) -> int:
    return ord(byte) * ONES


SPACES, ZEROS = repeated(" "), repeated("0")
ANGLES = numpy.uint64(repeated("<") ^ repeated(">"))


class Octets:
    """The bytes of *content*, and their line ends. Raises OSError.

    *whole*: whether the last line has one, too; *left_out*: the line behind the last one of *ends*, if there is one.
    """

    def __init__(self, content: Text) -> None:
        self.end = content.end()
        self.bytes: Table = numpy.frombuffer(content.memory, numpy.uint8)
        with ThreadPoolExecutor(CORES) as pool:  # numpy lets go of Python's lock
            pieces = list(pool.map(self._piece, range(ROOM, self.end, PIECE)))
        self.ascii = all(ascii for ascii, _ in pieces)
        self.ends: Places = numpy.concatenate([numpy.zeros(0, numpy.int64), *(ends for _, ends in pieces)])
        self.left_out: str | None = None
        self.whole = self.end == ROOM or self.bytes[self.end - 1] == NEWLINE
        if not self.whole:
            self.bytes[self.end] = NEWLINE
            self.ends = numpy.append(self.ends, self.end)
        self.words: Words = numpy.ndarray((len(self.bytes) - 7,), "<u8", self.bytes, 0, (1,))
        self.spans: Table = numpy.ndarray((len(self.bytes) - SPAN + 1,), f"V{SPAN}", self.bytes, 0, (1,))

    def _piece(self, at: int) -> tuple[bool, Places]:
        """Whether the PIECE *at* that place is ASCII, and where lines end in it."""
        part = self.bytes[at : min(at + PIECE, self.end)]
        return bool(part.max() < 0x80), numpy.flatnonzero(part == NEWLINE) + at

    def text(self, begin: int, length: int) -> str:
        """The text of that many bytes that *begin*s there."""
        return str(self.bytes.data[begin : begin + length], "utf-8")

    def starts(self, at: int, many: int) -> Places:
        """Where *many* lines begin, of which the first is that *at* this place, or those that there are."""
        before = self.ends[at - 1] + 1 if at else ROOM
        return numpy.concatenate([[before], self.ends[at : at + many][:-1] + 1])

    def last(self) -> str:
        """The last line, as the parser takes it. There must be one."""
        return self.bytes[self._last() : self.ends[-1]].tobytes().decode("latin-1")

    def _last(self) -> int:
        """Where the last line begins."""
        return int(self.ends[-2]) + 1 if len(self.ends) > 1 else ROOM

    def leave_out_last(self) -> None:
        """The last line tells nothing: it is kept as the parser takes it."""
        self.left_out = str(self.bytes[self._last() : self.ends[-1]].data, "latin-1")
        self.ends = self.ends[:-1]

    def is_text(self) -> bool:
        """Whether all of it is UTF-8."""
        if self.ascii:
            return True
        try:
            str(self.bytes.data, "utf-8")
        except UnicodeDecodeError:
            return False
        return True


class Spans:
    """The SPAN bytes at each of *places*, one behind the other: what is so many columns behind all is read at once."""

    def __init__(self, octets: Octets, places: Places) -> None:
        self.octets = octets
        self.places = places
        self._bytes = octets.spans[places].view("u1").reshape(len(places), SPAN)

    def words(self, column: int | Places) -> Words:
        """The numbers that begin so many bytes behind the places."""
        if isinstance(column, int) and column <= SPAN - 8:
            return self._bytes[:, column : column + 8].view("<u8")[:, 0]
        found: Words = self.octets.words[self.places + column]
        return found

    def bytes(self, column: int | Places) -> Table:
        """The single bytes that are so many behind the places."""
        if isinstance(column, int) and column < SPAN:
            return self._bytes[:, column]
        found: Table = self.octets.bytes[self.places + column]
        return found


def greatest(values: Table, many: int) -> Places:
    """Where the *many* greatest of *values* are, and perhaps others: none is less than all of most blocks of them."""
    block = len(values) // (BLOCKS * many)
    if not block:
        return numpy.arange(len(values))
    most = numpy.maximum.reduceat(values, numpy.arange(0, len(values), block))
    found: Places = numpy.flatnonzero(values >= numpy.partition(most, -many)[-many])
    return found


def first(found: Words) -> Counts:
    """How many bytes of each number come before its first one that is not zero: 8 if there is none."""
    behind: Counts = bitwise_count(~found & (found - 1)) >> 3
    return behind


def zero(words: Words) -> Words:
    """Not zero in the first byte of each that is zero, and zero before it."""
    return (words - ONES) & ~words & HIGH


def equal(words: Words, byte: str) -> Words:
    """Not zero in the first byte of each that is *byte*, and zero before it."""
    return zero(words ^ repeated(byte))


def control(words: Words) -> Words:
    """Not zero in the first byte of each that is a control character (as a line end is), and zero before it."""
    return (words - SPACES) & ~words & HIGH


def angle(words: Words) -> Words:
    """Not zero in the first byte of each that is one of "<" and ">", which differ in one bit, and zero before it."""
    return equal(words & ~ANGLES, "<")


def no_digits(words: Words) -> Words:
    """Not zero in the first byte that is no digit, and zero before it."""
    digits = words ^ ZEROS
    return (digits + 0x76 * ONES | digits) & HIGH


def all_digits(words: Words, count: int) -> Flags:
    """Whether the first *count* bytes (1 to 8) of each are digits."""
    known: Flags = no_digits(words) << 8 * (8 - count) == 0
    return known


def number(words: Words, count: Counts | int) -> Words:
    """The number of the first *count* bytes of *words* (at most 8), which are digits."""
    return _sum((words ^ ZEROS) << (64 - 8 * count))


def first_number(words: Words) -> tuple[Table, Counts, Words]:
    """The number of up to seven digits with which each begins, -1 for none; its length, and the byte behind it."""
    count = first(no_digits(words))
    known = (count > 0) & (count < 8)
    return numpy.where(known, number(words, count).view(numpy.int64), -1), count, words >> 8 * (count & 7) & 0xFF


def last_number(words: Words, count: Counts) -> Words:
    """The number of the last *count* bytes of *words* (at most 8), which are digits."""
    return _sum((words ^ ZEROS) & ~(ALL >> (8 * count)))


def _sum(digits: Words) -> Words:
    tens = digits * 10 + (digits >> 8) & 0x00FF_00FF_00FF_00FF
    hundreds = tens * 100 + (tens >> 16) & 0x0000_FFFF_0000_FFFF
    both: Words = hundreds * 10_000 + (hundreds >> 32) & 0xFFFF_FFFF
    return both
