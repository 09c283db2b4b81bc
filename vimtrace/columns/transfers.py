"""The calls that move bytes, by columns: on one descriptor, or from one to another."""

import polars
from polars import col

from vimtrace.columns.addresses import ADDRESS, far_end
from vimtrace.columns.deeds import ALONE, ENDED, deeds, described, either
from vimtrace.columns.form import END, NAMED
from vimtrace.columns.lines import Lines
from vimtrace.summary import MOVES, NETWORK, READS, WRITES

GONE_ON = r" <unfinished \.\.\.><\.\.\. [a-z]+ resumed>"
NAMES = (
    rf"^(?:(?:send|recv)msg\([0-9]+(?:{NAMED})?, |recvmsg\([0-9]+(?:{NAMED})?, {GONE_ON})"
    + r"\{msg_name(?:\([0-9]+\))?="
)
BEHIND = rf"(?:[0-9]+|\[[0-9]+(?: => [0-9]+)?\])(?:{GONE_ON})?\) += [0-9]+{END}"
FD = rf"([0-9]{{1,9}})({NAMED})?, "
PLACE = r"(?:NULL|\[[0-9]+\](?: => \[[0-9]+\])?), "
TO_FIRST = rf"^sendfile(?:64)?\({FD}{FD}"
FROM_FIRST = rf"^(?:splice|copy_file_range)\({FD}{PLACE}{FD}"
MOVED = ["order", "at", "first", "pid", "fd", "read", "written", "label", "peer"]


def transfers(lines: Lines, rows: polars.DataFrame) -> polars.DataFrame:
    """The calls among *rows* that move bytes, but those that moved nothing.

    Of each the ``peer`` that it names, and whether only the parser understands it (``alone``), for it may be that a
    descriptor came with the bytes.
    """
    nothing = (col("number") == 0) & (col("name") != "recvmsg")
    moving = rows.lazy().select("order", "at", "first", "pid", "name", "number", "nothing", "fd", "label")
    wanted = col("name").is_in(READS | WRITES) & nothing.fill_null(False).not_()
    found = described(lines, moving.filter(wanted).collect())
    network = col("name").is_in(NETWORK) & col("number").is_not_null()
    found = found.join(_addressed(lines, found.filter(network)), "order", "left", maintain_order="left")
    unknown = polars.when(col("number").is_null()).then(~col("nothing")).otherwise(col("fd").is_null())
    return found.with_columns(alone=unknown | col("strange").fill_null(False)).drop("strange")


def moves(found: polars.DataFrame) -> polars.DataFrame:
    """The calls of *found* (transfers) that only moved bytes: their MOVED columns."""
    reads = col("name").is_in(READS)
    columns = {
        "read": polars.when(reads).then("number").otherwise(0),
        "written": polars.when(reads).then(0).otherwise("number"),
    }
    told = found.lazy().filter(~col("alone"), col("fd").is_not_null(), col("number") > 0)
    return told.with_columns(**columns).select(MOVED).collect()


def unsure(found: polars.DataFrame) -> polars.DataFrame:
    """The deeds of those of *found* (transfers) that only the parser understands."""
    null = polars.lit(None, polars.String)
    return deeds(found.filter("alone").lazy(), role=polars.lit(ALONE), label=null, peer=null).collect()


def _addressed(lines: Lines, rows: polars.DataFrame) -> polars.DataFrame:
    """The calls among *rows* in which an address may stand: their ``peer``, and whether it is ``strange``."""
    found = lines.whole(rows).filter(either(ADDRESS + "|SCM_RIGHTS"))
    whole = polars.when(col("at") != col("first")).then(polars.concat_str("head", "line")).otherwise("line")
    found, message = found.with_columns(whole=whole), col("name").is_in(["sendmsg", "recvmsg"])
    messages = found.filter(message).with_columns(peer=far_end(col("whole"), NAMES))
    others = found.filter(~message).with_columns(peer=far_end(col("whole"), ", ", BEHIND))
    both = polars.concat([messages, others])
    return both.select("order", "peer", strange=col("peer").is_null() | col("whole").str.contains("SCM_RIGHTS"))


def between(lines: Lines, rows: polars.DataFrame) -> tuple[polars.DataFrame, polars.DataFrame]:
    """The calls among *rows* that move bytes from one descriptor to another: two rows of each with the MOVED columns.

    And the deeds of those that only the parser understands.
    """
    found = rows.filter(col("name").is_in(MOVES), ~col("refused"), col("number").ne_missing(0))
    found = lines.whole(found).with_columns(**_ends("source", 3, 1), **_ends("sink", 1, 3))
    clear = col("number").is_not_null() & col("source").is_not_null() & ENDED
    clear &= col("of_source").is_null() == col("of_sink").is_null()
    known = found.filter(clear).with_columns(peer=polars.lit(None, polars.String))
    reads = known.with_columns(fd="source", label="of_source", read="number", written=polars.lit(0, polars.Int64))
    writes = known.with_columns(fd="sink", label="of_sink", read=polars.lit(0, polars.Int64), written="number")
    both = polars.concat([reads.select(MOVED), writes.select(MOVED)])
    alone = deeds(found.filter(~clear).lazy(), role=polars.lit(ALONE), label=polars.lit(None, polars.String))
    return both, alone.collect()


def _ends(name: str, of_to: int, of_from: int) -> dict[str, polars.Expr]:
    """The descriptor that is the *name*d end of a call, and its label: the groups of TO_FIRST and FROM_FIRST."""
    to, of = col("head").str.extract(TO_FIRST, of_to), col("head").str.extract(FROM_FIRST, of_from)
    label = polars.coalesce(
        col("head").str.extract(TO_FIRST, of_to + 1), col("head").str.extract(FROM_FIRST, of_from + 1)
    )
    return {name: polars.coalesce(to, of).cast(polars.Int64), f"of_{name}": label}
