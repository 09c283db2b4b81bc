"""Saved and recovered traces: open, --save, :w, recover."""

import os
import signal
import subprocess

import pytest

from kit.editor import EDITORS
from kit.run import answers, leave


def test_open_shows_files_in_buffers(terminal, tmp_path):
    """Several files, several buffers, none of them changeable by accident."""
    for name in ("a b.strace", "c [d] e|f.strace"):
        (tmp_path / name).write_text('execve("/bin/x", ["x"], 0x0 /* 1 var */) = 0\n')
    terminal.line("vimtrace open 'a b.strace' 'c [d] e|f.strace'")
    terminal.until(lambda: terminal.screen.alternate and "execve" in terminal.screen.text)
    terminal.line(":echo 'files' argc() &filetype &modifiable | next | echo 'second' &filetype &modifiable")
    terminal.see("second strace 0")
    terminal.line(":qa")
    assert terminal.status() == 0


@pytest.mark.parametrize("pager", EDITORS)
def test_open_unpacks(terminal, tmp_path, pager):
    """As the editor does by itself."""
    (tmp_path / "a.strace").write_text('execve("/bin/x", ["x"], 0x0 /* 1 var */) = 0\nbrk(NULL) = 0x5\n')
    subprocess.run(["gzip", tmp_path / "a.strace"], check=True)
    terminal.line(f"vimtrace --pager={pager} open a.strace.gz")
    terminal.see("brk(NULL)")
    terminal.line(":echo 'lines' line('$') &filetype &modeline &swapfile &undofile")
    terminal.see("lines 2 strace 0 0 0")
    leave(terminal, 0)


@pytest.mark.parametrize("command", ["echo a.strace | xargs vimtrace open", "cat a.strace | vimtrace diff - b.strace"])
def test_the_keyboard_is_the_pagers(terminal, tmp_path, command):
    """Also where standard input is something else: an editor without one leaves a broken terminal behind."""
    for name in ("a", "b"):
        (tmp_path / f"{name}.strace").write_text(f'execve("/bin/{name}", ["x"], 0x0 /* 1 var */) = 0\n')
    terminal.line(command)
    terminal.until(lambda: terminal.screen.alternate and "execve" in terminal.screen.text)
    answers(terminal)
    leave(terminal, keys=":qa\r")
    assert not terminal.seen("Input is not from a terminal")


def test_open_of_what_is_not_there(terminal, tmp_path):
    """One line, a hint, status 1."""
    terminal.line("vimtrace open no-such-file")
    terminal.see("vimtrace: no-such-file: No such file or directory")
    assert terminal.status() == 1
    terminal.line("vimtrace open .")
    terminal.see("is a folder")


def test_open_in_a_pipe_is_cat(terminal, tmp_path):
    """Nobody looks."""
    (tmp_path / "f").write_text("one\n")
    terminal.line("vimtrace open f | tr o 0")
    terminal.see("\n0ne")


def test_save_keeps_the_trace(terminal, tmp_path, state):
    """0600, and nothing is left in the state folder."""
    terminal.line("vimtrace --save=kept.strace strace true")
    terminal.see("[ended 0]")
    terminal.line(":q")
    terminal.mark()
    kept = tmp_path / "kept.strace"
    assert "+++ exited with 0 +++" in kept.read_text()
    assert kept.stat().st_mode & 0o777 == 0o600
    assert state.runs() == []


def test_save_where_nothing_can_be_saved(terminal, state):
    """Said before anything is traced."""
    terminal.line("vimtrace --save=/nonexistent/x strace true")
    terminal.see("vimtrace: --save=/nonexistent/x: No such file or directory")
    assert terminal.status() == 1
    terminal.line("vimtrace --save=/dev/null strace true")
    assert terminal.status() == 2
    assert state.runs() == []


def test_write_in_vim_keeps_a_copy(terminal, tmp_path):
    """:w name."""
    terminal.line("vimtrace strace true")
    terminal.see("[ended 0]")
    terminal.line(":w copy.strace")
    terminal.until(lambda: terminal.seen("written"))
    terminal.line(":q")
    terminal.mark()
    assert "+++ exited with 0 +++" in (tmp_path / "copy.strace").read_text()


def test_recover_lists_and_shows_and_then_removes(terminal, state):
    """A run whose pager died is listed by its command, opened by its name, gone when it was seen."""
    terminal.line("vimtrace recover")
    terminal.see("nothing to recover")
    terminal.line("vimtrace strace true")
    terminal.see("[ended 0]")
    os.kill(terminal.one("vim").pid, signal.SIGKILL)
    terminal.mark()
    name = state.runs()[0].name
    terminal.line("clear; vimtrace recover")
    terminal.see("strace true")
    terminal.line(f"vimtrace recover {name}")
    terminal.until(lambda: terminal.screen.alternate and "execve" in terminal.screen.text)
    terminal.ctrl("z")
    terminal.mark()
    terminal.line("fg")
    terminal.in_front("vim")
    terminal.line(":q")
    assert terminal.status() == 0
    assert state.runs() == []
    terminal.line("vimtrace recover nothing")
    terminal.see("no such run")
    assert terminal.status() == 1


def test_a_run_that_is_under_way_is_not_recovered(terminals, state):
    """Its launcher holds the lock."""
    first, second = terminals(), terminals()
    first.line("vimtrace strace true")
    first.see("[ended 0]")
    second.line("vimtrace recover")
    second.see("nothing to recover")
    first.line(":q")
    first.mark()


@pytest.mark.parametrize("pager", ["vim", "nvim"])
def test_a_finished_trace_is_shown_byte_by_byte(terminal, tmp_path, pager):
    """One bad byte, a byte order mark or carriage returns do not change how the rest is read."""
    text = "caf\u00e9 \u20ac\r\n".encode() + b"bad \xff\n"
    (tmp_path / "a.strace").write_bytes(text)
    (tmp_path / "b.strace").write_bytes(b"\xff\xfeabcd\n")
    terminal.line(f"vimtrace --pager={pager} open a.strace b.strace")
    terminal.see("caf\u00e9 \u20ac^M")
    terminal.line(":w copy")
    terminal.until(lambda: (tmp_path / "copy").exists() and (tmp_path / "copy").read_bytes() == text)
    terminal.line(":next")
    terminal.see("abcd")
    terminal.line(":echo 'options' &fileencodings !=# '' &fileformats =~# 'dos'")
    terminal.see("options 1 1")
    terminal.line(":qa")
    terminal.mark()


@pytest.mark.parametrize("pager", ["vim", "nvim"])
def test_a_trace_whose_lines_all_end_with_a_carriage_return(terminal, tmp_path, pager):
    """As a serial line or Windows leaves it: what looks for the end of a line finds it; written it is the same."""
    text = b'7 read(0) = 0 <0.100000>\r\n\r\n7 read(0) = 1 <0.000001>\r\n7 read(0, "\xff") = 1 <0.500000>\r\n'
    (tmp_path / "a.strace").write_bytes(text)
    terminal.line(f"vimtrace --pager={pager} open a.strace")
    terminal.see("<0.500000>")
    terminal.line(":TraceNext slow")
    terminal.see("4/4")
    terminal.line(":TraceSlow! | echo 'slow' len(getqflist()) &fileformat search('\\r', 'nw')")
    terminal.see("slow 3 dos 0")
    terminal.line(":w copy")
    terminal.until(lambda: (tmp_path / "copy").exists() and (tmp_path / "copy").read_bytes() == text)
    terminal.line(":edit")
    terminal.line(":echo 'again' line('$') &fileformat &modified")
    terminal.see("again 4 dos 0")
    terminal.line(":qa")
    terminal.mark()


@pytest.mark.parametrize("pager", ["vim", "nvim"])
def test_a_finished_trace_is_read_again(terminal, tmp_path, pager):
    """:edit shows the whole trace once more, without a message, and it still cannot be changed."""
    (tmp_path / "a b.strace").write_text('read(0, "x", 1) = 1\n+++ exited with 0 +++\n')
    terminal.line(f"vimtrace --pager={pager} open 'a b.strace'")
    terminal.see("exited with 0")
    terminal.line(":edit")
    terminal.line(":edit!")
    terminal.line(":echo 'lines' line('$') getline(2) &modifiable &readonly &filetype &modified")
    terminal.see("lines 2 +++ exited with 0 +++ 0 1 strace 0")
    assert "Press ENTER" not in terminal.screen.text
    terminal.line(":q")
    terminal.mark()
