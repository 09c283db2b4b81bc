"""The system call that a process is blocked in (proc_pid_syscall(5))."""

import os

from vimtrace import procfs

IS_X86 = os.uname().machine == "x86_64"
NUMBERS = {  # on x86_64, and elsewhere
    "read": (0, 63),
    "select": (23, None),
    "pselect6": (270, 72),
    "rt_sigtimedwait": (128, 137),
    "clock_nanosleep": (230, 115),
}


def is_blocked_in(pid, *calls, arguments=""):
    """Whether the process *pid* is in one of *calls*, whose *arguments*, as proc(5) has them, begin so."""
    number, _, found = procfs.read(pid, "syscall").partition(" ")
    return number in {str(NUMBERS[call][not IS_X86]) for call in calls} and found.startswith(arguments)
