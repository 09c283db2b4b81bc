"""A shell on a pty, as a user has it: type, look at the screen, ask the kernel."""

import contextlib
import fcntl
import os
import re
import select
import signal
import termios
import time

import ptyprocess

from vimtrace import procfs

from .deadline import PATIENCE, until
from .screen import Screen

TIOCVHANGUP = 0x5437  # not in termios
MOMENT = 1.0  # seconds; on a busy machine an editor may draw sooner than the emulator does

SHELLS = {
    "bash": ["bash", "--norc", "--noprofile", "-i"],
    "zsh": ["zsh", "-f", "-i"],
    "fish": ["fish", "--no-config", "-i"],
    "dash": ["dash", "-i"],
}


def _as_of_a_terminal():
    """Python ignores these two, which a shell that inherits that never changes (POSIX, trap)."""
    for ignored in (signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(ignored, signal.SIG_DFL)


class Terminal:
    """A session leader (a shell of SHELLS, or *argv*) on a pty of *rows* times *columns*."""

    def __init__(self, shell="bash", env=None, rows=24, columns=120, cwd=None, argv=None, screen=Screen):
        self.rows, self.columns = rows, columns
        self.screen = screen(rows, columns)
        self.transcript = b""
        self.marks = 0
        self.pty = ptyprocess.PtyProcess.spawn(
            argv or SHELLS[shell], env=env, dimensions=(rows, columns), cwd=cwd, preexec_fn=_as_of_a_terminal
        )
        os.set_blocking(self.pty.fd, False)
        self.pid = self.pty.pid
        if argv is None:
            self.mark()
            self.first_modes = self.modes()

    # what the user does

    def type(self, text):
        """Send *text* as typed."""
        data = text.encode()
        while data:
            try:
                data = data[os.write(self.pty.fd, data) :]
            except BlockingIOError:
                self.read()

    def line(self, text):
        """Type *text* and Return."""
        self.type(text + "\r")

    def ctrl(self, letter):
        """Press Ctrl and *letter*."""
        self.type(chr(ord(letter.upper()) ^ 0x40))

    def resize(self, rows, columns):
        self.pty.setwinsize(rows, columns)
        self.screen.resize(rows, columns)

    def revoke(self):
        """Take the terminal away from all that have it open, as vhangup(2) does; needs root."""
        slave = os.open(os.readlink(f"/proc/{self.pid}/fd/0"), os.O_RDWR | os.O_NOCTTY)
        fcntl.ioctl(slave, TIOCVHANGUP)
        os.close(slave)

    # what the user sees

    def read(self):
        """Take in what has been drawn; where that has no end, what a MOMENT brings."""
        end = time.monotonic() + MOMENT
        with contextlib.suppress(BlockingIOError, OSError):
            while time.monotonic() < end and (data := os.read(self.pty.fd, 65536)):
                self.transcript += data
                self.screen.feed(data)
                if answers := self.screen.answers():  # Neovim 0.12 waits for them
                    self.type(answers)

    def watch(self, seconds):
        """Take in what is drawn for so many *seconds*, to the tenth of a millisecond."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            select.select([self.pty.fd], [], [], left)
            self.read()

    def until(self, holds, what="", timeout=PATIENCE):
        """Poll *holds* while the screen is kept up to date."""

        def step():
            self.read()
            return holds()

        return until(step, what, timeout, failure=self.failure)

    def see(self, text, timeout=PATIENCE):
        """Wait until *text* is on the screen."""
        self.until(lambda: text in self.screen.text, f"{text!r} on the screen", timeout)

    def lines(self):
        """The number of lines in the status line, -1 without one."""
        found = re.findall(r"\] (\d+) lines", self.screen.text)
        return int(found[-1]) if found else -1

    def grows(self):
        """Wait until the status line counts more lines: the editor takes data and draws."""
        self.until(lambda: self.lines() >= 0, "a number of lines")
        before = self.lines()
        self.until(lambda: self.lines() > before, f"more than {before} lines")

    def gone(self, text, timeout=PATIENCE):
        """Wait until *text* is not on the screen."""
        self.until(lambda: text not in self.screen.text, f"{text!r} gone from the screen", timeout)

    def seen(self, text):
        """Whether *text* was drawn at any time, as plain bytes."""
        self.read()
        return text.encode() in self.transcript

    def mark(self):
        """The shell reads and runs what is typed: it has the terminal, and nothing else has."""
        # Typed earlier, it may be thrown away: an editor flushes its input when it leaves.
        self.until(lambda: self.owner() == self.pid, "the shell to have the terminal")
        self.marks += 1
        word = f"mark_{self.marks}_{os.getpid()}"
        self.line(f"echo {word[:4]}''{word[4:]}")
        self.until(lambda: word in self.screen.text, f"{word} from the shell")
        self.until(lambda: self.owner() == self.pid, "the shell to have the terminal")

    def status(self, fish=False):
        """The exit status of the last command, as the shell has it."""
        self.until(lambda: self.owner() == self.pid, "the shell to have the terminal")
        self.marks += 1
        self.line(f"echo 'st''atus'-{self.marks}-{'$status' if fish else '$?'}-")
        before = f"status-{self.marks}-"
        self.until(lambda: before in self.screen.text and not self.screen.text.rstrip().endswith(before))
        found = self.until(lambda: [x for x in self.screen.text.split(before)[1:] if x[:1].isdigit() and "-" in x])
        return int(found[-1].split("-")[0])

    # what the kernel says

    def owner(self):
        """The foreground group."""
        with contextlib.suppress(OSError):
            return os.tcgetpgrp(self.pty.fd)
        return -1

    def modes(self):
        """The terminal's modes."""
        return termios.tcgetattr(self.pty.fd)

    def processes(self):
        """The living processes of the session, without the shell itself."""
        return [p for p in procfs.processes() if p.session == self.pid and p.pid != self.pid and p.state not in "ZX"]

    def jobs(self):
        """The processes of the shell's jobs, without what it runs in its own group for its prompt (fish: git)."""
        return [p for p in self.processes() if p.pgid != self.pid]

    def named(self, comm):
        """The processes of the session that are called *comm*."""
        return [p for p in self.processes() if p.comm == comm[:15]]

    def one(self, comm, timeout=PATIENCE):
        """The process of the session that is called *comm*, as soon as there is one."""
        return self.until(lambda: self.named(comm), f"a process {comm}", timeout)[0]

    def stopped(self, which=None):
        """Wait until all of *which()*, or of all our processes, are stopped: the shell may be back a moment before."""
        which = which or self.processes
        self.until(lambda: (found := which()) and {p.state for p in found} <= {"T", "t"}, "all of them stopped")

    def quiet(self):
        """Wait until no process of the session but the shell is left."""
        self.until(lambda: not self.processes(), "no process left")

    def in_front(self, comm):
        """Wait until the process called *comm* has the terminal and runs."""

        def holds():
            return any(p.pgid == self.owner() and p.state != "T" for p in self.named(comm))

        self.until(holds, f"{comm} in front")

    def sane(self):
        """The terminal is as the shell had it, and reads what is typed."""
        self.mark()
        self.until(lambda: not self.screen.alternate, "the normal screen")
        self.line("stty -a")
        wanted = {"icanon", "echo", "isig", "opost", "icrnl", "-tostop"}
        self.until(lambda: wanted <= set(self.screen.text.replace(";", " ").split()), f"stty: {wanted}")
        self.mark()

    def failure(self):
        """What to print when a test fails."""
        ps = "\n".join(map(self.doing, self.processes()))
        tail = self.transcript[-1500:].decode("utf-8", "backslashreplace")
        screen = self.screen.text.rstrip()
        return f"--- screen\n{screen}\n--- owner {self.owner()}, processes\n{ps}\n--- transcript\n{tail!r}"

    def asked(self):
        """What an editor that did not do what a test wanted draws when Return is pressed, and it is asked how it is."""
        begin = len(self.transcript)
        for keys in ("\r", ":echo 'how' mode(1) v:exiting v:errmsg\r"):
            self.type(keys)
            self.watch(2 * MOMENT)
        return f"--- after Return and a question\n{self.screen.text}\n{self.transcript[begin:][-1500:]!r}"

    @staticmethod
    def doing(p):
        """The process *p* in a line: also what each of its threads waits for in the kernel (proc_pid_syscall(5))."""
        tasks = []
        with contextlib.suppress(OSError):
            tasks = os.listdir(f"/proc/{p.pid}/task")
        calls = [procfs.read(p.pid, f"task/{task}/syscall").strip() for task in tasks]
        return f"  {p.pid} {p.pgid} {p.state} {p.comm}: {'; '.join(calls)}"

    def close(self):
        """Hang up, and see that nothing is left."""
        with contextlib.suppress(OSError):
            self.pty.fileobj.close()
        self.pty.closed = True
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end and any(p.session == self.pid for p in procfs.processes() if p.state not in "ZX"):
            self._reap()
            select.select([], [], [], 0.01)
        for each in self.processes():
            with contextlib.suppress(OSError):
                os.kill(each.pid, signal.SIGKILL)
        if not self._reap():  # else its pid may be anybody's
            os.kill(self.pid, signal.SIGKILL)
            self._reap()

    def _reap(self):
        """Reap the shell if it has ended; whether it has been reaped."""
        try:
            return os.waitpid(self.pid, os.WNOHANG)[0] == self.pid
        except ChildProcessError:
            return True
