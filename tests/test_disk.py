"""No room for the trace (DESIGN.md, Guard): the tracing ends with a clear word, and what was written stays readable."""

import errno
import os
import pathlib
import re
import signal

import pytest

from conftest import tracer_of
from kit.deadline import never, until
from kit.run import leave
from vimtrace.runfolder import RunFolder

DD = "dd if=/dev/zero of=/dev/null bs=1"
WORDS = {
    "disk": "the disk is nearly full: tracing ended",
    "file": "the trace is nearly as large as a file may be (ulimit -f): tracing ended",
    "quota": "the trace file no longer grows (quota?): tracing ended",
}


@pytest.fixture
def small(tmp_path):
    """A folder to mount a small file system on."""
    (tmp_path / "small").mkdir()
    (tmp_path / "t").mkdir()
    return tmp_path / "small"


def mounted(small, command, options="size=1m"):
    """The words that run *command* with its traces in a small tmpfs of its own."""
    inner = f"mount -t tmpfs -o {options} none {small}; export XDG_STATE_HOME={small}; {command}"
    return f"unshare -m sh -c '{inner}'"


def limited(small, command):
    """The words that run *command* with its traces in a btrfs of its own, where they may take 4 MB."""
    image = small.parent / "image"
    make = f"truncate -s 128M {image}; mkfs.btrfs -q {image} >/dev/null 2>&1; mount -o loop {image} {small}"
    limit = f"btrfs quota enable {small}; btrfs -q subvolume create {small}/t; btrfs qgroup limit 4M {small}/t"
    return f"unshare -m sh -c '{make}; {limit}; export XDG_STATE_HOME={small}/t; {command}'"


def limits():
    """["btrfs"] where the kernel has it, and loop devices: the one file system here with a quota of its own."""
    known = pathlib.Path("/proc/filesystems").read_text().split()
    return ["btrfs"] if "btrfs" in known and os.path.exists("/dev/loop-control") else []


def end(terminal, comm):
    """End what goes on running when its tracing has ended."""
    for each in terminal.named(comm):
        os.kill(each.pid, signal.SIGKILL)


LATE = "the trace is as large as a file may be (ulimit -f)"


def ends(terminal, words, lines=10000):
    """The tracing of dd has been ended, the editor has what was written, more than *lines*, and the *words* say why.

    The kernel may be there before the guard, or between its word and its deed.
    """
    ended = ["SIGKILL", "SIGXFSZ"] if words == WORDS["file"] else ["SIGKILL"]
    by = terminal.until(lambda: [sig for sig in ended if f"[killed {sig}]" in terminal.screen.text], timeout=60)
    terminal.gone("reading...", timeout=60)
    terminal.line(f":echo 'enough' line('$') > {lines} getline(1)[:6]")
    terminal.see("enough 1 execve(")
    terminal.line(":q")
    leaves(terminal, words, *([LATE] if by == ["SIGXFSZ"] else []))


def leaves(terminal, *words):
    """The pager has been left, one of the *words* is there; dd still runs."""
    terminal.mark()
    assert any(map(terminal.seen, words))
    end(terminal, "dd")


@pytest.mark.parametrize(
    "what, mode, pager",
    [
        ("disk", "--live", "vim"),
        ("disk", "--no-live", "nvim"),
        ("disk", "--live", "less"),
        ("file", "--no-live", "vim"),
        ("file", "--live", "nvim"),
    ],
)
def test_full_while_tracing(terminal, small, what, mode, pager):
    """A small tmpfs, a small limit of a file: in both modes, in every pager."""
    trace = f"vimtrace --pager={pager} {mode} strace {DD}"
    terminal.line(mounted(small, trace) if what == "disk" else f"(ulimit -f 1000; {trace})")
    if pager == "less":
        terminal.in_front("less")
        until(lambda: not terminal.named("strace"))
        terminal.ctrl("c")
        terminal.until(lambda: terminal.type("g") or "execve(" in terminal.screen.text, "the first line")
        terminal.type("q")
        leaves(terminal, WORDS[what])
    else:
        ends(terminal, WORDS[what])
    terminal.sane()


def used_up(tmp_path):
    """A strace that can write no more after a while, and whose disk has room: as where a quota is used up."""
    tracer = tmp_path / "strace"
    tracer.write_text('#!/bin/sh\ntrap "" XFSZ\nulimit -f 500\nexec /usr/bin/strace "$@" 2>/dev/null\n')
    tracer.chmod(0o755)
    return tracer


def test_a_quota(terminal, tmp_path):
    """The tracer's writes fail, and so does ours beside them (EDQUOT)."""
    refused = "strace -qq -o /dev/null -e trace=pwrite64 -e inject=pwrite64:error=EDQUOT"
    terminal.line(f"{refused} vimtrace {used_up(tmp_path)} {DD}")
    ends(terminal, WORDS["quota"], lines=5000)


@pytest.mark.parametrize("mode", ["--live", "--no-live"] * len(limits()))
def test_a_quota_of_the_kernel(terminal, small, mode):
    """Where nothing can be written in place either, the pager still hears how the tracing ended."""
    terminal.line(limited(small, f"vimtrace {mode} strace {DD}"))
    ends(terminal, WORDS["quota"], lines=5000)


def test_last_words(tmp_path, monkeypatch):
    """What cannot be written any more is, when the reserve has been given up; then nothing, and without an error."""
    folder = RunFolder(str(tmp_path), -1)
    folder.write("state", "running")
    folder.reserve()
    write = os.write

    def used_up(fd, content):
        if (tmp_path / "reserve").exists():
            raise OSError(errno.EDQUOT, "used up")
        return write(fd, content)

    monkeypatch.setattr(os, "write", used_up)
    folder.write("state", "ended 3")
    assert (folder.read("state"), os.listdir(tmp_path)) == ("ended 3", ["state"])
    (tmp_path / "reserve").mkdir()  # from now on nothing can be written, and no room made
    folder.write("state", "stopped")


def test_last_words_that_can_only_be_written_later(terminal, ticker, state):
    """They are, as soon as they can be."""
    terminal.line(f"vimtrace strace -p {ticker.pid}")
    terminal.see("[running]")
    (run,) = state.runs()
    (run / "state").unlink()
    (run / "state").symlink_to("nowhere")
    os.kill(tracer_of(ticker.pid), signal.SIGKILL)
    until(lambda: not (run / "reserve").exists(), "an attempt")
    (run / "state").unlink()
    terminal.see("[killed SIGKILL]")
    leave(terminal, 137)


def test_a_tracer_that_writes_elsewhere_is_not_ended(terminal, tmp_path, state):
    """However much: beside its trace there is room."""
    terminal.line(f"vimtrace {used_up(tmp_path)} {DD}")
    tracer = terminal.one("strace").pid
    terminal.until(lambda: state.written() >= 500 * 512)
    before = writes(tracer)
    terminal.until(lambda: writes(tracer) > before + 20000, timeout=60)
    never(lambda: terminal.seen("quota"), "the end of the tracing", 2)
    assert [p.name for p in state.runs()[0].iterdir() if p.name.startswith(".")] == []
    end(terminal, "dd")
    terminal.see("[killed SIGKILL]")
    terminal.line(":q")
    terminal.mark()


def writes(pid):
    """How often *pid* has called write(2)."""
    return int(pathlib.Path(f"/proc/{pid}/io").read_text().split("syscw: ")[1].split()[0])


def test_what_is_idle_is_not_taken_for_full(terminal, ticker, tmp_path):
    """A tracer that writes other things meanwhile, now and then, goes on."""
    tracer = tmp_path / "strace"
    messages = 'for i in 1 2 3; do echo "message $i" >&2; sleep 0.5; done'
    tracer.write_text(f'#!/bin/sh\necho line >"$2"\n{messages}\necho last >>"$2"\n')
    tracer.chmod(0o755)
    terminal.line(f"vimtrace {tracer} -p 1")
    terminal.see("[ended 0] 2 lines")
    leave(terminal, 0)


@pytest.mark.parametrize("where, pager", [("disk", "vim"), ("file", "nvim")])
def test_faster_than_the_guard(terminal, small, where, pager):
    """What fills the room at once has an end that is explained all the same."""
    flood = f"yes | vimtrace --pager={pager} -"
    terminal.line(mounted(small, flood) if where == "disk" else f"(ulimit -f 2000; {flood})")
    ended = r"\[(ended 1|killed SIG\w+)\] (?!.*reading)"
    terminal.until(lambda: re.search(ended, terminal.screen.text), "the end", timeout=60)
    terminal.line(":echo 'enough' line('$') > 100000 getline(1)")
    terminal.see("enough 1 y")
    terminal.line(":q")
    terminal.mark()
    full = "the disk is (nearly )?full" if where == "disk" else r"the trace is (nearly )?as large as a file may be"
    assert re.search(full.encode(), terminal.transcript)


@pytest.mark.parametrize("options", ["size=3m,ro", "size=64k"])
def test_no_room_at_creation(terminal, small, options):
    """Read-only, or full before anything is written: the trace goes to TMPDIR, and that is said."""
    fill = f"head -c 1m /dev/zero >{small}/fill 2>/dev/null;"
    names = f"XDG_STATE_HOME={small} TMPDIR={small.parent}/t"
    inner = f"mount -t tmpfs -o {options} none {small}; {fill} {names} vimtrace strace true"
    terminal.line(f"unshare -m sh -c '{inner}'")
    terminal.see("execve(")
    terminal.line(":q")
    terminal.mark()
    why = "Read-only file system" if "ro" in options else "(No space left on device|nearly full)"
    said = terminal.transcript.replace(b"\r\n", b"")
    assert re.search(f"{why}; the trace goes to {small.parent}/t".encode(), said)


@pytest.mark.parametrize("options", ["size=3m,ro", "size=64k"])
def test_no_room_anywhere(terminal, small, options):
    """One line, a hint, status 1; the program is not started."""
    fill = f"head -c 1m /dev/zero >{small}/fill 2>/dev/null;"
    names = f"XDG_STATE_HOME={small} TMPDIR={small}/t"
    inner = f"mount -t tmpfs -o {options} none {small}; {fill} {names} vimtrace strace touch {small.parent}/started"
    terminal.line(f"unshare -m sh -c '{inner}'")
    terminal.see("make room, or set XDG_STATE_HOME or TMPDIR")
    assert terminal.status() == 1
    assert terminal.seen("vimtrace: no place for the trace")
    assert not (small.parent / "started").exists()
    terminal.quiet()


def test_full_where_it_is_to_be_saved(terminal, small):
    """--save onto a disk that is full: what was written is there, and what has ended it is said."""
    terminal.line(mounted(small, f"vimtrace --save={small}/x.strace strace {DD}").replace("STATE_HOME", "NONE"))
    ends(terminal, WORDS["disk"])
