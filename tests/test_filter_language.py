"""The filter language: what each word means, and how words are joined."""

import pytest

from vimtrace.errors import UsageError
from vimtrace.filter import Filter
from vimtrace.filter.terms import FIELDS, FLAGS
from vimtrace.trace.dialects import STRACE
from vimtrace.trace.families import FAMILIES
from vimtrace.trace.join import Joiner
from vimtrace.trace.line import lines_of
from vimtrace.trace.process import Processes

TRACE = """\
7<sh> 10:00:00.0 execve("/bin/sh", ["sh"], 0x7f /* 3 vars */) = 0 <0.000200>
7<sh> 10:00:01.0 openat(AT_FDCWD, "/etc/passwd", O_RDONLY) = 3 <0.000010>
7<sh> 10:00:02.0 read(3, "root:x:0:0"..., 4096) = 1000 <0.250000>
7<sh> 10:00:03.0 openat(AT_FDCWD, "/etc/shadow", O_RDONLY) = -1 EACCES (Permission denied) <0.000020>
7<sh> 10:00:04.0 vfork( <unfinished ...>
8<sh> 10:00:05.0 connect(4<TCP:[127.0.0.1:5000->127.0.0.1:80]>, {sa_family=AF_INET}, 16) = 0 <0.100000>
7<sh> 10:00:06.0 <... vfork resumed>) = 8 <2.000000>
8<cat> 10:00:07.0 --- SIGUSR1 {si_signo=SIGUSR1, si_code=SI_USER, si_pid=7, si_uid=0} ---
8<cat> 10:00:08.0 +++ killed by SIGKILL +++
7<sh> 10:00:09.0 wait4(-1,  <unfinished ...>
9 10:00:10.0 futex(0x7f, FUTEX_WAIT, 1, NULL <unfinished ...>
9 10:00:11.0 <... futex resumed> <unfinished ...>) = ?
9 10:00:12.0 exit_group(0) = ?
what is this
"""


def matching(expression):
    """The numbers of the first lines of the events that *expression* matches."""
    joiner = Joiner()
    processes = Processes([joiner])
    chosen = Filter(expression)
    found = []
    for event in [*joiner.feed(lines_of(TRACE.encode(), STRACE)), *joiner.end()]:
        if chosen(event, processes):
            found.append(event.line.number)
        processes.see(event)
    return sorted(found)


@pytest.mark.parametrize(
    "expression, numbers",
    [
        ("call=read", [3]),
        ("call=openat,read", [2, 3, 4]),
        ("call=*fork", [5]),
        ("call=%file", [1, 2, 4]),
        ("%network", [6]),
        ("pid=8", [6, 8, 9]),
        ("comm=cat", [8, 9]),
        ("fd=3", [2, 3]),
        ("fd=4", [6]),
        ("path=/etc/passwd", [2, 3]),
        ("path=passwd", [2, 3]),
        ("path=/etc/*", [2, 3, 4]),
        ("path~shad", [4]),
        ("read OR connect", [3, 6]),
        ("openat AND failed", [4]),
        ("%file AND NOT failed", [1, 2]),
        ("signal=USR1", [8]),
        ("time>=10:00:11", [13]),
        ("errno=EACCES", [4]),
        ("errno!=EACCES call=openat", [2]),
        ("errno=E*", [4]),
        ("failed", [4]),
        ("unfinished", [10, 11]),
        ("slow>0.1", [3, 5]),
        ("slow>=100ms", [3, 5, 6]),
        ("slow<15us", [2]),
        ("result=1000", [3]),
        ("result>=3 and call=openat", [2]),
        ("signal=SIGUSR1", [8]),
        ("signal=SIG*", [8, 9]),
        ("kind=exit", [9]),
        ("kind=unknown", [14]),
        ("line>=10", [10, 11, 13, 14]),
        ("time>=36008", [9, 10, 11, 13]),
        ("/root:x/", [3]),
        ("/ROOT:X/i", [3]),
        (r"/etc\/pass/", [2]),
        ("read", [3]),
        ("read or %network", [3, 6]),
        ("open* EACCES", [4]),
        ("8", [6, 8, 9]),
        ("pid:8 SIGUSR1", [8]),
        ("E*", [4]),
        ("no_such_call", []),
        ("call=read or call=connect", [3, 6]),
        ("call=read || %network", [3, 6]),
        ("%file and not failed", [1, 2]),
        ("%file !failed", [1, 2]),
        ("%file && !(failed or path=/bin/*)", [2]),
        ("not (pid=7 or pid=8)", [11, 13, 14]),
        ("call=openat failed or call=read", [3, 4]),
        ('path="/etc/passwd"', [2, 3]),
        ("read connect", [3, 6]),
        ("read %network call=*fork", [3, 5, 6]),
        ("%file read EACCES", [4]),
        ("openat ENOENT EACCES", [4]),
        ("%network pid=8", [6]),
        ("pid=7 8 SIGUSR1 SIGKILL", [8, 9]),
        ("/passwd/ /shadow/ openat", [2, 4]),
        ("path=passwd path~shad", [2, 3, 4]),
        ("slow>0.1 slow<1", [3]),
        ("line>2 line<5 call!=read", [4]),
        ("openat read and EACCES", [4]),
        ("EACCES and openat read", [4]),
        ("openat and read", []),
        ("read or openat EACCES", [3, 4]),
        ("(read) (connect)", []),
        ("(read or openat) failed", [4]),
        ("%file not openat not execve", []),
        ("openat read !failed", [2, 3]),
        ("kind=signal kind=exit pid=8", [8, 9]),
    ],
)
def test_expression(expression, numbers):
    """What matches."""
    assert matching(expression) == numbers


@pytest.mark.parametrize(
    "expression",
    [
        "",
        "   ",
        "foo=1",
        "call=",
        "pid=x",
        "call>3",
        "(call=read",
        "call=read)",
        "and",
        "not",
        "/(/",
        "%foo",
        "a-b",
        "slow>",
        "slow",
        "kind=foo",
        "signal=17",
        "errno=2",
        "errno=enoent",
        "call==read",
        'path="etc',
        "failed=1",
    ],
)
def test_wrong(expression):
    """What is wrong is said with an example of what is right."""
    with pytest.raises(UsageError) as error:
        Filter(expression)
    assert error.value.message.startswith("filter: ")
    assert error.value.hint


def test_every_word_is_tested():
    """No field or flag is without a case here."""
    cases = " ".join(case for case, _ in test_expression.pytestmark[0].args[1])
    assert [name for name in [*FIELDS, *FLAGS] if name not in cases] == []


def test_families_are_stracess():
    """A sample of each family, as strace(1) has them."""
    sample = {
        "%stat": "stat", "%lstat": "lstat", "%fstat": "fstat", "%statfs": "statfs", "%fstatfs": "fstatfs",
        "%%statfs": "ustat",
        "%file": "openat", "%process": "fork", "%network": "bind", "%net": "bind", "%signal": "kill", "%ipc": "shmat",
        "%desc": "read", "%memory": "brk", "%creds": "setuid", "%%stat": "statx", "%clock": "clock_gettime",
        "%pure": "getpid",
    }  # fmt: skip
    assert set(sample) == set(FAMILIES)
    assert all(name in FAMILIES[family] for family, name in sample.items())
