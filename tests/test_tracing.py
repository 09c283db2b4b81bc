"""While tracing (FACTS-jobs.md, T): Ctrl-C, signals from outside, programs of every kind."""

import os
import signal

import pytest

from conftest import state_of, tracer_of
from kit.deadline import never, until


def test_ctrl_c_ends_the_program_and_opens_the_trace(each_shell):
    """The launcher survives it and waits for the tracer's death (T01 X01)."""
    each_shell.line("vimtrace strace sleep 1000")
    each_shell.one("sleep")
    each_shell.ctrl("c")
    each_shell.see("[killed SIGINT]")
    each_shell.line(":q")
    assert each_shell.status(each_shell.shell == "fish") == 130
    each_shell.sane()
    each_shell.quiet()


def test_ctrl_c_on_an_attached_process_lets_it_live(terminal, ticker, state):
    """strace -p, not live: detached, 130 (T02)."""
    terminal.line(f"vimtrace --no-live strace -p {ticker.pid}")
    until(lambda: tracer_of(ticker.pid) and state.written())
    terminal.ctrl("c")
    terminal.see("[killed SIGINT]")
    terminal.line(":q")
    assert terminal.status() == 130


def test_a_program_that_ignores_ctrl_c_is_ended_by_the_second(terminal):
    """One line says what the next Ctrl-C will do; it ends the tracing, and names what still runs (T03)."""
    terminal.line("vimtrace strace ignores-interrupt")
    terminal.see("ignoring")
    program = terminal.one("ignores-interrup").pid
    terminal.ctrl("c")
    terminal.see("ignores-interrupt ignores Ctrl-C; press it again to end the tracing")
    assert tracer_of(program)
    terminal.ctrl("c")
    terminal.see("[killed SIGKILL]")
    terminal.until(lambda: state_of(program) == "S", "the program as it was")
    assert tracer_of(program) == 0
    terminal.line(":q")
    assert terminal.status() == 137
    assert terminal.seen(f"no longer traced, still running: ignores-interru ({program})")
    os.kill(program, signal.SIGKILL)


def test_a_program_that_handles_ctrl_c_keeps_its_tracing(terminal):
    """Ordinary use never loses it: a press now and then; three within two seconds end it."""
    terminal.line("vimtrace strace handles-interrupt")
    terminal.see("handling")
    program = terminal.one("handles-interrup").pid
    for count in (1, 2):
        terminal.ctrl("c")
        terminal.see(f"interrupt {count}")
    never(lambda: not tracer_of(program), "the tracing was lost", 2.1)
    terminal.ctrl("c")
    terminal.see("interrupt 3")
    never(lambda: terminal.seen("press it again"), "a notice for a program that handles it", 2.1)
    until(lambda: not terminal.named("strace") or terminal.ctrl("c"), "the end of strace", step=0.3)
    terminal.see("[killed SIGKILL]")
    os.kill(program, signal.SIGKILL)
    terminal.line(":q")
    terminal.mark()


def test_ctrl_backslash_reaches_the_program_only(terminal):
    """The launcher neither dies nor dumps core (T04)."""
    terminal.line("ulimit -c 0; vimtrace strace sleep 1000")
    terminal.one("sleep")
    terminal.type("\x1c")
    terminal.see("[killed SIGQUIT]")
    terminal.line(":q")
    assert terminal.status() == 131


@pytest.mark.parametrize("sig, status", [(signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_deadly_signal_from_outside_ends_the_tracing_without_a_pager(terminal, ticker, sig, status, state):
    """The target lives, untraced; we die of the same signal; the trace is kept (T05)."""
    terminal.line(f"vimtrace --no-live strace -p {ticker.pid}")
    until(lambda: tracer_of(ticker.pid) and state.written())
    os.kill(terminal.one("vimtrace").pid, sig)
    assert terminal.status() == status
    assert not terminal.screen.alternate
    assert tracer_of(ticker.pid) == 0
    assert len(state.runs()) == 1
    terminal.sane()


def test_an_interrupt_from_outside_is_passed_on(terminal, ticker, state):
    """kill -INT of the launcher: the tracer detaches, the pager opens (T05)."""
    terminal.line(f"vimtrace --no-live strace -p {ticker.pid}")
    until(lambda: tracer_of(ticker.pid) and state.written())
    os.kill(terminal.one("vimtrace").pid, signal.SIGINT)
    terminal.see("[killed SIGINT]")
    terminal.line(":q")
    assert terminal.status() == 130


def test_a_full_screen_program_is_left_alone(terminal, tmp_path):
    """strace vim x: it edits and saves as if we were not there, and its Ctrl-C is its own (T06)."""
    terminal.line("vimtrace strace vim -u NONE -N x.txt")
    terminal.see("[New]")
    terminal.type("ihello")
    terminal.see("hello")
    terminal.ctrl("c")
    terminal.gone("-- INSERT --")
    terminal.line(":wq")
    terminal.see("execve(")
    terminal.until(lambda: "[ended 0]" in terminal.screen.text)
    terminal.line(":q")
    assert terminal.status() == 0
    assert (tmp_path / "x.txt").read_text() == "hello\n"


def test_an_interactive_shell_has_its_job_control(terminal):
    """strace -f bash: Ctrl-Z, fg and Ctrl-C inside it are its own (T06)."""
    terminal.line("vimtrace strace -f bash --norc --noprofile")
    terminal.until(lambda: len(terminal.named("bash")) == 1)
    terminal.line("sleep 1000")
    terminal.one("sleep")
    terminal.ctrl("z")
    terminal.until(lambda: "Stopped" in terminal.screen.text and terminal.screen.text.rstrip().endswith("#"))
    terminal.line("fg")
    terminal.until(lambda: terminal.named("sleep") and state_of(terminal.named("sleep")[0].pid) == "S")
    terminal.ctrl("c")
    terminal.until(lambda: not terminal.named("sleep"))
    terminal.line("exit 3")
    terminal.see("[ended 3]")
    terminal.line(":q")
    assert terminal.status() == 3
    terminal.sane()


def test_an_interactive_python_is_used_as_ever(terminal):
    """Ctrl-C in it is KeyboardInterrupt, its answers are on the terminal."""
    terminal.line("vimtrace strace python3 -q")
    terminal.see(">>>")
    terminal.line("6*7")
    terminal.see("\n42\n>>>")
    terminal.ctrl("c")
    terminal.see("KeyboardInterrupt")
    terminal.line("exit(4)")
    terminal.see("[ended 4]")
    terminal.line(":q")
    assert terminal.status() == 4


def test_the_program_reads_its_own_pipe(terminal, home):
    """Standard input and output are the program's (T07 E02 E03)."""
    terminal.line(f"echo word | vimtrace strace cat > {home}/out")
    terminal.see("execve(")
    terminal.line(":q")
    terminal.mark()
    assert (home / "out").read_text() == "word\n"


def test_a_window_that_changes_while_the_program_runs(terminal):
    """The kernel tells the program, and we do not mind (T08)."""
    terminal.line(
        "vimtrace strace sh -c 'trap \"stty size; exit 4\" WINCH; echo re''ady; while :; do sleep 0.05; done'"
    )
    terminal.see("ready")
    terminal.resize(30, 90)
    terminal.see("[ended 4]")
    assert terminal.seen("30 90")
    terminal.line(":q")
    assert terminal.status() == 4


def test_a_tracer_stopped_alone_stops_the_job(terminal):
    """So that the shell can continue it (T09)."""
    terminal.line("vimtrace strace sleep 1000")
    terminal.one("sleep")
    tracer = terminal.one("strace").pid
    os.kill(tracer, signal.SIGSTOP)
    terminal.see("Stopped")
    terminal.mark()
    terminal.line("fg")
    terminal.until(lambda: state_of(tracer) == "S")
    terminal.ctrl("c")
    terminal.see("[killed SIGINT]")
    terminal.line(":q")
    terminal.sane()


def test_a_killed_tracer_leaves_what_it_wrote_and_its_program(terminal):
    """The pager shows what there is, status 137, the program is not touched (T10)."""
    terminal.line("vimtrace strace sleep 1000")
    program = terminal.one("sleep").pid
    terminal.until(lambda: state_of(program) in "St")
    os.kill(terminal.one("strace").pid, signal.SIGKILL)
    terminal.see("[killed SIGKILL]")
    terminal.until(lambda: state_of(program) == "S", "the program as it was")
    terminal.line(":q")
    assert terminal.status() == 137
    os.kill(program, signal.SIGKILL)


def test_many_children_are_the_tracers(terminal):
    """-f over 200 short processes: one child of ours, all of it in the trace (T11)."""
    terminal.line("vimtrace strace -f -e trace=execve bash -c 'for i in {1..200}; do /bin/true; done'")
    terminal.until(lambda: "[ended 0]" in terminal.screen.text, timeout=60)
    terminal.line(":%s/+++ exited with 0 +++//n")
    terminal.see("201 matches")
    terminal.line(":q")
    assert terminal.status() == 0


def test_a_daemon_left_behind_does_not_hold_the_pager(terminal):
    """The pager opens at the tracer's death, not when every descriptor is closed (T12)."""
    terminal.line("vimtrace strace sh -c 'sleep 1000 & exit 5'")
    terminal.see("[ended 5]")
    terminal.line(":q")
    assert terminal.status() == 5
    os.kill(terminal.one("sleep").pid, signal.SIGKILL)


def test_strace_as_a_grandchild(terminal):
    """-D: our child is the program; the trace is whole all the same (T13)."""
    terminal.line("vimtrace strace -D sh -c 'exit 6'")
    terminal.see("[ended 6]")
    terminal.type("G")
    terminal.see("+++ exited with 6 +++")
    terminal.line(":q")
    assert terminal.status() == 6


def test_separate_output_becomes_several_buffers(terminal):
    """strace -ff without -o: a file for each process, all of them open (T14)."""
    terminal.line("vimtrace strace -ff sh -c '/bin/true; exit 2'")
    terminal.see("execve(")
    terminal.line(":echo 'files' argc()")
    terminal.see("files 2")
    terminal.line(":qa")
    assert terminal.status() == 2


def test_the_tracer_writes_freely_while_a_million_lines_pass(terminal, home):
    """The launcher is not in the way of the data (T15)."""
    (home / "many").write_text("#!/bin/sh\nexec dd if=/dev/zero of=/dev/null bs=1 count=100000 status=none\n")
    (home / "many").chmod(0o755)
    terminal.line(f"vimtrace strace {home}/many")
    terminal.until(lambda: "[ended 0]" in terminal.screen.text, timeout=90)
    terminal.line(":echo 'lines' line('$') > 200000")
    terminal.see("lines 1")
    terminal.line(":q")
    assert terminal.status() == 0


def test_suspending_an_attached_run_says_what_it_freezes(terminal, ticker, state):
    """With the pid, before the shell's own line (T16)."""
    terminal.line(f"vimtrace --no-live strace -p {ticker.pid}")
    until(lambda: tracer_of(ticker.pid) and state.written())
    terminal.ctrl("z")
    terminal.see(f"freezes the traced process {ticker.pid}")
    terminal.mark()
    terminal.line("fg")
    terminal.until(lambda: state_of(terminal.one("strace").pid) != "T")
    terminal.ctrl("c")
    terminal.see("[killed SIGINT]")
    terminal.line(":q")
    terminal.sane()
