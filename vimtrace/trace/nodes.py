"""The parts of a call's arguments: numbers, strings, descriptors, structures, ... Each gives its text back."""

import re
from collections.abc import Iterator

DEVICE = re.compile(r"<(?:char|block) [0-9?]+:[0-9?]+>$")
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
        text = as_text(self.bytes)
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


def as_text(data: bytes) -> str:
    """*data* as a person reads it: what is no UTF-8 stands as escapes."""
    return data.decode("utf-8", "backslashreplace")


def target(text: str) -> str:
    """What ``/etc/passwd>`` or ``/dev/null<char 1:3>>(deleted)`` names, readable: of a device the path alone."""
    name = DEVICE.sub("", text.removesuffix("(deleted)").removesuffix(">"))
    return as_text(unescape(name))


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
