"""Environments (FACTS-jobs.md, E) and being invisible (DESIGN.md 3)."""

import os
import shutil
import subprocess
import sys

import pytest

from conftest import state_of
from kit.deadline import until
from kit.run import answers
from kit.terminal import Terminal
from vimtrace import procfs


def run(env, *words, **options):
    """Run *words* without a terminal."""
    return subprocess.run(
        words, env=env, capture_output=True, text=True, start_new_session=True, timeout=60, check=False, **options
    )


def plain(env, *words):
    return run(env, *words), run(env, "vimtrace", *words)


@pytest.mark.parametrize(
    "words",
    [
        ["strace", "-qq", "-e", "trace=none", "sh", "-c", "echo out; echo err >&2; exit 5"],
        ["strace", "-V"],
        ["strace", "-c", "-o", "/dev/null", "false"],
        ["ltrace", "-V"],
        ["perf", "--version"],
        ["sysdig", "--version"],
        ["tcpdump", "--version"],
        ["strace", "--no-such-option"],
        ["sh", "-c", "exit 3"],
    ],
    ids=" ".join,
)
def test_without_a_terminal_it_is_the_plain_tracer(env, words):
    """Same output, same errors, same status: in cron, under ssh host CMD, in a script (E01)."""
    if words[0] == "sh":
        words = ["--from=stderr", *words]
        ours, theirs = run(env, "vimtrace", *words), run(env, *words[1:])
    else:
        theirs, ours = plain(env, *words)
    assert (ours.returncode, ours.stdout, ours.stderr) == (theirs.returncode, theirs.stdout, theirs.stderr)


def test_it_is_the_same_process(env):
    """It replaces itself: pid, signals and descriptors are the tracer's own."""
    result = run(
        env,
        sys.executable,
        "-c",
        "import os, sys; print(os.getpid(), flush=True);"
        "os.execvp('vimtrace', ['vimtrace', '--from=stdout', 'sh', '-c', 'echo $$; cat /proc/self/status'])",
    )
    first, second = result.stdout.splitlines()[:2]
    assert first == second
    ignored = next(x for x in result.stdout.splitlines() if x.startswith("SigIgn")).split()[1]
    assert int(ignored, 16) == 0


@pytest.mark.parametrize("setting", ["TERM=dumb", "TERM=", "VIMTRACE=0"])
def test_where_nobody_can_look_it_is_invisible(terminal, setting):
    """On a terminal that cannot show a pager, or switched off (E08)."""
    terminal.line(f"{setting} vimtrace strace -e trace=exit_group sh -c 'exit 3'")
    terminal.see("+++ exited with 3 +++")
    assert terminal.status() == 3
    assert not terminal.seen("\x1b[?1049h")


@pytest.mark.parametrize(
    "words", ["strace -o /dev/null true", "strace -c true", "strace true 2>/dev/null", "strace -V", "perf version"]
)
def test_an_alias_is_invisible_for_runs_without_a_trace(terminal, words, state):
    """-o, -c, standard error elsewhere: no pager, no trace file."""
    terminal.line(f"vimtrace {words}")
    assert terminal.status() == 0
    assert not terminal.seen("\x1b[?1049h")
    assert state.runs() == []


def test_standard_output_elsewhere_is_the_programs(terminal, home):
    """The pager still opens on the terminal (E02)."""
    terminal.line(f"vimtrace strace echo word > {home}/out")
    terminal.see("execve(")
    terminal.line(":q")
    terminal.mark()
    assert (home / "out").read_text() == "word\n"


def test_a_tracer_of_standard_output_in_a_pipe_is_plain(terminal):
    """sysdig | grep: the stream that carries the trace is not a terminal."""
    terminal.line("vimtrace tcpdump --version | cat; vimtrace --from=stdout echo wo''rd | cat")
    terminal.see("\nword")
    assert not terminal.seen("\x1b[?1049h")


def test_under_timeout_in_front(terminal):
    """timeout(1) ends it cleanly with 124 (E07)."""
    terminal.line("timeout --foreground 1.5 vimtrace strace sleep 1000")
    assert terminal.status() == 124
    terminal.sane()
    for each in terminal.named("sleep"):
        os.kill(each.pid, 9)


def test_under_timeout_in_a_script(terminal, home):
    """A group in the background: it never takes the terminal, and timeout ends it (E07)."""
    terminal.line("sh -c 'timeout 2 vimtrace strace true; echo st''atus=$?'")
    terminal.see("status=124", timeout=30)
    terminal.sane()
    terminal.quiet()


def test_behind_timeout(terminal):
    """vimtrace timeout 1 strace: timeout keeps its meaning, the trace is shown, its status is ours."""
    terminal.line("vimtrace timeout 1 strace sleep 1000")
    terminal.see("[ended 124]")
    terminal.line(":q")
    assert terminal.status() == 124
    terminal.sane()


def test_behind_timeout_the_keyboard_is_the_programs(terminal):
    """timeout leaves the group; its own group has the terminal, Ctrl-Z and fg work."""
    terminal.line("vimtrace timeout 100 strace cat")
    terminal.one("cat")
    terminal.line("word")
    terminal.until(lambda: terminal.screen.text.count("word") >= 2)
    terminal.ctrl("z")
    terminal.stopped()  # cat, which nobody waits for, may have been woken and still take what is typed next
    terminal.mark()
    terminal.line("fg")
    terminal.in_front("timeout")
    terminal.line("again")
    terminal.until(lambda: terminal.screen.text.count("again") >= 2)
    terminal.ctrl("c")
    terminal.until(lambda: "[ended" in terminal.screen.text or "[killed" in terminal.screen.text)
    terminal.line(":q")
    terminal.mark()
    terminal.sane()


def test_behind_timeout_it_has_the_terminal_from_the_start(terminal, home):
    """A program that reads at once is not stopped by SIGTTIN, which nobody would see."""
    (home / "program").write_text("read -r _ _ _ _ group _ _ owner _ </proc/self/stat; echo $((group - owner)) front\n")
    (home / "run.py").write_text(
        "import os\n"
        "from vimtrace.signals import Signals\n"
        "from vimtrace.starting import spawn\n"
        "from vimtrace.terminal import Terminal\n"
        "terminal = Terminal()\n"
        f"job = spawn(['sh', '{home}/program'], Signals(), own_group=True, terminal=terminal)\n"
        "os.waitpid(job.pid, 0)\n"
        "terminal.give(os.getpgrp(), ())\n"
    )
    terminal.line(f"{sys.executable} {home}/run.py")
    terminal.see("\n0 front")
    terminal.sane()


@pytest.mark.parametrize(
    "where, pager",
    [
        ("tracing", "vim"),
        ("viewing", "vim"),
        ("viewing", "nvim"),
        ("viewing", "less"),
        ("live", "vim"),
        ("live", "nvim"),
        ("live", "less"),
    ],
)
def test_a_revoked_terminal(terminals, home, state, where, pager):
    """Every call on it fails from then on: the run ends, and the trace is kept (E10).

    The session's leader survives the hang-up here, so nobody is sent a SIGHUP.
    """
    command = {"tracing": "strace sleep 0.5", "viewing": "strace true", "live": "--live strace sleep 1000"}[where]
    run = f"vimtrace --pager={pager} {command}"
    terminal = terminals(argv=["sh", "-c", f"trap : HUP; {run}; echo $? > {home}/status"])
    if where == "tracing":
        terminal.until(lambda: state_of(terminal.one("sleep").pid) == "S")
    else:
        terminal.in_front(pager)
        terminal.see("execve(" if where == "viewing" else "Waiting for" if pager == "less" else "[running]")
    terminal.revoke()
    terminal.until(lambda: (home / "status").exists() and (home / "status").read_text(), "the end of the run")
    assert (home / "status").read_text() == ("130\n" if where == "live" else "0\n")
    terminal.quiet()
    assert len(state.runs()) == 1


def test_a_foreground_group_of_another_namespace(terminal, state):
    """tcgetpgrp(3) tells 0 of it: not ours, so it is not taken from it (E11)."""
    terminal.line("unshare --pid --fork --mount-proc own-group vimtrace strace sh -c 'exit 3'")
    terminal.see("the terminal is not ours: the trace is kept")
    assert terminal.status() == 3
    terminal.sane()
    assert len(state.runs()) == 1


@pytest.mark.parametrize("words", ["", "sh -c '\"$@\"; exit $?' sh"], ids=["first", "in a script"])
def test_a_group_of_another_namespace(terminal, words):
    """The terminal could not be given back to our own group, which has no number here: invisible (E11)."""
    terminal.line(f"unshare --pid --fork --mount-proc {words} vimtrace strace -e trace=exit_group sh -c 'exit 3'")
    terminal.see("+++ exited with 3 +++")
    assert terminal.status() == 3
    assert not terminal.seen("\x1b[?1049h")
    terminal.sane()


def test_vimtrace_inside_the_pager(terminal):
    """:!vimtrace ... in its own Vim: nothing is stolen (E09)."""
    terminal.line("vimtrace strace true")
    terminal.see("[ended 0]")
    terminal.line(":!vimtrace --pager=true strace false")
    terminal.see("shell returned 1")
    terminal.type("\r")
    answers(terminal)
    terminal.line(":q")
    assert terminal.status() == 0
    terminal.sane()


def test_in_tmux(env, tmp_path):
    """A pane: trace, Ctrl-Z, fg, and kill-pane leaves nobody (E06)."""
    socket = str(tmp_path / "tmux")

    def tmux(*words):
        return run(env, "tmux", "-f", "/dev/null", "-S", socket, *words).stdout

    def screen(text):
        until(
            lambda: text in tmux("capture-pane", "-p"),
            f"{text!r} in the pane",
            failure=lambda: tmux("capture-pane", "-p"),
        )

    tmux("new-session", "-d", "-x", "120", "-y", "24", "bash", "--norc", "--noprofile")
    try:
        tmux("send-keys", "vimtrace strace sh -c 'exit 3'", "Enter")
        screen("[ended 3]")
        tmux("send-keys", "C-z")
        screen("Stopped")
        tmux("send-keys", "fg", "Enter")
        screen("[ended 3]")
        tmux("send-keys", ":q", "Enter")
        until(lambda: "bash" in tmux("display-message", "-p", "#{pane_current_command}"), "the shell in front")
        tmux("send-keys", "echo status=$?", "Enter")
        screen("status=3")
        tmux("new-window", "vimtrace strace true")
        screen("[ended 0]")
        pane = int(tmux("display-message", "-p", "#{pane_pid}"))
        pids = [p.pid for p in procfs.processes() if p.session == pane]
        assert len(pids) >= 2
        tmux("kill-pane")
        until(lambda: not any(state_of(pid) not in ("", "Z") for pid in pids), f"the end of {pids}")
    finally:
        tmux("kill-server")


def test_stty_tostop(terminal):
    """Neither tracer nor pager is stopped by writing (O8)."""
    terminal.line("stty tostop; vimtrace strace echo word")
    terminal.see("[ended 0]")
    terminal.line(":q")
    terminal.mark()
    terminal.line("stty -tostop")
    terminal.sane()


def test_usage(terminal):
    """--help and --version answer; wrong usage is status 2 with one line and a hint."""
    terminal.line("clear; vimtrace --help | head -3")
    terminal.see("usage: vimtrace")
    terminal.line("vimtrace --version")
    terminal.see("vimtrace 0.")
    for words in ("--no-such strace ls", "--from=x strace ls", "", "ls", "--pager", "open", "- x", "recover a b"):
        terminal.line(f"vimtrace {words}")
        assert terminal.status() == 2, words
    assert not terminal.seen("Traceback")


def test_options_in_the_environment(terminal):
    """$VIMTRACE_OPTS holds options, $VIMTRACE_PAGER the pager; the command line wins."""
    terminal.line("VIMTRACE_OPTS='--pager=\"head -n1\"' vimtrace strace true")
    terminal.see("execve(")
    terminal.line("export VIMTRACE_PAGER='echo one' VIMTRACE_OPTS='--pager=\"echo two\"'")
    terminal.line("vimtrace --pager='echo three' strace true")
    terminal.see("three /")
    terminal.line("VIMTRACE_OPTS='strace' vimtrace strace true")
    assert terminal.status() == 2


def test_a_pager_is_not_taken_from_the_current_folder(terminals, tmp_path):
    """With '.' in $PATH: neither vim nor cat of the current folder is run."""
    for name in ("vim", "nvim", "less", "cat", "tail", "kill"):
        (tmp_path / name).write_text("#!/bin/sh\necho hacked > hacked\n")
        (tmp_path / name).chmod(0o755)
    terminal = terminals(
        more_env={
            "PATH": f".:{os.path.dirname(shutil.which('vimtrace', path=os.path.dirname(sys.executable)))}:/usr/bin:/bin"
        }
    )
    terminal.line("vimtrace strace true")
    terminal.see("[ended 0]")
    terminal.line(":q")
    terminal.mark()
    assert not (tmp_path / "hacked").exists()


def test_terminal_kit_closes():
    """The kit's own terminal leaves no process behind."""
    terminal = Terminal()
    terminal.line("sleep 1000 &")
    terminal.one("sleep")
    terminal.close()
    assert not terminal.processes()
