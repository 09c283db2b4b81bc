"""``-p NAME`` and a lone ``-p``: the words that attach by name, put into the process ids a tracer takes.

strace and perf take several ids in one word, ltrace one for each ``-p``. What is a number already is
left exactly as it was typed.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from vimtrace.command import TracerCommand
    from vimtrace.signals import Signals
    from vimtrace.words import Option

    Find = Callable[[str], Sequence[int]]
    Choose = Callable[[], Sequence[int]]

OPTIONS = {
    "strace": frozenset({"-p", "--attach"}),
    "ltrace": frozenset({"-p"}),
    "perf": frozenset({"-p", "--pid"}),
}
ONE_BY_ONE = frozenset({"ltrace"})
ELSEWHERE = frozenset({"nsenter", "unshare"})  # there, other processes may have the names and the numbers


def by_name(command: TracerCommand, signals: Signals) -> list[str]:
    """The words of *command* with process ids in place of names; unchanged if there are none.

    Raises VimtraceError if a name is nobody's, or nothing was chosen from the list.
    """
    options = wanted(command.tracer.name, command.options, command.argv) if command.is_tracing else []
    if not options or ELSEWHERE & set(command.wrappers):
        return command.argv
    from vimtrace import candidates  # psutil, which a run must not wait for

    def choose() -> Sequence[int]:
        from vimtrace import choice

        return choice.choose(signals)

    return resolved(command.tracer.name, options, command.argv, candidates.find, choose)


def wanted(tracer: str, options: Sequence[Option], words: Sequence[str]) -> list[Option]:
    """Those of *options*, as scanned from *words*, whose value is a name, or that lack one at the very end."""
    names = OPTIONS.get(tracer, frozenset())
    return [o for o in options if o.name in names and (_is_name(o.value) or is_open(o, words))]


def is_open(option: Option, words: Sequence[str]) -> bool:
    """Whether *option* has no value because the words end with it."""
    return not option.value and bool(words[option.at]) and not words[option.at].endswith("=")


def _is_name(value: str) -> bool:
    return any(not piece.isdigit() for piece in pieces(value))


def pieces(value: str) -> list[str]:
    """The parts of *value* at commas and blanks, as strace and perf split it."""
    return value.replace(",", " ").split()


def resolved(tracer: str, options: Sequence[Option], words: Sequence[str], find: Find, choose: Choose) -> list[str]:
    """*words* with ids for the names in *options*: *find* tells those of a name, *choose* asks the user."""
    result = list(words)
    for option in reversed(options):  # from the end, so that the other places stay right
        pids = choose() if is_open(option, words) else named(option.value, find)
        word = words[option.at]
        prefix = word[: len(word) - len(option.value)] if option.value else _glued(word)
        result[option.at : option.at + 1] = _spelled(tracer, option.name, prefix, pids)
    return result


def named(value: str, find: Find) -> list[int]:
    """The ids that *value* names: as a whole, or each of its pieces; none twice."""
    if _is_one_name(value, find):
        return list(find(value))
    found: dict[int, None] = {}
    for piece in pieces(value):
        found.update(dict.fromkeys([int(piece)] if piece.isdigit() else find(piece)))
    return list(found)


def _is_one_name(value: str, find: Find) -> bool:
    """Whether a name with a comma or a blank in it ("tmux: server") is that of a process."""
    if len(pieces(value)) < 2:
        return False
    try:
        return bool(find(value))
    except LookupError:
        return False


def _glued(word: str) -> str:
    return word + "=" if word.startswith("--") else word


def _spelled(tracer: str, name: str, prefix: str, pids: Sequence[int]) -> list[str]:
    if tracer not in ONE_BY_ONE:
        return [prefix + ",".join(map(str, pids))]
    more = [word for pid in pids[1:] for word in (name, str(pid))]
    return [f"{prefix}{pids[0]}", *more]
