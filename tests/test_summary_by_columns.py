"""The fast path's summary is that of the slow path, number for number and word for word."""

import json
import os
import signal
import subprocess
import sys

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vimtrace import columns, memory
from vimtrace.columns import events, fields, form, gaps, octets
from vimtrace.columns.descriptors import key
from vimtrace.filter import Filter
from vimtrace.summary import summarise
from vimtrace.trace.source import Traces
from vimtrace.tree import as_json

SHELL = """
for i in 1 2; do ls /etc /nonexistent | sort | wc -l; done; test -e /missing; mkdir d; cd d; echo x > "a b"; ln -s x y
mv y z; cat < "a b" >> c; exec 5< c; cat <&5 | tr x y > e; (exec 7> f; echo q >&7; sh -c 'echo inherited >&7')
sleep 1000 & kill -9 $!; wait; kill -USR1 $$
"""
PYTHON = """
import os, signal, socket, subprocess, threading
def reads(path):
    for _ in range(6):
        fd = os.open(path, os.O_RDONLY)
        os.read(fd, 100)
        os.close(fd)
paths = ["/etc/passwd", "/etc/hosts", "/etc/group"]
threads = [threading.Thread(target=reads, args=(path,)) for path in paths]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
server = socket.create_server(("127.0.0.1", 0))
client = socket.create_connection(server.getsockname())
peer, _ = server.accept()
if os.fork() == 0:
    client.sendall(b"hello")
    os._exit(3)
peer.recv(10), peer.sendmsg([b"x", b"yy"]), client.recv(2)
datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
datagrams.sendto(b"abc", ("127.0.0.1", 9))
try:
    socket.create_connection(("127.0.0.1", 1))
except OSError:
    pass
left, right = socket.socketpair()
with open("/etc/passwd") as given:
    socket.send_fds(left, [b"z"], [given.fileno()])
_, fds, _, _ = socket.recv_fds(right, 1, 1)
os.read(fds[0], 50)
kept = os.open("/etc/hosts", os.O_RDONLY)
os.set_inheritable(kept, True)
gone = os.open("/etc/group", os.O_RDONLY)
subprocess.run(["sh", "-c", f"cat <&{kept}; cat <&{gone}"], close_fds=False, stderr=subprocess.DEVNULL)
copy = os.dup2(gone, 20)
os.read(copy, 10), os.sendfile(os.open("out", os.O_WRONLY | os.O_CREAT), kept, 0, 20)
os.open("nowhere-\\u00e9\\n", os.O_RDONLY | os.O_CREAT)
threading.Thread(target=lambda: os.kill(os.getpid(), signal.SIGKILL)).start()
signal.pause()
"""
PROGRAMS = {"shell": ["sh", "-c", SHELL], "python": [sys.executable, "-I", "-S", "-c", PYTHON]}
PLAIN = {**os.environ, "LC_ALL": "C"}  # the dozens of files of another locale, in each program, tell nothing more
FLAGS = ["-f -T", "-f", "-f -ttt", "-f -ttt -T", "-f -tt -T -y", "-f -t -T", "-f -r -T", "-f -T -yy", "-f -T -v -s 500"]


def traced(words, path, flags):
    """The trace file *path* of the command *words*."""
    words = ["strace", *flags.split(), "-o", path, *words]
    subprocess.run(words, capture_output=True, check=False, cwd=path.parent, env=PLAIN)
    return path


def assert_same(path):
    """Both ways give one text, by call and by pid, and one table by the rest; return the fast way's, by call."""
    found, _ = assert_same_by(path, "call"), assert_same_by(path, "pid")
    assert columns.calls([str(path)], "call", least=0) == found["groups"]
    for by in groups_of(path):
        if by not in ("call", "pid"):
            assert columns.calls([str(path)], by, least=0) == summarise(Traces([str(path)]), by)["groups"]
    return found


def groups_of(path):
    """By what the calls can be grouped: by path where the tracer names no descriptors."""
    calls = [event for event in Traces([str(path)]).events() if event.kind == "call"]
    named = any(call.descriptors or call.returns is not None for call in calls)
    assert (columns.calls([str(path)], "path", least=0) is None) == named
    return [by for by in columns.GROUPS if by != "path" or not named]


def assert_same_by(path, by, expression=None):
    """Both ways give one text; return the fast way's. By call, also one tree of processes."""
    where = Filter(expression) if expression is not None else None
    fast, slow = columns.summary([str(path)], by, where, least=0), Traces([str(path)])
    assert fast is not None
    assert json.dumps(fast, indent=1) == json.dumps(summarise(slow, by, where), indent=1)
    if by == "call":
        assert [*as_json(columns.processes([str(path)], least=0).roots())] == [*as_json(slow.processes.roots())]
    return fast


@pytest.mark.parametrize("flags", FLAGS)
@pytest.mark.parametrize("name", PROGRAMS)
def test_same(name, flags, tmp_path):
    """On real traces with every flag that the fast path takes."""
    fast = assert_same(traced(PROGRAMS[name], tmp_path / "trace", flags))
    assert fast["events"] > 300


EXPRESSIONS = [
    "failed",
    "not failed",
    "unfinished",
    "not unfinished",
    "unfinished or ESTART",
    "call=read,write",
    "open* close",
    "call!=openat",
    "call~^r",
    "%file",
    "%network or %desc",
    "ENOENT",
    "errno=E* and not errno=ENOENT",
    "errno!=ENOENT",
    "errno~ESTART",
    "pid>7",
    "pid=7",
    "pid!=7 read",
    "pid~[89]$",
    "slow>=0.000003",
    "slow<2us",
    "time>1700000000.000005",
    "time<=1700000000.000005",
    "line>9",
    "line=3,5,8",
    "result=0",
    "result>0",
    "result!=-1",
    "signal=SIG*",
    "signal!=SIGCHLD",
    "kind=exit",
    "kind=call",
    "kind=signal,unknown or read",
    "/passwd/",
    "/(READ|write).*[0-9]/i",
    "/^$/",
    "(failed or /a/) and not pid=8",
    "comm=sh",
    "comm=[a-s]*,true or comm~^w",
    "comm!=ls failed",
]
OF_PATHS = ["path=passwd,a", "path~/ read", "not path=*b", "fd=3", "fd>3 and not comm=sh", "fd=1,4 or path=/etc/*"]


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_same_of_what_a_filter_chooses(expression, real, sockets):
    """On real traces: what was summarised, and the tables of calls."""
    assert_same_by(real, "pid", expression)
    found = assert_same_by(sockets, "errno", expression)
    assert columns.calls([str(sockets)], "errno", Filter(expression), least=0) == found["groups"]


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    """A trace of a shell."""
    return traced(PROGRAMS["shell"], tmp_path_factory.mktemp("shell") / "trace", "-f -ttt -T")


@pytest.fixture(scope="module")
def sockets(tmp_path_factory):
    """A trace of what Python does with sockets and threads, with the names of descriptors."""
    return traced(PROGRAMS["python"], tmp_path_factory.mktemp("python") / "trace", "-f -tt -T -yy")


@pytest.mark.parametrize("expression", OF_PATHS)
def test_same_of_what_a_filter_of_paths_chooses(expression, real, sockets):
    """Where the tracer names no descriptors."""
    found = assert_same_by(real, "path", expression)
    assert columns.calls([str(real)], "path", Filter(expression), least=0) == found["groups"]
    assert columns.summary([str(sockets)], "call", Filter(expression), least=0) is None


def test_a_line_that_is_of_no_process_makes_none(tmp_path):
    """Though the filter asks each line whose it is: one that nobody knows, one of the tracer's."""
    path = tmp_path / "trace"
    for text in ("what is this", "strace: Process 8 attached", "7 close(3"):
        path.write_text(f'7 execve("/bin/sh", ["sh"], 0x7f) = 0\n{text}')
        (process,) = summarise(Traces([str(path)]), where=Filter("comm=sh"))["processes"]
        assert process["pid"] == 7
    assert_same_by(path, "call", "comm=sh")


@pytest.mark.parametrize("expression", ["slow~0", "read and not line~3"])
def test_filters_that_columns_cannot_tell(expression, real):
    """They are left to the slow path."""
    assert columns.summary([str(real)], "call", Filter(expression), least=0) is None
    assert columns.calls([str(real)], "call", Filter(expression), least=0) is None


@pytest.mark.parametrize("columns, far", [(2, 1 << 20), (3, 1 << 40), (4, 1 << 62)])
def test_the_key_of_columns(columns, far):
    """It is ordered as they are, and the same where they are, however far apart their numbers."""
    rows = [tuple((at * each) % 7 * (far // 7) for each in range(1, columns + 1)) for at in range(60)]
    found = key(*numpy.array(rows).T).tolist()
    assert [sorted(set(found)).index(number) for number in found] == [sorted(set(rows)).index(row) for row in rows]


def test_the_key_of_many_different_numbers():
    """Also where their ranks do not go into one of 63 bits."""
    columns = [numpy.arange(1 << 13) * (1 << 49)] * 5
    assert key(*columns).tolist() == list(range(1 << 13))


@pytest.mark.parametrize("name", PROGRAMS)
def test_same_gaps(name, monkeypatch, tmp_path):
    """Also where those that are looked at first are not enough."""
    monkeypatch.setattr(gaps, "CANDIDATES", 1)
    assert len(assert_same(traced(PROGRAMS[name], tmp_path / "trace", "-f -ttt -T"))["gaps"]) == 5


@pytest.mark.parametrize("name", PROGRAMS)
def test_same_of_pieces(name, monkeypatch, tmp_path):
    """Also where a few lines are read at a time."""
    monkeypatch.setattr(fields, "LINES", 7)
    monkeypatch.setattr(octets, "PIECE", 100)
    monkeypatch.setattr(events, "PART", 100)
    monkeypatch.setattr(gaps, "BLOCK", 20)
    assert_same(traced(PROGRAMS[name], tmp_path / "trace", "-f -ttt -T"))


@pytest.mark.parametrize("flags", ["-T", "-ttt -T", "-r", "-tt -y", ""])
def test_same_of_one_process(flags, tmp_path):
    """Also of traces that name no process."""
    assert_same(traced(PROGRAMS["shell"], tmp_path / "trace", flags))
    assert_same(traced(PROGRAMS["shell"], tmp_path / "trace.4711", flags))


@pytest.mark.parametrize(
    "text",
    [
        "7 read(0, 0x7f, 1) = 1 <0.000001>\nwhat is this\n",
        "7 read(0, 0x7f, 1) = 1 <0.000001>\n\n",
        "7 read(0, 0x7f, 1) = 1 <0.000001>\r\n",
        "[pid 7] read(0, 0x7f, 1) = 1 <0.000001>\n",
        "7<sh> read(0, 0x7f, 1) = 1 <0.000001>\n",
        "7 read(0, 0x7f, 1) = 1 <0.000001>\n > /lib/libc.so.6(read+0xd) [0x1]\n",
        "7 <... read resumed> <unfinished ...>\n7 <... read resumed>0x7f, 1) = 1 <0.000001>\n",
        "7 read(0, <unfinished ...>\n7 write(1, <unfinished ...>\n7 <... read resumed>) = 0 <0.000001>\n",
        "7 read(0, <unfinished ...>\n7 <... write resumed>) = 0 <0.000001>\n",
        "7 read(0, 0x7f, 1) = 1 <0.000001>\nread(0, 0x7f, 1) = 1 <0.000001>\n",
        "7 10:00:00 read(0, 0x7f, 1) = 1\n7 read(0, 0x7f, 1) = 1\n",
        "7 20:00:00 read(0, 0x7f, 1) = 1\n7 04:00:00 read(0, 0x7f, 1) = 1\n7 19:00:00 read(0, 0x7f, 1) = 1\n",
        "7 read(0,  <unfinished ...>\n7 read(0,  <detached ...>\n",
        "7 +++ superseded by execve in pid 8 +++\n",
        "     0.093 ( 0.024 ms): ls/22026 brk() = 0\n",
        "\x1f\x8b",
        "",
    ],
)
def test_leaves_the_rest_to_the_slow_path(text, tmp_path):
    """What is not plain is not guessed."""
    path = tmp_path / "trace"
    path.write_bytes(text.encode())
    assert columns.calls([str(path)], least=0) is None
    assert columns.summary([str(path)], least=0) is None


def test_a_trace_that_memory_does_not_hold(monkeypatch, tmp_path):
    """The slow way needs next to none."""
    path = tmp_path / "trace"
    path.write_bytes(b"7     read(0, 0x7f, 1) = 1 <0.000001>\n" * 100)
    assert columns.summary([str(path)], least=0) is not None
    monkeypatch.setattr(memory, "available", lambda: 40 * 100 * columns.MEMORY // 2)
    assert columns.summary([str(path)], least=0) is None


OLD = """
import os, sys
if sys.argv[2] == "numpy":
    import numpy
    del numpy.bitwise_count
else:
    import polars
    from polars.series.categorical import CatNameSpace
    del CatNameSpace.to
from vimtrace import columns
print(columns.summary(sys.argv[1:], least=0))
try:
    print("a child", os.waitpid(-1, os.WNOHANG))
except ChildProcessError:
    print("no child")
"""


def test_a_file_that_cannot_be_read(monkeypatch, tmp_path):
    """It is left to the slow path, which says so."""
    path = traced(["true"], tmp_path / "trace", "-f")

    def refuse(path):
        raise PermissionError

    monkeypatch.setattr(form, "form", refuse)
    assert columns.summary([str(path)], least=0) is None
    assert columns.processes([str(path)], least=0) is None


@pytest.mark.parametrize("name", ["numpy", "polars"])
def test_a_library_that_is_too_old(name, tmp_path):
    """The slow way needs none; nothing goes on the other way."""
    path = tmp_path / "trace"
    path.write_text("7     read(0, 0x7f, 1) = 1 <0.000001>\n")
    assert columns.summary([str(path)], least=0) is not None
    words = [sys.executable, "-c", OLD, path, name]
    assert subprocess.run(words, capture_output=True, text=True, check=True).stdout == "None\nno child\n"


INTERRUPTED = """
import os, signal, sys
from vimtrace import columns
signal.signal(signal.SIGINT, signal.SIG_DFL)
print(columns.summary(sys.argv[1:], least=0)["lines"], flush=True)
os.kill(os.getpid(), signal.SIGINT)
print("alive")
"""


def test_ctrl_c(tmp_path):
    """It ends the program, whatever polars makes of it (a handler of its own, that forgets it between two queries)."""
    path = tmp_path / "trace"
    path.write_text("7     read(0, 0x7f, 1) = 1 <0.000001>\n")
    found = subprocess.run([sys.executable, "-c", INTERRUPTED, path], capture_output=True, text=True, check=False)
    assert (found.stdout, found.returncode) == ("1\n", -signal.SIGINT)


def test_bytes_that_are_no_text(tmp_path):
    """Far down in the file, where no sample has them."""
    path = tmp_path / "trace"
    path.write_bytes(b"7     read(0, 0x7f, 1) = 1 <0.000001>\n" * 4000 + b'7     read(0, "\xff", 1) = 1 <0.000001>\n')
    assert columns.calls([str(path)], least=0) is None


@pytest.mark.parametrize(
    "text",
    [
        "7 read(0, 0x7f, 1) = 1 <12.000001>\n123456 read(0, 0x7f, 1) = 1 <1.000001>\n1234567 getpid() = 7\n",
        "7 23:59:59 read(0, 0x7f, 1) = 1\n7 00:00:01 read(0, 0x7f, 1) = 1\n7 00:00:01 read(0, 0x7f, 1) = 0\n",
        "7 read(0,  <unfinished ...>\n8 read(0,  <unfinished ...>\n7 +++ killed by SIGSEGV (core dumped) +++\n",
        "7 poll([{fd=3}], 1, 500 <unfinished ...>\n8 getpid() = 8\n7 <... poll resumed> <unfinished ...>) = ?\n",
        '7 open("/a", 0) = 3\n7 close(0x3) = 0\n7 open("/b", 1) = 3\n7 write(0x3, 0x7, 0x64) = 0x64\n',
        "7 1700000000 read(0,  <unfinished ...>\n7 1700000003 <... read resumed> <unfinished ...>) = ?\n",
        "7 1700000000 read(0,  <unfinished ...>\n7 1700000003 <... read resumed>) = ? ERESTARTSYS (To be restarted)\n",
        "7 1700000009 read(0,  <unfinished ...>\n7 1700000003 <... read resumed>) = 0\n7 1700000001 getpid() = 7\n",
        "7 ???( <unfinished ...>\n7 <... ??? resumed>) = ?\n7 +++ killed by SIGKILL +++\n8 ???() = ?\n",
        "7 getpid() = 7\n7 +++ exited with 0 +++\n7 getpid() = 7\n7 --- SIGHUP {si_signo=SIGHUP} ---\n",
        '7 10:00:00 connect(3, {sun_path="/x"},  <unfinished ...>\n8 10:00:01 open("x",  <detached ...>\n'
        "7 10:00:02 <... connect resumed> <detached ...>\n",
        "7 10:00:00 read(0, 0x7, 1) = ? <unavailable>\n7 10:00:01 read(0,  <unfinished ...>\n"
        "7 10:00:02 <... read resumed>0x7, 1) = ? <unavailable>\n",
        '7 read(3</x>, "", 5) = 5\n7 read(3</x>, "", 6) = 6\n7 close(3</x> <detached ...>\n',
        '7 open("\xe9", O_RDONLY) = 3\n7 read(3, "", 5) = 5\n7 close(3) = 0\n7 read(3, "", 5) = 5\n',
        '7 open("a", O_RDONLY) = 3\n7 open("b", O_RDONLY) = 3\n7 read(3, "", 5) = 5\n7 close(3) = 0\n',
        '7 open("a", O_RDONLY) = 3\n7 dup(3) = 4\n7 close(3) = 0\n7 open("b", O_RDONLY) = 3\n7 close(3) = 0\n'
        "7 read(3, 0x7, 5) = 5\n7 read(4, 0x7, 6) = 6\n",
        '7 open("a", 0) = 3\n7 vfork( <unfinished ...>\n8 read(3, 0x7, 5) = 5\n8 close(3) = 0\n8 read(3, 0x7, 5) = 5\n'
        '7 <... vfork resumed>) = 8\n8 open("b", 0) = 3\n7 close(3) = 0\n8 read(3, 0x7, 5) = 4\n8 close(3) = 0\n',
        '7 clone(flags=CLONE_FILES) = 8\n8 open("a", 0) = 3\n7 read(3, 0x7, 5) = 5\n8 close(3) = 0\n'
        "7 read(3, 0x7, 5) = 4\n",
        '7 accept4(3<x>, {sa_family=AF_INET, sin_port=htons(9), sin_addr=inet_addr("1.1.1.1")}, [16], 0) = 4\n'
        '7 read(4, "", 5) = 5\n7 write(4<TCP:[1.1.1.1:5->2.2.2.2:6]>, "", 3) = 3\n7 close(4) = 0\n'
        "8 accept(3 <unfinished ...>\n8 <... accept resumed>{sa_family=AF_INET, sin_port=htons(7), "
        'sin_addr=inet_addr("1.1.1.1")}, [16]) = 4\n7 accept(3,  <unfinished ...>\n7 <... accept resumed>'
        "{sa_family=AF_INET, sin_port=htons(8), "
        'sin_addr=inet_addr("1.1.1.1")}, [16]) = 4\n7 read(4, "", 5) = 5\n8 read(4, "", 5) = 5\n7 close(4) = 0\n'
        '7 accept(3, {sa_family=AF_UNIX, sun_path="/a"}, [16]) = 4\n7 read(4, "", 9) = 9\n'
        "7 accept(3, NULL, NULL) = 5\n",
        '7 clone(flags=CLONE_FILES <unfinished ...>\n8 fork( <unfinished ...>\n9 open("a", 0) = 3\n'
        "7 read(3, 0x7, 5) = 5\n7 <... clone resumed>) = 9\n9 close(3) = 0\n7 read(3, 0x7, 5) = 5\n",
        '7 open("a", 0) = 3\n8 open("b", 0) = 3\n7 read(3, 0x7, 5) = 5\n7 clone(flags=CLONE_FILES) = 8\n'
        "8 close(3) = 0\n",
        '7 write(1, ") = 3 <0.000002>", 16) = 16 <0.000001>\n7 write(1, "<unfinished ...>", 16) = 16 <0.000001>\n',
        '7 rename("a", "b") = 0\n7 linkat(AT_FDCWD</x>, "a", 5</y>, "b", 0) = 0\n7 statx(3, "", 0, 0, {}) = 0\n'
        '7 openat(3</x>, "a"..., 0) = 4</x/a\\40b>\n7 readlinkat(3</x>, "", "to", 9) = 2\n7 stat("", {}) = 0\n'
        '7 openat(AT_FDCWD</x>, "/p-", 0) = 3</p->\n7 read(3</p->, "a>b", 5) = 5\n7 close(3</p->) = 0\n'
        '7 openat(3</x>, "a\\tb", 0) = 4\n7 read(4</n<char 1:3>>, "", 7) = 7\n7 read(4</n>, "", 7) = 7\n'
        "7 close(4</n>) = 0\n",
        '7 openat(AT_FDCWD</>, "a", 0) = -1 ENOENT (No such file or directory)\n7 openat(3</t>, "a", 0) = 4\n'
        '7 read(4, "", 5) = 5\n7 faccessat(AT_FDCWD</t>, "a", 0) = 0\n7 faccessat(AT_FDCWD</t>, "a"..., 0) = 0\n'
        '7 openat(AT_FDCWD</t>, "b", 0) = 5</t/b>\n7 read(5, "", 6) = 6\n7 faccessat(AT_FDCWD</t>, "b", 0) = 0\n',
        '7 openat(AT_FDCWD</t>, "a) = 5</b", 0) = 5</t/a) = 5</b>\n7 open("", 0) = 6</t>\n7 open("x", 0) = 7</t/->\n'
        '7 openat(AT_FDCWD</t>, "" <unfinished ...>\n7 <... openat resumed>, 0) = 8</t>\n7 open("y", 0) = 007</t>\n'
        '7 openat(AT_FDCWD</t>, "d" <unfinished ...>\n7 <... openat resumed>, 0) = 8</t/d>\n7 read(8, "", 5) = 5\n'
        '7 memfd_create("m", 0) = 9</memfd:m>(deleted)\n7 epoll_create(1) = 10<anon_inode:[eventpoll]>\n'
        '7 openat(AT_FDCWD</q"r>, "a", 0) = -1 EACCES (Permission denied)\n7 open("z", 0) = 9</z\\n>\n'
        '7 open("w", 0) = 9</w<char 1:3>>\n7 open("\xe9", 0) = 9</\xe9>\n7 read(9, "", 4) = 4\n',
        '7 open("a", 0) = 99999999999999\n999999 open("b", 0) = 4\n7 read(99999999999999, "", 5) = 5\n'
        '999999 read(4, "", 5) = 5\n999999 close(4) = 0\n7 close(99999999999999) = 0\n7 read(4, "", 5) = 5\n',
        "7 socket(AF_INET, SOCK_STREAM, 0) = 3\n7 fork() = 8\n8 connect(3, {sa_family=AF_INET, sin_port=htons(80), "
        'sin_addr=inet_addr("1.2.3.4")}, 16) = -1 EINPROGRESS (Operation now in progress)\n7 write(3, "", 4) = 4\n',
        '7 open("a", 0) = 3\n7 lseek(fd=3, 0, SEEK_SET) = 0\n7 fstat(fd: 3, {}) = 0\n7 umask(03) = 02\n'
        '7 kill(-3, 0) = 0\n7 dup(3) = 4\n7 lseek(4, 0, 0) = 0\n7 write(1, "3</x>", 5) = 5\n'
        '7 rename("a", "b") = 0\n7 fstat(3, {}) = 0\n',
        '7 open("a", 0) = 3\n7 fcntl(3</CLOEXEC>, F_SETFD, 0) = 0\n7 execve("/b", ["b"], 0x7) = 0\n'
        "7 read(3, 0x7, 5) = 5\n",
        '7 <... lseek resumed>3, 0, SEEK_SET) = 0\n7 open("a", 0) = 3\n7 fstat(3, {}) = 0\n7 close(3) = 0\n'
        "7 fstat(3, {}) = 0\n",
        '7 accept4(3, {sa_family=AF_INET, sin_port=htons(7), sin_addr=inet_addr("9.9.9.9")}, [16], 0) = 4\n'
        "7 getpeername(4, {}, 0) = 0\n7 close(4) = 0\n7 getpeername(4, {}, 0) = 0\n",
        '7 open("/a", 0) = 3\n7 read(3, "", 9) = 9\n7 +++ exited with 0 +++\n7 read(3, "", 1) = 1\n',
        '7 open("/a", 0) = 3\n7 recvfrom(3, "", 9, 0, NULL, NULL) = 9\n7 +++ exited with 0 +++\n'
        '7 recvfrom(3, "", 1, 0, NULL, NULL <unfinished ...>\n7 <... recvfrom resumed>) = 1\n',
        '7 pipe2([3<pipe:[5]>, 4<pipe:[5]>], 0) = 0\n7 write(4<pipe:[5]>, "", 3) = 3\n'
        "7 socketpair(AF_UNIX, SOCK_STREAM, 0, [5<UNIX:[7->8]>, 6<UNIX:[8->7]>]) = 0\n7 dup(4) = 7\n"
        '7 write(7, "", 2) = 2\n7 accept4(3<TCP:[0.0.0.0:9]>, {sa_family=AF_INET, sin_port=htons(7), '
        'sin_addr=inet_addr("9.9.9.9")}, [16], 0) = 4<TCP:[1.1.1.1:9->9.9.9.9:7]>\n7 read(4, "", 3) = 3\n',
        "7 socket(AF_INET6, SOCK_DGRAM, 0) = 3\n7 connect(3, {sa_family=AF_INET6, sin6_port=htons(53), "
        'inet_pton(AF_INET6, "::1", &sin6_addr), sin6_flowinfo=0, sin6_scope_id=0}, 28) = 0\n7 write(3, "", 4) = 4\n'
        '7 sendmsg(3, {msg_name(16)={sa_family=AF_INET, sin_port=htons(53), sin_addr=inet_addr("1.2.3.4")}, '
        'msg_iov(1)=[{"a", 1}], msg_controllen=0, msg_flags=0}, 0) = 1\n',
        '7 open("a", 0) = 3\n7 recvfrom(3, "", 9, 0, NULL, NULL)   = 5\n'
        '7 sendto(3, "", 4, 0, NULL, 0 <unfinished ...>\n7 <... sendto resumed>) = 4\n'
        '7 sendto(3, "", 1, 0, NULL, 0 <unfinished ...>\n7 <... sendto resumed>) = 1\n',
    ],
)
def test_same_of_what_is_rare(text, tmp_path):
    """What real programs seldom do."""
    path = tmp_path / "trace"
    path.write_bytes(text.encode())
    assert_same(path)


CUT = """7 1700000000.000001 open("/x", O_RDONLY) = 3 <0.000012>
8 1700000000.000002 read(3,  <unfinished ...>
7 1700000000.000004 read(3, "abc", 5)     = -1 EBADF (Bad file descriptor) <0.000012>
8 1700000000.000006 <... read resumed>"x = 3", 7) = 5 (in [5]) <0.000012>
9 1700000000.000007 exit_group(0 <unfinished ...>
7 1700000000.000008 --- SIGCHLD {si_signo=SIGCHLD, si_pid=9} ---
9 1700000000.000009 +++ exited with 0 +++
"""


@pytest.mark.parametrize(
    "text",
    [
        '7 <... read resumed>"3, 4", 7) = 4\n7 read(3, "", 4) = 4\n',
        "7 <... poll resumed>3, 4) = 4\n7 close(3) = 0\n",
        "7 <... write resumed>) = 4 <0.000003>\n7 <... write resumed>) = 4 <0.000003>\n",
        "7 <... close resumed>) = 0\n7 close(3) = 0\n7 close(3) = 0\n",
        "7 <... openat resumed>) = 3\n7 read(3, 0x7, 5) = 5\n7 close(3) = 0\n",
        '7 <... openat resumed>"/x", 0) = 3</x>\n7 read(3</x>, 0x7, 5) = 5\n7 <... dup resumed>) = 4\n',
        "7 <... openat resumed>) = -1 ENOENT (No such file or directory)\n7 getpid() = 7\n",
        "7 <... accept resumed>{sa_family=AF_INET, sin_port=htons(7), "
        'sin_addr=inet_addr("1.1.1.1")}, [16]) = 4\n7 read(4, "", 4) = 4\n',
        "7 <... clone resumed>, flags=CLONE_FILES) = 8\n8 close(3) = 0\n7 read(3, 0x7, 5) = 5\n",
        "7 <... vfork resumed>) = 8\n8 close(3) = 0\n7 read(3, 0x7, 5) = 5\n",
        "7 <... execve resumed>) = 0\n7 close(3) = 0\n",
        "7 <... read resumed> <detached ...>\n8 getpid() = 8\n",
        "7 <... exit_group resumed>) = ?\n7 +++ exited with 0 +++\n",
        "7 read(0, <unfinished ...>\n8 <... read resumed>) = 0 <0.000001>\n8 getpid() = 8\n",
        "8 getpid() = 8\n7 <... futex resumed>) = ? ERESTARTSYS (To be restarted)\n7 getpid() = 7\n",
        "7 1700000000.1 <... read resumed>0x7, 1) = 1\n7 1700000003.2 read(0, 0x7, 1) = 1\n",
    ],
)
def test_same_of_a_call_that_began_before(text, tmp_path):
    """In a trace whose first lines were cut off."""
    path = tmp_path / "trace"
    path.write_text(text)
    assert_same(path)


@pytest.mark.parametrize("lines", range(2, CUT.count("\n") + 1))
def test_same_wherever_it_is_cut(lines, tmp_path):
    """A trace that grows, or whose tracer was killed, ends in the middle of a line."""
    whole = CUT.splitlines(keepends=True)[:lines]
    path = tmp_path / "trace"
    for many in range(0, len(whole[-1]), 3):
        path.write_text("".join(whole[:-1]) + whole[-1][:many])
        assert_same_by(path, "call")


CALLS = [
    'open("{path}", O_RDONLY) = {fd}',
    'openat(AT_FDCWD</tmp>, "{path}", O_CLOEXEC) = {fd}</{path}>',
    'openat(AT_FDCWD</tmp>, "{path}", 0) = {fd}',
    'openat({other}</>, "{path}", 0) = {fd}</{path}\\11>',
    'openat({fd}, "{path}", 0) = -1 ENOENT (No such file or directory)',
    'openat({fd}</tmp/{path}>, "{path}", 0) = -1 ENOENT (No such file or directory)',
    'faccessat(AT_FDCWD</tmp>, "{path}", F_OK) = 0',
    'openat(AT_FDCWD, "{path}\\\\t", 0) = {fd}',
    'accept4({other}, {{sa_family=AF_INET, sin_port=htons(7), sin_addr=inet_addr("9.9.9.9")}}, [16], 0) = {fd}',
    "read({fd}, 0x7f, 5) = 5",
    'write({fd}</{path}>, "{path}", 7) = 7',
    'write({fd}<socket:[4]>, "", 7) = 7',
    "read({fd}<TCP:[1.1.1.1:5->2.2.2.2:6]>, 0x7f, 5) = 5",
    'recvfrom({fd}<UDP:[0.0.0.0:5]>, "", 9, 0, NULL, NULL) = 9',
    'pread64({fd}</{path}>(deleted), "", 7) = 7',
    'read({fd}</{path}->, "", 7) = 7',
    'read({fd}</{path}->0->1->2>, "", 7) = 7',
    'read({fd}</{path}\\11>, "", 7) = 7',
    'write({fd}</{path}<char 1:3>>, "", 7) = 7',
    "close({fd}</{path}>) = 0",
    'sendto({fd}, "", 9, 0, {{sa_family=AF_INET, sin_port=htons(8), sin_addr=inet_addr("8.8.8.8")}}, 16) = 9',
    'sendto({fd}, "NULL, 0", 9, MSG_NOSIGNAL, NULL, 0) = 9',
    'recvfrom({fd}</{path}>, "NULL, 0) = 3 <0.000001>", 9, 0, NULL, NULL) = 123',
    'recvfrom({fd}, "", 9, 0, NULL, NULL) = 5',
    'sendto({fd}<UDP:[4]>, "", 9, 0, {{sa_family=AF_UNIX, sun_path="/{path}"}}, 110) = 9',
    'recvfrom({fd}, "", 9, 0, {{sa_family=AF_INET, sin_port=htons({other}), sin_addr=inet_addr("8.8.8.8")}}, '
    "[128 => 16]) = 7",
    'recvfrom({fd}, ", {{sa_family=AF_INET, sin_port=htons(4), sin_addr=inet_addr("8.8.8.8")}}, 16) = 7", 9, 0, '
    "NULL, NULL) = 8",
    'recvfrom({fd}, "", 9, 0, {{sa_family=AF_INET6, sin6_port=htons(4), sin6_flowinfo=htonl(0), '
    'inet_pton(AF_INET6, "::1", &sin6_addr), sin6_scope_id=0}}, [28]) = 3',
    'sendto({fd}, "", 9, 0, {{sa_family=AF_NETLINK, nl_pid=0}}, 12) = 9',
    'sendmsg({fd}, {{msg_name={{sa_family=AF_INET, sin_port=htons(53), sin_addr=inet_addr("8.8.4.4")}}, '
    'msg_namelen=16, msg_iov=[{{iov_base="", iov_len=5}}], msg_iovlen=1, msg_controllen=0, msg_flags=0}}, 0) = 5',
    'recvmsg({fd}, {{msg_name={{sa_family=AF_INET, sin_port=htons(53), sin_addr=inet_addr("8.8.4.4")}}, '
    "msg_namelen=128 => 16, msg_iov=[], msg_control=[{{cmsg_len=28, cmsg_type=IP_PKTINFO, "
    'cmsg_data={{ipi_addr=inet_addr("9.9.9.9")}}}}], msg_flags=0}}, 0) = 5',
    "recvmsg({fd}, {{msg_name=NULL, msg_control=[{{cmsg_type=SCM_RIGHTS, cmsg_data=[{other}]}}]}}, 0) = 5",
    "sendfile({fd}, {other}, NULL, 5) = 3",
    "close({fd}) = 0",
    "close({fd}) = -1 EBADF (Bad file descriptor)",
    "dup2({fd}, {other}) = {other}",
    "dup({fd}) = {other}",
    "dup2({fd}</{path}>, {other}</c>) = {other}</{path}>",
    "dup({fd}<pipe:[4]>) = {other}<pipe:[4]>",
    "dup3({fd}</{path}<char 1:3>>, {other}, O_CLOEXEC) = {other}</{path}<char 1:3>>",
    "fcntl({fd}, F_SETFD, FD_CLOEXEC) = 0",
    "fcntl({fd}, F_SETFD, 0) = 0",
    "fcntl({fd}, F_DUPFD_CLOEXEC, 3) = {other}",
    "fcntl({fd}</{path}>, F_DUPFD, 3) = {other}</{path}>",
    "socket(AF_INET, SOCK_STREAM, 0) = {fd}",
    "socket(AF_UNIX, SOCK_DGRAM|SOCK_CLOEXEC, 0) = {fd}",
    "socket(AF_INET, SOCK_STREAM, IPPROTO_TCP) = {fd}<TCP:[4]>",
    'connect({fd}, {{sa_family=AF_INET, sin_port=htons(80), sin_addr=inet_addr("1.2.3.4")}}, 16) = 0',
    'connect({fd}, {{sa_family=AF_INET, sin_port=htons({other}), sin_addr=inet_addr("1.2.3.4")}}, 16) '
    "= -1 EINPROGRESS (Operation now in progress)",
    'connect({fd}<TCP:[4]>, {{sa_family=AF_INET, sin_port=htons(80), sin_addr=inet_addr("1.2.3.4")}}, 16) '
    "= -1 ECONNREFUSED (Connection refused)",
    'connect({fd}, {{sa_family=AF_UNIX, sun_path="/{path}"}}, 9) = 0',
    'connect({fd}, {{sa_family=AF_UNIX, sun_path=@"{path}"}}, 9) = -1 ENOENT (No such file or directory)',
    'connect({fd}, {{sa_family=AF_UNIX, sun_path="\\t{path}"}}, 9) = -1 EACCES (Permission denied)',
    'connect({fd}, {{sa_family=AF_INET6, sin6_port=htons(80), sin6_flowinfo=htonl(0), inet_pton(AF_INET6, "::1", '
    "&sin6_addr), sin6_scope_id=0}}, 28) = 0",
    "connect({fd}, {{sa_family=AF_UNSPEC}}, 16) = 0",
    'bind({fd}, {{sa_family=AF_INET, sin_port=htons(80), sin_addr=inet_addr("0.0.0.0")}}, 16) = 0',
    "eventfd2(0, EFD_CLOEXEC) = {fd}",
    "socketpair(AF_UNIX, SOCK_STREAM, 0, [{fd}, {other}]) = 0",
    "pipe([{fd}<pipe:[5]>, {other}<pipe:[5]>]) = 0",
    "splice({fd}, [7] => [9], {other}</{path}>, NULL, 5, 0) = 2",
    "copy_file_range({fd}</{path}>, NULL, {other}, [3], 5, 0) = 3",
    "sendfile({fd}, {other}, NULL, 5) = 0",
    "close_range({fd}, {other}, 0) = 0",
    "pipe2([{fd}, {other}], O_CLOEXEC) = 0",
    'execve("/bin/{path}", ["{path}"], 0x7) = 0',
    "clone(child_stack=NULL, flags=SIGCHLD) = {pid}",
    "clone(child_stack=NULL, flags=CLONE_FILES|CLONE_THREAD) = {pid}",
    "read({fd}, 0x7f, 5) = ? ERESTARTSYS (To be restarted)",
]
OTHERS = [
    "+++ exited with 0 +++",
    "+++ killed by SIGKILL +++",
    "--- SIGCHLD {{si_signo=SIGCHLD, si_pid={pid}}} ---",
    "--- SIGCHLD {{si_signo=SIGCHLD, si_code=CLD_EXITED, si_pid={pid}, si_uid=0}} ---",
    "--- SIGSEGV {{si_signo=SIGSEGV, si_code=SEGV_MAPERR, si_addr=NULL}} ---",
    "--- stopped by SIGSTOP ---",
]
PIDS, NUMBERS, PATHS = st.sampled_from([7, 8, 9, 123456]), st.sampled_from([3, 4, 5]), st.sampled_from(["a", "b", "c"])
STEP = st.tuples(PIDS, st.sampled_from(CALLS * 3 + OTHERS), NUMBERS, NUMBERS, PATHS, PIDS, st.integers(0, 3))


def without_names(steps, by, expression):
    """Those of *steps*, if there are two, that tell what is asked: for paths, without names of descriptors."""
    found = [step for step in steps if "<" not in step[1]]
    return found if (by == "path" or expression in OF_PATHS) and len(found) > 1 else steps


def told(path, by, expression):
    """What can be asked of the trace *path*: *by* what to group it, and an *expression*."""
    if (by != "path" and expression not in OF_PATHS) or "path" in groups_of(path):
        return by, expression
    return "pid", "failed"


def written(steps):
    """The lines of *steps*: a call that is begun is the next thing that its process ends, or dies in."""
    begun = {}
    for at, (pid, text, fd, other, path, child, split) in enumerate(steps):
        words = text.format(fd=fd, other=other, path=path, pid=child)
        before = f"{pid:<5} {1_700_000_000 + at // 2}.{at:06} "
        if pid in begun and not words.startswith("+++"):
            name, rest = begun.pop(pid)
            yield f"{before}<... {name} resumed>{rest} <0.{at % 7:06}>"
        elif pid not in begun and split == 0 and words[0] not in "+-":
            name, _, rest = words.partition("(")
            cut = rest.rindex(") = ")
            begun[pid] = name, rest[cut:]
            yield f"{before}{name}({rest[:cut]} <unfinished ...>"
        else:
            begun.pop(pid, None)
            yield before + words + ("" if words[0] in "+-" else f" <0.{at % 5:06}>")


@settings(max_examples=40, deadline=None)
@given(
    steps=st.lists(STEP, min_size=2, max_size=40),
    by=st.sampled_from(["pid", "errno", "path"]),
    cut=st.integers(0, 40),
    missing=st.integers(0, 10),
    expression=st.sampled_from(EXPRESSIONS + OF_PATHS),
    part=st.sampled_from([5, *[events.PART] * 4]),
)
def test_same_of_any_trace(steps, by, cut, missing, expression, part, tmp_path_factory):
    """Whatever processes do with descriptors, and in which order, wherever it begins and its last line ends.

    Also the part of it that a filter chooses, and where a child does a part.
    """
    path = tmp_path_factory.mktemp("any") / "trace"
    steps = without_names(steps, by, expression)
    text = "".join(f"{line}\n" for line in [*written(steps)][min(missing, len(steps) - 2) :])
    path.write_text(text[: len(text) - cut])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(events, "PART", part)
        patch.setattr(gaps, "BLOCK", min(part, gaps.BLOCK))
        assert_same_by(path, "call")
        assert_same_by(path, *told(path, by, expression))
