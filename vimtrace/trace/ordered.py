"""The plain events of each process, in an order that scheduling does not decide."""

import re
from collections.abc import Callable, Iterator
from typing import TypeVar

from vimtrace.filter import Filter
from vimtrace.trace.event import Call, Event, Exit
from vimtrace.trace.join import FORKS
from vimtrace.trace.normal import ANY_CHILD, Normal, Plain
from vimtrace.trace.process import Processes

Item = TypeVar("Item")
HELD = 10_000  # events: a fork returns sooner, or is not in the trace


def by_process(events: Iterator[Event], processes: Processes, where: Filter | None = None) -> dict[int, list[Plain]]:
    """The plain events of each process, by its index in ``processes.all``; tells *processes* all events.

    Those that *where* matches; what is masked in them the others tell, too.
    """
    normal = Normal(processes)
    found: dict[int, list[Plain]] = {}
    for event in events:
        matches = where is None or where(event, processes)
        plain = normal.plain(event)
        process = processes.see(event)
        if process is None or plain is None or not matches:
            continue
        found.setdefault(process.index, []).append(plain)
    return {at: list(streams_joined(waits_last(plains))) for at, plains in found.items()}


class Births:
    """Holds back what new processes do until it is sure whose children they are, HELD events of each at most.

    The first line of a child may come before its fork returns; strace may even write of the fork when that is over
    only. And a fork that has returned may be held back itself.
    """

    def __init__(self, processes: Processes) -> None:
        self.processes = processes
        self._waiting: dict[int | None, list[Event]] = {}
        self._unborn: set[int | None] = set()  # children whose forks are held back

    def settled(self, events: Iterator[Event]) -> Iterator[Event]:
        """*events*; each of a process behind the fork that made it. ``processes`` are told of one before the next."""
        for event in events:
            if event.pid is not None and self._is_held(event.pid):
                held = self._waiting.setdefault(event.pid, [])
                held.append(event)
                self._unborn.add(_child(event))
                if len(held) == HELD:
                    yield from self._released(self._waiting.pop(event.pid))
            else:
                yield from self._released([event])
        for pid in [*self._waiting]:
            yield from self._released(self._waiting.pop(pid, []))

    def _released(self, events: list[Event]) -> Iterator[Event]:
        """*events*, and behind each fork what its child has done."""
        return depth_first(iter(events), self._behind)

    def _behind(self, event: Event) -> Iterator[Event]:
        """What waits for *event*."""
        child = _child(event)
        self._unborn.discard(child)
        return iter(self._waiting.pop(child, []))

    def _is_held(self, pid: int) -> bool:
        if pid in self._waiting or pid in self._unborn:
            return True
        process = self.processes.get(pid)
        if not self.processes.all or (process is not None and not process.how):
            return False
        return all(joiner.first != pid for joiner in self.processes.joiners)


def _child(event: Event) -> int | None:
    """The process that *event* makes, if it is a fork."""
    child = event.result if isinstance(event, Call) and event.syscall in FORKS else None
    return child if child is not None and child > 0 else None


def depth_first(items: Iterator[Item], below: Callable[[Item], Iterator[Item]]) -> Iterator[Item]:
    """*items*, and behind each, when it has been taken, what is *below* it. Not recursive: a chain may be long."""
    stack = [items]
    while stack:
        for item in stack[-1]:
            yield item
            stack.append(below(item))
            break
        else:
            stack.pop()


def waits_last(plains: list[Plain]) -> list[Plain]:
    """The waits for any child behind what else the process does, before its end: which comes when is chance."""
    waits = [plain for plain in plains if plain.text.endswith(ANY_CHILD)]
    others = [plain for plain in plains if not plain.text.endswith(ANY_CHILD)]
    end = len(others) - (bool(others) and others[-1].call == Exit.kind)
    return [*others[:end], *waits, *others[end:]]


STREAM = re.compile(r"(?P<call>read|recv|recvfrom)\((?P<fd><(?:pipe|socket|PIPE|UNIX|TCP)[^>]*>), .* = (?P<count>\d+)$")


def streams_joined(plains: list[Plain]) -> Iterator[Plain]:
    """Reads that follow each other on one pipe or socket as one: how its bytes were cut is chance."""
    held: tuple[Plain, str, int] | None = None
    for plain in plains:
        match = STREAM.match(plain.text)
        key = f"{match['call']}({match['fd']})" if match else ""
        if held is not None and key == held[1] and match:
            held = (held[0], key, held[2] + int(match["count"]))
            continue
        if held is not None:
            yield held[0]._replace(text=f"{held[1]} = {held[2]} bytes")
        held = (plain, key, int(match["count"])) if match else None
        if held is None:
            yield plain
    if held is not None:
        yield held[0]._replace(text=f"{held[1]} = {held[2]} bytes")
