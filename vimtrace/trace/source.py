"""Where traces come from: files, compressed or not, standard input, ``strace -ff`` sets; merged by time."""

import bz2
import glob
import gzip
import heapq
import io
import lzma
import os
import re
import select
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import Any, BinaryIO

from vimtrace.errors import VimtraceError
from vimtrace.trace.event import Call, Event
from vimtrace.trace.join import Joiner
from vimtrace.trace.line import BLOCK, Line, Lines
from vimtrace.trace.process import Processes

PACKED: tuple[tuple[bytes, Callable[[BinaryIO], object]], ...] = (
    (b"\x1f\x8b", lambda file: gzip.GzipFile(fileobj=file)),
    (b"BZh", bz2.BZ2File),
    (b"\xfd7zXZ", lzma.LZMAFile),
)
OF_PROCESS = re.compile(r"\.(\d{1,7})(?:\.(?:gz|bz2|xz))?$")

Progress = Callable[[int], None]


PAUSE = 0.1  # seconds without a line, after which none is expected to follow the last one


class Trace:
    """One file of a trace. If it *hurries*, an event is given when no more comes for a while (Joiner.pause).

    *broken*: what kept its end from being read; if it is *lenient*, that is all that is said of it.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self.progress: Progress | None = None
        self.hurries = self.lenient = False
        self.broken: VimtraceError | None = None
        self.joiner = Joiner(pid_in(path))
        self.splitter = Lines()

    @property
    def basis(self) -> str:
        """What its times count from: Clock.basis."""
        return self.joiner.clock.basis

    def lines(self) -> Iterator[Line]:
        """Its lines. Raises VimtraceError."""
        for block in self.blocks():
            yield from self.splitter.feed(block)
        yield from self.splitter.end()

    def blocks(self) -> Iterator[bytes]:
        """Its bytes, unpacked; none, where it hurries and no more comes for a while. Raises VimtraceError."""
        try:
            with self._open() as raw:
                file = unpacked(raw)
                while block := file.read1(BLOCK):  # what there is: a pipe's lines are not held back
                    yield block
                    if self.hurries and not select.select([raw], [], [], PAUSE)[0]:
                        yield b""
                    if self.progress is not None and raw.seekable():
                        self.progress(raw.tell())
        except (OSError, EOFError, lzma.LZMAError) as error:
            why = getattr(error, "strerror", None) or str(error)
            raise VimtraceError(f"{self.path}: {why}", "name traces that can be read") from error

    def events(self) -> Iterator[Event]:
        """Its events, those that never ended last. Raises VimtraceError after all that can be read."""
        try:
            if self.hurries:
                for block in self.blocks():
                    yield from self.joiner.feed(self.splitter.feed(block)) if block else self.joiner.pause()
                yield from self.joiner.feed(self.splitter.end())
            else:
                yield from self.joiner.feed(self.lines())
        except VimtraceError as error:
            self.broken = error
        yield from self.joiner.end()
        if self.broken is not None and not (self.lenient and self.splitter.number):
            raise self.broken

    def _open(self) -> BinaryIO:
        if self.path == "-":
            return os.fdopen(os.dup(sys.stdin.fileno()), "rb")
        return open(self.path, "rb")


def unpacked(file: BinaryIO) -> Any:
    """*file*, or what is packed in it."""
    buffered = file if isinstance(file, io.BufferedReader) else io.BufferedReader(file)  # type: ignore[type-var]
    head = buffered.peek(6)[:6]
    for magic, opener in PACKED:
        if head.startswith(magic):
            return opener(buffered)
    return buffered


def find(paths: Iterable[str]) -> list[str]:
    """*paths*, each name of an ``-ff`` set (``trace`` for trace.12, trace.13) replaced by its files."""
    found = []
    for path in paths:
        members = [] if path == "-" or os.path.exists(path) else glob.glob(glob.escape(path) + ".*")
        members = [member for member in members if OF_PROCESS.search(member)]
        found += sorted(members, key=lambda member: pid_in(member) or 0) or [path]
    return found


def pid_in(path: str) -> int | None:
    """The process that the name of a file of an ``-ff`` set tells."""
    match = OF_PROCESS.search(path)
    return int(match[1]) if match else None


class Traces:
    """One trace in one file or many: events in one order, with their processes.

    ``events`` gives each event after ``processes`` has been told of those before it. *basis* is known after the first.
    """

    def __init__(self, paths: Iterable[str], progress: Progress | None = None) -> None:
        self.traces = [Trace(path) for path in find(paths)]
        done = [0] * len(self.traces)
        for at, trace in enumerate(self.traces):
            trace.progress = _share(done, at, progress) if progress is not None else None
        self.processes = Processes([trace.joiner for trace in self.traces])
        self._moved: dict[int | None, Call] = {}
        for trace in self.traces[1:] and self.traces:
            trace.joiner.moved, trace.joiner.file = self._moved, trace.path

    @property
    def basis(self) -> str:
        return next((trace.basis for trace in self.traces if trace.basis), "")

    @property
    def broken(self) -> VimtraceError | None:
        """What kept the end of one from being read."""
        return next((trace.broken for trace in self.traces if trace.broken is not None), None)

    def size(self) -> int:
        """The files' bytes, 0 where that cannot be known."""
        return sum(os.path.getsize(t.path) if os.path.isfile(t.path) else 0 for t in self.traces)

    def events(self) -> Iterator[Event]:
        """The events of all files, merged by time. ``processes.see`` is the caller's to tell, or use ``told``."""
        if len(self.traces) == 1:
            return self.traces[0].events()
        return self._rejoined(merge(self.traces))

    def _rejoined(self, events: Iterator[Event]) -> Iterator[Event]:
        """*events*; the exec of a thread, which goes on as its process, in that file, is one call."""
        for event in events:
            begun = self._moved.get(event.pid) if isinstance(event, Call) and event.line.match["resumed"] else None
            if begun is not None and isinstance(event, Call) and begun.name == event.name:
                del self._moved[event.pid]
                begun.last, begun.end_time, begun.pid = event.line, event.time, event.pid
                event = begun
            yield event
        yield from self._moved.values()

    def told(self) -> Iterator[Event]:
        """The events, each told to ``processes`` when the next is asked for."""
        for event in self.events():
            yield event
            self.processes.see(event)


def _share(done: list[int], at: int, progress: Progress) -> Progress:
    """Tells *progress* the bytes read of all traces, of which this is number *at*."""

    def tell(read: int) -> None:
        done[at] = read
        progress(sum(done))

    return tell


def merge(traces: Iterable[Trace]) -> Iterator[Event]:
    """The events of *traces* by time; an event without a time keeps its place behind the one before it.

    Times that each trace counts from its own start (-r) say nothing about the others: those come one behind the other.
    """
    return (event for _, event in heapq.merge(*map(_timed, traces), key=lambda pair: pair[0]))


def _timed(trace: Trace) -> Iterator[tuple[int, Event]]:
    now = 0
    for event in trace.events():
        event.file = trace.path
        end = event.end_time if isinstance(event, Call) and event.end_time is not None else event.time
        now = max(now, end or 0) if trace.basis != "start" else 0
        yield now, event
