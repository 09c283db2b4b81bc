"""The argument level: the text between a call's parentheses as a tree, and back again without a change.

``parse`` never fails: what it does not know becomes Text. It reads each character once (one token at a time) and
goes no deeper than DEPTH brackets, so that its time is linear and its stack bounded whatever the text is.
"""

import re

from vimtrace.trace.dialects import NAMED
from vimtrace.trace.nodes import (
    Comment,
    Descriptor,
    Ellipsis,
    Expression,
    Field,
    Glue,
    Node,
    Number,
    Sequence,
    String,
    Symbol,
    SysdigDescriptor,
    Text,
)

DEPTH = 60

STRING = r'[@L]?"(?:[^"\\]++|\\.)*+"(?:\.\.\.)?'
# A quote inside has no backslash; a list or a structure has a space before it closes (seen of ltrace 0.7.3).
LTRACE_STRING = r'L?"(?:[^"\\]++|\\.|"(?!\.\.\.|,\ |\ [\])}<]|\)?\ *$))*+"(?:\.\.\.)?'
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
