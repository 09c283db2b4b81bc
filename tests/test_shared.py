"""Work that a process shares with a child of it."""

import os
import signal
import subprocess
import sys

import pytest

from conftest import state_of
from kit.deadline import until
from vimtrace import columns
from vimtrace.columns import fields
from vimtrace.columns.shared import Shared


def test_each_number_is_worked_on_once():
    """By one of the two, whichever has time; the child tells what else it knows."""
    parent = os.getpid()
    by_child, by_parent = os.pipe(), os.pipe()
    done = []

    def work(number):
        """Go on when the other process has worked on one, too."""
        mine, others = (by_parent, by_child) if os.getpid() == parent else (by_child, by_parent)
        os.write(mine[1], b".")
        if len(done) == 1:
            os.read(others[0], 1)
        done.append(number)
        return number, os.getpid()

    mine, others, told = Shared(500, work, os.getpid).found()
    for fd in (*by_child, *by_parent):
        os.close(fd)
    assert sorted(mine | others) == list(range(500))
    assert not mine.keys() & others.keys()
    assert mine == {number: (number, parent) for number in mine}
    assert others == {number: (number, told) for number in others}
    assert len(mine) > 0
    assert len(others) > 0


@pytest.mark.parametrize("count", [0, 1])
def test_no_child_for_little(count, monkeypatch):
    """One piece is not shared."""
    monkeypatch.delattr(os, "fork")
    assert Shared(count, str, lambda: "told").found() == ({number: str(number) for number in range(count)}, {}, "told")


def dies():
    os.kill(os.getpid(), signal.SIGKILL)


def raises():
    raise MemoryError


@pytest.mark.parametrize("what", [dies, raises])
def test_a_child_that_dies(what, capfd):
    """It is told, without a word of the child's; the child is reaped, and nothing is left open."""
    before = os.listdir("/proc/self/fd")
    parent = os.getpid()

    def told():
        what() if os.getpid() != parent else None

    made = Shared(10, str, told)
    child = made._child._pid
    with pytest.raises(ChildProcessError):
        made.found()
    assert os.listdir("/proc/self/fd") == before
    assert capfd.readouterr() == ("", "")
    with pytest.raises(ChildProcessError):
        os.waitpid(child, os.WNOHANG)


def test_a_child_that_nobody_waits_for():
    """Where what it works on is not wanted any more, it is ended and reaped; also twice."""
    reading, writing = os.pipe()
    before = os.listdir("/proc/self/fd")
    made = Shared(2, lambda number: os.read(reading, 1), str)
    child = made._child._pid
    made.close()
    made.close()
    assert os.listdir("/proc/self/fd") == before
    with pytest.raises(ChildProcessError):
        os.waitpid(child, os.WNOHANG)
    os.close(reading)
    os.close(writing)


def test_without_a_child(monkeypatch):
    """Where no process can be made, this one does it all."""

    def fork():
        raise BlockingIOError

    monkeypatch.setattr(os, "fork", fork)
    before = os.listdir("/proc/self/fd")
    assert Shared(10, str, str).found() == ({number: str(number) for number in range(10)}, {}, "")
    assert os.listdir("/proc/self/fd") == before


def test_a_summary_whose_child_dies(monkeypatch, tmp_path):
    """The slow way makes it."""
    path = tmp_path / "trace"
    path.write_text("7     read(0, 0x7f, 1) = 1 <0.000001>\n" * 10)
    monkeypatch.setattr(fields, "LINES", 5)
    assert columns.summary([str(path)], least=0) is not None
    parent, include = os.getpid(), fields.Reader._vocabularies
    monkeypatch.setattr(
        fields.Reader, "_vocabularies", lambda reader: include(reader) if os.getpid() == parent else dies()
    )
    assert columns.summary([str(path)], least=0) is None


WAITS = """
import os
from vimtrace.columns.shared import Shared
reading, writing = os.pipe()
made = Shared(3, lambda number: os.read(reading, 1), str)
print(made._child._pid, flush=True)
made.found()
"""


def test_a_parent_that_is_killed():
    """The child ends, too, whatever it is at."""
    parent = subprocess.Popen([sys.executable, "-c", WAITS], stdout=subprocess.PIPE, text=True)
    child = int(parent.stdout.readline())
    parent.kill()
    parent.wait()
    parent.stdout.close()
    until(lambda: state_of(child) in ("", "Z"), "the child to end")
