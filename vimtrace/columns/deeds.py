"""What calls do to descriptors and with them, by columns: which open, close and move bytes, which the parser must see.

A deed is one call, with its ``role`` (ALONE: only the parser understands it; MARK: the parser must see it for another
reason), ``fd``, of an opening the ``path`` that its descriptor names, of bytes how many were ``read`` and ``written``
and the descriptor's own name (``label``, with -y), of a connection that was taken its ``peer``. A DUP has ``made``
another of the descriptor (that has the ``label``), by that ``call``, which an exec ``closes`` or not; a KEEP says
whether it does. A USE, whose number is ``made``, asks what the descriptor names before the call. Deeds that are
``common`` may change what the descriptors of other processes are.
"""

import polars
from polars import col

from vimtrace.columns.form import NAME, NAMED, RESULT_NAME
from vimtrace.columns.labels import DUPS
from vimtrace.columns.lines import Lines
from vimtrace.summary import MOVES, READS, WRITES
from vimtrace.trace.descriptors import ACTIONS
from vimtrace.trace.join import FORKS
from vimtrace.trace.process import EXECS

MARK, KEEP, DUP, ALONE, OPEN, CLOSE, MOVE, USE = range(8)  # those up to ALONE end the epoch of a process
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
LABEL = rf"^{NAME}\([0-9]+({NAMED})"
OF_PATH = (col("role") == OPEN) & col("path").is_not_null()
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
    "made": polars.Int64,
    "call": polars.String,
    "closes": polars.Boolean,
}
MAYBE = frozenset({"fd", "path", "label", "peer", "call"})
MOVED = ["order", "at", "first", "pid", "fd", "read", "written", "label"]


def transfers(lines: Lines, rows: polars.DataFrame) -> polars.DataFrame:
    """The calls among *rows* that move bytes, but those that moved nothing."""
    nothing = (col("number") == 0) & (col("name") != "recvmsg")
    moving = rows.lazy().select("order", "at", "first", "pid", "name", "number", "nothing", "fd", "label")
    wanted = col("name").is_in(READS | WRITES) & nothing.fill_null(False).not_()
    return _described(lines, moving.filter(wanted).collect())


def moves(found: polars.DataFrame, alone: polars.DataFrame) -> polars.DataFrame:
    """The calls of *found* (transfers) that only moved bytes, but those *alone*: their MOVED columns."""
    known = (col("fd").is_not_null() & (col("number") > 0)).fill_null(False)
    reads = col("name").is_in(READS)
    columns = {
        "read": polars.when(reads).then("number").otherwise(0),
        "written": polars.when(reads).then(0).otherwise("number"),
    }
    told = found.lazy().filter(known & col("order").is_in(alone["order"].implode()).not_())
    return told.with_columns(**columns).select(MOVED).collect()


def unsure(lines: Lines, found: polars.DataFrame) -> polars.DataFrame:
    """The deeds of *found* (transfers) that only the parser understands: it may be that a descriptor came with them."""
    network = col("name").is_in(NETWORK) & col("number").is_not_null()
    bare = found.filter(network)
    addressed = lines.whole(bare).filter(_either(ADDRESS)) if len(bare) else bare
    unknown = polars.when(col("number").is_null()).then(~col("nothing")).otherwise(col("fd").is_null())
    both = polars.concat([addressed.select(found.columns), found.filter(unknown)]).unique("order")
    return deeds(both.sort("order").lazy(), role=polars.lit(ALONE), label=polars.lit(None, polars.String)).collect()


def opens(files: polars.DataFrame) -> polars.DataFrame:
    """The calls among *files* (paths.named) that open one."""
    found = files.filter(col("name").is_in(OPENS), ~col("refused")).lazy()
    found = found.with_columns(fd="number", path=polars.when("named").then("path").otherwise("plain"))
    odd = col("fd").is_null() | col("odd") | col("path").is_null()
    return deeds(found, role=polars.when(odd).then(ALONE).otherwise(OPEN)).collect()


def closes(lines: Lines, rows: polars.DataFrame) -> polars.DataFrame:
    """The calls among *rows* that closed a descriptor."""
    unknown = col("errno") == "EINPROGRESS"
    refused = col("refused") & ~unknown.fill_null(False)
    found = _described(lines, rows.filter(col("name") == "close", ~col("begins"), ~col("detached"), ~refused))
    role = polars.when(col("fd").is_null()).then(ALONE).otherwise(CLOSE)
    return deeds(found.drop("label").lazy(), role=role).collect()


def accepts(lines: Lines, rows: polars.DataFrame) -> polars.DataFrame:
    """The calls among *rows* that took a connection, with their ``peer`` where that is of IPv4."""
    found = lines.whole(rows.filter(col("name").is_in(ACCEPTS))).lazy()
    wanted = ~col("refused") | _either(ADDRESS)
    address = polars.concat_str(col("line").str.extract(PEER, 2), polars.lit(":"), col("line").str.extract(PEER, 1))
    found = found.filter(wanted).with_columns(fd="number", peer=address, call="name")
    whole = (col("at") == col("first")) & ~col("head").str.starts_with("<")
    begun = whole | col("head").str.contains(r", +<unfinished \.\.\.>$")
    plain = col("fd").is_not_null() & col("peer").is_not_null() & begun
    return deeds(found, role=polars.when(plain).then(OPEN).otherwise(ALONE)).collect()


def others(lines: Lines, rows: polars.DataFrame) -> polars.DataFrame:
    """The calls among *rows* that only the parser understands, and those that make another of a descriptor."""
    found = rows.filter(col("name").is_in(PARSED), ~col("refused") | col("name").is_in(COMMON))
    found = lines.whole(found)
    wanted = polars.lit(True)
    for name, words in ONLY_WITH.items():
        wanted &= (col("name") != name) | _either(words)
    found = found.filter(wanted)
    found = found.with_columns(label=col("line").str.extract(RESULT_NAME, 1))
    clear = col("fd").is_not_null() & col("number").is_not_null() & ~(col("begins") | col("detached"))
    clear &= ~col("named") | (col("label").str.contains("^<[^<>]*>$") & ~col("label").str.contains("CLOEXEC"))
    dup = col("name").is_in(DUPS) | ((col("name") == "fcntl") & _either("F_DUPFD"))
    keep = (col("name") == "fcntl") & ~dup
    role = polars.when(clear & dup).then(DUP).when(clear & keep).then(KEEP).otherwise(ALONE)
    common = col("name").is_in(COMMON)
    closes = polars.when(keep).then(_either("FD_CLOEXEC")).otherwise(_either("CLOEXEC"))
    return deeds(found.lazy(), role=role, common=common, made=col("number"), call=col("name"), closes=closes).collect()


def closing(lines: Lines, told: polars.DataFrame) -> polars.DataFrame:
    """*told*; of the openings of a path it tells whether an exec ``closes`` what they opened."""
    found = lines.whole(told.filter(OF_PATH)).with_columns(closes=_either("CLOEXEC"))
    return polars.concat([told.filter(~OF_PATH), found.select(told.columns)])


def marks(rows: polars.DataFrame) -> polars.DataFrame:
    """*rows* as deeds that end the epoch of all."""
    return deeds(rows.lazy(), role=polars.lit(MARK), common=polars.lit(True)).collect()


def deeds(rows: polars.LazyFrame, **columns: polars.Expr) -> polars.LazyFrame:
    """*rows* with the columns of a deed."""
    names = rows.collect_schema().names()
    for name, kind in COLUMNS.items():
        if name not in columns and name not in names:
            columns[name] = polars.lit(None if name in MAYBE else 0, kind)
    return rows.with_columns(**columns).select(col(name).cast(kind) for name, kind in COLUMNS.items())


def _described(lines: Lines, rows: polars.DataFrame) -> polars.DataFrame:
    """*rows*, in their order, with the ``label`` of the descriptor, and this too of what the numbers do not tell."""
    unknown = rows["fd"].is_null()
    if not unknown.any():
        return rows
    head = col("head").str
    found = lines.whole(rows.filter(unknown)).with_columns(
        fd=head.extract(FD, 1).cast(polars.Int64), label=head.extract(LABEL, 1)
    )
    return rows.filter(~unknown).merge_sorted(found.select(rows.columns), "order")


def _either(words: str) -> polars.Expr:
    """Whether one of a call's two lines has one of the *words*."""
    return col("head").str.contains(words) | col("line").str.contains(words)
