"""What a trace adds up to: calls and their times, errors, processes, files, connections, signals, gaps."""

import heapq
import re
from collections import Counter
from collections.abc import Callable

from vimtrace.filter import Filter
from vimtrace.gaps import Gaps
from vimtrace.times import SECOND, Times
from vimtrace.trace import paths
from vimtrace.trace.descriptors import OPENERS, named_peer
from vimtrace.trace.event import Call, Event, Signal, number_of
from vimtrace.trace.process import Process, Processes
from vimtrace.trace.source import Traces

READS = frozenset("read pread64 pread readv preadv preadv2 recv recvfrom recvmsg".split())
WRITES = frozenset("write pwrite64 pwrite writev pwritev pwritev2 send sendto sendmsg".split())
MOVES = frozenset("sendfile sendfile64 copy_file_range splice".split())  # result bytes, from one descriptor to another
NETWORK = frozenset({"sendto", "recvfrom", "sendmsg", "recvmsg"})
SLOWEST = 10
GAPS = 5
OF_SYSDIG = re.compile(r"[0-9a-f.:]+->[0-9a-f.:]+$")
GROUPS = ("call", "pid", "path", "errno")


class File:
    """What was done to a file: *opened* (times), *failed* by errno, *read* and *written* in bytes."""

    __slots__ = ("failed", "opened", "read", "written")

    def __init__(self) -> None:
        self.opened = self.read = self.written = 0
        self.failed: Counter[str] = Counter()


class Connection:
    """A socket with a peer: *received*, *sent* in bytes, *calls* that named the peer, *failed* by errno."""

    __slots__ = ("calls", "failed", "pids", "received", "sent")

    def __init__(self) -> None:
        self.calls = self.received = self.sent = 0
        self.failed: Counter[str] = Counter()
        self.pids: set[int | None] = set()


class Summary:
    """Takes events one by one (``add``), gives the whole (``data``). *by*: one of GROUPS.

    *processes* is told each event after ``add``. *where* leaves out the events that it does not match.
    """

    def __init__(self, processes: Processes, by: str = "call", where: Filter | None = None) -> None:
        self.processes = processes
        self.by = by
        self.where = where
        self.groups: dict[str, Times] = {}
        self.files: dict[str, File] = {}
        self.connections: dict[str, Connection] = {}
        self.signals: Counter[tuple[str, int | None, int | None]] = Counter()
        self.slowest: list[tuple[int, int, Call]] = []
        self.gaps = Gaps()
        self.unknown = self.events = self.lines = 0
        self.in_calls: Counter[int | None] = Counter()

    def add(self, event: Event) -> None:
        """Take *event* in."""
        self.lines += len(event.lines)
        self._pass(event)
        if self.where is not None and not self.where(event, self.processes):
            return
        self.events += 1
        if isinstance(event, Call):
            self._call(event)
        elif isinstance(event, Signal):
            self.signals[(event.name, event.pid, event.sender)] += 1
        elif event.kind == "unknown" and event.line.text:
            self.unknown += 1

    def _pass(self, event: Event) -> None:
        """Time goes on to *event*."""
        if event.time is None:
            return
        what = described(event)
        self.gaps.tell(event.time, event.line.number, what)
        if isinstance(event, Call):
            last = event.last.number if event.last is not None else event.line.number
            end = event.end_time if event.end_time is not None else event.time + (event.duration or 0)
            if end != event.time:
                self.gaps.tell(end, last, what)

    def _call(self, call: Call) -> None:
        duration = call.duration
        for key in self._keys(call):
            times = self.groups.get(key)
            if times is None:
                times = self.groups[key] = Times()
            times.add(call, duration)
        if duration is not None:
            self.in_calls[call.pid] += duration
            if len(self.slowest) < SLOWEST:
                heapq.heappush(self.slowest, (duration, -self.events, call))
            elif duration > self.slowest[0][0]:
                heapq.heapreplace(self.slowest, (duration, -self.events, call))
        action = ACTIONS.get(call.syscall)
        if action is not None:
            action(self, call)

    def _keys(self, call: Call) -> list[str]:
        if self.by == "call":
            return [call.name]
        if self.by == "pid":
            process = self.processes.of(call)
            return [f"{call.pid} {process.name}" if process.name else str(call.pid)]
        if self.by == "errno":
            return [call.errno] if call.failed else []
        return list(dict.fromkeys(paths.of(call, self.processes.of(call))))

    def file(self, path: str) -> File:
        file = self.files.get(path)
        if file is None:
            file = self.files[path] = File()
        return file

    def opens(self, call: Call) -> None:
        named = paths.named(call)
        if not named:
            return
        file = self.file(call.returns.name if call.returns is not None else named[-1])
        if call.failed:
            file.failed[call.errno] += 1
        elif call.syscall in OPENERS:
            file.opened += 1

    def moves(self, call: Call) -> None:
        """Bytes that came or went."""
        count = call.result
        if count is None or count <= 0:
            return
        if call.syscall in MOVES:
            to_first = call.syscall.startswith("sendfile")
            source, sink = (1, 0) if to_first else (0, 2)
            self.bytes(call, number_of(call.argument(source)), count, 0)
            self.bytes(call, number_of(call.argument(sink)), 0, count)
        elif call.syscall in READS:
            self.bytes(call, call.fd, count, 0)
        else:
            self.bytes(call, call.fd, 0, count)

    def bytes(self, call: Call, fd: int | None, read: int, written: int) -> None:
        opened = self.processes.origin(call, fd)
        name = opened.name if opened is not None else ""
        peer = opened.peer if opened is not None else ""
        for descriptor in call.descriptors if "<" in call.arguments_text else []:
            if descriptor.fd == fd:
                name = descriptor.name
                peer = peer or peer_of(name)
        if not peer and call.syscall in NETWORK:
            peer = named_peer(call)
        self.moved(name, peer, call.pid, read, written)

    def moved(self, name: str, peer: str, pid: int | None, read: int, written: int) -> None:
        """Bytes that the process *pid* moved on a descriptor that *name*s something, or has a *peer*."""
        if peer:
            connection = self.connection(peer, pid)
            connection.received += read
            connection.sent += written
        elif name.startswith("/") or (name and not name.startswith(paths.NOT_FILES)):
            file = self.file(name)
            file.read += read
            file.written += written

    def connects(self, call: Call) -> None:
        peer = named_peer(call)
        if not peer:
            return
        connection = self.connection(peer, call.pid)
        connection.calls += 1
        if call.failed:
            connection.failed[call.errno] += 1

    def connection(self, peer: str, pid: int | None) -> Connection:
        """That to *peer*, which the process *pid* has used."""
        connection = self.connections.setdefault(peer, Connection())
        connection.pids.add(pid)
        return connection

    def data(self) -> dict[str, object]:
        """The whole, in the terms of JSON; times in seconds, those of day as the trace counts them."""
        return {
            "lines": self.lines,
            "events": self.events,
            "unknown": self.unknown,
            "begin": stamp(self.gaps.begin),
            "end": stamp(self.gaps.end if self.gaps.begin is not None else None),
            "by": self.by,
            "groups": self._groups_data(),
            "slowest": [
                {"duration": duration / SECOND, "line": call.line.number, "pid": call.pid, "text": call.short}
                for duration, _, call in sorted(self.slowest, key=lambda item: (-item[0], -item[1]))
            ],
            "processes": [self._process_data(process) for process in self.processes.all],
            "files": {
                path: {"opened": f.opened, "failed": dict(f.failed), "read": f.read, "written": f.written}
                for path, f in sorted(self.files.items())
            },
            "connections": {
                peer: {
                    "calls": c.calls,
                    "failed": dict(c.failed),
                    "received": c.received,
                    "sent": c.sent,
                    "pids": sorted(pid for pid in c.pids if pid is not None),
                }
                for peer, c in sorted(self.connections.items())
            },
            "signals": [
                {"signal": name, "pid": pid, "sender": sender, "count": count}
                for (name, pid, sender), count in self.signals.most_common()
            ],
            "gaps": [
                {
                    "seconds": (gap.end - gap.start) / SECOND,
                    "from": stamp(gap.start),
                    "line": gap.number,
                    "after": gap.after,
                }
                for gap in self.gaps.longest(GAPS)
            ],
        }

    def _groups_data(self) -> list[dict[str, object]]:
        rows = [(key, times, times.data()) for key, times in self.groups.items()]
        rows.sort(key=lambda row: (-sum(row[1].durations), -row[1].count, row[0]))
        return [{self.by: key, **data} for key, _, data in rows]

    def _process_data(self, process: Process) -> dict[str, object]:
        return {
            "pid": process.pid,
            "parent": process.parent.pid if process.parent is not None else None,
            "thread_of": process.leader.pid if process.is_thread else None,
            "name": process.name,
            "command": process.words,
            "start": stamp(process.start),
            "end": stamp(process.end),
            "exit": process.how,
            "calls": process.calls,
            "in_calls": self.in_calls[process.pid] / SECOND,
            "line": process.first,
        }


ACTIONS: dict[str, Callable[[Summary, Call], None]] = {
    **dict.fromkeys(paths.FILE, Summary.opens),
    **dict.fromkeys(READS | WRITES | MOVES, Summary.moves),
    "connect": Summary.connects,
    "accept": Summary.connects,
    "accept4": Summary.connects,
}


def described(event: Event) -> str:
    """What *event* is, as a person names it: a call, a signal, an exit."""
    name = event.name if isinstance(event, Call | Signal) else event.kind
    return f"{name} of {event.pid}" if event.pid is not None else name


def peer_of(name: str) -> str:
    """The far end of ``TCP:[127.0.0.1:5000->127.0.0.1:80]``, or sysdig's without a name, or an empty string."""
    if OF_SYSDIG.match(name):
        return name.rpartition("->")[2]
    inside = name.partition(":[")[2].removesuffix("]")
    if "->" not in inside or not name.startswith(("TCP", "UDP", "SCTP", "DCCP")):
        return ""
    return inside.rpartition("->")[2]


def stamp(time: int | None) -> float | None:
    return None if time is None else time / SECOND


def summarise(traces: Traces, by: str = "call", where: Filter | None = None) -> dict[str, object]:
    """The summary of *traces*."""
    summary = Summary(traces.processes, by, where)
    see = traces.processes.see
    for event in traces.events():
        summary.add(event)
        see(event)
    return summary.data()
