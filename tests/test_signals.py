"""The signals' own module, which does without the standard one at run time."""

import signal
import subprocess
import sys

import pytest

from conftest import state_of
from kit.blocked import is_blocked_in
from kit.deadline import never, until
from vimtrace.signals import name_of

WAITS = """
from vimtrace.signals import Signals
signals = Signals()
print("ready", flush=True)
print(signals.wait(1), flush=True)
print(signals.wait(60).si_signo, flush=True)
"""


@pytest.mark.parametrize("sig", list(signal.Signals), ids=lambda s: s.name)
def test_names(sig):
    """The names are those of signal(7), without the import that knows them."""
    assert name_of(sig) == sig.name


def test_a_signal_without_a_name():
    """One of the real-time signals."""
    assert name_of(signal.SIGRTMIN + 6) == f"signal {signal.SIGRTMIN + 6}"


def test_a_stop_longer_than_the_wait():
    """No signal has come, whatever sigtimedwait() of Python tells then: memory that nobody has filled in."""
    words = [sys.executable, "-I", "-c", WAITS]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as waiting:
        assert waiting.stdout.readline() == "ready\n"
        until(lambda: is_blocked_in(waiting.pid, "rt_sigtimedwait"), "the wait")
        waiting.send_signal(signal.SIGSTOP)
        until(lambda: state_of(waiting.pid) == "T", "its stop")
        never(lambda: state_of(waiting.pid) != "T", "it goes on", within=1.2)
        waiting.send_signal(signal.SIGCONT)
        assert [waiting.stdout.readline(), waiting.stdout.readline()] == ["None\n", f"{signal.SIGCONT}\n"]
