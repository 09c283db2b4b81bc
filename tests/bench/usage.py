"""What a process has used, by /proc (proc_pid_stat(5), proc_pid_status(5))."""

import os
import time

from vimtrace import procfs

TICKS = os.sysconf("SC_CLK_TCK")


def cpu(pid):
    """The seconds of CPU time that process *pid* has used."""
    user, system = procfs.read(pid, "stat").rpartition(") ")[2].split()[11:13]
    return (int(user) + int(system)) / TICKS


def peak_memory(pid):
    """The most resident memory that process *pid* has had, in bytes."""
    line = next(x for x in procfs.read(pid, "status").splitlines() if x.startswith("VmHWM:"))
    return int(line.split()[1]) * 1024


def child(pid, comm, patience=10):
    """The descendant of *pid* that is called *comm*, as soon as there is one."""
    end = time.monotonic() + patience
    while time.monotonic() < end:
        found = [p.pid for p in procfs.descendants(pid) if p.comm == comm]
        if found:
            return found[-1]  # a Neovim from 0.9 on runs the editor proper in a child
        time.sleep(0.01)
    raise TimeoutError(f"{pid} has started no {comm}")
