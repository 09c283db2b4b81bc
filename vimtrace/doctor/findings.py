"""What ``vimtrace doctor`` found, and the three ways to show it: coloured (rich), plain text, JSON."""

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from rich.console import Console
from rich.text import Text

from vimtrace.output import printable, put

# state: its mark, its style, what it means
STATES = {
    "ok": ("ok", "green", "works"),
    "note": ("-", "dim", "not there, and not needed"),
    "warn": ("!", "yellow", "something will not work"),
    "bad": ("X", "bold red", "vimtrace will not work"),
}


class Finding(NamedTuple):
    """One line of the report: *state* is one of STATES, *mend* the command that mends it."""

    section: str
    name: str
    state: str
    text: str
    mend: str = ""


def works(findings: Iterable[Finding]) -> bool:
    """Whether the main job would run: a trace in the pager."""
    return all(finding.state != "bad" for finding in findings)


def show(findings: Sequence[Finding], as_json: bool) -> None:
    """Print the report on standard output, as fits what that is."""
    if as_json:
        put(json.dumps({"works": works(findings), "findings": [f._asdict() for f in findings]}, indent=2) + "\n")
    elif sys.stdout.isatty():
        console = Console(highlight=False)
        for line in lines(findings):
            console.print(line, soft_wrap=True)
    else:
        put("".join(f"{line.plain}\n" for line in lines(findings)))


def lines(findings: Sequence[Finding]) -> Iterator[Text]:
    """The report line by line, safe for a terminal."""
    section = ""
    width = max(len(finding.name) for finding in findings)
    for finding in findings:
        if finding.section != section:
            section = finding.section
            yield Text(section, style="bold")
        mark, style, _ = STATES[finding.state]
        yield Text.assemble(
            "  ", (f"{mark:<3}", style), f"{printable(finding.name):<{width}}  ", printable(finding.text)
        )
        if finding.mend:
            yield Text.assemble(" " * (width + 7), ("mend: ", "dim"), (printable(finding.mend), "cyan"))
    yield summary(findings)


def summary(findings: Sequence[Finding]) -> Text:
    """The last line."""
    if not works(findings):
        return Text("vimtrace will not work here: see the lines with X", style="bold red")
    warnings = sum(finding.state == "warn" for finding in findings)
    if warnings:
        return Text(f"vimtrace works here; {warnings} more thing{'s' * (warnings > 1)} could: see the lines with !")
    return Text("vimtrace works here", style="green")
