"""Sockets and other descriptors that no path names, by columns: which calls make them, and connect them."""

import polars
from polars import col

from vimtrace.columns.addresses import ADDRESS, far_end
from vimtrace.columns.deeds import ACCEPTS, ALONE, ENDED, MADE, OPEN, PEER, deeds, either
from vimtrace.columns.form import NAME, NAMED, RESULT_NAME
from vimtrace.columns.lines import Lines, someone
from vimtrace.summary import Summary
from vimtrace.trace.descriptors import PAIRS

SOCKET = rf"^{NAME}\(([A-Za-z0-9_|]+), ([A-Za-z0-9_|]+)(?:[,)]| <)"
INSIDE = r"[^<>\\\x1b]*(?:->[^<>\\\x1b]*)?"
END = rf"([0-9]{{1,9}})(?:<({INSIDE})>)?"
PAIR = rf"[( ]\[{END}, {END}\][,)]"
PLAIN_LABEL = rf"^<({INSIDE})>$"
FD = rf"^connect\(([0-9]{{1,9}})(?:{NAMED})?, "
CONNECTED = rf"^connect\([0-9]+(?:{NAMED})?, "
ACCEPTED = r"^(?:<\.\.\. accept4? resumed>|accept4?\([0-9]+(?:" + NAMED + r")?, )"
TRIED = ["order", "at", "pid", "peer", "errno"]


def accepts(lines: Lines, rows: polars.DataFrame) -> polars.DataFrame:
    """The calls among *rows* that took a connection, with their ``peer``."""
    found = lines.whole(rows.filter(col("name").is_in(ACCEPTS))).lazy()
    wanted = ~col("refused") | either(ADDRESS)
    peer = far_end(col("line"), ACCEPTED)
    found = found.filter(wanted).with_columns(fd="number", peer=peer, path=_made_name(col("name")))
    whole = (col("at") == col("first")) & ~col("head").str.starts_with("<")
    begun = whole | col("head").str.contains(r", +<unfinished \.\.\.>$")
    plain = col("fd").is_not_null() & col("peer").is_not_null() & col("path").is_not_null() & begun
    return deeds(found, role=polars.when(plain).then(OPEN).otherwise(ALONE)).collect()


def made(lines: Lines, rows: polars.DataFrame) -> polars.DataFrame:
    """The calls among *rows* that made a descriptor that no path names."""
    found = lines.whole(rows.filter(col("name").is_in(MADE), ~col("refused"))).lazy()
    socket = polars.concat_str(col("head").str.extract(SOCKET, 1), polars.lit(" "), col("head").str.extract(SOCKET, 2))
    name = _made_name(polars.when(col("name") == "socket").then(socket).otherwise("name"))
    found = found.with_columns(path=name, fd="number")
    clear = col("number").is_not_null() & col("path").is_not_null() & ENDED
    return deeds(found, role=polars.when(clear).then(OPEN).otherwise(ALONE)).collect()


def _made_name(otherwise: polars.Expr) -> polars.Expr:
    """What a descriptor names that a call has made: as the tracer says, or if it does not, *otherwise*."""
    returned = col("line").str.extract(RESULT_NAME, 1).str.extract(PLAIN_LABEL, 1)
    return polars.when("named").then(returned).otherwise(otherwise.cast(polars.String))


def pairs(lines: Lines, rows: polars.DataFrame) -> polars.DataFrame:
    """The calls among *rows* that made two descriptors, a deed for each."""
    found = lines.whole(rows.filter(col("name").is_in(PAIRS), ~col("refused")))
    numbers, labels = ([col("line").str.extract(PAIR, group) for group in groups] for groups in ((1, 3), (2, 4)))
    clear = numbers[0].is_not_null() & ENDED
    by_call = col("name").cast(polars.String).str.strip_chars_end("2")
    known = found.filter(clear).lazy()
    ends = [
        {"fd": number.cast(polars.Int64), "path": polars.coalesce(label, by_call)}
        for number, label in zip(numbers, labels, strict=True)
    ]
    both = [deeds(known.with_columns(**end), role=polars.lit(OPEN)) for end in ends]
    alone = deeds(found.filter(~clear).lazy(), role=polars.lit(ALONE))
    return polars.concat([*both, alone]).collect()


def connects(lines: Lines, rows: polars.DataFrame) -> tuple[polars.DataFrame, polars.DataFrame]:
    """The calls among *rows* that connect a socket, as deeds; and all that only tried to, with their TRIED columns.

    The errors of a peer are told in the order in which they came: where the parser must see one call that failed, it
    must see all.
    """
    found = lines.whole(rows.filter(col("name") == "connect")).with_columns(
        peer=far_end(col("head"), CONNECTED), fd=_fd()
    )
    clear = col("peer").is_not_null() & col("fd").is_not_null()
    if len(found.filter(~clear, col("errno").is_not_null())):
        clear &= col("errno").is_null()
    done = ENDED & (~col("refused") | (col("errno") == "EINPROGRESS").fill_null(False))
    role = polars.when(clear).then(PEER).otherwise(ALONE)
    told = deeds(found.filter(done | ~clear).lazy(), role=role, common=~clear, label=polars.lit(None, polars.String))
    return told.collect(), found.filter(clear).select(TRIED)


def _fd() -> polars.Expr:
    """The descriptor that a call connects."""
    return polars.coalesce("fd", col("head").str.extract(FD, 1).cast(polars.Int64))


def count(tried: polars.DataFrame, summary: Summary) -> None:
    """Tell *summary* of the connections that were *tried*, of those that connects() tells of."""
    known = tried.sort("order").lazy().group_by("peer", "pid", "errno", maintain_order=True)
    for peer, pid, errno, calls in known.agg(polars.len()).collect().iter_rows():
        connection = summary.connection(peer, someone(pid))
        connection.calls += calls
        if errno is not None:
            connection.failed[errno] += calls
