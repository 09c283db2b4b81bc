"""The processes that a tracer could attach to (psutil): found by name, or listed for the user to choose from."""

import contextlib
import difflib
import os
import time
from collections.abc import Iterator
from typing import NamedTuple

import psutil

from vimtrace import procfs
from vimtrace.errors import VimtraceError

FIELDS = ["pid", "ppid", "name", "username", "status", "cmdline", "create_time"]
SAMPLE = 0.2  # seconds over which the CPU use is measured
NEAREST = 5


class NoSuchName(VimtraceError, LookupError):
    """No process has the name."""


class Candidate(NamedTuple):
    """One process: *age* in seconds, *cpu* in per cent of one processor, *command* its words."""

    pid: int
    name: str
    user: str
    age: float
    cpu: float
    command: tuple[str, ...]

    @property
    def words(self) -> set[str]:
        """What it can be called by beside its name: the words of its command line, and their last parts."""
        command = self.command[0].split() if len(self.command) == 1 else self.command
        return {word for each in command for word in (each, os.path.basename(each)) if word}

    @property
    def line(self) -> str:
        """Its command line as one text."""
        return " ".join(self.command) or f"[{self.name}]"


def candidates(cpu: bool = False) -> list[Candidate]:
    """The processes that live and are not the kernel's; not ourselves, nor what we were started from.

    Those would be frozen together with their tracer by a Ctrl-Z. With *cpu*, measure for a moment
    how busy they are.
    """
    processes = list(_eligible())
    before = {p.pid: _cpu_seconds(p) for p in processes} if cpu else {}
    if cpu:
        time.sleep(SAMPLE)
    now = time.time()
    return [
        Candidate(
            pid=p.pid,
            name=p.info["name"] or "",
            user=p.info["username"] or "?",
            age=max(now - (p.info["create_time"] or now), 0.0),
            cpu=max(_cpu_seconds(p) - before.get(p.pid, 0.0), 0.0) / SAMPLE * 100 if cpu else 0.0,
            command=tuple(word for word in p.info["cmdline"] or () if word),
        )
        for p in processes
    ]


def _eligible() -> Iterator[psutil.Process]:
    ours = {os.getpid()} | procfs.ancestors(os.getpid())
    for process in psutil.process_iter(FIELDS):
        info = process.info
        is_kernel = process.pid == 2 or info["ppid"] == 2
        if process.pid not in ours and not is_kernel and info["status"] != psutil.STATUS_ZOMBIE:
            yield process


def _cpu_seconds(process: psutil.Process) -> float:
    with contextlib.suppress(psutil.Error):
        times = process.cpu_times()
        return float(times.user + times.system)
    return 0.0


def find(name: str) -> list[int]:
    """The ids of the processes called *name*: exactly, else by a word of the command line. Raises NoSuchName."""
    everybody = candidates()
    exact = [c.pid for c in everybody if c.name == name]
    if exact:
        return exact
    others = [c for c in everybody if "vimtrace" not in {os.path.basename(word) for word in c.command[:2]}]
    by_word = [c.pid for c in others if name in c.words]
    if by_word:
        return by_word
    near = nearest(name, everybody)
    hint = f"the nearest names: {', '.join(near)}" if near else "choose from a list: give -p no name"
    raise NoSuchName(f"{name}: no process of that name", hint)


def nearest(name: str, everybody: list[Candidate]) -> list[str]:
    """The names most like *name*, best first: those that hold it, then those spelled alike."""
    names = sorted({c.name for c in everybody} | {w for c in everybody for w in c.words if "/" not in w[:-1]})
    lower = {n.lower(): n for n in reversed(names)}
    holds = [n for n in names if name.lower() in n.lower() and len(n) <= 3 * len(name)]
    alike = [lower[n] for n in difflib.get_close_matches(name.lower(), list(lower), NEAREST)]
    return list(dict.fromkeys(alike + holds))[:NEAREST]
