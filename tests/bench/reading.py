"""How fast a trace is read: its lines, its events, and the table of calls by columns."""

import subprocess
import sys
import time

LINES = """
import sys
from vimtrace.trace.line import BLOCK, Lines
with open(sys.argv[1], "rb") as file:
    lines = Lines()
    while block := file.read(BLOCK):
        for line in lines.feed(block):
            pass
"""
EVENTS = """
import sys
from vimtrace.trace.source import Traces
for event in Traces(sys.argv[1:]).events():
    pass
"""
COLUMNS = """
import sys
from vimtrace.columns import calls
assert calls(sys.argv[1]) is not None
"""
WORK = ["-f", "-ttt", "-T", "sh", "-c", "ls -lR /etc; wc /etc/*; dd if=/dev/zero of=/dev/null bs=1 count=20000"]
SIZE = 2_000_000


def rate(code, path, lines, rounds):
    """Lines a second, the best of *rounds*, without the time that Python takes to start."""
    best = 0.0
    for _ in range(rounds):
        start = time.perf_counter()
        subprocess.run([sys.executable, "-c", "import vimtrace.trace.line"], check=True)
        middle = time.perf_counter()
        subprocess.run([sys.executable, "-c", code, path], check=True)
        best = max(best, lines / (time.perf_counter() - middle - (middle - start)))
    return best


def reading(place, rounds):
    """Lines a second of a real trace of strace -f -ttt -T, repeated until it is long."""
    path = place.file("reading.strace")
    subprocess.run(["strace", "-o", path, *WORK], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    with open(path, "rb") as file:
        once = file.read()
    repeats = SIZE // once.count(b"\n") + 1
    with open(path, "wb") as file:
        file.writelines([once] * repeats)
    lines = once.count(b"\n") * repeats
    for figure, bar, code in (
        ("reading: lines/s, line level", 250_000, LINES),
        ("reading: lines/s, events", 0, EVENTS),
        ("reading: lines/s, table of calls by columns", 2_000_000, COLUMNS),
    ):
        measured = rate(code, path, lines, rounds)
        yield figure, f">= {bar}" if bar else "-", f"{measured:,.0f}", measured >= bar
