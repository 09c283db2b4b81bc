"""Deeds that need no parser: what they do to the descriptors of the processes that the parser knows."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

import polars
from polars import col

from vimtrace.columns.deeds import CLOSE, DUP, KEEP, MOVE, OPEN, PEER, USE
from vimtrace.columns.lines import NOBODY
from vimtrace.columns.octets import Table
from vimtrace.summary import Summary, peer_of
from vimtrace.trace.descriptors import Opened
from vimtrace.trace.nodes import target

COLUMNS = ("role", "pid", "fd", "read", "written", "made", "call", "closes", "path", "label", "peer")
PLAIN = col("role").is_in([KEEP, DUP, OPEN, CLOSE, PEER, MOVE, USE])


class Plain:
    """Those of the deeds *told* that are PLAIN, in their order: *orders* has that of each. *done*: how many were.

    *names*: of each USE, by its number, what the descriptor names.
    """

    def __init__(self, told: polars.DataFrame) -> None:
        pid = polars.when(col("pid") != NOBODY).then("pid")
        found = told.filter(PLAIN).sort("order").with_columns(pid=pid)
        self.orders: Table = found["order"].to_numpy()
        self.done = 0
        self.names: dict[int, str] = {}
        self._labels: dict[str, tuple[str, str]] = {}
        self._left: Iterator[tuple[Any, ...]] = zip(*(found[name].to_list() for name in COLUMNS), strict=True)

    def do(self, many: int, summary: Summary) -> None:
        """Tell the processes of *summary* of the first *many*, so far as they were not."""
        process_of, opened_as = summary.processes.get, Opened.plain
        many, self.done = many - self.done, many
        last, table = 0, None
        for role, pid, fd, read, written, made, call, closes, path, label, far in islice(self._left, many):
            if pid != last or table is None:
                process, last = process_of(pid), pid
                table = process.descriptors if process is not None else None
            if table is None:
                continue
            if role == CLOSE:
                table.pop(fd, None)
            elif role == OPEN:
                table[fd] = opened_as(fd, path, far or "", closes)
            elif role == DUP:
                mine = table.get(fd)
                if mine is not None:
                    name, peer = mine.name, mine.peer
                else:
                    name, peer = (self._of_label(label)[0] if label else call), ""
                table[made] = opened_as(made, name, peer, closes)
            elif role == USE:
                if fd in table:
                    self.names[made] = table[fd].name
            elif role == MOVE:
                summary.moved(*self._named(table.get(fd), label, far or ""), pid, read, written)
            elif (mine := table.get(fd)) is None:
                continue
            elif role == PEER:
                mine.peer = far
            else:
                table[fd] = opened_as(fd, mine.name, mine.peer, closes)

    def _named(self, opened: Opened | None, label: str | None, far: str) -> tuple[str, str]:
        """What a descriptor names, and its peer, as Summary.bytes finds them; *far*: the one that the call names."""
        name, peer = (opened.name, opened.peer) if opened is not None else ("", "")
        if label is None:
            return name, peer or far
        name, of_name = self._of_label(label)
        return name, peer or of_name or far

    def _of_label(self, label: str) -> tuple[str, str]:
        """What a descriptor names that the tracer calls so, and its peer."""
        if label not in self._labels:
            name = target(label[1:].encode().decode("latin-1"))
            self._labels[label] = name, peer_of(name)
        return self._labels[label]
