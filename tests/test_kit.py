"""The kit itself: what the screen makes of bytes that come in pieces."""

from kit.screen import Screen


def test_a_switch_of_the_screen_in_two_pieces():
    """A read may end anywhere: also within the sequence that leaves the alternate screen."""
    for at in range(1, len(b"\x1b[?1049l")):
        screen = Screen(5, 20)
        screen.feed(b"\x1b[?1049hfull")
        assert screen.alternate
        screen.feed(b"\x1b[?1049l"[:at])
        screen.feed(b"\x1b[?1049l$ "[at:])
        assert not screen.alternate
        assert screen.text.strip() == "$"


def test_the_keyboard_protocol_is_not_text():
    """What fish 4 and Neovim ask the terminal for."""
    screen = Screen(5, 20)
    screen.feed(b"\x1b[=5u\x1b[>1u\x1b[<u\x1b[>4;1m$ ")
    assert screen.text.strip() == "$"
