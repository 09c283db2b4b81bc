"""The controlling terminal: who has it, giving it, taking it back, its modes.

Every hand-off is guarded by who has the terminal now: it is never taken from a stranger. SIGTTOU is
blocked for the whole run (:mod:`vimtrace.signals`), so ``tcsetpgrp`` and ``tcsetattr`` work from the
background, as APUE 9.8 and the glibc manual's "Implementing a Job Control Shell" have it.
"""

from __future__ import annotations

import fcntl
import os
import termios

from vimtrace.output import printable
from vimtrace.suppress import suppress

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

Modes = list["Any"]  # numbers, but for the last

# What a pager may have left on: hidden cursor, mouse, bracketed paste, focus events, modified keys, application
# cursor and keypad modes, colours.
MODES_OFF = b"\033[?25h\033[?1000;1002;1006l\033[?2004l\033[?1004l\033[>4m\033[?1l\033>\033[m"
RESET_SCREEN = b"\033[?1049l" + MODES_OFF + b"\r\n"
# The normal screen, and nothing where that is on already: unlike 1049 this does not move the cursor.
LEFT_SCREEN = b"\033[?1047l" + MODES_OFF
LEAVE_SCREEN = b"\033[?1049l\033[?25h\033[m\r\n"
ENTER_SCREEN = b"\033[?1049h"


class Terminal:
    """The controlling terminal of this process, on a descriptor that no child inherits."""

    def __init__(self) -> None:
        """Open /dev/tty. Raises OSError where there is no controlling terminal."""
        self.fd = high(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC))

    def owner(self) -> int:
        """The foreground group; -1 when the terminal is gone, 0 when it is of another container."""
        try:
            return os.tcgetpgrp(self.fd)
        except OSError:
            return -1

    def give(self, pgid: int, from_groups: Iterable[int]) -> bool:
        """Hand the terminal to group *pgid* if one of *from_groups*, or a dead group, has it."""
        owner = self.owner()
        if owner == pgid:
            return True
        if owner <= 0 or (owner not in from_groups and not is_dead(owner)):
            return False
        try:
            os.tcsetpgrp(self.fd, pgid)
        except OSError:  # the group died meanwhile, or the terminal did
            return False
        return True

    def modes(self) -> Modes | None:
        """The modes, for :meth:`set_modes`; ``None`` when the terminal is gone."""
        try:
            return termios.tcgetattr(self.fd)
        except termios.error:
            return None

    def set_modes(self, modes: Modes | None) -> None:
        """Set *modes* if they are not so already; output that is under way is written first."""
        if modes is not None and modes != self.modes():
            with suppress(termios.error):
                termios.tcsetattr(self.fd, termios.TCSADRAIN, modes)

    def asks_for_password(self) -> bool:
        """Whether somebody reads a line without echo, as sudo's prompt does."""
        modes = self.modes()
        return modes is not None and not modes[3] & termios.ECHO  # c_lflag

    def size(self) -> bytes:
        """The window size, as struct winsize (tty_ioctl(4))."""
        try:
            return fcntl.ioctl(self.fd, termios.TIOCGWINSZ, bytes(8))
        except OSError:
            return bytes(8)

    def write(self, data: bytes) -> None:
        """Write to the terminal; a terminal that is gone is no error."""
        with suppress(OSError):
            os.write(self.fd, data)

    def say(self, line: str) -> None:
        """Print one line of ours."""
        self.write(b"vimtrace: " + printable(line).encode("utf-8", "surrogateescape") + b"\r\n")


def high(fd: int) -> int:
    """*fd* moved to 10 or above, close-on-exec: 0-2 may have come in closed, and are the tracer's."""
    moved = fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, 10)
    os.close(fd)
    return moved


def keeping_output(modes: Modes | None) -> Modes | None:
    """*modes*, but the keys that send a signal throw away nothing that is not read yet (termios(3), NOFLSH)."""
    return modes and [*modes[:3], modes[3] | termios.NOFLSH, *modes[4:]]  # c_lflag


def by_key(modes: Modes | None) -> Modes | None:
    """*modes*, but each key can be read at once, without echo, as a full-screen program has it (termios(3))."""
    if modes is None:
        return None
    iflag, oflag, cflag, lflag, *speeds, cc = modes
    keys = {termios.VMIN: 1, termios.VTIME: 0}
    lflag &= ~(termios.ICANON | termios.ECHO)
    return [iflag & ~termios.ICRNL, oflag, cflag, lflag, *speeds, [keys.get(at, key) for at, key in enumerate(cc)]]


def take_keyboard() -> None:
    """Make the terminal our standard input where that is something else (a pipe, xargs). Raises OSError without one."""
    if not os.isatty(0):
        terminal = os.open("/dev/tty", os.O_RDWR)
        os.dup2(terminal, 0)
        os.close(terminal)


def is_dead(pgid: int) -> bool:
    """Whether no process of group *pgid* is left."""
    try:
        os.killpg(pgid, 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


def raw_pty(size: bytes) -> tuple[int, int]:
    """A new pty whose output is passed on unchanged: (master, slave), both close-on-exec.

    For tracers that write whole blocks to anything but a terminal and have no switch for it.
    """
    master, slave = os.openpty()
    modes = termios.tcgetattr(slave)
    modes[0] = 0
    modes[1] &= ~termios.OPOST
    modes[3] &= ~(termios.ECHO | termios.ICANON | termios.ISIG)
    termios.tcsetattr(slave, termios.TCSANOW, modes)
    with suppress(OSError):
        fcntl.ioctl(slave, termios.TIOCSWINSZ, size)
    return master, slave
