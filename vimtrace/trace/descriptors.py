"""Where descriptors come from: what each call does to the table of the process that makes it."""

import copy
import re
from collections.abc import Callable
from typing import Protocol

from vimtrace.trace.event import Call, number_of
from vimtrace.trace.nodes import Descriptor, Expression, Node, Sequence, String, as_text

OPENERS = frozenset(
    """open openat openat2 creat open_by_handle_at open_tree mq_open socket accept accept4 dup dup2 dup3
    epoll_create epoll_create1 eventfd eventfd2 inotify_init inotify_init1 fanotify_init signalfd signalfd4
    timerfd_create memfd_create memfd_secret userfaultfd pidfd_open pidfd_getfd perf_event_open io_uring_setup
    fsopen fsmount fspick landlock_create_ruleset""".split()
)
PAIRS = frozenset({"pipe", "pipe2", "socketpair"})
ALWAYS_CLOSED = frozenset({"pidfd_open", "pidfd_getfd", "landlock_create_ruleset"})
# As most calls have them: no tree is needed.
SOCKET = re.compile(r"([\w|]+), ([\w|]+)(?:,|$)", re.ASCII)
RANGE = re.compile(r"(\d+), (\d+)(?:,|$)", re.ASCII)
ADDRESS = re.compile(r"sun_path|inet_addr\(|inet_pton\(")  # what an address() has
IPV4 = r'\{sa_family=AF_INET, sin_port=htons\(([0-9]+)\), sin_addr=inet_addr\("([0-9.]+)"\)\}'
SECOND = re.compile(rf'\d+(?:<[^<>"]*>)?, (?:\{{msg_name(?:\(\d+\))?=)?{IPV4}(?:,|$)', re.ASCII)
LAST = re.compile(rf", {IPV4}, (?:\d+|\[\d+(?: => \d+)?\])$", re.ASCII)


class Opened:
    """A descriptor and the call that made it: *number* and *offset* are the place of that call's first line.

    *name*: what it names; *peer*: where it was connected to, or who connected; *closes*: whether an exec closes it.
    """

    __slots__ = ("call", "closes", "fd", "name", "number", "offset", "peer", "pid", "time")

    def __init__(self, fd: int, call: Call, name: str, closes: bool) -> None:
        self.fd = fd
        self.call = call.syscall
        self.number = call.line.number
        self.offset = call.line.offset
        self.pid = call.pid
        self.time = call.time
        self.name = name
        self.peer = ""
        self.closes = closes

    @classmethod
    def plain(cls, fd: int, name: str, peer: str, closes: bool) -> "Opened":
        """One of which nobody will ask who made it."""
        made = cls.__new__(cls)
        made.fd, made.name, made.peer, made.closes = fd, name, peer, closes
        return made


class Holder(Protocol):
    """What has a table of descriptors: a process."""

    descriptors: dict[int, Opened]


def opened(holder: Holder, call: Call) -> None:
    fd = call.result
    if fd is None or fd < 0:
        return
    text = call.arguments_text
    source = _source(holder, call)
    name = source.name if source is not None else _name(call)
    made = Opened(fd, call, name, "CLOEXEC" in text or call.syscall in ALWAYS_CLOSED)
    if call.syscall in ("accept", "accept4"):
        made.peer = named_peer(call)
    elif source is not None:
        made.peer = source.peer
    holder.descriptors[fd] = made


def opened_two(holder: Holder, call: Call) -> None:
    for item in call.arguments.items:
        if isinstance(item, Sequence) and item.text == "[":
            for end in item.items:
                fd = number_of(end)
                if fd is not None:
                    name = end.name if isinstance(end, Descriptor) else call.syscall.rstrip("2")
                    holder.descriptors[fd] = Opened(fd, call, name, "CLOEXEC" in call.arguments_text)


def closed(holder: Holder, call: Call) -> None:
    if call.fd is not None:
        holder.descriptors.pop(call.fd, None)


def closed_range(holder: Holder, call: Call) -> None:
    plain = RANGE.match(call.arguments_text)
    first: int | None
    last: int | None
    if plain is not None:
        first, last = int(plain[1]), int(plain[2])
    else:
        first, last = number_of(call.argument(0)), number_of(call.argument(1))
    if first is None or "CLOSE_RANGE_CLOEXEC" in call.arguments_text:
        return
    for fd in [fd for fd in holder.descriptors if first <= fd <= (last if last is not None else fd)]:
        del holder.descriptors[fd]


def controlled(holder: Holder, call: Call) -> None:
    text = call.arguments_text
    fd = call.fd
    if "F_DUPFD" in text:
        opened(holder, call)
    elif fd in holder.descriptors and ("F_SETFD" in text or "FIOCLEX" in text or "FIONCLEX" in text):
        mine = copy.copy(holder.descriptors[fd])  # a fork shares what is open, not whether exec closes it
        mine.closes = "FD_CLOEXEC" in text or "FIOCLEX" in text
        holder.descriptors[fd] = mine


def received(holder: Holder, call: Call) -> None:
    if "SCM_RIGHTS" not in call.arguments_text:
        return
    for node in call.arguments.walk():
        if isinstance(node, Sequence) and "SCM_RIGHTS" in node.render():
            data = node.field("cmsg_data")
            for item in data.items if isinstance(data, Sequence) else []:
                fd = number_of(item)
                if fd is not None:
                    name = item.name if isinstance(item, Descriptor) else "received"
                    holder.descriptors[fd] = Opened(fd, call, name, "MSG_CMSG_CLOEXEC" in call.arguments_text)


def connected(holder: Holder, call: Call) -> None:
    found = holder.descriptors.get(call.fd) if call.fd is not None else None
    if found is not None and call.syscall == "connect":
        found.peer = named_peer(call)
    elif found is not None:
        found.name = f"{found.name} {named_peer(call)}"


def _source(holder: Holder, call: Call) -> Opened | None:
    """What a dup is made of."""
    if not call.syscall.startswith("dup") and call.syscall != "fcntl":
        return None
    return holder.descriptors.get(call.fd) if call.fd is not None else None


def _name(call: Call) -> str:
    """What the new descriptor names."""
    if call.returns is not None:
        return call.returns.name
    if call.syscall == "socket":
        plain = SOCKET.match(call.arguments_text)
        if plain is not None:
            return f"{plain[1]} {plain[2]}"
        return " ".join(node.render() for node in call.arguments.items[:2])
    return call.first_string or call.syscall


def named_peer(call: Call) -> str:
    """The address of the other end that *call* names, as address() tells it."""
    behind = call.syscall in ("sendto", "recvfrom")
    plain = LAST.search(call.arguments_text) if behind else SECOND.match(call.arguments_text)
    if plain is not None:
        return f"{plain[2]}:{plain[1]}"
    if ADDRESS.search(call.arguments_text) is None:
        return ""
    node = call.argument(4 if behind else 1)
    if call.syscall in ("sendmsg", "recvmsg"):
        node = _name_of_message(node)
    return address(node)


def _name_of_message(node: Node | None) -> Node | None:
    """The address in the message *node*: ``msg_name``, which strace 4.x calls ``msg_name(16)``."""
    if not isinstance(node, Sequence):
        return None
    counted = (each for each in node.items if isinstance(each, Expression) and each.render().startswith("msg_name("))
    return node.field("msg_name") or next((part for each in counted for part in each.parts if address(part)), None)


def address(node: Node | None) -> str:
    """A socket's address: ``127.0.0.1:80``, ``[::1]:80``, a path, or an empty string."""
    if not isinstance(node, Sequence):
        return ""
    path = node.field("sun_path")
    if isinstance(path, String):
        sign = "@" if path.text.startswith("@") else ""
        return sign + as_text(path.bytes)
    port = host = ""
    for inner in node.walk():
        if isinstance(inner, Sequence) and inner.text in ("inet_addr(", "inet_pton("):
            found = [item for item in inner.items if isinstance(item, String)]
            host = found[0].bytes.decode("ascii", "replace") if found else ""
        elif isinstance(inner, Sequence) and inner.text == "htons(":
            port = inner.items[0].render() if inner.items else ""
    if not host:
        return ""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


ACTIONS: dict[str, Callable[[Holder, Call], None]] = {
    **dict.fromkeys(OPENERS, opened),
    **dict.fromkeys(PAIRS, opened_two),
    "close": closed,
    "close_range": closed_range,
    "fcntl": controlled,
    "ioctl": controlled,
    "recvmsg": received,
    "connect": connected,
    "bind": connected,
}
