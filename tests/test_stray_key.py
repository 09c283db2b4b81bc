"""A Ctrl-C that comes while Vim starts, meant for the tracer (S06): it must not cost half of the editor."""

import pytest

from kit.run import answers, leave

# A key is as quick as this only by chance. It hits once: not the Vim that is started after it.
HIT = """
function! Hit() abort
  if getfsize('hit') < MOST
    call writefile(['x'], 'hit', 'a')
    call system('kill -INT ' . getpid())
    sleep 50m
  endif
endfunction
"""
MOMENTS = {
    "before our first line": "",
    "in the vimrc": "call Hit()\n",
    "in a filetype plugin": "autocmd FileType strace call Hit()\n",
}


def is_whole(terminal):
    """The trace is there as on any other day, and all of the user's configuration."""
    answers(terminal)
    terminal.line(":echo 'mine' g:mine &modeline &filetype &modifiable exists(':TraceErrors')")
    terminal.see("mine 1 0 strace 0 2")


@pytest.fixture
def hit(home):
    """The Vim script that has Hit(), and what the vimrc says after it."""
    path = home / "hit.vim"
    path.write_text(HIT.replace("MOST", "1"))
    return path


@pytest.mark.parametrize("moment", MOMENTS)
def test_vim_is_started_again(terminal, home, hit, moment):
    """As it is when the key kills it."""
    (home / ".vimrc").write_text(f"source {hit}\n{MOMENTS[moment]}let g:mine = 1\n")
    early = f' --cmd "source {hit} | call Hit()"' if not MOMENTS[moment] else ""
    terminal.line(f"cd {home}; vimtrace --pager='vim{early}' strace true")
    if early:  # then there is nothing of ours that could do it without the user
        terminal.see("Press ENTER")
        terminal.type("\r")
    terminal.until(lambda: terminal.screen.text.count("[ended 0]") == 1, "the status line")
    is_whole(terminal)
    assert (home / "hit").exists()
    leave(terminal, 0)


def test_one_that_is_interrupted_again_and_again_shows_the_trace_all_the_same(terminal, home, hit):
    """A slow plugin that the user breaks off each time."""
    hit.write_text(HIT.replace("MOST", "12"))  # two bytes for each time
    (home / ".vimrc").write_text(f"source {hit}\nlet g:mine = 1\nautocmd FileType strace call Hit()\n")
    terminal.line(f"cd {home}; vimtrace strace true")
    terminal.until(lambda: terminal.type("\r") or "[ended 0]" in terminal.screen.text, "the status line")
    assert (home / "hit").stat().st_size == 12
    leave(terminal, 0, ":q!\r")


def test_a_saved_trace(terminal, home, hit):
    """There is no launcher to start Vim again."""
    (home / ".vimrc").write_text(f"source {hit}\nlet g:mine = 1\nautocmd FileType strace call Hit()\n")
    (home / "x.strace").write_text("close(3) = 0\n+++ exited with 0 +++\n")
    terminal.line(f"cd {home}; vimtrace open x.strace")
    terminal.see("Press ENTER")
    terminal.type("\r")
    terminal.line(":while !exists('g:vimtrace_started') | sleep 20m | endwhile")
    is_whole(terminal)
    leave(terminal, 0)
