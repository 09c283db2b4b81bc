"""The processes of a trace as a tree over time."""

import json
from collections.abc import Iterable, Iterator

from vimtrace.report import Table, duration
from vimtrace.trace.process import Process, Processes

SECOND = 1_000_000_000


def as_json(roots: Iterable[Process]) -> Iterator[str]:
    """*roots* and all below them as an array of objects, in pieces; times in seconds.

    Not recursive, as json.dumps is: a chain of forks may be long.
    """
    levels, comma = [iter(roots)], ""
    yield "["
    while levels:
        process = next(levels[-1], None)
        if process is None:
            levels.pop()
            yield "]}" if levels else "]\n"
            comma = ","
            continue
        yield f'{comma}\n{json.dumps(_data(process))[:-1]}, "children": ['
        levels.append(iter(process.children))
        comma = ""


def _data(process: Process) -> dict[str, object]:
    return {
        "pid": process.pid,
        "thread": process.is_thread,
        "name": process.name,
        "commands": [words for _, words in process.commands],
        "start": None if process.start is None else process.start / SECOND,
        "end": None if process.end is None else process.end / SECOND,
        "exit": process.how,
        "calls": process.calls,
        "line": process.first,
    }


def table(processes: Processes) -> Table:
    """One row for each process: when it began, how long it lived, its exit, its first line, its place in the tree."""
    begin = min((process.start for process in processes.all if process.start is not None), default=0)
    rows = [row for root in processes.roots() for row in _rows(root, begin)]
    return Table("processes and threads", [">began", ">lived", "exit", ">calls", ">line", "process"], rows)


def _rows(root: Process, begin: int) -> Iterator[list[str]]:
    """The rows of *root* and all below, not recursive: a chain of forks may be long."""
    stack: list[tuple[Process, str, str]] = [(root, "", "")]
    while stack:
        process, lead, below = stack.pop()
        yield [*_numbers(process, begin), lead + _label(process)]
        count = len(process.children)
        for at, child in reversed(list(enumerate(process.children))):
            last = at == count - 1
            stack.append((child, below + ("└─ " if last else "├─ "), below + ("   " if last else "│  ")))


def _numbers(process: Process, begin: int) -> list[str]:
    began = (process.start - begin) / SECOND if process.start is not None else None
    lived = (process.end - process.start) / SECOND if process.start is not None and process.end is not None else None
    return [duration(began), duration(lived), process.how or "-", str(process.calls), str(process.first)]


def _label(process: Process) -> str:
    if process.is_thread:
        return f"{{{process.pid}}} {process.name}".rstrip()
    commands = " => ".join(" ".join(words) for _, words in process.commands if words)
    name = f"({process.name})" if process.name else ""
    return f"{process.pid or ''} {commands or name}".strip()
