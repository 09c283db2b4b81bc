"""What holds for every trace, also one that was made to harm: no exception, linear time, nothing lost."""

import re
import time
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vimtrace.trace import process
from vimtrace.trace.arguments import parse
from vimtrace.trace.dialects import DIALECTS
from vimtrace.trace.join import Joiner
from vimtrace.trace.line import Lines, lines_of
from vimtrace.trace.process import Processes

PIECES = st.sampled_from(
    """
    4711 [pid~7] <sh> 13:31:07 1795267866.9 0.000195 ? (+ [257] [00007fea4b6aead7] 1795267866
    read( openat( clone( execve( fork( close( dup2( pipe( SYS_read( ~ms):~ls/12 <...~read~resumed> <unfinished~...>
    ) ~= = -1 0 3 3</etc/x> <TCP:[a->b]> ENOENT (No~such) (Timeout) <0.5> nil NULL 0x1f 010
    " \\ "a" "a"... { } [ ] ( , A|B x=1 => /* */ ... < > -> ' @ L" \x1b[1m \xff é
    --- SIGCHLD +++ exited~with~0 ~|~00000~00 ~>~lib(f) strace:~Process~12~attached
    """.split()
).map(lambda piece: piece.replace("~", " "))
TEXTS = st.one_of(
    st.binary(max_size=300),
    st.lists(st.one_of(PIECES, st.sampled_from([" ", "\n", "\r", "\t", "~"])), max_size=60).map(
        lambda parts: "".join(parts).encode()
    ),
)
EASY = settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@EASY
@given(TEXTS, st.sampled_from([None, *DIALECTS]))
def test_nothing_is_lost(data, dialect):
    """The lines put together are the trace; each renders as itself, and is in exactly one event."""
    lines = list(lines_of(data, dialect))
    assert "\n".join(line.text for line in lines) == data.decode("latin-1").removesuffix("\n")
    assert [line.render() for line in lines] == [line.text for line in lines]
    for line in lines:
        raw = data[line.offset :].split(b"\n")[0]
        assert raw.decode("latin-1") == line.text
    joiner = Joiner()
    events = [*joiner.feed(lines_of(data, dialect)), *joiner.end()]
    assert sorted(line.number for event in events for line in event.lines) == [line.number for line in lines]


@EASY
@given(TEXTS, st.sampled_from([None, *DIALECTS]))
def test_every_question_has_an_answer(data, dialect):
    """No property of an event raises, and the process model takes whatever comes."""
    joiner = Joiner()
    processes = Processes([joiner])
    for event in [*joiner.feed(lines_of(data, dialect)), *joiner.end()]:
        for name in dir(type(event)):
            getattr(event, name)
        if event.kind == "call":
            event.arguments.data()
        processes.origin(event, 3)
        processes.see(event)


@EASY
@given(TEXTS, st.lists(st.integers(0, 300), max_size=5))
def test_pieces(data, cuts):
    """A trace that arrives in pieces is the same trace."""
    whole = list(lines_of(data, DIALECTS[0]))
    lines, got = Lines(DIALECTS[0]), []
    edges = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    for start, end in pairwise(edges):
        got += lines.feed(data[start:end])
    got += lines.end()
    assert [(x.number, x.offset, x.text) for x in got] == [(x.number, x.offset, x.text) for x in whole]


@EASY
@given(st.text(max_size=200) | TEXTS.map(lambda data: data.decode("latin-1")), st.sampled_from(DIALECTS))
def test_arguments_come_back(text, dialect):
    """Any text is a tree that renders as the text."""
    assert parse(text, dialect.name).render() == text


HOSTILE = [
    ") = 3 (", ") = 3<", ") = 3<a", "(", ")", "((", "[", "{", "<", "<a>", "->", ") = -1 E (", "\"", "\\\"", "\"a",
    "\\", "/*", "*/", " ", "  = ", ") ", "1", "1 ", "[pid ", "a(", "a.", "x=", "x: ", ", ", "|", "~", ") = 3 (()",
    "(x) = 3 ", ") = 3 ((x", ") = 3 (<", "<0.5>", " <0.1", "strace: Process 1 attached", "<unfinished ...>",
    "<... a resumed>", " > ", "res=", " fd=", "a=1 ", "3(<", "é", "'", "...", "-", "0x", "..", ":", "<<", "=>",
    "--- S ---", "+++ ", " ms): ", "( 0.1 ms): a/1 ", ")  ...", "\x1b[1m", "\x1b", "<>",
]  # fmt: skip


def cost(data, dialect):
    """Seconds to take *data* in at every level, the best of three."""
    best = float("inf")
    for _ in range(3):
        start = time.process_time()
        for line in lines_of(data, dialect):
            line.render()
            line.duration  # noqa: B018
        best = min(best, time.process_time() - start)
    return best


WORDS = st.lists(st.sampled_from(["a", "b c", ", ", "[", "]", "...", "\xe9", "\\", '\\"', '"', "'"]), max_size=5).map(
    "".join
)


@EASY
@given(
    WORDS, st.lists(WORDS, max_size=4), st.sampled_from(["], 0x7f /* 3 vars */", "...], 0x7f", ", ...], NULL", "]", ""])
)
def test_the_words_of_a_command(path, words, end):
    """They are those of the tree, whichever way they are found."""
    listed = '", "'.join(words)
    text = f'execve("{path}", ["{listed}"{end}) = 0\n'
    for dialect in DIALECTS:
        found = []
        for expression in (process.WORDS, re.compile("(?!)")):
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(process, "WORDS", expression)
                joiner = Joiner()
                processes = Processes([joiner])
                for event in [*joiner.feed(lines_of(text.encode(), dialect)), *joiner.end()]:
                    processes.see(event)
                found.append([each.commands for each in processes.all])
        assert found[0] == found[1]


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.name)
def test_linear_time(dialect):
    """Eight times the text takes about eight times as long, never sixty-four, whatever is repeated in it."""
    slow = []
    for head in ("", "7 read(3, ", 'x = "', "1 12:00:00.1 0 a (7) > open ", "0.1 ( 0.1 ms): a/7 read("):
        for piece in HOSTILE:
            small, large = ((head + piece * (size // len(piece))).encode() for size in (4_000, 32_000))
            ratio = cost(large, dialect) / max(cost(small, dialect), 0.0005)
            if ratio > 30:
                slow.append((head, piece, ratio))
    assert slow == []
