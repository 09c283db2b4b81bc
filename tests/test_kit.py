"""The test kit itself, where it could mislead."""

import pytest

from kit.screen import Screen


@pytest.mark.parametrize("at", range(1, 8))
def test_a_switch_of_screens_may_come_in_two_pieces(at):
    """A program's output is cut anywhere by the kernel."""
    screen = Screen(5, 20)
    screen.feed(b"\x1b[?1049hinside")
    assert screen.alternate
    assert screen.lines[0] == "inside"
    leaving = b"\x1b[?1049l"
    screen.feed(b" more" + leaving[:at])
    screen.feed(leaving[at:] + b"outside")
    assert not screen.alternate
    assert screen.lines[0] == "outside"
