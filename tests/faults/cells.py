"""The fault matrix as data: moments, victims, faults, contexts, and what each cell must give.

A cell is one run of vimtrace that is brought to a *moment*, where one *fault* happens to one *victim*; then the
user does what users do (story.py), and the one check there is looks at what is left (checks.py).
"""

from typing import NamedTuple

CONTEXTS = ["bash", "zsh", "fish", "dash", "script"]  # script: run by sh, without job control, in a bash
FAULTS = ["KILL", "SEGV", "TERM", "HUP", "STOP"]
CLOSING = ("terminal", "close")


class Moment(NamedTuple):
    """*words*: behind ``vimtrace`` ({pid}: the process to attach to); *reach*: what brings the run there (story.py).

    *present*: whom a fault can happen to; *untouched*: the exit status if none did; *stopped*: by Ctrl-Z.
    """

    words: str
    reach: str
    present: str
    untouched: int
    stopped: bool = False

    @property
    def attached(self):
        """Whether it is the run of a tracer that attaches."""
        return "{pid}" in self.words


PROGRAM = "strace sleep 1000"
SHORT = "strace sh -c 'exit 3'"
ATTACH = "strace -p {pid}"

MOMENTS = {
    "before the first byte": Moment("strace -e trace=none sleep 1000", "sleeping", "launcher tracer program", 130),
    "nothing to show yet": Moment("strace -e trace=none -p {pid}", "following", "launcher tracer pager program", 130),
    "tracing": Moment(PROGRAM, "sleeping", "launcher tracer program", 130),
    "attached, not live": Moment("--no-live " + ATTACH, "attached", "launcher tracer program", 130),
    "live": Moment(ATTACH, "following", "launcher tracer pager program", 130),
    "viewing": Moment(SHORT, "viewing", "launcher pager", 3),
    "stopped, tracing": Moment(PROGRAM, "sleeping", "launcher tracer program", 130, True),
    "stopped, live": Moment(ATTACH, "following", "launcher tracer pager program", 130, True),
    "stopped, viewing": Moment(SHORT, "viewing", "launcher pager", 3, True),
    "hand-off": Moment("--pager={held} " + SHORT, "held", "launcher pager", 3),
    "hand-off, live": Moment("--pager={held} " + ATTACH, "held", "launcher tracer pager program", 130),
    "ending": Moment("--live --from=stdout resists", "ending", "launcher tracer", 137),
}


class Cell(NamedTuple):
    """One cell."""

    context: str
    moment: str
    victim: str
    fault: str

    def __str__(self):
        return "-".join(self)


def every_cell():
    """All of the matrix that has a meaning."""
    for context in CONTEXTS:
        for name, moment in MOMENTS.items():
            for victim in [*moment.present.split(), "shell"]:
                yield from (Cell(context, name, victim, fault) for fault in FAULTS)
            yield Cell(context, name, *CLOSING)


ONCE_WRONG = [
    Cell("script", "live", "shell", "HUP"),  # launcher and pager went on, behind a shell that did not know them
    Cell("script", "live", "shell", "STOP"),  # the pager came back with the shell's modes
    Cell("zsh", "viewing", "launcher", "STOP"),  # as well, stopped by the shell's key before the launcher woke up
]


def is_in_the_suite(cell):
    """Whether *cell* is run with all tests: in bash, who is no program at each moment, the faults in turn."""
    if cell in ONCE_WRONG:
        return True
    if cell.context != "bash" or cell.victim == "program":
        return False
    turn = sum(map(ord, cell.moment + cell.victim)) % len(FAULTS)
    return cell.fault in ("close", FAULTS[turn]) or (cell.victim, cell.fault) == ("launcher", "KILL")


class Outcome(NamedTuple):
    """What a cell must give.

    *status*: the exit status, ``None`` where nobody is left to tell it; *left*: who of the run rightly goes on;
    *trace*: ``kept`` for ``recover``, or ``seen`` in the pager (either, if it is ""); *over*: the session is; *raw*:
    the modes are those of an editor that was killed, for this shell does not put them back.
    """

    status: int | None
    left: str = ""
    trace: str = ""
    over: bool = False
    raw: bool = False


SIGNALS = {"KILL": 137, "SEGV": 139, "TERM": 143, "HUP": 129}
STARTED = ("before the first byte", "tracing", "stopped, tracing")  # the tracer has started its program
ATTACHED = [name for name, moment in MOMENTS.items() if moment.attached]


def outcome(cell):
    """What *cell* must give: the first rule that fits."""
    made = next(make(cell) for fits, make in RULES if fits(cell))._replace(raw=is_left_raw(cell))
    if cell.context == "fish" and (MOMENTS[cell.moment].stopped or cell.fault == "STOP"):
        return made._replace(status=None)  # its fg gives 0, whatever the job gave
    return made


def is_left_raw(cell):
    """Whether nobody is left to put the modes back: zsh, fish and dash do not, also after a plain Vim is killed."""
    killed = cell.victim == "launcher" and cell.fault in ("KILL", "SEGV")
    return killed and cell.context != "bash" and cell.moment in ("nothing to show yet", "live", "viewing")


def _nothing(cell):
    return Outcome(MOMENTS[cell.moment].untouched)


def _of(*victims):
    return lambda cell: cell.victim in victims


def _signal(cell):
    return SIGNALS[cell.fault]


RULES = [
    (lambda c: c.moment == "ending" and (c.fault == "close" or (c.victim == "shell" and c.context != "script"
     and (c.fault in ("KILL", "SEGV", "HUP") or (c.context, c.fault) == ("fish", "TERM")))),
     lambda c: Outcome(None, over=True)),
    # The session ends: nobody is left, the trace is kept.
    (_of("terminal"), lambda c: Outcome(None, trace="kept", over=True)),
    # bash catches a SEGV and dies without a word to its jobs. A program goes on as it would without us, and the
    # launcher waits for its end; what is attached lets go.
    (lambda c: (c.context, c.victim, c.fault) == ("bash", "shell", "SEGV") and c.moment in STARTED[:2],
     lambda c: Outcome(None, "launcher tracer program", "kept", over=True)),
    # A stop is undone by the user (fg, or kill -CONT), and all goes on as if it had not been.
    (lambda c: c.fault == "STOP", _nothing),
    (lambda c: c.victim == "shell" and c.context != "script" and (c.fault != "TERM" or c.context == "fish"),
     lambda c: Outcome(None, trace="kept", over=True)),
    (_of("shell"), _nothing),
    # Nobody told the tracer of a program to end: it goes on, as if it had been typed. What stops a job that has lost
    # its leader is the kernel's HUP and CONT (POSIX, "Orphaned Process Group").
    # A script that waits for it keeps the job's group from being orphaned: fg continues the rest of it.
    (lambda c: c.victim == "launcher" and c.fault in ("KILL", "SEGV")
     and (c.moment in STARTED[:2] or (c.context == "script" and c.moment in STARTED)),
     lambda c: Outcome(_signal(c), left="tracer program", trace="kept")),
    (lambda c: c.victim == "launcher" and c.fault in ("KILL", "SEGV") and c.moment == "ending",
     lambda c: Outcome(_signal(c), left="tracer", trace="kept")),
    (lambda c: c.victim == "launcher" and c.fault == "SEGV" and c.moment in STARTED,
     lambda c: Outcome(_signal(c), left="tracer program", trace="kept")),
    # A stopped job whose leader is killed is not waited for by anybody: its status is not told.
    (lambda c: c.victim == "launcher" and c.fault == "KILL" and MOMENTS[c.moment].stopped,
     lambda c: Outcome(None, trace="kept")),
    # strace is ended; the program is not, and that is said.
    (lambda c: c.victim == "launcher" and c.moment in STARTED, lambda c: Outcome(_signal(c), "program", "kept")),
    (_of("launcher"), lambda c: Outcome(_signal(c), trace="kept")),
    # strace -o FILE PROGRAM ignores TERM and HUP; killed, it lets go of the program.
    (lambda c: c.victim == "tracer" and c.moment in STARTED and c.fault in ("TERM", "HUP"), _nothing),
    (lambda c: c.victim == "tracer" and c.moment == "ending" and c.fault in ("TERM", "HUP"), _nothing),
    (lambda c: c.victim == "tracer" and c.moment in STARTED, lambda c: Outcome(_signal(c), "program", "seen")),
    (_of("tracer"), lambda c: Outcome(_signal(c))),
    (_of("pager"), lambda c: Outcome(MOMENTS[c.moment].untouched, trace="kept")),
    (lambda c: c.victim == "program" and c.moment in STARTED, lambda c: Outcome(_signal(c), trace="seen")),
    (_of("program"), lambda c: Outcome(0, trace="seen")),
]  # fmt: skip
