"""The cost of the colours: paging through traces, against the syntax file that the editor brings."""

import os
import subprocess
from statistics import median
from typing import NamedTuple

from recording import Recording

PAGES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "colours.vim")
CHECKOUT = os.path.dirname(os.path.dirname(os.path.dirname(PAGES)))
COMMANDS = "python3 -c 'import json, email'; ls -lR /etc; cat /etc/passwd"


class Pages(NamedTuple):
    """Seconds of the processor for 40 pages with the syntax, with none and with an empty one; *patterns* are the
    seconds by the clock that ":syntime" tells of its patterns; the last *error* of the editor or ""."""

    coloured: float
    plain: float
    empty: float
    patterns: float
    error: str

    @property
    def colours(self):
        """What the syntax adds."""
        return self.coloured - self.plain


def colours(place, rounds):
    """In Vim and Neovim: a normal trace, strings of 4 and of 64 KB, lines of 1 MB."""
    normal = strings(place, "normal", 32, f"-f -tt -T -y -yy sh -c '{COMMANDS}' 2>&1 >/dev/null", 2000)
    long = [(size, strings(place, f"{size}", size, reading(size), 1600)) for size in (4096, 65536)]
    huge = lines_of_a_megabyte(place)
    for editor in ("vim", "nvim"):
        yield short_lines(place, editor, normal, rounds)
        for size, trace in long:
            yield long_strings(place, editor, trace, size, min(rounds, 3))
        error = paged(place, editor, huge).error
        yield f"{editor}: lines of 1 MB", "no error", error or "none", error == ""


def short_lines(place, editor, trace, rounds):
    """Against the editor's own syntax, taken in turn: the processor's time, and that in the patterns."""
    pairs = [(paged(place, editor, trace, False), paged(place, editor, trace)) for _ in range(rounds)]
    stock, ours = (median(pages.colours for pages in column) for column in zip(*pairs, strict=True))
    before, after = (min(pages.patterns for pages in column) for column in zip(*pairs, strict=True))
    facts = f"{ours / stock:.2f}  ({stock * 1000:.0f} -> {ours * 1000:.0f} ms; patterns {after / before:.2f})"
    return f"{editor}: colours of 40 pages / the editor's own", "<= 1.5", facts, ours <= 1.5 * stock


def long_strings(place, editor, trace, size, rounds):
    """The time in the patterns, the quickest of *rounds*: it is the clock's, and others use the machine too.

    Beside it all that the processor did, and what any syntax costs: the editor looks at each column to the
    end of a line, whatever 'synmaxcol' says, when only its beginning is on the screen ('nowrap').
    """
    runs = [paged(place, editor, trace) for _ in range(rounds)]
    seconds = min(pages.patterns for pages in runs)
    ours, empty = median(pages.colours for pages in runs), median(pages.empty - pages.plain for pages in runs)
    facts = f"{seconds:.2f} s  (processor {ours:.2f} s, with an empty syntax {empty:.2f} s)"
    return f"{editor}: colours of 40 pages, strings of {size}", "<= 1.5 s", facts, seconds <= 1.5


def reading(size):
    """A command that reads a program and a text in pieces of *size* bytes."""
    pieces = f"bs={size} count=60 of=/dev/null"
    binary, text = "/usr/bin/python3", "/usr/share/vim/vim90/doc/tags"
    return f"-f -tt -T -y -e trace=write sh -c 'dd if={binary} {pieces}; dd if={text} {pieces}'"


def strings(place, name, size, words, lines):
    """A file of *lines* lines: a real trace of *words* with strings of *size* bytes, over and over."""
    path = place.file(f"{name}.strace")
    subprocess.run(f"strace -s {size} -o {path} {words}", shell=True, capture_output=True, check=False)
    with open(path, errors="replace") as file:
        found = [line for line in file if len(line) > (size if size > 32 else 0)]
    with open(path, "w") as file:
        file.writelines((found * (lines // len(found) + 1))[:lines])
    return path


def lines_of_a_megabyte(place):
    """A file of calls with arguments of a megabyte."""
    path = place.file("huge.strace")
    with open(path, "w") as file:
        for inside in ('"' + "a" * 1_000_000 + '"', '"' + r"\0\"" * 250_000 + '"', '{a=1, b="x"}, ' * 70_000):
            file.writelines(f"4711 12:00:00.123456 write(1</x>, {inside}, 9) = 9 <0.000042>\n" for _ in range(40))
    return path


def paged(place, editor, trace, ours=True):
    """The Pages of *trace* in *editor*."""
    answer = place.file("answer")
    runtime = f" runtimepath^={os.path.join(CHECKOUT, 'vimtrace/vim')}" if ours else ""
    words = [editor, "-u", "NONE", "-i", "NONE", "-n", "--cmd", f"set nocompatible{runtime}"]
    words += ["-c", "syntax on | setlocal filetype=strace", "-S", PAGES, trace]
    run = Recording(words, {**place.environment(), "COLOURS_ANSWER": answer})
    while os.waitpid(run.pid, os.WNOHANG) == (0, 0):
        run.read(0.05)
    run.close()
    with open(answer) as file:
        *seconds, error = file.read().splitlines()
    os.unlink(answer)
    return Pages(*map(float, seconds), error)
