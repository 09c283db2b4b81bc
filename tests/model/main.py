"""``tests/model/run``: many steps, on every core."""

import argparse
import multiprocessing
import os
import pathlib
import random
import sys
import time
import traceback

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))

from model.machine import drive

SEEDS = 1_000_000  # that the workers lie apart


def work(job):
    """Take the steps of one worker: how many, and what went wrong."""
    steps, seed = job
    try:
        return drive(steps, seed), ""
    except BaseException:
        return 0, traceback.format_exc()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("steps", nargs="?", type=int, default=10_000)
    parser.add_argument("--seed", type=int, help="the first worker's; it is printed")
    given = parser.parse_args()
    seed = random.randrange(SEEDS) if given.seed is None else given.seed
    workers = 1 if given.steps < 1000 else os.cpu_count() or 1
    print(f"{given.steps} steps, seed {seed}, {workers} workers", flush=True)
    began = time.monotonic()
    jobs = [(given.steps // workers, seed + SEEDS * n) for n in range(workers)]
    with multiprocessing.get_context("spawn").Pool(workers) as pool:
        results = pool.map(work, jobs)
    took = time.monotonic() - began
    for _, failure in results:
        print(failure, end="")
    done = sum(steps for steps, _ in results)
    print(f"{done} steps in {took:.0f} s: {done / took:.0f} a second")
    return any(failure for _, failure in results)


if __name__ == "__main__":
    sys.exit(main())
