"""Two runs compared: process by process, call by call, without what differs from run to run anyway."""

import re
from collections import Counter, deque
from collections.abc import Iterator
from itertools import zip_longest
from typing import NamedTuple

from vimtrace.alignment import Ops, opcodes
from vimtrace.filter import Filter
from vimtrace.output import printable
from vimtrace.report import Table
from vimtrace.trace.normal import Plain
from vimtrace.trace.ordered import Births, by_process, depth_first
from vimtrace.trace.process import Process
from vimtrace.trace.source import Traces

CONTEXT = 3
Couple = tuple[Process | None, Process | None]
PLACE = re.compile("\0(\\d+)\0")


class Side(NamedTuple):
    """One run's part of a pair of processes: its *lines*; of each its number in the trace, its call, and its file.

    There is no *file* of a trace that is one file.
    """

    lines: list[str]
    numbers: list[int]
    calls: list[str]
    files: list[str]


class Pair(NamedTuple):
    """A process of both runs, or of one: *name* (p1, ...), *title* with its command, the two sides, what differs."""

    name: str
    title: str
    left: Side
    right: Side
    ops: Ops


class Run:
    """One run: its processes and their plain events."""

    def __init__(self, traces: Traces, where: Filter | None) -> None:
        self.processes = traces.processes
        events = Births(traces.processes).settled(traces.events())
        self.plains = by_process(events, traces.processes, where)
        self.names: dict[int, str] = {}

    def side(self, process: Process | None) -> Side:
        """The lines of *process*, with the names of processes in them."""
        plains: list[Plain] = self.plains.get(process.index, []) if process is not None else []
        texts = [PLACE.sub(lambda match: self.names.get(int(match[1]), "PID"), plain.text) for plain in plains]
        columns = [(plain.number, plain.call, plain.file) for plain in plains]
        numbers, calls, files = (list(column) for column in zip(*columns, strict=True)) if columns else ([], [], [])
        return Side(texts, numbers, calls, files)


def none_understood(traces: Traces) -> bool:
    """Whether these, which have been read, have lines and not one that tells what a process did."""
    return not traces.processes.all and any(trace.splitter.number for trace in traces.traces)


def compare(left: Traces, right: Traces, where: Filter | None = None, program: str = "") -> list[Pair]:
    """The pairs of processes of two runs, in the order of their trees. *program*: that of diff(1), if there is one."""
    a, b = Run(left, where), Run(right, where)
    couples = list(pairs(list(a.processes.roots()), list(b.processes.roots())))
    for at, (one, other) in enumerate(couples, 1):
        for run, process in ((a, one), (b, other)):
            if process is not None:
                run.names[process.index] = f"p{at}"
    found = []
    for at, (one, other) in enumerate(couples, 1):
        some = one if one is not None else other
        command = printable(" ".join(some.words) or some.name) if some is not None else ""
        side_a, side_b = a.side(one), b.side(other)
        kind = " (thread)" if some is not None and some.is_thread else ""
        ops = opcodes(side_a.lines, side_b.lines, program)
        found.append(Pair(f"p{at}", f"p{at} {command}{kind}", side_a, side_b, ops))
    return found


def pairs(left: list[Process], right: list[Process]) -> Iterator[Couple]:
    """Processes that belong together: by command and place among the children, then their children."""
    return depth_first(_siblings(left, right), _children)


def _children(couple: Couple) -> Iterator[Couple]:
    one, other = couple
    return _siblings(one.children if one is not None else [], other.children if other is not None else [])


def _siblings(left: list[Process], right: list[Process]) -> Iterator[Couple]:
    """The children of one process that belong together: those of one command, even if another came first."""
    ops = opcodes(list(map(_key, left)), list(map(_key, right)))
    changed = [(left[i1:i2], right[j1:j2]) for tag, i1, i2, j1, j2 in ops if tag != "equal"]
    found = _alike([one for ones, _ in changed for one in ones], [other for _, others in changed for other in others])
    taken = {other.index for other in found.values()}
    for tag, i1, i2, j1, j2 in ops:
        if tag == "equal":
            yield from zip(left[i1:i2], right[j1:j2], strict=True)
            continue
        yield from ((one, found[one.index]) for one in left[i1:i2] if one.index in found)
        ones = [one for one in left[i1:i2] if one.index not in found]
        yield from zip_longest(ones, [other for other in right[j1:j2] if other.index not in taken])


def _alike(left: list[Process], right: list[Process]) -> dict[int, Process]:
    """Of those on the *left*, by their index, the one on the *right* that has the same command and is no other's."""
    waiting: dict[str, deque[Process]] = {}
    for other in right:
        waiting.setdefault(_key(other), deque()).append(other)
    return {one.index: waiting[key].popleft() for one in left if waiting.get(key := _key(one))}


def _key(process: Process) -> str:
    return f"{process.is_thread} {process.words[0] if process.words else process.name}"


def differ(found: list[Pair]) -> bool:
    return any(tag != "equal" for pair in found for tag, *_ in pair.ops)


def unified(found: list[Pair], left: str, right: str) -> Iterator[str]:
    """A unified diff. Its hunks' numbers are line numbers in the two traces."""
    if not differ(found):
        return
    yield f"--- {printable(left)}"
    yield f"+++ {printable(right)}"
    for pair in found:
        for group in _groups(pair.ops):
            (_, i1, _, j1, _), (_, _, i2, _, j2) = group[0], group[-1]
            yield f"@@ -{_span(pair.left, i1, i2)} +{_span(pair.right, j1, j2)} @@ {pair.title}"
            for tag, a1, a2, b1, b2 in group:
                if tag == "equal":
                    yield from (" " + line for line in pair.left.lines[a1:a2])
                else:
                    yield from ("-" + line for line in pair.left.lines[a1:a2])
                    yield from ("+" + line for line in pair.right.lines[b1:b2])


def _span(side: Side, start: int, end: int) -> str:
    return f"{side.numbers[start] if start < len(side.numbers) else 0},{end - start}"


def _groups(ops: Ops) -> Iterator[Ops]:
    """The differences with CONTEXT lines around them, those close to each other together."""
    group: Ops = []
    for tag, i1, i2, j1, j2 in ops:
        if tag != "equal":
            group.append((tag, i1, i2, j1, j2))
            continue
        size = i2 - i1
        if group:
            keep = min(size, CONTEXT)
            if size <= 2 * CONTEXT:
                group.append((tag, i1, i2, j1, j2))
                continue
            group.append((tag, i1, i1 + keep, j1, j1 + keep))
            yield group
        keep = min(size, CONTEXT)
        group = [(tag, i2 - keep, i2, j2 - keep, j2)] if keep else []
    if any(tag != "equal" for tag, *_ in group):
        yield group


def stat(found: list[Pair]) -> Table:
    """How many events differ: of each call, only in one run, only in the other."""
    only_a: Counter[str] = Counter()
    only_b: Counter[str] = Counter()
    for pair in found:
        for tag, i1, i2, j1, j2 in pair.ops:
            if tag != "equal":
                only_a.update(pair.left.calls[i1:i2])
                only_b.update(pair.right.calls[j1:j2])
    names = sorted(set(only_a) | set(only_b), key=lambda name: (-only_a[name] - only_b[name], name))
    rows = [[name, str(only_a[name] or ""), str(only_b[name] or "")] for name in names]
    lines = sum(len(pair.left.lines) for pair in found), sum(len(pair.right.lines) for pair in found)
    title = f"{sum(only_a.values())} of {lines[0]} events only in A, {sum(only_b.values())} of {lines[1]} only in B"
    return Table(title, ["call", ">only in A", ">only in B"], rows)


def whole(found: list[Pair], right: bool) -> Iterator[tuple[int, str, str]]:
    """One side as a text of its own: line numbers in the trace (0 for a heading), lines, and files as in Side."""
    for pair in found:
        side = pair.right if right else pair.left
        if side.lines:
            yield 0, f"=== {pair.title}", ""
            yield from zip(side.numbers, side.lines, side.files, strict=True)
