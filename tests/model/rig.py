"""The real thing: a shell on a terminal, the launcher, strace, a stand-in for the pager, and what the kernel says."""

import fcntl
import os
import pathlib
import re
import select
import shutil
import signal
import struct
import subprocess
import sys
import termios
import time

from kit.blocked import is_blocked_in
from kit.terminal import Terminal
from vimtrace import procfs

from .loop import BACK, GONE, HALTED, RUNS

HERE = pathlib.Path(__file__).parent
SHELL_WORDS = ["bash", "--norc", "--noprofile", "--noediting", "-i"]
ALTERNATE = re.compile(rb"\x1b\[\?10(?:47|49)([hl])")
KEYS = {"C": "\x03", "Z": "\x1a", "Q4": "\x1c", "q": "q", "Q": "Q"}
PROGRAM = 'while read -r word; do eval "$word"; done <"$1"\n'
# bash may keep a dead job as the current one; $job is the one whose leader is $1, and nothing is started to find it.
JOB = """() { local number pid rest; job=%%; jobs -l >"$MODEL_FOLDER/jobs"
while read -r number pid rest; do [ "$pid" = "$1" ] && job=%${number//[^0-9]/}; done <"$MODEL_FOLDER/jobs"; }"""
NEWS = "() { jobs >/dev/null; return 99; }"
PATIENCE = 8.0  # seconds that anything may take
STEP = 0.002  # seconds between two looks, if the terminal is silent


class Sight:
    """As much of a screen as is needed here: whether it is the alternate one. Reading it costs next to nothing."""

    def __init__(self, rows, columns):
        self.rest, self.alternate = b"", False

    def feed(self, data):
        data = self.rest + data
        self.rest = data[-8:]
        if found := ALTERNATE.findall(data):
            self.alternate = found[-1] == b"h"

    def resize(self, rows, columns):
        pass

    def answers(self):
        return ""

    @property
    def text(self):
        return f"(alternate: {self.alternate})"


class Rig:
    """A shell in *folder*, and the run in it. *launcher*, *tracer*, *pager*, *program* are pids, 0 if there is none."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        (self.folder / "home").mkdir()
        (self.folder / "program").write_text(PROGRAM)
        self._install_pagers()
        self.terminal = Terminal(
            argv=SHELL_WORDS, env=self._environment(), cwd=str(self.folder), screen=Sight, rows=24, columns=100
        )
        self.shell = self.terminal.pid
        self.slave = os.open(os.readlink(f"/proc/{self.shell}/fd/0"), os.O_RDWR | os.O_NOCTTY)
        self.tracee = None
        self.rows, self.columns = 24, 100
        self.forget()
        self.wait(lambda: self.prompts(), "the first prompt")
        self.first_modes = self.terminal.modes()

    def _install_pagers(self):
        source = (HERE / "pager.py").read_text()
        for name in ("nvim", "less"):
            path = self.folder / name
            path.write_text(f"#!{sys.executable} -IS\n{source}")
            path.chmod(0o755)

    def _environment(self):
        return {
            "HOME": str(self.folder / "home"),
            "PATH": f"{os.path.dirname(sys.executable)}:/usr/local/bin:/usr/bin:/bin",
            "TERM": "xterm-256color",
            "LANG": "C.UTF-8",
            "HISTFILE": "/dev/null",
            "MODEL_FOLDER": str(self.folder),
            "PROMPT_COMMAND": f"echo $? >>{self.folder}/prompts",
            "PS1": "$ ",
            "BASH_FUNC_find_job%%": JOB,
            "BASH_FUNC_news%%": NEWS,
        }

    def forget(self):
        """There is no run."""
        self.launcher = self.tracer = self.pager = self.program = self.group = 0
        self.trace = None
        self.fifo = None
        self.log = 0
        self.at_rest = None

    # what the kernel says

    def state(self, pid):
        """RUNS, HALTED or GONE."""
        stat = procfs.read(pid, "stat") if pid else ""
        letter = stat.rpartition(") ")[2][:1]
        return GONE if letter in ("", "Z", "X") else HALTED if letter in "Tt" else RUNS

    def owner(self):
        """Who has the terminal, in the words of the model."""
        owner = self.terminal.owner()
        names = {self.shell: "shell", self.group: "job", self.pager: "pager"}
        return names.get(owner, f"group {owner}")

    def facts(self):
        """The facts of :meth:`Model.facts`, as they are."""
        self.find_pager()
        return {
            "owner": self.owner(),
            "launcher": self.state(self.launcher),
            "tracer": self.state(self.tracer),
            "pager": self.state(self.pager),
        }

    def find_pager(self):
        """Its pid is what it says of itself; the last one counts."""
        said = self.said()
        if said:
            self.pager = int(said[-1].split()[0])

    def said(self):
        """What the pagers of this run have said."""
        return self._lines("pager")

    def prompts(self):
        """The statuses that the shell has told, one for each time it was ready."""
        return self._lines("prompts")

    def _lines(self, name):
        try:
            text = (self.folder / name).read_text()
        except FileNotFoundError:
            return []
        return text.splitlines() if text.endswith("\n") else text.splitlines()[:-1]

    def idle(self, pid):
        """Whether *pid* sleeps, and no signal waits for it: it has done all that it had to."""
        status = procfs.read(pid, "status")
        waiting = re.findall(r"^(?:SigPnd|ShdPnd):\s*(\w+)", status, re.M)
        return "\nState:\tS" in status and not any(int(x, 16) for x in waiting)

    def shell_waits(self):
        """Whether the shell is at its prompt, and has done all that was typed."""
        typed = struct.unpack("i", fcntl.ioctl(self.slave, termios.FIONREAD, bytes(4)))[0]
        return is_blocked_in(self.shell, "read", arguments="0x0 ") and not typed

    def switches(self, pid):
        """How often *pid* has gone to sleep: it grows if it was awake meanwhile."""
        return re.findall(r"voluntary_ctxt_switches:\s*(\d+)", procfs.read(pid, "status"))

    def pager_has_modes(self):
        """Whether the terminal has the modes of a pager."""
        return not self.terminal.modes()[3] & termios.ICANON

    def size(self):
        """The bytes of trace."""
        return os.fstat(self.trace).st_size if self.trace is not None else 0

    # waiting

    def wait(self, holds, what, failure=lambda: "", timeout=PATIENCE):
        """Look at the terminal until *holds*."""
        end = time.monotonic() + timeout
        while True:
            self.terminal.read()
            if value := holds():
                return value
            assert time.monotonic() < end, f"not within {timeout} s: {what}\n{failure()}\n{self.picture()}"
            select.select([self.terminal.pty.fd], [], [], STEP)

    def picture(self):
        """What there is, for a failing test."""
        said = " ".join(self.said()[-8:])
        return f"facts {self.facts()}\npager said {said}\nprompts {self.prompts()[-3:]}\n{self.terminal.failure()}"

    # what is done

    def do(self, action):
        """Do *action*; what comes of it is for :func:`settled` to wait for."""
        word, *rest = action.split()
        getattr(self, f"do_{word}")(*rest)

    def line(self, text):
        """Give the shell a command."""
        self.terminal.line(text)

    def do_start(self, mode, kind, job):
        self.forget()
        (self.folder / "pager").unlink(missing_ok=True)
        command = self._after() if mode == "after" else self._live()
        self.line(f"vimtrace --pager={self.folder}/{kind} {command}{' &' if job == BACK else ''}")
        self.wait(self._is_up, "launcher and tracer")
        self.trace = os.open(self._trace_file(), os.O_RDONLY)
        self.wait(self._is_traced, "some trace")
        for _ in "12" if (mode, job) == ("live", BACK) else "":  # a look begun before may not have seen the trace
            before = self.switches(self.launcher)
            self.wait(lambda before=before: self.switches(self.launcher) != before, "a look of the launcher's")

    def _after(self):
        self.path = self.folder / "fifo"
        self.path.unlink(missing_ok=True)
        os.mkfifo(self.path)
        self.fifo = os.open(self.path, os.O_RDWR | os.O_NONBLOCK)
        return f"strace sh {self.folder}/program {self.path}"

    def _live(self):
        self.tracee = subprocess.Popen(
            ["cat"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, start_new_session=True, bufsize=0
        )
        return f"strace -p {self.tracee.pid}"

    def _is_up(self):
        """Find launcher and tracer: the shell's child and its child, the program below."""
        every = [p for p in procfs.processes() if p.session == self.shell and p.state not in "ZX"]
        self.launcher = next((p.pid for p in every if p.parent == self.shell and p.comm == "vimtrace"), 0)
        self.tracer = next((p.pid for p in every if p.parent == self.launcher and p.comm == "strace"), 0)
        self.program = next((p.pid for p in every if p.parent == self.tracer and p.comm == "sh"), 0)
        self.group = self.launcher
        return self.launcher and self.tracer and (self.program or self.fifo is None) and self._trace_file()

    def _is_traced(self):
        """Make calls until the tracer, which must attach first, has seen one."""
        self.poke()
        return b'(0, ":' in os.pread(self.trace, 1 << 16, 0)

    def _trace_file(self):
        return next(iter((self.folder / "home/.local/state/vimtrace").glob(f"*-{self.launcher}/*.strace")), None)

    def poke(self):
        """Have the tracee make system calls."""
        if self.fifo is not None:
            os.write(self.fifo, b":\n")
        else:
            self.tracee.stdin.write(b":\n")

    def do_fg(self):
        self.line(f"find_job {self.launcher}; fg $job")

    def do_bg(self):
        self.line(f"find_job {self.launcher}; bg $job")

    def do_kill(self):
        self.line(f"find_job {self.launcher}; kill $job")

    def do_write(self):
        before = self.size()
        self.poke()
        self.wait(lambda: self.size() > before, "more trace")

    def do_end(self, status):
        if self.fifo is not None:
            os.write(self.fifo, f"exit {status}\n".encode())
        elif not self.tracee.stdin.closed:
            self.tracee.stdin.close()

    def do_key(self, key):
        self.terminal.read()  # a Ctrl-C throws away what no terminal has read yet (termios(3), NOFLSH)
        self.terminal.type(KEYS[key])

    def do_resize(self):
        self.rows, self.columns = (40, 100) if self.rows == 24 else (24, 80 if self.columns == 100 else 100)
        self.terminal.resize(self.rows, self.columns)

    def do_launcher(self, sig):
        if sig == "STOP" and self.owner() == "pager":
            self.wait_for_tick()
        self._send(self.launcher, sig)

    def do_tracer(self, sig):
        self._send(self.tracer, sig)

    def do_pager(self, sig):
        self._send(self.pager, sig)

    def wait_for_tick(self):
        """Give the launcher the tenth of a second in which it looks at the modes of a new pager."""
        end = time.monotonic() + 0.25
        self.wait(lambda: time.monotonic() > end or self.switches(self.launcher) != self.at_rest, "a tick")

    def _send(self, pid, sig):
        if self.state(pid) != GONE:
            os.kill(pid, getattr(signal, f"SIG{sig}"))

    # the end

    def runs(self):
        """The runs whose trace is there."""
        folder = self.folder / "home/.local/state/vimtrace"
        return sorted(folder.iterdir()) if folder.exists() else []

    def clean(self):
        """Whether the run has left the terminal as it was, and the tracee alive and free."""
        return {
            "modes": self.terminal.modes() == self.first_modes,
            "screen": not self.terminal.screen.alternate,
            "tracee": self.tracee is None or self.tracee.poll() is not None or self._is_free(),
            "nothing left": not self.left_over(),
        }

    def _is_free(self):
        status = procfs.read(self.tracee.pid, "status")
        return "\nTracerPid:\t0\n" in status and "\nState:\tS" in status

    def left_over(self):
        """The processes of the session that should not be there."""
        return [p for p in self.terminal.processes() if p.pid != self.program]

    def put_away(self):
        """Remove what the run has left on purpose: a kept trace, the tracee, a program whose tracer was killed."""
        for pid in (self.program if self.fifo is not None else 0,):
            if self.state(pid) != GONE:
                os.kill(pid, signal.SIGKILL)
                self.wait(lambda pid=pid: self.state(pid) == GONE, "the end of the program")
        if self.tracee:
            self.tracee.stdin.close()
            self.tracee.kill()
            self.tracee.wait()
            self.tracee = None
        for run in self.runs():
            shutil.rmtree(run)
        if self.fifo is not None:
            os.close(self.fifo)
        if self.trace is not None:
            os.close(self.trace)
        self.forget()

    def news(self):
        """Let the shell tell, and forget, the jobs that ended behind it; return how often it has been ready."""
        before = len(self.prompts())
        self.line("")  # a key that was meant for the pager may have come too late for it
        self.line("news")
        self.wait(lambda: "99" in self.prompts()[before:], "the shell")  # not the answer to an earlier line
        return len(self.prompts())

    def close(self):
        """End everything."""
        for pid in (self.launcher, self.tracer, self.pager, self.program):
            if self.state(pid) != GONE:
                os.kill(pid, signal.SIGKILL)
        if self.tracee:
            self.tracee.kill()
            self.tracee.wait()
        os.close(self.slave)
        self.terminal.close()
        for fd in (self.fifo, self.trace):
            if fd is not None:
                os.close(fd)
