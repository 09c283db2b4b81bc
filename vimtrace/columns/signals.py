"""The signals of a great trace, by columns."""

import polars

from vimtrace.columns.lines import Lines, line_of, someone
from vimtrace.summary import Summary
from vimtrace.trace.event import SENDER, SIGNAL, Signal


def count(lines: Lines, rows: polars.DataFrame, summary: Summary) -> None:
    """Tell *summary* of the signals *rows*, which are in their order."""
    text = lines.texts(rows["at"].to_numpy())
    found = rows.select(
        "at", "pid", name=text.str.extract(SIGNAL.pattern, 1), sender=text.str.extract(SENDER.pattern, 1)
    )
    odd = (found["sender"].is_null() & text.str.contains("si_pid")).arg_true()  # another form: the parser tells
    senders = [
        Signal(line_of(line)).sender for line in lines.whole_texts(found["at"].gather(odd).to_numpy(), "latin-1")
    ]
    told = [str(sender) if sender is not None else None for sender in senders]
    sender = found["sender"].scatter(odd, polars.Series(told, dtype=polars.String))
    groups = found.with_columns(sender).group_by("name", "pid", "sender", maintain_order=True).agg(polars.len())
    for name, pid, number, many in groups.iter_rows():
        summary.signals[(name, someone(pid), int(number) if number is not None else None)] += many
