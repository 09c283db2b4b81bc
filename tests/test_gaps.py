"""The times without a line: between any two moments next to each other that a trace tells of."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from vimtrace import gaps
from vimtrace.gaps import Gap, Gaps
from vimtrace.summary import summarise
from vimtrace.trace.source import Traces


def found(times, count=1000):
    told = Gaps()
    for number, time in enumerate(times, start=1):
        told.tell(time, number, f"call {number}")
    return told, told.longest(count)


@given(times=st.lists(st.integers(0, 30)))
def test_whatever_their_order(times):
    """A moment is of the first line that tells of it; what goes on from there is what was told of it last."""
    first, last = {}, {}
    for number, time in enumerate(times, start=1):
        first.setdefault(time, number)
        last[time] = f"call {number}"
    whole = [Gap(start, end, first[end], last[start]) for start, end in pairwise(sorted(first))]
    told, longest = found(times)
    assert sorted(longest) == whole
    assert [gap.end - gap.start for gap in longest] == sorted((gap.end - gap.start for gap in whole), reverse=True)
    assert (told.begin, told.end) == ((min(times), max(times)) if times else (None, 0))


def test_the_longest_are_kept_of_many(monkeypatch):
    """And the memory that it takes is bounded."""
    monkeypatch.setattr(gaps, "KEPT", 10)
    times = [at * 10 + (at % 7) for at in range(1000)]
    told, longest = found(times, 5)
    assert len(told._gaps) <= 20
    sizes = sorted((end - start for start, end in pairwise(times)), reverse=True)
    assert [gap.end - gap.start for gap in longest] == sizes[:5]


def test_a_call_that_returned_late(tmp_path):
    """The line where it began is a line, too."""
    path = tmp_path / "trace"
    path.write_text(
        "7 1700000000.000000 getpid() = 7 <0.000001>\n8 1700000004.000000 read(0, <unfinished ...>\n"
        "7 1700000009.000000 getpid() = 7 <0.000001>\n8 1700000010.000000 <... read resumed>) = 0 <6.000000>\n"
    )
    told = summarise(Traces([str(path)]))["gaps"]
    assert [(round(gap["seconds"], 6), gap["line"], gap["after"]) for gap in told[:2]] == [
        (5.0, 3, "read of 8"),
        (3.999999, 2, "getpid of 7"),
    ]
