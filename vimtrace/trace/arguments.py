"""The argument level: the text between a call's parentheses as a tree, and back again without a change.

``parse`` never fails: what it does not know becomes Text. It reads each character once (one token at a time) and
goes no deeper than DEPTH brackets, so that its time is linear and its stack bounded whatever the text is.
"""

import re
from collections.abc import Iterator

from vimtrace.trace.dialects import NAMED

DEPTH = 60

STRING = r'[@L]?"(?:[^"\\]++|\\.)*+"(?:\.\.\.)?'
LTRACE_STRING = r'L?"(?:[^"\\]++|\\.|"(?!\.\.\.|,\ |[\])}\ ]|$))*+"(?:\.\.\.)?'  # a quote inside has no backslash
TOKENS = rf"""
  (?P<string>{STRING}|'(?:[^'\\\n]|\\[^\n]{{1,4}}?)'(?:\.\.\.)?)
| (?P<comment>/\*(?:[^*]++|\*(?!/))*+\*/)
| (?P<key>(?:[A-Za-z_]\w*+(?:\.\w++)*+|\[\d+\])(?:=(?![=>])|:\ ))
| (?P<descriptor>(?:-?\d+|AT_FDCWD|[A-Z]+_FD){NAMED})
| (?P<number>0x[0-9a-fA-F]++|\d++(?:\.\d++)?(?!\w))
| (?P<call>[A-Za-z_]\w*+\()
| (?P<ellipsis>\.\.\.)
| (?P<symbol>[A-Za-z_/?]\w*+(?:[./?:@%+]++\w++)*+(?:\.\.\.)?|\?++|\w++)
| (?P<named>{NAMED})
| (?P<open>[\[{{(])
| (?P<close>[\]}})])
| (?P<comma>,\ ?)
| (?P<glue>\ ++|=>|->|==|!=|<<|>>|&&|\|\||[-|+*/!~&:@=<>%.^;$#`'])
| (?P<other>.)
"""
TOKEN = re.compile(TOKENS, re.VERBOSE | re.ASCII | re.DOTALL)
LTRACE_TOKEN = re.compile(TOKENS.replace(STRING, LTRACE_STRING), re.VERBOSE | re.ASCII | re.DOTALL)
CLOSER = {"[": "]", "{": "}", "(": ")"}
ESCAPE = re.compile(r"\\(?:x([0-9a-fA-F]{2})|([0-7]{1,3})|(.))", re.DOTALL)
LETTERS = {"n": 10, "t": 9, "r": 13, "v": 11, "f": 12, "a": 7, "b": 8, "e": 27, "0": 0}


class Node:
    """A part of the arguments. ``render`` gives its text back."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text

    def render(self) -> str:
        return self.text

    def data(self) -> object:
        """The node in the terms of JSON."""
        return self.text

    def walk(self) -> Iterator["Node"]:
        """The node and all nodes in it, in the order of the text."""
        yield self

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.render()!r})"


class Text(Node):
    """What the tree does not know: kept as it is."""

    __slots__ = ()


class Glue(Node):
    """An operator between two parts: ``|``, ``=>``, a space."""

    __slots__ = ()


class Comment(Node):
    """A remark of the tracer: ``/* 35 vars */``."""

    __slots__ = ()


class Ellipsis(Node):
    """What the tracer left out."""

    __slots__ = ()


class Symbol(Node):
    """A name: NULL, O_RDONLY, SIGCHLD."""

    __slots__ = ()


class Number(Node):
    """A number in C's notation."""

    __slots__ = ()

    @property
    def value(self) -> int | float:
        text = self.text
        if "." in text:
            return float(text)
        if text[:2] == "0x":
            return int(text, 16)
        return int(text, 8) if text[:1] == "0" and text.strip("01234567") == "" else int(text)

    def data(self) -> object:
        return self.value if (self.text[:2] != "0x" and self.text[:1] != "0") or self.text == "0" else self.text


class String(Node):
    """A string in C's notation; *truncated* when the tracer left the rest out (``"abc"...``)."""

    __slots__ = ()

    @property
    def truncated(self) -> bool:
        return self.text.endswith("...")

    @property
    def bytes(self) -> bytes:
        """The bytes that it stands for."""
        text = self.text[:-3] if self.truncated else self.text
        return unescape(text[text.find(text[-1]) + 1 : -1])

    def data(self) -> object:
        text = self.bytes.decode("utf-8", "backslashreplace")
        return {"text": text, "truncated": True} if self.truncated else text


class Descriptor(Node):
    """A descriptor with what it names (-y, -yy): ``3</etc/passwd>``, ``AT_FDCWD</tmp>``."""

    __slots__ = ()

    @property
    def fd(self) -> int | None:
        """Its number; ``None`` for AT_FDCWD."""
        number = self.text.partition("<")[0]
        return int(number) if number.lstrip("-").isdigit() else None

    @property
    def name(self) -> str:
        """What it names, as the tracer says it, unescaped."""
        return target(self.text.partition("<")[2])

    def data(self) -> object:
        number, _, _ = self.text.partition("<")
        return {"fd": int(number) if self.fd is not None else number, "name": self.name}


class Field(Node):
    """``name=value``, or ``name: value`` (strace -N, perf): *name*, *value*; *text* is the name with its sign."""

    __slots__ = ("value",)

    def __init__(self, text: str, value: Node) -> None:
        super().__init__(text)
        self.value = value

    @property
    def name(self) -> str:
        return self.text.rstrip(":= ")

    def render(self) -> str:
        return self.text + self.value.render()

    def data(self) -> object:
        return {self.name: self.value.data()}

    def walk(self) -> Iterator[Node]:
        yield self
        yield from self.value.walk()


class Expression(Node):
    """Parts with operators between them: ``A|B``, ``{...} => {...}``, ``1<<3``."""

    __slots__ = ("parts",)

    def __init__(self, parts: list[Node]) -> None:
        super().__init__("")
        self.parts = parts

    @property
    def flags(self) -> list[str]:
        """The names of ``A|B``."""
        return [part.render() for part in self.parts if not isinstance(part, Glue | Comment)]

    def render(self) -> str:
        return "".join([part.render() for part in self.parts])

    def data(self) -> object:
        return self.render()

    def walk(self) -> Iterator[Node]:
        yield self
        for part in self.parts:
            yield from part.walk()


class Sequence(Node):
    """Items between brackets: a structure ``{}``, an array ``[]``, a macro ``name()``, or all the arguments.

    *text* is the opening (``{``, ``htons(``), *close* the closing, empty where the text ended before it. *commas* are
    the separators as they stand.
    """

    __slots__ = ("close", "commas", "items")

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.items: list[Node] = []
        self.commas: list[str] = []
        self.close = ""

    def render(self) -> str:
        parts = [self.text]
        for at, item in enumerate(self.items):
            parts.append(item.render())
            if at < len(self.commas):
                parts.append(self.commas[at])
        parts.append(self.close)
        return "".join(parts)

    def data(self) -> object:
        if self.text == "{" and any(isinstance(item, Field) for item in self.items):
            return fields_data(self.items)
        if self.text in ("[", "{", ""):
            return [item.data() for item in self.items if item.render()]
        return self.render()

    def field(self, name: str) -> Node | None:
        """The value of the field *name*."""
        for item in self.items:
            if isinstance(item, Field) and item.name == name:
                return item.value
        return None

    def walk(self) -> Iterator[Node]:
        yield self
        for item in self.items:
            yield from item.walk()

    def __len__(self) -> int:
        return len(self.items)

    def __getitem__(self, at: int) -> Node:
        return self.items[at]


def fields_data(items: list[Node]) -> dict[str, object]:
    """A structure as a JSON object; what has no name is under ``...``."""
    result: dict[str, object] = {}
    for item in items:
        if isinstance(item, Field):
            result[item.name] = item.value.data()
        elif not isinstance(item, Ellipsis):
            result.setdefault("...", item.data())
    return result


def unescape(text: str) -> bytes:
    """The bytes of a C string's inside."""
    if "\\" not in text:
        return text.encode("latin-1", "replace")
    return ESCAPE.sub(_escaped, text).encode("latin-1", "replace")


def _escaped(match: re.Match[str]) -> str:
    hexadecimal, octal, letter = match.groups()
    if hexadecimal:
        return chr(int(hexadecimal, 16))
    if octal:
        return chr(int(octal, 8) & 255)
    return chr(LETTERS.get(letter, ord(letter)))


def target(text: str) -> str:
    """What ``/etc/passwd>`` or ``/dev/null<char 1:3>>(deleted)`` names, readable."""
    name = text.removesuffix("(deleted)").removesuffix(">")
    return unescape(name).decode("utf-8", "backslashreplace")


class _Builder:
    """The tree while the tokens come: a stack of open sequences, each with the item that is being put together."""

    def __init__(self) -> None:
        self.top = Sequence("")
        self.sequence = self.top
        self.parts: list[Node] = []
        self.key: list[str] = []
        self.stack: list[tuple[Sequence, list[Node], list[str]]] = []

    def item(self) -> None:
        """End the item: its parts become one node of the sequence."""
        if not self.parts and not self.key:
            return
        node: Node = self.parts[0] if len(self.parts) == 1 else Expression(self.parts)
        for key in reversed(self.key):
            node = Field(key, node)
        self.sequence.items.append(node)
        self.parts, self.key = [], []

    def comma(self, text: str) -> None:
        count = len(self.sequence.items)
        self.item()
        if len(self.sequence.items) == count:
            self.sequence.items.append(Text(""))
        self.sequence.commas.append(text)

    def open(self, text: str) -> None:
        if len(self.stack) >= DEPTH:
            self.parts.append(Text(text))
            return
        self.stack.append((self.sequence, self.parts, self.key))
        self.sequence, self.parts, self.key = Sequence(text), [], []

    def close(self, text: str) -> None:
        if not self.stack or (text and CLOSER[self.sequence.text[-1]] != text):
            self.parts.append(Text(text))
            return
        self.item()
        done = self.sequence
        done.close = text
        self.sequence, self.parts, self.key = self.stack.pop()
        self.parts.append(done)


NODES: dict[str, type[Node]] = {
    "string": String,
    "comment": Comment,
    "descriptor": Descriptor,
    "number": Number,
    "ellipsis": Ellipsis,
    "symbol": Symbol,
    "named": Symbol,
    "glue": Glue,
    "other": Text,
}


def parse(text: str, dialect: str = "strace") -> Sequence:
    """The tree of *text*, what stands between a call's parentheses (also a part of it: ``"abc", 10``)."""
    if dialect == "sysdig":
        return parse_fields(text)
    build = _Builder()
    for match in (LTRACE_TOKEN if dialect == "ltrace" else TOKEN).finditer(text):
        kind, word = match.lastgroup, match[0]
        if kind == "key":
            if build.parts:
                build.parts += [Symbol(word.rstrip("=: ")), Glue(word[len(word.rstrip("=: ")) :])]
            else:
                build.key.append(word)
        elif kind == "comma":
            build.comma(word)
        elif kind in ("open", "call"):
            build.open(word)
        elif kind == "close":
            build.close(word)
        elif kind is not None:
            build.parts.append(NODES[kind](word))
    while build.stack:
        build.close("")
    build.item()
    return build.top


PAIR = re.compile(r" (?=[A-Za-z_][\w.]*=)", re.ASCII)
SYSDIG_FD = re.compile(r"-?\d+\(<\w*>.*\)", re.ASCII | re.DOTALL)
SYSDIG_NUMBER = re.compile(r"-?(?:0x[0-9a-f]+|\d+)", re.ASCII)


def parse_fields(text: str) -> Sequence:
    """The tree of sysdig's ``name=value name=value``. A value may hold spaces; it has no quotes."""
    tree = Sequence("")
    for pair in PAIR.split(text):
        name, equals, value = pair.partition("=")
        tree.items.append(Field(name + equals, _sysdig_value(value)) if equals else Text(pair))
    tree.commas = [" "] * (len(tree.items) - 1)
    return tree


def _sysdig_value(text: str) -> Node:
    if SYSDIG_FD.fullmatch(text):
        return SysdigDescriptor(text)
    return Number(text) if SYSDIG_NUMBER.fullmatch(text) else Symbol(text)


class SysdigDescriptor(Descriptor):
    """``3(<f>/etc/passwd)``."""

    __slots__ = ()

    @property
    def fd(self) -> int | None:
        return int(self.text.partition("(")[0])

    @property
    def name(self) -> str:
        return self.text.partition(">")[2][:-1]

    def data(self) -> object:
        return {"fd": self.fd, "name": self.name}


def is_known(tree: Node) -> bool:
    """Whether no part of *tree* is Text."""
    return not any(isinstance(node, Text) and node.text for node in tree.walk())
