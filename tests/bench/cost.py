"""What vimtrace costs beside the plain tracer: in a run of many calls, and in one of next to none."""

import os
from statistics import median

from recording import Recording

CALLS = ["dd", "if=/dev/zero", "of=/dev/null", "bs=1", "count=20000"]


def interleaved(rounds, *runs):
    """The median of each of *runs* (functions that return seconds), taken in turn."""
    times = [[run() for run in runs] for _ in range(rounds)]
    return [median(column) for column in zip(*times, strict=True)]


def timed(place, words):
    """A function that runs *words* and returns the seconds they took."""
    return lambda: Recording(words, place.environment()).end()


def on_one_core(run):
    """A function that does the same on one core: where tracer and tracee land makes a difference of 1 to 4."""

    def pinned():
        cores = os.sched_getaffinity(0)
        os.sched_setaffinity(0, {max(cores)})
        try:
            return run()
        finally:
            os.sched_setaffinity(0, cores)

    return pinned


def many_calls(place, rounds):
    """The wall time of a program of many calls under vimtrace, over plain strace: as it comes, and on one core."""
    plain = timed(place, ["strace", "-o", place.file("plain"), *CALLS])
    ours = timed(place, [place.vimtrace, "--pager=true", "strace", *CALLS])
    before, after = interleaved(rounds * 4, plain, ours)
    facts = f"{after / before:.3f}  ({before:.3f} s)"
    yield "many calls: vimtrace strace / strace -o", "<= 1.02", facts, after <= 1.02 * before
    before, after = interleaved(rounds * 2, on_one_core(plain), on_one_core(ours))
    facts = f"{after / before:.3f}  ({before:.3f} s, {(after - before) * 1000:+.0f} ms)"
    yield "  the same, tracer and tracee on one core", "-", facts, True


def few_calls(place, rounds):
    """What vimtrace adds to a run of no length, in starts of Python."""
    plain, ours, python = interleaved(
        rounds * 8,
        timed(place, ["strace", "-o", place.file("plain"), "true"]),
        timed(place, [place.vimtrace, "--pager=true", "strace", "true"]),
        timed(place, [place.python, "-I", "-c", "pass"]),
    )
    added = (ours - plain) / python
    facts = f"{added:.2f}  ({plain * 1000:.1f} -> {ours * 1000:.1f} ms, python {python * 1000:.1f} ms)"
    yield "added to strace true, in starts of Python", "<= 2.0", facts, added <= 2.0
