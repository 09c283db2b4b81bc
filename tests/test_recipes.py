"""The hunts of the manual's EXAMPLES: a small real program makes the trouble, one command of ours finds it."""

import os
import pathlib
import re
import subprocess
import sys

import pytest

from kit.deadline import until

MANUAL = pathlib.Path(__file__).parent.parent / "man/vimtrace.1"


def recipe(says):
    """The words of the command under the line of EXAMPLES that contains *says*, without the trace's name."""
    text = MANUAL.read_text().partition(".Sh EXAMPLES")[2]
    line = re.search(rf"{says}[^\n]*\n\.Pp\n\.Dl \$ vimtrace (\w+) '([^'\n]*)' app\.strace\n", text)
    return [line[1], line[2].replace("\\-", "-")]


def found(says, trace, program, flags="-f -tt -T"):
    """What the recipe prints for a real trace of the Python *program*."""
    command = ["strace", *flags.split(), "-o", trace, sys.executable, "-S", "-c", program]
    subprocess.run(command, capture_output=True, check=False, timeout=60)
    command = [sys.executable, "-m", "vimtrace", *recipe(says), trace]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_a_resolver_that_waits(tmp_path):
    """A name server that never answers one of two questions: the wait for it is the one line."""
    program = """
import select, socket
server, client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM), socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.1", 0)); client.connect(server.getsockname())
client.send(b"A?"); client.send(b"AAAA?")
server.sendto(b"A!", server.recvfrom(9)[1])
poll = select.poll(); poll.register(client, select.POLLIN)
while poll.poll(1200): client.recv(9)
"""
    lines = found("A resolver that waits", tmp_path / "t", program).splitlines()
    assert len(lines) == 1
    assert re.search(r"poll\(.* = 0 \(Timeout\)", lines[0])


def test_a_sender_that_gets_eperm(tmp_path):
    """Every send that the firewall refused, and no other."""
    program = """
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for i in range(20):
    try: s.sendto(b"x", ("127.0.0.1", 9))
    except PermissionError: pass
"""
    flags = "-f -tt -e inject=sendto:error=EPERM:when=7+5"  # as a limit in the firewall does
    lines = found("A sender that is told EPERM", tmp_path / "t", program, flags).splitlines()
    assert len(lines) == 3
    assert all("sendto(" in line and "EPERM" in line for line in lines)


def test_who_sent_sighup(tmp_path):
    """The terminal closes: who is told, and by whom."""
    program = """
import os, signal, time
child = os.fork()
if not child:
    signal.pause()
os.kill(child, signal.SIGHUP)
os.waitpid(child, 0)
"""
    text = found("Who sent SIGHUP", tmp_path / "t", program)
    signal, end = text.splitlines()
    parent = re.match(r"(\d+) .*execve\(", (tmp_path / "t").read_text())[1]
    assert f"si_pid={parent}" in signal
    assert re.match(r"(\d+)", signal)[1] != parent
    assert "killed by SIGHUP" in end


def test_where_a_chain_hangs(tmp_path):
    """Each program waits for the next; the last waits for a pipe on which nobody writes."""
    os.mkfifo(tmp_path / "pipe")
    trace = tmp_path / "t"
    with subprocess.Popen(
        ["strace", "-f", "-o", trace, "sh", "-c", f"sh -c 'cat {tmp_path}/pipe; :'; :"], stdin=subprocess.DEVNULL
    ) as strace:
        try:
            hangs = re.compile(r"(?=.*open\w*\([^\n]*/pipe)(?:.*wait4\(){2}", re.DOTALL)
            until(lambda: trace.exists() and hangs.match(trace.read_text()), "a program that opens, two that wait")
            words = [sys.executable, "-m", "vimtrace", *recipe("Where a chain of programs hangs"), trace]
            text = subprocess.run(words, capture_output=True, text=True, check=True).stdout
        finally:
            (tmp_path / "pipe").write_text("")  # let them end
            strace.wait()
    # In the order of the trace: the last program may open the pipe before its parent waits.
    opening, waiting = (re.findall(call, text) for call in (r'openat\(.*/pipe"', r"wait4\("))
    assert (len(text.splitlines()), len(opening), len(waiting)) == (3, 1, 2), text


def test_another_configuration(tmp_path):
    """All that it tried, in order: the one that it took is the first that was found."""
    (tmp_path / "home").mkdir()
    (tmp_path / "home/app.conf").touch()
    program = f"""
for folder in ("/nonexistent", "{tmp_path}/home", "/etc"):
    try: open(folder + "/app.conf"); break
    except OSError: pass
"""
    lines = found("Why it reads another configuration", tmp_path / "t", program).splitlines()
    tried = [(re.search(r'"(.*)/app\.conf"', line)[1], " = -1 " in line) for line in lines if "open" in line]
    assert tried == [("/nonexistent", True), (f"{tmp_path}/home", False)]


@pytest.mark.parametrize("says", ["A resolver", "A sender", "Who sent", "Where a chain", "Why it reads"])
def test_every_recipe_is_in_the_manual(says):
    """With a command of ours."""
    assert recipe(says)[0] == "filter"
