"""What each process is called, and from where on, as the parser knows it."""

import numpy
import polars
from polars import col

from vimtrace.columns.events import Events
from vimtrace.columns.lines import NOBODY
from vimtrace.trace.event import Call, Event
from vimtrace.trace.join import FORKS
from vimtrace.trace.process import Process, Processes

SCHEMA = {"at": polars.UInt32, "after": polars.Int64, "pid": polars.Int64, "comm": polars.String}


class Names:
    """Told each event that the parser sees (:meth:`see`), gives each of all events its process's name (:meth:`of`).

    A process has one name at an event and may have another after it: of an exec, a prctl, the fork that tells whose
    child it is.
    """

    def __init__(self) -> None:
        self._told: list[tuple[int, bool, int, str]] = []

    def see(self, processes: Processes, event: Event) -> None:
        """Have *processes* see *event*."""
        self._note(processes.of(event), event, after=False)
        if (process := processes.see(event)) is not None:
            self._note(process, event, after=True)
        if isinstance(event, Call) and event.syscall in FORKS and (child := processes.get(event.result)) is not None:
            self._note(child, event, after=True)

    def _note(self, process: Process, event: Event, after: bool) -> None:
        last = event.last if isinstance(event, Call) and event.last is not None else event.line
        self._told.append((last.number - 1, after, process.pid if process.pid is not None else NOBODY, process.name))

    def of(self, all_events: Events) -> polars.Series:
        """For each of *all_events* the name of its process, which may be empty."""
        at, order = all_events.all(), all_events.order(numpy.arange(len(all_events)))
        pids = all_events.lines.pid[at].astype(numpy.int64)
        events = polars.DataFrame({"at": at.astype(numpy.uint32), "order": order, "pid": pids})
        told = polars.DataFrame(self._told, SCHEMA, orient="row")
        places = told.join(events.select("at", "order"), on="at", maintain_order="left")
        known = places.select("pid", "comm", place=col("order") * 2 + col("after")).sort("place", maintain_order=True)
        found = events.select("pid", place=col("order") * 2).join_asof(
            known, on="place", by="pid", check_sortedness=False
        )
        return found["comm"].fill_null("")
