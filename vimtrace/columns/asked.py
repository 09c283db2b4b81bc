"""Events of a great trace as the parser has them: the few of which columns do not tell all."""

from collections.abc import Iterator

from vimtrace.columns.events import Events, Part
from vimtrace.columns.lines import line_of, someone
from vimtrace.columns.octets import Places
from vimtrace.trace.event import Call, Exit, Signal


def asked(events: Events, places: Places) -> Iterator[Call | Signal | Exit]:
    """The *events* that have these *places*."""
    lines, part = events.lines, Part(events, places)
    columns = part.at, part.first, lines.number(part.first), part.pid, part.begun, lines.time[part.at]
    ended = ~(lines.begins[part.at] | lines.detached[part.at])
    rows = zip(*(column.tolist() for column in (*columns, ended)), strict=True)
    heads, tails = (lines.whole_texts(at, "latin-1") for at in (part.first, part.at))
    for head, tail, (at, first, number, pid, begun, end, is_ended) in zip(heads, tails, rows, strict=True):
        line = line_of(head, number - 1)
        if lines.cut and first == len(lines.ns) - 1:
            line = line.with_text(f"{line.text} <unfinished ...>")
        told = line, begun if lines.timed else None, someone(pid)
        if line.kind in ("signal", "exit"):
            yield Signal(*told) if line.kind == "signal" else Exit(*told)
            continue
        last = line if at == first else line_of(tail)
        call = Call(*told, last if is_ended else None)
        if at != first and is_ended:
            call.end_time = end if lines.timed else None
        elif at != first:
            call.between.append(last)
        yield call
