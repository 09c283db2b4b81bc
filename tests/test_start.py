"""Starting (FACTS-jobs.md, S): what the tracer and its program are given, and what can be missing."""

import os
import subprocess

import pytest

from conftest import PROGRAMS
from kit.deadline import never, until
from kit.editor import EDITORS, configure
from kit.run import answers, leave

# A machine that is so busy that two milliseconds pass between the first looks at the clock.
CLOCK = """
int clock_gettime(int clock, long *time);
static long calls;
int gettimeofday(long *time, void *zone)
{
    int result = clock_gettime(0, time);
    calls += calls < 12;
    time[0] += (time[1] / 1000 + 2000 * calls) / 1000000;
    time[1] = (time[1] / 1000 + 2000 * calls) % 1000000;
    return result;
}
"""


def trace_text(state):
    """The text of the one trace of a run that is being viewed."""
    return next(state.runs()[0].glob("*.strace")).read_text()


def test_the_program_has_what_it_would_have_without_us(terminal, home):
    """Foreground, no signal ignored or blocked, no descriptor of ours, its own ones kept (S08 S11 X11)."""
    plain, traced = home / "plain", home / "traced"
    terminal.line(f"strace -o /dev/null facts > {plain} 7</dev/null")
    until(lambda: plain.exists() and plain.read_text())
    terminal.line(f"vimtrace strace facts 7</dev/null > {traced}")
    terminal.see("execve(")
    terminal.line(":q")
    terminal.mark()
    assert traced.read_text() == plain.read_text()
    assert "front=True" in traced.read_text()
    assert "7" in traced.read_text()


def test_what_was_ignored_stays_ignored(terminal, home):
    """nohup and ``trap ''`` reach tracer and program (S09)."""
    out = home / "out"
    terminal.line(f"(trap '' HUP INT; vimtrace --pager=true strace facts > {out}); echo over")
    terminal.see("\nover")
    ignored = int(out.read_text().split("ignored=")[1].split()[0], 16)
    assert ignored & 1  # SIGHUP
    assert ignored & 2  # SIGINT


def test_a_shell_that_ignores_sigchld_changes_nothing(terminal):
    """An inherited SIGCHLD=SIG_IGN would let the kernel reap our children (S07)."""
    terminal.line(
        "python3 -c 'import os, signal; signal.signal(signal.SIGCHLD, signal.SIG_IGN);"
        ' os.execvp("vimtrace", ["vimtrace", "--pager=true", "strace", "false"])\''
    )
    assert terminal.status() == 1


def test_a_missing_tracer_is_one_line_and_127(terminal, state):
    """Nothing else is started, nothing is left (S02)."""
    terminal.line("PATH=${PATH//:\\/usr\\/bin/}; PATH=${PATH//:\\/bin/}; vimtrace strace ls")
    terminal.see("vimtrace: strace: command not found")
    terminal.see("hint:")
    assert terminal.status() == 127
    assert not terminal.seen("Traceback")
    assert state.runs() == []


def test_a_tracer_that_is_not_executable_is_126(terminal, tmp_path, state):
    """As the shell has it (S02)."""
    (tmp_path / "strace").write_text("x")
    terminal.line("vimtrace ./strace ls")
    terminal.see("vimtrace: ./strace: Permission denied")
    assert terminal.status() == 126
    assert state.runs() == []


def test_a_usage_error_of_the_tracer_is_its_own_answer(terminal, state):
    """Its words stay visible, no pager opens, its status is ours (S03)."""
    terminal.line("vimtrace strace --no-such-option ls")
    terminal.see("unrecognized option")
    assert terminal.status() == 1
    assert not terminal.seen("\x1b[?1049h")
    assert state.runs() == []


def test_a_missing_program_is_the_tracers_answer(terminal):
    """strace: Can't stat ...: no pager, status 1."""
    terminal.line("vimtrace strace no-such-program")
    terminal.see("Can't stat 'no-such-program'")
    assert terminal.status() == 1
    assert not terminal.seen("\x1b[?1049h")


def test_a_missing_pager_is_said_and_the_next_one_is_tried(terminal):
    """The status is still the tracer's (S04)."""
    terminal.line("vimtrace --pager=no-such-pager strace false")
    terminal.see("execve(")
    assert terminal.named("vim")
    terminal.line(":q")
    assert terminal.status() == 1
    assert terminal.seen("no-such-pager: no such pager; trying vim")


def test_without_any_pager_the_trace_is_plain_text(terminal, tmp_path):
    """On the terminal, control characters made visible (S04)."""
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in ("strace", "true", "cat"):
        (tools / name).symlink_to(f"/usr/bin/{name}")
    (tools / "vimtrace").symlink_to(next(p for p in os.environ["PATH"].split(":") if p) + "/nothing")
    terminal.line(f"V=$(command -v vimtrace); PATH={tools}; $V strace true")
    terminal.see("+++ exited with 0 +++")
    assert terminal.status() == 0


def test_closed_standard_descriptors_are_no_trouble(terminal):
    """Ours are 10 and above, and the pager gets the terminal on 0 to 2 (S10)."""
    terminal.line("vimtrace strace true <&- ")
    terminal.see("execve(")
    terminal.line(":q")
    assert terminal.status() == 0
    terminal.line("vimtrace strace true >&- <&-")
    terminal.see("execve(")
    terminal.line(":q")
    assert terminal.status() == 0


def test_a_quick_pager_two_hundred_times(terminal):
    """setpgid from both sides: never a wrong group, never a hang, nothing left (S05 X03)."""
    terminal.line("for i in {1..200}; do vimtrace --pager=true strace true || echo 'wro''ng'; done; echo 'al''l'")
    terminal.until(lambda: "all" in terminal.screen.text or "wrong" in terminal.screen.text, timeout=60)
    assert "wrong" not in terminal.screen.text
    terminal.quiet()
    terminal.sane()


def test_the_pager_has_the_terminal_from_its_first_instruction(terminal, home):
    """Its group is the one in front when it is executed: never a stop, never a wait (S06)."""
    pager, seen = home / "pager", home / "seen"
    look = "read pid comm state parent group session tty front rest </proc/$$/stat"
    pager.write_text(f"#!/bin/sh\n{look}\necho $group $front >>{seen}\n")
    pager.chmod(0o755)
    terminal.line(f"for i in {{1..50}}; do vimtrace --pager={pager} strace true; done; echo 'al''l'")
    terminal.see("all", timeout=60)
    pairs = [line.split() for line in seen.read_text().splitlines()]
    assert len(pairs) == 50
    assert all(group == front for group, front in pairs)


def test_interrupts_at_every_moment_of_the_start_leave_a_sane_terminal(terminal, state):
    """Ctrl-C 3 to 120 ms after Return: no traceback of ours, no stray process (S01).

    Before our first line runs it is Python's own start-up that is interrupted.
    """
    for delay in range(3, 120, 9):
        terminal.line("vimtrace strace sleep 0.1")
        until_elapsed(delay / 1000, terminal)
        terminal.ctrl("c")
        leave_whatever_is_there(terminal)
    assert not terminal.seen("vimtrace/launch")
    assert not terminal.seen("vimtrace/cli")  # site.py, before us, has a main() too
    terminal.sane()
    terminal.quiet()
    assert state.runs() == []


def until_elapsed(seconds, terminal):
    """Let *seconds* pass: here the moment itself is what is tested."""
    import time

    end = time.monotonic() + seconds
    terminal.until(lambda: time.monotonic() >= end)


def leave_whatever_is_there(terminal):
    """Wait until a pager or the shell has settled; leave the pager."""

    def settled():
        if terminal.owner() == terminal.pid and not terminal.processes():
            return True
        if "Press ENTER" in terminal.screen.text:  # the key has hit Vim while it loaded
            terminal.type("\r")
        if terminal.named("vim") and ("[ended" in terminal.screen.text or "[killed" in terminal.screen.text):
            terminal.line(":q!")
            terminal.until(lambda: not terminal.named("vim") or "Press ENTER" in terminal.screen.text)
        return False

    terminal.until(settled)


@pytest.mark.parametrize("more", ["", "--live"])
def test_a_vim_that_waits_for_a_key_before_it_has_drawn_anything(terminal, tmp_path, more):
    """It looked whether there is one; when time goes by meanwhile, it waits for minus so much: for ever."""
    words = ["tcc", "-shared", "-nostdlib", "-o", tmp_path / "clock.so", "-"]
    subprocess.run(words, input=CLOCK, text=True, check=True)
    vim = tmp_path / "vim"
    vim.write_text(f'#!/bin/sh\nLD_PRELOAD={tmp_path}/clock.so exec /usr/bin/vim "$@"\n')
    vim.chmod(0o755)
    terminal.line(f"vimtrace --pager={vim} {more} strace true")
    terminal.see("[ended 0]")
    answers(terminal)
    leave(terminal)


@pytest.mark.parametrize("pager", EDITORS)
def test_a_question_of_the_vimrc_is_answered_by_the_user(terminal, home, pager):
    """Nothing of ours is an answer, or has it put once more."""
    configure(pager, home, "let g:said = input('say: ')\nlet g:key = nr2char(getchar())\nnonsense\n")
    terminal.line(f"vimtrace --pager={pager} strace true")
    terminal.see("say:")
    never(lambda: terminal.read() or terminal.screen.text.count("say:") > 1, "it is put again", within=0.5)
    terminal.line("this")
    never(lambda: terminal.read() or "E492" in terminal.screen.text, "it goes on", within=0.5)
    terminal.type("k")
    terminal.see("E492")
    terminal.see("Press ENTER")
    never(lambda: terminal.read() or "[ended" in terminal.screen.text, "it goes on", within=0.5)
    terminal.type("\r")
    terminal.see("[ended 0]")
    terminal.line(":echo g:said g:key 6*7")
    terminal.see("this k 42")
    leave(terminal)


def test_the_trace_is_private(terminal, state):
    """0600 in 0700 in 0700, and gone when the pager ends (DESIGN 4)."""
    terminal.line("umask 0; vimtrace strace true")
    terminal.see("execve(")
    run = state.runs()[0]
    assert run.stat().st_mode & 0o777 == 0o700
    assert state.path.stat().st_mode & 0o777 == 0o700
    assert {p.stat().st_mode & 0o777 for p in run.iterdir()} == {0o600}
    terminal.line(":q")
    terminal.mark()
    assert state.runs() == []


def test_programs_are_there():
    """The stand-ins are executable."""
    assert all(os.access(p, os.X_OK) for p in PROGRAMS.iterdir())
