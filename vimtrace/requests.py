"""What the editor asks of the launcher of its run: words in a file of the run's folder, then SIGUSR1.

again WORDS...      trace the same processes once more, with WORDS behind the tracer's own
save FILE           keep the trace in FILE, all of it, also what is still to come
save! FILE          even if there is a FILE
last LINES          write into the file "from" where the last LINES lines of the trace begin
"""

import os

from vimtrace import oversize
from vimtrace.command import TracerCommand, understand
from vimtrace.errors import UsageError
from vimtrace.runfolder import RunFolder
from vimtrace.suppress import suppress
from vimtrace.tracers import TRACERS


def take(folder: RunFolder) -> list[str]:
    """The words of the request in *folder*, which is removed; empty if there is none."""
    text = folder.read("request")
    with suppress(OSError):
        os.unlink(folder.file("request"))
    return text.splitlines()


def again(command: TracerCommand, words: list[str]) -> TracerCommand:
    """*command* with *words* added. Raises UsageError if that is nothing to follow in the same view."""
    if not command.attached or command.program:
        raise UsageError("TraceAgain: only the tracing of running processes (-p) can be started again")
    known = TRACERS.get(command.tracer.name) is command.tracer
    wanted = understand([*command.argv, *words], "" if known else command.tracer.stream)
    if wanted.operands or not wanted.is_live or wanted.is_silent:
        raise UsageError(f"TraceAgain {' '.join(words)}: that would not be shown here")
    wanted.tracer.filetype = command.tracer.filetype
    return wanted


def start_of_last(path: str, words: list[str], wanted: str) -> int:
    """Where in the trace file *path* the last lines begin that *words* ask for; *wanted*: what ``--limit`` says.

    Raises UsageError, OSError.
    """
    if len(words) != 1 or not words[0].isdigit() or not int(words[0]):
        raise UsageError(f"TraceLast {' '.join(words)}: not a number of lines")
    return oversize.start_of_last(path, int(words[0]), oversize.limit(wanted))
