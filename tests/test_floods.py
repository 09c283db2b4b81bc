"""Floods (floods/run has them at full size): nothing is lost, and the tracer is never blocked."""

import os
import signal

import pytest

from floods import kinds
from floods.flooding import Flood
from kit.deadline import until
from kit.run import answers, leave

EDITORS = ["vim", "nvim"]
SIZE = 5 << 20  # bytes: more than twice what may be in flight


@pytest.fixture
def flood(tmp_path):
    """A place for one."""
    return Flood(tmp_path)


def follow(terminal, flood, editor):
    """Start the tracer and the editor."""
    terminal.line(f"HOME={flood.home} vimtrace --pager={editor} {flood.tracer} -p 1")
    terminal.until(lambda: flood.has("open"), "the editor")


@pytest.mark.parametrize("editor", EDITORS)
@pytest.mark.parametrize("kind", kinds.KINDS)
def test_nothing_of_a_flood_is_lost(terminal, flood, editor, kind):
    """What is in the buffer in the end is what was written, byte for byte."""
    kinds.write(kind, SIZE, flood.flood)
    follow(terminal, flood, editor)
    flood.begin()
    terminal.until(lambda: flood.has("complete"), "all of it", timeout=60)
    assert flood.difference() == ""
    leave(terminal, 0)


@pytest.mark.parametrize("editor", EDITORS)
def test_a_stopped_pager_does_not_block_the_tracer(terminal, flood, editor):
    """It writes all it has, many times what a pipe takes, while the editor is stopped; then all of it is shown."""
    kinds.write("lines", SIZE, flood.flood)
    follow(terminal, flood, editor)
    terminal.see("FOLLOW")
    answers(terminal)  # it has read what the terminal has told it, which else the shell would
    os.kill(terminal.one(editor).pid, signal.SIGSTOP)
    terminal.see("Stopped")
    terminal.mark()
    terminal.line("bg")
    flood.begin()
    until(lambda: flood.has("report"), "all is written while the editor is stopped")
    terminal.stopped(lambda: terminal.named(editor))
    assert not flood.has("complete")
    terminal.line("fg")
    terminal.until(lambda: flood.has("complete"), "all of it")
    assert flood.difference() == ""
    leave(terminal, 0)


@pytest.mark.parametrize("editor", EDITORS)
def test_keys_are_answered_in_a_flood(terminal, flood, editor):
    """While lines still arrive."""
    kinds.write("lines", 5 * SIZE, flood.flood)
    follow(terminal, flood, editor)
    flood.begin()
    terminal.until(lambda: terminal.lines() > 1, "the first lines")
    terminal.line(":echo 'answer' 6*7 line('$') < 1000000")
    terminal.see("answer 42")
    terminal.until(lambda: flood.has("complete"), "all of it", timeout=60)
    assert flood.difference() == ""
    leave(terminal, 0)


@pytest.mark.parametrize("editor", EDITORS)
def test_an_endless_line_has_no_colours(terminal, flood, editor):
    """An editor looks for each of their patterns up to the end of the line: seconds, for a hundred megabytes."""
    kinds.write("one_line", 2 * SIZE, flood.flood)
    follow(terminal, flood, editor)
    flood.begin()
    terminal.until(lambda: flood.has("complete"), "all of it", timeout=60)
    terminal.see("too long for colours")
    terminal.line(":TraceFilter /write/")
    terminal.see("1 of 2 lines")
    terminal.line(":set syntax?")
    terminal.see("syntax=OFF")
    leave(terminal, 0, ":qa\r")


@pytest.mark.parametrize("editor", EDITORS)
@pytest.mark.parametrize(
    ("length", "options"),
    [(2000, "  wrap   syntax=strace"), (2 << 20, "nowrap   syntax=strace"), (9 << 20, "nowrap   syntax=OFF")],
    ids=["short", "long", "endless"],
)
def test_a_finished_trace_with_a_long_line(terminal, tmp_path, editor, length, options):
    """Nor is it wrapped: an editor measures a wrapped line from its first byte on, at each move."""
    path = tmp_path / "long.strace"
    kinds.write("lines", SIZE, path)
    text = path.read_text()
    path.write_text(f"{text}write(1, {'x' * length}) = 1\n{text}")
    terminal.line(f"vimtrace --pager={editor} open {path}")
    terminal.in_front(editor)
    terminal.see("too long for colours" if length > 8 << 20 else path.name)
    wrap, syntax = options.rsplit(maxsplit=1)
    for option, said in (("wrap", wrap.rstrip()), ("syntax", f"  {syntax}")):
        terminal.line(f":set {option}?")
        terminal.see(f"\n{said}")
    leave(terminal, 0)
