"""Play actions on the real thing and on the model, and hold one against the other after each."""

import contextlib
import time

from .loop import ANY, FRONT, GONE, HALTED, PAGING, RUNS, SHELL, Model
from .rig import Rig


class Homewards:
    """Brings the run of *rig* to its end as a user would, from wherever it is."""

    def __init__(self, rig, story):
        self.rig, self.story = rig, story
        self.patience = 0.0

    def go(self):
        """Until nothing is left."""
        self.rig.wait(self.step, "the end of the run", self.story, timeout=20.0)

    def step(self):
        """Do the next thing to be done, if there is one; return whether all is over."""
        rig = self.rig
        waits = rig.shell_waits()  # looked at first: then it is the shell that has the terminal for good
        facts = rig.facts()
        if facts["owner"] == "shell" and not waits:
            return False
        if facts["launcher"] == GONE and facts["owner"] == "shell":
            return not rig.left_over()
        if time.monotonic() > self.patience and (action := self.way(facts)):
            self.patience = time.monotonic() + 0.3  # what was done may have met a moment that it could not end
            rig.do(action)
        return False

    def way(self, facts):
        """The next thing to be done, or ""."""
        if facts["owner"] == "shell":
            return "fg" if facts["launcher"] == HALTED or self.rig.idle(self.rig.launcher) else ""
        if facts["owner"] == "pager":
            return "key q" if facts["pager"] == RUNS and self.rig.pager_has_modes() else ""
        return "end 0" if facts["tracer"] == RUNS else ""


class Play:
    """A model and a rig in *folder*. *history* is what was done, to be played again; *steps* counts it."""

    def __init__(self, folder):
        self.rig, self.model = Rig(folder), Model()
        self.history = []
        self.broken = False
        self.wrong = ""  # what went wrong, if anything has
        self.steps = 0

    def all(self, *actions):
        """Play *actions*, in the words of the model."""
        for action in actions:
            self.one(action)

    def one(self, action):
        """Play *action*, and see that the real thing is then as the model has it."""
        with self.watched():
            self._one(action)

    def _one(self, action):
        self.history.append(action)
        self.steps += 1
        model, rig = self.model, self.rig
        answers = model.answers(action)
        said = len(rig.said())
        before = rig.switches(rig.launcher) if action in ("bg", "launcher CONT") else None
        model.take(action)
        rig.do(action)
        if answers:
            rig.wait(lambda: len(rig.said()) > said, f"an answer to {action!r}", self.story)
        rig.wait(lambda: self.agrees(before), f"after {action!r}: {model.facts()}", self.story)
        if model.pager == RUNS and rig.at_rest is None:
            rig.at_rest = rig.switches(rig.launcher)
        if model.last is not None:
            assert rig.prompts()[-1] == str(model.last), f"status {rig.prompts()[-1]}, not {model.last}: {self.story()}"
            model.last = None
        if model.over:
            self.is_over()

    def agrees(self, before):
        """Whether all is as the model has it, and nothing is under way."""
        model, rig = self.model, self.rig
        if len(rig.prompts()) != model.prompts:
            return False
        facts = rig.facts()
        if any(wanted not in (ANY, facts[name]) for name, wanted in model.facts().items()):
            return False
        running = [getattr(rig, name) for name in ("launcher", "tracer", "pager") if facts[name] == RUNS]
        if not all(rig.idle(pid) for pid in running):
            return False
        if before and facts["launcher"] != GONE and rig.switches(rig.launcher) == before:
            return False
        return self.terminal_agrees()

    def terminal_agrees(self):
        """Whether modes and screen are those of whoever has the terminal, and the pager knows the size."""
        model, rig = self.model, self.rig
        screen = rig.terminal.screen.alternate
        if model.owner != "pager":
            return rig.terminal.modes() == rig.first_modes and (model.loose or not screen)
        sizes = [x.split()[2] for x in rig.said() if x.split()[1] in ("up", "size")]
        return screen and rig.pager_has_modes() and sizes[-1:] == [f"{rig.rows}x{rig.columns}"]

    def is_over(self):
        """The run has ended: nothing is left of it but what should be."""
        model, rig = self.model, self.rig
        rig.wait(lambda: all(rig.clean().values()), "a clean end", lambda: f"{rig.clean()} {self.story()}")
        kept = bool(rig.runs())
        assert kept == bool(model.kept), f"the trace is {'kept' if kept else 'removed'}: {self.story()}"
        rig.put_away()
        model.over = False
        if not model.ended_in_front:
            model.prompts = rig.news()

    def storm(self, actions, gaps):
        """Do *actions*, each after its seconds of *gaps*, without waiting for what comes of it: any sane end is right.

        Return the status that the shell told at the end.
        """
        with self.watched():
            return self._storm(actions, gaps)

    def _storm(self, actions, gaps):
        rig = self.rig
        self.history.append(f"storm of {' + '.join(actions)}, ms {[round(gap * 1000) for gap in gaps]}")
        self.steps += len(actions)
        for action, gap in zip(actions, gaps, strict=True):
            rig.terminal.watch(gap)
            rig.do(action)
        Homewards(rig, self.story).go()
        rig.wait(lambda: all(rig.clean().values()), "a clean end", lambda: f"{rig.clean()} {self.story()}")
        seen = any(word.split()[1:] == ["leave", "0"] for word in rig.said())
        assert seen or rig.runs(), f"the trace is neither seen nor kept: {self.story()}\n{rig.picture()}"
        rig.put_away()
        self.model.rest()
        status = int(rig.prompts()[-1])
        self.model.prompts = rig.news()
        return status

    @contextlib.contextmanager
    def watched(self):
        """Whatever goes wrong in it breaks this Play, and is remembered."""
        try:
            yield
        except BaseException as error:
            self.broken, self.wrong = True, str(error)
            raise

    def story(self):
        """The actions since the last start."""
        begins = max((i for i, x in enumerate(self.history) if x.startswith("start")), default=0)
        return "; ".join(self.history[begins:])

    def leave(self):
        """Bring a run to its end from wherever it is."""
        while self.model.phase != SHELL:
            self.one(self.way_out())

    def way_out(self):
        """The action that is nearest to the end."""
        model = self.model
        if model.job != FRONT:
            return "fg"
        return "key q" if model.phase == PAGING else "key C"

    def close(self):
        self.rig.close()
