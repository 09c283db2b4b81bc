"""Signals, received synchronously: blocked from the start, taken one at a time.

No Python handler ever runs. A handler could interrupt any line of the launcher, and a SIGCHLD that
arrives before ``sigwaitinfo`` would be eaten by it and the wait would last for ever.
"""

from __future__ import annotations

import os

# The builtin module has all that signal has but the names, as enums: their import takes longer than that of
# all of ours, and the tracer waits for it. TYPE_CHECKING is typing's, by the same reason without typing.
TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal as signal
    from collections.abc import Callable
else:
    import _signal as signal

STOPPING = frozenset({signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU})
ENDING = frozenset({signal.SIGTERM, signal.SIGHUP})
KEYBOARD = frozenset({signal.SIGINT, signal.SIGQUIT})
REQUEST = signal.SIGUSR1  # the pager's
WATCHED = STOPPING | ENDING | KEYBOARD | {signal.SIGCHLD, signal.SIGCONT, REQUEST}

# Python ignores these two at start-up, and an ignored signal survives exec: a tracer that ignores
# SIGPIPE would write into a closed pipe for ever.
IGNORED_BY_PYTHON = frozenset({signal.SIGPIPE, signal.SIGXFSZ})


class Signals:
    """The launcher's signals from :meth:`block` on.

    Attributes: *original_mask*, what children get back; *ignored*, the signals that came in ignored
    (nohup, ``trap '' INT``) and stay so, here and in the children; *watched*, what :meth:`wait` takes.
    """

    def __init__(self) -> None:
        self.original_mask: set[int] = signal.pthread_sigmask(signal.SIG_BLOCK, WATCHED)
        self.ignored = frozenset(
            s for s in ENDING | KEYBOARD | {signal.SIGTSTP, REQUEST} if signal.getsignal(s) == signal.SIG_IGN
        )
        # An ignored SIGCHLD makes the kernel reap our children behind our back (waitpid(2)), and
        # Python's own handler for SIGINT must not survive: stopping and dying need the default.
        for each in WATCHED - self.ignored:
            signal.signal(each, signal.SIG_DFL)
        self.watched = WATCHED - self.ignored

    @property
    def defaults(self) -> frozenset[int]:
        """What a child must set back to the default action before it executes a program."""
        return (self.watched | IGNORED_BY_PYTHON) - self.ignored

    def give_back(self) -> None:
        """Let signals act on this process as on any other: for the verbs that run nothing."""
        signal.pthread_sigmask(signal.SIG_SETMASK, self.original_mask)

    def wait(self, timeout: float) -> signal.struct_siginfo | None:
        """Sleep until a watched signal arrives; ``None`` after *timeout* seconds."""
        return wait_for(self.watched, max(timeout, 0))

    def take(self, which: frozenset[int]) -> int | None:
        """One of *which* that waits to be taken; ``None`` if there is none."""
        info = signal.sigtimedwait(which & self.watched, 0)
        return info.si_signo if info else None

    def discard(self, *which: int) -> None:
        """Forget pending signals of these kinds."""
        while signal.sigtimedwait(which, 0):
            pass

    def pending(self, which: frozenset[int]) -> bool:
        """Whether one of *which* waits to be taken."""
        return bool(signal.sigpending() & which & self.watched)

    def stop(self, sig: int, whole_group: bool, ready: Callable[[], object] = bool) -> bool:
        """Stop this process, or its *whole_group*, with *sig*; return whether it really slept.

        *ready* is called when the others have the signal and we are about to go to sleep.

        The group, because a shell that waits for a pipeline or runs a script without job control
        does not notice a single stopped member. An orphaned group cannot be stopped (POSIX,
        "Orphaned Process Group": the kernel discards the signal), and a signal that came in ignored
        stops nothing: both return ``False``. So does a pending TERM or HUP: a ``kill %1`` of a
        suspended job must be heard before going back to sleep.
        """
        if sig in self.ignored or self.pending(ENDING):
            return False
        self.discard(signal.SIGCONT)
        if whole_group:
            os.killpg(os.getpgrp(), sig)
        else:
            os.kill(os.getpid(), sig)
        ready()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {sig})  # here it sleeps
        signal.pthread_sigmask(signal.SIG_BLOCK, {sig})
        return signal.SIGCONT in signal.sigpending()

    def die(self, sig: int) -> int:
        """End as *sig* ends a process, so that the parent sees the true cause; else its status."""
        signal.signal(sig, signal.SIG_DFL)
        os.kill(os.getpid(), sig)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {sig})
        return 128 + sig


def wait_for(which: frozenset[int], timeout: float) -> signal.struct_siginfo | None:
    """Take the first of *which*, all blocked, that comes within *timeout* seconds; ``None`` if none does.

    When a stop has interrupted sigtimedwait(2) and has taken longer than that, Python tells what nobody has filled in:
    whatever was in memory (signalmodule.c of 3.11 to 3.13, signal_sigtimedwait_impl()). A SIGCONT waits then.
    """
    info = signal.sigtimedwait(which, timeout)
    return info if info and info.si_signo in which and info.si_errno == 0 else None


def name_of(sig: int) -> str:
    """``SIGINT`` for 2, and so on (signal(7)); ``signal 40`` for one without a name."""
    others = ("SIG_BLOCK", "SIG_UNBLOCK", "SIG_SETMASK", "SIG_DFL", "SIG_IGN", "SIGIOT", "SIGCLD", "SIGPOLL")
    names = (n for n, value in vars(signal).items() if value == sig and n.startswith("SIG") and n not in others)
    return next(names, f"signal {sig}")


def from_keyboard(info: signal.struct_siginfo) -> bool:
    """Whether the terminal sent it (to the whole foreground group), not a process (sigaction(2))."""
    return info.si_code > 0


def sent_from_group(info: signal.struct_siginfo, pgid: int) -> bool:
    """Whether the whole group *pgid* has it: the terminal sent it, or a member of that group."""
    if from_keyboard(info) or info.si_pid == 0:
        return True
    try:
        return os.getpgid(info.si_pid) == pgid
    except ProcessLookupError:
        return False
