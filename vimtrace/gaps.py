"""The times in which no line of a trace tells of anything."""

from bisect import bisect_right
from typing import NamedTuple

KEPT = 4096  # gaps, when there are twice as many: the longest


class Gap(NamedTuple):
    """From *start* to *end*, in nanoseconds; what the trace told of last is *after*, the next line is *number*."""

    start: int
    end: int
    number: int
    after: str


class Gaps:
    """Takes the moments that a trace tells of (``tell``), also one before the last, gives the ``longest`` gaps.

    *begin* is the first of these moments, ``None`` before there is one; *end* the last.
    """

    def __init__(self) -> None:
        self.begin: int | None = None
        self.end = 0
        self._first = 0
        self._after = ""
        self._gaps: list[Gap] = []
        self._least = 0

    def tell(self, time: int, number: int, after: str) -> None:
        """At *time*, in nanoseconds, the line *number* tells of *after*."""
        if self.begin is None:
            self.begin = self.end = time
            self._first, self._after = number, after
        elif time > self.end:
            if time - self.end >= self._least:
                self._gaps.append(Gap(self.end, time, number, self._after))
                if len(self._gaps) > 2 * KEPT:
                    self._forget()
            self.end, self._after = time, after
        elif time == self.end:
            self._after = after
        elif time < self.begin:
            self._gaps.insert(0, Gap(time, self.begin, self._first, after))
            self.begin, self._first = time, number
        else:
            self._divide(time, number, after)

    def _divide(self, time: int, number: int, after: str) -> None:
        """A call that returned late began at *time*: no gap is around that."""
        at = bisect_right(self._gaps, time, key=lambda gap: gap.start) - 1
        if at < 0 or time >= self._gaps[at].end:
            return
        gap = self._gaps[at]
        parts = [gap._replace(end=time, number=number)] if gap.start < time else []
        self._gaps[at : at + 1] = [*parts, gap._replace(start=time, after=after)]

    def _forget(self) -> None:
        self._gaps = self.longest(KEPT)
        self._least = self._gaps[-1].end - self._gaps[-1].start
        self._gaps.sort()

    def longest(self, count: int) -> list[Gap]:
        """The *count* longest, the longest first; of equal ones, those with the higher line first."""
        return sorted(self._gaps, key=lambda gap: (gap.end - gap.start, gap.number, gap.start), reverse=True)[:count]
