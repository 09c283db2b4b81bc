"""Lines to events: an unfinished line and its resumed one become one call; stacks go to the call they follow."""

import re
from collections.abc import Iterable, Iterator

from vimtrace.trace.clock import Clock
from vimtrace.trace.dialects import LTRACE
from vimtrace.trace.event import Call, Event, Exit, Message, Signal, Unknown
from vimtrace.trace.line import Line

FORKS = frozenset({"fork", "vfork", "clone", "clone2", "clone3"})
PID_CHANGED = re.compile(r"<pid changed to (\d+) \.\.\.>$")
ATTACHED = re.compile(r"strace: Process (\d+) attached$")
EXECUTED = "--- Called exec() ---"
# What sysdig tells beside calls, in the midst of them: it has no second line (sysdig -l).
ASIDE = frozenset("switch page_fault cpu_hotplug drop signaldeliver procinfo container notification".split())
PROCESS_EXIT = frozenset({"procexit", "procexitevent"})
NO_RETURN = "<no return ...>"
LEADING_PID = re.compile(r"\[pid +\d+")


class Joiner:
    """Makes events of the lines of one trace.

    ``feed`` gives the events that its lines complete; the last is held back, for a stack may follow it. ``end`` gives
    what is left. ``pending`` are the calls that have begun and not returned, of each process the innermost: ltrace's
    have callers. ``births`` are the forks by the child whose first line came before they returned. *first* is the first
    process, to which the lines without a pid belong: *pid* if given (``strace -ff`` has it in the file's name), else as
    soon as a line tells. ``moved``, if it is not ``None``, are the calls that go on in another *file* than this one.
    """

    def __init__(self, pid: int | None = None, clock: Clock | None = None) -> None:
        self.clock = clock or Clock()
        self.pending: dict[int | None, Call] = {}
        self.first = pid
        self.births: dict[int, Call] = {}
        self.moved: dict[int | None, Call] | None = None
        self.file = ""
        self._callers: dict[int | None, list[Call]] = {}
        self._alive: set[int] = set()
        self._announced: set[int] = set()
        self._first_ended = False
        self._held: Event | None = None
        self._given: Event | None = None  # held, and given by ``pause``
        self._glued: Call | None = None
        self._handlers = {
            "returned": self._returned,
            "void": self._returned,
            "unfinished": self._unfinished,
            "enter": self._enter,
            "leave": self._returned,
            "signal": self._signal,
            "exit": self._exit,
            "stack": self._attached,
            "dump": self._attached,
            "glued": self._glue,
            "cut": self._glue,
            "tail": self._tail,
            "broken": self._tail,
            "unknown": self._unknown,
            "blank": self._unknown,
        }

    @property
    def oldest(self) -> int | None:
        """The first line's number of the oldest event that was not given yet."""
        outermost = [calls[0] for calls in self._callers.values() if calls]
        waiting = [*self.pending.values(), *outermost, self._held, self._glued]
        return min((event.line.number for event in waiting if event is not None), default=None)

    def feed(self, lines: Iterable[Line]) -> Iterator[Event]:
        """The events that *lines* complete, in the order of their last lines."""
        handlers, message = self._handlers, self._message
        for line in lines:
            for event in handlers.get(line.match.lastgroup or "", message)(line):
                held, self._held = self._held, event
                if held is not None and held is not self._given:
                    yield held

    def pause(self) -> Iterator[Event]:
        """The event that is held back, when no line comes for a while. If a stack does follow, it is given again."""
        if self._held is not None and self._held is not self._given:
            self._given = self._held
            yield self._held

    def flush(self) -> Iterator[Event]:
        """The event that is held back."""
        held, self._held = self._held, None
        if held is not None and held is not self._given:
            yield held

    def end(self) -> Iterator[Event]:
        """What is left at the end of the trace: the held event, then the calls that never returned."""
        yield from self.flush()
        glued = [self._glued] if self._glued is not None else []
        left = [*self.pending.values(), *self._all_callers(), *glued]
        self.pending, self._callers, self._glued = {}, {}, None
        yield from sorted(left, key=lambda call: call.line.offset)

    def _all_callers(self) -> Iterator[Call]:
        return (call for calls in self._callers.values() for call in calls)

    def _owner(self, line: Line) -> int | None:
        """The process of *line*, also where the tracer does not name it because there is only one."""
        text = line.match["pid"]
        if text is None:
            return self._nameless()
        pid = int(text)
        if pid not in self._alive:
            self._alive.add(pid)
            self._born(pid)
            if self.first is None and pid not in self._announced and LEADING_PID.match(line.match[0]):
                self._is_first(pid)
        return pid

    def _born(self, pid: int) -> None:
        """A line of a process that is new: it may be the child of a fork that has not returned."""
        for call in self.pending.values():
            if call.syscall in FORKS and call.child is None and call.pid != pid:
                call.child = pid
                self.births[pid] = call
                return

    def _nameless(self) -> int | None:
        left = self._alive | self._announced if self._first_ended else self._alive
        if self.first in left or len(left) != 1:
            return self.first
        return next(iter(left))

    def _is_first(self, pid: int) -> None:
        self.first = pid
        if None in self.pending:
            self.pending[pid] = call = self.pending.pop(None)
            call.pid = pid

    def _returned(self, line: Line) -> tuple[Event, ...]:
        time, pid = self.clock.time(line), self._owner(line)
        resumed = line.match["resumed"]
        if resumed is None:
            return (Call(line, time, pid, line),)
        lost = self._unwound(pid, resumed)
        call = self.pending.get(pid)
        if call is None or call.name != resumed:
            return (Call(line, time, pid, line),)
        self._leave(pid)
        call.last = line
        call.end_time = time
        call.pid = pid
        return (*lost, call)

    def _leave(self, pid: int | None) -> None:
        """The innermost call of *pid* is over: the one that made it goes on."""
        del self.pending[pid]
        if callers := self._callers.get(pid):
            self.pending[pid] = callers.pop()

    def _unwound(self, pid: int | None, name: str) -> list[Call]:
        """The calls of *pid* in that *name*, which returns: they never will (longjmp(3))."""
        lost: list[Call] = []
        innermost = self.pending.get(pid)
        if innermost is not None and innermost.name == name:
            return lost
        if any(call.name == name for call in self._callers.get(pid, ())):
            while self.pending[pid].name != name:
                lost.append(self.pending[pid])
                self._leave(pid)
        return lost

    def _unfinished(self, line: Line) -> tuple[Event, ...]:
        time, pid = self.clock.time(line), self._owner(line)
        call = self.pending.pop(pid, None)
        left: tuple[Event, ...] = ()
        if call is not None and line.match["resumed"] == call.name:
            call.between.append(line)
        else:
            if call is not None and line.dialect is LTRACE:  # a call that it makes
                self._callers.setdefault(pid, []).append(call)
            elif call is not None:
                left = (call,)
            call = Call(line, time, pid)
        text = line.match[0]
        if text.endswith(("<detached ...>", NO_RETURN)) or (line.dialect is LTRACE and "longjmp" in call.name):
            self.pending[pid] = call
            self._leave(pid)
            return (*left, _done(call) if text.endswith(NO_RETURN) and call.syscall.startswith("exec") else call)
        changed = PID_CHANGED.search(text)
        pending = self.moved if changed and self.moved is not None else self.pending
        call.file = self.file
        pending[int(changed[1]) if changed else pid] = call
        return left

    def _enter(self, line: Line) -> tuple[Event, ...]:
        if line.match["call"] in PROCESS_EXIT:
            return self._exit(line)
        time, pid = self.clock.time(line), self._owner(line)
        if line.match["call"] in ASIDE:
            return (Message(line, time, pid),)
        left = self.pending.pop(pid, None)
        self.pending[pid] = Call(line, time, pid)
        return (left,) if left is not None else ()

    def _signal(self, line: Line) -> tuple[Event, ...]:
        if line.dialect is LTRACE and EXECUTED in line.match[0]:
            return self._executed(line)
        return (Signal(line, self.clock.time(line), self._owner(line)),)

    def _exit(self, line: Line) -> tuple[Event, ...]:
        pid = self._owner(line)
        event = Exit(line, self.clock.time(line), pid)
        thread = event.superseded_by
        call = self._ended(pid) if thread is None else self._superseded(pid, thread)
        callers = self._callers.pop(pid, [])
        return (*callers, *([call] if call is not None else []), event)

    def _ended(self, pid: int | None) -> Call | None:
        """The process *pid* is no more; the call that it had not ended."""
        self._first_ended |= pid == self.first
        self._forget(pid)
        return self.pending.pop(pid, None)

    def _superseded(self, pid: int | None, thread: int) -> Call | None:
        """*thread* goes on as its leader *pid*, as which its exec will return; what the leader had not ended."""
        self._forget(thread)
        execve = self.pending.pop(thread, None)
        if execve is None:
            return None
        call = self.pending.pop(pid, None)
        self.pending[pid] = execve
        return call

    def _forget(self, pid: int | None) -> None:
        for pids in (self._alive, self._announced):
            pids.difference_update({pid})

    def _attached(self, line: Line) -> tuple[Event, ...]:
        if isinstance(self._held, Call | Exit) and line.kind == "stack":
            self._held.stack.append(line)
            self._given = None
        elif isinstance(self._held, Call):
            self._held.dump.append(line)
            self._given = None
        else:
            return (Message(line),)
        return ()

    def _glue(self, line: Line) -> tuple[Event, ...]:
        """A line that something else cut in two, as on a terminal; its rest is in the next line.

        ``clone3({...}strace: Process 12 attached``, or ``write(1, "x\\n", 2x``, where the program itself wrote.
        """
        text = line.match[0]
        attached = ATTACHED.search(text)
        start = attached.start() if attached else len(text)
        first = line.with_text(text[:start] + " <unfinished ...>")
        if first.kind != "unfinished":
            self._announce(text)
            return (Message(line),)
        left = (self._glued,) if self._glued is not None else ()
        self._glued = Call(first, self.clock.time(first), self._owner(first))
        self._announce(text)  # the call was begun before there were more
        return left

    def _tail(self, line: Line) -> tuple[Event, ...]:
        call, self._glued = self._glued, None
        if call is None and self.pending:  # strace -z drops what stands before the ) of a resumed line
            call = self.pending.pop(max(self.pending, key=lambda pid: self.pending[pid].line.offset))
        if call is None:
            return (Unknown(line, None, self.first),)
        if line.kind == "broken":
            call.between.append(line)
            self.pending[call.pid] = call
            return ()
        call.last = line.with_text(f"<... {call.name} resumed>{line.match[0]}")
        return (call,)

    def _announce(self, text: str) -> None:
        match = ATTACHED.search(text)
        if match:
            self._announced.add(int(match[1]))

    def _message(self, line: Line) -> tuple[Event, ...]:
        self._announce(line.match[0])
        return (Message(line, self.clock.time(line), line.pid),)

    def _executed(self, line: Line) -> tuple[Event, ...]:
        """What ltrace says when an exec was done: that never returns, nor does any call of the program before."""
        pid = self._owner(line)
        call, callers = self.pending.pop(pid, None), self._callers.pop(pid, [])
        told = Signal(line, self.clock.time(line), pid)
        if call is None:
            return (told,)
        if call.syscall.startswith("exec"):
            call.last = line.with_text(f"<... {call.name} resumed> ) = 0")
            call.end_time = told.time
            return (*callers, call)
        return (*callers, call, told)

    def _unknown(self, line: Line) -> tuple[Event, ...]:
        return (Unknown(line),)


def _done(call: Call) -> Call:
    """*call*, an exec of which ltrace says that it does not return: it was done."""
    line = call.line.with_text(call.line.match[0].removesuffix(NO_RETURN).rstrip() + ") = 0")
    return Call(line, call.time, call.pid, line)
