"""From Return to what was asked for on the screen: lists, filters and folds of a million lines."""

import statistics
import time

from recording import Recording

BAR = 1.5  # seconds

# command, what is drawn when it is done
COMMANDS = [
    (":TraceErrors", b"[Quickfix List]"),
    (":TraceProcesses", b"[Quickfix List]"),
    (":TraceFiles", b"[Quickfix List]"),
    (":TraceFilter read", b" of 1000000 lines"),
    (":TraceFilter! %memory", b" of 1000000 lines"),
    (":TraceFilter /close\\(4/", b" of 1000000 lines"),
    (":TraceFilter %file ENOENT", b" of 1000000 lines"),
    (":TraceFilter! failed", b" of 1000000 lines"),
    (":TraceFilter slow>0.001", b" of 1000000 lines"),
    (":TraceFold call", b" folds"),
    (":TraceFold loader", b" folds"),
]


def seconds(place, editor, command, sign):
    """From Return to the sign."""
    run = Recording([place.vimtrace, f"--pager={editor}", "open", place.trace], place.environment())
    run.quiet(1)
    run.type(command)
    run.quiet(0.5)
    began = time.monotonic()
    run.type("\r")
    took = run.wait_for(sign) - began
    run.leave()
    return took


def lists(place, rounds):
    """Each command in each editor, the median."""
    for editor in ("vim", "nvim"):
        for command, sign in COMMANDS:
            took = statistics.median(seconds(place, editor, command, sign) for _ in range(rounds))
            yield f"{editor}: {command}", f"<= {BAR} s", f"{took:.2f} s", took <= BAR
