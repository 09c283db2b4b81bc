"""The words of a command line as the command itself reads them, by the rules of getopt(3).

Nothing is changed here: a tracer's words are only looked at, to learn where its options end, whether
it was told where to write, and what it attaches to.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


class Grammar:
    """How a command spells its options.

    *valued*: the short options that take a value; *long_valued*: the long ones that do; *operands*:
    how many operands stand before the command it starts (``timeout 5``); *assignments*: whether
    NAME=VALUE may stand there (env, sudo); *permutes*: whether options may follow operands.
    """

    def __init__(
        self,
        valued: str = "",
        long_valued: str = "",
        operands: int = 0,
        assignments: bool = False,
        permutes: bool = False,
    ) -> None:
        self.valued = valued
        self.long_valued = frozenset(long_valued.split())
        self.operands = operands
        self.assignments = assignments
        self.permutes = permutes


class Option:
    """One option as it was given: *name* with its dashes, *value* (empty if it has none).

    *at* is the index of the word that ends with the value.
    """

    __slots__ = ("at", "name", "value")

    def __init__(self, name: str, value: str = "", at: int = -1) -> None:
        self.name = name
        self.value = value
        self.at = at


def scan(argv: Sequence[str], start: int, grammar: Grammar) -> tuple[list[Option], int]:
    """The options of *argv* from *start* on, and the index of the first operand (or the end)."""
    options: list[Option] = []
    first = -1
    i = start
    while i < len(argv):
        word = argv[i]
        if word == "--":
            i += 1
            break
        if word == "-" or not word.startswith("-"):
            if not grammar.permutes:
                break
            first = i if first < 0 else first
            i += 1
        elif word.startswith("--"):
            i = _long(argv, i, grammar, options)
        else:
            i = _short(argv, i, grammar, options)
    return options, i if first < 0 else first


def _long(argv: Sequence[str], i: int, grammar: Grammar, options: list[Option]) -> int:
    name, equals, value = argv[i].partition("=")
    name = _unabbreviated(name, grammar.long_valued)
    if not equals and name[2:] in grammar.long_valued and i + 1 < len(argv):
        i += 1
        value = argv[i]
    options.append(Option(name, value, i))
    return i + 1


def _unabbreviated(name: str, known: frozenset[str]) -> str:
    """getopt_long(3): an abbreviation is allowed as long as it is unique."""
    matches = [x for x in known if x.startswith(name[2:])]
    return "--" + matches[0] if len(matches) == 1 and len(name) > 3 else name


def _short(argv: Sequence[str], i: int, grammar: Grammar, options: list[Option]) -> int:
    word = argv[i]
    for at, letter in enumerate(word[1:], 1):
        if letter not in grammar.valued:
            options.append(Option("-" + letter, "", i))
            continue
        value = word[at + 1 :]
        if not value and i + 1 < len(argv):
            i += 1
            value = argv[i]
        options.append(Option("-" + letter, value, i))
        break
    return i + 1


def command_index(argv: Sequence[str], start: int, grammar: Grammar) -> int:
    """Where the command begins that ``argv[start - 1]`` starts, after its options and operands."""
    _, i = scan(argv, start, grammar)
    while grammar.assignments and i < len(argv) and "=" in argv[i]:
        i += 1
    return i + grammar.operands
