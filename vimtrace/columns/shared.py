"""Work that a process shares with a child of it: of the threads of one, Python lets only one go on at a time."""

import os
import pickle
import signal
import sys
from collections.abc import Callable, Iterator
from io import FileIO
from typing import Any, NoReturn

from vimtrace.parent import die_with

RECORD = 4  # bytes of a number
MOST = (1 << 16) // RECORD  # numbers that a pipe has room for (pipe(7))
Work = Callable[[int], Any]


class Child:
    """A child process that begins at once with *work*, and says what that yields.

    It shares only the memory that was mapped for both, has no threads, and may use nothing that needs them (polars).
    Where there can be none, or it is not *worth* one, this process does the work when it is asked.
    """

    def __init__(self, work: Callable[[], Iterator[Any]], worth: bool) -> None:
        reading, writing = os.pipe()
        self._answers = os.fdopen(reading, "rb")
        parent = os.getpid()
        self._pid = _forked() if worth else None
        if self._pid == 0:
            self._answers.close()  # so that nobody reads any more when the parent is gone
            _work(parent, writing, work)
        os.close(writing)
        self._mine = work() if self._pid is None else None

    def next(self) -> Any:
        """What it says next. Raises ChildProcessError if it died."""
        if self._mine is not None:
            return next(self._mine)
        try:
            return pickle.load(self._answers)
        except (EOFError, pickle.UnpicklingError):
            raise ChildProcessError from None

    def close(self) -> None:
        """End it, if it has not ended; what it has not said yet is lost."""
        self._answers.close()
        if self._pid:
            os.kill(self._pid, signal.SIGKILL)
            os.waitpid(self._pid, 0)
            self._pid = None


def _forked() -> int | None:
    """fork(2); ``None`` where no child can be made, or should: elsewhere libraries do not bear it."""
    if sys.platform != "linux":
        return None
    try:
        return os.fork()
    except OSError:
        return None


def _work(parent: int, writing: int, work: Callable[[], Iterator[Any]]) -> NoReturn:
    status = 1
    try:
        die_with(parent, signal.SIGKILL)
        for each in (signal.SIGINT, signal.SIGPIPE):
            signal.signal(each, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
        with open(writing, "wb") as answers:
            for found in work():
                pickle.dump(found, answers, pickle.HIGHEST_PROTOCOL)
                answers.flush()
        status = 0
    finally:
        os._exit(status)


class Shared:
    """*work* on each number below *count* (at most MOST), by this process when it asks what is found, and by a child.

    *told* says what else is to be known of the child's part, when that is done.
    """

    def __init__(self, count: int, work: Work, told: Callable[[], Any]) -> None:
        self._work = work
        self._turns = _numbers(count)

        def of_child() -> Iterator[Any]:
            yield _done(self._turns, work), told()

        self._child = Child(of_child, worth=count > 1)

    def close(self) -> None:
        """End it, if it is not done."""
        self._child.close()
        self._turns.close()

    def found(self) -> tuple[dict[int, Any], dict[int, Any], Any]:
        """What this process has found for each of its numbers; what the child has, and what it told.

        Raises ChildProcessError if it died.
        """
        try:
            mine = _done(self._turns, self._work)
            return mine, *self._child.next()
        finally:
            self.close()


def _numbers(count: int) -> FileIO:
    """A pipe from which all the numbers can be read, each by one reader only."""
    reading, writing = os.pipe()
    with open(writing, "wb", buffering=0) as file:
        file.write(b"".join(number.to_bytes(RECORD, "little") for number in range(count)))
    return FileIO(reading)


def _done(turns: FileIO, work: Work) -> dict[int, Any]:
    """What *work* finds for those of the numbers that nobody else does."""
    found = {}
    while record := turns.read(RECORD):
        number = int.from_bytes(record, "little")
        found[number] = work(number)
    return found
