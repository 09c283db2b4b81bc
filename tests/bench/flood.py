"""A live trace of a million lines at full speed: how fast it is shown, how fast a key is answered."""

import itertools
import os
import random
import time
from statistics import median

from place import LINES
from recording import Recording
from usage import child, peak_memory

MIB = 1 << 20


def start(place, editor, part):
    """A live run whose tracer plays *part*."""
    words = [place.vimtrace, f"--pager={editor}", "strace", "-p", str(os.getpid())]
    return Recording(words, place.environment(part))


def speed(place, editor):
    """Lines per second from the command to the screen, and the editor's peak memory."""
    run = start(place, editor, "flood")
    run.wait_for(b" lines")  # before that, a child of this name may be the launcher asking for its version
    pid = child(run.pid, editor)
    run.quiet(1.5)
    memory = peak_memory(pid)
    run.leave()
    return LINES / (run.when_seen(f"{LINES} lines") - run.began), memory


def key_times(place, editor):
    """The seconds until each of many keys was answered while the lines arrived."""
    run = start(place, editor, "flood")
    run.wait_for(b" lines")
    times = []
    for mark in itertools.islice(itertools.cycle("@&~"), 80):
        run.watch(random.uniform(0.01, 0.06))
        typed = time.monotonic()
        run.type(f":echo repeat('{mark}',9)\r")
        times.append((typed, run.wait_for(mark.encode() * 9) - typed))
    run.quiet(1.5)
    run.leave()
    end = run.when_seen(f"{LINES} lines")
    return [took for typed, took in times if typed < end]


def flood(place, rounds):
    """Speed, memory and keys in Vim and in Neovim."""
    trace = os.path.getsize(place.trace)
    for editor in ("vim", "nvim"):
        speeds, memories = zip(*(speed(place, editor) for _ in range(rounds)), strict=True)
        lines, memory = median(speeds), median(memories)
        yield f"{editor}: live lines per second", ">= 200000", f"{lines:.0f}", lines >= 200_000
        facts = f"{(memory - 20 * MIB) / trace:.2f}  ({memory / MIB:.0f} MiB, trace {trace / MIB:.0f})"
        yield f"{editor}: memory less 20 MiB, in traces", "<= 1.5", facts, memory <= 1.5 * trace + 20 * MIB
        times = [t * 1000 for _ in range(rounds) for t in key_times(place, editor)]
        middle, worst = median(times), max(times)
        yield f"{editor}: key in a flood, median", "<= 50 ms", f"{middle:.0f} ms  ({len(times)} keys)", middle <= 50
        yield f"{editor}: key in a flood, worst", "<= 250 ms", f"{worst:.0f} ms", worst <= 250
