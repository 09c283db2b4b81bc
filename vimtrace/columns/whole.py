"""The whole summary, put together from what the columns tell and what the parser does."""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy
import polars
from polars import col

from vimtrace.columns import deeds, descriptors, events, gaps, paths, signals, sockets, totals, transfers, uses
from vimtrace.columns.chosen import Known, choose, is_told
from vimtrace.columns.deeds import ACCEPTS, ALONE, MARK, PARSED
from vimtrace.columns.descriptors import Settled
from vimtrace.columns.events import Events, Part
from vimtrace.columns.lines import Lines
from vimtrace.columns.names import Names
from vimtrace.columns.notable import Notable, notable
from vimtrace.columns.parsed import Life, Parsed, See, births, lives, tell
from vimtrace.columns.plain import PLAIN, Plain
from vimtrace.columns.shared import Child
from vimtrace.columns.uses import Pairs, Uses
from vimtrace.filter import Filter
from vimtrace.summary import Summary
from vimtrace.trace.join import FORKS
from vimtrace.trace.process import Processes


def data(lines: Lines, by: str, where: Filter | None) -> dict[str, Any] | None:
    """``Summary.data()`` of *lines*, *by* one of summary.GROUPS, of what *where* matches.

    ``None`` if a call comes between the lines of one, or columns do not tell what is asked. Raises ChildProcessError if
    the child that does a part of it died.
    """
    of_all = events.events(lines)
    if of_all is None or not chosen(of_all, where, by):
        return None
    names, child = Names(), Child(lambda: _counted(of_all, by), worth=len(of_all) > events.PART)
    try:
        summary, pairs = _summary(of_all, child.next, names.see if by == "pid" else Processes.see, by == "path")
        (summary.gaps.begin, summary.gaps.end), longest, slowest, groups = child.next()
    finally:
        child.close()
    if by == "pid":
        groups = totals.by_pid(of_all, names.of(of_all))
    if pairs is not None:
        groups = totals.by_path(of_all, pairs)
    _renumber(summary.processes, lines)
    told = {"slowest": totals.slowest(of_all, slowest), "gaps": gaps.data(of_all, longest)}
    return {**summary.data(), "by": by, "groups": groups, **told}


def chosen(of_all: Events, where: Filter | None, by: str = "") -> bool:
    """Have *of_all* know what *where* matches; ``False`` if columns do not tell that, or what they are grouped *by*."""
    if not is_told(of_all, where, by):
        return False
    if where is not None:
        choose(of_all, where, _known(of_all, where))
    return True


def _known(of_all: Events, where: Filter) -> Known:
    """What *where* asks that all events together tell: it takes a run of the parser, as the summary does then."""
    if not where.needs_processes:
        return Known(None, None)
    names = Names()
    _, found = _summary(of_all, lambda: lives(of_all), names.see, "path" in where.fields)
    return Known(names.of(of_all), found)


def processes(lines: Lines) -> Processes | None:
    """The processes of *lines*, without what they were told last; ``None`` as data() has it."""
    of_all = events.events(lines)
    if of_all is None:
        return None
    found = _summary(of_all, lambda: lives(of_all), Processes.see)[0].processes
    _renumber(found, lines)
    return found


def _renumber(found: Processes, lines: Lines) -> None:
    """Give the processes *found* the numbers that their first lines have in the files of a set."""
    if lines.numbers is not None:
        for process in found.all:
            process.first = int(lines.numbers[process.first - 1])


def _counted(of_all: Events, by: str) -> Iterator[Any]:
    """What takes numpy alone: the lives of processes; then the first time and the last, gaps, slow calls and groups."""
    yield lives(of_all)
    moments = gaps.Moments(of_all)
    groups = totals.GROUPS[by](of_all) if by in totals.GROUPS else None
    yield (moments.begin, moments.end), gaps.longest(moments), totals.slow(of_all), groups


def _summary(
    of_all: Events, of_lives: Callable[[], Life], see: See, by_path: bool = False
) -> tuple[Summary, Pairs | None]:
    """The summary of what _counted does not tell but *of_lives*; the parser's processes *see* an event.

    *by_path*: whether it is wanted what the calls are about.
    """
    lines, found = of_all.lines, notable(of_all)
    files, known = paths.named(lines, found.rows), of_lives()
    done = _done(of_all, known, found.rows, files)
    settled, used = _settled(of_all, done, found, by_path)
    told, odd = deeds.closing(lines, descriptors.told(settled)), files.filter("odd")
    of_parser = told.filter(~PLAIN)
    plain = Plain(told)
    asked = _lines_of(of_parser, [ALONE, MARK] if by_path else [])
    parser = Parsed(of_all, _lines_of(of_parser, [ALONE]), set(odd["first"]), asked, plain, see)
    summary = parser.summary(_seen(of_parser, odd, found.rows.filter("exit")))
    signals.count(lines, of_all.only(found.rows.filter(~col("call"), ~col("exit"))), summary)
    tell(known, lines.timed, summary)
    paths.count(of_all.only(files), summary)
    sockets.count(done.tried, summary)
    descriptors.count(settled, of_all.only, summary)
    summary.lines = len(lines.ns) + (lines.octets.left_out is not None)
    summary.events, summary.unknown = of_all.many + of_all.left_out, of_all.left_out
    if used is None:
        return summary, None
    return summary, uses.pairs(of_all, files, used, uses.names(settled, plain.names, parser.names))


class Done(NamedTuple):
    """What notable events do: the deeds that *move* bytes (transfers.MOVED) and the *rest*; the connections *tried*.

    *tables*: of processes that share descriptors, whose they are.
    """

    move: polars.DataFrame
    rest: list[polars.DataFrame]
    tried: polars.DataFrame
    tables: dict[int, int]


def _done(of_all: Events, known: Life, rows: polars.DataFrame, files: polars.DataFrame) -> Done:
    """What the notable events *rows* do, of which the *files* are some."""
    lines, few = of_all.lines, rows.filter(col("name").is_in(PARSED | ACCEPTS))
    of_one, (of_two, odd) = transfers.transfers(lines, rows), transfers.between(lines, few)
    connects, tried = sockets.connects(lines, few)
    rest = [transfers.unsure(of_one), odd, deeds.opens(files), deeds.closes(lines, rows), connects]
    rest += [made(lines, few) for made in (sockets.accepts, sockets.made, sockets.pairs, deeds.others)]
    rest += [_births(of_all, known), _begun(few)]
    move = polars.concat([of_all.only(transfers.moves(of_one)), of_all.only(of_two)])
    return Done(move, rest, of_all.only(tried), _tables(lines, few, known))


def _settled(of_all: Events, done: Done, found: Notable, by_path: bool) -> tuple[Settled, Uses | None]:
    """The deeds *done*, and those of the notable events *found* that only moved bytes; the uses, if wanted."""
    orders = polars.concat([part["order"] for part in done.rest]).sort()
    plain = descriptors.plain_moves(of_all, found.moved, found.wrote, orders)
    used = uses.uses(of_all, done.rest, orders) if by_path else None
    told = [*done.rest, used.deeds] if used is not None else done.rest
    return descriptors.settle([descriptors.summed(done.move, orders), plain], told, done.tables), used


def _seen(*frames: polars.DataFrame) -> set[int]:
    """The lines (from 0) of all rows of *frames*."""
    both = polars.concat([frame.select("at", "first") for frame in frames])
    return {*both["at"], *both["first"]}


def _lines_of(told: polars.DataFrame, roles: list[int]) -> set[int]:
    """The lines (from 0) with which the deeds *told* begin that have one of these *roles*."""
    return set(told.filter(col("role").is_in(roles))["first"])


def _births(of_all: Events, known: Life) -> polars.DataFrame:
    """The events with which processes begin, as deeds that are before what these do: a number may be used again."""
    places = births(of_all, known)
    part = Part(of_all, places)
    columns = {"order": 2 * part.first.astype(numpy.int64), "at": part.at, "first": part.first, "pid": part.pid}
    return deeds.marks(polars.DataFrame(columns))


def _begun(rows: polars.DataFrame) -> polars.DataFrame:
    """The lines on which forks begin that end on another, as deeds."""
    forks = rows.filter(col("name").is_in(FORKS), col("first") != col("at"))
    return deeds.marks(forks.with_columns(at="first", order=col("first").cast(polars.Int64) * 2 + 1))


def _tables(lines: Lines, rows: polars.DataFrame, known: Life) -> dict[int, int]:
    forks = lines.whole(rows.filter(col("name").is_in(FORKS)).sort("first"))
    shares = col("head").str.contains("CLONE_FILES") | col("line").str.contains("CLONE_FILES")
    found = forks.select("pid", "first", "at", child="number", shares=shares)
    if not found["shares"].any():
        return {}
    if found["child"].has_nulls():
        return dict.fromkeys(known.pid.tolist(), 0)
    return descriptors.tables(found.to_dicts())
