"""What calls do to descriptors and with them, by columns: which open, close and move bytes, which the parser must see.

A deed is one call, with its ``role`` (ALONE: only the parser understands it; MARK: the parser must see it for another
reason), ``fd``, of an opening what its descriptor names (``path``, which may be "pipe" or "AF_INET SOCK_STREAM"), of
bytes how many were ``read`` and ``written`` and the descriptor's own name (``label``, with -y), of a connection that
was taken its ``peer``, as of a PEER, which connects what was opened before. A DUP has ``made`` another of the
descriptor (that has the ``label``), by that ``call``, which an exec ``closes`` or not; a KEEP says whether it does. A
USE, whose number is ``made``, asks what the descriptor names before the call. Deeds that are ``common`` may change what
the descriptors of other processes are.
"""

import polars
from polars import col

from vimtrace.columns.form import NAME, NAMED, RESULT_NAME
from vimtrace.columns.labels import DUPS
from vimtrace.columns.lines import Lines
from vimtrace.summary import MOVES, READS
from vimtrace.trace.descriptors import ACTIONS, PAIRS
from vimtrace.trace.join import FORKS
from vimtrace.trace.process import EXECS

MARK, KEEP, DUP, ALONE, OPEN, CLOSE, PEER, MOVE, USE = range(9)  # those up to ALONE end the epoch of a process
OPENS = frozenset({"open", "openat", "openat2", "creat"})
ACCEPTS = frozenset({"accept", "accept4"})
PARSED = (frozenset(ACTIONS) | FORKS | EXECS | MOVES | {"prctl"}) - OPENS - ACCEPTS - {"close"} - READS
MADE = frozenset("socket epoll_create epoll_create1 eventfd eventfd2 inotify_init inotify_init1 timerfd_create".split())
OTHERS = PARSED - MADE - PAIRS - MOVES - {"connect"}
ONLY_WITH = {"fcntl": "F_DUPFD|F_SETFD", "ioctl": "FIOCLEX|FIONCLEX", "prctl": "PR_SET_NAME"}
COMMON = FORKS | {"bind"}
ENDED = ~(col("begins") | col("detached"))
FD = rf"^{NAME}\(([0-9]{{1,9}})[,)< ]"
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
    "made": polars.Int64,
    "call": polars.String,
    "closes": polars.Boolean,
}
MAYBE = frozenset({"fd", "path", "label", "peer", "call"})


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
    found = described(lines, rows.filter(col("name") == "close", ENDED, ~refused))
    role = polars.when(col("fd").is_null()).then(ALONE).otherwise(CLOSE)
    return deeds(found.drop("label").lazy(), role=role).collect()


def others(lines: Lines, rows: polars.DataFrame) -> polars.DataFrame:
    """The calls among *rows* that only the parser understands, and those that make another of a descriptor."""
    found = rows.filter(col("name").is_in(OTHERS), ~col("refused") | col("name").is_in(COMMON))
    found = lines.whole(found)
    wanted = polars.lit(True)
    for name, words in ONLY_WITH.items():
        wanted &= (col("name") != name) | either(words)
    found = found.filter(wanted)
    found = found.with_columns(label=col("line").str.extract(RESULT_NAME, 1))
    clear = col("fd").is_not_null() & col("number").is_not_null() & ENDED
    clear &= ~col("named") | (col("label").str.contains("^<[^<>]*>$") & ~col("label").str.contains("CLOEXEC"))
    dup = col("name").is_in(DUPS) | ((col("name") == "fcntl") & either("F_DUPFD"))
    keep = (col("name") == "fcntl") & ~dup
    role = polars.when(clear & dup).then(DUP).when(clear & keep).then(KEEP).otherwise(ALONE)
    common = col("name").is_in(COMMON)
    closes = polars.when(keep).then(either("FD_CLOEXEC")).otherwise(either("CLOEXEC"))
    return deeds(found.lazy(), role=role, common=common, made=col("number"), call=col("name"), closes=closes).collect()


def closing(lines: Lines, told: polars.DataFrame) -> polars.DataFrame:
    """*told*; of the openings it tells whether an exec ``closes`` what they opened."""
    opens = col("role") == OPEN
    found = lines.whole(told.filter(opens)).with_columns(closes=either("CLOEXEC"))
    return polars.concat([told.filter(~opens), found.select(told.columns)])


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


def described(lines: Lines, rows: polars.DataFrame) -> polars.DataFrame:
    """*rows*, in their order, with the ``label`` of the descriptor, and this too of what the numbers do not tell."""
    unknown = rows["fd"].is_null()
    if not unknown.any():
        return rows
    head = col("head").str
    found = lines.whole(rows.filter(unknown)).with_columns(
        fd=head.extract(FD, 1).cast(polars.Int64), label=head.extract(LABEL, 1)
    )
    return rows.filter(~unknown).merge_sorted(found.select(rows.columns), "order")


def either(words: str) -> polars.Expr:
    """Whether one of a call's two lines has one of the *words*."""
    return col("head").str.contains(words) | col("line").str.contains(words)
