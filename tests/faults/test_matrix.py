"""The fault matrix: whoever dies or stops, at whatever moment of a run, in any shell (cells.py).

VIMTRACE_FAULTS=all runs every cell (tests/faults/run prints them as a table), else those of is_in_the_suite().
"""

import os

import pytest

from faults.cells import every_cell, is_in_the_suite, outcome
from faults.checks import check
from faults.story import FaultRun


def chosen():
    """The cells to run."""
    everything = os.environ.get("VIMTRACE_FAULTS") == "all"
    return [cell for cell in every_cell() if everything or is_in_the_suite(cell)]


@pytest.mark.parametrize("cell", chosen(), ids=str)
def test_a_fault(cell, terminals, home):
    """Whatever happens, what check() says holds afterwards."""
    expected = outcome(cell)
    run = FaultRun(cell, terminals, home)
    try:
        run.start()
        run.hit()
        run.finish(expected)
        check(run, expected)
        note(cell, True)
    except BaseException:
        note(cell, False)
        raise
    finally:
        run.close()


def note(cell, held):
    """For tests/faults/run, which prints also what was run before a Ctrl-C."""
    if path := os.environ.get("VIMTRACE_FAULTS_RESULTS"):
        with open(path, "a") as f:
            f.write(f"{cell}\t{held}\n")
