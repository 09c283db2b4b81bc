"""The loop against its model (tests/model): what once went wrong, played again; for random events: tests/model/run."""

import platform
import signal

import pytest

from model import handoffs
from model.play import Play
from vimtrace import procfs

KILL = {"x86_64": 62}.get(platform.machine(), 129)  # the number of kill(2) in /proc/PID/syscall


@pytest.fixture
def play(tmp_path):
    """Plays lines of actions (model/loop.py), then leaves; what must hold is asserted after each."""
    played = Play(tmp_path)
    yield lambda line: (played.all(*line.split("; ")), played.leave())
    played.close()


@pytest.mark.parametrize("seed", [1, 2])
def test_keys_around_each_hand_off(seed):
    """Ctrl-Z, Ctrl-C, Ctrl-\\ and pairs of them, 3 ms apart: every round ends sane, with no trace lost (Z05 P02)."""
    handoffs.drive(14, seed)


@pytest.mark.parametrize("kind", ["nvim", "less"])
@pytest.mark.parametrize(
    "line",
    [
        "start after {} front; write; key Z; fg; end 3; key Z; fg; resize; key q",
        "start live {} front; write; key Z; bg; write; fg; key C; key Z; bg; fg; key Q",
        "start after {} back; end 0; fg; launcher TSTP; kill",
        "start live {} front; tracer KILL; pager STOP; pager KILL; fg",
    ],
    ids=["after", "live", "back", "deaths"],
)
def test_ordinary_events(play, line, kind):
    """A few of every kind."""
    play(line.format(kind))


ONCE_WRONG = {
    "a tracer stopped behind the shell": "start live less back; tracer STOP; fg; key q",
    "an interrupt behind the shell": "start live nvim back; launcher INT; fg; key q",
    "an interrupt while waiting": "start live less back; end 0; launcher INT; bg",
    "a stop behind the shell": "start live less front; key Z; bg; launcher TSTP; fg",
    "a pager continued behind the shell": "start live less front; pager TSTP; pager CONT; bg; fg",
    "a dead pager and bg": "start after nvim front; end 0; key Z; pager KILL; bg",
    "the launcher stopped alone": "start after nvim front; end 0; launcher STOP; resize; fg",
    "a pager dead when TERM comes": "start after nvim front; end 0; launcher STOP; pager KILL; launcher TERM; fg",
    "TERM behind another signal": "start live nvim front; end 3; launcher TSTP; launcher INT; pager KILL; "
    "launcher TERM; fg",
    "the launcher continued alone": "start after less front; key Z; launcher CONT; fg; write",
}


@pytest.mark.parametrize("line", ONCE_WRONG.values(), ids=[name.replace(" ", "-") for name in ONCE_WRONG])
def test_what_once_went_wrong(play, line):
    """Found by the random events, or by thinking them over."""
    play(line)


def test_fg_while_the_launcher_is_about_to_stop(terminals):
    """It has seen that the terminal is not its own, and fg gives it the terminal just then: it does not stop.

    Each kill(2) of it is made to take half a second before it begins.
    """
    terminal = terminals()
    slow = "strace -f -qq --seccomp-bpf -o /dev/null -e trace=kill -e inject=kill:delay_enter=500000"
    terminal.line(f"{slow} vimtrace --pager=less --from=stdout echo word &")

    def about_to_stop():
        facts = [procfs.read(p.pid, "syscall").split() for p in terminal.named("vimtrace")]
        return any(x[:1] == [str(KILL)] and int(x[2], 16) == signal.SIGTTOU for x in facts)

    terminal.until(about_to_stop, "a launcher about to stop itself")
    terminal.line("fg")
    terminal.in_front("less")
    terminal.see("\nword")
    terminal.type("q")
    terminal.mark()
    terminal.sane()
    terminal.quiet()
