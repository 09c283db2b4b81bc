"""The formats: one regular expression for each tracer's lines, and how its units and arguments are read.

Every expression has the groups of FIELDS, and ends each of its alternatives with an empty group named for the
kind of line, so that ``match.lastgroup`` is the kind. They are matched against text decoded as latin-1 (one character
is one byte), many lines at a time, and end at the line's end. No part of them backtracks into what another has taken
more than a bounded number of times: a hostile line costs time linear in its length (tests/test_trace_properties.py).

The source of strace's formats is strace(1) 4.5 to 7.0 and what it writes; of the others, their real output.
"""

import re
from typing import NamedTuple

FIELDS = (
    "pid",  # process or thread
    "comm",  # its name
    "stamp",  # time of day, seconds since the epoch, or relative
    "delta",  # -r beside another time stamp: seconds since the line before
    "call",  # of a line that begins a call
    "resumed",  # of a line that ends one
    "arguments",
    "value",  # the result: a number or ?
    "named",  # what the resulting descriptor names, in < >
    "errno",
    "words",  # strerror(3)
    "notes",  # what else the tracer says of the result, each in parentheses
    "duration",
)


class Dialect(NamedTuple):
    """How one tracer writes: *pattern*, nanoseconds in a unit of its times (*tick*) and durations (*unit*)."""

    name: str
    pattern: re.Pattern[str]
    tick: int = 1_000_000_000
    unit: int = 1_000_000_000


# What a descriptor names. <> in a path are escaped by strace; -> stands in sockets, before an address, a number or
# a bracket (that of 3</etc/passwd-> is no arrow), <> again in devices.
NAMED = r"<(?:->[0-9A-Za-z_\[:*]|[^<>\n]|<[^<>\n]*+>)*+>(?:\(deleted\))?"
NOTE = r"\ \((?:[^()\n]|\((?:[^()\n]|\([^()\n]*+\))*+\))*+\)"
NUMBER = r"-?(?:0x[0-9a-fA-F]+|\d+(?:\.\d+)?)"
CLOCK = r"\d\d:\d\d:\d\d(?:\.\d+)?"
COMMENT = r"\ /\*[^*\n]*+\*/"
# A C++ function with its template and, of an overloaded one, its parameters: std::map<int, int>::find(int const&)
FUNCTION = r'[A-Za-z_.~](?:[^\s("<]|<(?:[^<>"\n]|<[^<>"\n]*+>)*+>)*+(?:\([^()"\n]*+\)(?:\ const)?(?=\())?'
STACK = r"\ >\ [^\n]*+(?P<stack>)"


def absent(*names: str) -> str:
    """Groups that this tracer's lines never have."""
    return "".join(rf"(?:(?P<{name}>(?!)))?" for name in names)


def compiled(text: str) -> re.Pattern[str]:
    """The expression that matches one whole line after another."""
    return re.compile(rf"^(?:{text}|[ \t]*+(?P<blank>)$|[^\n]*+(?P<unknown>))$", re.VERBOSE | re.MULTILINE | re.ASCII)


STRACE = Dialect(
    "strace",
    compiled(
        rf"""
(?:
  (?:(?:\[pid\ +)?(?P<pid>\d{{1,7}})(?:<(?P<comm>[^>\n]*+)>)?\]?\ +)?
  (?:\[[^]\s:]+:[^]\s]*+\]\ )?                                   # --secontext
  \ *+(?:(?P<stamp>{CLOCK}|\d+\.\d+|\d{{9,}})\ +(?:\(\+\ +(?P<delta>\d+(?:\.\d+)?)\)\ +)?)?
  (?:\[\ *(?:\d+|\?+)\]\ )?(?:\[(?:[0-9a-f]{{8,}}|\?{{4,}})\]\ )?     # -n, -i
  (?:
    (?:(?P<call>[A-Za-z_]\w*+|\?\?\?)\(|<\.\.\.\ (?P<resumed>\w++|\?\?\?)\ resumed>)
    (?:
      (?P<arguments>[^\n]*)
      (?:
        \)\ +=\ (?P<value>\?|{NUMBER})(?P<named>{NAMED})?(?:{COMMENT})?
        (?:\ (?P<errno>E[A-Z0-9_]+)\ \((?P<words>[^()\n]*+)\)|\ \(errno\ \d+\))?
        (?P<notes>(?:{NOTE})*+)
        (?:\ <(?P<duration>\d+\.\d+|unavailable)>)?(?P<returned>)
      | \ ?<(?:(?:unfinished|detached|pid\ changed\ to\ \d+)\ \.\.\.|ptrace\([^\n>]*+\)[^\n>]*+)>(?P<unfinished>)
      )$
    | (?P<rest>[^\n]*+)(?P<cut>)
    )
  | ---\ (?:[A-Z]|stopped\ by)[^\n]*\ ---(?P<signal>)
  | \+\+\+\ [^\n]*\ \+\+\+(?P<exit>)
  | <(?:unfinished|detached)\ \.\.\.>(?P<broken>)
  )
)
| {STACK}
| \ (?:\|\ [0-9a-f]{{4,}}\ |\*\ \d+\ bytes\ in\ buffer\ )[^\n]*+(?P<dump>)
| (?:[^\s:]*/)?strace:\ [^\n]*+(?P<message>)
| \[\ Process\ PID=[^\n]*+(?P<mode>)
| (?:%\ time\ |-{{4,}}\ |System\ call\ usage\ |\ *+(?:\d+\.\d\d|nan)\ |syscall\ +[a-z])[^\n]*+(?P<table>)
| \ *+(?:[a-z_]\w*+)?(?:\ ++\d[\d.]*+)++(?:\ ++[a-z_]\w*+)?\ *+(?P<row>)
| [^\n]*strace:\ Process\ \d+\ attached(?P<glued>)
| [^\n]*\)\ +=\ (?:\?|{NUMBER})(?:{NAMED})?(?:\ E[A-Z0-9_]+\ \([^()\n]*+\))?(?:{NOTE})*+(?:\ <\d+\.\d+>)?(?P<tail>)
"""
    ),
)

LTRACE = Dialect(
    "ltrace",
    compiled(
        rf"""
(?:
  (?:(?:\[pid\ +)?(?P<pid>\d{{1,7}})\]?\ +)?
  \ *+(?:(?P<stamp>{CLOCK}|\d+\.\d+|\d{{9,}})\ +)?
  (?:\[(?:0x[0-9a-f]+)\]\ +)?\ *+
  (?:
    (?:(?P<call>{FUNCTION})\(|<\.\.\.\ (?P<resumed>[^\n]{{1,300}}?)\ resumed>)
    (?:
      (?P<arguments>[^\n]*)
      (?:
        \)\ +=\ (?P<value>{NUMBER}|nil|<void>|\?|L?["'][^\n]*["'](?:\.\.\.)?|\w+)
        (?:\ <(?P<duration>\d+\.\d+)>)?(?P<returned>)
      | \ ?<(?:unfinished\ \.\.\.|no\ return\ \.\.\.)>(?P<unfinished>)
      )$
    )
  | ---\ [^\n]*\ ---(?P<signal>)
  | \+\+\+\ [^\n]*\ \+\+\+(?P<exit>)
  | error:\ [^\n]*+(?P<fault>)
  )
)
| {STACK}
| (?:[^\s:]*/)?(?:ltrace:\ |error:\ |Cannot\ |Couldn't\ |unexpected\ )[^\n]*+(?P<message>)
| (?:%\ time\ |------\ |\ *+\d+\.\d\d\ )[^\n]*+(?P<table>)
{absent("comm", "delta", "named", "errno", "words", "notes")}"""
    ),
)

PERF = Dialect(
    "perf",
    compiled(
        rf"""
(?:
  \ *+(?P<stamp>\?|\d+\.\d+)\ (?:\(\ *+(?:(?P<duration>\d+\.\d+)\ ms|\ *)\ *\)(?::|\ ))?\ *
  (?:(?P<comm>\([^\n]{{0,15}}?|[^\n(]{{0,64}}?)/(?P<pid>\d+)\ +|(?P<tid>\d+)\ +)?
  (?:
    (?:(?P<call>[a-z_]\w*+)\(|\ ?\.\.\.\ \[continued\]:\ (?P<resumed>\w+)\(\)?)
    (?:
      (?P<arguments>[^\n]*)
      (?:
        \)\ *=\ (?P<value>\?|{NUMBER}|[A-Z][A-Z0-9_|]*+)(?P<named>{NAMED})?
        (?:\ (?P<errno>E[A-Z0-9_]+))?(?:\ \((?P<words>[^()\n]*+)\))?(?P<notes>(?:{NOTE})*+)\ *+(?P<returned>)
      | (?:(?<![ )])\ \.\.\.|\)\ +\.\.\.)\ *+(?P<unfinished>)
      | \)\ *=\ ?(?P<void>)
      )$
    )
  | (?:[a-z_]\w*+:[\w:]+\(|m(?:in|aj)fault\ \[)[^\n]*+(?P<tracepoint>)
  )
)
| LOST\ \d+\ events!(?P<lost>)
| \ {{10,}}[^\n]*+(?P<stack>)
| \ ?(?:[^\s:]*/)?perf:?\ [^\n]*+(?P<message>)
| (?:\t+E[A-Z0-9]+:\ \d|\ *(?:Summary\ of\ events|syscall\ +calls|-{{4,}}|\(msec\))|\ {{3}}\w+\ +\d+\ )
  [^\n]*+(?P<table>)
| \ [^\n]*\ \(\d+\),\ \d+\ events,\ [^\n]*+(?P<heading>)
{absent("delta")}"""
    ),
    tick=1_000_000,
    unit=1_000_000,
)

SYSDIG = Dialect(
    "sysdig",
    compiled(
        rf"""
\d+\ (?P<stamp>(?:\d{{4}}-\d\d-\d\d\ )?{CLOCK}|\d+\.\d+)\ \d+\ (?P<comm>[^\n]{{0,64}}?)\ \((?P<pid>-?\d+)[^)\n]*\)\s
(?:
  >\ (?P<call>[\w.?-]+)\ ?(?P<arguments>[^\n]*+)(?P<enter>)
| <\ (?P<resumed>[\w.?-]+)\ ?
  (?P<results>(?:[^\n]*?\b(?:res|fd)=(?P<value>-?\d+(?![0-9A-F])|[0-9A-F]+\b)(?:\((?P<errno>E[A-Z0-9_]+)\))?)?[^\n]*+)(?P<leave>)
)
| \t0x[0-9a-f]{{4}}:\ [^\n]*+(?P<dump>)
| (?:Driver\ |Suppressed\ by\ |Elapsed\ time:\ |Unable\ to\ )[^\n]*+(?P<message>)
{absent("delta", "named", "words", "notes", "duration")}"""
    ),
)

DIALECTS = (STRACE, LTRACE, PERF, SYSDIG)
STRANGE = frozenset({"unknown", "blank", "table", "row", "stack", "message", "tail", "cut", "glued"})
# strace and ltrace write most calls alike; these only one of them writes.
OF_LTRACE = re.compile(
    r"^(?! > )[^\n(\"]*?(?:\bSYS_\w+|[\w.]->\w[^\s(]*|\b(?:__\w+|_Z\w+|[A-Z]{2,}_[a-z]\w*|malloc|free|[cr]e?alloc"
    r"|setlocale|getenv|abort|(?:mem|str|wcs|is|to|dl|pthread_)\w+|\w*printf|f?put[cs]|f?gets?c?|puts"
    r"|f(?:open|close|read|write|flush|seek)|ato[filq]|qsort|s?rand|u?sleep|(?:open|read|close)dir|perror|system"
    r"|p(?:open|close)|_?setjmp|wait))\("
    r"|\) += (?:nil|<void>)|<no return \.\.\.>$|\+\+\+ exited \(status",
    re.MULTILINE,
)
OF_STRACE = re.compile(r"\bNULL\b|\b[A-Z]+_[A-Z]+\b|\) += -1 E[A-Z0-9]+ \(|\+\+\+ exited with")


def detect(text: str, limit: int = 200) -> Dialect:
    """The dialect that understands most of the first *limit* lines of *text*; strace when none does.

    A tie goes to the earlier one in DIALECTS, after a look for what only strace or only ltrace writes.
    """
    head = "\n".join(text.split("\n", limit)[:limit])
    best = max(DIALECTS, key=lambda dialect: understood(dialect, head))
    if best is STRACE and len(OF_LTRACE.findall(head)) > len(OF_STRACE.findall(head)):
        return LTRACE
    return best


def understood(dialect: Dialect, text: str) -> int:
    """How many lines of *text* are calls, signals, exits to *dialect*."""
    return sum(match.lastgroup not in STRANGE for match in dialect.pattern.finditer(text))
