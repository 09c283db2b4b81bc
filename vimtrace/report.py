"""Tables for a person: rich on a terminal, aligned text elsewhere. The only place that prints a trace's numbers."""

import os
import shutil
import sys
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from vimtrace.output import printable

BARS = " ▁▂▃▄▅▆▇█"
ROWS = 40
SPARE = (">P50", ">P99", "<1us..10s>", ">P95", ">mean", ">began", ">in calls", ">parent", ">errors", ">total")
LEAST, LETTERS = 12, 4  # characters of a text that are shown; where that leaves no room for the numbers
GAP = 3  # between two columns, as rich has it


class Table(NamedTuple):
    """*title*; *columns*: names, those that begin with > are numbers; *rows* of words; *hidden*: rows left out."""

    title: str
    columns: list[str]
    rows: list[list[str]]
    hidden: int = 0


def duration(seconds: float | None) -> str:
    """A time that a person reads at a glance: ``12.3 ms``."""
    if seconds is None:
        return ""
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("us", 1e-6)):
        if abs(seconds) >= size:
            return f"{seconds / size:.3g} {unit}" if seconds / size < 1000 else f"{seconds / size:.0f} {unit}"
    return f"{seconds * 1e9:.0f} ns" if seconds else "0"


def size(count: int) -> str:
    """Bytes that a person reads at a glance: ``1.2 MB`` (of 1000)."""
    value = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if value < 1000:
            return f"{value:.3g} {unit}" if value < 999.5 else f"{value:.0f} {unit}"
        value /= 1000
    return f"{value:.3g} TB"


def bars(counts: list[int]) -> str:
    """A histogram of one character for each count."""
    top = max(counts, default=0)
    return "".join(BARS[-(-count * 8 // top)] if top else " " for count in counts)


def errors(counts: dict[str, int]) -> str:
    return " ".join(f"{name}:{count}" if count > 1 else name for name, count in counts.items())


def tables(data: dict[str, Any]) -> Iterator[Table]:
    """The tables of a summary (Summary.data)."""
    title = f"{data['lines']} lines, {data['events']} events, {data['unknown']} unknown"
    yield groups(title, data["by"], data["groups"])
    slowest = [[duration(r["duration"]), str(r["pid"] or ""), str(r["line"]), r["text"]] for r in data["slowest"]]
    yield Table("slowest calls", [">time", ">pid", ">line", "call"], slowest)
    yield _processes(data)
    yield _files(data)
    missing = [[errors(file["failed"]), path] for path, file in data["files"].items() if file["failed"]]
    yield _cut(Table("files that could not be had", ["errno", "file"], missing))
    yield _connections(data)
    signals = [[r["signal"], str(r["count"]), str(r["pid"] or ""), str(r["sender"] or "")] for r in data["signals"]]
    yield _cut(Table("signals", ["signal", ">count", ">to", ">from"], signals))
    gaps = [[duration(r["seconds"]), str(r["line"]), r["after"]] for r in data["gaps"]]
    yield Table("longest times without a line", [">time", ">until line", "after"], gaps)


def _cut(table: Table) -> Table:
    return table._replace(rows=table.rows[:ROWS], hidden=max(0, len(table.rows) - ROWS))


def groups(title: str, by: str, found: list[dict[str, Any]]) -> Table:
    """The table of calls, or of what else they are grouped *by*: the rows of Times.data."""
    columns = [by, ">calls", ">errors", ">total", ">mean", ">P50", ">P95", ">P99", ">max", "<1us..10s>", "errno"]
    rows = [
        [
            row[by],
            str(row["calls"]),
            str(row["errors"] or ""),
            *(duration(row[name]) for name in ("total", "mean", "p50", "p95", "p99", "max")),
            bars(row["histogram"]),
            errors(row["errno"]),
        ]
        for row in found
    ]
    return _cut(Table(title, columns, rows))


def _processes(data: dict[str, Any]) -> Table:
    rows = []
    for row in data["processes"]:
        lived, began = _lapse(row["start"], row["end"]), _lapse(data["begin"], row["start"])
        kind = f"thread of {row['thread_of']}" if row["thread_of"] is not None else str(row["parent"] or "")
        texts = [str(row["pid"] or ""), kind, duration(began), duration(lived), row["exit"], str(row["calls"])]
        rows.append([*texts, duration(row["in_calls"]), str(row["line"]), " ".join(row["command"]) or row["name"]])
    columns = [">pid", ">parent", ">began", ">lived", "exit", ">calls", ">in calls", ">line", "command"]
    return _cut(Table("processes and threads", columns, rows))


def _lapse(start: float | None, end: float | None) -> float | None:
    """The seconds between two stamps. Of the seconds since 1970 a float tells a quarter of a microsecond."""
    if start is None or end is None:
        return None
    return round(end - start, 6) if end > 1e6 else end - start


def _files(data: dict[str, Any]) -> Table:
    files = sorted(data["files"].items(), key=lambda f: (-(f[1]["read"] + f[1]["written"]), f[0]))
    rows = [
        [
            str(file["opened"] or ""),
            size(file["read"]) if file["read"] else "",
            size(file["written"]) if file["written"] else "",
            path,
        ]
        for path, file in files
        if file["opened"] or file["read"] or file["written"]
    ]
    return _cut(Table("files", [">opened", ">read", ">written", "file"], rows))


def _connections(data: dict[str, Any]) -> Table:
    rows = [
        [
            peer,
            str(c["calls"]),
            size(c["received"]),
            size(c["sent"]),
            errors(c["failed"]),
            " ".join(map(str, c["pids"])),
        ]
        for peer, c in data["connections"].items()
    ]
    return _cut(Table("connections", ["peer", ">calls", ">received", ">sent", "failed", "pids"], rows))


def plain(table: Table, width: int = 0) -> Iterator[str]:
    """The lines of *table* as aligned text; a number's column is aligned right, the last is not padded.

    No wider than *width*, unless that is 0.
    """
    table, left_out, widths = fitted(table, width)
    yield f"{table.title}:"
    for row in [_heads(table), *table.rows]:
        texts = [_shortened(cell, room) for cell, room in zip(row, widths, strict=True)]
        cells = [
            text.rjust(room) if name.startswith(">") else text.ljust(room)
            for text, room, name in zip(texts, widths, table.columns, strict=True)
        ]
        yield "  " + "  ".join(cells).rstrip()
    yield from (f"  {note}" for note in _notes(table, left_out))
    yield ""


def _heads(table: Table) -> list[str]:
    return [name.lstrip(">") if len(name) > 1 else name for name in table.columns]


def _notes(table: Table, left_out: list[str]) -> Iterator[str]:
    """What is said below *table*."""
    if table.hidden:
        yield f"... and {table.hidden} more (--json has all)"
    if left_out:
        yield f"no room for: {' '.join(left_out)}"


def _shortened(text: str, room: int) -> str:
    return text if len(text) <= room else text[: max(room - 1, 0)] + "…"


def fitted(table: Table, room: int) -> tuple[Table, list[str], list[int]]:
    """*table*, printable, with those of the SPARE columns for which there is *room* (0: any), the other names, widths.

    A number is never cut: it would be another one. A text is, but for its first LEAST characters, or LETTERS.
    """
    heads = _heads(table)
    table = table._replace(rows=[[printable(cell) for cell in row] for row in table.rows])
    natural = [max(len(row[at]) for row in [heads, *table.rows]) for at in range(len(heads))]
    if not room:
        return table, [], natural
    kept = list(range(len(heads)))
    numbers = [name.startswith(">") for name in table.columns]
    least = [width if number else min(width, LEAST) for number, width in zip(numbers, natural, strict=True)]
    for at in [table.columns.index(name) for name in SPARE if name in table.columns]:
        if sum(least[each] + GAP for each in kept) < room:
            break
        kept.remove(at)
    if sum(least[each] + GAP for each in kept) >= room:
        least = [width if number else min(width, LETTERS) for number, width in zip(numbers, natural, strict=True)]
    rows = [[row[at] for at in kept] for row in table.rows]
    shown = table._replace(columns=[table.columns[at] for at in kept], rows=rows)
    widths = _widths([least[at] for at in kept], [natural[at] for at in kept], room - 1)
    return shown, [head for at, head in enumerate(heads) if at not in kept], widths


def _widths(least: list[int], natural: list[int], room: int) -> list[int]:
    """The widths of columns in that *room*: from the *least* on, what is free to all that need it, as much to each."""
    widths, left = list(least), sorted(range(len(least)), key=lambda at: natural[at] - least[at])
    free = max(room - sum(least) - GAP * len(least), 0)
    while left:
        share = free // len(left)
        at = left.pop(0)
        more = min(natural[at] - least[at], share)
        widths[at], free = widths[at] + more, free - more
    return widths


def show(parts: Iterable[Table]) -> None:
    """Print the first table, and those of the others that have rows."""
    kept = [table for at, table in enumerate(parts) if table.rows or at == 0]
    if os.isatty(1) and os.environ.get("TERM", "dumb") != "dumb" and _show_rich(kept):
        return
    width = shutil.get_terminal_size().columns if os.isatty(1) else 0
    text = "\n".join(line for table in kept for line in plain(table, width))
    sys.stdout.buffer.write(text.encode("utf-8", "surrogateescape") + b"\n")
    sys.stdout.flush()


def _show_rich(kept: list[Table]) -> bool:
    """Print them by rich; false where it is not installed (pip install 'vimtrace[tables]')."""
    try:
        import rich.box
        import rich.console
        import rich.table
        import rich.text
    except ImportError:
        return False
    console = rich.console.Console()
    for whole in kept:
        table, left_out, widths = fitted(whole, console.width)
        caption = "\n".join(_notes(table, left_out)) or None
        shown = rich.table.Table(title=table.title, title_justify="left", caption=caption, box=rich.box.SIMPLE_HEAD)
        for name, head, width in zip(table.columns, _heads(table), widths, strict=True):
            shown.add_column(
                head,
                justify="right" if name.startswith(">") else "left",
                no_wrap=True,
                overflow="ellipsis",
                width=width,
            )
        for row in table.rows:
            shown.add_row(*(rich.text.Text(cell) for cell in row))
        console.print(shown)
    return True
