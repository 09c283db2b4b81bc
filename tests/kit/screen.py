"""A terminal emulator that reads what programs draw (pyte, with the mends real editors need)."""

import re

import pyte

STRINGS = re.compile(rb"\x1b[P^_].*?\x1b\\", re.S)  # DCS, PM, APC: pyte would print them as text
UNFINISHED = re.compile(rb"\x1b(?:[P^_](?:(?!\x1b\\).)*|\[[0-9;?<>=]*)?$", re.S)
MODIFIED_KEYS = re.compile(rb"\x1b\[[<=>][0-9;]*[a-zA-Z]")  # also the keyboard protocol of kitty, that fish 4 asks for

ALTERNATE = re.compile(rb"\x1b\[\?(1047|1049)([hl])")


class Emulator(pyte.Screen):
    """A screen; *said* is what it answers to "are you there?" (DSR 5) and "what are you?" (DA 1), as all do."""

    said = ""

    def select_graphic_rendition(self, *attrs, private=False):
        if not private:
            super().select_graphic_rendition(*attrs)

    def report_device_status(self, mode, **_):
        self.said += "\x1b[0n" if mode == 5 else ""

    def report_device_attributes(self, mode=0, **_):
        self.said += "\x1b[?62;c" if mode == 0 else ""


class Screen:
    """What a user would see; *alternate* tells whether a full-screen program is on."""

    def __init__(self, rows, columns):
        self.emulator = Emulator(columns, rows)
        self.stream = pyte.ByteStream(self.emulator)
        self.rest = b""
        self.alternate = False
        self._lines = None

    def feed(self, data):
        self._lines = None
        data = self.rest + data
        cut = UNFINISHED.search(data)
        self.rest = data[cut.start() :] if cut and len(data) - cut.start() < 4096 else b""
        data = data[: len(data) - len(self.rest)]
        drawn, *switches = ALTERNATE.split(MODIFIED_KEYS.sub(b"", STRINGS.sub(b"", data)))
        self.stream.feed(drawn)
        for mode, letter, drawn in zip(switches[::3], switches[1::3], switches[2::3], strict=True):
            before, self.alternate = self.alternate, letter == b"h"
            if not self.alternate and (before or mode == b"1049"):
                self.emulator.reset()  # a real terminal shows the normal screen again; a blank one will do
            self.stream.feed(drawn)

    def resize(self, rows, columns):
        self._lines = None
        self.emulator.resize(rows, columns)

    def answers(self):
        """What a terminal has to say to the programs, once."""
        said, self.emulator.said = self.emulator.said, ""
        return said

    @property
    def lines(self):
        """As Emulator.display, without the spaces at the ends; tests look far more often than something is drawn."""
        if self._lines is None:
            buffer, columns = self.emulator.buffer, range(self.emulator.columns)
            self._lines = [_line(buffer[y], columns) for y in range(self.emulator.lines)]
        return self._lines

    @property
    def text(self):
        return "\n".join(self.lines)


def _line(cells, columns):
    """What stands in *columns*: of a wide character the second one is empty."""
    text = [" "] * len(columns)
    for x, cell in cells.items():
        if x in columns:
            text[x] = cell.data
    return "".join(text).rstrip()
