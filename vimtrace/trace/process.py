"""Who does what: processes and threads with their parents, commands and ends, and where each descriptor comes from."""

import re
from collections.abc import Callable, Collection, Iterator

from vimtrace.trace.descriptors import ACTIONS, Opened
from vimtrace.trace.dialects import STRACE
from vimtrace.trace.event import Call, Event, Exit
from vimtrace.trace.join import FORKS, Joiner
from vimtrace.trace.nodes import Ellipsis, Sequence, String, as_text, unescape

EXECS = frozenset({"execve", "execveat", "exec"})
OF_NONE = frozenset({"message", "unknown"})  # kinds of events that are of no process
QUOTED = r'"(?:[^"\\]|\\.)*+"'
WORDS = re.compile(rf"{QUOTED}, \[({QUOTED}(?:, {QUOTED}(?:\.\.\.)?)*+)\], ")  # as most have them: no tree is needed
WORD = re.compile(r'"((?:[^"\\]|\\.)*+)"((?:\.\.\.)?)')


class Process:
    """A process or thread, from its first line to its last.

    *parent*: who made it, ``None`` if the trace does not tell; *leader*: the process that a thread belongs to, else the
    process itself; *commands*: time and words of each exec; *start* and *end*: times; *how*: its exit (``0``,
    ``SIGKILL``), empty while it runs; *first*, *last*: its first and last line's number; *calls*:
    how many it made; *index*: its place in Processes.all.
    """

    def __init__(self, pid: int | None, parent: "Process | None" = None, thread: bool = False) -> None:
        self.pid = pid
        self.parent = parent
        self.leader: Process = parent.leader if thread and parent is not None else self
        self.children: list[Process] = []
        self.commands: list[tuple[int | None, list[str]]] = []
        self.inherited: list[str] = parent.words if parent is not None else []
        self.comm: str = parent.comm if parent is not None else ""
        self.start: int | None = None
        self.end: int | None = None
        self.how = ""
        self.first = self.last = 0
        self.calls = 0
        self.index = 0
        self.descriptors: dict[int, Opened] = {}
        self.claimed: Call | None = None

    @property
    def is_thread(self) -> bool:
        return self.leader is not self

    @property
    def words(self) -> list[str]:
        """Its command line: the last exec's, else its parent's."""
        return self.commands[-1][1] if self.commands else self.inherited

    @property
    def name(self) -> str:
        """Its name, as far as the trace tells."""
        return self.comm or (self.words[0].rpartition("/")[2] if self.words else "")


class Processes:
    """The processes of a trace, told every event in the trace's order.

    *joiners* make those events: they know the calls that have begun (a child's first line may come before its parent's
    fork returns) and the first process's pid. ``all`` has every process that was seen, also those whose pid was used
    again.
    """

    def __init__(self, joiners: Collection[Joiner] = ()) -> None:
        self.joiners = joiners
        self.all: list[Process] = []
        self._by_pid: dict[int | None, Process] = {}
        self._actions: dict[str, Callable[[Process, Call], None]] = {
            **dict.fromkeys(FORKS, self._forked),
            **dict.fromkeys(EXECS, self._executed),
            **ACTIONS,
            "prctl": self._named,
        }

    def get(self, pid: int | None) -> Process | None:
        """The process that has *pid* now."""
        return self._by_pid.get(pid)

    def see(self, event: Event) -> Process | None:
        """Take *event* in; the process that it is of. Messages are of none."""
        if event.kind in OF_NONE:
            return None
        process = self.of(event)
        if process.start is None:
            process.start = event.time
        if event.time is not None:
            process.end = max(process.end or 0, event.time)
        process.last = event.line.number
        if event.comm and not event.comm.startswith("<"):
            process.comm = event.comm
        if isinstance(event, Call):
            process.calls += 1
            action = self._actions.get(event.syscall)
            if action is not None and event.last is not None and event.errno in ("", "EINPROGRESS"):
                action(process, event)
        elif isinstance(event, Exit):
            self._ended(process, event)
        return process

    def origin(self, event: Event, fd: int | None) -> Opened | None:
        """The call that made the descriptor *fd* of *event*; ask before ``see`` is told of the event."""
        return self.of(event).descriptors.get(fd) if fd is not None else None

    def of(self, event: Event) -> Process:
        """The process that *event* is of; ask before ``see`` is told of the event."""
        process = self._by_pid.get(event.pid)
        return self._new(event) if process is None or process.how else process

    def roots(self) -> Iterator[Process]:
        """The processes that nobody in the trace made."""
        return (process for process in self.all if process.parent is None)

    def _add(self, process: Process, number: int) -> Process:
        process.first = process.last = number
        process.index = len(self.all)
        self._by_pid[process.pid] = process
        self.all.append(process)
        if process.parent is not None:
            process.parent.children.append(process)
        return process

    def _new(self, event: Event) -> Process:
        """A process that no fork has announced: the child of a fork that has not returned yet, or a first one."""
        first = self._by_pid.get(None)
        if first is not None and event.pid is not None and any(joiner.first == event.pid for joiner in self.joiners):
            first.pid = event.pid
            self._by_pid[event.pid] = self._by_pid.pop(None)
            return first
        for joiner in self.joiners:
            call = joiner.births.get(event.pid) if event.pid is not None else None
            parent = self._by_pid.get(call.pid) if call is not None else None
            if call is not None and parent is not None and not parent.how:
                child = self._child(event.pid, parent, call, event.line.number)
                child.claimed = call
                return child
        return self._add(Process(event.pid), event.line.number)

    def _child(self, pid: int | None, parent: Process, call: Call, number: int) -> Process:
        text = call.arguments_text
        child = Process(pid, parent, "CLONE_THREAD" in text)
        child.descriptors = parent.descriptors if "CLONE_FILES" in text else dict(parent.descriptors)
        return self._add(child, number)

    def _forked(self, parent: Process, call: Call) -> None:
        pid = call.result
        if pid is None or pid <= 0:
            return
        child = self._by_pid.get(pid)
        if child is not None and child.claimed is call:
            child.claimed = None
        elif child is not None and child.claimed is not None and child.parent is not None:
            child.parent.children.remove(child)
            parent.children.append(child)
            child.parent, child.claimed = parent, None
        elif child is not None and child.parent is None and not child.how and child not in ancestors(parent):
            self._adopt(parent, child)
        elif child is None or child.how:
            self._child(pid, parent, call, call.line.number).start = call.time

    def _adopt(self, parent: Process, child: Process) -> None:
        """*child* was seen before its fork returned."""
        child.parent = parent
        parent.children.append(child)
        child.inherited = child.inherited or parent.words
        child.comm = child.comm or parent.comm
        child.descriptors = {**parent.descriptors, **child.descriptors}

    def _executed(self, process: Process, call: Call) -> None:
        if call.result != 0:
            return
        words = _words(call)
        path = call.first_string or (words[0] if words else "")
        process.commands.append((call.time, words or ([path] if path else [])))
        process.comm = path.rpartition("/")[2][:15] or process.comm
        process.descriptors = {fd: opened for fd, opened in process.descriptors.items() if not opened.closes}

    def _named(self, process: Process, call: Call) -> None:
        name = call.argument(1)
        if "PR_SET_NAME" in call.arguments_text and isinstance(name, String):
            process.comm = as_text(name.bytes)[:15]

    def _ended(self, process: Process, event: Exit) -> None:
        process.how = event.how
        if event.superseded_by is not None:  # its pid goes on as the thread that called execve
            thread = self._by_pid.get(event.superseded_by)
            process.how = ""
            if thread is not None:
                thread.how = "superseded"


def ancestors(process: Process) -> list[Process]:
    """*process*, its parent, and so on."""
    line: list[Process] = []
    while process not in line:
        line.append(process)
        process = process.parent or process
    return line


def _words(call: Call) -> list[str]:
    if call.line.dialect.name == "sysdig":
        found = [call.arguments.field(name) for name in ("exe", "args")]
        return [node.render().strip(".") for node in found if node is not None]
    plain = WORDS.match(call.arguments_text) if call.line.dialect is STRACE else None
    if plain is not None:
        return [as_text(unescape(word)) + more for word, more in WORD.findall(plain[1])]
    for item in call.arguments.items:
        if isinstance(item, Sequence) and item.text == "[":
            words = [_word(word) for word in item.items if isinstance(word, String | Ellipsis)]
            path = call.first_string
            return [path if path.startswith(words[0][:-3]) else words[0], *words[1:]] if _is_cut(item) else words
    return []


def _is_cut(words: Sequence) -> bool:
    """Whether the tracer has left out the end of the first of *words*."""
    return bool(words.items) and isinstance(words.items[0], String) and words.items[0].truncated


def _word(node: String | Ellipsis) -> str:
    """A word of a command line; what the tracer has left out of it, or all others, stand as "..."."""
    if isinstance(node, Ellipsis):
        return node.text
    return as_text(node.bytes) + ("..." if node.truncated else "")
