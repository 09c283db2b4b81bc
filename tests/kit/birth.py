"""A process that has a given pid: what the kernel else does only when all others were used."""

import ctypes
import os
import signal

CLONE3 = 435  # on every machine
FIELDS = "flags pidfd child_tid parent_tid exit_signal stack stack_size tls set_tid set_tid_size cgroup"


class Arguments(ctypes.Structure):
    """struct clone_args of clone3(2)."""

    _fields_ = [(name, ctypes.c_uint64) for name in FIELDS.split()]


def start_as(pid, program):
    """Start *program* as a child that has this *pid*; needs root. Raises OSError, EEXIST if somebody has it.

    Nobody else comes by a pid in this way, as by that which is written to ns_last_pid (pid_namespaces(7)).
    """
    libc = ctypes.PyDLL(None, use_errno=True)  # Python's lock is kept: in the child there is nobody to give it back
    wanted, words = (ctypes.c_int * 1)(pid), (ctypes.c_char_p * 2)(os.fsencode(program), None)
    arguments = Arguments(exit_signal=signal.SIGCHLD, set_tid=ctypes.addressof(wanted), set_tid_size=1)
    started = libc.syscall(CLONE3, ctypes.byref(arguments), ctypes.sizeof(arguments))
    if started == 0:
        libc.execv(words[0], words)
        libc._exit(127)
    if started < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return started
