"""The cost of the colours: paging through traces, against the syntax file that the editor brings."""

import os
import subprocess

from cost import interleaved
from recording import Recording

PAGES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "colours.vim")
CHECKOUT = os.path.dirname(os.path.dirname(os.path.dirname(PAGES)))
COMMANDS = "python3 -c 'import json, email'; ls -lR /etc; cat /etc/passwd"


def colours(place, rounds):
    """In Vim and Neovim: a normal trace, strings of 4 and of 64 KB, lines of 1 MB."""
    normal = strings(place, "normal", 32, f"-f -tt -T -y -yy sh -c '{COMMANDS}' 2>&1 >/dev/null", 2000)
    long = [(size, strings(place, f"{size}", size, reading(size), 1600)) for size in (4096, 65536)]
    huge = lines_of_a_megabyte(place)
    for editor in ("vim", "nvim"):
        stock, ours = interleaved(
            rounds, lambda e=editor: paged(place, e, normal, False)[0], lambda e=editor: paged(place, e, normal)[0]
        )
        facts = f"{ours / stock:.2f}  ({stock * 1000:.0f} -> {ours * 1000:.0f} ms)"
        yield f"{editor}: colours of 40 pages / the editor's own", "<= 1.5", facts, ours <= 1.5 * stock
        for size, trace in long:
            (seconds,) = interleaved(rounds, lambda e=editor, t=trace: paged(place, e, t)[0])
            yield f"{editor}: colours of 40 pages, strings of {size}", "<= 1.5 s", f"{seconds:.2f} s", seconds <= 1.5
        _, error = paged(place, editor, huge)
        yield f"{editor}: lines of 1 MB", "no error", error or "none", error == ""


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
    """Seconds in the syntax engine for 40 pages of *trace*, and the error that *editor* met or ""."""
    answer = place.file("answer")
    runtime = f" runtimepath^={os.path.join(CHECKOUT, 'vimtrace/vim')}" if ours else ""
    words = [editor, "-u", "NONE", "-i", "NONE", "-n", "--cmd", f"set nocompatible{runtime}"]
    words += ["-c", "syntax on | setlocal filetype=strace", "-S", PAGES, trace]
    run = Recording(words, {**place.environment(), "COLOURS_ANSWER": answer})
    while os.waitpid(run.pid, os.WNOHANG) == (0, 0):
        run.read(0.05)
    run.close()
    with open(answer) as file:
        seconds, error = file.read().splitlines()
    os.unlink(answer)
    return float(seconds), error
