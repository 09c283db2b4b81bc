"""Events without what differs from run to run: so that two runs of one program read the same.

Descriptors become what they name, processes their place in the tree; addresses, times, inodes, ports that the kernel
chose, temporary names and random bytes are masked. What only scheduling decides (futex, SIGCHLD, how a pipe's bytes
were cut into reads) is left out or put together.
"""

import os
import re
from collections.abc import Iterator
from typing import NamedTuple

from vimtrace.trace.descriptors import OPENERS
from vimtrace.trace.event import Call, Event, Exit, Signal, number_of
from vimtrace.trace.families import FAMILIES
from vimtrace.trace.join import FORKS
from vimtrace.trace.line import display
from vimtrace.trace.nodes import (
    Comment,
    Descriptor,
    Expression,
    Field,
    Glue,
    Node,
    Number,
    Sequence,
    String,
    Text,
    target,
)
from vimtrace.trace.process import Processes

CHANCE = frozenset("futex futex_waitv sched_yield membarrier getrandom".split())
MAY_FAIL = frozenset("EINTR EAGAIN ETIMEDOUT".split())  # as it happens
RESTORED = frozenset("restart_syscall rt_sigreturn sigreturn".split())  # what they return is another call's
WAITS = frozenset("wait4 waitpid waitid".split())
PIDS = frozenset(
    """kill tkill tgkill getpid gettid getppid getpgid getpgrp getsid setpgid setsid set_tid_address pidfd_open
    prlimit64 rt_sigqueueinfo rt_tgsigqueueinfo sched_getaffinity sched_setaffinity wait4 waitpid waitid
    ptrace tcsetpgrp""".split()
)
CLOCKS = frozenset(
    """clock_gettime clock_getres gettimeofday time times getrusage getitimer sysinfo timerfd_gettime timer_gettime
    adjtimex futex select pselect6 ppoll wait4 utimensat""".split()
)
ANY_CHILD, STATUS = "(any child)", "status"
MOST = 1 << 31  # a descriptor is less
STREAMS = frozenset("read recv recvfrom recvmsg".split())
ARENA = 1 << 20  # bytes: what malloc cuts off a new arena to align it depends on its address
NO_DESCRIPTOR_FIRST = frozenset(
    """open creat poll ppoll select pselect6 mmap mmap2 pipe pipe2 socket socketpair epoll_create epoll_create1 eventfd
    eventfd2 inotify_init inotify_init1 memfd_create mq_open perf_event_open userfaultfd io_uring_setup bpf
    timerfd_create fsopen close_range socketcall
    _newselect pselect6_time64 ppoll_time64 memfd_secret landlock_create_ruleset""".split()
)
OF_FOLDER = frozenset(name for name in FAMILIES["%file"] if name.rstrip("2").endswith("at")) | {"statx"}
DESCRIPTORS = (FAMILIES["%desc"] | FAMILIES["%network"] | OF_FOLDER) - NO_DESCRIPTOR_FIRST
ALSO_DESCRIPTORS = {"mmap": 4, "mmap2": 4, "epoll_ctl": 2, "sendfile": 1, "sendfile64": 1}
VARIES = re.compile(
    r"(?:st_(?:ino|dev|[amc]time.*)|stx_(?:ino|[abcm]time|mnt_id|dev_\w+)|d_ino|d_off|ru_\w+|si_[us]time|uptime|loads"
    r"|\w*ram|procs|f_(?:bfree|bavail|ffree|fsid)|tms_\w+|ino|dev)$"
)
TIMES = frozenset({"tv_sec", "tv_nsec", "tv_usec"})
OF_PROCESS = re.compile(r"(?:si_pid|parent_tid|child_tid|l_pid|ssi_pid|p?pid|p?tid|vpid|vtid)$")
ADDRESS = re.compile(r"0x[0-9a-f]{7,}$")
ADDRESSES = {"sysdig": re.compile(r"[0-9A-F]{8,16}$"), "ltrace": re.compile(rf"{ADDRESS.pattern}|\d{{14,15}}$")}
TEMPORARY = re.compile(
    r"(?<=/)(?P<tmp>\.?tmp(?:_obj_|_pack_|_idx_)?[._-]?)\w{6,}"
    r"|(?<=[._-])(?=\w*[A-Z0-9])(?=\w*[A-Za-z])[A-Za-z0-9_]{6,}(?=/|$)"
)
EMBEDDED = re.compile(r"""(?<==)/[^\s"'\\:,]+""")  # a path behind its option
WORD = re.compile(r"[\w./-]+(?:\\n)?$")
OF_A_PROCESS = re.compile(r"(?:(?<=[._-])|(?<!.))\d{4,7}(?=$|[/._-]|\\n$)")  # lock.4711, and what is written into it
IN_TEMPORARY = re.compile(r"^(/tmp|/var/tmp|/dev/shm|/run/user/\d+)/")
NUMBERED = re.compile(r"(pipe|socket|anon_inode|UNIX[\w-]*|NETLINK|TCP\w*|UDP\w*|PIPE):\[(.*)\]$")
# A resolver's question and its answer (RFC 1035, 4.1.1): the number is random; recursion is wanted, of one question.
QUESTION = re.compile(
    r'(?<=^")(?:\\x[0-9a-f]{2}|\\[0-7]{1,3}|\\.|[^"\\]){2}'
    r"(?=\\1(?: |\\0)\\0\\1\\0\\0\\0\\0\\0\\[01]|\\20[1357]\\2[0-6][0-7]\\0\\1\\0"
    r"|\\x01\\x[02]0\\x00\\x01\\x00\\x00|\\x8[1357]\\x[89a][0-9a-f]\\x00\\x01\\x00)"
)
HEXADECIMAL = re.compile(r"(?:\\x[0-9a-f]{2})+$")
PRINTABLE = re.compile(r"[ !#-\[\]-~]+$")
PORT = re.compile(r"(?<=:)\d{4,5}\b")
UNNAMED = re.compile(r"(?<=/)#\d+(?= \(deleted\)$|$)")  # of O_TMPFILE: its inode (open(2))
OF_PROC = re.compile(r"^/proc/(\d+)(?=/|$)")
STATE = re.compile(  # what the kernel tells of itself, not what it is told (proc(5))
    r"/proc/(?!sys/|cmdline$|version$|filesystems$|config\.gz$)|/proc/sys/(?:kernel/random/|fs/[\w-]+-(?:nr|state)$)"
    r"|/dev/u?random"
)
EPHEMERAL = 32768  # the kernel's own ports begin here: ip_local_port_range
WANTED = frozenset({"connect", "bind", "sendto", "sendmsg"})  # whose addresses the program chose
GIVEN = frozenset({"getsockname", "getpeername", "accept", "accept4", "recvfrom", "recvmsg"})  # and the kernel


class Plain(NamedTuple):
    """One event made plain: *text* with its processes as ``\\0N\\0`` (N counts in Processes.all), and its place."""

    text: str
    call: str
    number: int
    file: str


class Normal:
    """Makes the events of one trace plain. ``plain`` is asked before the processes are told of the event."""

    def __init__(self, processes: Processes) -> None:
        self.processes = processes
        self.temporary: dict[str, str] = {}
        self._wanted: set[int] = set()  # ports
        self._given: set[int] = set()

    def plain(self, event: Event) -> Plain | None:
        """*event* made plain, or ``None`` for one that only scheduling decided."""
        if isinstance(event, Call):
            self.processes.of(event)  # that it is there when a file is named after it
            self._made(event)
            self._ports(event)
            text = self._call(event)
        elif isinstance(event, Signal) and event.name != "SIGCHLD":
            text = f"--- {event.name}{self._sender(event)} ---"
        elif isinstance(event, Exit):
            text = f"+++ {event.how} +++"
        else:
            text = ""
        name = event.syscall if isinstance(event, Call) else event.kind
        return Plain(text, name, event.line.number, event.file) if text else None

    def _made(self, call: Call) -> None:
        """Remember the name of a file or folder that *call* makes anew in a folder for temporary ones."""
        if call.failed or not (call.syscall in ("mkdir", "mkdirat") or _is_new(call)):
            return
        for node in call.arguments.walk():
            if isinstance(node, String):
                path = spelled(node.text[1:-1])
                if IN_TEMPORARY.match(path):
                    masked = self._path(path.rpartition("/")[0]) + "/*"
                    self.temporary[path] = self.temporary[target(path)] = masked

    def _ports(self, call: Call) -> None:
        """Remember which ports the program chose, and which the kernel, whoever was first."""
        if call.syscall not in WANTED | GIVEN or "htons(" not in call.arguments_text:
            return
        mine, others = (self._wanted, self._given) if call.syscall in WANTED else (self._given, self._wanted)
        for node in call.arguments.walk():
            if isinstance(node, Sequence) and node.text == "htons(" and node.items:
                mine |= {number_of(node.items[0]) or 0} - others

    def _is_kernels(self, port: int) -> bool:
        return port >= EPHEMERAL and port not in self._wanted

    def _path(self, path: str) -> str:
        """*path* with the names of temporary files masked, and the processes that others are named after."""
        path = OF_A_PROCESS.sub(self._of_a_process, path)
        if self.temporary and IN_TEMPORARY.match(path):
            head, tail = path, ""
            while head and head not in self.temporary:
                head, _, last = head.rpartition("/")
                tail = f"/{last}{tail}"
            if head:
                path = self.temporary[head] + tail
        return mask_path(path)

    def _of_a_process(self, match: re.Match[str]) -> str:
        return self._pid(int(match[0])) if self.processes.get(int(match[0])) is not None else match[0]

    def _name(self, name: str) -> str:
        """What a descriptor names, without numbers that the kernel chose."""
        match = NUMBERED.match(name)
        if match is None:
            return self._path(name)
        inside = re.sub(r"(?:^|(?<=->))\d+(?=$|,|->)", "*", match[2])
        inside = re.sub(r'(?<=")/[^"]*', lambda found: self._path(found[0]), inside)
        inside = PORT.sub(lambda port: "*" if self._is_kernels(int(port[0])) else port[0], inside)
        return f"{match[1]}:[{inside}]"

    def _string(self, text: str) -> str:
        """A string in the trace's notation; if it looks like a path, without what varies in it."""
        text = QUESTION.sub("*", text)
        start, end = text.find('"') + 1, text.rfind('"')
        inside = spelled(text[start:end])
        if inside.startswith("/"):
            inside = self._path(inside)
        elif "tmp" in inside:
            inside = self._path(EMBEDDED.sub(lambda path: self._path(path[0]), inside))
        elif WORD.match(inside):
            inside = OF_A_PROCESS.sub(self._of_a_process, inside)
        return display(text[:start] + inside + text[end:])

    def _sender(self, event: Signal) -> str:
        return "" if event.sender is None else f" from {self._pid(event.sender)}"

    def _pid(self, pid: int) -> str:
        process = self.processes.get(pid)
        return "PID" if process is None else f"\0{process.index}\0"

    def _call(self, call: Call) -> str:
        name = call.syscall
        if _is_chance(call):
            return ""
        if name in WAITS and number_of(call.argument(0)) in (-1, None) and not self._waited_for_a_stranger(call):
            return "" if call.failed or call.result == 0 else f"{name}{ANY_CHILD}"
        arguments = ", ".join(self._arguments(call))
        errno = f" {call.errno}" if call.errno else ""
        return f"{call.name}({arguments}) = {self._result(call)}{errno}"

    def _waited_for_a_stranger(self, call: Call) -> bool:
        """Whether *call* tells of a child that the trace does not: then only *call* says how it ended."""
        pid = call.result
        return not call.failed and pid is not None and pid > 0 and self.processes.get(pid) is None

    def _arguments(self, call: Call) -> Iterator[str]:
        varies = self._reads_proc(call)
        for at, item in enumerate(call.arguments.items):
            node = item.value if isinstance(item, Field) else item
            if is_beside_the_point(node, call.argument(at + 1)):
                yield "AT_FDCWD"
            elif (at == 0 and call.syscall in DESCRIPTORS) or ALSO_DESCRIPTORS.get(call.syscall) == at:
                yield self._descriptor(call, node)
            elif (at == 1 and call.syscall == "munmap" and (number_of(node) or 0) >= ARENA) or (
                varies and isinstance(node, String)
            ):
                yield "*"
            else:
                yield self._text(item, call, STATUS if at and call.syscall in WAITS else "")

    def _reads_proc(self, call: Call) -> bool:
        if call.syscall not in ("read", "pread64", "readlink", "readlinkat", "getdents64"):
            return False
        opened = self.processes.origin(call, call.fd)
        name = opened.name if opened is not None else next((d.name for d in call.descriptors), "")
        return STATE.match(name) is not None

    def _descriptor(self, call: Call, node: Node) -> str:
        if isinstance(node, Descriptor):
            return f"<{self._name(node.name)}>"
        fd = number_of(node)
        if fd is None or not 0 <= fd < MOST:  # ltrace's readdir() has an address there
            return self._text(node, call)
        opened = self.processes.origin(call, fd)
        return f"<{self._name(opened.name)}>" if opened is not None and opened.name else str(fd)

    def _result(self, call: Call) -> str:
        value, number = call.value, call.result
        if value is None:
            return "never returned"
        if number is None or number <= 0:
            return value
        if call.syscall in FORKS:
            return "process"
        if call.syscall in PIDS:  # whose name -Y tells is chance: a child has executed something or not yet
            return self._pid(number)
        if call.returns is not None:
            return f"<{self._name(call.returns.name)}>"
        if call.syscall in OPENERS:
            return "descriptor"
        if call.syscall in ("time", "times") or self._reads_proc(call):
            return "*"
        return "ADDRESS" if _is_address(value, call) else value

    def _text(self, node: Node, call: Call, field: str = "") -> str:
        """*node* with all that varies masked. Not recursive beyond the tree's own depth (arguments.DEPTH)."""
        if isinstance(node, Field):
            name = node.name
            if VARIES.match(name) or (name in TIMES and _tells_the_time(call)):
                return f"{node.text}*"
            return node.text + self._text(node.value, call, name)
        if isinstance(node, Sequence):
            return self._sequence(node, call, field)
        if isinstance(node, Expression):
            return self._expression(node, call, field)
        if isinstance(node, Descriptor):
            if node.fd is not None and _is_of_process(call, field):
                return self._pid(node.fd)
            return f"<{self._name(node.name)}>"
        if isinstance(node, String):
            return self._string(node.render())
        if isinstance(node, Number):
            return self._number(node.text, call, field)
        text = node.render()
        return "ADDRESS" if _is_address(text, call) else display(text)

    def _sequence(self, node: Sequence, call: Call, field: str) -> str:
        if node.text == "htons(" and node.items and self._is_kernels(number_of(node.items[0]) or 0):
            return "htons(*)"
        items = [self._text(item, call, field) for item in node.items if not isinstance(item, Comment)]
        return display(node.text) + ", ".join(items) + node.close

    def _expression(self, node: Expression, call: Call, field: str) -> str:
        kept: list[str] = []
        for part in node.parts:
            if isinstance(part, Comment):
                if kept and kept[-1] == " ":
                    kept.pop()
            else:
                kept.append(part.render() if isinstance(part, Glue | Text) else self._text(part, call, field))
        return "".join(kept)

    def _number(self, text: str, call: Call, field: str) -> str:
        if _is_address(text, call):
            return "ADDRESS"
        if _is_of_process(call, field) and text.isdigit() and int(text) > 64:
            return self._pid(int(text))
        return text


def _is_of_process(call: Call, field: str) -> bool:
    """Whether a number in that *field* of a structure, or (none) among the arguments, is one of a process."""
    return OF_PROCESS.match(field) is not None or (call.syscall in PIDS and not field)


def _is_address(text: str, call: Call) -> bool:
    if call.syscall == "brk" and text.startswith("0x"):  # of a program that is not position-independent, low
        return True
    return ADDRESSES.get(call.line.dialect.name, ADDRESS).match(text) is not None


def _is_new(call: Call) -> bool:
    """Whether *call* opens a file that was not there."""
    flags = number_of(call.argument({"open": 1, "openat": 2}.get(call.syscall, -1)))  # as -X raw has them
    return "O_EXCL" in call.arguments_text or (flags is not None and flags & os.O_CREAT != 0 and flags & os.O_EXCL != 0)


def spelled(text: str) -> str:
    """The inside of a string as it stands in the trace; of what -xx has in hexadecimal, as it need not be."""
    if not HEXADECIMAL.match(text):
        return text
    found = bytes.fromhex(text.replace("\\x", "")).decode("latin-1")
    return found if PRINTABLE.match(found) else text


def _is_chance(call: Call) -> bool:
    """Whether only scheduling decides that there is *call*: one that is refused always would be."""
    if call.errno.startswith("ERESTART") and call.value == "?":
        return True
    refused = call.failed and call.errno not in MAY_FAIL
    return call.syscall in RESTORED or (call.syscall in CHANCE and not refused)


def _tells_the_time(call: Call) -> bool:
    """Whether the times in *call*'s arguments are those of a clock (clock_nanosleep(2), timerfd_settime(2))."""
    return call.syscall in CLOCKS or "TIMER_ABSTIME" in call.arguments_text


def is_beside_the_point(node: Node, path: Node | None) -> bool:
    """Whether *node* is the working folder, and the *path* that follows needs none (openat(2))."""
    is_working_folder = isinstance(node, Descriptor) and node.text.startswith("AT_FDCWD<")
    return is_working_folder and isinstance(path, String) and path.text.startswith('"/')


def mask_path(path: str) -> str:
    """A path without temporary names and process numbers."""
    path = UNNAMED.sub("#*", OF_PROC.sub("/proc/PID", path))
    if IN_TEMPORARY.match(path):
        return TEMPORARY.sub(lambda match: (match["tmp"] or "") + "*", path)
    return re.sub(r"(?<=/)(\.?tmp(?:_obj_|_pack_|_idx_)?[._-]?)\w{6,}(?=$|/)", r"\1*", path)
