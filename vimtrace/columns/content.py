"""The bytes of a file, which a thread reads while the libraries for them are imported: that takes one core only."""

import mmap
import os
from concurrent.futures import Future
from threading import Thread
from typing import Protocol

ROOM = 256  # bytes that may be read before the first line and behind the last


class Text(Protocol):
    """Lines in a *memory*, with at least ROOM bytes before and behind them."""

    @property
    def memory(self) -> bytes | mmap.mmap:
        """All of it."""

    def end(self) -> int:
        """Where they end in it, when all are there. Raises OSError."""


class Content:
    """The file *path* behind ROOM zeros, with at least as many behind it. Raises OSError."""

    def __init__(self, path: str) -> None:
        file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            self.size = os.fstat(file).st_size  # a growing trace: no more than it has now
            self.memory = mmap.mmap(-1, self.size + 2 * ROOM, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
            if hasattr(mmap, "MADV_HUGEPAGE"):
                self.memory.madvise(mmap.MADV_HUGEPAGE)
        except BaseException:
            os.close(file)
            raise
        self._end: Future[int] = Future()
        Thread(target=self._read, args=(file,), daemon=True).start()

    def _read(self, file: int) -> None:
        try:
            with memoryview(self.memory) as whole, whole[ROOM : ROOM + self.size] as view:
                at = 0
                while at < self.size and (count := os.preadv(file, [view[at:]], at)):
                    at += count
            self._end.set_result(ROOM + at)
        except BaseException as e:
            self._end.set_exception(e)
        finally:
            os.close(file)

    def end(self) -> int:
        """Where the file ends in ``memory``, when all of it is there. Raises OSError."""
        return self._end.result()
