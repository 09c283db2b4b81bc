"""One run of the matrix: brought to its moment, hit by its fault, brought to its end as a user would."""

import contextlib
import os
import pathlib
import signal
import subprocess
import sys
import time
import uuid

from conftest import PROGRAMS, state_of, tracer_of
from faults.cells import MOMENTS, outcome
from kit.blocked import is_blocked_in
from kit.deadline import until
from kit.run import reads
from vimtrace import procfs

NOT_YET = ("vimtrace", "setpriv")  # a child that has not executed what it is to be
STANDINS = pathlib.Path(__file__).parent / "standins"
PATIENCE = 20.0  # seconds for a run to end


def same(seen, written):
    """Whether the pager has *seen* all that was *written*: an editor ends the last line if the tracer did not."""
    return seen in (written, written + b"\n")


class FaultRun:
    """The run of *cell* in the terminal that *open_terminal* makes, with the folder *home* for its files.

    *tracee*: the process to attach to; *who*: the processes of the run by role; *saw*: what the pager had in the
    end, and *viewed* whether it was left.
    """

    def __init__(self, cell, open_terminal, home):
        self.cell, self.home = cell, home
        self.moment = MOMENTS[cell.moment]
        self.tag = f"FAULT_RUN={uuid.uuid4()}"
        name, value = self.tag.split("=")
        shell = "bash" if cell.context == "script" else cell.context
        self.fish = shell == "fish"
        self.terminal = open_terminal(shell, {name: value})
        self.tracee = subprocess.Popen([sys.executable, "-I", str(PROGRAMS / "ticker")], stdout=subprocess.DEVNULL)
        until(lambda: self.asleep(self.tracee.pid), "the tracee to be in its loop")
        self.witness = home / "witness"
        self.saw = b""
        self.viewed = False
        self.who = {}
        os.mkfifo(home / "go")

    # to the moment

    def start(self):
        """Type the command, and bring the run to its moment."""
        words = self.moment.words.format(pid=self.tracee.pid, held=STANDINS / "vim")
        self.terminal.line(f"stty -g > {self.home}/modes-before")
        self.terminal.mark()
        command = f"vimtrace {words}" if "--pager" in words else f"vimtrace --pager=vim {words}"
        if self.cell.context == "script":
            script = self.home / "script"
            script.write_text(f"trap : INT\n{command}\necho $? > {self.home}/status\n")
            command = f"sh {script}"
        self.terminal.line(command)
        getattr(self, self.moment.reach)()
        if self.moment.stopped:
            self.terminal.ctrl("z")
            self.terminal.mark()
            launcher = self.who["launcher"].pid
            self.terminal.until(lambda: state_of(launcher) == "T", "the launcher stopped")

    def cast(self, roles):
        """Note who plays which of the *roles*, as soon as all of them are there."""

        def found():
            self.who = dict(self.players())
            return set(roles) <= set(self.who)

        self.terminal.until(found, f"the roles {roles}")
        for trace in self.home.glob(".local/state/vimtrace/*/*.*"):
            with contextlib.suppress(FileExistsError):
                os.link(trace, self.witness)  # every byte, whatever becomes of the run's folder

    def players(self):
        """Pairs of a role and the process that plays it now."""
        launcher = next(iter(self.terminal.named("vimtrace")), None)
        if launcher is None:
            return
        yield "launcher", launcher
        yield "shell", procfs.process(launcher.parent if self.cell.context == "script" else self.terminal.pid)
        if self.moment.attached:
            yield "program", procfs.process(self.tracee.pid)
        for each in self.terminal.processes():
            if each.parent == launcher.pid and each.pid == each.pgid and each.comm == "vim":
                yield "pager", each
            elif each.parent == launcher.pid and each.pgid == launcher.pgid and each.comm not in NOT_YET:
                yield "tracer", each
            elif each.comm == "sleep":
                yield "program", each

    def sleeping(self):
        """The program sleeps; strace has nothing more to do."""
        self.cast(["launcher", "tracer", "program"])
        self.terminal.until(lambda: self.asleep(self.who["program"].pid), "the program asleep")

    @staticmethod
    def asleep(pid):
        """Whether the process *pid* sleeps until a time."""
        return is_blocked_in(pid, "clock_nanosleep")

    def attached(self):
        """The tracer has attached and writes, but nothing is shown."""
        self.cast(["launcher", "tracer", "program"])
        self.terminal.until(lambda: tracer_of(self.tracee.pid) and self.witness.stat().st_size > 200)

    def following(self):
        """The pager follows."""
        self.terminal.in_front("vim")
        self.terminal.see("[running]")
        if "trace=none" not in self.moment.words:
            self.terminal.see("getppid()")
        self.cast(["launcher", "tracer", "pager", "program"])

    def viewing(self):
        """The tracing has ended, the pager shows it."""
        self.terminal.in_front("vim")
        self.terminal.see("[ended 3]")
        self.cast(["launcher", "pager"])

    def held(self):
        """The pager is a stand-in that has the terminal and has done nothing yet."""
        self.terminal.until((self.home / "held").exists, "the stand-in to hold")
        self.cast(["launcher", "pager", *self.moment.present.split()])

    def ending(self):
        """The pager was left; the tracer takes no notice of being told to end."""
        self.terminal.in_front("vim")
        self.terminal.see("resisting")
        self.terminal.see("[running]")
        self.cast(["launcher", "tracer", "pager"])
        self.terminal.line(f":silent w! {self.home}/saw")
        until((self.home / "saw").exists)
        self.saw = (self.home / "saw").read_bytes()
        self.terminal.line(":q")
        pager = self.who.pop("pager").pid
        self.terminal.until(lambda: not state_of(pager), "the pager's end")

    # the fault

    def hit(self):
        """The fault happens."""
        self.hit_at = time.monotonic()
        if self.cell.fault == "close":
            self.terminal.read()
            self.terminal.pty.fileobj.close()
        else:
            os.kill(self.who[self.cell.victim].pid, getattr(signal, f"SIG{self.cell.fault}"))
        if self.moment.reach == "held":
            self.release()
        if self.cell.context == "script" and self.cell.victim == "shell" and self.dies_at_once():
            self.terminal.until(
                lambda: self.terminal.owner() == self.terminal.pid, "the script's shell has the terminal"
            )
        if (self.cell.victim, self.cell.fault) == ("launcher", "STOP") and not self.moment.stopped:
            launcher = self.who["launcher"].pid
            until(lambda: state_of(launcher) == "T", "the launcher stopped")
            if self.cell.context == "script":  # no shell sees it, and none could continue it
                os.kill(launcher, signal.SIGCONT)
            else:
                self.terminal.until(lambda: self.terminal.owner() == self.terminal.pid, "the shell's prompt")
        if self.cell.victim == "shell" and outcome(self.cell).over:
            shell = self.terminal.pid
            until(lambda: state_of(shell) in ("", "Z") or self.terminal.read(), "the shell's end")
            self.terminal.pty.fileobj.close()  # as a terminal does when its shell has ended

    def dies_at_once(self):
        """Whether the victim does: nobody but the kernel is asked."""
        return self.cell.fault != "STOP" and not self.moment.stopped

    def release(self):
        """Let the stand-in go, if it is still there; if the launcher is to die first, it has."""
        if self.cell.victim == "launcher" and self.cell.fault in ("KILL", "SEGV"):
            launcher = self.who["launcher"].pid
            until(lambda: state_of(launcher) in ("", "Z"), "the launcher's death")
        self.fifo = os.open(self.home / "go", os.O_RDWR)  # open until the stand-in has read from it
        os.write(self.fifo, b"go\n")

    # to the end

    def alive(self, role):
        """Whether who plays *role* is there."""
        return role in self.who and procfs.is_alive(self.who[role])

    def finish(self, expected):
        """Do what a user does until the run is over, as is *expected*; note the exit status."""
        if self.cell.fault == "STOP" and self.cell.victim in ("program", "shell"):
            self.user_continues()
        self.left = expected.left.split()
        self.next_step = 0.0
        over = self.gone if expected.over else self.step
        until(over, "the end of the run", PATIENCE, failure=self.failure)
        if expected.raw:
            with open(self.home / "modes-before") as f:
                modes = f.read().strip()
            self.terminal.type(f"\nstty {modes}; echo sa''ne\n")
            self.terminal.see("sane")
        if not expected.over:
            self.status = self.terminal.status(self.fish)

    def user_continues(self):
        """A stopped program or shell is nobody's but the user's to continue."""
        if self.cell.victim == "shell" and self.cell.context != "script":
            return  # when the rest is over
        if self.cell.victim == "program":
            os.kill(self.who["program"].pid, signal.SIGCONT)

    def gone(self):
        """Whether all of the run is gone, but who goes on."""
        return {p.pid for p in self.ours()} <= {self.who[role].pid for role in self.left}

    def step(self):
        """One look at the terminal, and what a user would do now; return whether the run is over."""
        t = self.terminal
        t.read()
        owner = t.owner()
        shell = procfs.process(t.pid)
        if shell.state == "T" and (not self.alive("launcher") or procfs.process(self.who["launcher"].pid).state == "T"):
            os.kill(t.pid, signal.SIGCONT)
            return False
        if time.monotonic() < self.next_step:
            return False
        self.next_step = time.monotonic() + 0.05
        if owner == t.pid:
            return self.at_the_prompt()
        if self.is_dying():
            return False
        if self.pagers() and self.cell.victim == "pager" and self.cell.fault != "STOP" and not self.must_end():
            t.type("\x1b:q!\r")
            self.next_step = time.monotonic() + 1
        elif self.pagers():
            if self.is_viewing(owner) and not self.must_end():
                self.leave_pager()
            elif any(p.pgid == owner and (self.reads(p.pid) or self.is_late()) for p in self.pagers()):
                t.ctrl("l")
                self.next_step = time.monotonic() + 0.5
        elif self.alive("launcher") and owner == self.who["launcher"].pgid and not (self.must_end() or self.viewed):
            if time.monotonic() < self.hit_at + 0.6:
                return False
            t.ctrl("c")
            self.next_step = time.monotonic() + 0.7
        return False

    def is_dying(self):
        """Whether the program has yet to die of its signal: a strace that lets go of it just then loses that."""
        return self.cell.victim == "program" and self.cell.fault != "STOP" and self.alive("program")

    def must_end(self):
        """Whether the pager is to end by itself: nobody types anything then.

        A Vim that was stopped hears a TERM or HUP at the next key only.
        """
        if self.cell.victim == "pager" and time.monotonic() > self.hit_at + 2:
            return False
        return self.cell.victim in ("launcher", "pager") and self.cell.fault != "STOP"

    @staticmethod
    def reads(pid):
        """Whether the Vim *pid* is blocked in the reading of a key, and draws nothing before the next one.

        It only reads when there is one; but what is typed just before it stops, or while it is behind the shell without
        knowing, has woken it, and is then read by the shell.
        """
        return reads(pid, "0x0 ")

    def is_late(self):
        """Whether a user would press another key: a Vim that a Ctrl-C reached before it had its modes heeds it then."""
        return time.monotonic() > self.hit_at + 5

    def pagers(self):
        """The pagers of the terminal: each leads a group."""
        return [p for p in self.terminal.named("vim") if p.pid == p.pgid]

    def is_viewing(self, owner):
        shown = any(x in self.terminal.screen.text for x in ("[ended", "[killed", "[running]", "[stopped]"))
        return (
            shown and self.terminal.screen.alternate and any(p.pgid == owner and p.state in "SR" for p in self.pagers())
        )

    def leave_pager(self):
        """End the tracing, then the viewing; what the pager has is written first, all of it."""
        text = self.terminal.screen.text
        if "[ended" not in text and "[killed" not in text:
            if self.alive("tracer"):
                self.terminal.ctrl("c")
                self.next_step = time.monotonic() + 0.7
            return
        file, groups = self.home / f"saw-{time.monotonic_ns()}", {p.pgid for p in self.pagers()}
        self.terminal.type(f"\x1b:silent! w! {file}\r")

        def written():
            self.terminal.read()
            return file.exists() or self.terminal.owner() not in groups

        until(written, "the pager's text", 5, failure=self.failure)
        if not file.exists():
            return  # the pager has just lost the terminal, to a shell that reads what was meant for it
        self.saw = file.read_bytes()
        if same(self.saw, self.written()):
            self.terminal.type("\x1b:q!\r")
            pids = [p.pid for p in self.pagers()]
            self.terminal.until(lambda: all(state_of(p) in ("", "Z", "T") for p in pids), "the pager to leave", 5)
            # The launcher then has the terminal until it ends: a Ctrl-C would reach the program beside it.
            self.viewed = all(state_of(p) in ("", "Z") for p in pids)

    def at_the_prompt(self):
        """The shell has the terminal: bring back what is stopped; is anything else left?"""
        rest = [p for p in self.ours() if p.pid != self.terminal.pid]
        stopped = [p for p in rest if p.state in "T" and p.comm in ("vimtrace", "sh")]
        expected = {self.who[x].pid for x in self.left if x in self.who}
        if {p.pid for p in rest} <= expected:
            return True
        if stopped and (self.alive("launcher") or self.alive("shell")):
            self.terminal.type("fg\n")  # Ctrl-J: where the modes are left raw, Return is none
            self.next_step = time.monotonic() + 0.5
            return False
        if self.alive("launcher") and self.cell.victim == "shell" and self.cell.context == "script":
            # The script is gone. What it ran without a pager goes on behind the shell, as any of its programs would.
            role = {"sleeping": "program", "attached": "tracer"}.get(self.moment.reach)
            if role and self.alive(role):
                os.kill(self.who[role].pid, signal.SIGTERM)
                self.next_step = time.monotonic() + 1
        return False

    # what is there

    def written(self):
        """Every byte that the tracer has written."""
        return self.witness.read_bytes() if self.witness.exists() else b""

    def ours(self):
        """The living processes that stem from this terminal's shell, in whatever session, and it."""
        found = []
        for p in procfs.processes():
            if p.state not in "ZX" and self.tag in procfs.read(p.pid, "environ"):
                found.append(p)
        return found

    def failure(self):
        """What to print when the run does not end."""
        rest = "\n".join(map(self.terminal.doing, self.ours()))
        who = {role: p.pid for role, p in self.who.items()}
        return f"{who}\nleft:\n{rest}\n{self.terminal.failure() if self.cell.fault != 'close' else ''}"

    def close(self):
        """Nothing of it is left for the next."""
        for p in self.ours():
            with contextlib.suppress(ProcessLookupError):
                os.kill(p.pid, signal.SIGKILL)
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            # A stopped one would keep the dead from being reaped.
            if self.tracee.returncode is None and (tracer := tracer_of(self.tracee.pid)):
                os.kill(tracer, signal.SIGKILL)
        self.tracee.kill()
        self.tracee.wait()
        if fd := getattr(self, "fifo", None):
            os.close(fd)
