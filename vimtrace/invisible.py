"""Being invisible: whether somebody looks, and stepping aside for the plain command if not."""

import os

from vimtrace.errors import cannot_run
from vimtrace.signals import IGNORED_BY_PYTHON, Signals, signal


def somebody_looks(stream: int) -> bool:
    """Whether the trace on descriptor *stream* would reach a terminal that can show a pager."""
    if os.environ.get("TERM", "") in ("", "dumb") or not os.isatty(stream):
        return False
    try:
        os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC))
    except OSError:
        return False
    return True


def can_page(stream: int) -> bool:
    """Whether somebody looks, and a pager's terminal could be given back to our own group afterwards.

    Not if the group is one of another PID namespace (``unshare --pid --fork``): it has no number here.
    """
    return os.getpgrp() != 0 and somebody_looks(stream)


def become(words: list[str], signals: Signals) -> int:
    """Replace this process with the command *words*, as if vimtrace had not been there."""
    for sig in IGNORED_BY_PYTHON:
        signal.signal(sig, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, signals.original_mask)
    try:
        os.execvp(words[0], words)
    except OSError as error:
        raise cannot_run(words[0], error) from error
