"""How much memory is free, and sizes as they are written and read."""

import os

from vimtrace.suppress import suppress

UNITS = "BKMGTP"
NONE = 1 << 62  # bytes: no limit


def available(root: str = "/") -> int:
    """Bytes that can be used without swapping: the machine's MemAvailable, or what the control groups leave.

    *root* is where /proc and /sys are. Where nothing is known there is no limit (proc_meminfo(5), cgroups(7)).
    """
    machine = _field(_text(root, "proc/meminfo"), "MemAvailable:") * 1024 or NONE
    return min([machine, *_left_in_groups(root)])


def _left_in_groups(root: str) -> list[int]:
    """What is left in each control group with a limit that this process is in, whichever version they have."""
    found = []
    for line in _text(root, "proc/self/cgroup").splitlines():
        _, controllers, path = line.split(":", 2)
        if not controllers:
            found += _left_up_from(os.path.join(root, "sys/fs/cgroup"), path, ("memory.max", "memory.current"))
        elif "memory" in controllers.split(","):
            names = ("memory.limit_in_bytes", "memory.usage_in_bytes")
            found += _left_up_from(os.path.join(root, "sys/fs/cgroup/memory"), path, names)
    return found


def _left_up_from(mount: str, path: str, names: tuple[str, str]) -> list[int]:
    """The same for the group *path* and those above it; the files have *names*. In a container it is at the top."""
    found = []
    parts = [part for part in path.split("/") if part not in ("", "..")]
    for depth in range(len(parts), -1, -1):
        folder = os.path.join(mount, *parts[:depth])
        limit, used = (_text(folder, name).strip() for name in names)
        if limit.isdigit() and used.isdigit() and int(limit) < NONE:
            cache = _field(_text(folder, "memory.stat"), "inactive_file")  # is given up when memory is wanted
            found.append(max(int(limit) - int(used) + cache, 0))
    return found


def _field(text: str, name: str) -> int:
    """The number behind the word *name* that a line of *text* begins with, or 0."""
    for line in text.splitlines():
        words = line.split()
        if len(words) > 1 and words[0] == name:
            return int(words[1])
    return 0


def _text(folder: str, name: str) -> str:
    with suppress(OSError), open(os.path.join(folder, name), encoding="ascii", errors="replace") as f:
        return f.read()
    return ""


def parsed(text: str) -> int:
    """The bytes that ``1500M``, ``2G`` or a plain number stands for; ``none``: no limit. Raises ValueError."""
    if text == "none":
        return NONE
    digits, unit = text.upper().removesuffix("B"), 0
    if digits[-1:] in UNITS[1:] and digits:
        digits, unit = digits[:-1], UNITS.index(digits[-1])
    if not (digits.isascii() and digits.isdigit() and int(digits)):
        raise ValueError(text)
    return min(int(digits) << 10 * unit, NONE)


def readable(size: float) -> str:
    """*size*, in bytes, as ``5.1 GB``; the units are those of 1024."""
    unit = 0
    while size >= 1000 and unit < len(UNITS) - 1:
        size, unit = size / 1024, unit + 1
    name = UNITS[unit] + ("B" if unit else "")
    return f"{size:.1f} {name}" if unit and size < 10 else f"{size:.0f} {name}"
