"""An attach that fails: under the tracer's own message stands why, and what to do."""

import os
import pathlib
import subprocess

import pytest

from conftest import tracer_of
from kit.deadline import until
from vimtrace import procfs, ptrace

ME = ptrace.Caller(uid=1000, capable=False, scope=0, filtered=False, container="")
ROOT = ptrace.Caller(uid=0, capable=True, scope=0, filtered=False, container="")


@pytest.fixture
def sleeper():
    """An idle process of root's."""
    process = subprocess.Popen(["sleep", "1000"])
    yield process
    process.kill()
    process.wait()


@pytest.fixture
def zombie():
    """A process that has ended, and whose parent does not notice."""
    process = subprocess.Popen(["true"])
    until(lambda: procfs.process(process.pid).state == "Z")
    yield process
    process.wait()


@pytest.fixture
def traced(ticker):
    """A process that is traced already, and its tracer."""
    tracer = subprocess.Popen(["strace", "-o", "/dev/null", "-p", str(ticker.pid)], stderr=subprocess.DEVNULL)
    until(lambda: tracer_of(ticker.pid) == tracer.pid)
    yield ticker.pid, tracer.pid
    tracer.terminate()
    tracer.wait()


def refused(terminal, words, own, hint):
    """The run ends with the tracer's status, the tracer's *own* message, and our *hint* under it."""
    terminal.resize(24, 200)
    terminal.line(f"vimtrace {words}")
    terminal.see(own)
    terminal.see(f"hint: {hint}")
    lines = terminal.screen.text.splitlines()
    said = [i for i, line in enumerate(lines) if own in line]
    hinted = [i for i, line in enumerate(lines) if f"hint: {hint}" in line]
    assert said[-1] < hinted[0]
    assert len(hinted) == 1
    assert terminal.status() == (0 if words.startswith("ltrace") else 1)
    terminal.quiet()


@pytest.mark.parametrize("tracer, own", [("strace", "PTRACE_SEIZE"), ("ltrace", "not permitted")])
def test_already_traced(terminal, traced, tracer, own):
    """By whom, with name."""
    pid, by = traced
    refused(
        terminal, f"{tracer} -p {pid}", own, f"{pid} ({procfs.process(pid).comm}) is already traced by {by} (strace)"
    )


def test_a_zombie(terminal, zombie):
    """It has ended; the parent is named."""
    refused(terminal, f"strace -p {zombie.pid}", "not permitted", f"{zombie.pid} (true) is a zombie")
    assert terminal.seen(f"waits for its parent {os.getpid()}")


def test_a_kernel_thread(terminal):
    """There is nothing to trace."""
    if not pathlib.Path("/proc/2/comm").exists() or procfs.read(2, "comm").strip() != "kthreadd":
        assert ptrace._is_kernel_thread(os.getpid()) is False  # a container shows no kernel threads
        return
    refused(terminal, "strace -p 2", "not permitted", "2 (kthreadd) is a kernel thread")


@pytest.mark.parametrize("tracer, own", [("strace", "No such process"), ("sudo strace", "No such process")])
def test_no_such_process(terminal, tracer, own):
    """The number is nobody's."""
    refused(terminal, f"{tracer} -p 999999999", own, "999999999: no such process")


def test_perf_of_no_such_process(terminal):
    """It needs no ptrace, but a process."""
    terminal.resize(24, 200)
    terminal.line("vimtrace perf trace -p 999999999")
    terminal.see("hint: 999999999: no such process")
    terminal.mark()


def test_anothers_process(terminals, user, sleeper):
    """An unprivileged user, and a process of root's."""
    terminal = terminals(argv=[*user.become, "bash", "--norc", "--noprofile", "-i"], more_env=user.env)
    terminal.mark()
    refused(
        terminal,
        f"strace -p {sleeper.pid}",
        "not permitted",
        f"{sleeper.pid} (sleep) is root's process; put sudo before",
    )


def test_of_several_the_one_that_failed(terminal, ticker):
    """The others are traced; in the end the message stands there, with its hint."""
    terminal.resize(24, 200)
    terminal.line(f"vimtrace strace -p {ticker.pid},999999999")
    terminal.see("[running]")
    terminal.line(":q")
    terminal.mark()
    terminal.quiet()
    assert not terminal.seen(f"hint: {ticker.pid}")


def test_no_hint_for_another_namespace(terminal):
    """Behind nsenter and unshare the number may be somebody's there."""
    terminal.line("vimtrace unshare --uts strace -p 999999999")
    terminal.see("No such process")
    assert terminal.status() == 1
    assert not terminal.seen("hint:")


def test_no_hint_where_nothing_was_refused(terminal, sleeper):
    """Ctrl-C of an idle trace is no failure."""
    terminal.line(f"vimtrace strace -p {sleeper.pid}")
    terminal.see("[running]")
    terminal.ctrl("c")
    terminal.see("SIGINT]")
    terminal.line(":q")
    terminal.mark()
    assert not terminal.seen("hint:")


def test_the_scope_of_yama(sleeper):
    """Each of its values, for a process of our own."""
    me = ME._replace(uid=os.getuid())
    assert ptrace.obstacle(sleeper.pid, me) == "" or os.getuid() == 0
    for scope in (1, 2):
        said = ptrace.obstacle(sleeper.pid, me._replace(scope=scope))
        assert f"ptrace_scope is {scope}" in said or "capabilities" in said
    assert "ptrace_scope is 3" in ptrace.obstacle(sleeper.pid, ROOT._replace(scope=3))
    assert ptrace.obstacle(sleeper.pid, ROOT._replace(scope=2)) == ""


def test_the_rules_as_a_user(user, tmp_path):
    """The same process, seen by its own user under each rule."""
    code = f"""
import sys; sys.path.insert(0, {str(user.folder / "lib")!r})
import os, subprocess
from vimtrace import ptrace
child = subprocess.Popen(["sleep", "1000"])
me = ptrace.caller()._replace(scope=0, filtered=False, container="")
for who in (me, me._replace(scope=1), me._replace(scope=2), me._replace(filtered=True)):
    print(ptrace.obstacle(child.pid, who))
child.kill()
"""
    said = subprocess.check_output([*user.become, "/usr/bin/python3", "-B", "-c", code], text=True).splitlines()
    assert said[0] == ""
    assert said[1].startswith("kernel.yama.ptrace_scope is 1: only what the tracer itself has started; put sudo")
    assert said[1].endswith("sudo sysctl kernel.yama.ptrace_scope=0")
    assert said[2].startswith("kernel.yama.ptrace_scope is 2: only with CAP_SYS_PTRACE")
    assert "--cap-add=SYS_PTRACE" in said[3]


def test_a_protected_process(user):
    """One that is not dumpable, as after a set-user-ID program."""
    code = "import ctypes, sys, time; ctypes.CDLL(None).prctl(4, 0); print(flush=True); time.sleep(1000)"
    process = subprocess.Popen([*user.become, "/usr/bin/python3", "-c", code], stdout=subprocess.PIPE)
    try:
        process.stdout.readline()
        uid = int(user.become[1].partition("=")[2])
        assert "is protected" in ptrace.obstacle(process.pid, ME._replace(uid=uid))
    finally:
        process.kill()
        process.wait()
