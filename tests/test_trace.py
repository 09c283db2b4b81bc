"""A line of any format becomes the event that it tells of, and comes back as it was."""

import re

import pytest

from vimtrace.summary import Summary
from vimtrace.trace import paths
from vimtrace.trace.arguments import parse
from vimtrace.trace.descriptors import named_peer
from vimtrace.trace.dialects import DIALECTS, FIELDS, LTRACE, PERF, STRACE, SYSDIG, detect
from vimtrace.trace.join import Joiner
from vimtrace.trace.line import Lines, lines_of
from vimtrace.trace.nodes import Descriptor, Expression, Number, Sequence, String, is_known
from vimtrace.trace.process import Processes
from vimtrace.trace.source import Traces


def events(*lines, dialect=STRACE, pid=None):
    """The events of a trace with *lines*."""
    joiner = Joiner(pid)
    text = "".join(f"{line}\n" for line in lines).encode()
    return [*joiner.feed(lines_of(text, dialect)), *joiner.end()]


def only(*lines, dialect=STRACE):
    (event,) = events(*lines, dialect=dialect)
    assert event.lines[0].render() == lines[0]
    return event


def test_every_dialect_has_every_field():
    """So that a field can be asked of any line."""
    for dialect in DIALECTS:
        assert set(FIELDS) <= set(dialect.pattern.groupindex)


@pytest.mark.parametrize(
    "prefix, pid, comm, time",
    [
        ("", None, None, None),
        ("4711 ", 4711, None, None),
        ("5     ", 5, None, None),
        ("[pid  4711] ", 4711, None, None),
        ("4711<sh> ", 4711, "sh", None),
        ("[pid 4711<tmux: server>] ", 4711, "tmux: server", None),
        ("4711 13:31:07 ", 4711, None, 48667 * 10**9),
        ("4711 13:31:07.001002 ", 4711, None, 48667 * 10**9 + 1002000),
        ("1795267866.937782 ", None, None, 1795267866937782000),
        ("4711 1795267866.937782001 ", 4711, None, 1795267866937782001),
        ("4711 1795267866 ", 4711, None, 1795267866 * 10**9),
        ("     0.000195 ", None, None, 195000),
        ("4711      0.000195 ", 4711, None, 195000),
        ("4711 13:31:07 (+     0.000195) ", 4711, None, 48667 * 10**9),
        ("4711<(sd-pam)> 13:31:07 [ 257] [00007fea4b6aead7] ", 4711, "(sd-pam)", 48667 * 10**9),
        ("[????????????????] ", None, None, None),
        ("4711 [unconfined_u:unconfined_r:unconfined_t:s0-s0:c0.c1023] ", 4711, None, None),
    ],
)
def test_prefix(prefix, pid, comm, time):
    """Process, name and time stand in front of a call in many ways."""
    event = only(prefix + 'openat(AT_FDCWD, "/etc/passwd", O_RDONLY|O_CLOEXEC) = 3')
    assert (event.pid, event.comm, event.time, event.name, event.result) == (pid, comm, time, "openat", 3)


@pytest.mark.parametrize(
    "text, value, errno, notes, duration",
    [
        ("= 0", "0", "", [], None),
        ("= ?", "?", "", [], None),
        ("= 0x7f08af5de000 <0.000037>", "0x7f08af5de000", "", [], 37000),
        ("= -1 ENOENT (No such file or directory) <0.1>", "-1", "ENOENT", [], 100000000),
        ("= ? ERESTARTSYS (To be restarted if SA_RESTART is set)", "?", "ERESTARTSYS", [], None),
        ("= -1 ERRNO_600 (Unknown error 600)", "-1", "ERRNO_600", [], None),
        ("= 0x8002 (flags O_RDWR|O_LARGEFILE)", "0x8002", "", ["flags O_RDWR|O_LARGEFILE"], None),
        ("= 1 ([{fd=3, revents=POLLIN}])", "1", "", ["[{fd=3, revents=POLLIN}]"], None),
        ("= 0 (Timeout) <1.000123456>", "0", "", ["Timeout"], 1000123456),
        ("= -1 EPERM (Operation not permitted) (INJECTED)", "-1", "EPERM", ["INJECTED"], None),
        ("= 3</etc/pa) = 5 (x)sswd>(deleted) (DELAYED)", "3", "", ["DELAYED"], None),
        ("= 3<TCP:[127.0.0.1:80->127.0.0.1:5000]>", "3", "", [], None),
        ("= 0</dev/pts/0<char 136:0>>", "0", "", [], None),
        ("= 4712<sh> <0.000100>", "4712", "", [], 100000),
        ("= 4 /* 4712 in strace's PID NS */", "4", "", [], None),
        ("= 0 <unavailable>", "0", "", [], None),
    ],
)
def test_result(text, value, errno, notes, duration):
    """What stands behind the equals sign."""
    event = only(f'read(3, "a) = 4 (b", 10)          {text}')
    assert (event.value, event.errno, event.notes, event.duration) == (value, errno, notes, duration)
    assert event.failed == (bool(errno) and value != "?")


@pytest.mark.parametrize(
    "text",
    [
        '3</etc/passwd>, "\\177ELF\\2\\1"..., 832',
        "NULL, 8192, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0",
        '"/usr/bin/ls", ["ls", "/"], 0x7fff661ec6b8 /* 44 vars */',
        '5, {st_mode=S_IFCHR|0620, st_rdev=makedev(0x88, 0), st_atime=1795267866 /* 2026-11-21T13:31:06 */, ...}',
        '3, {sa_family=AF_INET6, sin6_port=htons(80), inet_pton(AF_INET6, "::1", &sin6_addr)}, 28',
        '-1, [{WIFSIGNALED(s) && WTERMSIG(s) == SIGKILL}], 0, NULL',
        "SIG_BLOCK, ~[RTMIN RT_1 32], [INT CHLD], 8",
        "SIG_BLOCK, [], ~[], 8",
        "[{fd=3, events=POLLIN}, {fd=4</x<char 1:3>>, events=POLLOUT}], 2, {tv_sec=1, tv_nsec=0}, NULL, 8",
        "1, TCGETS, {B38400 opost isig icanon echo ...}",
        '1, TIOCGWINSZ, {ws_row=24, ws_col=80, ws_xpixel=0, ws_ypixel=0}',
        '3, SIOCGIFINDEX, {ifr_name="lo"} => {ifr_ifindex=1}',
        'fd: 3<socket:[123]>, buf: "x", count: 1',
        '{flags=CLONE_VM|CLONE_VFORK, exit_signal=SIGCHLD, stack=0x7f} => {parent_tid=[12]}, 88',
        "0x80000 /* O_CLOEXEC */, 0666, 010",
        '3, {sa_family=AF_UNIX, sun_path=@"/tmp/dbus"}, [110 => 20]',
        "AT_FDCWD</tmp/a b>, \"x\\\"y\\\\\", 1<<CAP_KILL|1<<CAP_CHOWN",
        "3, [{nlmsg_len=20, nlmsg_type=RTM_GETLINK, nlmsg_flags=NLM_F_REQUEST|NLM_F_DUMP, nlmsg_seq=1}, {...}], 20",
        '"a", ??? , ...',
    ],
)  # fmt: skip
def test_arguments(text):
    """The tree knows every part, and is the same text again."""
    tree = parse(text)
    assert is_known(tree)
    assert tree.render() == text


def test_tree():
    """Structures, arrays, flags, strings and descriptors are what they are."""
    tree = parse('3<TCP:[a->b]>, "a\\n\\303\\251\\x41"..., {x=1, y=[2, 0x10]}, A|B, {c=1} => {c=2}')
    fd, string, structure, flags, change = tree.items
    assert isinstance(fd, Descriptor)
    assert (fd.fd, fd.name) == (3, "TCP:[a->b]")
    assert isinstance(string, String)
    assert (string.bytes, string.truncated) == ("a\né".encode() + b"A", True)
    assert isinstance(structure, Sequence)
    assert structure.data() == {"x": 1, "y": [2, "0x10"]}
    assert isinstance(flags, Expression)
    assert flags.flags == ["A", "B"]
    assert isinstance(change, Expression)
    assert [part.render() for part in change.parts] == ["{c=1}", " ", "=>", " ", "{c=2}"]


@pytest.mark.parametrize(
    "first, last",
    [
        ("7 wait4(-1,  <unfinished ...>", "7 <... wait4 resumed> [{WIFEXITED(s)}], 0, NULL) = 8 <0.5>"),
        ("7 wait4(-1, <unfinished ...>", "7 <... wait4 resumed>[{WIFEXITED(s)}], 0, NULL) = 8 <0.5>"),
        ("[pid 7] wait4(-1, <unfinished ...>", "[pid 7] <... wait4 resumed>[{WIFEXITED(s)}], 0, NULL) = 8 <0.5>"),
    ],
)
def test_unfinished(first, last):
    """strace 4.x and later: two lines, one call that knows both."""
    other, call = events(first, "8 getpid() = 8", last)
    assert other.name == "getpid"
    assert call.arguments_text == "-1, [{WIFEXITED(s)}], 0, NULL"
    assert (call.result, call.duration, call.pid) == (8, 500000000, 7)
    assert [line.number for line in call.lines] == [1, 3]


def test_duration_from_two_stamps():
    """Without -T, the stamps of an unfinished call's two lines tell how long it took."""
    _, call = events("7 10.5 read(0, <unfinished ...>", "8 0.1 getpid() = 8", '7 1.0 <... read resumed>"", 1) = 0')
    assert call.duration == 1100000000


def test_what_a_call_gave_back_in_its_arguments_stands_as_in_one_line():
    """The blank before => is that of the resumed line."""
    whole, call = events(
        "7 clone3({tls=0x7} => {parent_tid=[8]}, 88) = 8",
        "7 clone3({tls=0x7} <unfinished ...>",
        "7 <... clone3 resumed> => {parent_tid=[8]}, 88) = 8",
    )
    assert call.arguments_text == whole.arguments_text


@pytest.mark.parametrize(
    "text",
    [
        '7 openat(AT_FDCWD</x>, "/etc/passwd-", O_RDONLY) = 3</etc/passwd->',
        '7 openat(AT_FDCWD</x>, "/etc/passwd-", O_RDONLY) = 3</etc/passwd-> <0.000009>',
        '7 read(3</etc/passwd->, "a>b", 5) = 3',
    ],
)
def test_a_name_that_ends_in_a_dash(text):
    """Its bracket is no arrow."""
    call = only(text)
    assert call.returns is None or call.returns.name == "/etc/passwd-"
    assert [each.name for each in call.descriptors][-1:] in (["/etc/passwd-"], ["/x"])
    assert call.result == 3
    assert "/etc/passwd-" in paths.of(call)


def test_the_name_of_a_device_is_its_path():
    """-yy adds its numbers."""
    call = only('7 read(3</dev/null<char 1:3>>, "", 5) = 0')
    assert paths.of(call) == ["/dev/null"]


def test_an_exec_in_a_thread_without_a_change_of_pid_told():
    """It returns as the leader's, whose pid the thread now has."""
    found = events(
        "7 pause( <unfinished ...>",
        '8 execve("/x", ["x"], 0x7 <unfinished ...>',
        "7 <... pause resumed>) = ?",
        "7 +++ superseded by execve in pid 8 +++",
        "7 <... execve resumed>) = 0",
        "7 +++ exited with 0 +++",
    )
    assert [(event.kind, event.pid) for event in found] == [("call", 7), ("exit", 7), ("call", 7), ("exit", 7)]
    assert (found[2].name, found[2].result, found[2].lines[0].number) == ("execve", 0, 2)


def test_lines_without_a_pid_when_the_first_process_has_ended():
    """They are of the only one that is left, also where it was only announced."""
    found = events(
        "clone(child_stack=NULL, flags=SIGCHLD) = 8",
        "+++ exited with 5 +++",
        "strace: Process 8 attached",
        "getpid() = 8",
        "clone(child_stack=NULL, flags=SIGCHLDstrace: Process 9 attached",
        ") = 9",
        "[pid     9] exit_group(0) = ?",
        "[pid     9] +++ exited with 0 +++",
        "+++ exited with 4 +++",
    )
    told = [(event.kind, event.pid) for event in found if event.kind != "message"]
    assert told == [("call", None), ("exit", None), ("call", 8), ("call", 8), ("call", 9), ("exit", 9), ("exit", 8)]


def test_perf_tells_of_a_process_in_parentheses():
    """systemd's (sd-pam)."""
    (call,) = events("     0.077 ( 0.010 ms): (sd-pam)/12 getppid() = 1", dialect=PERF)
    assert (call.comm, call.pid, call.name) == ("(sd-pam)", 12, "getppid")


@pytest.mark.parametrize("mark", ["<unfinished ...>", "<detached ...>", "<ptrace(SYSCALL):read ...>"])
def test_never_returned(mark):
    """A call that never returns is an event too."""
    call = only(f"7 read(0, {mark}")
    assert (call.name, call.value, call.fd) == ("read", None, 0)


def test_pid_changed():
    """A thread that calls execve takes the leader's pid."""
    first, superseded, call = events(
        "8 getpid() = 7",
        '8 execve("/bin/true", ["true"], NULL <pid changed to 7 ...>',
        "7 +++ superseded by execve in pid 8 +++",
        "7 <... execve resumed>) = 0",
    )
    assert (first.result, superseded.superseded_by, call.name, call.result, call.pid) == (7, 8, "execve", 0, 7)


def test_cut_by_a_message():
    """On a terminal strace's message stands in the middle of a line."""
    call, child = events(
        "clone(child_stack=NULL, flags=SIGCHLDstrace: Process 12 attached",
        ", child_tidptr=0x7f) = 12",
        "[pid 12] a() = 0",
    )
    assert (call.arguments_text, call.result, child.pid) == (
        "child_stack=NULL, flags=SIGCHLD, child_tidptr=0x7f",
        12,
        12,
    )
    child, vfork, other = events(
        "vfork(strace: Process 12 attached",
        " <unfinished ...>",
        "[pid 12] a() = 0",
        "[pid 7] <... vfork resumed>) = 12",
        "[pid 7] b() = 0",
    )
    assert [(child.name, child.pid), (vfork.name, vfork.pid), (other.name, other.pid)] == [
        ("a", 12),
        ("vfork", 7),
        ("b", 7),
    ]
    assert [line.number for line in vfork.lines] == [1, 2, 4]


def test_cut_by_the_program():
    """And so does what the program itself writes."""
    call, _ = events('write(2, "x\\n", 2x', ")       = 2 <0.1>", "a() = 0")
    assert (call.name, call.result, call.duration) == ("write", 2, 100000000)


def test_stack_and_dump():
    """They belong to the call that they follow."""
    (call,) = events(
        'read(3, "hi", 2) = 2', " | 00000  68 69    hi |", " > /lib/libc.so.6(read+0xd) [0x1]", " > /a(main+1) [0x2]"
    )
    assert call.frames == ["/lib/libc.so.6(read+0xd) [0x1]", "/a(main+1) [0x2]"]
    assert len(call.dump) == 1
    assert [line.number for line in call.lines] == [1, 2, 3, 4]


@pytest.mark.parametrize(
    "text, kind",
    [
        ("--- SIGCHLD {si_signo=SIGCHLD, si_code=CLD_EXITED, si_pid=3, si_uid=0, si_status=2} ---", "signal"),
        ("--- stopped by SIGSTOP ---", "signal"),
        ("+++ exited with 3 +++", "exit"),
        ("+++ killed by SIGSEGV (core dumped) +++", "exit"),
        ("strace: Process 12 attached", "message"),
        ("[ Process PID=12 runs in 32 bit mode. ]", "message"),
        ("% time     seconds  usecs/call     calls    errors syscall", "message"),
        ("what is this?", "unknown"),
        ("", "unknown"),
    ],
)
def test_other_events(text, kind):
    """All that is not a call."""
    assert only(text).kind == kind


@pytest.mark.parametrize(
    ("text", "sender"),
    [
        ("{si_signo=SIGCHLD, si_code=CLD_EXITED, si_pid=12, si_uid=0, si_status=0}", 12),
        ("{si_signo=SIGHUP, si_code=SI_USER, si_pid=12<sh>}", 12),
        ("{si_signo=SIGSEGV, si_code=SEGV_MAPERR, si_addr=NULL}", None),
        ("{si_signo=SIGUSR1, si_code=SI_QUEUE, si_value={sival_int=1, si_pid=7}, si_pid=12}", 12),
        ("stopped by SIGSTOP", None),
    ],
)
def test_the_sender_of_a_signal(text, sender):
    """As most have it, and otherwise."""
    assert only(f"--- SIGX {text} ---" if text[0] == "{" else f"--- {text} ---").sender == sender


def test_signal_and_exit():
    """Who sent it, and how it ended."""
    signal, killed, ended = events(
        "--- SIGHUP {si_signo=SIGHUP, si_code=SI_USER, si_pid=3<sh>, si_uid=0} ---",
        "7 +++ killed by SIGSEGV (core dumped) +++",
        "8 +++ exited with 3 +++",
    )
    assert (signal.name, signal.sender) == ("SIGHUP", 3)
    assert (killed.signal, killed.status, killed.how) == ("SIGSEGV", None, "SIGSEGV")
    assert (ended.signal, ended.status, ended.how) == ("", 3, "3")


def test_lines_that_a_terminal_has_ended():
    """The output of ssh -t: the carriage return is not part of the event, but of the line."""
    call, ended = events("7 read(0, 0x7f, 1) = 0 <0.5>\r", "7 +++ exited with 0 +++\r", dialect=None)
    assert (call.kind, call.result, call.duration, call.lines[0].text[-1]) == ("call", 0, 500_000_000, "\r")
    assert (ended.kind, ended.status) == ("exit", 0)


def test_coloured():
    """strace 7.0 --color: the colours are not part of the event, but of the line."""
    text = '\x1b[36mread\x1b[0m(3, \x1b[32m"x"\x1b[0m, 1) = \x1b[1m1\x1b[0m'
    call = only(text)
    assert (call.name, call.result, call.text) == ("read", 1, text)


LTRACE_LINES = """\
13955 13:31:07.731151 [0x7ff4faeafc47] SYS_brk(0) = 0x55db9eb44000 <0.000062>
13955 13:31:07.731552 [0x7ff4faeb09e7] SYS_access("/etc/ld.so.preload", 04) = -2 <0.000095>
13955 13:31:07.8 [0x55] libm.so.6->cos(0x1, 2) = "x"
13955 13:31:07.8 [0x55] free(0x1) = <void>
13955 13:31:07.8 [0x55] fgets( <unfinished ...>
13955 13:31:07.9 [0x55] <... fgets resumed> "x", 100, 0x7f) = 0x1
13955 13:31:07.9 [0x55] exit(0 <no return ...>
13955 --- SIGCHLD (Child exited) ---
13955 +++ exited (status 2) +++"""


@pytest.mark.parametrize("byte", ['"', '"]', '"}', '")', '"x', '" x', '",', '"(', '"["', '"\\0'])
def test_a_quote_in_a_string_of_ltrace(byte):
    """ltrace puts no backslash before it; its lists and structures have a space before they close."""
    text = f'0x56135d211c18, "\\340}}{byte}\\023V\\0", 8'
    tree = parse(text, "ltrace")
    assert [type(item) for item in tree.items] == [Number, String, Number]
    assert is_known(tree)
    assert tree.render() == text


@pytest.mark.parametrize(
    "text", ['[ "a", "b]" ]', '{ "a", [ "b" ] }', '"a"..., 1', '"a")', '"a" ', '"" <unfinished ...>']
)
def test_the_end_of_a_string_of_ltrace(text):
    """Where it is."""
    tree = parse(text, "ltrace")
    assert tree.render() == text
    strings = [match.group() for match in re.finditer(r'"[ab\]]*"(?:\.\.\.)?', text)]
    assert [node.text for node in _strings(tree)] == strings


def _strings(node):
    for part in getattr(node, "items", getattr(node, "parts", [])):
        if isinstance(part, String):
            yield part
        else:
            yield from _strings(part)


def test_ltrace():
    """ltrace's lines."""
    brk, access, cos, free, fgets, leave, signal, end = events(*LTRACE_LINES.split("\n"), dialect=LTRACE)
    assert (brk.syscall, brk.duration, access.errno, access.failed) == ("brk", 62000, "ENOENT", True)
    assert (cos.name, cos.value, free.value) == ("libm.so.6->cos", '"x"', "<void>")
    assert (fgets.arguments_text, fgets.result) == ('"x", 100, 0x7f', 1)
    assert (leave.name, signal.name, end.status) == ("exit", "SIGCHLD", 2)


PERF_LINES = """\
         ? (         ): ls/13958  ... [continued]: execve())                                           = 0
     0.135 ( 0.019 ms): ls/13958 brk()                                                                 = 0x56063bc27000
     0.502 ( 0.018 ms): ls/13958 access(filename: 0x713402a0, mode: R)     = -1 ENOENT (No such file or directory)
     7.899 (         ): ls/14442 read(fd: 4</usr/lib/libselinux.so.1>, buf: 0x7ffd7f495258, count: 832)  ...
     9.000 ( 1.100 ms): ls/14442  ... [continued]: read())      = 832
    47.205 (35.611 ms): sh/14473 rt_sigsuspend()  = -1 (unknown) (INTERNAL ERROR: strerror_r(514, [buf], 128)=22)
     3.253 ( 0.010 ms): make/23265 fcntl(fd: 1</dev/null>, cmd: GETFL)      = RDWR|LARGEFILE"""


def test_perf():
    """perf trace's lines: milliseconds."""
    execve, brk, access, read, suspend, fcntl = events(*PERF_LINES.split("\n"), dialect=PERF)
    assert (execve.name, execve.time, execve.comm, execve.pid) == ("execve", None, "ls", 13958)
    assert (brk.time, brk.duration, access.errno) == (135000, 19000, "ENOENT")
    assert (read.result, read.duration, read.fd, len(read.lines)) == (832, 1100000, 4, 2)
    assert (suspend.name, fcntl.value) == ("rt_sigsuspend", "RDWR|LARGEFILE")


SYSDIG_LINES = """\
848 23:30:53.000931868 1 cat (25886) > open\x20
849 23:30:53.000939056 1 cat (25886) < open fd=3(<f>/etc/my file) name=/etc/my file flags=1(O_RDONLY) mode=0\x20
850 23:30:53.000942138 1 cat (25886) > connect fd=3(<u>)\x20
851 23:30:53.000944904 1 cat (25886) < connect res=-2(ENOENT) tuple=0->ffff94 /var/run/nscd/socket\x20
852 23:30:53.5 0 <NA> (0) > switch next=7(x y)\x20"""


def test_sysdig():
    """sysdig's two lines are one call."""
    opened, connect, switch = events(*SYSDIG_LINES.split("\n"), dialect=SYSDIG)
    assert (opened.result, opened.duration, opened.pid, opened.comm) == (3, 7188, 25886, "cat")
    assert opened.arguments.field("fd").name == "/etc/my file"
    assert (connect.errno, connect.fd, connect.failed) == ("ENOENT", 3, True)
    assert (switch.kind, switch.pid) == ("message", 0)
    assert (opened.returns.name, paths.named(opened)) == ("/etc/my file", ["/etc/my file"])


SYSDIG_SWITCHED = """\
1 10:00:00.000000001 0 cat (7) > poll fds=3:<4t>I timeout=9\x20
2 10:00:00.000000002 0 cat (7) > switch next=0 pgft_maj=0\x20
3 10:00:00.500000001 0 cat (7) > signaldeliver spid=8 dpid=7 sig=17(SIGCHLD)\x20
4 10:00:00.500000002 0 cat (7) < poll res=1 fds=3:<4t>I\x20"""


@pytest.mark.parametrize(
    "told, how", [("0", "0"), ("256", "1"), ("9", "SIGKILL"), ("139", "SIGSEGV"), ("63", "signal 63")]
)
def test_sysdig_tells_other_things_in_the_midst_of_a_call(told, how):
    """A call that waits is one call; a process that ends does so as wait(2) tells."""
    end = f"5 10:00:01.0 0 cat (7) > procexit status={told}\x20"
    *others, poll, gone = events(*SYSDIG_SWITCHED.split("\n"), end, dialect=SYSDIG)
    assert [other.kind for other in others] == ["message", "message"]
    assert (poll.result, poll.duration) == (1, 500000001)
    assert (gone.kind, gone.how) == ("exit", how)


def test_perf_says_that_a_call_ended_before_it_began():
    """It took no 585 years."""
    (call,) = events(
        "80.622 (18446744073675.414 ms): a/7  ... [continued]: sched_yield())                                      = 0",
        dialect=PERF,
    )
    assert (call.result, call.duration) == (0, None)


@pytest.mark.parametrize(
    "stamps, took", [(("10:00:00", "10:00:01"), None), (("10:00:00.5", "10:00:01.0"), 500_000_000)]
)
def test_whole_seconds_do_not_tell_how_long_a_call_took(stamps, took):
    """As strace -t has them."""
    begun, ended = stamps
    (call,) = events(f"7 {begun} read(0, <unfinished ...>", f"7 {ended} <... read resumed>0x7, 1) = 1")
    assert call.duration == took


def test_an_exec_in_ltrace_that_does_not_return():
    """The program that it begins is that of the process."""
    trace = ['7 SYS_execve("/bin/true", 0x7, 0x8 <no return ...>', "7 --- Called exec() ---", "7 SYS_brk(0) = 5"]
    seen = Processes()
    for event in events(*trace, dialect=LTRACE):
        seen.see(event)
    assert [process.words for process in seen.all] == [["/bin/true"]]


def test_sysdig_from_the_middle():
    """A capture that begins between the two lines of a call."""
    (call,) = events("9 10:00:00.2 0 cat (7) < open fd=3(<f>/x) name=/x flags=1(O_RDONLY) ", dialect=SYSDIG)
    assert (call.result, call.returns.name, paths.named(call)) == (3, "/x", ["/x"])


def test_summary_of_sysdig():
    """Commands, files and connections of a capture."""
    lines = """\
1 10:00:00.1 0 sh (7) > execve filename=/bin/cat\x20
2 10:00:00.2 0 cat (7) < execve res=0 exe=cat args=/etc/x. tid=7(cat) pid=7(cat)\x20
3 10:00:00.3 0 cat (7) > open\x20
4 10:00:00.4 0 cat (7) < open fd=3(<f>/etc/x) name=/etc/x flags=1(O_RDONLY) mode=0\x20
5 10:00:00.5 0 cat (7) > read fd=3(<f>/etc/x) size=100\x20
6 10:00:00.6 0 cat (7) < read res=10 data=0123456789\x20
7 10:00:00.7 0 cat (7) > sendto fd=4(<4t>10.0.0.1:5000->10.0.0.2:80) size=20 tuple=NULL\x20
8 10:00:00.8 0 cat (7) < sendto res=20 data=x\x20
"""
    joiner = Joiner()
    summary = Summary(Processes([joiner]))
    for event in [*joiner.feed(lines_of(lines.encode())), *joiner.end()]:
        summary.add(event)
        summary.processes.see(event)
    data = summary.data()
    assert [(p["command"], p["calls"]) for p in data["processes"]] == [(["cat", "/etc/x"], 4)]
    assert data["files"]["/etc/x"] == {"opened": 1, "failed": {}, "read": 10, "written": 0}
    assert data["connections"]["10.0.0.2:80"]["sent"] == 20


@pytest.mark.parametrize(
    "text, dialect",
    [
        (LTRACE_LINES, LTRACE),
        ("7 qsort(0x1 <unfinished ...>\n8 atoi(0x2) = 1\n7 atoi(0x3 <unfinished ...>\n8 fork() = 9\n", LTRACE),
        (PERF_LINES, PERF),
        (SYSDIG_LINES, SYSDIG),
        ("read(3, NULL) = 0", STRACE),
        ("read(3, 0x7, 1) = 0\n > /usr/bin/top() [0x1]\n > /opt/MyServer(f+0x1c) [0x2]\n" * 3, STRACE),
        ("7 wait4(8 <unfinished ...>\n7 <... wait4 resumed>[{WIFEXITED(s)}], 0, 0x7) = 8\n", STRACE),
    ],
)
def test_detect(text, dialect):
    """The tracer is known by its lines."""
    assert detect(text) is dialect


def test_midnight():
    """A trace that runs past midnight goes on."""
    before, after = events("23:59:59.9 a() = 0", "00:00:00.1 b() = 0")
    assert after.time - before.time == 200000000


def test_places():
    """Every line knows its place in bytes, whatever the bytes and however the trace arrives."""
    data = 'write(1, "é", 2) = 2\n\n\xff\nread(3<p\xc3\xa9>, "", 1) = 0'.encode("latin-1")
    whole = [(line.number, line.offset, line.text) for line in lines_of(data, STRACE)]
    assert whole == [
        (number, offset, data[offset : data.find(b"\n", offset) if b"\n" in data[offset:] else None].decode("latin-1"))
        for number, offset in zip((1, 2, 3, 4), (0, 21, 22, 24), strict=True)
    ]
    lines, pieces = Lines(STRACE), []
    for at in range(len(data)):
        pieces += lines.feed(data[at : at + 1])
    pieces += lines.end()
    assert [(line.number, line.offset, line.text) for line in pieces] == whole


def told(*lines):
    """The processes of a trace with *lines*, and where fd 3 and 4 of its events named look come from."""
    joiner = Joiner()
    processes, origins = Processes([joiner]), []
    for event in joiner.feed(lines_of("".join(f"{line}\n" for line in lines).encode(), STRACE)):
        if event.kind == "call" and event.name == "read":
            opened = processes.origin(event, event.fd)
            origins.append(opened.number if opened else None)
        processes.see(event)
    for event in joiner.end():
        processes.see(event)
    return processes, origins


def test_descriptors():
    """Which call made it: through open, dup, fork, close-on-exec, exec, pipe, threads and SCM_RIGHTS."""
    processes, origins = told(
        '7 openat(AT_FDCWD, "/a", O_RDONLY) = 3',
        '7 openat(AT_FDCWD, "/b", O_RDONLY|O_CLOEXEC) = 4',
        "7 dup2(3, 9) = 9",
        "7 fork() = 8",
        '8 read(4, "", 1) = 0',  # of line 2: inherited
        '8 execve("/bin/cat", ["cat"], 0x7f /* 1 var */) = 0',
        '8 read(4, "", 1) = -1 EBADF (Bad file descriptor)',  # closed by exec
        '8 read(9, "", 1) = 0',  # of line 3
        "7 close(3) = 0",
        '8 read(3, "", 1) = 0',  # of line 1: its own
        "7 pipe([3, 5]) = 0",
        "7 clone(child_stack=0x7f, flags=CLONE_VM|CLONE_FILES|CLONE_THREAD) = 9",
        "9 close(5) = 0",
        '7 read(5, "", 1) = -1 EBADF (Bad file descriptor)',  # a thread shares the table
        "7 recvmsg(3, {msg_control=[{cmsg_len=20, cmsg_type=SCM_RIGHTS, cmsg_data=[6]}]}, 0) = 1",
        '7 read(6, "", 1) = 0',
        "7 getpid() = 7",
    )
    assert origins == [2, None, 3, 1, None, 15]
    parent, child, thread = processes.all
    assert (child.parent, child.words, child.is_thread) == (parent, ["cat"], False)
    assert (thread.leader, thread.is_thread) == (parent, True)


def test_close_on_exec_is_each_processs_own():
    """What a child sets is not set in its parent."""
    _, origins = told(
        '7 openat(AT_FDCWD, "/a", O_RDONLY) = 3',
        "7 fork() = 8",
        "8 fcntl(3, F_SETFD, FD_CLOEXEC) = 0",
        '7 execve("/bin/a", ["a"], NULL) = 0',
        '8 execve("/bin/a", ["a"], NULL) = 0',
        '7 read(3, "", 1) = 0',
        '8 read(3, "", 1) = -1 EBADF (Bad file descriptor)',
        "7 getpid() = 7",
    )
    assert origins == [1, None]


def test_peers():
    """A connection in progress has its peer, and so has a copy of the descriptor."""
    processes, _ = told(
        "7 socket(AF_INET, SOCK_STREAM, IPPROTO_TCP) = 3",
        '7 connect(3, {sa_family=AF_INET, sin_port=htons(80), sin_addr=inet_addr("1.2.3.4")}, 16) = -1 EINPROGRESS (x)',
        "7 dup(3) = 4",
        '7 accept4(5, {sa_family=AF_INET6, sin6_port=htons(9), inet_pton(AF_INET6, "::1", &sin6_addr)}, [28], 0) = 6',
    )
    table = processes.get(7).descriptors
    assert [(fd, table[fd].name, table[fd].peer) for fd in table] == [
        (3, "AF_INET SOCK_STREAM", "1.2.3.4:80"),
        (4, "AF_INET SOCK_STREAM", "1.2.3.4:80"),
        (6, "accept4", "[::1]:9"),
    ]


def test_child_before_fork_returns():
    """The child's first line comes before the parent's fork returns."""
    processes, origins = told(
        '7 open("/a", O_RDONLY) = 3',
        "7 vfork( <unfinished ...>",
        '8 read(3, "", 1) = 0',
        "7 <... vfork resumed>) = 8",
        "8 exit_group(3) = ?",
        "8 +++ exited with 3 +++",
    )
    parent, child = processes.all
    assert (child.parent, origins, child.how) == (parent, [1], "3")


def test_asked_before_it_returned():
    """What a pending call is asked does not stay its answer."""
    joiner = Joiner()
    text = b"7 clone(flags=CLONE_VM <unfinished ...>\n8 a() = 0\n7 <... clone resumed>, child_tidptr=0x7f) = 8\n"
    calls = []
    for line in lines_of(text, STRACE):
        calls += joiner.feed([line])
        calls += [call.arguments.data() for call in joiner.pending.values()]
    (call,) = joiner.flush()
    assert calls[0] == [{"flags": "CLONE_VM"}]
    assert call.arguments.data() == [{"flags": "CLONE_VM"}, {"child_tidptr": "0x7f"}]


def test_ff_set(tmp_path):
    """The files of strace -ff are merged by time, and each has its pid in its name."""
    (tmp_path / "t.7").write_text(
        "1700000000.1 vfork() = 8\n1700000000.4 exit_group(0) = ?\n1700000000.5 +++ exited with 0 +++\n"
    )
    (tmp_path / "t.8").write_text('1700000000.2 execve("/bin/a", ["a"], 0) = 0\n')
    traces = Traces([str(tmp_path / "t")])
    assert [(event.pid, event.line.number) for event in traces.told()] == [(7, 1), (8, 1), (7, 2), (7, 3)]
    assert [process.pid for process in traces.processes.all] == [7, 8]
    assert traces.processes.get(8).parent.pid == 7


def test_calls_in_calls_of_ltrace():
    """The caller goes on when what it called has returned; what longjmp(3) has left never returns."""
    lines = """\
7 qsort(0x1, 9 <unfinished ...>
8 qsort(0x2, 9 <unfinished ...>
7 atoi(0x3 <unfinished ...>
8 atoi(0x4) = 1
7 <... atoi resumed> ) = 2
7 atoi(0x5) = 3
7 <... qsort resumed> ) = 4
8 setjmp(0x6 <unfinished ...>
8 rand(0x7 <unfinished ...>
8 puts("x" <unfinished ...>
8 <... setjmp resumed> ) = 5
8 <... qsort resumed> ) = 6
7 main(0x8 <unfinished ...>
7 SYS_execve("/bin/x", 0x9, 0x10 <unfinished ...>
7 --- Called exec() ---
7 SYS_brk(0) = 1
8 system("y" <unfinished ...>
8 wait(0 <unfinished ...>
8 +++ exited (status 1) +++"""
    found = [(e.name, e.pid, e.result) for e in events(*lines.split("\n"), dialect=LTRACE) if e.kind == "call"]
    assert found == [
        ("atoi", 8, 1), ("atoi", 7, 2), ("atoi", 7, 3), ("qsort", 7, 4), ("puts", 8, None), ("rand", 8, None),
        ("setjmp", 8, 5), ("qsort", 8, 6), ("main", 7, None), ("SYS_execve", 7, 0), ("SYS_brk", 7, 1),
        ("system", 8, None), ("wait", 8, None),
    ]  # fmt: skip


def test_a_caller_of_ltrace_waits():
    """What has begun and not returned is known, and comes at the end."""
    joiner = Joiner()
    lines = b"7 main(1 <unfinished ...>\n7 puts(2 <unfinished ...>\n7 <... puts resumed> ) = 3\n8 atoi(4) = 5\n"
    given = list(joiner.feed(lines_of(lines, LTRACE)))
    assert joiner.oldest == 1
    assert [(e.name, e.result) for e in [*given, *joiner.end()]] == [("puts", 3), ("atoi", 5), ("main", None)]


def test_a_jump_of_ltrace_is_no_caller():
    """longjmp(3) never returns; many of them take no time."""
    lines = ("7 _setjmp(1) = 0\n7 longjmp(1 <unfinished ...>\n8 rand() = 1\n7 fgets(2 <unfinished ...>\n"
             "8 rand() = 1\n7 <... fgets resumed> ) = 3\n")  # fmt: skip
    joiner = Joiner()
    found = []
    for line in lines_of(lines.encode() * 2, LTRACE):
        found += [(e.name, e.result, joiner.oldest) for e in joiner.feed([line])]
    assert [name for name, *_ in found] == (["_setjmp", "longjmp", "rand", "rand", "fgets"] * 2)[:-1]  # it is held
    assert not list(joiner._all_callers())


IPV4 = '{sa_family=AF_INET, sin_port=htons(53), sin_addr=inet_addr("8.8.8.8")}'
IPV6 = (
    "{sa_family=AF_INET6, sin6_port=htons(53), sin6_flowinfo=htonl(0), "
    'inet_pton(AF_INET6, "fe80::1", &sin6_addr), sin6_scope_id=if_nametoindex("eth0")}'
)
PACKET = '[{cmsg_len=28, cmsg_level=SOL_IP, cmsg_type=IP_PKTINFO, cmsg_data={ipi_addr=inet_addr("9.9.9.9")}}]'


@pytest.mark.parametrize(
    "text, peer",
    [
        (f"connect(3, {IPV4}, 16) = 0", "8.8.8.8:53"),
        (f"connect(3<TCP:[17]>, {IPV4}, 16) = -1 EINPROGRESS (Operation now in progress)", "8.8.8.8:53"),
        (f"connect(3<TCP:[1.1.1.1:5->2.2.2.2:6]>, {IPV6}, 28) = 0", "[fe80::1]:53"),
        ('connect(3, {sa_family=AF_UNIX, sun_path=@"a b"}, 9) = 0', "@a b"),
        ("connect(3, {sa_family=AF_UNSPEC}, 16) = 0", ""),
        (f"accept4(3, {IPV4}, [128 => 16], SOCK_CLOEXEC) = 4", "8.8.8.8:53"),
        (f'sendto(3, "x", 1, 0, {IPV4}, 16) = 1', "8.8.8.8:53"),
        (f'sendto(3, ", {IPV4}, 16", 9, 0, NULL, 0) = 9', ""),
        (f'recvfrom(3, "x"..., 4096, 0, {IPV4}, [128 => 16]) = 1', "8.8.8.8:53"),
        (f'recvfrom(3, "x", 9, 0, {IPV6}, [28]) = 1', "[fe80::1]:53"),
        (
            f'sendmsg(3, {{msg_name={IPV4}, msg_namelen=16, msg_iov=[{{iov_base="x", iov_len=1}}]}}, 0) = 1',
            "8.8.8.8:53",
        ),
        (f"recvmsg(3, {{msg_name={IPV4}, msg_namelen=16, msg_control={PACKET}}}, 0) = 1", "8.8.8.8:53"),
        (f"recvmsg(3, {{msg_name={IPV6}, msg_namelen=28, msg_control={PACKET}}}, 0) = 1", "[fe80::1]:53"),
        (f'sendmsg(3, {{msg_name(16)={IPV4}, msg_iov(1)=[{{"a", 1}}], msg_controllen=0}}, 0) = 1', "8.8.8.8:53"),
        (f'recvmsg(3, {{msg_name(28)={IPV6}, msg_iov(1)=[{{"a", 1}}], msg_controllen=0}}, 0) = 1', "[fe80::1]:53"),
        (f"recvmsg(3, {{msg_name=NULL, msg_namelen=0, msg_control={PACKET}}}, 0) = 1", ""),
    ],
)
def test_the_peer_that_a_call_names(text, peer):
    """Wherever the call has its address, and nothing else that is one."""
    name, arguments = text.split("(", 1)[0], text.split("(", 1)[1].rsplit(") = ", 1)
    for lines in (
        f"7 {text}\n",
        f"7 {name}({arguments[0]} <unfinished ...>\n7 <... {name} resumed>) = {arguments[1]}\n",
    ):
        joiner = Joiner()
        (call,) = [*joiner.feed(lines_of(lines.encode())), *joiner.end()]
        assert named_peer(call) == peer
