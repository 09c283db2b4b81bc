"""Which tracers and pagers are there, and what they can do."""

import re
from collections.abc import Iterator

from vimtrace import pagers
from vimtrace.doctor.findings import Finding
from vimtrace.doctor.programs import ask, find, install, version
from vimtrace.errors import VimtraceError
from vimtrace.options import Settings
from vimtrace.tracers import TRACERS

FEATURES = ("+eval", "+job", "+channel", "+timers")


def tracers(_: Settings) -> Iterator[Finding]:
    """Those of the table; only strace is missed if it is not there."""
    for name in TRACERS:
        path = find(name)
        if path:
            yield Finding("tracers", name, "ok", version(name, path))
        else:
            state = "bad" if name == "strace" else "note"
            yield Finding("tracers", name, state, "not installed", install(name))


def editors(settings: Settings) -> Iterator[Finding]:
    """The pagers that are there, what the editors can do, and which would be used."""
    usable = 0
    for name in ("vim", "nvim", "less"):
        path = find(name)
        if not path:
            yield Finding("pagers", name, "note", "not installed", install(name))
            continue
        lacking = features(name, path)
        usable += not lacking
        what = version(name, path)
        if lacking:
            mend = install("vim") if name == "vim" else install(name)
            yield Finding("pagers", name, "warn", f"{what} cannot follow a trace: no {' '.join(lacking)}", mend)
        else:
            yield Finding("pagers", name, "ok", what + (f" {' '.join(FEATURES)}" if name == "vim" else ""))
    yield chosen(settings, usable)
    yield Finding("pagers", "plugin", "ok", f"for saved traces in any Vim: {pagers.RUNTIME}")


def features(name: str, path: str) -> list[str]:
    """What the editor lacks of what a live view needs."""
    if name == "vim":
        words = ask(path, "--version").split()
        return [feature for feature in FEATURES if feature not in words]
    if name == "nvim":
        numbers = [int(part) for part in re.findall(r"\d+", version(name, path))[:2]]
        return [] if numbers >= [0, 7] else ["version 0.7"]
    return []


def chosen(settings: Settings, usable: int) -> Finding:
    """The pager of a run that is started now."""
    try:
        choices, warning = pagers.resolve(settings.pager)
    except VimtraceError as error:
        return Finding("pagers", "used", "warn", error.message, "unset VIMTRACE_PAGER")
    what = f"{choices[0].name} ({choices[0].words[0]})"
    if warning:
        return Finding("pagers", "used", "warn", f"{warning}; {what} instead", "unset VIMTRACE_PAGER")
    if choices[0].kind == "plain" or not usable:
        return Finding("pagers", "used", "warn", f"{what}: no editor to read in", install("vim"))
    return Finding("pagers", "used", "ok", what)
