"""A child's changes, as waitid(2) tells them."""

import os
import pathlib
import signal
import subprocess

import pytest

from conftest import state_of
from kit.deadline import until
from vimtrace import job, procfs, starting
from vimtrace.errors import VimtraceError
from vimtrace.job import ENDED, STOPPED, Job
from vimtrace.signals import Signals
from vimtrace.starting import spawn, spawn_in_front
from vimtrace.terminal import Terminal


def test_a_death_between_two_questions_is_not_mistaken(monkeypatch):
    """Asked for stops alone, the kernel knows no child (ECHILD) once it is a zombie."""
    child = subprocess.Popen(["sleep", "1000"])
    real = os.waitid

    def dies_before_the_second_question(kind, pid, options):
        if options & os.WSTOPPED and child.pid:
            os.kill(pid, signal.SIGTERM)
            until(lambda: state_of(pid) == "Z")
        return real(kind, pid, options)

    monkeypatch.setattr(job.os, "waitid", dies_before_the_second_question)
    ours = Job(child.pid, 0, "sleep")
    found = [*ours.changes(), *ours.changes()]
    monkeypatch.undo()
    child.wait()
    assert found == [ENDED]
    assert ours.status == 128 + signal.SIGTERM
    assert ours.killed_by == signal.SIGTERM


@pytest.mark.parametrize("in_front", [False, True])
def test_a_child_that_is_stopped_before_it_executes(monkeypatch, in_front):
    """A Ctrl-Z may hit it after it has set its signals: we must not wait for ever for its exec."""
    real = os.execvp

    def stops_first(file, argv):
        os.kill(os.getpid(), signal.SIGSTOP)
        real(file, argv)

    monkeypatch.setattr(starting.os, "execvp", stops_first)
    monkeypatch.setattr(starting.Terminal, "__init__", lambda self: setattr(self, "fd", 2))
    signals = Signals.__new__(Signals)
    signals.original_mask, signals.watched, signals.ignored = set(), frozenset(), frozenset()
    argv = ["sleep", "1000"]
    job = spawn_in_front(argv, signals, Terminal(), os.getpgrp(), signal.SIGHUP) if in_front else spawn(argv, signals)
    try:
        if in_front:
            assert job.changes() == [STOPPED]
            job.resume()
        until(lambda: pathlib.Path(f"/proc/{job.pid}/comm").read_text() == "sleep\n")
        until(lambda: state_of(job.pid) == "S")
    finally:
        os.kill(job.pid, signal.SIGKILL)
        os.waitpid(job.pid, 0)


def test_a_child_that_cannot_execute():
    """Its errno comes back; it is no zombie."""
    signals = Signals.__new__(Signals)
    signals.original_mask, signals.watched, signals.ignored = set(), frozenset(), frozenset()
    before = children()
    with pytest.raises(VimtraceError) as failure:
        spawn(["/dev/null"], signals)
    assert failure.value.exit_status == 126
    assert children() <= before


def children():
    """The pids of this process's children, zombies among them."""
    return {p.pid for p in procfs.processes() if p.parent == os.getpid()}
