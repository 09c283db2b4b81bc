"""Waiting is polling an assertion until it holds or the deadline passes; nothing here sleeps blindly."""

import select
import time

PATIENCE = 20.0  # seconds; generous, because a passing wait costs nothing


def until(holds, what="", timeout=PATIENCE, step=0.02, failure=None):
    """Poll *holds* until it returns something true, and return that; else fail with *what*."""
    end = time.monotonic() + timeout
    while True:
        value = holds()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"not within {timeout} s: {what}\n{failure() if failure else ''}")
        select.select([], [], [], step)


def never(holds, what, within):
    """Assert that *holds* stays false for *within* seconds, looking all the time."""
    end = time.monotonic() + within
    while time.monotonic() < end:
        assert not holds(), what
        select.select([], [], [], 0.01)
