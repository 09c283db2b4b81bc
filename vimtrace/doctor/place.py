"""Where a run would take place: the terminal that shows its trace, the folder that holds it."""

import os
from collections.abc import Iterator

from vimtrace import runfolder, tracefile
from vimtrace.doctor.findings import Finding
from vimtrace.errors import VimtraceError
from vimtrace.options import Settings


def terminal(_: Settings) -> Iterator[Finding]:
    """Whether there is a terminal that can show a pager."""
    term = os.environ.get("TERM", "")
    try:
        fd = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY)
    except OSError:
        yield Finding("terminal", "terminal", "warn", "none here: vimtrace would be invisible", "ssh -t HOST")
        return
    size = os.get_terminal_size(fd)
    os.close(fd)
    what = f"TERM={term or '(unset)'}, {size.columns} columns, {size.lines} lines"
    if term in ("", "dumb"):
        yield Finding("terminal", "terminal", "bad", f"{what}: no pager is opened", "export TERM=xterm-256color")
    else:
        yield Finding("terminal", "terminal", "ok", what)
    if os.environ.get("VIMTRACE") == "0":
        yield Finding("terminal", "VIMTRACE", "bad", "0: vimtrace is switched off", "unset VIMTRACE")


def state(_: Settings) -> Iterator[Finding]:
    """Whether a run could make its folder, and what earlier runs left there."""
    try:
        trace, warning = tracefile.create("doctor", "", "", "vimtrace doctor")
    except (OSError, VimtraceError) as error:
        yield Finding("traces", "state folder", "bad", str(error), f"mkdir -p -m 700 {runfolder.state_folder()}")
        return
    folder, room = os.path.dirname(trace.folder.path), trace.room()
    trace.folder.remove()
    what = f"{folder}, room for {room / 2**30:.1f} GiB"
    if room <= 0:
        yield Finding("traces", "state folder", "bad", f"{folder}: the disk is nearly full", f"df {folder}")
    elif warning:
        yield Finding("traces", "state folder", "warn", warning, f"mkdir -p -m 700 {runfolder.state_folder()}")
    else:
        yield Finding("traces", "state folder", "ok", what)
    if kept := runfolder.kept_runs():
        yield Finding("traces", "kept", "ok", f"{len(kept)} traces that nobody has seen: vimtrace recover")
