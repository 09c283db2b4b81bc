"""--summary: what a run was, on the terminal when its trace has been seen."""

import os
import signal

import pytest

from kit.run import follow, leave, open_finished


def test_after_mode(terminal, state):
    """The summary of the trace, which is gone; the exit status is the tracer's."""
    open_finished(terminal, "--summary strace sh -c 'exit 3'")
    terminal.type(":q\r")
    assert terminal.status() == 3
    assert terminal.seen("events, 0 unknown")
    assert terminal.seen("execve")
    terminal.sane()
    assert state.runs() == []


def test_live(terminal, ticker):
    """Also of a live run."""
    follow(terminal, "vim", f"--summary strace -p {ticker.pid}", "getppid()")
    leave(terminal, 130)
    assert terminal.seen("clock_nanosleep")


def test_of_a_pipe(terminal):
    """And of what arrived on standard input."""
    terminal.line("echo 'getpid() = 12' | vimtrace --pager=vim --summary -")
    terminal.see("[ended 0]")
    terminal.type(":q\r")
    terminal.mark()
    terminal.see("getpid")
    terminal.sane()


@pytest.mark.parametrize("key", ["c", "z"])
def test_keys_while_it_is_made(terminal, tmp_path, state, key):
    """Ctrl-C ends the summary alone, Ctrl-Z stops the job; the run is over as ever."""
    open_finished(terminal, "--summary --save=long.strace strace true")
    trace = tmp_path / "long.strace"
    trace.write_text(trace.read_text() * 30_000)  # long enough for any key
    terminal.type(":q!\r")
    _, child, *_ = terminal.until(
        lambda: len(found := terminal.named("vimtrace")) > 1 and found
    )  # it may have one, too
    terminal.ctrl(key)
    if key == "z":
        terminal.mark()
        terminal.stopped(lambda: terminal.named("vimtrace"))
        terminal.line("fg")
        terminal.until(lambda: "T" not in {p.state for p in terminal.named("vimtrace")})
        os.kill(child.pid, signal.SIGINT)
    assert terminal.status() == 0
    terminal.sane()
    terminal.quiet()
    assert state.runs() == []


def test_what_goes_wrong(terminal, state):
    """It is said, and the trace is kept."""
    terminal.line("vimtrace --pager=cat --summary strace true >/dev/full")
    terminal.see("No space left on device")
    terminal.see("no summary could be made: the trace is kept")
    assert terminal.status() == 0
    assert len(state.runs()) == 1
