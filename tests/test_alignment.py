"""Lines against lines: what is told of them makes one list of the other, whoever finds it, and soon."""

import os
import shutil
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vimtrace import alignment
from vimtrace.alignment import MANY, opcodes

LINES = st.lists(st.sampled_from("abcd"), max_size=12)
PROGRAM = shutil.which("diff")


def made(left, right, ops):
    """*right*, made of *left* as *ops* say, which follow each other."""
    found, i, j = [], 0, 0
    for tag, i1, i2, j1, j2 in ops:
        assert (i1, j1) == (i, j)
        assert (i2 > i1, j2 > j1) == {"insert": (False, True), "delete": (True, False)}.get(tag, (True, True))
        found += left[i1:i2] if tag == "equal" else right[j1:j2]
        i, j = i2, j2
    assert (i, j) == (len(left), len(right))
    return found


@given(left=LINES, right=LINES)
def test_what_difflib_finds(left, right):
    """Few lines."""
    assert made(left, right, opcodes(left, right)) == right


@given(left=LINES, right=LINES)
def test_what_diff_finds(left, right):
    """As of many lines: the same, if not always as short."""
    assert made(left, right, list(alignment._by_program(left, right, PROGRAM))) == right


def test_many_lines_that_are_alike():
    """Two turns of a long loop that were begun at another place: no line is alone."""
    loop = ["a", "b", "a", "c", "d"] * 4 * MANY
    start = time.monotonic()
    ops = opcodes(loop[:-3], loop[2:-1], PROGRAM)
    assert time.monotonic() - start < 5  # difflib takes minutes
    assert made(loop[:-3], loop[2:-1], ops) == loop[2:-1]
    assert sum(i2 - i1 for tag, i1, i2, _, _ in ops if tag != "equal") == 2


@pytest.mark.parametrize("script", ["", "exit 1", "exit 0", "echo 1c1; exit 2", "exec diff -u $@", "echo 1c1; exit 1"])
def test_without_diff(script, tmp_path):
    """difflib does it, and finds as much, also where diff(1) says it in another way (busybox)."""
    program = str(tmp_path / "diff")
    if script:
        (tmp_path / "diff").write_text(f"#!/bin/sh\nPATH={os.environ['PATH']}\n{script}\n")
        (tmp_path / "diff").chmod(0o755)
    left = ["a", "b", "c"] * MANY
    assert made(left, ["x", *left[:-1]], opcodes(left, ["x", *left[:-1]], program))[0] == "x"
