"""How fast a trace is read: its lines, its events, and by columns the table of calls and the whole summary."""

import os
import subprocess
import sys
import time
from statistics import median

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
FILTER = """
import sys
from vimtrace.reader import run
run("filter", ["failed", *sys.argv[1:]], "", str)
"""
COLUMNS = """
import sys
from vimtrace.columns import calls
assert calls(sys.argv[1:]) is not None
"""
SUMMARY = """
import sys
from vimtrace.columns import summary
assert summary(sys.argv[1:]) is not None
"""
READS = "ls -lR /etc; wc /etc/*; dd if=/dev/zero of=/dev/null bs=1 count=20000"
OPENS = """
mkdir repository; cd repository; git init; for i in $(seq 200); do echo $i >$i; done; git add -A
git -c user.name=a -c user.email=b commit -m x; git status; git log --stat; for i in $(seq 20); do cat $i | sort; done
"""
CONNECTS = """
import socket, sys, threading
server = socket.create_server(("127.0.0.1", 0))
def serve():
    for _ in range(1000):
        taken, _ = server.accept()
        taken.recv(100), taken.sendall(b"answer"), taken.close()
thread = threading.Thread(target=serve)
thread.start()
for _ in range(1000):
    client = socket.create_connection(server.getsockname())
    client.sendall(b"question"), client.recv(100), client.close()
thread.join()
"""
SIZE = 2_000_000


def rate(code, path, lines, rounds):
    """Lines a second, the best and the median of *rounds*, without the time that Python takes to start."""
    found = []
    for _ in range(rounds):
        start = time.perf_counter()
        subprocess.run([sys.executable, "-c", "import vimtrace.trace.line"], check=True)
        middle = time.perf_counter()
        subprocess.run([sys.executable, "-c", code, path], stdout=subprocess.DEVNULL, check=True)
        found.append(lines / (time.perf_counter() - middle - (middle - start)))
    return max(found), median(found)


def trace(place, name, words, *flags):
    """A real trace of strace -f -ttt -T *flags* of *words*, repeated until it is long; of how many lines."""
    path, folder = place.file(f"{name}.strace"), place.file(name)
    os.mkdir(folder)
    strace = ["strace", "-o", path, "-f", "-ttt", "-T", *flags, *words]
    subprocess.run(strace, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False, cwd=folder)
    with open(path, "rb") as file:
        once = file.read()
    repeats = SIZE // once.count(b"\n") + 1
    with open(path, "wb") as file:
        file.writelines([once] * repeats)
    return path, once.count(b"\n") * repeats


def reading(place, rounds):
    """Lines a second of traces of many reads and writes, of many openings and processes, of many connections."""
    reads, opens = trace(place, "reads", ["sh", "-c", READS]), trace(place, "opens", ["sh", "-c", OPENS])
    named = trace(place, "named", ["sh", "-c", READS], "-y")
    connects = trace(place, "connects", [os.path.realpath(sys.executable), "-I", "-S", "-c", CONNECTS])
    for figure, bar, code, (path, lines) in (
        ("reading: lines/s, line level", 250_000, LINES, reads),
        ("reading: lines/s, events", 0, EVENTS, reads),
        ("reading: lines/s, filter 'failed'", 0, FILTER, reads),
        ("  the same, of git and a shell", 0, FILTER, opens),
        ("reading: lines/s, table of calls by columns", 2_000_000, COLUMNS, reads),
        ("reading: lines/s, summary by columns", 2_000_000, SUMMARY, reads),
        ("  the same, with the names of descriptors (-y)", 2_000_000, SUMMARY, named),
        ("  the same, of git and a shell", 2_000_000, SUMMARY, opens),
        ("  the same, of clients and a server", 2_000_000, SUMMARY, connects),
    ):
        best, middle = rate(code, path, lines, rounds)
        load = os.getloadavg()[0]
        yield figure, f">= {bar}" if bar else "-", f"{best:,.0f}  (median {middle:,.0f}, load {load:.1f})", best >= bar
