"""What else people do to see strace in a pager, beside ours: the same four things done to each, in a real shell."""

import contextlib
import os
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from kit.terminal import Terminal

WAYS = {
    "vimtrace strace": ("vimtrace strace -p {pid}", "vim"),
    "strace -o /dev/fd/3 | vim -": ("strace -o /dev/fd/3 -p {pid} 3>&1 >/dev/null | vim -", "vim"),
    "strace -o'|vim -R -'": ("strace -o'|vim -R -' -p {pid}", "vim"),
    "strace |& less +F": ("strace -p {pid} |& less +F", "less"),
}
TARGET = ["dd", "if=/dev/zero", "of=/dev/null", "bs=1"]  # a call each few microseconds, for ever
SIGN = "write(1, "
PATIENCE = 5.0  # seconds


def others(place, rounds):
    """Of each way: seconds to the first call on the screen, what keys do, whether the target runs during :!cmd."""
    for name, (line, pager) in WAYS.items():
        firsts, rest = [], []
        for _ in range(rounds):
            with _run(place, line, pager) as (terminal, target):
                firsts.append(_seconds(terminal, lambda t=terminal: SIGN in t.screen.text))
                rest.append((_busy_pager(terminal, target, pager), _ctrl_z(terminal)))
            with _run(place, line, pager) as (terminal, _):
                _seconds(terminal, lambda t=terminal: SIGN in t.screen.text)
                rest[-1] = (*rest[-1], _ctrl_c(terminal, pager))
        first = min(firsts)
        shown = f"{first:.2f} s" if first < PATIENCE else "nothing"
        target, stop, interrupt = max(set(rest), key=rest.count)
        yield f"{name}", "-", f"first call: {shown}; Ctrl-C: {interrupt}; Ctrl-Z: {stop}; in :!cmd: {target}", True


@contextlib.contextmanager
def _run(place, line, pager):
    environment = place.environment()
    environment["PATH"] = f"{os.path.dirname(place.vimtrace)}:{environment['PATH']}"
    target = subprocess.Popen(TARGET, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    terminal = Terminal(env=environment, cwd=place.path)
    try:
        terminal.line(line.format(pid=target.pid))
        yield terminal, target
    finally:
        for each in terminal.processes():
            with contextlib.suppress(ProcessLookupError):
                os.kill(each.pid, signal.SIGKILL)
        terminal.close()
        target.kill()
        target.wait()


def _seconds(terminal, holds):
    """Seconds until it *holds*, at most PATIENCE."""
    start = time.monotonic()
    while not holds() and time.monotonic() < start + PATIENCE:
        terminal.read()
        time.sleep(0.01)
    return time.monotonic() - start


def _calls(target):
    with open(f"/proc/{target.pid}/io", encoding="ascii") as f:
        return int(f.read().split("syscr: ")[1].split()[0])


def _busy_pager(terminal, target, pager):
    """Whether the target makes calls while the user is in a shell of the pager's, which does not read."""
    terminal.line("!sleep 2.5" if pager == "less" else ":!sleep 2.5")
    time.sleep(1.5)  # for what is on its way
    before = _calls(target)
    time.sleep(0.5)
    goes_on = _calls(target) > before
    time.sleep(1)
    terminal.line("")
    return "target runs" if goes_on else "target frozen"


def _ctrl_z(terminal):
    """Whether the shell comes back."""
    terminal.ctrl("z")
    back = _seconds(terminal, lambda: terminal.owner() == terminal.pid) < PATIENCE
    return "suspends" if back else "does nothing"


def _ctrl_c(terminal, pager):
    """Whether the tracing ends, the pager stays, and it shows the trace."""
    terminal.ctrl("c")
    ended = _seconds(terminal, lambda: not terminal.named("strace")) < PATIENCE
    shown = _seconds(terminal, lambda: SIGN in terminal.screen.text) < PATIENCE
    if not terminal.named(pager):
        return "the pager is gone"
    if not ended:
        return "the tracer lives"
    return "the trace is there" if shown else "nothing to see"
