"""What calls do to descriptors and with them, by columns: which open, close and move bytes, which the parser must see.

A deed is one call, with its ``role`` (ALONE: only the parser understands it; MARK: the parser must see it for another
reason), ``fd``, of an opening the ``path`` that its descriptor names, of bytes how many were ``read`` and ``written``
and the descriptor's own name (``label``, with -y). Deeds that are ``common`` may change what the descriptors of other
processes are.
"""

import polars
from polars import col

from vimtrace.columns.form import NAMED, NOTHING, NUMBER, REFUSED
from vimtrace.summary import MOVES, READS, WRITES
from vimtrace.trace.descriptors import ACTIONS
from vimtrace.trace.join import FORKS
from vimtrace.trace.process import EXECS

MARK, ALONE, OPEN, CLOSE, MOVE = range(5)
OPENS = frozenset({"open", "openat", "openat2", "creat"})
NETWORK = frozenset({"sendto", "recvfrom", "sendmsg", "recvmsg"})
ACCEPTS = frozenset({"accept", "accept4"})
PARSED = (frozenset(ACTIONS) | FORKS | EXECS | MOVES | {"prctl"}) - OPENS - {"close"} - READS
ONLY_WITH = {"fcntl": "F_DUPFD|F_SETFD", "ioctl": "FIOCLEX|FIONCLEX", "prctl": "PR_SET_NAME"}
COMMON = FORKS | {"connect", "bind"}
ADDRESS = r"sun_path|inet_addr\(|inet_pton\("
FD = r"^[^(]*\(([0-9]{1,9})[,)< ]"
LABEL = rf"^[^(]*\([0-9]+({NAMED})"
COLUMNS = {
    "order": polars.Int64,
    "at": polars.UInt32,
    "first": polars.UInt32,
    "pid": polars.Int64,
    "role": polars.Int32,
    "common": polars.Boolean,
    "fd": polars.Int64,
    "path": polars.String,
    "read": polars.Int64,
    "written": polars.Int64,
    "label": polars.String,
}


def moves(rows: polars.DataFrame) -> polars.DataFrame:
    """The calls among *rows* that moved bytes."""
    found = rows.filter(col("name").is_in(READS | WRITES))
    found = found.with_columns(count=_number(), fd=_fd())
    scm = (col("name") == "recvmsg") & (col("line").str.contains("SCM_RIGHTS", literal=True))
    strange = (col("count").is_null() & ~col("line").str.contains(NOTHING)) | (col("fd").is_null() & (col("count") > 0))
    addressed = polars.lit(False)
    if found["name"].is_in(NETWORK).any():
        addressed = col("name").is_in(NETWORK) & (col("count") > 0) & (_either(ADDRESS) | scm)
    alone = (strange | addressed | scm).fill_null(False)
    named = found["head"].str.contains(r"^[^(]*\([0-9]+<").any()
    moved = col("count").fill_null(0)
    return _deeds(
        found.filter(alone | (col("count") > 0)),
        role=polars.when(alone).then(ALONE).otherwise(MOVE),
        read=polars.when(col("name").is_in(READS)).then(moved).otherwise(0),
        written=polars.when(col("name").is_in(READS)).then(0).otherwise(moved),
        label=col("head").str.extract(LABEL, 1) if named else polars.lit(None, polars.String),
    )


def opens(files: polars.DataFrame) -> polars.DataFrame:
    """The calls among *files* (paths.named) that open one."""
    found = files.filter(col("name").is_in(OPENS)).filter(~col("line").str.contains(REFUSED))
    found = found.with_columns(fd=_number(), path=polars.when("named").then("path").otherwise("plain"))
    odd = col("fd").is_null() | col("odd") | col("path").is_null()
    return _deeds(found, role=polars.when(odd).then(ALONE).otherwise(OPEN))


def closes(rows: polars.DataFrame) -> polars.DataFrame:
    """The calls among *rows* that closed a descriptor."""
    found = rows.filter(col("name") == "close").with_columns(fd=_fd())
    refused = col("line").str.contains(REFUSED) & ~col("line").str.contains("EINPROGRESS", literal=True)
    return _deeds(
        found.filter(~refused, ~col("begins"), ~col("detached")),
        role=polars.when(col("fd").is_null()).then(ALONE).otherwise(CLOSE),
    )


def others(rows: polars.DataFrame) -> polars.DataFrame:
    """The calls among *rows* that only the parser understands."""
    found = rows.filter(col("name").is_in(PARSED))
    wanted = ~col("line").str.contains(REFUSED) | col("name").is_in(COMMON)
    for name, words in ONLY_WITH.items():
        wanted &= (col("name") != name) | _either(words)
    wanted = wanted | (col("name").is_in(ACCEPTS) & _either(ADDRESS))
    return _deeds(found.filter(wanted), role=polars.lit(ALONE), common=col("name").is_in(COMMON))


def marks(rows: polars.DataFrame) -> polars.DataFrame:
    """*rows* as deeds that end the epoch of all."""
    return _deeds(rows, role=polars.lit(MARK), common=polars.lit(True))


def _deeds(rows: polars.DataFrame, **columns: polars.Expr) -> polars.DataFrame:
    """*rows* with the columns of a deed."""
    for name, kind in COLUMNS.items():
        if name not in columns and name not in rows.columns:
            columns[name] = polars.lit(None if name in ("fd", "path", "label") else 0, kind)
    return rows.with_columns(**columns).select(col(name).cast(kind) for name, kind in COLUMNS.items())


def _number() -> polars.Expr:
    return col("line").str.extract(NUMBER, 1).cast(polars.Int64)


def _fd() -> polars.Expr:
    return col("head").str.extract(FD, 1).cast(polars.Int64)


def _either(words: str) -> polars.Expr:
    """Whether one of a call's two lines has one of the *words*."""
    return col("head").str.contains(words) | col("line").str.contains(words)
