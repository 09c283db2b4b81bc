"""The model: what a run of vimtrace is, small enough to be right at a glance, and what each event makes of it.

A run is where it is (*phase*), what the shell thinks of its job (*job*), and the state of tracer and pager. An action
is a line of words ("key Z", "launcher TERM", "fg"); :meth:`Model.take` says what must hold afterwards, and
:meth:`Model.enabled` which actions mean something now. Signals that a stopped process gets wait until it is continued.
"""

SHELL, TRACING, WAITING, PAGING = "shell", "tracing", "waiting", "paging"
FRONT, STOPPED, BACK = "front", "stopped", "back"
RUNS, HALTED, GONE = "runs", "stopped", "gone"
ANY = "any"

NUMBERS = {"HUP": 1, "INT": 2, "QUIT": 3, "KILL": 9, "TERM": 15, "STOP": 19, "TSTP": 20, "TTOU": 22}
LATER = ("HUP", "INT", "QUIT", "TERM")  # what waits for a stopped launcher, in the order that it is taken


class Model:
    """What must be true. *status*: the tracer's, ``None`` while unknown; *kept*: whether the trace is, at the end."""

    def __init__(self):
        self.prompts = 1  # how often the shell has been ready for a command
        self.last = None  # the status that it told last, None if nothing is known of it
        self.rest()

    def rest(self):
        """There is no run."""
        self.phase, self.job, self.tracer, self.pager = SHELL, FRONT, GONE, GONE
        self.mode = self.kind = ""
        self.status = None
        self.kept = False
        self.pending = set()
        self.alone = False  # the launcher was stopped alone
        self.unseen = False  # and has not seen yet that the tracer stopped
        self.loose = False  # and a pager runs behind it
        self.frozen = False  # a program that the tracer started is stopped
        self.over = False

    # what must hold

    @property
    def owner(self):
        """Who has the terminal."""
        if self.phase == SHELL or self.job != FRONT:
            return "shell"
        return "pager" if self.phase == PAGING else "job"

    @property
    def launcher(self):
        """The state of the launcher."""
        return GONE if self.phase == SHELL else HALTED if self.job == STOPPED else RUNS

    def facts(self):
        """What the kernel must say: the terminal's owner, and the state of each process."""
        pager = ANY if self.loose else self.pager
        return {"owner": self.owner, "launcher": self.launcher, "tracer": self.tracer, "pager": pager}

    def answers(self, action):
        """Whether the pager says that it has got *action*, which may change nothing else."""
        takes_keys = self.phase == PAGING and self.job == FRONT
        heard = ["key C", "pager INT"] if self.kind == "less" else ["key C", "key Q4"]
        return takes_keys and action in heard

    # what can happen now

    def enabled(self):
        """The actions that mean something now."""
        if self.phase == SHELL:
            return [f"start {m} {k} {j}" for m in ("after", "live") for k in ("nvim", "less") for j in (FRONT, BACK)]
        return [
            *self._from_the_user(),
            *(f"launcher {sig}" for sig in self._for_launcher()),
            *(f"tracer {sig}" for sig in self._for_tracer()),
            *(f"pager {sig}" for sig in self._for_pager()),
            *(["write", "end 0", "end 3"] if self.tracer == RUNS and not self.frozen else []),
        ]

    def _from_the_user(self):
        if self.loose:
            return ["fg", "resize"]
        if self.job == STOPPED:
            return ["fg", "bg", "kill", "resize"]
        if self.job == BACK:
            return ["fg", "resize"]
        leaving = ["key q", "key Q"] if self.phase == PAGING else []
        return ["key C", "key Z", "key Q4", "resize", *leaving]

    def _for_launcher(self):
        found = ["INT", "QUIT", "TSTP", "STOP", "CONT", "TERM", "HUP"]
        if self.phase == PAGING and self.job == FRONT and self.kind == "less":
            found.remove("STOP")  # a less that reads goes on reading, and has the next line of the shell (F20)
        if self.loose:
            return []
        if self.pending:
            found = [sig for sig in found if sig not in ("INT", "QUIT")]
        return [sig for sig in found if sig != "QUIT"] if self.job == STOPPED and self.mode == "live" else found

    def _for_tracer(self):
        if self.tracer == GONE:
            return []
        if self.tracer == HALTED:
            return ["KILL"] if self.frozen else ["KILL", "CONT"]  # else it would run, and its program not
        return ["INT", "TERM", "HUP", "TSTP", "STOP", "CONT", "KILL"]

    def _for_pager(self):
        if self.pager == GONE or self.loose:
            return []
        if self.pager == HALTED:
            return ["KILL", "CONT"]
        return ["INT", "TERM", "HUP", "TSTP", "STOP", "KILL"]

    # what an action makes of it

    def take(self, action):
        """Make of the model what *action* must make of the run."""
        word, *rest = action.split()
        getattr(self, f"take_{word}")(*rest)

    def take_start(self, mode, kind, job):
        self.mode, self.kind, self.job = mode, kind, job
        self.tracer = RUNS
        self.phase = TRACING if mode == "after" else WAITING
        if job == BACK:
            self.told()
        self.forward()

    def take_fg(self):
        was, self.job, self.loose = self.job, FRONT, False
        self.continued() if was == STOPPED else self.awake()  # bash continues only what it thinks is stopped

    def take_bg(self):
        self.told(0)
        self.job = BACK
        self.continued()

    def take_kill(self):
        """kill %1: TERM for all of the job, then CONT."""
        self.told(0)
        self.job = BACK
        self.tracer, self.status = GONE, 143
        self.finish(kept=True)

    def take_resize(self):
        pass

    def take_write(self):
        pass

    def take_end(self, status):
        self.end_of_tracer(int(status) if self.mode == "after" else 0)

    def take_key(self, key):
        if self.phase == TRACING:
            {"C": lambda: self.end_of_tracer(130), "Q4": lambda: self.end_of_tracer(131), "Z": self.stop}[key]()
        elif key == "C":
            self.interrupt()
        elif key == "Z":
            self.pager_halts()
        elif key in "qQ":
            self.finish(kept=key == "Q")

    def take_launcher(self, sig):
        if sig == "CONT":
            if self.job == STOPPED:
                self.job = BACK
                self.awake() if self.alone else self.continued()  # the launcher passes it on
        elif self.job == STOPPED:
            self.pending |= {sig} & set(LATER)
        elif sig == "STOP":
            self.alone, self.loose = True, self.pager == RUNS
            self.sleep("STOP", all_of_it=False)
        else:
            self.launcher_gets(sig)

    def launcher_gets(self, sig):
        """A signal that somebody sent to the launcher alone, which is awake."""
        if sig in ("TERM", "HUP"):
            self.finish(kept=sig, status=128 + NUMBERS[sig])
        elif sig == "TSTP":
            self.pager_halts() if self.phase == PAGING else self.stop()
        elif self.phase == WAITING and self.tracer != GONE:
            self.end_of_tracer(128 + NUMBERS[sig])
        elif self.phase == WAITING and self.job != FRONT:
            self.finish(kept=True)
        elif sig == "INT" and self.phase == PAGING:
            self.interrupt()
        elif self.phase == TRACING and self.tracer == HALTED:
            self.tracer = RUNS  # it ignores the signal that is passed on, but is continued to hear it

    def take_tracer(self, sig):
        if sig == "KILL":
            self.end_of_tracer(137)
        elif sig == "CONT":
            self.tracer = RUNS
        elif sig in ("TSTP", "STOP"):
            self.tracer = HALTED
            self.unseen = self.alone
            if self.phase in (TRACING, WAITING) and self.job != STOPPED:
                self.stop()
        elif self.mode == "live":  # strace -o FILE PROGRAM ignores them
            self.end_of_tracer(128 + NUMBERS[sig])

    def take_pager(self, sig):
        if sig in ("TSTP", "STOP"):
            self.pager_halts()
        elif sig == "CONT":
            pass  # it touches the terminal behind the shell, which stops it again
        elif sig != "INT":
            self.pager = GONE
            self.awake()

    # what follows from it

    def told(self, status=None):
        """The shell is ready for a command, and told *status*."""
        self.prompts += 1
        self.last = status

    def sleep(self, sig, all_of_it):
        """The launcher stops; with *all_of_it* the tracer, too."""
        if self.job == FRONT:
            self.told(128 + NUMBERS[sig])
        self.job = STOPPED
        if all_of_it:
            self.frozen = self.mode == "after"
            self.tracer = GONE if self.tracer == GONE else HALTED

    def stop(self):
        self.sleep("TSTP", all_of_it=True)

    def pager_halts(self):
        if self.pager == RUNS:
            self.pager = HALTED
        self.stop()

    def continued(self):
        """The shell has continued all of the job."""
        self.frozen = False
        if self.tracer == HALTED:
            self.tracer = RUNS
        self.awake()

    def awake(self):
        """The launcher goes on: first with the signals that waited for it."""
        if self.job == STOPPED:
            return
        waiting, self.pending = self.pending, set()
        unseen, self.unseen, self.alone = self.unseen, False, False
        if unseen and self.phase in (TRACING, WAITING) and self.tracer == HALTED:
            self.stop()
            return
        for sig in LATER:
            if sig in waiting and self.phase != SHELL:
                self.launcher_gets(sig)
        if self.phase == TRACING and self.tracer == GONE:
            self.phase = WAITING
        self.forward()

    def forward(self):
        """What the launcher does by itself."""
        if self.job == STOPPED or self.phase in (SHELL, TRACING):
            return
        if self.phase == PAGING and self.pager == GONE:
            self.finish(kept=True)
        elif self.job == FRONT:
            self.phase, self.pager = PAGING, RUNS
        elif self.tracer == GONE:
            self.sleep("TTOU", all_of_it=False)

    def interrupt(self):
        """Ctrl-C in the pager, or its like: a live tracing ends."""
        if self.mode == "live" and self.tracer != GONE:
            self.end_of_tracer(130)

    def end_of_tracer(self, status):
        if self.tracer == GONE:
            return
        self.tracer, self.status = GONE, status
        self.awake()

    def finish(self, kept, status=None):
        """The run is over; *kept* tells whether its trace is, or is the signal that ended it."""
        if self.tracer != GONE and self.status is None:
            self.status = 130
        if self.job == FRONT:
            self.told(self.status if status is None else status)
        last, job = self.last, self.job
        self.rest()
        self.last, self.job = last, FRONT
        self.kept, self.over = kept, True
        self.ended_in_front = job == FRONT
