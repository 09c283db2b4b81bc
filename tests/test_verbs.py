"""The verbs that read traces, run as a user runs them, on real traces."""

import bz2
import collections
import csv
import gzip
import json
import lzma
import os
import re
import signal
import stat
import subprocess
import sys
from difflib import SequenceMatcher
from itertools import zip_longest

import duckdb
import pytest

from vimtrace import alignment, diff, progress, reader
from vimtrace.destination import destination
from vimtrace.errors import VimtraceError
from vimtrace.output import printable
from vimtrace.report import Table, bars, duration, plain, size
from vimtrace.times import histogram, quantile
from vimtrace.trace.process import Process
from vimtrace.trace.source import Traces

SCRIPT = "ls /etc /nonexistent | sort | wc -l; test -e /missing; (sleep 0.02 & wait)"


def vimtrace(*words, text=None, status=0, **options):
    """What the command prints; it must end with *status*."""
    done = subprocess.run(
        [sys.executable, "-m", "vimtrace", *map(str, words)], input=text, capture_output=True, check=False, **options
    )
    assert done.returncode == status, done.stderr.decode()
    return done.stdout.decode("utf-8", "surrogateescape")


def refused(*words, status):
    """What the command says on standard error; it must end with *status*."""
    command = [sys.executable, "-m", "vimtrace", *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    assert done.returncode == status
    return done.stderr


def strace(path, *command, flags="-f -ttt -T"):
    """A real trace of *command* in the file *path*."""
    subprocess.run(["strace", *flags.split(), "-o", path, *command], capture_output=True, check=False)
    return path


@pytest.fixture(scope="module")
def trace(tmp_path_factory):
    return strace(tmp_path_factory.mktemp("traces") / "sh", "sh", "-c", SCRIPT)


def test_summary_counts_what_strace_counts(tmp_path):
    """Calls and errors by name are those of strace -c, of the same run (-C prints the trace and the table)."""
    path = strace(tmp_path / "both", "sh", "-c", SCRIPT, flags="-f -T -w -C")
    rows = re.findall(r"^ *[\d.]+ +[\d.]+ +\d+ +(\d+) +(\d*) +(\w+)$", path.read_text(), re.MULTILINE)
    theirs = {name: (int(calls), int(errors or 0)) for calls, errors, name in rows if name != "total"}
    assert len(theirs) > 20
    groups = json.loads(vimtrace("summary", "--json", path))["groups"]
    # strace -c counts a call when it returns: these two never do.
    ours = {g["call"]: (g["calls"], g["errors"]) for g in groups if g["call"] not in ("exit_group", "exit")}
    restarted = {"wait4", "rt_sigsuspend", "read", "pause"}  # strace counts "? ERESTARTSYS" as an error, we do not
    assert {n: c for n, c in ours.items() if n not in restarted} == {
        n: c for n, c in theirs.items() if n not in restarted
    }
    assert {n: ours[n][0] for n in restarted & set(ours)} == {n: theirs[n][0] for n in restarted & set(theirs)}


def test_summary_times_are_those_of_the_trace(trace):
    """Total, mean, quantiles and maximum of each call, computed once more from the text."""
    durations = collections.defaultdict(list)
    for match in re.finditer(
        r"(?:\d (\w+)\(|<\.\.\. (\w+) resumed>)[^\n]* <(\d+\.\d+)>$", trace.read_text(), re.MULTILINE
    ):
        durations[match[1] or match[2]].append(float(match[3]))
    groups = {group["call"]: group for group in json.loads(vimtrace("summary", "--json", trace))["groups"]}
    assert len(durations) > 20
    for name, values in durations.items():
        values.sort()
        group = groups[name]
        assert group["total"] == pytest.approx(sum(values))
        assert group["mean"] == pytest.approx(sum(values) / len(values))
        assert group["max"] == pytest.approx(values[-1])
        assert group["p50"] == pytest.approx(values[(len(values) + 1) // 2 - 1])
        assert sum(group["histogram"]) == len(values)


def test_summary_of_processes_and_files(trace):
    """Who ran, how it ended, what it read and did not find."""
    data = json.loads(vimtrace("summary", "--json", trace))
    ends = {process["name"]: process["exit"] for process in data["processes"]}
    assert ends == {"sh": "0", "ls": "2", "sort": "0", "wc": "0", "sleep": "0"}
    assert data["files"]["/nonexistent"]["failed"]["ENOENT"] >= 1
    assert data["files"]["/missing"]["failed"] == {"ENOENT": 1}
    assert any(gap["seconds"] > 0.015 for gap in data["gaps"])
    assert any(slow["text"].startswith("wait4(") for slow in data["slowest"])


def test_summary_of_bytes_and_connections(tmp_path):
    """Bytes by file and by peer, with and without -y."""
    source = """
import socket, threading
server = socket.create_server(("127.0.0.1", 0))
client = socket.create_connection(server.getsockname())
peer, _ = server.accept()
client.sendall(b"x" * 1000); print(server.getsockname()[1], len(peer.recv(1000)))
open("made", "w").write("y" * 500)
"""
    for flags in ("-f", "-f -y", "-f -yy"):
        path = strace(
            tmp_path / "t", sys.executable, "-S", "-c", f"import os; os.chdir({str(tmp_path)!r}){source}", flags=flags
        )
        data = json.loads(vimtrace("summary", "--json", path))
        made = [file for name, file in data["files"].items() if name.rpartition("/")[2] == "made"]
        assert [(file["written"], file["opened"]) for file in made] == [(500, 1)], flags
        sent = [peer for peer in data["connections"].values() if peer["sent"]]
        assert [(peer["sent"], peer["received"]) for peer in sent] == [(1000, 0)], flags
        assert sum(peer["received"] for peer in data["connections"].values()) == 1000, flags


@pytest.mark.parametrize("by", ["call", "pid", "path", "errno"])
def test_summary_by(trace, by):
    """Each way to group has its heading, and the same sums."""
    data = json.loads(vimtrace("summary", "--json", f"--by={by}", trace))
    assert data["groups"]
    assert all(group[by] for group in data["groups"])
    if by == "errno":
        failed = json.loads(vimtrace("summary", "--json", "--filter=failed", trace))["groups"]
        assert sum(group["calls"] for group in data["groups"]) == sum(group["calls"] for group in failed)
    assert vimtrace("summary", "--by", by, trace).split("\n")[1].split()[0] == by


def test_summary_from_standard_input(trace):
    """``-``, and no file where standard input is a pipe."""
    whole = vimtrace("summary", trace)
    assert vimtrace("summary", "-", text=trace.read_bytes()) == whole
    assert vimtrace("summary", text=trace.read_bytes()) == whole


def test_summary_of_packed(trace, tmp_path):
    """gzip, xz and bzip2 are unpacked."""
    whole = vimtrace("summary", trace)
    for tool in (gzip, lzma, bz2):
        packed = tmp_path / tool.__name__
        packed.write_bytes(tool.compress(trace.read_bytes()))
        assert vimtrace("summary", packed) == whole


@pytest.mark.parametrize("verb", ["summary", "tree", "filter"])
def test_of_what_is_cut_off(verb, tmp_path):
    """A packed trace without its end is read as far as it goes; then that is said."""
    lines = "".join(f"{pid} getpid() = {pid}\n" for pid in range(1000, 90_000))
    (tmp_path / "t").write_bytes(gzip.compress(lines.encode())[:-50_000])
    words = [verb, *(["pid=1001"] if verb == "filter" else []), tmp_path / "t"]
    command = [sys.executable, "-m", "vimtrace", *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == (2 if verb == "filter" else 1)
    assert "1001" in done.stdout or "getpid" in done.stdout
    assert f"vimtrace: {tmp_path}/t: Compressed file ended" in done.stderr
    (tmp_path / "t").write_bytes(gzip.compress(lines.encode())[:20])
    assert "Compressed file ended" in refused(*words, status=done.returncode)


def test_summary_counts_what_lnav_counts(tmp_path):
    """Calls, errors and times by name; lnav leaves out the call that does not return."""
    path = strace(tmp_path / "ls.strace", "ls", "/", "/nonexistent", flags="-tt -T")
    query = ";select syscall, count(*), count(errno), sum(duration) from strace_log where duration > 0 group by syscall"
    done = subprocess.run(
        ["lnav", "-n", "-c", query, "-c", ":write-csv-to -", path],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "HOME": str(tmp_path)},
    )
    theirs = {name: tuple(map(float, numbers)) for name, *numbers in list(csv.reader(done.stdout.splitlines()))[1:]}
    groups = json.loads(vimtrace("summary", "--json", path))["groups"]
    ours = {row["call"]: (row["calls"], row["errors"], pytest.approx(row["total"])) for row in groups if row["total"]}
    assert ours == theirs
    assert len(ours) > 10


def test_summary_of_equal_calls(tmp_path):
    """Of several traces, with calls that took equally long."""
    for name in ("a", "b"):
        (tmp_path / name).write_text("7 getpid() = 7 <0.000010>\n" * 20)
    data = json.loads(vimtrace("summary", "--json", tmp_path / "a", tmp_path / "b"))
    assert data["groups"][0]["calls"] == 40
    assert [slow["line"] for slow in data["slowest"]] == list(range(1, 11))


def test_summary_of_a_call_that_returned_late(tmp_path):
    """The trace begins with its first line; and half a microsecond is not told in seconds since 1970."""
    path = tmp_path / "trace"
    path.write_text(
        "7 1795299544.912360 read(0, <unfinished ...>\n8 1795299544.912361 getpid() = 8 <0.000001>\n"
        '7 1795299544.912413 <... read resumed>"", 1) = 0 <0.000053>\n'
    )
    assert json.loads(vimtrace("summary", "--json", path))["begin"] == 1795299544.912360
    began = re.findall(r"^ +([78]) +(.*?)  ", vimtrace("summary", path), re.MULTILINE)
    assert began == [("8", "1 us"), ("7", "0")]


def test_numbers():
    """Times, sizes, quantiles and histograms as a person reads them."""
    assert [duration(x) for x in (None, 0, 5e-9, 1.5e-6, 0.0123, 2, 1234)] == [
        "",
        "0",
        "5 ns",
        "1.5 us",
        "12.3 ms",
        "2 s",
        "1234 s",
    ]
    assert [size(x) for x in (0, 999, 1000, 1234567)] == ["0 B", "999 B", "1 kB", "1.23 MB"]
    assert [quantile([1, 2, 3, 4], p) for p in (25, 50, 95)] == [1e-9, 2e-9, 4e-9]
    assert histogram([0, 999, 1000, 9_999, 10_000, 10**9, 10**10, 10**13]) == [2, 2, 1, 0, 0, 0, 0, 1, 2]
    assert bars([0, 1, 8]) == " ▁█"


def test_tables_of_narrow_terminals():
    """A number is whole or not there: a part of it would be another one."""
    numbers = ["387", "172", "11.9 ms"]
    table = Table("t", ["call", ">calls", ">errors", ">P50", "errno"], [["a" * 30, *numbers, "E" * 30]] * 2, hidden=1)
    for width in range(20, 100):
        heads, *rows = list(plain(table, width))[1:4]
        assert max(map(len, rows)) <= width
        told = {name: number for name, number in zip(("calls", "errors", "P50"), numbers, strict=True) if name in heads}
        assert all(f" {number} " in f"{row} " for row in rows for number in told.values())
        assert "calls" in heads.split()
    assert "no room for: P50" in "".join(plain(table, 50))
    assert list(plain(table, 100)) == list(plain(table))


def test_tables_are_safe(tmp_path):
    """No control character of a trace reaches the output's tables."""
    path = tmp_path / "t"
    path.write_bytes(b'7 open("/\x1b]0;title\x07", O_RDONLY) = -1 ENOENT (No such file or directory)\n')
    assert "\x1b" not in vimtrace("summary", path)


def test_controls_that_are_no_bytes():
    """What is not shown can be told apart."""
    assert printable("a\u202eb\x1b\U000e0001\udc80\udcff") == "a\\u202eb\\x1b\\U000e0001\\x80\udcff"


def test_filter_of_what_is_no_trace(tmp_path):
    """It does not say that nothing matched."""
    path = tmp_path / "trace.zst"
    path.write_bytes(b"\x28\xb5\x2f\xfd what is this\nand this\n")
    assert "nothing in it is understood" in refused("filter", "read", path, status=2)
    path.write_bytes(b"")
    assert refused("filter", "read", path, status=1) == ""


def test_filter_prints_the_lines(trace):
    """As grep: lines as they stand in their order, both of an unfinished call, status 1 for none."""
    text = trace.read_bytes().decode()
    assert vimtrace("filter", "line>0", trace) == text
    found = vimtrace("filter", "call=wait4", trace).splitlines()
    assert found == [line for line in text.splitlines() if "wait4" in line]
    assert any("unfinished" in line for line in found)
    assert vimtrace("filter", "errno=EXDEV", trace, status=1) == ""
    assert vimtrace("filter", "path=/missing", "-", text=trace.read_bytes()).count("\n") == 1


def test_filter_prints_numbers(trace):
    """--numbers: where the lines are, in their order; of one file."""
    lines = vimtrace("filter", "line>0", trace).splitlines()
    wanted = [n for n, line in enumerate(lines, 1) if "wait4" in line]
    assert list(map(int, vimtrace("filter", "--numbers", "wait4", trace).split())) == wanted


def test_filter_keeps_what_belongs_to_a_call(tmp_path):
    """The stack and the dump of a call go where it goes."""
    path = tmp_path / "t"
    read = "7 read(3, 2) = 2\n | 00000  61 62\n > /lib/libc.so.6(read+0x1) [0x2]\n > /bin/sh(main+0x1) [0x3]\n"
    close = "7 close(3) = 0\n > /lib/libc.so.6(close+0x1) [0x2]\n"
    path.write_text(read + close)
    assert vimtrace("filter", "read", path) == read
    assert vimtrace("filter", "not read", path) == close
    assert vimtrace("filter", "/main/", path) == read
    assert vimtrace("filter", "close", "-", text=path.read_bytes()) == close


def test_filter_answers_at_once():
    """What comes through a pipe is not held back until the end, nor until what follows: that comes by itself."""
    with subprocess.Popen(
        [sys.executable, "-m", "vimtrace", "filter", "call=a", "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        for text, wanted in ((b"7 wait(0, <unfinished ...>\n8 a() = 0\n", b"8 a() = 0\n"), (b" > /x(y)\n",) * 2):
            child.stdin.write(text)
            child.stdin.flush()
            assert child.stdout.readline() == wanted
        child.stdin.close()


def test_tree_is_that_of_strace_process_tree(trace):
    """The same processes below each other as the program of PyPI prints."""
    tool = os.path.join(os.path.dirname(sys.executable), "strace-process-tree")
    theirs = re.findall(
        r"^(\W*)(\d+) ", subprocess.run([tool, trace], capture_output=True, text=True, check=True).stdout, re.M
    )
    heading, *rows = vimtrace("tree", trace).splitlines()[1:-1]
    ours = re.findall(r"^(\W*)(\d+) ", "\n".join(row[heading.index("process") :] for row in rows), re.M)
    assert len(ours) == 6
    assert [pid for _, pid in ours] == [pid for _, pid in theirs]
    root = json.loads(vimtrace("tree", "--json", trace))[0]
    assert [child["name"] for child in root["children"]] == ["ls", "sort", "wc", "sh"]
    assert root["children"][3]["children"][0]["commands"] == [["sleep", "0.02"]]


def test_ff_merged_as_strace_log_merge(tmp_path):
    """The files of -ff come in the order of strace-log-merge."""
    strace(tmp_path / "t", "sh", "-c", SCRIPT, flags="-ff -ttt -T")
    theirs = subprocess.run(["strace-log-merge", tmp_path / "t"], capture_output=True, text=True, check=True).stdout
    stamps = [line.split()[1] for line in theirs.splitlines()]
    ours = [event.line["stamp"] for event in Traces([str(tmp_path / "t")]).events()]
    assert ours == stamps
    assert len(json.loads(vimtrace("summary", "--json", tmp_path / "t"))["processes"]) == 6


RUNS = {
    "ls": ["ls", "-la", "/etc"],
    "pipeline": ["sh", "-c", "ls /etc /nonexistent | sort | wc -l; cat </etc/hostname"],
    "git": ["git", "status"],
    "temporary": ["sh", "-c", "f=$(mktemp); echo hello >$f; cat $f; rm $f"],
}


@pytest.mark.parametrize("flags", ["-f", "-f -ttt -T -yy"])
@pytest.mark.parametrize("name", RUNS)
def test_two_runs_do_not_differ(name, flags, tmp_path):
    """A deterministic program does the same twice."""
    if name == "git":
        subprocess.run(["git", "init", "-q", tmp_path / "repository"], check=True)
    folder = ["-C", str(tmp_path / "repository")] if name == "git" else []
    command = [RUNS[name][0], *folder, *RUNS[name][1:]]
    left, right = (strace(tmp_path / run, *command, flags=flags) for run in ("a", "b"))
    assert vimtrace("diff", left, right) == ""


def test_where_a_run_was_does_not_show_in_whole_paths(tmp_path):
    """The working folder matters to a path that does not begin with a slash, and to no other."""
    folders = [tmp_path / name for name in ("here", "there")]
    for folder in folders:
        folder.mkdir()
        (folder / "x").write_text("same")
    for wanted in ("/etc/hostname", "x"):
        command = ["env", "-C", "{folder}", "cat", wanted]
        runs = [
            strace(folder / "t", *(word.format(folder=folder) for word in command), flags="-f -y") for folder in folders
        ]
        lines = vimtrace("diff", "--text", *runs, status=1).splitlines()
        opens = [line for line in lines if re.match(r"[-+](openat|newfstatat)", line)]
        if wanted == "x":
            assert [re.search("here|there", line)[0] for line in opens if '"x"' in line] == ["here", "there"]
        else:
            assert opens == []


def test_the_number_of_a_resolver_s_question_does_not_show(tmp_path):
    """It is random; what is asked for shows."""
    asked = r'7 sendto(3, "{}{}\0\1\0\0\0\0\0\0\4{}\0\0\34\0\1", 22, MSG_NOSIGNAL, NULL, 0) = 22'

    def run(name, *words):
        (tmp_path / name).write_text(asked.format(*words) + "\n")
        return tmp_path / name

    assert vimtrace("diff", run("a", r"\321~", r"\1\0", "here"), run("b", r"\0\226", r"\1\0", "here")) == ""
    assert vimtrace("diff", run("a", r"ab", r"\1 ", "here"), run("b", r"\"\\", r"\1 ", "here")) == ""
    assert "there" in vimtrace("diff", run("a", "ab", r"\1\0", "here"), run("b", "ab", r"\1\0", "there"), status=1)
    asked = r'7 sendto(3, "{}\x01\x00\x00\x01\x00\x00\x00\x00{}", 22, MSG_NOSIGNAL, NULL, 0) = 22'
    assert vimtrace("diff", run("a", r"\xac\x38", r"\x04"), run("b", r"\x14\xd2", r"\x04")) == ""
    assert vimtrace("diff", run("a", r"\xac\x38", r"\x04"), run("b", r"\xac\x38", r"\x05"), status=1)


def compared(tmp_path, left, right, status):
    """What a diff says of two traces with these lines of one process."""
    for name, line in (("a", left), ("b", right)):
        (tmp_path / name).write_text(f"7 {line}\n")
    return vimtrace("diff", "--text", tmp_path / "a", tmp_path / "b", status=status)


CONNECTED = 'connect(3, {{sa_family=AF_INET, sin_port=htons({}), sin_addr=inet_addr("127.0.0.1")}}, 16) = 0'
NAMED = 'getpeername(3, {{sa_family=AF_INET, sin_port=htons({}), sin_addr=inet_addr("127.0.0.1")}}, [16]) = 0'
READ = 'openat(AT_FDCWD, "{}", O_RDONLY) = 3\n7 read(3, "{}", 100) = 2'
WAITED = "wait4({}, [{{WIFEXITED(s) && WEXITSTATUS(s) == {}}}], 0, NULL) = {}"


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (WAITED.format(-1, 0, 8), WAITED.format(-1, 1, 8)),
        (WAITED.format(8, 100, 8), WAITED.format(8, 101, 8)),
        ("membarrier(0, 0) = 0", "membarrier(0, 0) = -1 EPERM (Operation not permitted)"),
        ('stat("/tmp/settings", 0x7) = 0', 'stat("/tmp/database", 0x7) = 0'),
        ('stat("/tmp/server01", 0x7) = 0', 'stat("/tmp/server02", 0x7) = 0'),
        ('stat("/tmp/data-20240101", 0x7) = 0', 'stat("/tmp/data-20240102", 0x7) = 0'),
        ("ftruncate(3, 100000000000000) = 0", "ftruncate(3, 200000000000000) = 0"),
        ("prctl(DEADBEEF) = 0", "prctl(FACADEFADE) = 0"),
        (CONNECTED.format(50051), CONNECTED.format(50052)),
        (
            CONNECTED.format(50051) + "\n7 " + NAMED.format(50051),
            CONNECTED.format(50052) + "\n7 " + NAMED.format(50052),
        ),
        (READ.format("/proc/sys/vm/swappiness", 60), READ.format("/proc/sys/vm/swappiness", 10)),
        (READ.format("/proc/cmdline", "quiet"), READ.format("/proc/cmdline", "debug")),
    ],
)
def test_what_is_no_chance_shows(left, right, tmp_path):
    """How a child ended that is not traced, a call that is refused, a name that is like a random one, a chosen port."""
    assert compared(tmp_path, left, right, 1)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (WAITED.format(-1, 0, 8), WAITED.format(-1, 0, 9)),
        (
            "futex(0x7, FUTEX_WAIT, 2, NULL) = -1 EAGAIN (Resource temporarily unavailable)",
            "futex(0x7, FUTEX_WAKE, 1) = 1",
        ),
        ("rt_sigreturn({mask=[]}) = -1 EPERM (Operation not permitted)", "rt_sigreturn({mask=[]}) = 0"),
        (
            "clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, {tv_sec=4829, tv_nsec=1}, NULL) = 0",
            "clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, {tv_sec=4830, tv_nsec=2}, NULL) = 0",
        ),
        (
            NAMED.format(50051) + "\n7 " + CONNECTED.format(50051),
            NAMED.format(50052) + "\n7 " + CONNECTED.format(50052),
        ),
        (READ.format("/proc/loadavg", 60), READ.format("/proc/loadavg", 10)),
        (READ.format("/proc/sys/kernel/random/uuid", 60), READ.format("/proc/sys/kernel/random/uuid", 10)),
        (
            'openat(AT_FDCWD, "/tmp/ccAbC123.res", O_RDWR|O_CREAT|O_EXCL, 0600) = 3\n7 x("-a=/tmp/ccAbC123.res") = 0',
            'openat(AT_FDCWD, "/tmp/ccXyZ789.res", O_RDWR|O_CREAT|O_EXCL, 0600) = 3\n7 x("-a=/tmp/ccXyZ789.res") = 0',
        ),
        (
            'openat(AT_FDCWD</>, "/tmp", O_RDWR|O_TMPFILE, 0600) = 3</tmp/#2146365>',
            'openat(AT_FDCWD</>, "/tmp", O_RDWR|O_TMPFILE, 0600) = 3</tmp/#2146536>',
        ),
        ("brk(0xb58000) = 0xb58000", "brk(0x55e5c2fa3000) = 0x55e5c2fa3000"),
        ("vfork() = 8<sh>\n7 kill(8<sh>, SIGTERM) = 0", "vfork() = 8<gcc>\n7 kill(8<gcc>, SIGTERM) = 0"),
        (
            'openat(-100, "/tmp/ccAbC123.s", 0xc2, 0600) = 0x3\n7 unlink("/tmp/ccAbC123.s") = 0',
            'openat(-100, "/tmp/ccXyZ789.s", 0xc2, 0600) = 0x3\n7 unlink("/tmp/ccXyZ789.s") = 0',
        ),
        (
            r'openat(AT_FDCWD, "\x2f\x74\x6d\x70\x2f\x63\x63\x41\x62", O_CREAT|O_EXCL, 0600) = 3',
            r'openat(AT_FDCWD, "\x2f\x74\x6d\x70\x2f\x63\x63\x58\x79", O_CREAT|O_EXCL, 0600) = 3',
        ),
        (
            r'read(3, "ab\201\203\0\1\0\0\0\1\0\0\4here", 99) = 16',
            r'read(3, "\377\1\201\203\0\1\0\0\0\1\0\0\4here", 99) = 16',
        ),
    ],
)
def test_what_is_chance_does_not_show(left, right, tmp_path):
    """Another pid of a child that is not traced, a lock, a clock, a port of the kernel's, the number of an answer."""
    assert compared(tmp_path, left, right, 0) == ""


def test_a_file_that_is_named_after_its_process(tmp_path):
    """A shell's /tmp/lock.$$ is that of a process; another number shows."""
    for name, pid in (("a", 4711), ("b", 8150)):
        (tmp_path / name).write_text(
            f'{pid} openat(AT_FDCWD, "lock.{pid}", O_WRONLY|O_CREAT, 0666) = 3\n{pid} write(3, "{pid}\\n", 5) = 5\n'
        )
    assert vimtrace("diff", tmp_path / "a", tmp_path / "b") == ""
    assert compared(tmp_path, 'stat("x.4711", 0x7) = 0', 'stat("x.4712", 0x7) = 0', 1)


def test_what_is_filtered_is_masked_as_it_is_without_a_filter(tmp_path):
    """A call that the filter leaves out tells that a name is temporary."""
    opened, refused = 'openat(AT_FDCWD, "/tmp/cc{0}.s", O_CREAT|O_EXCL, 0600) = 3', 'readlink("/tmp/cc{0}.s", 0x7, 9)'
    lines = f"{opened}\n7 {refused} = -1 EINVAL (No)\n"
    for name, random in (("a", "AbC123"), ("b", "XyZ789")):
        (tmp_path / name).write_text(f"7 {lines.format(random)}")
    assert vimtrace("diff", "--text", "--filter=failed", tmp_path / "a", tmp_path / "b") == ""


def test_processes_of_which_nobody_tells_who_made_them(tmp_path):
    """Those of a command belong together, in whichever order they come (strace -f -e trace=%file)."""
    for name, order in (("a", "sort cut cat sort"), ("b", "cut cat sort sort")):
        lines = (f'{at} execve("/bin/{word}", ["{word}"], 0x7) = 0\n' for at, word in enumerate(order.split(), 7))
        (tmp_path / name).write_text("".join(lines))
    assert vimtrace("diff", "--text", tmp_path / "a", tmp_path / "b") == ""


def test_the_address_of_a_folder_in_ltrace_does_not_show(tmp_path):
    """It is decimal, and no descriptor."""
    for name, address in (("a", 94817750229616), ("b", 94100000000016)):
        (tmp_path / name).write_text(
            f'7 opendir("/") = {{ 3 }}\n7 readdir({address}) = <void>\n7 malloc(5) = 0x5566778899\n'
        )
    assert vimtrace("diff", "--text", tmp_path / "a", tmp_path / "b") == ""


def test_addresses_of_sysdig_do_not_show(tmp_path):
    """They are hexadecimal, without a sign of it."""
    for name, address in (("a", "55DB0DE73000"), ("b", "7FA6B7A6F000")):
        lines = f"1 10:00:00.1 0 cat (7) > brk addr=0 \n2 10:00:00.2 0 cat (7) < brk res={address} vm_size=356 \n"
        (tmp_path / name).write_text(lines)
        (event,) = (json.loads(line) for line in vimtrace("export", "--to=jsonl", tmp_path / name).splitlines())
        assert event["result"] == address
    assert vimtrace("diff", tmp_path / "a", tmp_path / "b") == ""


def test_nothing_is_compared_with_nothing(tmp_path):
    """What is no trace of calls is not said to be equal."""
    (tmp_path / "t").write_text("7 getpid() = 7\n")
    (tmp_path / "empty").touch()
    for files in (["/etc/passwd", "/etc/group"], [tmp_path / "t", "/etc/group"], ["/etc/passwd", "/etc/passwd"]):
        assert "nothing in it is understood" in refused("diff", *files, status=2)
    vimtrace("diff", "--text", tmp_path / "t", tmp_path / "empty", status=1)
    assert vimtrace("diff", "--filter=call=nothing", tmp_path / "t", tmp_path / "t") == ""


def test_the_reader_of_a_diff_has_had_enough(tmp_path):
    """They differ all the same."""
    for name, many in (("a", 100_000), ("b", 1)):
        (tmp_path / name).write_text("7 getpid() = 7\n" * many)
    command = f"{sys.executable} -m vimtrace diff --text {tmp_path}/a {tmp_path}/b | head -1; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "1"


def test_which_of_two_forks_a_child_is_of(tmp_path):
    """What it does before they return is done with the descriptors of its own parent."""
    start = [
        "1 fork() = 2", "1 fork() = 3", "2 pipe2([3, 4], 0) = 0", '3 open("x", 0) = 3',
        "2 fork( <unfinished ...>", "3 fork( <unfinished ...>",
    ]  # fmt: skip
    children = ["5 close(3) = 0", "5 fork( <unfinished ...>", "6 close(3) = 0", "4 close(3) = 0"]
    ends = ["3 <... fork resumed>) = 5", "5 <... fork resumed>) = 6", "2 <... fork resumed>) = 4"]
    for name, lines in (("a", [*children, *ends]), ("b", [children[3], ends[2], ends[0], *children[:3], ends[1]])):
        (tmp_path / name).write_text("".join(f"{line}\n" for line in [*start, *lines]))
    assert vimtrace("diff", tmp_path / "a", tmp_path / "b") == ""
    assert vimtrace("diff", "--text", tmp_path / "a", "/dev/null", status=1).count("close(<x>)") == 1


def test_the_child_of_a_child_whose_fork_has_not_returned(tmp_path):
    """It has what its parent had opened, however late that was sure itself."""
    begins, done = "7 clone( <unfinished ...>\n", "7 <... clone resumed>) = 8\n"
    lines = "8 pipe2([3, 4], 0) = 0\n8 clone() = 9\n9 dup2(3, 0) = 0\n9 read(0, 0x7, 9) = 5\n9 +++ exited with 0 +++\n"
    (tmp_path / "a").write_text(begins + done + lines)
    (tmp_path / "b").write_text(begins + lines + done)
    assert vimtrace("diff", "--text", tmp_path / "a", tmp_path / "b") == ""


def test_a_fork_that_strace_tells_of_when_it_is_over(tmp_path):
    """On one line, behind what the child has done: the child has what its parent had opened before."""
    opened, fork, child = "7 pipe2([3, 4], 0) = 0\n", "7 clone() = 8\n", "8 dup2(3, 0) = 0\n8 read(0, 0x7, 9) = 5\n"
    (tmp_path / "a").write_text(opened + fork + child)
    (tmp_path / "b").write_text(opened + child + fork)
    assert vimtrace("diff", "--text", tmp_path / "a", tmp_path / "b") == ""


def test_processes_whose_forks_are_not_in_the_trace(tmp_path):
    """Of two that strace was attached to, one does more than is held back; the other less."""
    lines = "7 getpid() = 7\n" + '8 open("a", 0) = 3\n9 read(3, 0x7, 5) = 5\n' + "8 read(3, 0x7, 5) = 5\n" * 12_000
    for name in ("a", "b"):
        (tmp_path / name).write_text(lines)
    assert vimtrace("diff", "--text", tmp_path / "a", tmp_path / "b") == ""
    assert "-read(<a>, " in vimtrace("diff", "--text", tmp_path / "a", "/dev/null", status=1)


def test_when_a_child_is_waited_for_does_not_show(tmp_path):
    """A shell may do it when SIGCHLD comes, or later; that it does it shows."""
    forked, waited = ["clone(flags=SIGCHLD) = 8", "8 +++ exited with 1 +++"], [WAITED.format(-1, 1, 8)]

    def written(name, *lines):
        (tmp_path / name).write_text("".join(f"{'' if line[0] == '8' else '7 '}{line}\n" for line in lines))
        return tmp_path / name

    end = "+++ exited with 0 +++"
    early = written("a", *forked, *waited, "getuid() = 1", end)
    late = written("b", *forked, "getuid() = 1", *waited, end)
    never = written("c", *forked, "getuid() = 1", end)
    assert vimtrace("diff", early, late) == ""
    assert "wait4(any child)" in vimtrace("diff", early, never, status=1)


def test_a_chain_of_a_thousand_forks(tmp_path):
    """Neither JSON nor the pairs of a diff are made recursively."""
    pids = range(1, 1500)
    lines = [f"{pid} fork() = {pid + 1}\n" for pid in pids] + [f"{pid} +++ exited with 0 +++\n" for pid in pids]
    (tmp_path / "a").write_text("".join(lines))
    text = vimtrace("tree", "--json", tmp_path / "a")
    assert text.count('"children": [') == text.count("]}") == len(pids) + 1
    assert vimtrace("diff", tmp_path / "a", tmp_path / "a") == ""


def test_children_that_are_alike_are_not_compared_with_each_other(monkeypatch):
    """Of two fork servers difflib is given what is not alike at both ends."""
    given = []
    monkeypatch.setattr(
        alignment, "SequenceMatcher", lambda _, a, b, **how: given.append((a, b)) or SequenceMatcher(None, a, b)
    )
    left, right = ([Process(pid) for pid in range(many)] for many in (300, 301))
    assert list(diff.pairs(left, right)) == list(zip_longest(left, right))
    assert given[0] == ([], ["False "])


def test_a_command_of_two_lines(tmp_path):
    """A heading of the diff is one line."""
    for name, status in (("a", 1), ("b", 2)):
        (tmp_path / name).write_text(
            f'7 execve("/bin/sh", ["sh", "-c", "true\\nfalse"], 0x7) = 0\n7 exit_group({status}) = ?\n'
        )
    text = vimtrace("diff", "--text", tmp_path / "a", tmp_path / "b", status=1)
    assert r"p1 sh -c true\x0afalse" in text
    assert all(line[0] in "-+@ " for line in text.splitlines())


def test_files_of_ff_with_times_of_their_own(tmp_path):
    """Times that begin anew in each file (-r) do not merge them: the child did not end before its fork."""
    forks = "     0.000000 getpid() = 7\n     3.000000 clone(flags=SIGCHLD) = 8\n     2.000000 +++ exited with 0 +++\n"
    (tmp_path / "t.7").write_text(forks)
    (tmp_path / "t.8").write_text('     0.000000 execve("/x", ["x"], 0x7) = 0\n     0.100000 +++ exited with 3 +++\n')
    (root,) = json.loads(vimtrace("tree", "--json", tmp_path / "t"))
    assert (root["pid"], [(c["pid"], c["name"], c["exit"]) for c in root["children"]]) == (7, [(8, "x", "3")])


def test_a_name_that_is_no_text_is_one_name(tmp_path):
    """However a call tells it; JSON has no half of a character."""
    (tmp_path / "t").write_text(
        '7 openat(AT_FDCWD, "/x\\377", O_RDONLY) = 3</x\\377>\n'
        '7 openat(AT_FDCWD, "/x\\377", O_CREAT) = -1 EEXIST (File exists)\n'
    )
    text = vimtrace("summary", "--json", tmp_path / "t")
    assert json.loads(text)["files"] == {"/x\\xff": {"opened": 1, "failed": {"EEXIST": 1}, "read": 0, "written": 0}}
    assert len(vimtrace("filter", os.fsdecode(b"path=/x\xff"), tmp_path / "t").splitlines()) == 2


@pytest.mark.parametrize(
    ("words", "closed", "why"),
    [(["/dev/null"], ">&-", "standard output is closed"), (["-"], "<&-", "standard input is closed")],
)
def test_a_standard_stream_that_is_closed(words, closed, why):
    """One line, status 1."""
    command = " ".join([sys.executable, "-m", "vimtrace", "summary", *words, closed])
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert f"vimtrace: {why}" in done.stderr
    assert "fault" not in done.stderr


def test_a_trace_from_a_named_pipe(trace, tmp_path):
    """It is opened once: its writer would die."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with subprocess.Popen(["cp", trace, pipe]) as writer:
        assert vimtrace("filter", "line>0", pipe) == trace.read_text()
        assert writer.wait() == 0


def test_where_an_export_cannot_be(tmp_path):
    """The name that the user gave is in the error, and nothing is left beside it."""
    (tmp_path / "t").write_text("7 getpid() = 7\n")
    said = refused("export", "--to=csv", f"--output={tmp_path}/", tmp_path / "t", status=1)
    assert f"vimtrace: {tmp_path}/: Is a directory" in said or f"vimtrace: {tmp_path}/: Not a" in said
    assert [p.name for p in tmp_path.iterdir()] == ["t"]


def test_an_export_to_what_is_no_file(trace, tmp_path):
    """A pipe gets it as it comes; a link leads to the file; ``-`` is standard output; no trace is written over."""
    whole = vimtrace("export", "--to=csv", trace)
    assert vimtrace("export", "--to=csv", "--output=-", trace) == whole
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with open(tmp_path / "copy", "wb") as copy, subprocess.Popen(["cat", pipe], stdout=copy):
        vimtrace("export", "--to=csv", f"--output={pipe}", trace)
    assert pipe.is_fifo()
    assert (tmp_path / "copy").read_bytes().decode() == whole
    command = f"{sys.executable} -m vimtrace export --to=csv --output=/dev/fd/9 {trace} 9>&1 | cat"
    done = subprocess.run(["sh", "-c", command], capture_output=True, check=True)
    assert done.stdout.decode() == whole
    (tmp_path / "file").write_text("old")
    (tmp_path / "link").symlink_to("file")
    vimtrace("export", "--to=csv", f"--output={tmp_path}/link", trace)
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "file").read_bytes().decode() == whole
    (tmp_path / "t").write_text("7 getpid() = 7\n")
    (tmp_path / "again").symlink_to("t")
    for name in ("t", "again"):
        said = refused("export", "--to=csv", f"--output={tmp_path}/{name}", tmp_path / "t", status=1)
        assert said.startswith(f"vimtrace: {tmp_path}/{name}: is one of the traces\n")
    assert (tmp_path / "t").read_text() == "7 getpid() = 7\n"
    assert sorted(os.listdir(tmp_path)) == ["again", "copy", "file", "link", "pipe", "t"]


def test_an_export_to_a_descriptor(tmp_path):
    """It goes on where that is, as a shell appends; what stood there before stays."""
    (tmp_path / "t").write_text("7 getpid() = 7\n")
    whole = vimtrace("export", "--to=jsonl", tmp_path / "t")
    export = f"{sys.executable} -m vimtrace export --to=jsonl {tmp_path}/t --output="
    for name, command in (
        ("a", f"echo head >$0; {export}/dev/stdout >>$0; echo tail >>$0"),
        ("b", f"{{ echo head; {export}/dev/fd/5 5>&1; {export}/proc/self/fd/3 3>/dev/null; echo tail; }} >$0"),
    ):
        subprocess.run(["sh", "-c", command, tmp_path / name], check=True)
        assert (tmp_path / name).read_text() == f"head\n{whole}tail\n"
    assert "which file" in refused("export", "--to=csv", "--output=", tmp_path / "t", status=2)
    assert "No such file" in refused("export", "--to=csv", f"--output={tmp_path}/x/", tmp_path / "t", status=1)
    assert sorted(os.listdir(tmp_path)) == ["a", "b", "t"]


@pytest.mark.skipif(os.getuid() != 0, reason="mknod(2) is root's")
def test_an_export_to_a_device(trace, tmp_path):
    """It stays one: /dev/null, for root, is a file of a folder that can be written."""
    device = tmp_path / "null"
    os.mknod(device, stat.S_IFCHR | 0o666, os.makedev(1, 3))
    vimtrace("export", "--to=csv", f"--output={device}", trace)
    assert device.is_char_device()
    assert os.listdir(tmp_path) == ["null"]


@pytest.mark.parametrize("sig", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_an_export_that_a_signal_ends(tmp_path, sig):
    """It ends as any program does, and leaves nothing behind."""
    trace = tmp_path / "t"
    os.mkfifo(trace)
    (tmp_path / "out").mkdir()
    words = [sys.executable, "-m", "vimtrace", "export", "--to=csv", f"--output={tmp_path}/out/x", trace]
    with subprocess.Popen(words) as exporting, open(trace, "wb"):  # it has begun when it reads
        exporting.send_signal(sig)
        assert exporting.wait() == -sig
    assert os.listdir(tmp_path / "out") == []


@pytest.mark.parametrize("lacks", ["O_TMPFILE", ""])
def test_an_export_is_whole_or_not_there(tmp_path, monkeypatch, lacks):
    """What was there before stays until the new one is written, also where no file is without a name."""
    if lacks:
        monkeypatch.delattr(os, lacks)
    (tmp_path / "x").write_text("old")

    def fails():
        with destination(str(tmp_path / "x"), []) as out:
            out.write(b"half")
            raise VimtraceError("it went wrong")

    with pytest.raises(VimtraceError):
        fails()
    assert (tmp_path / "x").read_text() == "old"
    assert os.listdir(tmp_path) == ["x"]
    with destination(str(tmp_path / "x"), []) as out:
        out.write(b"new")
        assert len(os.listdir(tmp_path)) == 1 + bool(lacks)
    assert (tmp_path / "x").read_text() == "new"
    assert os.listdir(tmp_path) == ["x"]
    assert os.stat(tmp_path / "x").st_mode & 0o777 == 0o600


def test_no_time_line_without_times(tmp_path):
    """perfetto would show nothing at all."""
    (tmp_path / "t").write_text("7 getpid() = 7\n")
    assert "this trace has none" in refused("export", "--to=perfetto", tmp_path / "t", status=1)


def changed(tmp_path, before, after, *command):
    """The changed lines of a diff of *command* run after each of two shell commands."""
    runs = []
    for name, prepare in (("a", before), ("b", after)):
        subprocess.run(["sh", "-c", prepare], cwd=tmp_path, check=True)
        runs.append(strace(tmp_path / name, "sh", "-c", f"cd {tmp_path}; exec {' '.join(command)}"))
    text = vimtrace("diff", "--text", *runs, status=1)
    return [line for line in text.splitlines()[2:] if line[0] in "+-"], runs


def test_a_changed_configuration_shows(tmp_path):
    """A file with other contents: its read differs, and its size, and nothing else."""
    lines, runs = changed(tmp_path, "echo one >conf", "echo eleven >conf", "cat conf")
    assert [line[0] for line in lines].count("-") == [line[0] for line in lines].count("+")
    assert any(line.startswith('-read(<conf>, "one') for line in lines)
    assert any(line.startswith('+read(<conf>, "eleven') for line in lines)
    assert {re.match(r".(\w+)", line)[1] for line in lines} <= {"read", "write", "newfstatat", "fstat"}
    table = vimtrace("diff", "--stat", *runs, status=1)
    assert re.search(r"^ +read +1 +1$", table, re.MULTILINE)


def test_another_errno_shows(tmp_path):
    """A file that is missing, then a folder."""
    lines, _ = changed(tmp_path, "true", "mkdir x", "cat x")
    assert any(re.match(r'-openat\(AT_FDCWD, "x".* = -1 ENOENT', line) for line in lines)
    assert any(re.match(r"\+read\(<x>, .* = -1 EISDIR", line) for line in lines)


def test_a_missing_library_shows(tmp_path):
    """A library that is not found where it was."""
    linked = subprocess.run(["ldd", "/bin/ls"], capture_output=True, text=True, check=True).stdout
    path = re.search(r"=> (/\S+)", linked)[1]
    lines, _ = changed(tmp_path, f"mkdir lib; cp {path} lib", "rm -r lib", "env LD_LIBRARY_PATH=lib ls")
    name = os.path.basename(path)
    assert any(line.startswith("+") and f"lib/{name}" in line and "ENOENT" in line for line in lines)
    assert any(line.startswith("-") and f"lib/{name}" in line and line.endswith("= descriptor") for line in lines)


def test_hunks_name_the_lines_of_the_traces(tmp_path):
    """A hunk's numbers are places in the two traces."""
    _, (left, right) = changed(tmp_path, "echo one >conf", "echo eleven >conf", "cat conf")
    text = vimtrace("diff", left, right, status=1)
    start = int(re.search(r"^@@ -(\d+),", text, re.MULTILINE)[1])
    first = text.split("\n@@ ")[1].split("\n")[1]
    assert re.match(r".(\w+)", first)[1] in left.read_text().splitlines()[start - 1]


def test_export_jsonl(trace):
    """One object for each event, with its place; the arguments as a tree."""
    data = trace.read_bytes()
    objects = [json.loads(line) for line in vimtrace("export", "--to=jsonl", trace).splitlines()]
    for item in objects:
        assert item["text"].split("\n")[0].encode() == data[item["offset"] :].split(b"\n")[0]
    opened = next(item for item in objects if item.get("call") == "openat")
    assert opened["arguments"] == ["AT_FDCWD", "/etc/ld.so.cache", "O_RDONLY|O_CLOEXEC"]
    assert sum(len(item["lines"]) for item in objects) == data.count(b"\n")


def test_export_csv(trace, tmp_path):
    """The same rows, as DuckDB reads them."""
    (tmp_path / "t.csv").write_text(vimtrace("export", "--to=csv", "--filter=failed", trace))
    found = duckdb.sql(f"select call, errno from '{tmp_path}/t.csv' where line > 0").fetchall()
    groups = json.loads(vimtrace("summary", "--json", "--filter=failed", trace))["groups"]
    assert collections.Counter(call for call, _ in found) == {g["call"]: g["calls"] for g in groups}


def test_export_perfetto(trace):
    """The JSON trace event format: every slice has its thread, time and duration, and none overlaps another."""
    events = json.loads(vimtrace("export", "--to=perfetto", trace))["traceEvents"]
    assert {event["ph"] for event in events} == {"M", "X", "i"}
    ends = {}
    for event in sorted((e for e in events if e["ph"] == "X"), key=lambda e: e["ts"]):
        assert isinstance(event["name"], str)
        assert {"pid", "tid", "ts", "dur", "cat", "args"} <= set(event)
        key = (event["pid"], event["tid"])
        assert event["ts"] >= ends.get(key, 0) - 2  # microseconds: -ttt and -T are rounded
        ends[key] = event["ts"] + event["dur"]
    assert {e["args"]["name"] for e in events if e["name"] == "thread_name"} >= {"sh", "ls", "sort", "wc", "sleep"}
    assert any(e.get("cname") == "terrible" and e["args"]["errno"] == "ENOENT" for e in events)


def test_perfetto_of_what_never_returned_and_of_nobody(tmp_path):
    """A call that hangs goes on to the end; a trace that names no process is that of one, which is not 0."""
    for name in ("a", "b"):
        (tmp_path / name).write_text("1700000000.000001 getpid() = 7\n1700000001.000000 read(0, 0x7 <unfinished ...>\n")
    found = json.loads(vimtrace("export", "--to=perfetto", tmp_path / "a", tmp_path / "b"))["traceEvents"]
    assert [(e["ph"], e["pid"], e["tid"]) for e in found if e["ph"] != "M"] == [
        ("X", 1, 1), ("X", 2, 2), ("B", 1, 1), ("B", 2, 2),
    ]  # fmt: skip


def test_perfetto_of_a_call_that_never_returned_amid_others(tmp_path):
    """It ends where its thread goes on: else all that comes later would be in it."""
    path = tmp_path / "trace"
    path.write_text("1700000000.000001 read(0, 0x7 <detached ...>\n1700000000.000009 getpid() = 7 <0.000001>\n")
    found = json.loads(vimtrace("export", "--to=perfetto", path))["traceEvents"]
    assert [(e["ph"], e["ts"]) for e in found if e["ph"] != "M"] == [
        ("B", 1700000000000001.0), ("E", 1700000000000009.0), ("X", 1700000000000009.0),
    ]  # fmt: skip


def test_the_clock_of_each_trace(tmp_path):
    """Each time says what it counts from."""
    (tmp_path / "day").write_text("7 10:00:00.000001 getpid() = 7\nwhat is this\n")
    (tmp_path / "epoch").write_text("8 1700000000.000001 getpid() = 8\n")
    for names in (("day", "epoch"), ("epoch", "day")):
        text = vimtrace("export", "--to=jsonl", *(tmp_path / name for name in names))
        rows = [json.loads(line) for line in text.splitlines()]
        assert {(row.get("pid"), row.get("clock")) for row in rows} == {(7, "day"), (8, "epoch"), (None, None)}


def test_the_name_of_a_thread_is_text(tmp_path):
    """strace -Y writes it as it writes strings; it is one name, wherever it stands."""
    (tmp_path / "t").write_text(
        '7<a\\76b> getpid() = 7\n7<w\\303\\266> prctl(PR_SET_NAME, "w\\303\\266") = 0\n7<w\\303\\266> getpid() = 7\n'
    )
    rows = [json.loads(line) for line in vimtrace("export", "--to=jsonl", tmp_path / "t").splitlines()]
    assert [row["comm"] for row in rows] == ["a>b", "w\u00f6", "w\u00f6"]
    groups = json.loads(vimtrace("summary", "--by=pid", "--json", tmp_path / "t"))["groups"]
    assert {group["pid"] for group in groups} == {"7", "7 a>b", "7 w\u00f6"}


def test_a_command_that_the_tracer_has_cut(tmp_path):
    """What is left out is seen to be; the program's whole path is in the call."""
    call = 'execve("/a/long/path/to/a/program/of/ours", ["/a/long/path/to/a/program/of/our"..., "-c", "cd /x"..., ...]'
    (tmp_path / "t").write_text(f"7 {call}, 0x7) = 0\n")
    (process,) = json.loads(vimtrace("tree", "--json", tmp_path / "t"))
    assert process["commands"][0] == ["/a/long/path/to/a/program/of/ours", "-c", "cd /x...", "..."]


def test_an_exec_of_a_thread_in_a_set(tmp_path):
    """It begins in the file of the thread and goes on in that of the process: one call."""
    (tmp_path / "t.7").write_text(
        '1700000000.1 execve("/x", ["x"], 0x7) = 0\n1700000000.2 futex(0x7, FUTEX_WAIT <unfinished ...>\n'
        "1700000000.5 +++ superseded by execve in pid 8 +++\n1700000000.6 <... execve resumed>) = 0\n"
        "1700000000.7 +++ exited with 0 +++\n"
    )
    (tmp_path / "t.8").write_text(
        '1700000000.3 getpid() = 7\n1700000000.4 execve("/bin/echo", ["echo", "z"], 0x7 <pid changed to 7 ...>\n'
    )
    groups = json.loads(vimtrace("summary", "--json", tmp_path / "t"))["groups"]
    assert {group["call"]: group["calls"] for group in groups} == {"execve": 2, "futex": 1, "getpid": 1}
    assert "=> echo z" in vimtrace("tree", tmp_path / "t")
    rows = [json.loads(line) for line in vimtrace("export", "--to=jsonl", tmp_path / "t").splitlines()]
    (row,) = (row for row in rows if '"echo"' in row["text"])
    assert (row["file"], row["line"], row["pid"]) == (str(tmp_path / "t.8"), 2, 7)
    assert vimtrace("filter", "unfinished", tmp_path / "t").count("\n") == 1
    (tmp_path / "t.7").write_text('1700000000.1 execve("/x", ["x"], 0x7) = 0\n')
    assert '"echo"' in vimtrace("filter", "unfinished", tmp_path / "t")
    rows = [json.loads(line) for line in vimtrace("export", "--to=jsonl", tmp_path / "t").splitlines()]
    assert {row["file"] for row in rows if '"echo"' in row["text"]} == {str(tmp_path / "t.8")}


def test_export_parquet_for_duckdb(trace, tmp_path):
    """The query of the manual over a folder of traces."""
    for name in ("a", "b"):
        vimtrace("export", "--to=parquet", f"--output={tmp_path}/{name}.parquet", trace)
    query = """
        SELECT call, errno, count(*) AS times, max(duration_ns) / 1e6 AS slowest_ms
        FROM '*.parquet' WHERE errno IS NOT NULL AND result <> '?' GROUP BY ALL ORDER BY times DESC
    """
    found = duckdb.sql(query.replace("*.parquet", f"{tmp_path}/*.parquet")).fetchall()
    rows = map(json.loads, vimtrace("export", "--to=jsonl", trace).splitlines())
    failed = [row for row in rows if "errno" in row and row["result"] != "?"]
    assert sum(times for _, _, times, _ in found) == 2 * len(failed) > 0
    assert os.stat(tmp_path / "a.parquet").st_mode & 0o777 == 0o600
    assert sorted(os.listdir(tmp_path)) == ["a.parquet", "b.parquet"]


@pytest.mark.parametrize(
    "words, status, says",
    [
        (["summary", "/nonexistent"], 1, "/nonexistent: No such file"),
        (["summary", "/etc"], 1, "/etc: is a folder"),
        (["summary", "--by=x", "/dev/null"], 2, "--by=x"),
        (["summary", "--foo", "/dev/null"], 2, "--foo: no such option"),
        (["tree", "--by=pid", "/dev/null"], 2, "--by=pid: no such option"),
        (["filter", "foo=1", "/dev/null"], 2, "foo: no such field"),
        (["filter"], 2, "which expression"),
        (["filter", "--numbers", "a", "/dev/null", "/dev/zero"], 2, "--numbers: more than one file"),
        (["diff", "/dev/null"], 2, "which two"),
        (["diff", "-", "-"], 2, "one trace, not two"),
        (["diff", "/nonexistent", "/dev/null"], 2, "/nonexistent: No such file"),
        (["diff", "/dev/null", "/etc"], 2, "/etc: is a folder"),
        (["filter", "fd=1", "/nonexistent"], 2, "/nonexistent: No such file"),
        (["export", "/dev/null"], 2, "which format"),
        (["export", "--to"], 2, "--to: needs a value"),
        (["export", "--to=csv", "--output=/nonexistent/x", "/dev/null"], 1, "/nonexistent/x"),
    ],
)
def test_errors(words, status, says):
    """One line what and why, one what to do."""
    said = refused(*words, status=status)
    assert says in said.split("\n")[0]
    assert said.startswith("vimtrace: ")
    assert len(said.splitlines()) <= 2


def test_help_behind_a_verb():
    """It is that of the whole program."""
    assert vimtrace("export", "--help") == vimtrace("--help")
    assert vimtrace("summary", "-h") == vimtrace("--help")


def test_empty(tmp_path):
    """An empty trace is no error."""
    empty = tmp_path / "empty"
    empty.touch()
    assert json.loads(vimtrace("summary", "--json", empty))["lines"] == 0
    vimtrace("summary", empty)
    vimtrace("tree", empty)
    assert vimtrace("diff", empty, empty) == ""
    assert json.loads(vimtrace("export", "--to=perfetto", empty))["traceEvents"] == []


def test_plain_tables():
    """Numbers to the right, words to the left, a note of what is left out."""
    from vimtrace.report import Table

    assert list(plain(Table("t", ["name", ">n"], [["a", "10"], ["long", "5"]], 3))) == [
        "t:", "  name   n", "  a     10", "  long   5", "  ... and 3 more (--json has all)", "",
    ]  # fmt: skip


def test_progress(monkeypatch, capsys):
    """A bar of all files together appears after a while where a person looks, and is taken away."""
    now = [0.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(progress.os, "isatty", lambda _: True)
    monkeypatch.setenv("TERM", "xterm")
    with progress.bar() as bar:
        bar.size = 2_000_000
        bar.to(500_000)
        assert capsys.readouterr().err == ""
        now[0] = 2.0
        bar.to(1_000_000)
        assert " 50% of 2 MB" in capsys.readouterr().err
    assert capsys.readouterr().err == "\r\x1b[K"


def test_progress_of_several_traces(tmp_path):
    """The bytes of all files are told, in the end all of them."""
    for name in ("a", "b"):
        (tmp_path / name).write_text("7 getpid() = 7\n" * 100)
    told = []
    traces = Traces([str(tmp_path / "a"), str(tmp_path / "b")], told.append)
    assert len(list(traces.events())) == 200
    assert told[-1] == traces.size() == 3000


def test_the_summary_of_a_run(trace, capfdbinary):
    """What the launcher prints for --summary is what the verb prints."""
    reader.at_the_end([str(trace)])
    sys.stdout.flush()
    assert capfdbinary.readouterr().out.decode() == vimtrace("summary", trace)
