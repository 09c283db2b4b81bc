"""``vimtrace doctor``: what would work here, and the command that mends what would not.

Every check is a function that yields findings. What can be tried is tried (a trace, an attach, a new
run's folder, the user's shell); the rest is read where the kernel or the program tells it.
"""

import signal
from collections.abc import Sequence

from vimtrace.doctor import permission, place, shell, tools
from vimtrace.doctor.findings import show, works
from vimtrace.errors import UsageError
from vimtrace.options import Settings
from vimtrace.signals import Signals

CHECKS = (tools.tracers, tools.editors, permission.allowed, place.terminal, place.state, shell.known)


def run(words: Sequence[str], settings: Settings, signals: Signals) -> int:
    """``vimtrace doctor [--json]``: print the report; 1 if the main job would not run, else 0."""
    if [word for word in words if word != "--json"]:
        raise UsageError("doctor: takes no argument but --json")
    signal.pthread_sigmask(signal.SIG_SETMASK, signals.original_mask)  # Ctrl-C ends it as any program
    findings = [finding for check in CHECKS for finding in check(settings)]
    show(findings, bool(words))
    return 0 if works(findings) else 1
