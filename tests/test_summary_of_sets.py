"""The fast path's summary of an ``strace -ff`` set is that of the slow path, too."""

import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from test_summary_by_columns import (
    EXPRESSIONS,
    OF_PATHS,
    PLAIN,
    PROGRAMS,
    STEP,
    assert_same,
    assert_same_by,
    told,
    without_names,
)
from vimtrace import columns
from vimtrace.columns import sets

FLAGS = ["", "-T", "-ttt", "-ttt -T", "-tt -T -y", "-t -T", "-ttt -T -yy"]
LINE = 'read(3, "", 5) = 5 <0.000001>\n'


@pytest.mark.parametrize("flags", FLAGS)
@pytest.mark.parametrize("name", PROGRAMS)
def test_same(name, flags, tmp_path):
    """On real sets: every line with its number in its own file."""
    words = ["strace", "-ff", *flags.split(), "-o", tmp_path / "trace", *PROGRAMS[name]]
    subprocess.run(words, capture_output=True, check=False, cwd=tmp_path, env=PLAIN)
    fast = assert_same(tmp_path / "trace")
    assert fast["events"] > 300
    assert len(fast["processes"]) > 5


def test_of_pieces(monkeypatch, tmp_path):
    """Also where the times of a few lines are read at a time."""
    monkeypatch.setattr(sets, "LINES", 7)
    test_same("shell", "-ttt -T", tmp_path)


def test_the_files_may_be_named_one_by_one(tmp_path):
    """As the end of a run does it."""
    paths = [tmp_path / f"trace.{pid}" for pid in (7, 8)]
    for path in paths:
        path.write_text(LINE)
    assert columns.summary([*map(str, paths)], least=0) == columns.summary([str(tmp_path / "trace")], least=0)


@pytest.mark.parametrize(
    "texts",
    [
        ["1700000000 " + LINE, LINE],
        ["     0.000001 " + LINE] * 2,
        ["7 " + LINE] * 2,
        [LINE, LINE + "what is this\n"],
        [LINE, LINE[:-1]],
        [LINE, "malloc(5) = 0x7f\nmalloc(5) = 0x7f\n"],
        ["20:00:00 " + LINE + "04:00:00 " + LINE, "20:00:00 " + LINE],
        [LINE, "fork( <unfinished ...>\n+++ killed by SIGKILL +++\n"],
        [LINE, "+++ exited with 0 +++\n" + LINE],
        ["", ""],
        ["", LINE],
    ],
)
def test_leaves_the_rest_to_the_slow_path(texts, tmp_path):
    """What is not plain is not guessed."""
    for pid, text in enumerate(texts, 7):
        (tmp_path / f"trace.{pid}").write_text(text)
    assert columns.summary([str(tmp_path / "trace")], least=0) is None


@pytest.mark.parametrize("names", [["trace.7", "other.7"], ["trace.7", "trace"]])
def test_other_files_are_no_set(names, tmp_path):
    """Two traces of one process, or one that names no process."""
    for name in names:
        (tmp_path / name).write_text(LINE)
    assert columns.summary([str(tmp_path / name) for name in names], least=0) is None


def written(steps):
    """The text of each process of *steps*: a call on two lines is one that the process dies in."""
    texts = {}
    dead = set()
    for at, (pid, text, fd, other, path, child, split) in enumerate(steps):
        if pid in dead:
            continue
        words = text.format(fd=fd, other=other, path=path, pid=child)
        stamp = f"{1_700_000_000 + at // 2}.{at // 3:06} "
        name, _, rest = words.partition("(")
        if split == 0 and words[0] not in "+-" and name != "clone":
            result = ") = ?" if fd == other else ""
            words = f"{name}({rest[: rest.rindex(') = ')]} <unfinished ...>{result}\n{stamp}+++ killed by SIGKILL +++"
        elif words[0] not in "+-":
            words += f" <0.{at % 5:06}>"
        dead |= {pid} if words.endswith("+++") else set()
        texts[pid] = f"{texts.get(pid, '')}{stamp}{words}\n"
    return texts


@settings(max_examples=40, deadline=None)
@given(
    steps=st.lists(STEP, min_size=2, max_size=40),
    by=st.sampled_from(columns.GROUPS),
    timed=st.booleans(),
    expression=st.sampled_from(EXPRESSIONS + OF_PATHS),
)
def test_same_of_any_set(steps, by, timed, expression, tmp_path_factory):
    """Whatever processes do, in which order, whatever happens at one time, and what a filter chooses of it."""
    folder = tmp_path_factory.mktemp("any")
    closes = [(pid, "close({fd}) = 0", 3, 3, "a", 7, 1) for pid in (7, 8)]  # there are two files
    texts = written([*closes, *without_names(steps, by, expression)])
    for pid, text in texts.items():
        lines = text if timed else "".join(line.partition(" ")[2] + "\n" for line in text.splitlines())
        (folder / f"trace.{pid}").write_text(lines)
    assert_same_by(folder / "trace", *told(folder / "trace", by, expression))
