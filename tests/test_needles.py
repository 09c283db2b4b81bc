"""The lines that a filter passes over: none that it would have matched, and nearly all of the others."""

import pathlib
import re
from functools import cache
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vimtrace.filter import Filter
from vimtrace.filter.terms import FIELDS, FLAGS
from vimtrace.trace.dialects import LTRACE, STRACE
from vimtrace.trace.line import Lines, lines_of
from vimtrace.trace.source import Traces

HERE = pathlib.Path(__file__).parent
CORPUS = sorted(path for path in (HERE / "corpus").glob("*.*") if path.is_file())
EXPRESSIONS = [
    "failed",
    "unfinished",
    "not unfinished",
    "openat",
    "open* read",
    "call:wr?te,close",
    "call=%file",
    "%network",
    "ENOENT",
    "errno=E*",
    "errno:ENOENT,EACCES openat",
    "pid=1 2 3",
    "pid=0007",
    "pid=7.0",
    "slow>0",
    "slow>=0.001",
    "slow>100us",
    "slow>1 slow>=3",
    "slow<1ms",
    "slow>inf",
    "slow>=nan",
    "SIGCHLD",
    "signal~CHLD",
    "signal=SIG*",
    "kind=call",
    "kind=c*",
    "kind=exit",
    "kind=signal,message",
    "/etc/",
    "/etc.pass|No such/",
    r"/\.so/ failed",
    "/^1/",
    "/READ/i",
    "line>3",
    "time>1",
    "result=0",
    "fd=3",
    "path=/etc/*",
    "comm=sh",
    "not failed",
    "!openat",
    "call!=read",
    "openat or SIGCHLD",
    "openat and (failed or read)",
    "failed or slow>1 or %network or pid=12 or /x/",
    "(openat or read) and not failed",
]
LINES = """
12 read(3, "x", 4096) = 1 <0.000010>
12 read(3, "x", 4096) = 1 <0.200000>
13 read(3, "x", 4096) = 1
[pid 13] read(3, "x", 4096) = 1
12<sh> read(3, "x", 4096) = 1
12 10:00:00 read(3, "x", 4096) = 1
12 1700000000.000001 read(3, "x", 4096) = 1
12 1700000001.000001 openat(AT_FDCWD, "/etc/passwd", O_RDONLY) = 3</etc/passwd>
12 0.100000 openat(AT_FDCWD, ") = 3", O_RDONLY) = -1 ENOENT (No such file or directory) <0.000010>
12 openat(AT_FDCWD, "a", O_RDONLY) = -1 EACCES (Permission denied) (INJECTED)
12 read(3, "= -1 ENOENT (No", 9) = 3 <0.000010>
12 write(1, ") = 3\\n", 1 <unfinished ...>
12 <... write resumed>) = 3 <0.100000>
12 write(1, "x", 1) = ? ERESTARTSYS (To be restarted if SA_RESTART is set)
12 close(3) = 0 <1e-05>
12 close(3) = 0</x y> (flags O_RDWR)
12 clone(child_stack=NULL <unfinished ...>
12 <... clone resumed>) = 13
13 exit_group(0) = ?
13 +++ exited with 0 +++
12 --- SIGCHLD {si_signo=SIGCHLD} ---
12 SYS_read(3, "", 1) = -2
12 stat("caf\xe9", {st_mode=0}) = 0
 > /lib/libc.so.6(read+0x12) [0xfeed]
 | 00000  72 6f 6f 74                                       root             |
) = 0
strace: Process 13 attached
what is this
\x1b[1m12 read(3, "x", 4096) = 1\x1b[0m

""".strip("\n").split("\n")
PID = re.compile(r"^(?:\x1b\[1m)?(?:\d+(?:<sh>)?|\[pid 13\]) ")


@cache
def events(*files):
    """All events of *files*, in their order."""
    return [*Traces(map(str, files)).events()]


def passing(expression, *files):
    """The events of *files* that are left when the filter has passed over lines; ``None`` if it passes over none."""
    found = Traces(map(str, files))
    passed = Filter(expression).passed(merged=len(files) > 1)
    for trace in found.traces:
        trace.splitter.passed = passed
    return [*found.events()] if passed is not None else None


def matched(expression, found):
    """The lines of each of the events *found* that matches, in their order."""
    chosen = Filter(expression)
    places = [(event.file, event.lines) for event in found if chosen(event)]
    return [[(file, line.number, line.offset, line.text) for line in lines] for file, lines in places]


def assert_same(expression, *files):
    left = passing(expression, *files)
    if left is not None:
        order = list if len(files) > 1 else sorted  # of one file, lines are printed in the order of their numbers
        assert order(matched(expression, left)) == order(matched(expression, events(*files)))


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_same(expression):
    """In traces of all formats; some also merged with the next one."""
    for path in CORPUS:
        assert_same(expression, path)
    for path, other in pairwise(CORPUS[::6]):
        assert_same(expression, path, other)


@pytest.mark.parametrize(
    "expression, texts",
    [
        # the time of the resumed line is that of all before it
        ("slow>0.5", ["1 0.1 read(3,  <unfinished ...>\n2 0.9 close(3) = 0\n1 0.1 <... read resumed>) = 0\n"]),
        # what has no time, or one before that, comes behind the line before it
        (
            "openat or write",
            ["1700000001 a() = 0\n1700000009 b() = 0\n1700000001 openat() = 1\n", "1700000002 write() = 0\n"],
        ),
        ("kind=message or write", ["1700000001 a() = 0\n1700000003 b() = 0\nstrace: x\n", "1700000002 write() = 0\n"]),
        # the line says nothing, but only one process was seen
        ("pid=12", ["12 --- SIGCHLD {} ---\nread(3) = 0\nread(3) = 0\nread(3) = 0\n"]),
        ('/"caf."/', ['stat("caf\xc3\xa9") = 0\n' * 3]),
        (
            "failed",
            ["open(NULL, O_RDONLY|O_CLOEXEC) = -1 ENOENT (No)\n" * 9 + "SYS_read(3) = -2\n" * 2 + "close(3) = 0\n"],
        ),
        (
            "SYS_read",
            ["open(A_B, NULL) = 1\n" * 9 + "SYS_read(3) = 1\nclose(1) = 0\nread(1 <unfinished ...>\n > /lib/libc\n"],
        ),
        ("/libc/", ["12 read(3) = 0\n > /lib/libc.so() [0x1]\n12 read(3) = 0\n12 read(3) = 0\n"]),
    ],
)
def test_same_of_what_is_rare(expression, texts, tmp_path):
    """Some of it matches."""
    paths = [tmp_path / str(at) for at in range(len(texts))]
    for path, text in zip(paths, texts, strict=True):
        path.write_bytes(text.encode("latin-1"))
    assert_same(expression, *paths)
    assert matched(expression, passing(expression, *paths))


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(LINES), max_size=20), st.sampled_from(EXPRESSIONS), st.integers(0, 400), st.booleans())
def test_same_of_any_lines(tmp_path_factory, lines, expression, cut, named):
    """Whatever stands beside what, with pids or without; where the trace comes in pieces, too."""
    lines = lines if named else [PID.sub("", line) for line in lines]
    data = "".join(f"{line}\n" for line in lines).encode("latin-1")
    path = tmp_path_factory.mktemp("any") / "trace"
    path.write_bytes(data)
    assert_same(expression, path)
    splitter = Lines(STRACE)
    splitter.passed = Filter(expression).passed(merged=False)
    left = [*splitter.feed(data[:cut]), *splitter.feed(data[cut:]), *splitter.end()]
    places = {line.number: (line.offset, line.text) for line in lines_of(data, STRACE)}
    assert all(places[line.number] == (line.offset, line.text) for line in left)


@pytest.mark.parametrize(
    "expression, most",
    [
        ("failed", 1 / 3),
        ("openat", 1 / 3),
        ("errno=ENOENT", 1 / 3),
        ("%file and failed", 1 / 3),
        ("/passwd|group/", 1 / 3),
        ("slow>1 or pid=1", 1 / 50),
        ("SIGCHLD or unfinished or kind=exit", 1 / 50),
    ],
)
def test_few_lines_are_looked_at(expression, most, tmp_path):
    """Of a trace in which few match."""
    path = tmp_path / "trace"
    one = "12 1700000000.{0:06} {1} <0.000010>\n"
    calls = ['read(3, "x", 4096) = 1', 'write(1, "x", 1) = 1', "lseek(3, 0, SEEK_SET) = 0", "close(3) = 0"] * 4
    calls.append('openat(AT_FDCWD, "/etc/passwd", O_RDONLY) = -1 ENOENT (No such file or directory)')
    path.write_text("".join(one.format(at, calls[at % len(calls)]) for at in range(1000)))
    assert len(passing(expression, path)) < 1000 * most


def test_other_tracers_are_not_passed_over():
    """Of ltrace, a line says something else."""
    lines = Lines(LTRACE)
    lines.passed = Filter("failed").passed(merged=False)
    assert len(list(lines.feed(b'puts("x") = 1\nputs("x") = 1\nputs("x") = 1\n'))) == 3


def test_every_field_is_asked():
    """The table above has every word of the language."""
    text = " ".join(EXPRESSIONS)
    assert all(any(f"{field}{sign}" in text for sign in "=~<>!:") for field in FIELDS)
    assert all(flag in text for flag in FLAGS)
