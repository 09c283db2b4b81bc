"""The list that a lone ``-p`` offers: fzf where it is installed, else our own with rich."""

import contextlib
import os
import signal
import subprocess
from collections.abc import Iterable, Sequence
from typing import Literal

from rich.console import Console
from rich.table import Table
from rich.text import Text

from vimtrace.candidates import Candidate, candidates
from vimtrace.command import find
from vimtrace.errors import VimtraceError
from vimtrace.output import printable
from vimtrace.signals import Signals

HEAD = ("PID", "USER", "AGE", "CPU", "COMMAND")
UNITS = ((86400, "d"), (3600, "h"), (60, "m"), (1, "s"))


def choose(signals: Signals) -> list[int]:
    """Let the user choose processes on the terminal; return their ids, at least one.

    Meanwhile signals act as in any program: there is no run yet that a Ctrl-C could harm. Raises
    VimtraceError (130) if nothing was chosen.
    """
    rows = sorted(candidates(cpu=True), key=lambda c: (-round(c.cpu), c.age))
    mask = signal.pthread_sigmask(signal.SIG_SETMASK, signals.original_mask)
    try:
        fzf = find("fzf", relative=False)
        pids = with_fzf(fzf, rows) if fzf else with_list(rows)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
    if not pids:
        raise VimtraceError("-p: no process chosen", "", 130)
    return pids


def cells(row: Candidate) -> tuple[str, str, str, str, str]:
    """What is shown of *row*, safe for a terminal."""
    return str(row.pid), printable(row.user), age(row.age), f"{row.cpu:.0f}%", printable(row.line)


def age(seconds: float) -> str:
    """*seconds* in the largest unit that gives at least one: ``3d``."""
    size, unit = next(((size, unit) for size, unit in UNITS if seconds >= size), (1, "s"))
    return f"{int(seconds // size)}{unit}"


def with_fzf(fzf: str, rows: Iterable[Candidate]) -> list[int]:
    """Ask with fzf(1), in which Tab marks several."""
    lines = ["{:>8} {:<12} {:>5} {:>5} {}".format(*row) for row in (HEAD, *map(cells, rows))]
    process = subprocess.Popen(
        [fzf, "--multi", "--reverse", "--header-lines=1", "--prompt=attach to (Tab: several) > "],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        errors="surrogateescape",
    )
    assert process.stdin
    assert process.stdout
    with contextlib.suppress(BrokenPipeError), process.stdin:
        process.stdin.write("\n".join(lines))
    status = ended(process.pid)
    chosen = process.stdout.read()
    process.returncode = status
    return [int(line.split()[0]) for line in chosen.splitlines()] if status == 0 else []


def ended(pid: int) -> int:
    """Wait for the child *pid*; return its exit status. When it stops, so does our whole job.

    fzf stops only itself on Ctrl-Z, which no shell would notice. Before it has set the terminal, Ctrl-Z is a signal for
    us as well: it waits until we have seen fzf stop, for a shell that continued us before fzf would have us see that
    then, and stop once more.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTSTP})
    while True:
        _, status = os.waitpid(pid, os.WUNTRACED)
        if not os.WIFSTOPPED(status):
            return os.waitstatus_to_exitcode(status)
        os.killpg(os.getpgrp(), signal.SIGTSTP)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTSTP})  # we stop here
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTSTP})
        os.kill(pid, signal.SIGCONT)


def with_list(rows: Sequence[Candidate]) -> list[int]:
    """Ask with a table: ids choose, any other word narrows the list, nothing gives up."""
    with open("/dev/tty", "w", encoding="utf-8", errors="backslashreplace") as tty, open("/dev/tty", "rb") as keys:
        console = Console(file=tty, force_terminal=True, highlight=False)
        shown = list(rows)
        while True:
            draw(console, shown)
            console.print("attach to (ids; a word narrows the list; nothing: none): ", end="", markup=False)
            tty.flush()
            answer = keys.readline().decode("utf-8", "replace").replace(",", " ").split()
            if not answer:
                return []
            if all(word.isdigit() for word in answer):
                known = {row.pid for row in rows}
                if all(int(word) in known for word in answer):
                    return [int(word) for word in answer]
                console.print(f"{' '.join(answer)}: not all of them are processes of the list", markup=False)
                continue
            shown = [row for row in rows if all(w.lower() in " ".join(cells(row)).lower() for w in answer)]


def draw(console: Console, rows: Sequence[Candidate]) -> None:
    """Print as many of *rows* as the terminal has room for."""
    table = Table(box=None, header_style="bold", padding=(0, 1), expand=True)
    for name in HEAD:
        is_last = name == HEAD[-1]
        justify: Literal["left", "right"] = "left" if name in ("USER", "COMMAND") else "right"
        table.add_column(name, justify=justify, no_wrap=True, overflow="ellipsis", ratio=1 if is_last else None)
    room = max(console.height - 3, 5)
    for row in rows[:room]:
        table.add_row(*(Text(cell) for cell in cells(row)))
    console.print(table)
    if len(rows) > room:
        console.print(f"({len(rows) - room} more: type a word of theirs)", markup=False)
    elif not rows:
        console.print("(none has that word)", markup=False)
