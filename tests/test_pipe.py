"""A pipe as the trace: sysdig | vimtrace -, some-tracer | vimtrace (DESIGN.md 4)."""

import os
import re
import signal

import pytest

from conftest import state_of
from kit.deadline import until
from kit.run import answers, interrupt, leave
from vimtrace import procfs


@pytest.mark.parametrize("pager", ["vim", "nvim"])
def test_a_pipe_is_shown_live(terminal, pager):
    """The keyboard is the terminal's, the end is seen, the whole of it is there."""
    terminal.line(f"(seq 1000; sleep 0.5; seq 1001 2000) | vimtrace --pager={pager} -")
    terminal.see("2000 lines")
    terminal.see("[ended 0]")
    terminal.type("gg")
    terminal.until(lambda: terminal.screen.lines[0] == "1")
    terminal.line(":q")
    assert terminal.status() == 0
    terminal.sane()


def test_no_argument_means_the_pipe(terminal):
    """some-tracer | vimtrace."""
    terminal.line("echo wo''rd | vimtrace")
    terminal.until(lambda: terminal.screen.alternate and "word" in terminal.screen.text)
    terminal.line(":q")
    terminal.mark()


def test_ctrl_c_ends_the_programs_upstream_and_not_the_shell(each_shell):
    """All of the pipeline before us; the pager stays."""
    each_shell.line("ticks | cat | vimtrace -")
    each_shell.see("FOLLOW")
    each_shell.ctrl("c")
    each_shell.see("[ended 0]")
    each_shell.until(lambda: not each_shell.named("cat") and not each_shell.named("python3"))
    each_shell.line(":q")
    each_shell.sane()
    each_shell.quiet()


LOOPS = {"fish": "while true; echo 'read(0) = 1'; sleep 1000; end"}
LOOP = "while :; do echo 'read(0) = 1'; sleep 1000; done"  # long: bash goes on when it hears SIGINT between two


def test_ctrl_c_ends_a_loop_of_the_shell(each_shell):
    """One of bash gives the terminal to its shell when it dies; the pager keeps it."""
    each_shell.line(f"{LOOPS.get(each_shell.shell, LOOP)} | vimtrace")
    each_shell.see("FOLLOW")
    each_shell.one("sleep")
    each_shell.ctrl("c")
    each_shell.see("[ended 0]")
    each_shell.until(lambda: not each_shell.named("sleep"))
    answers(each_shell)
    leave(each_shell)


def test_ctrl_c_ends_a_loop_before_the_pager_opens(terminal):
    """The terminal is taken back for it."""
    terminal.line(f"{LOOP} | vimtrace --no-live")
    terminal.one("cat")
    terminal.one("sleep")
    terminal.ctrl("c")
    terminal.see("[ended 0]")
    answers(terminal)
    leave(terminal)


def wakes(pid):
    """How often *pid* has slept and woken up."""
    return int(re.search(r"^voluntary_ctxt_switches:\s+(\d+)", procfs.read(pid, "status"), re.MULTILINE)[1])


def test_a_shell_in_the_pager_keeps_the_terminal(terminal):
    """It is not the one that waits for us."""
    terminal.line("echo 'read(0) = 1' | vimtrace -")
    terminal.see("[ended 0]")
    answers(terminal)
    terminal.line(":!bash --norc --noprofile -i")
    inner = terminal.until(lambda: [p for p in terminal.named("bash") if p.pid == terminal.owner()])[0]
    launcher = terminal.one("vimtrace")
    before = wakes(launcher.pid)
    until(lambda: wakes(launcher.pid) > before + 1, "a look at the terminal")
    assert terminal.owner() == inner.pid
    terminal.line("exit")
    terminal.see("Press ENTER")
    terminal.type("\r")
    answers(terminal)
    leave(terminal)


def test_ctrl_z_and_bg_after_a_loop_of_the_shell(terminal):
    """Then the terminal is the shell's by right."""
    terminal.line(f"{LOOP} | vimtrace")
    terminal.see("FOLLOW")
    terminal.one("sleep")
    terminal.ctrl("c")
    terminal.see("[ended 0]")
    answers(terminal)
    terminal.ctrl("z")
    terminal.mark()
    terminal.line("bg")
    terminal.mark()
    terminal.stopped()  # again, for the terminal: only then fg continues it
    terminal.line("fg")
    terminal.see("[ended 0]")
    answers(terminal)
    leave(terminal)


def test_ctrl_c_in_a_script_does_not_end_the_script(terminal, home):
    """The shell of the script is in the same group."""
    (home / "script").write_text("ticks | vimtrace -\necho 'af''ter'\n")
    terminal.line(f"sh {home}/script")
    terminal.see("FOLLOW")
    terminal.ctrl("c")
    terminal.see("[ended 0]")
    terminal.line(":q")
    terminal.see("after")
    terminal.sane()


def test_ctrl_z_stops_the_whole_pipeline(each_shell):
    """And fg continues it."""
    each_shell.line("ticks | vimtrace -")
    each_shell.see("FOLLOW")
    each_shell.ctrl("z")
    each_shell.mark()
    each_shell.stopped(lambda: [p for p in each_shell.processes() if p.comm != "tail"])
    each_shell.line("fg")
    each_shell.see("FOLLOW")
    each_shell.until(lambda: "T" not in {p.state for p in each_shell.processes()})
    each_shell.line(":q")
    each_shell.sane()
    each_shell.quiet()


def test_leaving_the_pager_ends_the_pipeline(each_shell):
    """Also one that writes nothing and would never notice the closed pipe."""
    each_shell.line("sh -c 'echo one; exec sleep 1000' | vimtrace -")
    each_shell.see("FOLLOW")
    sleeper = each_shell.one("sleep").pid
    each_shell.line(":q")
    until(lambda: not state_of(sleeper))
    each_shell.sane()


def test_ctrl_c_before_the_pager_opens_loses_nothing(terminal, home):
    """What is in the pipe is still read."""
    waits = f"echo >{home}/waits; while :; do sleep 0.05; done"
    terminal.line(f"sh -c 'trap \"seq 5; exit\" INT; {waits}' | vimtrace --no-live -")
    until((home / "waits").exists)
    terminal.one("cat")
    terminal.ctrl("c")
    terminal.see("[ended 0]")
    terminal.until(lambda: terminal.screen.lines[4] == "5")
    terminal.line(":q")
    terminal.mark()


def test_sysdig_from_a_capture(terminal, capture):
    """sysdig -r x.scap | vimtrace -: the file type is seen from the text."""
    terminal.line(f"sysdig -r {capture} | vimtrace -")
    terminal.see("[ended 0]")
    terminal.see("/1221 ")  # all lines: what has ended may still be on its way
    terminal.line(":echo 'type' &filetype")
    terminal.see("type sysdig")
    terminal.line(":q")
    assert terminal.status() == 0


def test_in_a_pipe_to_nobody_it_is_cat(terminal):
    """Standard output is not a terminal: the text goes through."""
    terminal.line("echo wo''rd | vimtrace - | tr o 0")
    terminal.see("\nw0rd")


def test_an_empty_pipe_opens_no_pager(terminal):
    """Nothing to see."""
    terminal.line("true | vimtrace -")
    assert terminal.status() == 0
    assert not terminal.seen("\x1b[?1049h")


def test_less_on_a_pipe(terminal):
    """Follows; Ctrl-C ends the upstream and less stays."""
    terminal.line("ticks | vimtrace --pager=less -")
    terminal.see("Waiting for data")
    interrupt(terminal, "less")
    terminal.until(lambda: not terminal.named("python3"))
    terminal.gone("Waiting for data")
    terminal.type("q")
    terminal.sane()
    terminal.quiet()


def test_a_closed_standard_input_is_wrong_usage(terminal):
    """One line, not silence."""
    terminal.line("vimtrace - <&-")
    terminal.see("vimtrace: -: standard input is closed")
    assert terminal.status() == 2


def test_a_killed_launcher_ends_its_cat_and_so_the_pipeline(terminal):
    """Nobody would guard the disk (X09)."""
    terminal.line("ticks | vimtrace -")
    terminal.see("FOLLOW")
    os.kill(terminal.one("vimtrace").pid, signal.SIGKILL)
    terminal.quiet()  # the shell does not wait for the pager, which puts back the screen when that has its prompt
    terminal.mark()
