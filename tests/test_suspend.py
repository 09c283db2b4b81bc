"""Stopping and continuing (FACTS-jobs.md, Z and B): Ctrl-Z, fg, bg, kill, in every shell."""

import os
import pathlib
import shutil
import signal
import sys
import time

import pytest

from conftest import state_of, tracer_of
from kit.deadline import never, until
from kit.editor import EDITORS
from kit.run import answers, at_rest, follow, leave, open_finished, reads

HELD = pathlib.Path(__file__).parent / "faults/standins/vim"


@pytest.fixture
def standin(tmp_path):
    """A pager that writes down what is done to it (tests/model/pager.py)."""
    path = tmp_path / "nvim"
    path.write_text(f"#!{sys.executable} -IS\n{(pathlib.Path(__file__).parent / 'model/pager.py').read_text()}")
    path.chmod(0o755)
    return path


def vimtrace_path(env):
    return shutil.which("vimtrace", path=env["PATH"])


def foreground(terminal):
    """Type fg and wait until Vim has the terminal and its screen again."""
    terminal.line("fg")
    terminal.in_front("vim")
    terminal.until(lambda: terminal.screen.alternate and "[" in terminal.screen.text)
    terminal.see("execve(")


def test_ctrl_z_while_tracing(each_shell):
    """Everything stops, the shell is back, fg goes on (Z01)."""
    each_shell.line("vimtrace strace sleep 1000")
    sleeper = each_shell.one("sleep").pid
    each_shell.until(lambda: state_of(sleeper) == "S")
    each_shell.ctrl("z")
    each_shell.mark()
    each_shell.stopped(each_shell.jobs)
    each_shell.line("fg")
    each_shell.until(lambda: state_of(sleeper) == "S")
    each_shell.ctrl("c")
    each_shell.see("[killed SIGINT]")
    leave(each_shell)


def test_ctrl_z_in_the_pager_twice(each_shell):
    """The shell has its terminal and modes, then the pager has its own (Z02 Z13)."""
    open_finished(each_shell)
    for _ in range(2):
        each_shell.ctrl("z")
        each_shell.sane()
        foreground(each_shell)
    leave(each_shell)


def test_a_tracer_that_ignores_ctrl_z(terminal):
    """strace -I4: the job stops all the same (Z03)."""
    terminal.line("vimtrace strace -I4 sleep 1000")
    sleeper = terminal.one("sleep").pid
    terminal.until(lambda: state_of(sleeper) == "S")
    terminal.ctrl("z")
    terminal.mark()
    terminal.line("fg")
    terminal.until(lambda: state_of(sleeper) == "S" and terminal.owner() != terminal.pid)
    terminal.ctrl("c")
    terminal.see("[killed SIGINT]")
    leave(terminal)


def test_several_ctrl_z_need_one_fg(each_shell):
    """They coalesce (Z04)."""
    each_shell.line("vimtrace strace sleep 1000")
    sleeper = each_shell.one("sleep").pid
    each_shell.until(lambda: state_of(sleeper) == "S")
    each_shell.type("\x1a\x1a\x1a")
    each_shell.mark()
    each_shell.line("fg")
    each_shell.until(lambda: state_of(sleeper) == "S" and each_shell.owner() != each_shell.pid)
    never(lambda: each_shell.owner() == each_shell.pid, "a second stop", 0.3)
    each_shell.ctrl("c")
    each_shell.see("[killed SIGINT]")
    leave(each_shell)


@pytest.mark.parametrize("keys", ["\x1a", "\x03", "\x1a\x03", "\x03\x1a", "\x1c"], ids=["Z", "C", "ZC", "CZ", "Q"])
def test_keys_around_the_hand_off(terminal, keys):
    """At 6 ms steps from before the tracer's end until Vim is up: always a sane terminal in the end (Z05 P02).

    tests/model/handoffs.py has steps of 3 ms, with a pager that starts sooner.
    """
    for step in range(13):
        terminal.line("vimtrace strace sleep 0.05")
        # Before that a Ctrl-C is the shell's: bash may heed it at its next prompt only, and eats what is typed there.
        terminal.until(lambda: terminal.owner() != terminal.pid, "the run to begin")
        end = time.monotonic() + 0.06 + step * 0.006
        while time.monotonic() < end:  # more exact than until
            terminal.read()
        terminal.type(keys)
        settle(terminal)
    terminal.sane()
    assert not terminal.seen("vimtrace/launch")


def test_ctrl_z_before_the_pager_has_executed(terminal):
    """The child that has just taken the terminal stops; fg brings the pager (Z05).

    Of the calls between the two, each is made to last 0.2 s.
    """
    slow = "strace -f -qq -o /dev/null -e trace=dup2 -e inject=dup2:delay_exit=200000"
    terminal.line(f"{slow} vimtrace --pager=less --from=stdout echo word")
    terminal.until(lambda: [p for p in terminal.named("vimtrace") if p.pid == p.pgid == terminal.owner()])
    terminal.ctrl("z")
    terminal.mark()
    terminal.line("fg")
    terminal.in_front("less")
    terminal.see("\nword")
    terminal.type("q")
    terminal.mark()
    terminal.sane()
    terminal.quiet()


def settle(terminal):
    """Bring the run to its end from wherever the keys have left it."""

    def over():
        if terminal.owner() == terminal.pid:
            if not terminal.processes():
                return True
            if all(p.state in "Tt" for p in terminal.processes()):
                terminal.line("fg")
                terminal.until(lambda: terminal.owner() != terminal.pid or not terminal.processes())
        elif any(p.pgid == terminal.owner() and p.state == "S" for p in terminal.named("vim")):
            terminal.type("\x1b:q!\r")
            end = time.monotonic() + 0.3
            terminal.until(lambda: time.monotonic() > end or terminal.owner() == terminal.pid)
        return False

    terminal.until(over, "the end of the run")


def test_the_whole_pipeline_stops(each_shell):
    """Members of the pipeline that we know nothing of stop, too (Z06)."""
    each_shell.line("vimtrace strace sleep 1000 | cat")
    each_shell.one("sleep")
    each_shell.one("cat")
    each_shell.until(lambda: state_of(each_shell.one("sleep").pid) == "S")
    each_shell.ctrl("z")
    each_shell.mark()
    each_shell.line("fg")
    each_shell.until(lambda: state_of(each_shell.one("sleep").pid) == "S")
    each_shell.ctrl("c")
    each_shell.see("[killed SIGINT]")
    each_shell.ctrl("z")
    each_shell.mark()
    foreground(each_shell)
    leave(each_shell)


def test_a_script_without_job_control(terminal, home):
    """The shell above sees the whole script stop; afterwards the script can read the terminal (S12 Z07 X04)."""
    script = home / "script"
    script.write_text("vimtrace strace true\nread word\necho got $word\n")
    terminal.line(f"sh {script}")
    terminal.see("[ended 0]")
    terminal.ctrl("z")
    terminal.mark()
    foreground(terminal)
    terminal.line(":q")
    terminal.until(lambda: not terminal.named("vim"))
    terminal.until(lambda: not terminal.screen.alternate)
    terminal.line("word")
    terminal.see("got word")
    terminal.sane()


def test_an_orphaned_group_cannot_stop_and_goes_on(terminals, env):
    """As in tmux new-window CMD: Ctrl-Z has no effect, there is no loop (Z08)."""
    terminal = terminals(argv=[vimtrace_path(env), "strace", "true"])
    terminal.see("[ended 0]")
    terminal.ctrl("z")
    terminal.until(lambda: terminal.transcript.count(b"\x1b[?1049h") >= 2, "the screen again")
    terminal.see("[ended 0]")
    answers(terminal)
    terminal.line(":q")
    until(lambda: not state_of(terminal.pid) or state_of(terminal.pid) == "Z", "the end")


@pytest.mark.parametrize("sig", [signal.SIGSTOP, signal.SIGTSTP], ids=["STOP", "TSTP"])
def test_a_pager_stopped_from_outside(terminal, sig):
    """Every stop is treated alike: the job stops, fg brings it back with its own modes (Z09 Z13 Z16)."""
    open_finished(terminal)
    answers(terminal)
    at_rest(terminal, "vim")
    os.kill(terminal.one("vim").pid, sig)
    terminal.see("Stopped")
    terminal.mark()
    foreground(terminal)
    terminal.line(":echo 6*7 'answer'")
    terminal.until(lambda: terminal.seen("42 answer"), "an answer, over which Vim may draw its screen once more")
    leave(terminal)


@pytest.mark.parametrize("sig", [signal.SIGTTIN, signal.SIGTTOU], ids=["TTIN", "TTOU"])
def test_a_pager_that_stops_for_a_terminal_that_is_its_own(terminal, sig):
    """It goes on at once: the shell would have nothing to say (Z10)."""
    open_finished(terminal)
    vim = terminal.one("vim").pid
    os.kill(vim, sig)
    terminal.line(":echo 6*7 'answer'")
    terminal.until(lambda: terminal.seen("42 answer"), "an answer, over which Vim may draw its screen once more")
    assert terminal.owner() == vim
    assert not terminal.seen("Stopped")
    leave(terminal)


def test_a_pager_stopped_while_a_shell_of_its_own_has_the_terminal(terminal):
    """fg gives it to the pager's group again (Z19)."""
    open_finished(terminal)
    vim = terminal.one("vim")
    terminal.line(":!bash --norc -ic 'sleep 1000'")
    terminal.in_front("sleep")
    inner = terminal.owner()
    assert inner not in (vim.pgid, terminal.pid)
    os.kill(vim.pid, signal.SIGSTOP)
    terminal.see("Stopped")
    terminal.mark()
    terminal.line("fg")
    terminal.until(lambda: terminal.owner() == vim.pgid and state_of(vim.pid) == "S")
    for each in [*terminal.named("sleep"), *(p for p in terminal.named("bash") if p.parent != terminal.pid)]:
        os.kill(each.pid, signal.SIGKILL)
    terminal.type("\r")
    answers(terminal)
    leave(terminal)


def test_the_launcher_stopped_from_outside(terminal):
    """kill -TSTP of the launcher stops pager and job (Z16)."""
    open_finished(terminal)
    os.kill(terminal.one("vimtrace").pid, signal.SIGTSTP)
    terminal.see("Stopped")
    terminal.mark()
    foreground(terminal)
    leave(terminal)


def test_a_vim_at_work_is_told_to_stop_until_it_does(terminal, home):
    """It looks for a SIGTSTP only where a signal interrupts its waiting for a key (os_unix.c, RealWaitForChar())."""
    (home / ".vimrc").write_text(
        "function! Work() abort\n"
        "  call writefile([], $HOME . '/works')\n"
        "  let l:begun = reltime()\n"
        "  while reltimefloat(reltime(l:begun)) < 1 | endwhile\n"
        "endfunction\n"
    )
    open_finished(terminal)
    terminal.line(":call Work()")
    until((home / "works").exists)
    os.kill(terminal.one("vimtrace").pid, signal.SIGTSTP)
    terminal.see("Stopped")
    terminal.mark()
    foreground(terminal)
    leave(terminal)


def test_a_pager_that_reads_when_it_comes_back_and_whose_modes_are_not_known(terminals, home):
    """It sees that it is to set them once more when it has read a key: for that no line is needed."""
    terminal = terminals("zsh")  # which gives it the modes of a program that reads lines
    os.mkfifo(home / "go")
    terminal.line(f"vimtrace --pager={HELD} strace true")
    terminal.until((home / "held").exists, "the pager before it has done anything")
    launcher = terminal.one("vimtrace").pid
    for pid in (terminal.pid, launcher):  # so the shell sees later that the launcher was stopped
        os.kill(pid, signal.SIGSTOP)
        until(lambda pid=pid: state_of(pid) == "T", "the stop")
    (home / "go").write_text("go\n")
    terminal.see("[ended 0]")
    answers(terminal)
    vim = terminal.one("vim").pid
    os.kill(terminal.pid, signal.SIGCONT)
    terminal.mark()
    os.kill(terminal.pid, signal.SIGSTOP)
    until(lambda: state_of(terminal.pid) == "T", "the stop")
    terminal.type("f")
    until(lambda: state_of(vim) == "T", "a Vim that has tried to read what is the shell's")
    os.kill(terminal.pid, signal.SIGCONT)
    terminal.line("g")
    terminal.in_front("vim")
    terminal.until(lambda: reads(vim, "0x0 "), "the reading to go on")
    terminal.ctrl("l")
    terminal.until(lambda: terminal.screen.alternate and "[ended 0]" in terminal.screen.text, "the screen again")
    answers(terminal)
    leave(terminal)


def test_bg_in_the_pager_does_not_touch_the_terminal(each_shell):
    """It stops again, for the terminal (Z11)."""
    open_finished(each_shell)
    each_shell.ctrl("z")
    each_shell.mark()
    launcher = each_shell.one("vimtrace").pid
    each_shell.line("bg")
    each_shell.mark()
    each_shell.until(lambda: state_of(launcher) == "T")
    foreground(each_shell)
    leave(each_shell)


def test_bg_while_tracing(each_shell):
    """The program goes on in the background; the pager waits for fg (Z12)."""
    each_shell.line("vimtrace strace sleep 0.3")
    each_shell.until(lambda: each_shell.named("sleep") and state_of(each_shell.named("sleep")[0].pid) == "S")
    each_shell.ctrl("z")
    each_shell.mark()
    each_shell.line("bg")
    each_shell.until(lambda: not each_shell.named("sleep"))
    each_shell.until(lambda: state_of(each_shell.one("vimtrace").pid) == "T")
    each_shell.mark()
    foreground(each_shell)
    leave(each_shell)


def test_modes_set_while_suspended_are_the_new_ones(terminal):
    """stty between Ctrl-Z and fg (Z14)."""
    open_finished(terminal)
    terminal.ctrl("z")
    terminal.mark()
    terminal.line("stty -ixon")
    terminal.mark()
    foreground(terminal)
    os.kill(terminal.one("vim").pid, signal.SIGKILL)
    terminal.mark()
    terminal.line("stty -a")
    terminal.see("-ixon")


@pytest.mark.parametrize("pager", ["vim", "nvim", "less"])
def test_a_resize_while_stopped_is_seen(terminal, pager):
    """Also after SIGSTOP (Z15)."""
    terminal.line(f"vimtrace --pager={pager} strace true")
    terminal.in_front(pager)
    terminal.see("execve(")
    if pager != "less":
        answers(terminal)  # it has read what the terminal has told it, which else the shell would
    os.kill(terminal.one(pager).pid, signal.SIGSTOP)
    terminal.see("Stopped")
    terminal.mark()
    terminal.resize(30, 90)
    terminal.mark()
    terminal.line("fg")
    terminal.in_front(pager)
    last = ":" if pager == "less" else "[ended 0]"
    terminal.until(lambda: any(last in line for line in terminal.screen.lines[28:]), "all 30 rows used")
    terminal.line(":q" if pager != "less" else "q")
    terminal.mark()


def test_only_a_resize_is_told_as_one(terminal, standin, home):
    """A Vim that was stopped by a SIGTSTP stops once more if a SIGWINCH comes while it wakes up."""

    def told(word):
        return [line.split()[2] for line in (home / "pager").read_text().splitlines() if line.split()[1] == word]

    terminal.line(f"export MODEL_FOLDER={home}")
    terminal.line(f"vimtrace --pager={standin} strace true")
    terminal.until(lambda: (home / "pager").exists() and told("up") == ["24x120"])
    for size in ("24x120", "30x90"):
        times = len(told("up"))
        terminal.ctrl("z")
        terminal.mark()
        terminal.resize(*map(int, size.split("x")))
        terminal.line("fg")
        terminal.until(lambda n=times: len(told("up")) > n)
    terminal.until(lambda: told("size"))
    terminal.type("q")
    terminal.mark()
    assert told("size") == ["30x90"]


def test_sigcont_to_a_run_that_is_not_stopped_does_nothing(terminal, home):
    """Above all the pager gets none: it would corrupt Vim's heap (Z17 P03)."""
    open_finished(terminal)
    launcher = terminal.one("vimtrace").pid
    log = home / "log"
    terminal_of_strace = os.spawnlp(
        os.P_NOWAIT,
        "strace",
        "strace",
        "-qq",
        "-e",
        "trace=kill,tgkill,rt_sigtimedwait",
        "-o",
        str(log),
        "-p",
        str(launcher),
    )
    until(lambda: tracer_of(launcher))

    def sent_and_seen():  # the first ones may come before strace listens
        os.kill(launcher, signal.SIGCONT)
        return log.exists() and log.read_text().count("si_signo=SIGCONT") >= 5

    until(sent_and_seen)
    answers(terminal)
    os.kill(terminal_of_strace, signal.SIGINT)
    os.waitpid(terminal_of_strace, 0)
    assert "kill(" not in log.read_text().replace("tgkill(", "")
    leave(terminal)


def test_a_pager_continued_from_outside_while_the_job_is_stopped(terminal):
    """It stops for the terminal again; fg still works (Z18)."""
    open_finished(terminal)
    terminal.ctrl("z")
    terminal.mark()
    vim = terminal.one("vim").pid
    os.kill(vim, signal.SIGCONT)
    terminal.until(lambda: state_of(vim) == "T")
    terminal.mark()
    foreground(terminal)
    leave(terminal)


def test_a_stop_that_is_continued_at_once_does_not_confuse(terminal, home):
    """A lost stop report must not leave us believing it is stopped (Z20 X12)."""
    pager = home / "pager"
    pager.write_text("#!/bin/sh\n(kill -CONT $$) & kill -STOP $$\nwait\nexit 0\n")
    pager.chmod(0o755)
    terminal.line(f"for i in {{1..200}}; do vimtrace --pager={pager} strace true; fg; done 2>/dev/null; echo 'al''l'")
    terminal.see("all", timeout=90)
    terminal.sane()


def test_a_pager_that_died_while_the_job_was_stopped(terminal):
    """kill -9 of it, then fg: the status of the tracer (Z21)."""
    open_finished(terminal, "strace sh -c 'exit 9'")
    terminal.ctrl("z")
    terminal.mark()
    os.kill(terminal.one("vim").pid, signal.SIGKILL)
    terminal.line("fg")
    terminal.see("vim was ended by SIGKILL")
    assert terminal.status() == 9
    terminal.sane()


def test_a_background_start_waits_for_fg(each_shell):
    """The tracer runs, the shell keeps the terminal, fg opens the pager (B01)."""
    each_shell.line("vimtrace strace true &")
    each_shell.until(lambda: each_shell.named("vimtrace") and state_of(each_shell.named("vimtrace")[0].pid) == "T")
    each_shell.mark()
    foreground(each_shell)
    leave(each_shell)


def test_a_program_that_reads_the_terminal_in_the_background(terminal):
    """SIGTTIN stops the job, as without us (B02)."""
    terminal.line("vimtrace strace cat &")
    terminal.until(lambda: terminal.named("vimtrace") and state_of(terminal.named("vimtrace")[0].pid) == "T")
    terminal.mark()
    terminal.line("fg")
    terminal.until(lambda: terminal.owner() != terminal.pid)
    terminal.line("word")
    terminal.until(lambda: terminal.screen.text.count("word") >= 2)
    terminal.type("\x04")
    terminal.see("[ended 0]")
    leave(terminal)


def test_ctrl_c_kills_the_script_above_a_background_start(terminal, state):
    """Nobody can ever bring us to the front: the trace is kept, the status is the tracer's (B03).

    The program goes on, because a script without job control starts it with SIGINT ignored.
    """
    traced = "vimtrace strace sh -c 'sleep 0.5; exit 5'"
    terminal.line(f"sh -c \"({traced}; echo st''atus=\\$?) & wait\"")
    terminal.until(lambda: state_of(terminal.one("sleep").pid) == "S")
    terminal.ctrl("c")
    terminal.mark()
    terminal.see("the terminal is not ours: the trace is kept")
    terminal.see("status=5")
    terminal.sane()
    terminal.quiet()
    assert len(state.runs()) == 1


def test_kill_of_the_suspended_job(each_shell):
    """kill %1 (TERM, then CONT) ends it, also from the pager (X06)."""
    open_finished(each_shell)
    each_shell.ctrl("z")
    each_shell.mark()
    if each_shell.shell == "fish":  # fish and dash leave the CONT to the user
        each_shell.line("kill (jobs -p); kill -CONT (jobs -p)")
    elif each_shell.shell == "dash":
        each_shell.line("kill %1; kill -CONT %1")
    else:
        each_shell.line("kill %1")
    each_shell.quiet()
    each_shell.sane()


def test_a_background_start_with_tostop(terminal):
    """stty tostop changes nothing (B04)."""
    terminal.line("stty tostop; vimtrace strace true &")
    terminal.until(lambda: terminal.named("vimtrace") and state_of(terminal.named("vimtrace")[0].pid) == "T")
    terminal.mark()
    foreground(terminal)
    terminal.line(":q")
    terminal.mark()
    open_finished(terminal)
    terminal.line(":q")
    terminal.mark()


@pytest.mark.parametrize("pager", EDITORS)
def test_ctrl_z_does_not_freeze_its_own_shell(terminal, pager):
    """The shell that would have to continue us is traced itself."""
    follow(terminal, pager, "strace -p $$", "attached")
    terminal.ctrl("z")
    terminal.see(f"not stopped: this terminal needs {terminal.pid}, which is traced")
    answers(terminal)
    assert "T" not in {p.state for p in terminal.processes()}
    terminal.ctrl("c")
    terminal.see("[killed SIGINT]")
    leave(terminal, 130)
