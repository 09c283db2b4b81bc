"""Real traces: what real tracers write of real programs with the flags of traces/combinations.py."""

import pathlib
import runpy

import pytest

from traces.combinations import LTRACE, PERF, STRACE
from vimtrace.trace.arguments import parse
from vimtrace.trace.join import Joiner
from vimtrace.trace.line import lines_of
from vimtrace.trace.nodes import is_known

make = runpy.run_path(str(pathlib.Path(__file__).parent / "traces/make"))
ROWS = {"strace": STRACE, "ltrace": LTRACE[:5], "perf": PERF}


@pytest.mark.parametrize(
    "tracer, program", [("strace", "sh"), ("strace", "python"), ("ltrace", "sh"), ("perf", "make")]
)
def test_understood(tracer, program, tmp_path):
    """At least 99.99 % of the lines are understood, and every one comes back as it was."""
    on_stderr = {"on_stderr": ()} if tracer == "strace" else {}
    make[tracer](tmp_path, program, ROWS[tracer], **on_stderr)
    count, bad = 0, []
    for path in sorted(tmp_path.iterdir()):
        for line in lines_of(path.read_bytes()):
            count += 1
            text = line["arguments"]
            known = text is None or is_known(parse(text, line.dialect.name))
            if line.kind == "unknown" or not known or line.render() != line.text:
                bad.append((path.name, line.number, line.text))
    assert count > 2000
    assert len(bad) <= count / 10_000, bad


def test_joined(tmp_path):
    """Every call of a strace that ends has its beginning and its result, unless its process was ended in it."""
    make["strace"](tmp_path, "python", ["-f -ttt -T", "-f -r", "-f -Y -tt -T"], on_stderr=())
    for path in tmp_path.iterdir():
        joiner = Joiner()
        events = [*joiner.feed(lines_of(path.read_bytes())), *joiner.end()]
        calls = [event for event in events if event.kind == "call"]
        assert [call for call in calls if call.line["call"] is None] == []
        last = {call.pid: call for call in calls}
        assert [call for call in calls if call.value is None and call is not last[call.pid]] == []
        assert all(event.kind != "unknown" for event in events)


CORPUS = pathlib.Path(__file__).parent / "corpus"
TRACERS = {".strace": "strace", ".ltrace": "ltrace", ".perftrace": "perf", ".sysdig": "sysdig"}
# sysdig -A and -X print data as it is: its lines are no events.
DATA = {"ascii.sysdig", "dump.sysdig"}


@pytest.mark.parametrize(
    "path",
    [p for p in sorted([*CORPUS.glob("*.*"), *CORPUS.glob("by-hand/*")]) if p.suffix in TRACERS and p.name not in DATA],
    ids=lambda p: p.name,
)
def test_samples(path):
    """Every line of the samples, of many flags and of strace versions that are not here."""
    lines = list(lines_of(path.read_bytes()))
    assert [line.text for line in lines if line.kind == "unknown"] == []
    assert [line.text for line in lines if line.render() != line.text] == []
    trees = [parse(line["arguments"], line.dialect.name) for line in lines if line["arguments"] is not None]
    assert [tree for tree in trees if not is_known(tree)] == []
    if {line.kind for line in lines} - {"table", "row", "message", "blank"}:
        assert lines[0].dialect.name == TRACERS[path.suffix]
