"""A live trace of ten thousand lines a second: the CPU time of the editor and of the launcher."""

from statistics import median

from flood import start
from usage import child, cpu

WARM, MEASURED = 2, 20  # seconds
RATE = 10_000  # lines per second, as place.PACE has it


def shares(place, editor):
    """The shares of one core that the editor, its tail(1) and the launcher take."""
    run = start(place, editor, "pace")
    run.wait_for(b" lines")  # before that, a child of this name may be the launcher asking for its version
    pids = [child(run.pid, editor), child(run.pid, "tail"), run.pid]
    run.watch(WARM)
    before = [cpu(pid) for pid in pids]
    run.watch(MEASURED)
    after = [cpu(pid) for pid in pids]
    shown = int(run.find(r"(\d+) lines")[-1])
    assert shown > 0.9 * RATE * (WARM + MEASURED), f"only {shown} lines were shown"
    run.leave()
    return [(b - a) / MEASURED * 100 for a, b in zip(before, after, strict=True)]


def pace(place, rounds):
    """CPU in Vim and in Neovim, with syntax on."""
    for editor in ("vim", "nvim"):
        runs = [shares(place, editor) for _ in range(max(1, rounds // 2))]
        own, tail, launcher = (median(column) for column in zip(*runs, strict=True))
        yield f"{editor}: CPU at 10,000 lines/s, syntax on", "<= 15 %", f"{own:.1f} %  (tail {tail:.1f} %)", own <= 15
        yield f"{editor}: CPU of the launcher meanwhile", "< 0.5 %", f"{launcher:.2f} %", launcher < 0.5
