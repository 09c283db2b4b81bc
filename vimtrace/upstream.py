"""The programs that feed a pipe into ``vimtrace -``: which they are, and how they are interrupted."""

import os

from vimtrace import procfs
from vimtrace.signals import signal
from vimtrace.suppress import suppress


def programs(group: int) -> list[procfs.Process]:
    """The members of the pipeline: those of process group *group* that are not ours.

    A shell with job control puts just the pipeline into a group. In a script without job control the
    group also holds the script's shell, which is our ancestor and is left out.
    """
    mine = {os.getpid()} | procfs.ancestors(os.getpid()) | {p.pid for p in procfs.descendants(os.getpid())}
    return [p for p in procfs.processes() if p.pgid == group and p.pid not in mine]


def interrupt(group: int) -> None:
    """Send SIGINT to the programs upstream, as the terminal would: to all at once, where *group* is the pipeline alone.

    bash goes on with its loop if the program that it waits for does not die of that signal (wait_for() in its jobs.c).
    """
    if not _has_ancestor(group):
        os.killpg(group, signal.SIGINT)
        signal.sigtimedwait({signal.SIGINT}, 0)  # our own: it is blocked here, and cat(1) does not hear it
        return
    for program in programs(group):
        with suppress(PermissionError):
            procfs.send(program, signal.SIGINT)


def _has_ancestor(group: int) -> bool:
    """Whether a process above us is in *group*: the shell of a script, which is not to be interrupted."""
    return any((p := procfs.process(pid)) and p.pgid == group for pid in procfs.ancestors(os.getpid()))
