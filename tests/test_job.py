"""A child's changes, as waitid(2) tells them."""

import os
import signal
import subprocess

from conftest import state_of
from kit.deadline import until
from vimtrace import job
from vimtrace.job import ENDED, Job


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
