"""Two runs side by side in the editor's diff mode."""

import json
import os
import signal
import subprocess
import tempfile
import termios
from collections.abc import Callable
from io import FileIO
from typing import Any

from vimtrace.diff import Pair, whole
from vimtrace.errors import VimtraceError

RUNTIME = os.path.join(os.path.dirname(os.path.abspath(__file__)), "vim")
EDITORS = ("vim", "nvim")
SANE = b"\x1b[?1049l\x1b[?25h\x1b[?1000l\x1b[?1002l\x1b[?1006l\x1b[?2004l"  # the screen from before, a cursor, no mouse


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
    """Show the two sides of *found* until the user leaves; *files* are the traces that they came from.

    Raises VimtraceError where there is no terminal.
    """
    try:
        keyboard = open("/dev/tty", "r+b", buffering=0)  # noqa: SIM115 (standard input may be one of the traces)
    except OSError as error:
        raise VimtraceError("diff: there is no terminal", "see the differences with --text or --stat") from error
    with keyboard, tempfile.TemporaryDirectory(prefix="vimtrace-diff-") as folder:
        os.umask(0o077)
        sides = [_side(folder, "ab"[at], file, list(whole(found, right=bool(at)))) for at, file in enumerate(files)]
        run = {
            "files": [side["file"] for side in sides] + [trace for side in sides for trace in side["traces"]],
            "live": 0,
            "start": os.path.join(RUNTIME, "start.vim"),
            "diff": sides,
        }
        facts = os.path.join(folder, "run.json")
        with open(facts, "w", encoding="ascii") as text_file:
            json.dump(run, text_file)
        _edit([*words, *arguments(facts), "--", *(side["file"] for side in sides)], keyboard)


def _side(folder: str, at: str, file: str, lines: list[tuple[int, str, str]]) -> dict[str, Any]:
    """What the editor is told of one side: the *file* that it shows, the *traces*, of each line its number and trace.

    A trace that cannot be read again (a pipe) is not among them.
    """
    name = os.path.basename(file).removesuffix(".gz").removesuffix(".bz2").removesuffix(".xz")  # it is unpacked
    path = os.path.join(folder, f"{at}-{name if file != '-' else 'stdin'}")
    with open(path, "wb") as text:
        text.writelines(f"{line}\n".encode("utf-8", "surrogateescape") for _, line, _ in lines)
    traces = list(dict.fromkeys(trace or file for _, _, trace in lines if trace or os.path.isfile(file)))
    numbers = [[number, traces.index(trace or file) if trace or file in traces else -1] for number, _, trace in lines]
    return {"file": path, "traces": [os.path.abspath(trace) for trace in traces], "lines": numbers}


def _edit(command: list[str], keyboard: FileIO) -> None:
    """Have the editor go until the user leaves.

    A Ctrl-C is for what it runs (``:!``), not for us; who ends us ends it first. A handler, for it would inherit what
    we ignore (execve(2)).
    """
    editor: subprocess.Popen[bytes] | None = None
    ended = 0

    def end(number: int, _: object) -> None:
        nonlocal ended
        ended = number
        if editor is not None:
            editor.send_signal(number)

    modes = termios.tcgetattr(keyboard)
    signal.signal(signal.SIGINT, lambda *_: None)
    for each in (signal.SIGHUP, signal.SIGTERM):
        signal.signal(each, end)
    editor = subprocess.Popen(command, stdin=keyboard)
    if ended:
        editor.send_signal(ended)
    if editor.wait() < 0 and os.tcgetpgrp(keyboard.fileno()) == os.getpgrp():
        termios.tcsetattr(keyboard, termios.TCSADRAIN, modes)  # Vim that a signal ends leaves its own
        keyboard.write(SANE)
    if ended:
        raise SystemExit(128 + ended)


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
