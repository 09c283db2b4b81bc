"""``tests/model/keys``: Ctrl-Z, Ctrl-C, Ctrl-\\ and all pairs of them at 3 ms steps around each hand-off."""

import argparse
import contextlib
import itertools
import pathlib
import random
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))

from model.play import Play

GAP = 0.003
STEPS = 14  # of GAP, from the event that begins a hand-off
SINGLE = ("key Z", "key C", "key Q4")
KEYS = [(key,) for key in SINGLE] + list(itertools.product(SINGLE, repeat=2))
# What comes before, and the event that begins the hand-off.
HANDOFFS = {
    "tracer to pager": ((), "end 3"),
    "pager to shell": (("end 3",), "key q"),
    "pager stops": (("end 3",), "key Z"),
    "fg to pager": (("end 3", "key Z"), "fg"),
    "live: pager to shell": ((), "key q"),
    "live: pager stops": ((), "key Z"),
    "live: fg to pager": (("key Z",), "fg"),
}
STATUSES = {"after": {3, 130, 131}, "live": {0, 130, 131}}  # the tracer's own, or that of a key that ended it


def one(play, handoff, kind, keys, step):
    """One round: *keys* from *step* on after the hand-off has begun; what comes of it must be sane."""
    before, event = HANDOFFS[handoff]
    mode = "live" if handoff.startswith("live") else "after"
    play.all(f"start {mode} {kind} front", *before)
    delays = [0.0, step * GAP, *([GAP] * (len(keys) - 1))]
    status = play.storm([event, *keys], delays)
    assert status in STATUSES[mode], f"status {status}: {play.story()}"


def rounds(number, seed):
    """*number* rounds: every pair of hand-off and keys in turn, the rest by chance from *seed* on."""
    chance = random.Random(seed)
    every = list(itertools.product(HANDOFFS, KEYS))
    chance.shuffle(every)
    for handoff, keys in itertools.islice(itertools.cycle(every), number):
        yield handoff, chance.choice(["nvim", "less"]), keys, chance.randrange(STEPS)


def drive(number, seed, tell=lambda n: None):
    """Play *number* rounds from *seed* on; a failure says which one it was."""
    with tempfile.TemporaryDirectory(prefix="vimtrace-keys-") as folder, contextlib.closing(Play(folder)) as play:
        for n, facts in enumerate(rounds(number, seed), 1):
            try:
                one(play, *facts)
            except AssertionError as error:
                error.add_note(f"round {n} of seed {seed}: {facts}")
                raise
            tell(n)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rounds", nargs="?", type=int, default=500)
    parser.add_argument("--seed", type=int, default=random.randrange(1_000_000))
    given = parser.parse_args()
    print(f"{given.rounds} rounds, seed {given.seed}", flush=True)
    began = time.monotonic()
    drive(given.rounds, given.seed, lambda n: print(f"\r{n}", end="", flush=True))
    print(f" sane, in {time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main()
