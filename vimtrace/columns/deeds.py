"""What calls do to descriptors and with them, by columns: which open, close and move bytes, which the parser must see.

A deed is one call, with its ``role`` (ALONE: only the parser understands it; MARK: the parser must see it for another
reason), ``fd``, of an opening the ``path`` that its descriptor names, of bytes how many were ``read`` and ``written``
and the descriptor's own name (``label``, with -y), of a connection that was taken its ``peer``. Deeds that are
``common`` may change what the descriptors of other processes are.
"""

import polars
from polars import col

from vimtrace.columns.form import NAME, NAMED, NOTHING, NUMBER, REFUSED
from vimtrace.summary import MOVES, READS, WRITES
from vimtrace.trace.descriptors import ACTIONS
from vimtrace.trace.join import FORKS
from vimtrace.trace.process import EXECS

MARK, ALONE, OPEN, CLOSE, MOVE = range(5)
OPENS = frozenset({"open", "openat", "openat2", "creat"})
NETWORK = frozenset({"sendto", "recvfrom", "sendmsg", "recvmsg"})
ACCEPTS = frozenset({"accept", "accept4"})
PARSED = (frozenset(ACTIONS) | FORKS | EXECS | MOVES | {"prctl"}) - OPENS - ACCEPTS - {"close"} - READS
ONLY_WITH = {"fcntl": "F_DUPFD|F_SETFD", "ioctl": "FIOCLEX|FIONCLEX", "prctl": "PR_SET_NAME"}
COMMON = FORKS | {"connect", "bind"}
ADDRESS = r"sun_path|inet_addr\(|inet_pton\(|SCM_RIGHTS"
PEER = (
    rf"^(?:.*? )?(?:<\.\.\. accept4? resumed>|accept4?\([0-9]+(?:{NAMED})?, )"
    r'\{sa_family=AF_INET, sin_port=htons\(([0-9]+)\), sin_addr=inet_addr\("([0-9.]+)"\)\}, \['
)
FD = rf"^{NAME}\(([0-9]{{1,9}})[,)< ]"
BARE = FD.replace("<", "")  # a descriptor without a label
COUNT = r"= (0|[1-9][0-9]{0,17})(?: <[0-9.]+>)?$"  # of lines that are known to match RETURNED, or null
LABEL = rf"^{NAME}\([0-9]+({NAMED})"
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
    "peer": polars.String,
}

# A frame is filtered before it is lazy where an expression that is dear comes after: polars would put the two into one.


def transfers(rows: polars.DataFrame) -> polars.DataFrame:
    """The calls among *rows* that move bytes, each with the ``count``, null where the result is no number."""
    found = rows.filter(col("name").is_in(READS | WRITES)).lazy()
    kept = ("order", "at", "first", "pid", "name", "line", "head")
    counted = found.select(*kept, count=_number(COUNT), fd=_fd(BARE), label=polars.lit(None, polars.String))
    wanted = col("count").is_null() | (col("count") > 0) | (col("name") == "recvmsg")
    table = counted.collect(engine="streaming").filter(wanted)
    labelled = table.filter(col("fd").is_null()).with_columns(fd=_fd(), label=col("head").str.extract(LABEL, 1))
    return table.filter(col("fd").is_not_null()).merge_sorted(labelled, "order") if len(labelled) else table


def moves(found: polars.DataFrame) -> polars.DataFrame:
    """The deeds of *found* (transfers) that moved bytes, or brought a descriptor."""
    alone = col("fd").is_null()
    if found["name"].is_in(NETWORK).any():
        alone |= col("name").is_in(NETWORK) & _either(ADDRESS)
    reads = col("name").is_in(READS)
    moved = _deeds(
        found.lazy().filter(col("count").is_not_null()),
        role=polars.when(alone).then(ALONE).otherwise(MOVE),
        read=polars.when(reads).then("count").otherwise(0),
        written=polars.when(reads).then(0).otherwise("count"),
    )
    return moved.filter((col("role") == ALONE) | (col("read") + col("written") > 0)).collect(engine="streaming")


def unsure(found: polars.DataFrame) -> polars.DataFrame:
    """The deeds of *found* (transfers) without a number that is known to mean nothing."""
    unknown = found.filter(col("count").is_null())
    return _deeds(unknown.lazy().filter(~col("line").str.contains(NOTHING)), role=polars.lit(ALONE)).collect()


def opens(files: polars.DataFrame) -> polars.DataFrame:
    """The calls among *files* (paths.named) that open one."""
    found = files.filter(col("name").is_in(OPENS)).lazy().filter(~col("line").str.contains(REFUSED))
    found = found.with_columns(fd=_number(), path=polars.when("named").then("path").otherwise("plain"))
    odd = col("fd").is_null() | col("odd") | col("path").is_null()
    return _deeds(found, role=polars.when(odd).then(ALONE).otherwise(OPEN)).collect(engine="streaming")


def closes(rows: polars.DataFrame) -> polars.DataFrame:
    """The calls among *rows* that closed a descriptor."""
    found = rows.filter(col("name") == "close", ~col("begins"), ~col("detached")).lazy().with_columns(fd=_fd())
    refused = col("line").str.contains(REFUSED) & ~col("line").str.contains("EINPROGRESS", literal=True)
    role = polars.when(col("fd").is_null()).then(ALONE).otherwise(CLOSE)
    return _deeds(found.filter(~refused), role=role).collect(engine="streaming")


def accepts(rows: polars.DataFrame) -> polars.DataFrame:
    """The calls among *rows* that took a connection, with their ``peer`` where that is of IPv4."""
    found = rows.filter(col("name").is_in(ACCEPTS)).lazy()
    wanted = ~col("line").str.contains(REFUSED) | _either(ADDRESS)
    address = polars.concat_str(col("line").str.extract(PEER, 2), polars.lit(":"), col("line").str.extract(PEER, 1))
    found = found.filter(wanted).with_columns(fd=_number(), peer=address)
    begun = (col("at") == col("first")) | col("head").str.contains(r", +<unfinished \.\.\.>$")
    plain = col("fd").is_not_null() & col("peer").is_not_null() & begun
    return _deeds(found, role=polars.when(plain).then(OPEN).otherwise(ALONE)).collect()


def others(rows: polars.DataFrame) -> polars.DataFrame:
    """The calls among *rows* that only the parser understands."""
    found = rows.filter(col("name").is_in(PARSED)).lazy()
    wanted = ~col("line").str.contains(REFUSED) | col("name").is_in(COMMON)
    for name, words in ONLY_WITH.items():
        wanted &= (col("name") != name) | _either(words)
    return _deeds(found.filter(wanted), role=polars.lit(ALONE), common=col("name").is_in(COMMON)).collect()


def marks(rows: polars.DataFrame) -> polars.DataFrame:
    """*rows* as deeds that end the epoch of all."""
    return _deeds(rows.lazy(), role=polars.lit(MARK), common=polars.lit(True)).collect()


def _deeds(rows: polars.LazyFrame, **columns: polars.Expr) -> polars.LazyFrame:
    """*rows* with the columns of a deed."""
    names = rows.collect_schema().names()
    for name, kind in COLUMNS.items():
        if name not in columns and name not in names:
            columns[name] = polars.lit(None if name in ("fd", "path", "label", "peer") else 0, kind)
    return rows.with_columns(**columns).select(col(name).cast(kind) for name, kind in COLUMNS.items())


def _number(expression: str = NUMBER) -> polars.Expr:
    return col("line").str.extract(expression, 1).cast(polars.Int64)


def _fd(expression: str = FD) -> polars.Expr:
    return col("head").str.extract(expression, 1).cast(polars.Int64)


def _either(words: str) -> polars.Expr:
    """Whether one of a call's two lines has one of the *words*."""
    return col("head").str.contains(words) | col("line").str.contains(words)
