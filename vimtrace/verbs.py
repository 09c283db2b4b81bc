"""The verbs that read traces, and their options: the one table that --help, the parser and the tests read."""

from collections.abc import Sequence

from vimtrace.errors import UsageError

# verb, its operands, what it does
VERBS = (
    ("summary", "FILE...", "calls and their times, errors, processes, files, connections"),
    ("filter", "EXPR FILE...", "print the lines that match, for example 'errno=ENOENT path=/etc/*'"),
    ("tree", "FILE...", "the processes: who started whom, when, and how each ended"),
    ("diff", "A B", "what two runs did differently, in vimdiff; exit status 1 if anything"),
    ("export", "FILE...", "the events for other programs: --to=jsonl, csv, perfetto, parquet"),
)
# option, its value (empty: takes none), what it does, the verbs that have it
VERB_OPTIONS = (
    ("--json", "", "print JSON", "summary tree diff"),
    ("--by", "call|pid|path|errno", "group the calls by this", "summary"),
    ("--calls", "", "only the table of calls", "summary"),
    ("--numbers", "", "print the numbers of the lines, not the lines", "filter"),
    ("--filter", "EXPR", "only the events that match", "summary diff export"),
    ("--stat", "", "print how many calls differ, and of which kind", "diff"),
    ("--text", "", "print a unified diff", "diff"),
    ("--to", "FORMAT", "jsonl, csv, perfetto or parquet", "export"),
    ("--output", "FILE", "write to FILE, not to standard output", "export"),
)


def usage_lines() -> list[str]:
    """What --help says of the verbs."""
    lines = [f"       vimtrace {name + ' ' + operands:<28} {text}\n" for name, operands, text in VERBS]
    lines.append("\nto read traces (FILE - is standard input; options may stand anywhere after the verb):\n\n")
    lines += [
        f"  {name + ('=' + value if value else ''):<26} {text} ({', '.join(verbs.split())})\n"
        for name, value, text, verbs in VERB_OPTIONS
    ]
    return lines


def split(verb: str, words: Sequence[str]) -> tuple[dict[str, str], list[str]]:
    """The options among *words* (those after *verb*) and the operands. Raises UsageError."""
    known = {name: bool(value) for name, value, _, verbs in VERB_OPTIONS if verb in verbs.split()}
    values: dict[str, str] = {}
    operands: list[str] = []
    left = list(words)
    while left:
        word = left.pop(0)
        if word == "--":
            return values, operands + left
        if word == "-" or not word.startswith("-"):
            operands.append(word)
            continue
        name, equals, value = word.partition("=")
        if name not in known or (equals and not known[name]):
            raise UsageError(f"{verb}: {word}: no such option", f"options: {' '.join(known) or 'none'}")
        if known[name] and not equals:
            if not left:
                raise UsageError(f"{verb}: {name}: needs a value")
            value = left.pop(0)
        values[name] = value
    return values, operands
