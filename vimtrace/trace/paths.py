"""The files that a call is about: the paths that it names, whole, and what its descriptors name."""

import re

from vimtrace.trace.dialects import NAMED
from vimtrace.trace.event import Call
from vimtrace.trace.families import FAMILIES
from vimtrace.trace.line import display
from vimtrace.trace.nodes import Descriptor, Field, String, as_text, target
from vimtrace.trace.process import EXECS, Process

FILE = FAMILIES["%file"]
NOT_FILES = ("socket:", "pipe:", "anon_inode:", "TCP", "UDP", "UNIX", "NETLINK", "PIPE", "RAW")


# The first path of most calls, without the whole tree: behind the descriptor of a folder, or first of all.
FIRST = re.compile(
    rf'(?:\w+: )?(?:(?:AT_FDCWD|-?\d+)(?P<folder>{NAMED})?, )?(?:\w+: )?"(?P<path>[^"\\]*)"(?!\.)', re.ASCII
)
TWO = frozenset("link linkat rename renameat renameat2 symlink symlinkat mount move_mount pivot_root".split())


def named(call: Call) -> list[str]:
    """The paths that stand in *call*'s arguments, each put behind the folder that its descriptor names."""
    if call.syscall not in FILE:
        return []
    if call.line.dialect.name == "sysdig":
        return _named_by_sysdig(call)
    match = FIRST.match(call.arguments_text) if call.syscall not in TWO else None
    if match is not None and match["path"]:
        path = display(match["path"])
        if path.startswith("/") or match["folder"] is None:
            return [path]
        return [f"{target(match['folder'][1:])}/{path}"]
    return _named(call)


def _named_by_sysdig(call: Call) -> list[str]:
    found = (call.arguments.field(name) for name in ("name", "path", "filename", "exe"))
    return [display(node.render()) for node in found if node is not None]


def _named(call: Call) -> list[str]:
    found: list[str] = []
    folder = ""
    for item in call.arguments.items:
        node = item.value if isinstance(item, Field) else item
        if isinstance(node, Descriptor):
            folder = node.name
        elif isinstance(node, String):
            path = as_text(node.bytes)
            if path or not folder:
                found.append(f"{folder}/{path}" if folder and not path.startswith("/") else path)
            folder = ""
            if call.syscall in EXECS:
                break
    return [path for path in found if path]


def of(call: Call, process: Process | None = None) -> list[str]:
    """All files that *call* is about; *process* tells what its descriptor names where the tracer does not."""
    paths = named(call)
    descriptors = call.descriptors if "<" in call.arguments_text else []
    paths += [descriptor.name for descriptor in descriptors if descriptor.name not in paths]
    returned = call.returns
    if returned is not None and returned.name not in paths:
        paths.append(returned.name)
    if not descriptors and process is not None and call.fd is not None:
        opened = process.descriptors.get(call.fd)
        if opened is not None and opened.name:
            paths.append(opened.name)
    return paths
