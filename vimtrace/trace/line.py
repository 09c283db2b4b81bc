"""The line level: a trace's bytes to lines, each with its place, split by one regular expression and no more."""

import re
from collections.abc import Iterator

from vimtrace.trace.dialects import STRACE, Dialect, detect

BLOCK = 1 << 20
LONGEST = 1 << 63  # nanoseconds, from which on they are a negative number of 64 bits
ENOUGH = 50  # lines, after which the dialect is settled
FOLLOWS = ("\n > ", "\n | ", "\n * ")  # the lines of a backtrace or a dump, which belong to what stands before them
DRESS = re.compile("\x1b\\[[0-9;]*m|\r$", re.MULTILINE)  # strace 7.0 --color, and what a terminal adds (ssh -t)


class Line:
    """One line of a trace. *number* counts from 1; *offset* is in bytes from the file's beginning.

    The fields (FIELDS in dialects.py) are read from the match when they are asked for; ``None`` is a field that the
    line does not have. All text is latin-1: one character is one byte of the file. ``display`` makes it readable.
    """

    __slots__ = ("dialect", "match", "number", "offset", "raw")

    def __init__(
        self, match: re.Match[str], dialect: Dialect, number: int, offset: int, raw: str | None = None
    ) -> None:
        self.match = match
        self.dialect = dialect
        self.number = number
        self.offset = offset
        self.raw = raw

    def __getitem__(self, field: str) -> str | None:
        return self.match[field]

    @property
    def kind(self) -> str:
        """returned, unfinished, signal, exit, stack, dump, message, table, unknown, ... (the expression's marks)."""
        return self.match.lastgroup or "unknown"

    @property
    def text(self) -> str:
        """The line as it stands in the file, without its newline."""
        return self.match[0] if self.raw is None else self.raw

    def __str__(self) -> str:
        return display(self.text)

    @property
    def pid(self) -> int | None:
        """Process or thread, where the line names it."""
        pid = self.match["pid"]
        return int(pid) if pid else None

    @property
    def duration(self) -> int | None:
        """Nanoseconds between the call and its return; ``None`` if perf says that it returned before it began."""
        text = self.match["duration"]
        found = round(float(text) * self.dialect.unit) if text is not None and text != "unavailable" else None
        return found if found is not None and found < LONGEST else None

    def with_text(self, text: str) -> "Line":
        """This line, with the fields of *text* in place of its own."""
        match = self.dialect.pattern.match(text)
        assert match is not None  # every expression ends with an alternative that matches any line
        return Line(match, self.dialect, self.number, self.offset, self.text)

    def render(self) -> str:
        """The line put together again from its fields, with the arguments from their tree."""
        from vimtrace.trace.arguments import parse

        start, end = self.match.span("arguments")
        if start < 0 or self.raw is not None:
            return self.text
        whole, base = self.match[0], self.match.start()
        tree = parse(self.match["arguments"], self.dialect.name)
        return whole[: start - base] + tree.render() + whole[end - base :]


def display(text: str) -> str:
    """Text of a trace as a person reads it: latin-1 back to bytes, the bytes as UTF-8."""
    return text if text.isascii() else text.encode("latin-1").decode("utf-8", "surrogateescape")


def undressed(text: str) -> str:
    """*text* without what is not part of what happened."""
    return DRESS.sub("", text)


class Lines:
    """Splits a trace that comes in pieces. One object for one file, from its beginning on.

    ``feed`` takes bytes and gives the lines that they complete; ``end`` gives a last line that has no newline. A file
    that grows is fed as it grows. The dialect is found in the first lines, unless it is given. Of strace's, those that
    *passed* matches are left out: one or more, each with its newline.
    """

    def __init__(self, dialect: Dialect | None = None) -> None:
        self.dialect = dialect
        self._head: str | None = "" if dialect is None else None
        self.number = 0
        self.offset = 0
        self._pieces: list[bytes] = []
        self.passed: re.Pattern[str] | None = None

    def feed(self, data: bytes) -> Iterator[Line]:
        """The lines that *data* completes."""
        cut = data.rfind(b"\n") + 1
        if not cut:
            self._pieces.append(data)
            return iter(())
        block = b"".join([*self._pieces, data[:cut]])
        self._pieces = [data[cut:]] if cut < len(data) else []
        return self._split(block)

    def end(self) -> Iterator[Line]:
        """The line that was begun and not ended by a newline, if any."""
        block, self._pieces = b"".join(self._pieces), []
        return self._split(block) if block else iter(())

    def _split(self, block: bytes) -> Iterator[Line]:
        text = block.decode("latin-1")
        if self._head is not None:
            self._head += undressed(text)
            self.dialect = detect(self._head)
            if self.number > ENOUGH or len(self._head) > BLOCK:
                self._head = None
        assert self.dialect is not None
        return self._match(text, self.dialect)

    def _match(self, text: str, dialect: Dialect) -> Iterator[Line]:
        offset, number, size = self.offset, self.number, len(text)
        self.offset += size
        self.number += text.count("\n") + (not text.endswith("\n"))
        dressed = "\x1b" in text or "\r" in text
        seen = 0
        for begin, end in _left(text, None if dressed else self._passed(text, dialect)):
            number += text.count("\n", seen, begin)
            seen = begin
            for at, match in enumerate(dialect.pattern.finditer(text, begin, end), number + 1):
                start = match.start()
                if start == size:
                    return
                if dressed and (bare := undressed(match[0])) != match[0]:
                    yield Line(match, dialect, at, offset + start).with_text(bare)
                else:
                    yield Line(match, dialect, at, offset + start)

    def _passed(self, text: str, dialect: Dialect) -> re.Pattern[str] | None:
        """The expression of what may be left out of *text*."""
        if self.passed is None or dialect is not STRACE or any(mark in text for mark in FOLLOWS):
            return None
        return self.passed


def _left(text: str, passed: re.Pattern[str] | None) -> Iterator[tuple[int, int]]:
    """Where those lines of *text* begin and end that *passed* does not match."""
    at = 0
    for run in passed.finditer(text) if passed is not None else ():
        if run.start() > at:
            yield at, run.start() - 1
        at = run.end()
    if at < len(text):
        yield at, len(text)


def lines_of(data: bytes, dialect: Dialect | None = None) -> Iterator[Line]:
    """The lines of *data*, a whole trace."""
    lines = Lines(dialect)
    yield from lines.feed(data)
    yield from lines.end()
