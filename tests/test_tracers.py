"""Every tracer of the table, for real: after, live, and its own way of writing."""

import os
import signal
import subprocess
import sys

import pytest

from conftest import PROGRAMS, state_of, tracer_of
from kit.deadline import until
from kit.run import leave
from vimtrace.tracing import SHOW_ANYWAY


def test_ltrace(terminal):
    """After: the calls of a program."""
    terminal.line("vimtrace ltrace -e 'malloc' sh -c 'exit 3'")
    terminal.see("[ended 0]")  # ltrace's own status says nothing of the program's
    terminal.see("+++ exited (status 3) +++")
    leave(terminal)


def test_ltrace_attached_lets_go_unharmed(terminal):
    """Live; ended with INT or TERM only: the process goes on (X14)."""
    terminal.line("python3 -c 'import time\nwhile True: time.sleep(0.02)' &")
    process = terminal.one("python3").pid
    terminal.line(f"vimtrace ltrace -S -p {process}")
    terminal.see("FOLLOW")
    terminal.see("SYS_clock_nanosleep")
    terminal.ctrl("c")
    terminal.see("[ended 0]")
    terminal.line(":q")
    terminal.mark()
    assert tracer_of(process) == 0
    assert state_of(process) in "SR"
    os.kill(process, signal.SIGKILL)


def test_perf_trace(terminal):
    """After: -o is perf's own."""
    terminal.line("vimtrace perf trace true")
    terminal.see("[ended 0]")
    terminal.see("ms): true/")
    leave(terminal)


def test_perf_trace_attached_is_line_by_line(terminal, ticker):
    """Live, and without the colours that perf has for a terminal: a long call would be in red."""
    terminal.line(f"vimtrace perf trace -p {ticker.pid}")
    terminal.see("FOLLOW")
    terminal.see("getppid()")
    terminal.see(" ms): clock_nanosleep(")
    terminal.line(":echo 'type' &filetype")
    terminal.see("type perftrace")
    terminal.ctrl("c")
    terminal.until(lambda: "[running]" not in terminal.screen.text)
    leave(terminal)


def test_perf_trace_that_fails_is_its_own_answer(terminal):
    """No such process: its words, no pager."""
    terminal.line("vimtrace perf trace -p 999999")
    terminal.see("Problems parsing the target")
    terminal.until(lambda: terminal.named("vim") or not terminal.named("vimtrace"), "its end")
    for late in terminal.named("vim"):  # perf was so slow that a pager was opened with nothing to show
        ticks = late.started - terminal.one("vimtrace").started
        assert ticks >= SHOW_ANYWAY * os.sysconf("SC_CLK_TCK")
        terminal.see("[ended 255]")
        terminal.type(":q\r")
    assert terminal.status() == 255


def test_bpftrace(terminal):
    """Live, line by line (-B line); what it prints at the end is there."""
    terminal.line("vimtrace bpftrace -e 'interval:ms:100 { printf(\"tick\\n\"); @n = count(); }'")
    terminal.see("FOLLOW", timeout=60)
    terminal.until(lambda: "tick" in terminal.screen.lines[1], timeout=60)
    terminal.ctrl("c")
    terminal.see("[ended 0]", timeout=60)
    terminal.see("@n: ")
    leave(terminal)


def test_bpftrace_with_a_program_is_shown_afterwards(terminal):
    """-c CMD has the terminal."""
    terminal.line("vimtrace bpftrace -e 'BEGIN { printf(\"begun\\n\"); }' -c '/bin/echo word'")
    terminal.see("[ended 0]", timeout=60)
    terminal.see("\nbegun")  # not that of the command line
    assert terminal.seen("\nword")
    leave(terminal)


def test_tcpdump(terminal):
    """Live, line by line (-l); its own messages are collected."""
    sender = subprocess.Popen([sys.executable, "-I", str(PROGRAMS / "sends-datagrams")])
    terminal.line("vimtrace tcpdump -n -i lo udp")
    terminal.see("127.0.0.1")
    terminal.see("FOLLOW")
    terminal.ctrl("c")
    terminal.see("[ended 0]")
    terminal.line(":TraceMessages")
    terminal.see("listening on lo")
    terminal.line(":qa")
    terminal.mark()
    assert terminal.seen(" captured")  # one packet, or more
    sender.kill()
    sender.wait()


def test_sysdig(terminal, capture):
    """From a capture, as vimtrace starts it: the whole of it, with its file type."""
    terminal.line(f"vimtrace sysdig -r {capture}")
    terminal.see("[ended 0]")
    terminal.gone("reading...")
    terminal.line(":echo 'type' &filetype line('$') > 100")
    terminal.see("type sysdig 1")
    leave(terminal)


def test_fatrace(terminal, tmp_path):
    """Live, through a pty; of what is done to its own trace it tells nothing, or each line would make the next."""
    terminal.line("vimtrace fatrace -c")
    until(lambda: terminal.read() or terminal.named("vim") or terminal.seen("annot"))
    if terminal.seen("annot"):
        pytest.fail("fanotify does not work here")
    terminal.until(lambda: (tmp_path / "touched").write_text("x") and "touched" in terminal.screen.text)
    (trace,) = (tmp_path / "home").rglob("*.fatrace")
    terminal.ctrl("c")
    terminal.until(lambda: "[running]" not in terminal.screen.text)
    terminal.gone("reading...")
    # The whole path: another run of this machine, in another pid namespace, may have the same name.
    terminal.line(f":echo 'own' search('{trace.parent}', 'nw') 'others' search('touched', 'nw') > 0")
    terminal.see("own 0 others 1")
    leave(terminal)


def test_anything_else_with_from(terminal):
    """--from=stdout: live, line by line through a pty."""
    terminal.line("vimtrace --from=stdout python3 -c 'import time\nfor i in range(10**6): print(i); time.sleep(0.05)'")
    terminal.see("FOLLOW")
    terminal.until(lambda: any(line == "20" for line in terminal.screen.lines))
    terminal.ctrl("c")
    terminal.until(lambda: "[running]" not in terminal.screen.text)
    leave(terminal)


def test_a_tracer_of_standard_error_with_from(terminal):
    """--from=stderr: after, the program's output is its own."""
    terminal.line("vimtrace --from=stderr sh -c 'echo out; echo trace line >&2; exit 3'")
    terminal.see("[ended 3]")
    terminal.see("trace line")
    leave(terminal)


def test_make_with_its_children(terminal, tmp_path):
    """strace -f make: the children's lines are there."""
    (tmp_path / "Makefile").write_text("all: a b c\na b c:\n\t@echo made $@\n")
    terminal.line("vimtrace strace -f -e trace=write make -j3")
    terminal.see("[ended 0]")
    for each in "abc":
        terminal.see(f"made {each}")
    leave(terminal)


@pytest.mark.parametrize(
    "wrapper", ["nice -n 5", "env A=b", "ionice -c 3", "taskset -c 0", "setpriv --no-new-privs", "unshare -n"]
)
def test_behind_a_wrapper(terminal, wrapper):
    """A command that wraps a tracer is understood."""
    terminal.line(f"vimtrace {wrapper} strace sh -c 'exit 3'")
    terminal.see("[ended 3]")
    leave(terminal)
