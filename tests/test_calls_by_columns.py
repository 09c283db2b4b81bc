"""The fast path's table of calls is that of the slow path, number for number."""

import json
import subprocess
import sys

import pytest

from vimtrace.columns import calls
from vimtrace.summary import summarise
from vimtrace.trace.source import Traces

PROGRAM = (
    "for i in 1 2 3; do ls /etc /nonexistent | sort | wc -l; done; test -e /missing; (sleep 0.02 & wait); kill -USR1 $$"
)


def slow(path):
    return summarise(Traces([str(path)]))["groups"]


@pytest.mark.parametrize(
    "flags", ["-T", "-f -T", "-f -ttt -T", "-f -tt -T", "-f -t -T", "-f -r -T", "-f -T -y", "-f -T -v -s 500"]
)
def test_same(flags, tmp_path):
    """On real traces with every flag that the fast path takes."""
    path = tmp_path / "trace"
    subprocess.run(["strace", *flags.split(), "-o", path, "sh", "-c", PROGRAM], capture_output=True, check=False)
    fast = calls([str(path)], least=0)
    assert fast is not None
    assert sorted(fast, key=lambda row: row["call"]) == [
        {**row, "mean": pytest.approx(row["mean"]), "total": pytest.approx(row["total"]), "errno": row["errno"]}
        for row in sorted(slow(path), key=lambda row: row["call"])
    ]
    assert sum(row["calls"] for row in fast) > 100


def test_calls_option(tmp_path):
    """``--calls`` prints the same table, whichever way it was made."""
    small, great = tmp_path / "small", tmp_path / "great"
    subprocess.run(["strace", "-f", "-T", "-o", small, "sh", "-c", PROGRAM], capture_output=True, check=False)
    lines = small.read_bytes()
    great.write_bytes(lines * (2_000_000 // len(lines) + 1))
    found = []
    for path in (small, great):
        words = [sys.executable, "-m", "vimtrace", "summary", "--calls", "--json", path]
        found.append(json.loads(subprocess.run(words, capture_output=True, text=True, check=True).stdout)["groups"])
    assert calls([str(great)]) is not None
    assert {row["call"]: row["p50"] for row in found[0]} == {row["call"]: row["p50"] for row in found[1]}
    assert all(not set(row) & {"processes", "files"} for row in found[0])
