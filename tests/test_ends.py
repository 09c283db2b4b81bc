"""Ends and deaths (FACTS-jobs.md, P and X): whichever process dies, the terminal and the trace survive."""

import os
import pathlib
import signal
import subprocess
import time

import pytest

from conftest import PROGRAMS, state_of, tracer_of
from kit.birth import start_as
from kit.blocked import is_blocked_in
from kit.deadline import never, until
from kit.run import answers, interrupt, open_finished
from vimtrace import procfs


def test_ctrl_c_in_less_is_lesss_own(terminal):
    """It reaches the pager's group only (P01)."""
    open_finished(terminal, pager="less")
    terminal.type("F")
    terminal.see("Waiting for data")
    interrupt(terminal, "less")
    terminal.gone("Waiting for data")
    assert terminal.named("vimtrace")
    terminal.type("q")
    assert terminal.status() == 0


@pytest.mark.parametrize("number", [1, 18, 19, 20, 22])
def test_an_exit_status_is_no_signal(terminal, number, state):
    """:cq 20 is no stop (P06); a pager that failed leaves the trace to be recovered."""
    open_finished(terminal, "strace sh -c 'exit 3'")
    terminal.line(f":cq {number}")
    terminal.see(f"vim ended with status {number}: the trace is kept")
    assert terminal.status() == 3
    terminal.sane()
    assert len(state.runs()) == 1


def test_a_left_over_of_the_program_that_reads_the_terminal(terminal, home):
    """It is stopped for that with its whole group, and we are in that: the pager goes on (P04)."""
    waits = f"until [ -e {home}/go ]; do sleep 0.05; done"
    terminal.line(f"vimtrace strace sh -c '({waits}; exec cat </dev/tty) & exec true'")
    terminal.see("[ended 0]")
    (home / "go").touch()
    terminal.until(lambda: [p for p in terminal.named("cat") if p.state == "T"], "a cat that is stopped")
    answers(terminal)
    assert not terminal.seen("Stopped")
    terminal.line(":q")
    assert terminal.status() == 0
    terminal.sane()
    terminal.quiet()


def test_a_left_over_of_the_program_that_writes(terminal):
    """What it writes stands on the pager's screen, as on any; nothing else is disturbed (P05)."""
    terminal.line("vimtrace strace sh -c '(while sleep 0.05; do echo no''ise; done) & exec true'")
    terminal.see("[ended 0]")
    terminal.see("noise")
    terminal.line(":q")
    assert terminal.status() == 0
    left = [p for p in terminal.processes() if p.comm in ("sh", "sleep")]
    assert left
    for each in terminal.named("sh"):
        os.kill(each.pid, signal.SIGKILL)
    terminal.quiet()


def test_a_pager_of_another_user(terminal, home):
    """The trace comes by name, the keyboard is on its standard input (P08)."""
    pager = home / "pager"
    pager.write_text('#!/bin/sh\nhead -c 7 "$1"\nread answer\necho "user $(id -u) said $answer, $#"\n')
    pager.chmod(0o755)
    terminal.line(f"vimtrace --pager='sudo -n {pager}' strace true")
    terminal.see("execve(")
    terminal.line("word")
    terminal.see("user 0 said word, 1")
    assert terminal.status() == 0


def test_a_pager_that_is_a_script(terminal, home):
    """Ctrl-Z and the end work through it (P07)."""
    script = home / "pager"
    script.write_text('#!/bin/sh\nvim -u NONE "$@"\n')
    script.chmod(0o755)
    terminal.line(f"vimtrace --pager={script} strace true")
    terminal.see("execve(")
    terminal.ctrl("z")
    terminal.mark()
    terminal.line("fg")
    terminal.in_front("vim")
    terminal.line(":q")
    assert terminal.status() == 0
    terminal.sane()


def test_a_pager_that_leaves_other_modes(terminal, home):
    """As one does that has started while the terminal was the shell's for a moment: it puts back what it found then."""
    script = home / "pager"
    script.write_text("#!/bin/sh\nstty susp undef -ixon -echo\n")
    script.chmod(0o755)
    modes = f"stty -g >{home}"
    terminal.line(f"{modes}/before; vimtrace --pager={script} strace true; {modes}/after; stty sane")
    assert terminal.status() == 0
    assert (home / "after").read_text() == (home / "before").read_text()


def test_a_pager_with_arguments(terminal, home):
    """--pager='COMMAND ARGS' gets the file's name; no shell is between."""
    terminal.line("vimtrace --pager='head -n 1' strace true")
    terminal.see("execve(")
    assert terminal.status() == 0
    terminal.line('vimtrace --pager=\'printf "[%s]" "a b;c"\' strace true')
    terminal.see("[a b;c][")
    assert terminal.status() == 0


@pytest.mark.parametrize("sig", ["KILL", "SEGV", "HUP", "TERM"])
def test_a_killed_pager_gives_a_sane_terminal_and_keeps_the_trace(each_shell, sig, state):
    """Modes, screen, owner; the status is the tracer's (X02 O15)."""
    each_shell.line("vimtrace strace sh -c 'exit 4'")
    each_shell.see("[ended 4]")
    os.kill(each_shell.one("vim").pid, getattr(signal, f"SIG{sig}"))
    each_shell.until(lambda: "the trace is kept" in each_shell.screen.text)
    assert each_shell.status(each_shell.shell == "fish") == 4
    each_shell.sane()
    each_shell.quiet()
    assert len(state.runs()) == 1


@pytest.mark.parametrize("sig, status", [(signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_deadly_signal_while_viewing_ends_the_pager(each_shell, sig, status):
    """The pager's group gets it; we die of it ourselves (X05)."""
    open_finished(each_shell)
    os.kill(each_shell.one("vimtrace").pid, sig)
    assert each_shell.status(each_shell.shell == "fish") == status
    each_shell.sane()
    each_shell.quiet()


def test_a_pager_that_ignores_everything_is_killed(terminal, home):
    """Two seconds after it was told (X05 X13)."""
    script = home / "stubborn"
    script.write_text("#!/bin/sh\ntrap '' TERM HUP INT\necho stubborn\nwhile :; do sleep 1; done\n")
    script.chmod(0o755)
    terminal.line(f"vimtrace --pager={script} strace true")
    terminal.see("stubborn\n")
    os.kill(terminal.one("vimtrace").pid, signal.SIGTERM)
    assert terminal.status() == 143
    terminal.sane()


@pytest.mark.parametrize("where", ["tracing", "viewing", "suspended"])
def test_hanging_up_leaves_nobody(each_shell, where):
    """Closing the terminal ends all of it (X07 X08 E06)."""
    each_shell.line("vimtrace strace sleep 1000" if where == "tracing" else "vimtrace strace true")
    if where == "tracing":
        each_shell.one("sleep")
    else:
        each_shell.see("[ended 0]")
    if where == "suspended":
        each_shell.ctrl("z")
        each_shell.mark()
    pids = [p.pid for p in each_shell.jobs()]
    each_shell.pty.fileobj.close()
    until(lambda: not any(state_of(pid) not in ("", "Z") for pid in pids), f"the end of {pids}")


@pytest.mark.parametrize("pager", ["vim", "nvim", "less"])
def test_a_killed_launcher_leaves_no_pager(terminal, pager, state):
    """kill -9: the pager does not live on as a stray, the trace can be recovered (X09)."""
    open_finished(terminal, pager=pager)
    os.kill(terminal.one("vimtrace").pid, signal.SIGKILL)
    terminal.until(lambda: not terminal.named(pager))
    assert terminal.status() == 137
    terminal.sane()
    assert len(state.runs()) == 1


def test_a_launcher_killed_before_the_pager_has_executed_leaves_no_pager(terminal, state):
    """The child that has just taken the terminal, and has not asked to be told of our death (X09).

    Of the calls between the two, each is made to last 0.2 s.
    """
    slow = "strace -f -qq -o /dev/null -e trace=dup2 -e inject=dup2:delay_exit=200000"
    terminal.line(f"{slow} vimtrace --pager=nvim --from=stdout echo word")
    child = terminal.until(lambda: [p for p in terminal.named("vimtrace") if p.pid == p.pgid == terminal.owner()])[0]
    os.kill(child.parent, signal.SIGKILL)
    terminal.quiet()
    terminal.sane()
    assert len(state.runs()) == 1


def test_a_pager_whose_last_words_are_lost(terminal, tmp_path):
    """A key that is a signal has the kernel throw away what nobody has read yet, as the end of the screen."""
    pager = tmp_path / "less"
    pager.write_text("#!/bin/sh\nprintf '\\033[?1049hentered\\n'; read key\n")
    pager.chmod(0o755)
    terminal.line(f"vimtrace --pager={pager} strace true")
    terminal.see("entered")
    terminal.line("")
    assert terminal.status() == 0
    terminal.until(lambda: not terminal.screen.alternate)


@pytest.mark.parametrize("sig", [signal.SIGTERM, signal.SIGHUP])
def test_a_program_that_outlives_its_tracing_is_named(terminal, sig):
    """SIGTERM to the launcher alone ends the tracing, not the program."""
    terminal.line("vimtrace strace sleep 1000")
    sleeper = terminal.one("sleep").pid
    until(lambda: tracer_of(sleeper))
    os.kill(terminal.one("vimtrace").pid, sig)
    terminal.see(f"no longer traced, still running: sleep ({sleeper})")
    assert terminal.status() == 128 + sig
    os.kill(sleeper, signal.SIGTERM)


@pytest.mark.parametrize("pager", ["vim", "less"])
def test_a_killed_launcher_needs_no_setpriv(terminal, tmp_path, pager):
    """One that does not know its option, as busybox's, is no hindrance either."""
    (tmp_path / "setpriv").write_text("#!/bin/sh\nexit 1\n")
    (tmp_path / "setpriv").chmod(0o755)
    terminal.line(f"PATH={tmp_path}:$PATH")
    open_finished(terminal, pager=pager)
    os.kill(terminal.one("vimtrace").pid, signal.SIGKILL)
    terminal.until(lambda: not terminal.named(pager))
    terminal.sane()


def test_a_tracee_gets_nothing_when_the_launcher_is_killed(terminal, state):
    """strace -D: our child is the program; it goes on, and so does its tracer."""
    terminal.line("vimtrace strace -D sleep 1000")
    sleeper = terminal.one("sleep").pid
    until(lambda: state.written() and is_blocked_in(sleeper, "clock_nanosleep"), "the program asleep")
    os.kill(terminal.one("vimtrace").pid, signal.SIGKILL)
    terminal.mark()
    never(lambda: state_of(sleeper) not in "SR" or not tracer_of(sleeper), "an end of the program", 0.3)
    os.kill(sleeper, signal.SIGTERM)
    terminal.quiet()


def test_a_launcher_killed_while_tracing_leaves_the_target(terminal, ticker, state):
    """The tracer lets go of it; the trace up to then can be recovered."""
    terminal.line(f"vimtrace --no-live strace -p {ticker.pid}")
    until(lambda: tracer_of(ticker.pid))
    terminal.until(lambda: next(state.runs()[0].glob("*.strace")).read_text().count("\n") > 3)
    os.kill(terminal.one("vimtrace").pid, signal.SIGKILL)
    terminal.mark()
    until(lambda: not tracer_of(ticker.pid))
    terminal.line("vimtrace recover")
    terminal.see(f"strace -p {ticker.pid}")
    terminal.quiet()


@pytest.fixture
def heir():
    """A function that starts a process with the free pid it is given, which takes no signal."""
    started = []

    def start(pid):
        until(lambda: not os.path.exists(f"/proc/{pid}"), f"pid {pid} to be free")
        started.append(start_as(pid, PROGRAMS / "blocks-signals"))
        until(lambda: os.getpgid(pid) == pid, "a group of its own")
        return pid

    yield start
    for pid in started:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def signals_of(pid):
    """The signals that wait at *pid*, as a mask."""
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    pending = [int(x.split()[1], 16) for x in status.splitlines() if x.startswith(("SigPnd", "ShdPnd"))]
    return pending[0] | pending[1]


def test_the_heir_of_the_tracers_pid_is_not_signalled(terminal, ticker, heir):
    """Once the tracer is reaped its pid may be anybody's (X10)."""
    terminal.line(f"vimtrace strace -p {ticker.pid}")
    terminal.see("[running]")
    tracer = terminal.one("strace").pid
    terminal.ctrl("c")
    terminal.see("[killed SIGINT]")
    stranger = heir(tracer)
    launcher = terminal.one("vimtrace").pid
    for sig in (signal.SIGINT, signal.SIGTSTP):
        os.kill(launcher, sig)
    terminal.see("Stopped")
    terminal.mark()
    terminal.line("fg")
    terminal.in_front("vim")
    os.kill(launcher, signal.SIGTERM)
    assert terminal.status() == 143
    assert signals_of(stranger) == 0


@pytest.mark.parametrize("pidfd", [True, False], ids=["pidfd", "an old kernel"])
def test_what_is_sent_to_a_process_that_was_seen_does_not_reach_its_heir(heir, monkeypatch, pidfd):
    """Programs and tracers that are no children of ours may end between the look and the signal (X10)."""
    if not pidfd:
        monkeypatch.setattr(procfs, "_pidfd", lambda pid: -1)
    child = subprocess.Popen(["sleep", "1000"])
    seen = procfs.process(child.pid)
    assert procfs.is_alive(seen)
    ticks = os.sysconf("SC_CLK_TCK")  # how exactly the kernel tells when a process was started
    until(lambda: time.clock_gettime(time.CLOCK_BOOTTIME) * ticks > seen.started + 1)
    procfs.send(seen, signal.SIGTERM)
    assert child.wait() == -signal.SIGTERM
    procfs.send(seen, signal.SIGTERM)
    stranger = heir(child.pid)
    assert not procfs.is_alive(seen)
    procfs.send(seen, signal.SIGTERM)
    assert signals_of(stranger) == 0


def test_the_heir_of_the_pagers_pid_is_not_signalled(terminal, heir):
    """Nor is its group, while a tracer that resists is being ended (X10)."""
    terminal.line("vimtrace --live --from=stdout resists")
    terminal.in_front("vim")
    terminal.see("resisting")
    pager = terminal.one("vim").pid
    terminal.line(":q")
    stranger = heir(pager)
    launcher = terminal.one("vimtrace").pid
    for sig in (signal.SIGINT, signal.SIGHUP):
        os.kill(launcher, sig)
    assert terminal.status() == 129
    assert signals_of(stranger) == 0


def test_the_script_above_can_read_the_terminal_afterwards(each_shell):
    """The terminal's owner at the end is the job's own group (X04)."""
    open_finished(each_shell)
    each_shell.line(":q")
    each_shell.mark()
    each_shell.line("sh -c 'vimtrace --pager=true strace true; read x; echo got-$x'")
    each_shell.until(lambda: not each_shell.named("vimtrace") and each_shell.named("sh"))
    each_shell.line("word")
    each_shell.see("got-word")


def test_the_launchers_own_trouble_is_one_line(terminal, home):
    """No HOME and a TMPDIR that does not exist: one line, a hint, status 1 (S14)."""
    terminal.line("HOME= TMPDIR=/nonexistent vimtrace strace true")
    terminal.see("vimtrace: no place for the trace")
    terminal.see("hint:")
    assert terminal.status() == 1
    assert not terminal.seen("Traceback")


def test_without_home_the_trace_goes_to_tmpdir(terminal, tmp_path):
    """And it is said."""
    (tmp_path / "t").mkdir()
    terminal.line(f"HOME= TMPDIR={tmp_path}/t vimtrace strace true")
    terminal.see("execve(")
    assert list((tmp_path / "t").iterdir())
    terminal.line(":q")
    terminal.mark()
    assert terminal.seen("the trace goes to")


@pytest.mark.parametrize("how", ["link", "file", "readonly-parent"])
def test_a_state_folder_that_is_not_ours_is_not_used(terminal, home, tmp_path, how):
    """A link, a file, a place where nothing can be made: TMPDIR, and it is said (S14)."""
    (tmp_path / "t").mkdir()
    base = home / ".local/state"
    if how == "readonly-parent":
        base = "/proc"
    else:
        base.mkdir(parents=True)
        if how == "link":
            (tmp_path / "elsewhere").mkdir()
            (base / "vimtrace").symlink_to(tmp_path / "elsewhere")
        else:
            (base / "vimtrace").write_text("")
    terminal.line(f"XDG_STATE_HOME={base} TMPDIR={tmp_path}/t vimtrace strace true")
    terminal.see("execve(")
    terminal.line(":q")
    terminal.mark()
    assert terminal.seen(f"the trace goes to {tmp_path}/t")
    assert not (tmp_path / "elsewhere").exists() or not list((tmp_path / "elsewhere").iterdir())


def test_no_process_left_is_one_line(terminals, user):
    """ulimit -u (S13): the tracer cannot be started, and that is said."""
    shell = "ulimit -u 1; exec bash --norc --noprofile -i"
    terminal = terminals(argv=[*user.become, "bash", "-c", shell], more_env=user.env, cwd="/tmp")
    terminal.until(lambda: "$" in terminal.screen.text)
    terminal.line("exec vimtrace --pager=less strace true")
    terminal.see("Resource temporarily unavailable")


def test_status_of_the_tracer_everywhere(terminal):
    """Exit n, signal 128+n (X01)."""
    for code in ("exit 0", "exit 77", "kill -TERM $$", "kill -KILL $$"):
        terminal.line(f"strace -o /dev/null sh -c '{code}'")
        plain = terminal.status()
        terminal.line(f"vimtrace --pager=true strace sh -c '{code}'")
        assert terminal.status() == plain
