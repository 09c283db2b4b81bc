"""What must hold after any fault: one check for every cell."""

import contextlib
import os
import signal

from conftest import state_of, tracer_of
from faults.story import same
from kit.deadline import until

AT_MOST = 5.0  # seconds for the last of ours to be gone


def check(run, expected):
    """The invariants of the matrix, for *run*, which gives what is *expected*."""
    untraced(run)
    left_behind(run, expected)
    if not expected.over:
        sane(run)
        status(run, expected)
    end_the_rest(run, expected)
    trace(run, expected)


def left_behind(run, expected):
    """No process of ours is left after five seconds but those that rightly go on, and they run."""
    right = {run.who[role].pid for role in expected.left.split()}
    shell = set() if expected.over else {run.terminal.pid}

    def settled():
        return {p.pid for p in run.ours()} - shell <= right

    until(settled, "no process of ours left", AT_MOST, failure=run.failure)
    assert {p.pid for p in run.ours()} - shell == right, f"gone, but should go on: {run.failure()}"
    for role in expected.left.split():
        assert state_of(run.who[role].pid) in ("S", "R"), f"the {role} does not run"


def untraced(run):
    """The process of a ``-p`` run is alive, running, and traced by nobody."""
    pid = run.tracee.pid
    if run.cell.victim == "program" and run.moment.attached and run.cell.fault != "STOP":
        assert run.tracee.wait() == -getattr(signal, f"SIG{run.cell.fault}")
        return
    assert run.tracee.poll() is None, "the traced process did not survive"
    until(lambda: tracer_of(pid) == 0, "the process to be let go of", AT_MOST, failure=run.failure)
    until(lambda: state_of(pid) in ("S", "R"), "the process to run", AT_MOST)
    before = syscalls(pid)
    until(lambda: syscalls(pid) > before, "the process to make calls", AT_MOST)


def syscalls(pid):
    """How often *pid* has gone to sleep of its own will: it does at every tick."""
    with open(f"/proc/{pid}/status") as f:
        return int(next(x for x in f if x.startswith("voluntary_ctxt")).split()[1])


def sane(run):
    """The terminal's owner, modes and screen are as before."""
    terminal = run.terminal
    terminal.mark()
    terminal.until(lambda: not terminal.screen.alternate, "the normal screen")
    terminal.line(f"stty -g > {run.home}/modes-after")
    terminal.mark()
    before, after = ((run.home / f"modes-{x}").read_text() for x in ("before", "after"))
    assert after == before, f"the terminal's modes have changed: {before}{after}"


def status(run, expected):
    """The exit status, as the shell tells it, or the script noted it."""
    if expected.status is None or (expected.raw and run.cell.context != "script"):  # asked for after a stty
        return
    if run.cell.context != "script":
        assert run.status == expected.status, f"status {run.status}, not {expected.status}"
    elif run.cell.victim != "shell" or run.cell.fault == "STOP":
        noted = int((run.home / "status").read_text())
        assert noted == expected.status, f"status {noted}, not {expected.status}"


def end_the_rest(run, expected):
    """Who rightly goes on can be ended as ever; then nobody is left."""
    for role in expected.left.replace("launcher", "").split():
        with contextlib.suppress(ProcessLookupError):
            os.kill(run.who[role].pid, signal.SIGKILL if run.cell.moment == "ending" else signal.SIGTERM)
    if expected.left:
        shell = set() if expected.over else {run.terminal.pid}
        until(lambda: {p.pid for p in run.ours()} <= shell, "the end of the rest", AT_MOST, failure=run.failure)


def trace(run, expected):
    """Every byte that the tracer wrote is in the pager, or is kept, where ``recover`` finds it."""
    written = run.written()
    kept = [p.read_bytes() for p in run.home.glob(".local/state/vimtrace/*/*.strace")]
    kept += [p.read_bytes() for p in run.home.glob(".local/state/vimtrace/*/*.trace")]
    assert len(kept) <= 1, "more than one run was kept"
    if expected.trace == "kept" and written:
        assert kept == [written], f"{len(written)} bytes written, kept: {[len(x) for x in kept]}"
    elif expected.trace == "seen" and written:
        assert same(run.saw, written), f"{len(written)} bytes written, {len(run.saw)} seen"
    elif written:
        assert same(run.saw, written) or kept == [written], (
            f"{len(written)} bytes written, {len(run.saw)} seen, {len(kept)} kept"
        )
