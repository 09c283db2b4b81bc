"""A trace too large to be loaded into an editor unasked: what the user is asked, and what the answer means.

An editor needs 1.05 to 1.2 times the size of a trace in memory (FACTS-vim.md, section 5). A third of what is
free leaves room for its filters, and for the traced program.
"""

from __future__ import annotations

import os
import select
import termios

from vimtrace import memory
from vimtrace.pagers import ALWAYS_LOADED
from vimtrace.suppress import suppress

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vimtrace.pagers import Pager
    from vimtrace.signals import Signals
    from vimtrace.terminal import Terminal

LAST = 100_000  # lines
BLOCK = 1 << 20


def limit(wanted: str) -> int:
    """The bytes of a trace that may be loaded unasked: what ``--limit`` says, or a third of the free memory."""
    return memory.parsed(wanted) if wanted else max(memory.available() // 3, ALWAYS_LOADED)


def start_of_last(path: str, lines: int, most: int) -> int:
    """Where in the file *path* its last *lines* lines begin; those that begin within its last *most* bytes.

    Raises OSError.
    """
    with open(path, "rb") as f:
        at = f.seek(0, os.SEEK_END)
        f.seek(max(at - 1, 0))
        left = lines + (f.read(1) == b"\n")
        lowest = max(at - most, 0)
        while at > lowest:
            size = min(BLOCK, at - lowest)
            at -= size
            f.seek(at)
            block = f.read(size)
            breaks = block.count(b"\n")
            if breaks >= left:
                return at + len(block.rsplit(b"\n", left)[0]) + 1
            left -= breaks
        f.seek(lowest)
        begun = f.readline() if lowest else b""
        return lowest + len(begun) if f.read(1) else lowest  # one endless line is shown from its middle


class Answer:
    """What is to be shown: *pagers*, best first (none: nothing now), and the number of last *lines* (0: all)."""

    def __init__(self, pagers: list[Pager], lines: int = 0) -> None:
        self.pagers = pagers
        self.lines = lines

    def start(self, path: str, wanted: str) -> int:
        """Where in the file *path* to begin; *wanted* is what ``--limit`` says, which the lines may not exceed."""
        return start_of_last(path, self.lines, limit(wanted)) if self.lines else 0


class Question:
    """What is to be shown of a trace of *size* bytes? Put on *terminal*, which must be ours until :meth:`close`.

    *choices* are the pagers to try, *less* is the one that loads only what it shows, or ``None``; *why* is what
    the trace has too much of; *can_cut*: whether its last lines alone can be shown.
    """

    def __init__(
        self, terminal: Terminal, choices: list[Pager], less: Pager | None, size: int, why: str, can_cut: bool
    ) -> None:
        self.terminal, self.choices, self.less = terminal, choices, less
        self.size, self.why, self.can_cut = size, why, can_cut
        self.default = "l" if less else "t" if can_cut else "q"
        self.open()

    def open(self) -> None:
        """Ask, for the first time or after :meth:`close`."""
        self._modes = self.terminal.modes()
        self._read_lines()
        self._put()

    def _read_lines(self) -> None:
        """Have the terminal read whole lines, and its keys be signals, whatever the program has left."""
        modes = self.terminal.modes()
        if modes is not None:
            for at, flags in (
                (0, termios.ICRNL),
                (1, termios.OPOST),
                (3, termios.ICANON | termios.ECHO | termios.ISIG),
            ):
                modes[at] |= flags
            self.terminal.set_modes(modes)

    def _put(self) -> None:
        editor = self.choices[0].name
        rows = [("l", "all of it in less, which loads only what it shows")] if self.less else []
        if self.can_cut:
            rows.append(("t", f"its last {LAST} lines in {editor}, or as many as the number that you type"))
        rows += [("a", f"all of it in {editor}"), ("q", "nothing now")]
        self.terminal.say(f"the trace has {memory.readable(self.size)}, more than {self.why}")
        lines = [f"  {letter}  {text}" for letter, text in rows]
        self.terminal.write("".join(f"{line}\r\n" for line in lines).encode())
        self._prompt()

    def _prompt(self) -> None:
        self.terminal.write(f"show [{self.default}]: ".encode())

    def answer(self) -> Answer | None:
        """The answer, if there is one by now. The end of the input, or of the terminal, means to show nothing."""
        poll = select.poll()
        poll.register(self.terminal.fd, select.POLLIN)
        if not poll.poll(0):
            return None
        data = b""
        with suppress(OSError):
            data = os.read(self.terminal.fd, 4096)
        if not data:
            return Answer([])
        answer = self._meaning(data.decode("ascii", "replace").strip().lower() or self.default)
        if answer is None:
            self._prompt()
        return answer

    def _meaning(self, word: str) -> Answer | None:
        if word == "l" and self.less:
            return Answer([self.less, *self.choices])
        if word == "a":
            return Answer(self.choices)
        if word == "q":
            return Answer([])
        if self.can_cut and (word == "t" or (word.isdigit() and int(word))):
            return Answer(self.choices, LAST if word == "t" else int(word))
        return None

    def close(self) -> None:
        """Leave the terminal as it was."""
        self.terminal.set_modes(self._modes)


def question(terminal: Terminal, choices: list[Pager], files: list[str], wanted: str) -> Question | None:
    """What must be asked before *files* are shown; ``None`` if they are not too large for the pager of *choices*.

    *wanted* is what ``--limit`` says. Of several files an editor loads one at a time.
    """
    if not choices or choices[0].kind not in ("vim", "nvim", "vi"):
        return None
    size = max((_size(path) for path in files), default=0)
    most = limit(wanted)
    if size <= most:
        return None
    from vimtrace import pagers

    less = pagers.installed("less")
    why = f"--limit={wanted}" if wanted else f"a third of the free memory ({memory.readable(most * 3)})"
    return Question(terminal, choices, less, size, why, choices[0].is_editor and len(files) == 1)


def _size(path: str) -> int:
    try:
        return os.stat(path).st_size
    except OSError:
        return 0


def ask(asked: Question, signals: Signals) -> Answer:
    """The answer to the question *asked*, where there is no run. Ctrl-C ends this process, Ctrl-Z stops it."""
    from vimtrace.signals import ENDING, KEYBOARD, signal

    group = os.getpgrp()
    answer = None
    while answer is None:
        info = signals.wait(0.02)
        sig = info.si_signo if info else 0
        if sig in ENDING | KEYBOARD:
            asked.close()
            signals.die(sig)
        elif sig == signal.SIGTSTP or asked.terminal.owner() != group:
            asked.close()
            slept = signals.stop(sig or signal.SIGTTIN, whole_group=True)
            if not slept and asked.terminal.owner() != group:
                return Answer([])
            asked.open()
        else:
            answer = asked.answer()
    asked.close()
    return answer
