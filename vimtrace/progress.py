"""A progress bar on standard error for long work, where a person looks."""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

PATIENCE = 1.0  # seconds before it appears
EVERY = 0.2


class Bar:
    """``to`` is told how many of *size* bytes are read."""

    def __init__(self) -> None:
        self.size = 0
        self.shown = False
        self._next = time.monotonic() + PATIENCE
        self._watched = os.isatty(2) and os.environ.get("TERM", "dumb") != "dumb"

    def to(self, done: int) -> None:
        """*done* bytes are read."""
        now = time.monotonic()
        if not self._watched or now < self._next or not self.size:
            return
        self._next = now + EVERY
        self.shown = True
        part = min(1.0, done / self.size)
        sys.stderr.write(f"\r[{'#' * round(part * 30):<30}] {part:4.0%} of {self.size / 1e6:.0f} MB")
        sys.stderr.flush()

    def clear(self) -> None:
        """Take it off the screen."""
        if self.shown:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()


@contextmanager
def bar() -> Iterator[Bar]:
    """A bar that is gone afterwards, also after an error."""
    advance = Bar()
    try:
        yield advance
    finally:
        advance.clear()
