"""A live trace of a busy server, with random stops and resumes: what the launcher uses of the machine meanwhile."""

import os
import random
import signal
import threading
import time

from vimtrace import procfs

TICKS = os.sysconf("SC_CLK_TCK")
EVERY = 0.5  # seconds between two samples
WARM = 0.2  # the share of the run that is not judged


class Sample:
    """What process *pid* used at a *time*: resident *memory* (bytes), *descriptors*, *cpu* (seconds)."""

    def __init__(self, pid):
        self.time = time.monotonic()
        fields = procfs.read(pid, "stat").rpartition(") ")[2].split()
        self.cpu = (int(fields[11]) + int(fields[12])) / TICKS
        self.memory = int(procfs.read(pid, "statm").split()[1]) * os.sysconf("SC_PAGE_SIZE")
        self.descriptors = len(os.listdir(f"/proc/{pid}/fd"))


class LongRun:
    """*terminal* (bash) shows the live trace of *busy* in *editor*; what happens is drawn from *seed*."""

    def __init__(self, terminal, busy, editor, seed):
        self.terminal, self.busy, self.editor = terminal, busy, editor
        self.random = random.Random(seed)
        self.samples = []
        self.done = {}
        pids = ",".join(map(str, busy.pids()))
        terminal.line(f"vimtrace --pager={editor} strace -f -tt -T -y -p {pids}")
        terminal.in_front(editor)
        terminal.see("FOLLOW")
        self.launcher = terminal.one("vimtrace").pid
        self.over = threading.Event()

    def run(self, seconds):
        """Do what comes until the time is over; sample all the while, also while the emulator is behind."""
        sampler = threading.Thread(target=self.sample)
        sampler.start()
        try:
            self.act(seconds)
        finally:
            self.over.set()
            sampler.join()

    def sample(self):
        """Take a sample now and then."""
        while not self.over.wait(EVERY):
            self.samples.append(Sample(self.launcher))

    def act(self, seconds):
        """Do what comes until the time is over."""
        end = time.monotonic() + seconds
        actions = (self.stop_and_resume, self.go_on_behind, self.stop_tracer, self.pause_and_follow, self.resize)
        while time.monotonic() < end:
            self.watch(self.random.uniform(0.5, 4))
            action = self.random.choice(actions)
            action()
            self.done[action.__name__] = self.done.get(action.__name__, 0) + 1
            self.goes_on()

    def watch(self, seconds):
        """Take in what is drawn."""
        end = time.monotonic() + seconds
        self.terminal.until(lambda: time.monotonic() > end, "the time", seconds + 20)

    def goes_on(self):
        """The editor is in front, the trace grows, the server works."""
        self.terminal.in_front(self.editor)
        self.terminal.see("FOLLOW")
        self.terminal.grows()
        served = self.busy.served
        self.terminal.until(lambda: self.busy.served > served, "a page")

    # what happens

    def stop_and_resume(self):
        """Ctrl-Z, a while at the shell, fg."""
        self.terminal.ctrl("z")
        self.terminal.mark()
        self.watch(self.random.uniform(0, 1))
        self.terminal.line("fg")

    def go_on_behind(self):
        """Ctrl-Z, bg: the server works on, and is traced; then fg."""
        self.terminal.ctrl("z")
        self.terminal.mark()
        self.terminal.line("bg")
        served = self.busy.served
        self.terminal.until(lambda: self.busy.served > served, "a page while the pager is stopped")
        self.terminal.mark()
        self.terminal.line("fg")

    def stop_tracer(self):
        """From outside."""
        tracer = self.terminal.one("strace").pid
        os.kill(tracer, signal.SIGSTOP)
        self.terminal.see("[stopped]")
        os.kill(tracer, signal.SIGCONT)
        self.terminal.see("[running]")

    def pause_and_follow(self):
        """Up to the first line, and down again."""
        self.terminal.type("gg")
        self.terminal.see("|| paused")
        self.terminal.type("G")

    def resize(self):
        """Another size of the window."""
        self.terminal.resize(self.random.randint(15, 50), self.random.randint(100, 200))

    # what is found

    def judged(self):
        """The samples behind the first part of the run."""
        return self.samples[int(len(self.samples) * WARM) :]

    def growth(self):
        """By how many bytes the launcher has grown, its most over what it had."""
        judged = self.judged()
        return max(s.memory for s in judged) - judged[0].memory

    def descriptors(self):
        """The numbers of open files that were seen."""
        return sorted({s.descriptors for s in self.judged()})

    def cpu(self):
        """The share of one core in percent."""
        judged = self.judged()
        return 100 * (judged[-1].cpu - judged[0].cpu) / (judged[-1].time - judged[0].time)

    def end(self):
        """Ctrl-C, and leave."""
        self.terminal.ctrl("c")
        self.terminal.see("[killed SIGINT]", timeout=60)
        self.terminal.line(":q")
        assert self.terminal.status() == 130
        self.terminal.sane()
        self.terminal.quiet()
        served = self.busy.served
        self.terminal.until(lambda: self.busy.served > served, "a page after the end")
