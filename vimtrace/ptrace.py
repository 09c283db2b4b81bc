"""Why a tracer may not attach to a process (ptrace(2), "Ptrace access mode checking"; Yama's documentation).

The kernel answers EPERM to nearly everything; /proc tells which rule it was. What is read here is read
after the failure, for the hint under the tracer's own message, or ahead of it by ``vimtrace doctor``.
"""

import os
import pwd
import re
from typing import NamedTuple

from vimtrace import procfs
from vimtrace.command import TracerCommand

CAP_SYS_PTRACE = 19  # <linux/capability.h>
PF_KTHREAD = 0x00200000  # <linux/sched.h>
SCOPE_FILE = "/proc/sys/kernel/yama/ptrace_scope"
SCOPES = {
    0: "any process of the same user",
    1: "only what the tracer itself has started",
    2: "only with CAP_SYS_PTRACE",
    3: "no process at all until the next boot",
}
OPEN_SCOPE = "sudo sysctl kernel.yama.ptrace_scope=0"
CONTAINERS = {"/.dockerenv": "docker", "/run/.containerenv": "podman"}
IN_CGROUP = ("docker", "kubepods", "containerd", "lxc", "libpod")


class Caller(NamedTuple):
    """Who traces, and where: *capable* of tracing others (CAP_SYS_PTRACE), Yama's *scope* (0 without Yama)."""

    uid: int
    capable: bool
    scope: int
    filtered: bool  # a seccomp filter stands between us and the kernel
    container: str

    @property
    def advice(self) -> str:
        """What gives the right to trace another's process."""
        if self.container and self.uid == 0:
            return f"start the {self.container} container with --cap-add=SYS_PTRACE"
        return "put sudo before the tracer: vimtrace sudo strace ..."


def caller(as_root: bool = False) -> Caller:
    """This process; *as_root*: what sudo would make of it."""
    status = _status(os.getpid())
    bits = int(status.get("CapBnd" if as_root else "CapEff", "0"), 16)
    return Caller(
        uid=0 if as_root else os.getuid(),
        capable=bool(bits >> CAP_SYS_PTRACE & 1),
        scope=scope(),
        filtered=status.get("Seccomp") == "2",
        container=container(),
    )


def scope() -> int:
    """Yama's ptrace_scope; 0 where there is no Yama."""
    try:
        with open(SCOPE_FILE, encoding="ascii") as f:
            return int(f.read())
    except (OSError, ValueError):
        return 0


def container() -> str:
    """The kind of container that we are in, or ""."""
    for path, name in CONTAINERS.items():
        if os.path.exists(path):
            return name
    groups = procfs.read(1, "cgroup")
    inside = [name for name in IN_CGROUP if name in groups]
    return os.environ.get("container") or (inside[0] if inside else "")  # noqa: SIM112 (systemd's name for it)


def obstacle(pid: int, who: Caller) -> str:
    """Why *who* cannot attach to *pid*, and what to do about it; empty if nothing is known against it."""
    process, status = procfs.process(pid), _status(pid)
    if not process or not status:
        return f"{pid}: no such process; ps -e lists them, and -p takes a name as well"
    name = f"{pid} ({process.comm})"
    if process.state in "ZX":
        return f"{name} is a zombie: it has ended, and waits for its parent {process.parent} to notice"
    if _is_kernel_thread(pid):
        return f"{name} is a kernel thread, which has no system calls to trace"
    if tracer := tracer_of(pid):
        return f"{name} is already traced by {_named(tracer)}, and a process can have one tracer; end that one first"
    if pid == os.getpid():
        return f"{name} is vimtrace itself"
    return _refusal(name, pid, status, who)


def tracer_of(pid: int) -> int:
    """The process that traces *pid*, or 0."""
    return int(_status(pid).get("TracerPid", "0"))


def hints(command: TracerCommand, messages: str, has_trace: bool) -> list[str]:
    """The obstacles to the attaching of *command*, whose tracer failed with *messages*; each process's once.

    Of several processes, those that the tracer names in an error; all of them if there is no trace.
    """
    if {"nsenter", "unshare"} & set(command.wrappers):  # where numbers mean other processes
        return []
    named = [int(pid) for pid in re.findall(r"(?:PTRACE_\w+, |attach to pid )(\d+)", messages)]
    who = caller(command.may_be_refused)
    pids = dict.fromkeys(named if has_trace or named else command.attached)
    if command.tracer.name not in ("strace", "ltrace"):  # they do without ptrace(2)
        return [obstacle(pid, who) for pid in pids if not procfs.process(pid)]
    return [hint for pid in pids if (hint := obstacle(pid, who))]


def _refusal(name: str, pid: int, status: dict[str, str], who: Caller) -> str:
    """Which rule of the kernel refuses *who*: the user's, the dumpable flag's, Yama's."""
    if who.scope == 3:
        return f"kernel.yama.ptrace_scope is 3: {SCOPES[3]}"
    if who.capable:
        return ""
    uids = {int(uid) for uid in status.get("Uid", "").split()}
    if uids != {who.uid}:
        owners = ", ".join(sorted(_user(uid) for uid in uids - {who.uid}))
        return f"{name} is {owners}'s process; {who.advice}"
    if _owner(pid) != who.uid:
        return f"{name} is protected (its program was set-user-ID, or asked not to be dumpable); {who.advice}"
    if who.uid == 0 and int(status.get("CapPrm", "0"), 16) & ~int(_status(os.getpid()).get("CapPrm", "0"), 16):
        return f"{name} has capabilities that we have not; {who.advice}"
    if who.scope:
        return (
            f"kernel.yama.ptrace_scope is {who.scope}: {SCOPES.get(who.scope, 'restricted')};"
            f" {who.advice}, or allow it until the next boot: {OPEN_SCOPE}"
        )
    if _selinux_denies():
        return "SELinux forbids ptrace(2); allow it: sudo setsebool deny_ptrace off"
    if who.filtered:
        return "a seccomp filter forbids ptrace(2) here, as containers do; start it with --cap-add=SYS_PTRACE"
    return ""


def _status(pid: int) -> dict[str, str]:
    """The lines of /proc/PID/status (proc_pid_status(5))."""
    pairs = (line.partition(":") for line in procfs.read(pid, "status").splitlines())
    return {key: value.strip() for key, _, value in pairs}


def _is_kernel_thread(pid: int) -> bool:
    fields = procfs.read(pid, "stat").rpartition(") ")[2].split()
    return len(fields) > 6 and bool(int(fields[6]) & PF_KTHREAD)


def _named(pid: int) -> str:
    process = procfs.process(pid)
    return f"{pid} ({process.comm})" if process else str(pid)


def _selinux_denies() -> bool:
    try:
        with open("/sys/fs/selinux/booleans/deny_ptrace", encoding="ascii") as f:
            return f.read().startswith("1")
    except OSError:
        return False


def _user(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}"


def _owner(pid: int) -> int:
    """Who owns the files of /proc/PID: root, if the process is not dumpable (proc(5))."""
    try:
        return os.stat(f"/proc/{pid}/stat").st_uid
    except OSError:
        return -1
