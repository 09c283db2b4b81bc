"""vimtrace's own options: the one table that the parser, ``--help`` and the tests of the manual read."""

from __future__ import annotations

import os

from vimtrace.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

# name, value (empty: takes none), what it does
OPTIONS = (
    ("--pager", "NAME|COMMAND", "show the trace with this (vim, nvim, less, or any command)"),
    ("--live", "", "open the pager at once and follow the trace"),
    ("--no-live", "", "open the pager when the tracing has ended"),
    ("--detail", "", "trace with the flags of an expert (strace: -f -ttt -T -yy -s 256)"),
    ("--save", "FILE", "write the trace to FILE and keep it"),
    ("--limit", "SIZE", "ask before an editor loads more than this (a third of the free memory)"),
    ("--summary", "", "print a summary of the trace at the end, as 'vimtrace summary' does"),
    ("--from", "stdout|stderr", "the stream that is the trace, for a tracer vimtrace does not know"),
    ("--filetype", "NAME", "the file type of the trace in the editor"),
    ("--help", "", "show this help"),
    ("--version", "", "show the version"),
)
READING = frozenset(("summary", "filter", "tree", "diff", "export"))  # the verbs that read traces: verbs.py
VALUED = frozenset(name for name, value, _ in OPTIONS if value)
NAMES = frozenset(name for name, _, _ in OPTIONS)

USAGE = """\
usage: vimtrace [options] TRACER [ARGS...]   trace, and show the trace in the pager
       vimtrace [options] -                  show what arrives on standard input
       vimtrace open FILE...                 show saved traces
       vimtrace recover [NAME]               list, or open, traces of runs that died
       vimtrace doctor [--json]              what works here, and what mends the rest
       vimtrace init zsh|bash|fish           print the aliases and completion, for the shell to read
"""


def usage() -> str:
    """The text of ``--help``."""
    from vimtrace.verbs import usage_lines

    lines = [
        USAGE,
        *usage_lines(),
        "\n",
        "tracers: strace ltrace perf sysdig bpftrace tcpdump fatrace, also behind sudo, timeout, ...\n\n",
    ]
    lines += [f"  {name + ('=' + value if value else ''):<22} {text}\n" for name, value, text in OPTIONS]
    lines.append("\n$VIMTRACE_PAGER names the pager, $VIMTRACE_OPTS holds options, VIMTRACE=0 switches vimtrace off.\n")
    lines.append("-p of strace, ltrace and perf takes names, too; alone, it offers a list to choose from.\n")
    lines.append("In the pager of a live run Ctrl-C ends the tracing, never the viewing. See also: man vimtrace\n")
    return "".join(lines)


class Settings:
    """What the options say: *pager*, *live* (``None``: as the tracer needs), *detail*, *save*, *limit*, *summary*,
    *stream*, *filetype*.
    """

    def __init__(self, values: dict[str, str]) -> None:
        self.pager = values.get("--pager") or os.environ.get("VIMTRACE_PAGER", "")
        self.live = {"live": True, "no-live": False}.get(values.get("live", ""))
        self.save = values.get("--save", "")
        self.limit = values.get("--limit", "")
        self.summary = "--summary" in values
        self.stream = values.get("--from", "")
        self.filetype = values.get("--filetype", "")
        self.detail = "--detail" in values
        self.help = "--help" in values
        self.version = "--version" in values


def parse(argv: Sequence[str]) -> tuple[Settings, list[str]]:
    """Split *argv* (without the program's name) into our settings and the rest, which is not ours.

    $VIMTRACE_OPTS comes first, so that the command line wins. Raises UsageError.
    """
    values: dict[str, str] = {}
    extra = os.environ.get("VIMTRACE_OPTS", "")
    if extra.strip() and _take(_split(extra), values):
        raise UsageError("$VIMTRACE_OPTS: holds options only", "for example VIMTRACE_OPTS='--pager=less'")
    rest = _take(list(argv), values)
    if values.get("--from") not in (None, "stdout", "stderr"):
        raise UsageError(f"--from={values['--from']}: neither stdout nor stderr")
    if "--limit" in values:
        _check_size(values["--limit"])
    if not values.get("--filetype", "a").replace("_", "").isalnum():
        raise UsageError(f"--filetype={values['--filetype']}: not a file type")
    return Settings(values), rest


def _check_size(text: str) -> None:
    from vimtrace import memory

    try:
        memory.parsed(text)
    except ValueError as error:
        raise UsageError(f"--limit={text}: not a size", "for example --limit=2G, or none") from error


def _split(text: str) -> list[str]:
    import shlex

    try:
        return shlex.split(text)
    except ValueError as error:
        raise UsageError(f"$VIMTRACE_OPTS: {error}", "close the quote") from error


def _take(words: list[str], values: dict[str, str]) -> list[str]:
    """Take the options that *words* begins with into *values*; return the rest."""
    while words and words[0].startswith("-") and words[0] != "-":
        word = words.pop(0)
        if word == "--":
            break
        name, equals, value = word.partition("=")
        name = {"-h": "--help", "-V": "--version"}.get(name, name)
        if name not in NAMES or (equals and name not in VALUED):
            raise UsageError(f"{word}: no such option")
        if name in VALUED and not equals:
            if not words:
                raise UsageError(f"{name}: needs a value")
            value = words.pop(0)
        if name in VALUED and not value:
            raise UsageError(f"{name}: needs a value")
        values[name] = value
        if name in ("--live", "--no-live"):
            values["live"] = name[2:]
    return words
