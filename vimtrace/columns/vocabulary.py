"""The different words of a great trace (names of calls, errors, paths), each met again and again."""

from collections.abc import Callable

import numpy

from vimtrace.columns.octets import MIX, Places, Table, Words

BITS = 14  # of a place in the table of what was met


class Vocabulary:
    """Gives each word a number. A word is known by a *key* that is the same wherever it stands (:meth:`places`).

    ``words``: all there are so far, each at its number.
    """

    def __init__(self) -> None:
        self.words: list[str] = []
        self._known: dict[int, int] = {}
        self._numbers: dict[str, int] = {}
        # At the place of a key (_slots) the one that was learned last, and its number.
        self._keys: Words = numpy.zeros(1 << BITS, numpy.uint64)
        self._found: Table = numpy.full(1 << BITS, -1, numpy.int32)

    def places(self, keys: Words, word: Callable[[int], str | None]) -> Table:
        """The number of each of *keys*; *word* tells the word of the key at a place among them, if it is one.

        -1 where it is none.
        """
        slots = _slots(keys)
        found: Table = self._found[slots]
        found[self._keys[slots] != keys] = -1
        unknown = numpy.flatnonzero(found < 0)
        if len(unknown):
            found[unknown] = self._learned(keys[unknown], unknown, word)
        return found

    def include(self, words: list[str]) -> Table:
        """The numbers of *words*, and behind them -2 and -1: so that what is no word stays what it is."""
        return numpy.array([*map(self._add, words), -2, -1], numpy.int32)

    def _add(self, text: str) -> int:
        number = self._numbers.setdefault(text, len(self.words))
        if number == len(self.words):
            self.words.append(text)
        return number

    def _learned(self, keys: Words, at: Places, word: Callable[[int], str | None]) -> Table:
        different, example, which = numpy.unique(keys, return_index=True, return_inverse=True)
        pairs = zip(different.tolist(), at[example], strict=True)
        found = numpy.array([self._number(key, word, place) for key, place in pairs], numpy.int32)
        slots = _slots(different)
        self._keys[slots], self._found[slots] = different, found
        return found[which]

    def _number(self, key: int, word: Callable[[int], str | None], place: int) -> int:
        number = self._known.get(key)
        if number is None:
            text = word(int(place))
            number = self._known[key] = self._add(text) if text is not None else -1
        return number


def _slots(keys: Words) -> Table:
    slots: Table = (keys * MIX) >> (64 - BITS)
    return slots
