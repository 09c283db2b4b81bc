"""The kit itself: what the screen makes of bytes that come in pieces."""

import select

import pytest

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


class Behind(Screen):
    """Is done with what it is given only when there is more."""

    def feed(self, data):
        super().feed(data)
        select.select([self.source], [], [], 1)


@pytest.mark.timeout(30)
def test_a_terminal_that_is_written_to_without_end(terminal):
    """What is on its screen is looked at all the same."""
    terminal.line("yes")
    terminal.screen.__class__ = Behind
    terminal.screen.source = terminal.pty.fd
    terminal.see("\ny\ny\ny")
    terminal.screen.__class__ = Screen
    terminal.ctrl("c")
    terminal.mark()


def test_the_keyboard_protocol_is_not_text():
    """What fish 4 and Neovim ask the terminal for."""
    screen = Screen(5, 20)
    screen.feed(b"\x1b[=5u\x1b[>1u\x1b[<u\x1b[>4;1m$ ")
    assert screen.text.strip() == "$"


def test_what_is_seen_is_what_is_displayed():
    """Whatever was drawn since it was looked at last: wide characters, erased lines, another size."""
    screen = Screen(5, 20)
    pieces = [
        b"",
        "a目b é\r\n".encode(),
        b"\x1b[2;5Hx",
        b"\x1b[3S",
        b"y" * 50,
        b"\x1b[2K",
        b"\x1b[?1049hfull\x1b[?1049l",
    ]
    for piece in pieces:
        screen.feed(piece)
        for rows, columns in ((5, 20), (3, 10), (5, 20)):
            screen.resize(rows, columns)
            assert screen.lines == [line.rstrip() for line in screen.emulator.display]
            assert screen.text == "\n".join(screen.lines)
