"""A tracer's command line, understood: which word is the tracer, what it will do, where it will write."""

from __future__ import annotations

import os

from vimtrace.errors import UsageError, VimtraceError
from vimtrace.tracers import ASKS_FOR_PASSWORD, TRACERS, WRAPPERS, Tracer, anything
from vimtrace.words import command_index, scan

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


class TracerCommand:
    """``sudo timeout 5 strace -f ls /``: *argv* as typed, and what it means.

    *wrappers*: the names before the tracer; *at*: the index behind which words of ours may be put;
    *options*: the tracer's; *operands*: the words behind them.
    """

    def __init__(self, argv: Sequence[str], index: int, tracer: Tracer, wrappers: Sequence[str]) -> None:
        self.argv = list(argv)
        self.tracer = tracer
        self.wrappers = list(wrappers)
        self.at = index + 1
        self.is_tracing = True
        if tracer.subcommand:
            _, self.at = scan(argv, self.at, tracer.grammar)
            self.is_tracing = self.argv[self.at : self.at + 1] == [tracer.subcommand]
            self.at += 1
        self.options, operand = scan(argv, self.at, tracer.grammar)
        self.operands = self.argv[operand:]

    @property
    def program(self) -> str:
        """The program that the tracer starts, as typed; empty if it starts none."""
        option = self.tracer.program
        if option == "operand":
            return self.operands[0] if self.operands else ""
        return next((o.value for o in self.options if o.name == option), "")

    @property
    def attached(self) -> list[int]:
        """The processes that it attaches to, as far as they are numbers."""
        values = (o.value for o in self.options if o.name in self.tracer.attach)
        words = (word for value in values for word in value.replace(",", " ").split())
        return [int(word) for word in words if word.isdigit()]

    @property
    def is_silent(self) -> bool:
        """Whether there will be no trace to show: told to write elsewhere, or given nothing to do."""
        names = {o.name for o in self.options}
        if not self.is_tracing or (names & self.tracer.silent and not self._is_shown_after_all(names)):
            return True
        if self.tracer.name == "perf" and self.operands[:1] == ["record"]:
            return True
        if any(o.name in ("-c", "-I", "-B") and o.value == "l" for o in self.options):  # sysdig -cl, -Il
            return self.tracer.name == "sysdig"
        present = names | ({"operand"} if self.operands else set())
        return bool(self.tracer.needs) and not present & self.tracer.needs

    def _is_shown_after_all(self, names: set[str]) -> bool:
        return bool(names & self.tracer.unless) and not names & {"-o", "--output"}

    @property
    def is_live(self) -> bool:
        """Whether the trace is to be followed by default: no program needs the terminal."""
        return not self.program and not self.is_split

    @property
    def is_split(self) -> bool:
        """Whether every process gets a trace file of its own (``strace -ff``)."""
        names = [o.name for o in self.options]
        return self.tracer.name == "strace" and (names.count("-f") > 1 or "--output-separately" in names)

    @property
    def is_daemon(self) -> bool:
        """Whether strace will be a grandchild of ours (``-D``): our child is then the tracee."""
        return self.tracer.name == "strace" and any(o.name in ("-D", "--daemonize") for o in self.options)

    @property
    def may_be_refused(self) -> bool:
        """Whether another user's process stands before the tracer, that we may not signal."""
        return bool(ASKS_FOR_PASSWORD & set(self.wrappers))

    @property
    def makes_group(self) -> bool:
        """Whether a wrapper leaves our group: timeout(1) puts itself into a group of its own."""
        return "timeout" in self.wrappers and "--foreground" not in self.argv[: self.at]

    @property
    def ending(self) -> tuple[int, ...]:
        """The signals that end this tracing, gently first."""
        return self.tracer.ending_program if self.program else self.tracer.ending

    @property
    def death_signal(self) -> int:
        """What the tracer gets when the launcher is killed, so that it lets go of what it is attached to; or 0.

        One that has started its program goes on with it, as if it had been typed.
        """
        return 0 if self.program else self.tracer.ending[0]

    def with_words(self, words: Sequence[str]) -> list[str]:
        """The command line with *words* right after the tracer's name."""
        return [*self.argv[: self.at], *words, *self.argv[self.at :]]

    def has(self, *names: str) -> bool:
        """Whether one of these options was given."""
        return any(o.name in names for o in self.options)


def understand(argv: Sequence[str], stream: str = "") -> TracerCommand:
    """What the words *argv* are; *stream* is ``--from``, for a tracer that is not in the table.

    Raises UsageError if there is no tracer in them, VimtraceError (127) if there is no such command.
    """
    wrappers: list[str] = []
    index = 0
    while index < len(argv):
        name = os.path.basename(argv[index])
        if name in TRACERS and not stream:
            return TracerCommand(argv, index, TRACERS[name], wrappers)
        if name not in WRAPPERS:
            break
        wrappers.append(name)
        index = command_index(argv, index + 1, WRAPPERS[name])
    return _other(argv, index, wrappers, stream)


def _other(argv: Sequence[str], index: int, wrappers: list[str], stream: str) -> TracerCommand:
    if index >= len(argv):
        raise UsageError(f"{argv[0]}: it starts no tracer")
    name = argv[index]
    if stream:
        base = os.path.basename(name)
        row = TRACERS.get(base)
        known = anything(base, stream)
        if row:
            known.grammar, known.filetype, known.ending = row.grammar, row.filetype, row.ending
            known.program, known.subcommand = row.program, row.subcommand
        return TracerCommand(argv, index, known, wrappers)
    if not find(name):
        raise VimtraceError(f"{name}: command not found", "check the name, or install it", 127)
    raise UsageError(
        f"{name}: not a tracer that vimtrace knows ({', '.join(TRACERS)})",
        f"say which of its streams is the trace: vimtrace --from=stdout {name} ...",
    )


def find(name: str, relative: bool = True) -> str:
    """The file that the command *name* is, as execvp(3) finds it; empty if there is none.

    With *relative* false, folders of $PATH that depend on the current one do not count: what
    vimtrace starts on its own behalf is never taken from the current directory.
    """
    if "/" in name:
        return name if os.access(name, os.X_OK) else ""
    for folder in os.environ.get("PATH", os.defpath).split(":"):
        if not relative and not os.path.isabs(folder):
            continue
        path = os.path.join(folder or ".", name)
        if os.path.isfile(path) and os.access(path, os.X_OK):
            return path
    return ""
