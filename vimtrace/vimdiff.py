"""Two runs side by side in the editor's diff mode."""

import json
import os
import signal
import subprocess
import tempfile
from collections.abc import Callable

from vimtrace.diff import Pair, whole
from vimtrace.errors import VimtraceError

RUNTIME = os.path.join(os.path.dirname(os.path.abspath(__file__)), "vim")
EDITORS = ("vim", "nvim")


def editor(wanted: str, find: Callable[[str], str]) -> list[str]:
    """The words of the editor: the *wanted* pager if it is one, else the first that is installed.

    *find* tells where a command is, or an empty string. Raises VimtraceError.
    """
    words = wanted.split()
    if words and os.path.basename(words[0]) in EDITORS and find(words[0]):
        return [find(words[0]), *words[1:]]
    for name in EDITORS:
        if find(name):
            return [find(name)]
    raise VimtraceError("diff: neither vim nor nvim is installed", "see the differences with --text or --stat")


def show(found: list[Pair], files: list[str], words: list[str]) -> None:
    """Show the two sides of *found* until the user leaves; *files* are the traces that they came from."""
    for each in (signal.SIGHUP, signal.SIGTERM):
        signal.signal(each, _leave)  # or the folder would stay
    with tempfile.TemporaryDirectory(prefix="vimtrace-diff-") as folder:
        sides = []
        for at, file in enumerate(files):
            name = f"{'ab'[at]}-{os.path.basename(file) or 'stdin'}"
            path = os.path.join(folder, name)
            lines = list(whole(found, right=bool(at)))
            with open(path, "wb") as text:
                text.writelines(f"{line}\n".encode("utf-8", "surrogateescape") for _, line in lines)
            original = "" if file == "-" else os.path.abspath(file)
            sides.append({"file": path, "trace": original, "lines": [number for number, _ in lines]})
        run = {
            "files": [side["file"] for side in sides] + [side["trace"] for side in sides if side["trace"]],
            "live": 0,
            "start": os.path.join(RUNTIME, "start.vim"),
            "diff": sides,
        }
        facts = os.path.join(folder, "run.json")
        with open(facts, "w", encoding="ascii") as text_file:
            json.dump(run, text_file)
        command = [*words, *arguments(facts), "--", *(str(side["file"]) for side in sides)]
        with open("/dev/tty", "rb") as keyboard:  # standard input may be one of the traces
            subprocess.run(command, stdin=keyboard, check=False)


def _leave(number: int, _: object) -> None:
    raise SystemExit(128 + number)


def arguments(facts: str) -> list[str]:
    """What tells the editor to read *facts* and to start our runtime; no text of a trace is among it."""
    begin = os.path.join(RUNTIME, "begin.vim")
    return [
        "-d", "-n",
        "--cmd", f"let g:vimtrace_run = json_decode(join(readfile({_quoted(facts)}), ''))",
        "--cmd", f"execute 'source' fnameescape({_quoted(begin)})",
        "-c", "execute 'source' fnameescape(g:vimtrace_run.start)",
    ]  # fmt: skip


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
