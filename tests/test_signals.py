"""The signals' own module, which does without the standard one at run time."""

import signal

import pytest

from vimtrace.signals import name_of


@pytest.mark.parametrize("sig", list(signal.Signals), ids=lambda s: s.name)
def test_names(sig):
    """The names are those of signal(7), without the import that knows them."""
    assert name_of(sig) == sig.name


def test_a_signal_without_a_name():
    """One of the real-time signals."""
    assert name_of(signal.SIGRTMIN + 6) == f"signal {signal.SIGRTMIN + 6}"
