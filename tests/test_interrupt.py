"""Ctrl-C that comes while the editor is at work: it still ends the tracing, and no line is lost."""

import pytest

from conftest import tracer_of
from kit.deadline import until
from kit.editor import EDITORS
from kit.run import answers, follow, interrupt, leave
from vimtrace import procfs

BUSY = """
function! Busy() abort
  call writefile([], 'busy')
  let l:begun = reltime()
  while reltimefloat(reltime(l:begun)) < 5
  endwhile
endfunction
"""
OF_OURS = "autocmd User VimtraceData ++once call Busy()"
OF_A_TIMER = "call timer_start(300, {-> Busy()})"  # later than the Return, behind which Neovim interrupts nothing
# Keys that are typed before that is cancelled may be thrown away with what the Ctrl-C interrupts.
CANCELLED = """
function! Ask() abort
  call writefile([], 'asks')
  try
    call getchar()
  finally
    call delete('asks')
  endtry
endfunction
nnoremap s :<C-u>call Ask()<CR>
"""
SLOW = """#!/bin/sh
exec 5>"$2"
trap 'echo INT >>signals' INT
trap 'echo TERM >>signals' TERM
{writes} >&5 &
until [ -e signals ]; do sleep 0.02; done
kill $!
for _ in $(seq 25); do sleep 0.02; done
exit 130
"""
FLOOD = """#!/bin/sh
exec 5>"$2"
seq -f 'write(1, "%.0f", 7) = 7' 100000000 >&5 &
trap "kill $!; wait; exit 130" INT
wait
"""


def sees_all_of(terminal, state):
    """The editor has what the tracer has written, line by line."""
    (trace,) = state.runs()[0].glob("*.strace")
    terminal.gone("reading...")  # all of it, again, where the Ctrl-C came while lines were put in
    terminal.line(f":echo 'same' getline(1, '$') ==# readfile('{trace}')")
    terminal.see("same 1")


def ends_and_leaves(terminal, ticker, state):
    """The Ctrl-C has ended the tracing of *ticker*, all of the trace is there, and the editor can be left."""
    until(lambda: not tracer_of(ticker.pid))
    terminal.see("[killed SIGINT]")
    sees_all_of(terminal, state)
    leave(terminal, 130)


def interrupt_a_callback(terminal, tmp_path, tracer, callback=OF_OURS):
    """Follow *tracer* in Neovim, and press Ctrl-C while a *callback* is at work."""
    (tmp_path / "busy.vim").write_text(BUSY + callback)
    follow(terminal, "nvim", tracer, "getppid()")
    terminal.line(":source busy.vim")
    until((tmp_path / "busy").exists)
    editor = terminal.one("nvim").pid
    before = ticks(editor)
    until(lambda: ticks(editor) > before + 10, "a callback at work")  # a Ctrl-C while it writes its file is lost
    terminal.ctrl("c")


def test_ctrl_c_interrupts_a_callback(terminal, ticker, state, tmp_path):
    """One that takes seconds; its interruption is passed on. (Vim interrupts none while it waits for a key.)

    Neovim 0.7 now and then (9 of 1500) keeps a mapped one as a key until the callback has ended: so it must end.
    """
    interrupt_a_callback(terminal, tmp_path, f"strace -p {ticker.pid}")
    ends_and_leaves(terminal, ticker, state)


def slow_tracer(path, writes):
    """A tracer at *path* that *writes*, notes the signals it gets, and takes half a second to end."""
    path.write_text(SLOW.format(writes=writes))
    path.chmod(0o755)
    return f"{path} -p 1"


def ends_by_one_signal(terminal, tmp_path):
    """The tracer (slow_tracer) has been given its time to end."""
    terminal.see("[ended 130]")
    assert (tmp_path / "signals").read_text() == "INT\n"
    leave(terminal, 130)


def test_ctrl_c_in_a_callback_counts_once(terminal, tmp_path):
    """It interrupts, and is a key that has been typed, too; a tracer that takes its time to end must be given it."""
    tracer = slow_tracer(tmp_path / "strace", "while :; do echo 'getppid() = 1'; sleep 0.02; done")
    interrupt_a_callback(terminal, tmp_path, tracer)
    ends_by_one_signal(terminal, tmp_path)


def test_ctrl_c_in_a_timer(terminal, ticker, state, tmp_path):
    """One that is not ours: Neovim's main loop takes the key, without a map or a message."""
    interrupt_a_callback(terminal, tmp_path, f"strace -p {ticker.pid}", OF_A_TIMER)
    ends_and_leaves(terminal, ticker, state)


@pytest.mark.parametrize("pager", EDITORS)
@pytest.mark.parametrize("keys", ["s", "f"])
def test_ctrl_c_cancels_what_asks_for_a_key(terminal, ticker, tmp_path, pager, keys):
    """A function of the user's, a command: the tracing goes on."""
    (tmp_path / "ask.vim").write_text(CANCELLED)
    follow(terminal, pager, f"strace -p {ticker.pid}", "getppid()")
    terminal.line(":source ask.vim")
    answers(terminal)
    terminal.type(keys)
    if keys == "s":
        terminal.until((tmp_path / "asks").exists, "the question")
    (trace,) = (tmp_path / "home").rglob("*.strace")
    before = trace.stat().st_size
    until(lambda: trace.stat().st_size > before + 1000, "more of the trace")
    terminal.ctrl("c")
    if keys == "s":
        terminal.until(lambda: not (tmp_path / "asks").exists(), "the end of the question")
    else:
        terminal.grows()
        terminal.grows()  # what came before the key may have been drawn behind it
    answers(terminal)
    assert tracer_of(ticker.pid)
    terminal.ctrl("c")
    until(lambda: not tracer_of(ticker.pid))
    leave(terminal, 130)


@pytest.mark.parametrize("pager", EDITORS)
def test_ctrl_c_in_a_flood_counts_once(terminal, tmp_path, pager):
    """Whatever the editor was doing when it came."""
    tracer = slow_tracer(tmp_path / "strace", "seq -f 'write(1, \"%.0f\", 7) = 7' 100000000")
    follow(terminal, pager, tracer, " lines")
    terminal.until(lambda: terminal.lines() > 200_000)
    terminal.ctrl("c")
    ends_by_one_signal(terminal, tmp_path)


def ticks(pid):
    """The CPU time that *pid* has used as a user, in hundredths of a second."""
    return int(procfs.read(pid, "stat").rpartition(") ")[2].split()[11])


@pytest.mark.parametrize("pager", EDITORS)
def test_ctrl_c_behind_a_move(terminal, ticker, state, pager):
    """Typed so fast that it comes while the move is drawn."""
    for _ in range(5):
        follow(terminal, pager, f"strace -p {ticker.pid}", "getppid()")
        terminal.type("ggG\x03")
        ends_and_leaves(terminal, ticker, state)


@pytest.mark.parametrize("pager", EDITORS)
def test_ctrl_c_in_a_flood(terminal, state, tmp_path, pager):
    """The editor does nothing but append and draw; the first Ctrl-C ends it all the same."""
    tracer = tmp_path / "strace"
    tracer.write_text(FLOOD)
    tracer.chmod(0o755)
    for lines in (1, 200_000, 400_000):
        follow(terminal, pager, f"{tracer} -p 1", " lines")
        terminal.until(lambda lines=lines: terminal.lines() > lines)
        terminal.ctrl("c")
        terminal.until(lambda: terminal.named("strace") == [], "the end of the tracer")
        terminal.see("[ended 130]")
        sees_all_of(terminal, state)
        leave(terminal, 130)


def test_ctrl_c_as_soon_as_less_is_there(terminal, ticker):
    """Its ear, which hears it for us, is in its group by then, however slow that one is to join."""
    slow = "strace -f -qq -o /dev/null -e trace=setpgid -e inject=setpgid:delay_enter=500000"
    terminal.line(f"{slow} vimtrace --pager=less strace -p {ticker.pid}")
    terminal.see("Waiting for data")
    interrupt(terminal, "less")
    terminal.until(lambda: not tracer_of(ticker.pid), "the end of the tracing")
    leave(terminal, 130, "q")
