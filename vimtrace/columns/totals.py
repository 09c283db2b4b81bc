"""What the calls of a trace add up to, by columns: the groups and the slowest calls."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy
import polars
from polars import col

from vimtrace.columns.asked import asked
from vimtrace.columns.durations import Counted, Counter, Durations
from vimtrace.columns.events import PART, Events, Part
from vimtrace.columns.lines import NOBODY
from vimtrace.columns.octets import Places, Table, greatest
from vimtrace.columns.uses import Pairs
from vimtrace.summary import SLOWEST
from vimtrace.times import DECADES, QUANTILES, SECOND
from vimtrace.trace.event import Call

Row = dict[str, Any]


def by_call(events: Events) -> list[Row]:
    """``Summary.data()["groups"]`` by call."""
    return groups(events, "call", lambda part: part.name, events.lines.fields.names)


def by_errno(events: Events) -> list[Row]:
    """``Summary.data()["groups"]`` by errno."""
    return groups(events, "errno", lambda part: part.error, events.lines.errnos)


GROUPS = {"call": by_call, "errno": by_errno}


def by_pid(events: Events, names: polars.Series) -> list[Row]:
    """``Summary.data()["groups"]`` by pid; *names*: of each event that of its process, which may be empty."""
    table = polars.DataFrame({"pid": events.lines.pid[events.all()].astype(numpy.int64), "comm": names})
    pid = polars.when(col("pid") == NOBODY).then(polars.lit("None")).otherwise(col("pid").cast(polars.String))
    named = polars.when(col("comm") != "").then(polars.concat_str(pid, polars.lit(" "), "comm")).otherwise(pid)
    both = table.select(named.alias("both")).to_series()
    different = both.unique()
    number = both.cast(polars.Enum(different)).to_physical().cast(polars.Int32).to_numpy()
    return groups(events, "pid", lambda part: numpy.where(part.name < 0, -1, number[part.places]), different.to_list())


def by_path(events: Events, pairs: Pairs) -> list[Row]:
    """``Summary.data()["groups"]`` by path, of the chosen events that *pairs* has."""
    sums = Sums(events.lines.errnos, pairs.names)
    parts = (slice(at, at + PART) for at in range(0, max(len(pairs.place), 1), PART))
    return sums.rows("path", [sums.add(Part(events, pairs.place[part]), pairs.number[part]) for part in parts])


def groups(events: Events, by: str, group: Callable[[Part], Table], names: list[str]) -> list[Row]:
    """The rows of the chosen *events*, each in the *group* of that number (-1: none), of which there are *names*."""
    sums = Sums(events.lines.errnos, names)
    return sums.rows(by, events.each(lambda part: sums.add(part, part.of_chosen(group(part)))))


Added = tuple[Counted, tuple[Table, Places, Table]]


class Sums:
    """Adds up events in groups that have *names*, and have failed with *errnos*."""

    def __init__(self, errnos: list[str], names: list[str]) -> None:
        self._errnos = errnos
        self._names = names
        self._counter = Counter(len(names))

    def add(self, part: Part, number: Table) -> Added:
        """What the events of *part* add, each in the group of that *number* (-1: none)."""
        error = part.error
        failed = numpy.flatnonzero((error >= 0) & (number >= 0))
        keys, at, counts = numpy.unique(
            number[failed].astype(numpy.int64) * len(self._errnos) + error[failed],
            return_index=True,
            return_counts=True,
        )
        return self._counter.count(number, part.ns), (keys, part.at[failed[at]], counts)

    def rows(self, by: str, found: list[Added]) -> list[Row]:
        """The rows of all that was *found*, in its order."""
        errors = _errors([part[1] for part in found], self._errnos)
        durations = self._counter.durations([part[0] for part in found])
        rows = [(self._names[number], _row(errors.get(number, {}), each)) for number, each in durations.items()]
        rows.sort(key=lambda pair: (-(pair[1]["total"] or 0), -pair[1]["calls"], pair[0]))
        return [{by: name, **row} for name, row in rows]


def _errors(found: list[tuple[Table, Places, Table]], errnos: list[str]) -> dict[int, dict[str, int]]:
    """How often each error came in each group; the most frequent first, and of these what came first."""
    keys, at, counts = (numpy.concatenate(columns) for columns in zip(*found, strict=True))
    key, example, which = numpy.unique(keys, return_index=True, return_inverse=True)
    total = numpy.bincount(which, counts, len(key)).astype(numpy.int64)
    errors: dict[int, dict[str, int]] = {}
    for place in numpy.lexsort((at[example], -total)).tolist():
        group, errno = divmod(int(key[place]), len(errnos))
        errors.setdefault(group, {})[errnos[errno]] = int(total[place])
    return errors


def _row(errno: dict[str, int], found: Durations) -> Row:
    """The numbers of one row."""
    values, known = found.values, len(found.values) > 0
    behind = numpy.cumsum(found.counts)  # how many are up to each of the values
    count = int(behind[-1]) if known else 0
    total = int((values * found.counts).sum())
    edges = numpy.searchsorted(values, [1000 * 10**power for power in range(DECADES - 1)])
    below = [0, *(int(behind[edge - 1]) if edge else 0 for edge in edges), count]
    ranks = [max(0, -(-count * p // 100) - 1) for p in QUANTILES]
    quantiles = [int(value) for value in values[numpy.searchsorted(behind, ranks, side="right")]] if known else ranks
    return {
        "calls": found.calls,
        "errors": sum(errno.values()),
        "errno": errno,
        "total": total / SECOND if known else None,
        "mean": total / count / SECOND if known else None,
        **{f"p{p}": value / SECOND if known else None for p, value in zip(QUANTILES, quantiles, strict=True)},
        "max": int(values[-1]) / SECOND if known else None,
        "histogram": [after - before for before, after in pairwise(below)],
    }


def slow(events: Events) -> Places:
    """The last lines of the slowest calls: of those that took as long, the earlier ones."""
    ns = events.lines.ns if events.chosen is None else numpy.where(events.chosen, events.lines.ns, -1)
    found = greatest(ns, SLOWEST)
    found = found[ns[found] >= 0]
    return found[numpy.argsort(-ns[found], kind="stable")][:SLOWEST]


def slowest(events: Events, slow: Places) -> list[dict[str, Any]]:
    """``Summary.data()["slowest"]`` of those that are *slow*."""
    calls = asked(events, events.place(events.first(slow)))
    return [
        {"duration": ns / SECOND, "line": call.line.number, "pid": call.pid, "text": call.short}
        for ns, call in zip(events.lines.ns[slow].tolist(), calls, strict=True)
        if isinstance(call, Call)
    ]
