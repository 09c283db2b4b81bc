"""A program on a pty of its own, and what it drew: raw bytes, each piece with its time."""

import fcntl
import os
import re
import select
import signal
import struct
import sys
import termios
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from kit.screen import Screen

ROWS, COLUMNS = 40, 150


class Recording:
    """Start *argv* as the leader of a session with a terminal; *began* is when."""

    def __init__(self, argv, env):
        self.master, slave = os.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("4H", ROWS, COLUMNS, 0, 0))
        self.pieces = []
        self.began = time.monotonic()
        self.pid = os.posix_spawnp(
            argv[0],
            argv,
            env,
            file_actions=[
                (os.POSIX_SPAWN_OPEN, 0, os.ttyname(slave), os.O_RDWR, 0),
                (os.POSIX_SPAWN_DUP2, 0, 1),
                (os.POSIX_SPAWN_DUP2, 0, 2),
            ],
            setsid=True,
            setsigdef=[signal.SIGPIPE, signal.SIGXFSZ],
        )
        self.slave = slave  # kept, or the master would read as ended between two programs

    def end(self):
        """Wait for the program's end without a look at what it draws; return the seconds it took."""
        os.waitpid(self.pid, 0)
        took = time.monotonic() - self.began
        self.close()
        return took

    def close(self):
        os.close(self.master)
        os.close(self.slave)

    def type(self, text):
        """Send *text* as typed."""
        os.write(self.master, text.encode())

    def read(self, seconds):
        """The next piece within *seconds*, or nothing."""
        if not select.select([self.master], [], [], max(seconds, 0))[0]:
            return b""
        data = os.read(self.master, 1 << 16)
        self.pieces.append((time.monotonic(), data))
        return data

    def watch(self, seconds):
        """Take in what is drawn for *seconds*."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self.read(left)

    def quiet(self, seconds, patience=60):
        """Take in what is drawn until nothing was for *seconds* (a timer in Vim makes the cursor blink)."""
        now = start = drawn = time.monotonic()
        while now < drawn + seconds:
            if now > start + patience:
                raise TimeoutError(f"the screen does not come to rest:\n{self.last_screen()}")
            if len(self.read(drawn + seconds - now)) > 40:
                drawn = time.monotonic()
            now = time.monotonic()

    def wait_for(self, what, patience=60):
        """Take in what is drawn until the bytes *what* come; return when."""
        end = time.monotonic() + patience
        seen = b""
        while (left := end - time.monotonic()) > 0:
            seen = seen[-len(what) :] + self.read(left)
            if what in seen:
                return self.pieces[-1][0]
        raise TimeoutError(f"{what!r} was not drawn:\n{self.last_screen()}")

    def leave(self):
        """Quit the editor, and wait for the end of the program."""
        self.type("\033:qa!\r")
        end = time.monotonic() + 20
        while os.waitpid(self.pid, os.WNOHANG) == (0, 0):
            self.read(0.02)
            if time.monotonic() > end:
                raise TimeoutError(f"{self.pid} does not end:\n{self.last_screen()}")
        self.close()

    # Afterwards

    def screens(self):
        """(time, Screen) after each piece, drawn anew by an emulator."""
        screen = Screen(ROWS, COLUMNS)
        for when, data in self.pieces:
            screen.feed(data)
            yield when, screen

    def when_seen(self, text):
        """When *text* was first on the screen."""
        for when, screen in self.screens():
            if text in screen.text:
                return when
        raise TimeoutError(f"{text!r} was never seen:\n{self.last_screen()}")

    def when_settled(self):
        """When the screen, with its cursor, was first as it is at the end."""
        settled, last = self.began, None
        for when, screen in self.screens():
            cursor = screen.emulator.cursor
            now = (screen.text, cursor.x, cursor.y, cursor.hidden)
            if now != last:
                settled, last = when, now
        return settled

    def find(self, pattern):
        """What *pattern* finds on the screen."""
        return re.findall(pattern, self.last_screen())

    def last_screen(self):
        """What is on the screen."""
        text = ""
        for _, screen in self.screens():
            text = screen.text
        return text
