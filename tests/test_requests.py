"""What the editor asks of the launcher: the same tracing again, and the trace in a file."""

import os
import stat
import tempfile

import pytest

from conftest import tracer_of
from kit.deadline import until
from kit.editor import EDITORS, ask
from kit.run import follow, leave


def takes(terminal, state, sign):
    """Wait until the trace has *sign*, and the editor in that line, too: on the screen it may scroll away unseen."""
    (trace,) = state.runs()[0].glob("*trace")
    until(lambda: sign in trace.read_text())
    number = trace.read_text().partition(sign)[0].count("\n") + 1
    terminal.until(lambda: terminal.lines() >= number, f"{number} lines")
    terminal.line(f":echo 'there' stridx(getline({number}), '{sign[:12].strip()}') >= 0")
    terminal.see("there 1")


@pytest.mark.parametrize("pager", EDITORS)
def test_again_after_the_end(terminal, ticker, state, pager):
    """Ended by Ctrl-C, then traced once more with other flags: the trace goes on in the same buffer."""
    follow(terminal, pager, f"strace -p {ticker.pid}", "getppid()")
    terminal.ctrl("c")
    terminal.see("[killed SIGINT]")
    terminal.line(":TraceAgain -ttt -e trace=getppid")
    takes(terminal, state, f"--- vimtrace: strace -p {ticker.pid} -ttt -e trace=getppid ---\n")
    terminal.see("[running]")
    terminal.type("G")
    terminal.grows()
    terminal.line(":echo 'stamps' len(filter(getline(1, '$'), 'v:val =~# \"^\\\\d\\\\+\\\\.\\\\d\\\\+ getppid\"')) > 2")
    terminal.see("stamps 1")
    terminal.line(":echo 'order' search('detached', 'bwn') < search('--- vimtrace', 'bwn')")
    terminal.see("order 1")
    terminal.type("G")
    terminal.ctrl("c")
    terminal.see("[killed SIGINT]")
    leave(terminal, 130, ":qa\r")


@pytest.mark.parametrize("pager", EDITORS)
def test_again_while_it_runs(terminal, ticker, state, pager):
    """The running tracer is ended first; leaving ends the new one."""
    follow(terminal, pager, f"strace -p {ticker.pid}", "getppid()")
    first = terminal.one("strace").pid
    terminal.line(":TraceAgain -e trace=getppid")
    terminal.until(lambda: [p for p in terminal.named("strace") if p.pid != first])
    takes(terminal, state, "--- vimtrace: strace")
    terminal.grows()
    assert [p for p in terminal.named("strace") if p.pid == first] == []
    leave(terminal, 130, ":qa\r")
    assert tracer_of(ticker.pid) == 0


def test_again_with_each_tracer(terminal, ticker, state):
    """ltrace, which cannot add to a file, and perf, whose trace comes over a pty."""
    for tracer, sign in (("ltrace", "SYS_getppid"), ("perf trace", "getppid(")):
        more = "-S " if tracer == "ltrace" else ""
        terminal.line(f"vimtrace --pager=vim {tracer} {more}-p {ticker.pid}")
        terminal.see("FOLLOW")
        terminal.see(sign)
        terminal.line(f":TraceAgain {'-t' if tracer == 'ltrace' else '--failure'}")
        takes(terminal, state, f"--- vimtrace: {tracer}")
        terminal.see("[running]")
        terminal.type(":q\r")
        terminal.sane()
        terminal.quiet()


def test_again_that_would_not_be_shown(terminal, ticker):
    """A program, a file or a summary is no tracing for this view; the running one goes on."""
    follow(terminal, "vim", f"strace -p {ticker.pid}", "getppid()")
    for words in ("ls", "-o x", "-c"):
        terminal.line(f":TraceAgain {words}")
        terminal.see(f"TraceAgain {words}: that would not be shown here")
        terminal.grows()
    terminal.see("[running]")
    leave(terminal, 130, ":qa\r")


def test_again_of_a_pipe(terminal):
    """What arrives on standard input cannot be traced again."""
    terminal.line("(echo 'read(3) = 0'; exec sleep 100) | vimtrace --pager=vim -")
    terminal.see("FOLLOW")
    terminal.line(":TraceAgain")
    terminal.see("only the tracing of running processes")
    terminal.type(":q\r")
    terminal.sane()
    terminal.quiet()


@pytest.mark.parametrize("pager", EDITORS)
def test_save_keeps_what_is_still_to_come(terminal, ticker, state, tmp_path, pager):
    """The file has the whole trace at the end, and only its owner can read it."""
    follow(terminal, pager, f"strace -p {ticker.pid}", "getppid()")
    terminal.line(":TraceSave kept.strace")
    terminal.see("the whole trace is kept in")
    kept = tmp_path / "kept.strace"
    size = kept.stat().st_size
    until(lambda: kept.stat().st_size > size, "more of the trace")
    terminal.ctrl("c")
    terminal.see("[killed SIGINT]")
    (trace,) = state.runs()[0].glob("*.strace")
    whole = trace.read_bytes()
    leave(terminal, 130, ":qa\r")
    assert kept.read_bytes() == whole
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600


@pytest.mark.parametrize("pager", EDITORS)
def test_the_answer_is_shown_where_messages_are(terminal, ticker, tmp_path, pager):
    """The status line of 80 columns has no room for it, and the tracer's next message takes its place there."""
    terminal.resize(24, 80)
    follow(terminal, pager, f"strace -p {ticker.pid}", "getppid()")
    terminal.line(":TraceSave kept.strace")
    terminal.until(lambda: terminal.screen.lines[23].startswith("vimtrace: the whole"), "the answer")
    terminal.line(":TraceSave kept.strace")
    terminal.until(lambda: "File exists" in terminal.screen.lines[23], "the other answer")
    terminal.line(":messages")
    terminal.see("vimtrace: the whole")
    leave(terminal, 130, "\r:q\r")


@pytest.fixture
def elsewhere():
    """A folder on another file system than that of the state folder."""
    with tempfile.TemporaryDirectory(prefix="vimtrace-", dir="/dev/shm") as folder:
        yield folder


def test_save_on_another_file_system(terminal, ticker, state, elsewhere):
    """No second name there: it is copied at the end."""
    path = f"{elsewhere}/saved.strace"
    follow(terminal, "vim", f"strace -p {ticker.pid}", "getppid()")
    terminal.line(f":TraceSave {path}")
    terminal.see("the whole trace is kept in")
    terminal.line(f":TraceSave {path}")
    terminal.see("File exists")
    terminal.ctrl("c")
    terminal.see("[killed SIGINT]")
    (trace,) = state.runs()[0].glob("*.strace")
    whole = trace.read_bytes()
    leave(terminal, 130, ":qa\r")
    with open(path, "rb") as f:
        assert f.read() == whole
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    assert state.runs() == []


@pytest.mark.parametrize("pager", EDITORS)
def test_save_of_a_finished_trace(terminal, tmp_path, pager):
    """The same, without anything still to come; a file that exists is replaced with ! only."""
    terminal.line(f"vimtrace --pager={pager} strace true")
    terminal.see("[ended 0]")
    terminal.line(":TraceSave kept.strace")
    terminal.see("saved in")
    terminal.line(":TraceSave kept.strace")
    terminal.see("exists (add ! to replace it)")
    kept = tmp_path / "kept.strace"
    kept.write_text("")
    terminal.line(":TraceSave! kept.strace")
    until(lambda: "exited with 0" in kept.read_text())
    leave(terminal, 0, ":qa\r")
    kept.unlink()


SAVE = """
function! Save(words) abort
  return trim(execute('TraceSave' . a:words, 'silent!'))
endfunction
setlocal filetype=strace
for s:words in ['! %', '! link', '! folder', '! no/such', '! fifo', ' old', '! old', '! b\\ |\\ c']
  call Say(split(Save(s:words), "\\n")[-1])
endfor
call Say([&modified, bufnr('$'), expand('%')])
"""


@pytest.mark.parametrize("editor", EDITORS)
def test_save_loses_nothing(editor, tmp_path):
    """Not the trace that is saved over itself, nor anything that is no file; one line says why."""
    text = "read(0) = 1\n+++ exited with 0 +++\n"
    trace = tmp_path / "trace"
    trace.write_text(text)
    (tmp_path / "link").symlink_to(trace)
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "old").write_text("old")
    said = ask(editor, SAVE, tmp_path, ["trace"])
    assert said == [
        "vimtrace: trace is this trace itself",
        "vimtrace: link is this trace itself",
        "vimtrace: folder/ is no file",
        "vimtrace: no/such cannot be written: there is no such folder",
        "vimtrace: fifo is no file",
        "vimtrace: old exists (add ! to replace it)",
        "vimtrace: saved in old",
        "vimtrace: saved in b | c",
        [0, 1, "trace"],
    ]
    assert [(tmp_path / name).read_text() for name in ("trace", "old", "b | c")] == [text] * 3
    assert stat.S_IMODE((tmp_path / "b | c").stat().st_mode) == 0o600
    left = {x.name for x in tmp_path.iterdir()} - {"trace", "link", "folder", "fifo", "old", "b | c"}
    assert all(name.startswith(("answer", "frame", ".cache")) for name in left), left
