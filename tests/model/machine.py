"""hypothesis chooses what happens; the seed of a failure is printed, and `tests/model/run --seed N` does it again."""

import tempfile

from hypothesis import HealthCheck, Phase, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from .loop import SHELL, TRACING
from .play import Play

EXAMPLES, LENGTH = 10, 60  # examples of one seed, and steps of one example
CHOICE = st.integers(0, 1 << 16)
DEADLY = ("launcher TERM", "launcher HUP", "pager TERM", "pager HUP", "pager KILL", "key q", "key Q", "kill")
FAMILIES = {
    "keys": ("key C", "key Z", "key Q4"),
    "leaving": ("key q", "key Q", "kill"),
    "shell": ("fg", "bg", "resize", "write"),
    "launcher": ("launcher INT", "launcher QUIT", "launcher TSTP", "launcher STOP", "launcher CONT"),
    "tracer": tuple(f"tracer {sig}" for sig in ("INT", "TERM", "HUP", "TSTP", "STOP", "CONT", "KILL")),
    "ends": ("end 0", "end 3"),
    "pager": tuple(f"pager {sig}" for sig in ("INT", "TSTP", "STOP", "CONT")),
    "deaths": tuple(x for x in DEADLY if not x.startswith("key")),
}
ENOUGH = 6  # steps of a run before it may be ended: its start costs most


class Loop(RuleBasedStateMachine):
    """The launcher among its events. The shell is the same for all examples, until one fails."""

    plays = None  # a function that gives the Play

    def __init__(self):
        super().__init__()
        self.play = Loop.plays()
        self.age = 0

    def enabled(self, family):
        """What of *family* means something now."""
        model = self.play.model
        found = [x for x in FAMILIES[family] if x in model.enabled()]
        if self.age < ENOUGH:
            return [x for x in found if x not in DEADLY]
        if model.phase == TRACING and self.age % 5:  # strace then has its two seconds
            return [x for x in found if x not in ("launcher TERM", "launcher HUP")]
        return found

    def choose(self, family, choice):
        found = self.enabled(family)
        self.age += 1
        self.play.one(found[choice % len(found)])

    @precondition(lambda self: self.play.model.phase == SHELL)
    @rule(choice=CHOICE)
    def start(self, choice):
        self.age = 0
        found = self.play.model.enabled()
        self.play.one(found[choice % len(found)])

    @precondition(lambda self: self.play.model.phase != SHELL and self.age >= ENOUGH)
    @rule(choices=st.lists(CHOICE, min_size=2, max_size=4), gap=st.sampled_from([0, 0.001, 0.003, 0.01]))
    def storm(self, choices, gap):
        """Several at once: what comes of them is not known, but it must be sane."""
        model = self.play.model
        named = (
            "key C",
            "key Z",
            "key Q4",
            "fg",
            "resize",
            "pager TSTP",
            "launcher TSTP",
            "launcher CONT",
            "launcher INT",
        )
        found = [x for x in (*named, "tracer KILL", "pager KILL", "launcher TERM") if x in model.enabled()]
        found = [x for x in found if (model.phase, x) != (TRACING, "launcher TERM")]
        if found:
            self.play.storm([found[x % len(found)] for x in choices], [gap] * len(choices))

    def teardown(self):
        if not self.play.broken:
            self.play.leave()


def _family(name):
    @precondition(lambda self: self.play.model.phase != SHELL and self.enabled(name))
    @rule(choice=CHOICE)
    def happen(self, choice):
        self.choose(name, choice)

    happen.__name__ = name
    return happen


for _name in FAMILIES:
    setattr(Loop, _name, _family(_name))


class Plays:
    """Gives the same Play again as long as it is whole; counts the steps of all."""

    def __init__(self):
        self.current = None
        self.before = 0

    def __call__(self):
        if self.current is None or self.current.broken:
            self.close()
            self.folder = tempfile.TemporaryDirectory(prefix="vimtrace-model-")
            self.current = Play(self.folder.name)
        return self.current

    @property
    def steps(self):
        return self.before + (self.current.steps if self.current else 0)

    def close(self):
        if self.current is not None:
            self.before += self.current.steps
            self.current.close()
            self.folder.cleanup()
            self.current = None


def drive(steps, seed):
    """Take *steps* steps, from *seed* on; return how many it were. The seed of a failure is its note."""
    plays = Plays()
    Loop.plays = plays
    chosen = settings(
        max_examples=EXAMPLES,
        stateful_step_count=LENGTH,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    try:
        while plays.steps < steps:
            try:
                run_state_machine_as_test(seeded(seed)(Loop), settings=chosen)
            except BaseException as error:
                error.add_note(f"after {plays.steps} steps; again: tests/model/run --seed {seed} 1")
                error.add_note(plays.current.wrong)  # hypothesis may tell of something that comes of it instead
                raise
            seed += 1
        return plays.steps
    finally:
        plays.close()
