"""What happened: typed events. Each knows the lines that it was read from, with their places in the file."""

import errno as errno_module
import re
import signal as signals

from vimtrace.trace.arguments import parse
from vimtrace.trace.line import Line, display
from vimtrace.trace.nodes import Descriptor, Field, Node, Number, Sequence, String, as_text, unescape

ENDED = re.compile(
    r"\+\+\+ (?:exited (?:with|\(status) (?P<status>\d+)|killed by (?P<signal>\w+)"
    r"|superseded by execve in pid (?P<thread>\d+))|> procexit\w* status=(?P<wait>\d+)"
)
FIRST_FD = re.compile(r"(?:\w+[:=] ?)?(-?\d{1,10}|0x[0-9a-f]{1,5})(?:<|\(<|,|$| )")  # -e raw; longer is an address
UNFINISHED = "<unfinished ...>"
FIRST_STRING = re.compile(r'[^{\["]*"((?:[^"\\]++|\\.)*+)"', re.DOTALL)
SENDER = re.compile(r"\{si_signo=\w+, si_code=\w+, si_pid=(\d+)[,}]")  # as most have it: no tree is needed
SIGNAL = re.compile(r"--- (?:stopped by )?(\w+)")


class Event:
    """Something that the trace says, at one line or more.

    *line* is the first; *time* is in nanoseconds from the clock's basis or ``None``; *pid* is the process or thread
    or ``None``; *comm* its name or ``None``; *file* tells the traces apart that were merged.
    """

    __slots__ = ("comm", "file", "line", "pid", "time")
    kind = "unknown"

    def __init__(self, line: Line, time: int | None = None, pid: int | None = None) -> None:
        self.line = line
        self.time = time
        self.pid = pid
        comm = line.match["comm"]
        self.comm = comm if comm is None or (comm.isascii() and "\\" not in comm) else as_text(unescape(comm))
        self.file = ""

    @property
    def lines(self) -> list[Line]:
        """All the lines that tell of this event, in the trace's order."""
        return [self.line]

    @property
    def text(self) -> str:
        """Its lines, readable."""
        return "\n".join(str(line) for line in self.lines)

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.line.number}: {self.text}>"


class Unknown(Event):
    """A line that no tracer is known to write."""

    __slots__ = ()


class Message(Event):
    """What the tracer says of itself: a process attached, a table of ``-c``, lost events."""

    __slots__ = ()
    kind = "message"


class Signal(Event):
    """A signal that reached a process, or that stopped it."""

    __slots__ = ()
    kind = "signal"

    @property
    def name(self) -> str:
        """SIGCHLD, ..."""
        match = SIGNAL.search(self.line.text)
        return match[1] if match else ""

    @property
    def info(self) -> Sequence | None:
        """The siginfo_t, where the tracer shows it."""
        text = self.line.text
        start = text.find("{")
        items = parse(text[start : text.rfind("}") + 1]).items if start >= 0 else []
        return items[0] if items and isinstance(items[0], Sequence) else None

    @property
    def sender(self) -> int | None:
        """The process that sent it; of SIGCHLD, the child."""
        plain = SENDER.search(self.line.text)
        if plain is not None:
            return int(plain[1])
        info = self.info
        value = info.field("si_pid") if info is not None else None
        if isinstance(value, Number):
            return int(value.value)
        return value.fd if isinstance(value, Descriptor) else None


class Exit(Event):
    """The end of a process or thread. *stack*: the lines of the backtrace of its last call, which follow."""

    __slots__ = ("_match", "stack")
    kind = "exit"

    def __init__(self, line: Line, time: int | None = None, pid: int | None = None) -> None:
        super().__init__(line, time, pid)
        self.stack: list[Line] = []
        self._match = ENDED.search(line.text)

    @property
    def lines(self) -> list[Line]:
        return [self.line, *self.stack]

    def _told(self, group: str) -> str:
        return (self._match[group] or "") if self._match is not None else ""

    @property
    def status(self) -> int | None:
        """Its exit status, ``None`` where it did not exit by itself."""
        status, of_wait = self._told("status"), self._told("wait")
        if of_wait and not int(of_wait) & 0x7F:  # sysdig: as wait(2) has it
            return int(of_wait) >> 8
        return int(status) if status else None

    @property
    def signal(self) -> str:
        """The signal that killed it."""
        number = int(self._told("wait") or 0) & 0x7F
        return self._told("signal") if not number else signal_name(number)

    @property
    def superseded_by(self) -> int | None:
        """The thread whose execve took its pid."""
        thread = self._told("thread")
        return int(thread) if thread else None

    @property
    def how(self) -> str:
        """``0``, ``1``, ``SIGKILL``, ``superseded``."""
        return self.signal or ("superseded" if self.status is None else str(self.status))


def signal_name(number: int) -> str:
    """SIGKILL for 9; of a number that has no name here, the number."""
    try:
        return signals.Signals(number).name
    except ValueError:
        return f"signal {number}"


LEAVES = frozenset({"exit", "exit_group", "_exit", "_Exit"})


class Call(Event):
    """A call: one line, or the line where it began and the line where it ended.

    *name*: as the tracer writes it; *syscall*: without ltrace's sign that it is one (SYS_read). *last*: the line with
    the result, ``None`` if it never returned. *end_time*: the time stamp of the last line, if that is a line of its
    own. *child*: of a fork, the process whose first line stands before its return. *stack* and *dump*: the lines of a
    backtrace and of a hex dump that follow.
    """

    __slots__ = ("_text", "_tree", "between", "child", "dump", "end_time", "last", "name", "stack", "syscall")
    kind = "call"

    def __init__(self, line: Line, time: int | None, pid: int | None, last: Line | None = None) -> None:
        super().__init__(line, time, pid)
        self.name: str = line.match["call"] or line.match["resumed"] or ""
        self.syscall = self.name.removeprefix("SYS_")
        self.last = last
        self._text: str | None = None
        self._tree: Sequence | None = None
        self.between: list[Line] = []
        self.child: int | None = None
        self.end_time: int | None = None
        self.stack: list[Line] = []
        self.dump: list[Line] = []

    @property
    def lines(self) -> list[Line]:
        last = [self.last] if self.last is not None and self.last is not self.line else []
        return [self.line, *self.between, *last, *self.dump, *self.stack]

    @property
    def frames(self) -> list[str]:
        """The backtrace, innermost frame first: ``file(function+offset) [address]``."""
        return [display(line.text).strip().removeprefix("> ") for line in self.stack]

    @property
    def arguments_text(self) -> str:
        """The arguments as they stand, those of the two lines put together."""
        if self._text is not None:
            return self._text
        text = self._joined()
        if self.last is not None:  # else more may come
            self._text = text
        return text

    def _joined(self) -> str:
        parts = [self.line.match["arguments"] or ""]
        parts += [line.match["arguments"] or "" for line in self.between]
        if self.last is self.line:
            return parts[0] or self.results.rstrip(" ")
        if self.last is not None:
            text = self.results if self.line.dialect.name == "sysdig" else self.last.match["arguments"] or ""
            parts.append(text.removesuffix(UNFINISHED))  # resumed only for its end: strace has nothing to add
        glue = " " if self.line.dialect.name == "sysdig" else ""
        return joined([part for part in parts if part], glue).rstrip(" ")

    @property
    def results(self) -> str:
        """sysdig: what the event of the return tells."""
        line = self.last
        return (line.match["results"] or "") if line is not None and line.dialect.name == "sysdig" else ""

    @property
    def arguments(self) -> Sequence:
        """The arguments as a tree."""
        if self._tree is not None:
            return self._tree
        tree = parse(self.arguments_text, self.line.dialect.name)
        if self.last is not None:
            self._tree = tree
        return tree

    @property
    def value(self) -> str | None:
        """The result as it stands: a number, ``?``; ``None`` for a call that never returned."""
        return None if self.last is None else self.last.match["value"]

    @property
    def result(self) -> int | None:
        """The result as a number, where it is one."""
        try:
            return int(self.value or "", 0)
        except ValueError:
            return _of_another_base(self.value or "")

    @property
    def errno(self) -> str:
        """ENOENT, ..., or an empty string."""
        if self.last is None:
            return ""
        name = self.last.match["errno"]
        if name is not None or self.name == self.syscall:
            return name or ""
        return errno_module.errorcode.get(-(self.result or 0), "")

    @property
    def failed(self) -> bool:
        """Whether it returned an error; to be interrupted and restarted (``? ERESTARTSYS``) is none."""
        return bool(self.errno) and self.value != "?"

    @property
    def never_returned(self) -> bool:
        """Whether it ended neither with a result nor with an error, by no doing of its own."""
        return self.syscall not in LEAVES and (self.last is None or (self.value == "?" and not self.errno))

    @property
    def words(self) -> str:
        """What strerror(3) says of the error."""
        return (self.last.match["words"] or "") if self.last is not None else ""

    @property
    def notes(self) -> list[str]:
        """What the tracer says beside the result: ``Timeout``, ``flags O_RDWR``, ``INJECTED``."""
        text = (self.last.match["notes"] or "") if self.last is not None else ""
        return [note.strip(" ()") for note in text.split(") (")] if text else []

    @property
    def duration(self) -> int | None:
        """Nanoseconds: as the tracer measured it, else from the time stamps of its two lines."""
        measured = self.last.duration if self.last is not None else None
        if measured is not None or self.end_time is None or self.time is None or self.value == "?":
            return measured
        if "." not in (self.line.match["stamp"] or "."):  # whole seconds (-t) tell nothing of a call
            return None
        return max(0, self.end_time - self.time)

    @property
    def returns(self) -> Descriptor | None:
        """The descriptor that it returned, with what it names (-y)."""
        if self.results.startswith("fd="):
            found = self.arguments.field("fd")
            return found if isinstance(found, Descriptor) else None
        named = self.last.match["named"] if self.last is not None else None
        return Descriptor(f"{self.value}{named}") if named and "<" in named else None

    @property
    def descriptors(self) -> list[Descriptor]:
        """All descriptors among the arguments that say what they name."""
        return [node for node in self.arguments.walk() if isinstance(node, Descriptor)]

    @property
    def fd(self) -> int | None:
        """The descriptor that is the first argument, if the first argument is a number."""
        match = FIRST_FD.match(self.arguments_text)
        return int(match[1], 16 if match[1].startswith("0x") else 10) if match else None

    @property
    def strings(self) -> list[str]:
        """The strings among the arguments, not those in structures."""
        items = (item.value if isinstance(item, Field) else item for item in self.arguments.items)
        return [as_text(item.bytes) for item in items if isinstance(item, String)]

    @property
    def short(self) -> str:
        """The call on one line, without what stands before its name."""
        result = "" if self.value is None else f" = {self.value}"
        return display(f"{self.name}({self.arguments_text}){result}") + (f" {self.errno}" if self.errno else "")

    @property
    def first_string(self) -> str:
        """The first of the strings, without making the tree."""
        match = FIRST_STRING.match(self.arguments_text)
        return as_text(unescape(match[1])) if match else ""

    def argument(self, at: int) -> Node | None:
        """The argument number *at* from 0, without its name (-N)."""
        items = self.arguments.items
        if not 0 <= at < len(items):
            return None
        item = items[at]
        return item.value if isinstance(item, Field) else item


def number_of(node: Node | None) -> int | None:
    """The number that *node* is, a descriptor's number too."""
    if isinstance(node, Field):
        node = node.value
    if isinstance(node, Descriptor):
        return node.fd
    if isinstance(node, Number) and isinstance(node.value, int):
        return node.value
    text = node.render() if node is not None else ""
    return int(text) if re.fullmatch(r"-?\d{1,19}", text) else None


def joined(parts: list[str], glue: str = "") -> str:
    """The arguments of an unfinished line and of its resumed ones as one text."""
    text = parts[0] if parts else ""
    for part in parts[1:]:
        left, right = text.rstrip(" "), part.lstrip(" ")
        gap = " " if (left.endswith(",") and right) or right.startswith("=>") else glue
        text = left + gap + right
    return text


def _of_another_base(text: str) -> int | None:
    """Octal, as strace writes umasks; hexadecimal, as sysdig writes addresses."""
    if re.fullmatch(r"-?0[0-7]+", text):
        return int(text, 8)
    return int(text, 16) if re.fullmatch(r"\d*[A-F][0-9A-F]*", text) else None
