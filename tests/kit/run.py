"""A run of vimtrace as a user has it: open it, follow it, leave it."""

from itertools import count

from conftest import state_of
from kit.blocked import is_blocked_in

NUMBERS = count(10)  # of questions: the answer to an earlier one may still be on the screen


def open_finished(terminal, command="strace true", pager="vim"):
    """Trace *command* and wait until *pager* shows the finished trace."""
    terminal.line(f"vimtrace --pager={pager} {command}")
    terminal.in_front(pager)
    signs = ("[ended", "[killed") if "vim" in pager else ("execve(",)
    terminal.until(lambda: any(sign in terminal.screen.text for sign in signs), "a finished trace")


def follow(terminal, pager, command, ready="FOLLOW"):
    """Start a live run and wait until *pager* shows it."""
    terminal.line(f"vimtrace --pager={pager} {command}")
    terminal.in_front(pager)
    terminal.see(ready)


def answers(terminal):
    """Wait until the editor does what is typed: a busy Vim takes Ctrl-C for itself."""
    number = next(NUMBERS)
    terminal.line(f":echo 'answer' {number}+0 '.'")
    terminal.see(f"answer {number} .")


def is_back(terminal, pager):
    """Wait until *pager*, continued in front, goes on: an editor follows, less waits for a key.

    It has left its F when it was stopped; what its prompt says hangs on what was written just before.
    """
    if pager != "less":
        terminal.see("FOLLOW")
        return
    less = terminal.one("less").pid
    terminal.until(lambda: state_of(less) == "S" and reads(less), "less at its prompt")


def reads(pid, arguments=""):
    """Whether the process *pid* is blocked in a read(2) whose *arguments*, as proc(5) has them, begin so."""
    return is_blocked_in(pid, "read", arguments=arguments)


def at_rest(terminal, editor):
    """Wait until *editor* waits for a key.

    A Vim that is stopped by somebody else's SIGTSTP a moment before sees that only when it is woken once more.
    """
    pid = terminal.one(editor).pid
    terminal.until(lambda: is_blocked_in(pid, "select", "pselect6"), f"{editor} at rest")


def interrupt(terminal, pager):
    """Press Ctrl-C in *pager*; a less has then heard it."""
    bells = terminal.transcript.count(b"\a")
    terminal.ctrl("c")
    if pager == "less":  # a key that it reads before its signal handler has run is lost: the handler jumps
        terminal.until(lambda: terminal.transcript.count(b"\a") > bells, "the bell of less")


def leave(terminal, status=None, keys=":q\r"):
    """Leave the pager with *keys*: the run's exit status is *status*, the terminal sane, nothing left."""
    terminal.type(keys)
    if status is not None:
        assert terminal.status() == status
    terminal.sane()
    terminal.quiet()
