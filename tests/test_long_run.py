"""A live trace of a busy server (floods/long-run takes ten minutes over it): the launcher uses no more and no more."""

import random

import pytest

from floods.busy import busy_server
from floods.long_run import LongRun

SECONDS = 5


@pytest.mark.parametrize("editor", ["vim", "nvim"])
def test_the_launcher_is_flat(terminal, editor):
    """Its memory, descriptors and CPU, through random stops and resumes."""
    seed = random.randrange(1 << 32)
    print(f"seed {seed}")
    with busy_server() as busy:
        run = LongRun(terminal, busy, editor, seed)
        run.run(SECONDS)
        assert run.growth() <= 1 << 20
        assert run.descriptors()[-1] - run.descriptors()[0] <= 2
        assert run.cpu() < 25  # of a core that others share; a loop that spins takes all of it
        run.end()
