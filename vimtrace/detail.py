"""``--detail``: the flags of each tracer that an expert wants in a trace to be kept and read later.

Every process, the time of every call since the epoch, how long it took, what a descriptor is, and
strings long enough to read. The user's own flags win: what they say anything about is not added.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vimtrace.command import TracerCommand

# tracer: (the words, the options of the user's with which they are left out)
DETAIL: dict[str, tuple[tuple[tuple[str, ...], str], ...]] = {
    "strace": (
        (("-f",), "-f --follow-forks --output-separately"),
        (("-ttt",), "-t -r --absolute-timestamps --timestamps --relative-timestamps"),
        (("-T",), "-T --syscall-times"),
        (("-yy",), "-y --decode-fds"),
        (("-s", "256"), "-s --string-limit"),
    ),
    "ltrace": (
        (("-f",), "-f"),
        (("-ttt",), "-t -r"),
        (("-T",), "-T"),
        (("-s", "256"), "-s"),
        (("-C",), "-C --demangle"),
    ),
    "perf": ((("-T",), "-T --time"),),
    "sysdig": (
        (("-t", "a"), "-t --timetype"),
        (("-s", "256"), "-s --snaplen"),
    ),
    "tcpdump": (
        (("-nn",), "-n"),
        (("-tt",), "-t"),
        (("-vv",), "-v -q"),
    ),
    "fatrace": ((("-t", "-t"), "-t --timestamp"),),
}


def words(command: TracerCommand) -> list[str]:
    """The flags to add to *command*; none for a tracer whose trace is what its program prints (bpftrace)."""
    rows = DETAIL.get(command.tracer.name, ())
    return [word for flags, instead in rows if not command.has(*instead.split()) for word in flags]
