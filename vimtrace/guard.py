"""The guard: a trace that can no longer be written is a reason to end the tracing, not the viewing.

A tracer does not end by itself then: strace says so once for each line, on the user's terminal. What is full may be
the disk (statvfs(3)), the file (RLIMIT_FSIZE, whose signal would kill the tracer, and with ltrace what it traces), or
a quota, which nothing tells: there the tracer writes and writes, the file does not grow, and nor may another.
"""

import time

from vimtrace import procfs
from vimtrace.disk import MEBIBYTE, size_of
from vimtrace.ending import Ending
from vimtrace.job import Job
from vimtrace.signals import signal
from vimtrace.tracefile import TraceFile

LOOK = 0.5  # seconds between two looks at a file that does not grow
MANY = 20  # writes between two looks; a line or two of the tracer's messages are fewer
LOOKS = 2  # in a row


class Guard:
    """Watches over the file *trace*, that the tracer of *ending* writes to."""

    def __init__(self, trace: TraceFile, ending: Ending) -> None:
        self.trace, self.ending = trace, ending
        self._limit = _file_limit()
        self._size = self._writes = -1
        self._in_vain = 0
        self._next = 0.0

    def room(self) -> int:
        """Bytes that may still be written before the disk, or the file, counts as nearly full."""
        if self._limit < 0:
            return self.trace.room()
        reserve = min(MEBIBYTE, self._limit // 20)
        left = self._limit - reserve - size_of(self.trace.path)
        return min(max(left, 0), self.trace.room())

    def why(self) -> str:
        """Why the tracing must be ended now, or ""."""
        if not self.trace.room():
            return "the disk is nearly full"
        if not self.room():
            return "the trace is nearly as large as a file may be (ulimit -f)"
        return "the trace file no longer grows (quota?)" if self._writes_in_vain() else ""

    def why_ended(self, tracer: Job) -> str:
        """Why the *tracer* has ended, if that is what it could not write; or ""."""
        if tracer.killed_by == signal.SIGXFSZ:
            return "the trace is as large as a file may be (ulimit -f)"
        return "the disk is full" if tracer.status and not self.trace.room() else ""

    def _writes_in_vain(self) -> bool:
        """Whether the tracer writes (proc_pid_io(5)), the file does not grow, and no block can be written beside it.

        What the tracer writes may go elsewhere, and what its children wrote is counted, too.
        """
        size = size_of(self.trace.path)
        if size != self._size or not size:
            self._size, self._writes, self._in_vain = size, -1, 0
        elif (now := time.monotonic()) >= self._next:
            self._next = now + LOOK
            before, self._writes = self._writes, _writes(self.ending.tracer_pid())
            self._in_vain = self._in_vain + 1 if 0 <= before <= self._writes - MANY else 0
            if self._in_vain >= LOOKS and self.trace.takes_more():
                self._in_vain = 0
        return self._in_vain >= LOOKS


def _file_limit() -> int:
    """The bytes that a file of ours may have; -1 without a limit."""
    import resource

    return resource.getrlimit(resource.RLIMIT_FSIZE)[0]


def _writes(pid: int) -> int:
    """How often the process *pid* has called write(2); -1 if that is not ours to know."""
    found = [line.split()[1] for line in procfs.read(pid, "io").splitlines() if line.startswith("syscw:")]
    return int(found[0]) if pid and found else -1
