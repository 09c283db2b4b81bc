"""What /proc tells about other processes (proc_pid_stat(5), proc_pid_status(5)).

Where there is no /proc, every question has the answer "nothing known", and vimtrace does without.
"""

import os

from vimtrace.signals import signal
from vimtrace.suppress import suppress


class Process:
    """One line of /proc/PID/stat: *pid*, *comm* (at most 15 bytes), *state*, *parent*, *pgid*, *session*.

    *started*, in clock ticks since boot, tells a process from a later one with the same pid.
    """

    __slots__ = ("comm", "parent", "pgid", "pid", "session", "started", "state")

    def __init__(self, stat: str) -> None:
        # comm may hold spaces and parentheses: it ends at the last one.
        pid, rest = stat.split(" (", 1)
        self.comm, _, fields = rest.rpartition(") ")
        state, parent, pgid, session, *others = fields.split(" ", 20)
        self.pid, self.state, self.parent = int(pid), state, int(parent)
        self.pgid, self.session, self.started = int(pgid), int(session), int(others[15])


def read(pid: int, name: str) -> str:
    """The text of /proc/PID/NAME; empty if it cannot be read."""
    try:
        with open(f"/proc/{pid}/{name}", encoding="utf-8", errors="replace") as f:
            return f.read()
    except OSError:
        return ""


def process(pid: int) -> Process | None:
    """The process *pid*, or ``None`` if it is gone."""
    stat = read(pid, "stat")
    return Process(stat) if stat else None


def is_alive(seen: Process) -> bool:
    """Whether the process that was *seen* still runs, and is not just a later one with its pid."""
    now = process(seen.pid)
    return now is not None and now.started == seen.started and now.state not in "ZX"


def send(seen: Process, sig: int) -> None:
    """Send *sig* to the process that was *seen*, never to a later one with its pid. Raises PermissionError.

    The descriptor keeps meaning the one process that it was opened for (pidfd_open(2)); so what is looked at
    after the opening is what gets the signal.
    """
    with suppress(ProcessLookupError):
        fd = _pidfd(seen.pid)
        try:
            if not is_alive(seen):
                return
            if fd < 0:
                os.kill(seen.pid, sig)
            else:
                signal.pidfd_send_signal(fd, sig)
        finally:
            if fd >= 0:
                os.close(fd)


def _pidfd(pid: int) -> int:
    """A descriptor of the process *pid*; -1 where there is no such thing: Linux before 5.3, some containers."""
    try:
        return os.pidfd_open(pid)
    except ProcessLookupError:
        raise
    except OSError:
        return -1


def processes() -> list[Process]:
    """Every process that can be seen."""
    try:
        names = os.listdir("/proc")
    except OSError:
        return []
    found = (process(int(name)) for name in names if name.isdigit())
    return [p for p in found if p]


def descendants(pid: int) -> list[Process]:
    """The children of *pid*, theirs and so on; not *pid* itself."""
    children: dict[int, list[Process]] = {}
    for each in processes():
        children.setdefault(each.parent, []).append(each)
    found: list[Process] = []
    rest = [pid]
    while rest:
        for child in children.get(rest.pop(), ()):
            found.append(child)
            rest.append(child.pid)
    return found


def ancestors(pid: int) -> set[int]:
    """The parent of *pid*, its parent and so on."""
    found: set[int] = set()
    while (p := process(pid)) and p.parent and p.parent not in found:
        pid = p.parent
        found.add(pid)
    return found


def is_orphaned(pgid: int) -> bool:
    """Whether no shell could continue group *pgid*: no member's parent is in another group of the same session."""
    all_of_them = {p.pid: p for p in processes()}
    members = [p for p in all_of_them.values() if p.pgid == pgid and p.state not in "ZX"]
    parents = [(p, all_of_them.get(p.parent)) for p in members]
    return bool(members) and not any(
        parent and parent.pgid != pgid and parent.session == p.session for p, parent in parents
    )


def disposition(pid: int, sig: int) -> str:
    """What *pid* does with signal *sig*: ``ignored``, ``caught``, ``default`` or ``unknown``."""
    for line in read(pid, "status").splitlines():
        key, _, value = line.partition(":")
        if key in ("SigIgn", "SigCgt") and int(value, 16) >> (sig - 1) & 1:
            return "ignored" if key == "SigIgn" else "caught"
        if key == "SigCgt":
            return "default"
    return "unknown"


def writers(path: str) -> list[int]:
    """The processes that hold the file *path* open for writing, as far as we may look."""
    found = []
    for each in processes():
        try:
            fds = os.listdir(f"/proc/{each.pid}/fd")
        except OSError:
            continue
        if any(_writes(each.pid, fd, path) for fd in fds):
            found.append(each.pid)
    return found


def _writes(pid: int, fd: str, path: str) -> bool:
    try:
        if os.readlink(f"/proc/{pid}/fd/{fd}") != path:
            return False
    except OSError:
        return False
    flags = next((x for x in read(pid, f"fdinfo/{fd}").splitlines() if x.startswith("flags:")), "")
    return bool(flags) and int(flags.split()[1], 8) & os.O_ACCMODE != os.O_RDONLY
