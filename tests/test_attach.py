"""``-p NAME`` and a lone ``-p``: which words they become, and that the processes are really traced."""

import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys

import pytest

from conftest import PROGRAMS, state_of, tracer_of
from kit.deadline import until
from vimtrace import attach
from vimtrace.command import understand
from vimtrace.errors import VimtraceError

VT = f"vt{os.getpid() % 100000}"  # the names of the stand-ins begin so, so that no other run's are found
IDS = {"nginx": [12, 13], "one": [7], "tmux: server": [5], "99 bottles": [4]}


def find(name):
    """Stands in for the processes of a machine."""
    if name not in IDS:
        raise VimtraceErrorLookup(name)
    return IDS[name]


class VimtraceErrorLookup(VimtraceError, LookupError):
    pass


@pytest.mark.parametrize(
    "typed, becomes",
    [
        ("strace -p nginx", "strace -p 12,13"),
        ("strace -pnginx -f", "strace -p12,13 -f"),
        ("strace -fp nginx", "strace -fp 12,13"),
        ("strace --attach=nginx -p one", "strace --attach=12,13 -p 7"),
        ("strace --attach nginx", "strace --attach 12,13"),
        ("strace -p 4,nginx,12", "strace -p 4,12,13"),
        ("strace -p one ls -p nginx", "strace -p 7 ls -p nginx"),
        ("sudo -u me strace -p nginx", "sudo -u me strace -p 12,13"),
        ("perf trace -p nginx", "perf trace -p 12,13"),
        ("perf trace --pid=nginx", "perf trace --pid=12,13"),
        ("ltrace -p nginx -f", "ltrace -p 12 -p 13 -f"),
        ("ltrace -fpnginx -p one", "ltrace -fp12 -p 13 -p 7"),
        ("strace -f -p", "strace -f -p1,2"),
        ("strace --attach", "strace --attach=1,2"),
        ("ltrace -p", "ltrace -p1 -p 2"),
        ("perf trace -p", "perf trace -p1,2"),
    ],
)
def test_words(typed, becomes):
    """Names become ids as the tracer takes them, in their place; a lone -p becomes what is chosen."""
    command = understand(typed.split())
    options = attach.wanted(command.tracer.name, command.options, command.argv)
    words = attach.resolved(command.tracer.name, options, command.argv, find, lambda: [1, 2])
    assert words == becomes.split()
    options = understand(words).options
    assert attach.wanted(command.tracer.name, options, words) == []


@pytest.mark.parametrize(
    "words",
    [
        ["strace", "-p", "1"],
        ["strace", "-p", "1,2"],
        ["strace", "-p", "1 2\n"],
        ["strace", "-p", ""],
        ["strace", "--attach="],
        ["strace", "ls", "-p", "nginx"],
        ["bpftrace", "-p", "nginx"],
        ["perf", "trace", "-t", "nginx"],
    ],
)
def test_words_that_stay(words):
    """Numbers, nothing on purpose, and what is not an option that we know."""
    command = understand(words)
    assert attach.wanted(command.tracer.name, command.options, command.argv) == []


def test_a_name_with_a_blank():
    """It is one name if a process has it, else several."""
    assert attach.named("tmux: server", find) == [5]
    assert attach.named("nginx one", find) == [12, 13, 7]
    assert attach.named("99 bottles", find) == [4]


@pytest.fixture
def processes(tmp_path):
    """A function that starts programs that make a system call now and then; they must survive the test."""
    started = []

    def start(name, interpreter=None):
        # comm is the name of the executed file: a shell of that name
        folder = tmp_path / f"programs{len(started)}"
        folder.mkdir()
        file = folder / name
        if interpreter:
            shutil.copy(PROGRAMS / "ticker", file)
            argv = [interpreter, "-I", str(file)]
        else:
            shutil.copy("/bin/dash", file)
            argv = [str(file), "-c", f"while :; do read -t 1 x; kill -0 $$; done < {tmp_path}/fifo"]
            if not (tmp_path / "fifo").exists():
                os.mkfifo(tmp_path / "fifo")
        process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        started.append(process)
        until(lambda: name[:15] in pathlib.Path(f"/proc/{process.pid}/cmdline").read_text())
        return process

    yield start
    survived = [process.poll() is None for process in started]
    free = [alive and until(lambda p=p: not tracer_of(p.pid)) for p, alive in zip(started, survived, strict=True)]
    for process in started:
        process.kill()
        process.wait()
    assert all(survived), "a traced process did not survive"
    assert all(free)


def traced(*processes):
    """Wait until all of them are traced."""
    until(lambda: all(tracer_of(p.pid) for p in processes), "all of them traced")


def leave(terminal):
    """End the tracing by leaving the pager."""
    terminal.see("[running]")
    terminal.line(":q")
    terminal.mark()
    terminal.quiet()


@pytest.mark.parametrize("tracer", ["strace", "sudo strace"])
def test_a_name_attaches_to_all_of_them(terminal, processes, tracer):
    """The exact name."""
    first, second = processes(f"{VT}exact"), processes(f"{VT}exact")
    other = processes(f"{VT}other")
    terminal.line(f"vimtrace {tracer} -p {VT}exact")
    traced(first, second)
    assert not tracer_of(other.pid)
    leave(terminal)


def test_a_word_of_the_command_line(terminal, processes):
    """A script is found by its name, though its process is called python3."""
    first, second = processes(f"{VT}word.py", sys.executable), processes(f"{VT}word.py", sys.executable)
    terminal.line(f"vimtrace strace -p {VT}word.py")
    traced(first, second)
    leave(terminal)


def test_ltrace_attaches_to_all_of_them(terminal, processes):
    """It takes one id for each -p."""
    first, second = processes(f"{VT}ltraced"), processes(f"{VT}ltraced")
    terminal.line(f"vimtrace ltrace -p {VT}ltraced")
    traced(first, second)
    leave(terminal)


def test_perf_attaches_to_all_of_them(terminal, processes):
    """It takes ids with commas."""
    first, second = sorted([processes(f"{VT}perf").pid, processes(f"{VT}perf").pid])
    terminal.line(f"vimtrace perf trace -p {VT}perf")
    terminal.until(lambda: re.search(rf"perf trace -p ({first},{second}|{second},{first})", terminal.screen.text))
    leave(terminal)


def test_nobody_of_that_name(terminal, processes, state):
    """One line, the nearest names, status 1, nothing started."""
    processes(f"{VT}nearest")
    terminal.line(f"vimtrace strace -p {VT}naerest")
    terminal.see(f"vimtrace: {VT}naerest: no process of that name")
    terminal.see(f"hint: the nearest names: {VT}nearest")
    assert terminal.status() == 1
    assert state.runs() == []


def test_in_another_namespace_the_tracer_gets_the_name(terminal, processes):
    """Who has the name there cannot be known here."""
    processes(f"{VT}elsewhere")
    terminal.line(f"vimtrace unshare --uts strace -p {VT}elsewhere")
    terminal.see(f"Invalid process id: '{VT}elsewhere'")
    terminal.mark()


def test_where_nobody_looks_the_tracer_gets_the_name(terminal, tmp_path):
    """Invisible: the same arguments, and the tracer's own answer."""
    terminal.line(f"vimtrace strace -p {VT}nobody 2>{tmp_path}/err; echo 'ov''er'")
    terminal.see("over")
    assert f"Invalid process id: '{VT}nobody'" in (tmp_path / "err").read_text()


def test_a_list_to_choose_from_with_fzf(terminal, processes):
    """A lone -p: type a part of the name, Tab marks one, Enter takes them."""
    first, second = processes(f"{VT}chosen"), processes(f"{VT}chosen")
    terminal.resize(24, 200)
    terminal.line("vimtrace strace -p")
    terminal.see("attach to")
    terminal.see("COMMAND")
    terminal.type(f"'/{VT}chosen")
    terminal.until(lambda: re.search(r"\b2/\d+", terminal.screen.text), "two left")
    terminal.type("\t\t\r")
    traced(first, second)
    leave(terminal)


def test_leaving_fzf_without_a_choice(terminal, state):
    """Status 130, and nothing was started."""
    terminal.line("vimtrace strace -p")
    terminal.see("attach to")
    terminal.type("\x1b")
    terminal.see("vimtrace: -p: no process chosen")
    assert terminal.status() == 130
    assert state.runs() == []


@pytest.mark.parametrize("has_fzf", [True, False], ids=["fzf", "own list"])
def test_ctrl_z_at_the_list(terminals, env, without_fzf, has_fzf):
    """It stops the job, as anywhere; ``fg`` brings the list back."""
    terminal = terminals(more_env=env if has_fzf else without_fzf)
    terminal.line("vimtrace strace -p")
    terminal.see("attach to")
    for _ in range(2):
        terminal.ctrl("z")
        terminal.mark()
        terminal.stopped()
        terminal.line("fg")
        terminal.in_front("fzf" if has_fzf else "vimtrace")
    terminal.type("\x1b" if has_fzf else "\r")
    terminal.see("no process chosen")
    terminal.mark()
    terminal.quiet()
    terminal.sane()


def test_both_stop_at_the_list_and_one_goes_on_before_the_other(terminals, env, tmp_path):
    """Ctrl-Z may stop fzf and us, before fzf has set the terminal; ``fg`` continues us first. We do not stop again."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/fzf").write_text("#!/bin/sh\ncat >/dev/null\nexec sleep 1000\n")
    (tmp_path / "bin/fzf").chmod(0o755)
    terminal = terminals(more_env={"PATH": f"{tmp_path}/bin:{env['PATH']}"})
    terminal.line("vimtrace strace -p")
    fzf, launcher = terminal.one("sleep"), terminal.one("vimtrace")
    for _ in range(3):
        os.killpg(launcher.pgid, signal.SIGTSTP)
        terminal.mark()
        terminal.stopped()
        os.kill(launcher.pid, signal.SIGCONT)
        terminal.until(lambda: state_of(fzf.pid) == "S", "fzf to be continued")
        assert state_of(launcher.pid) in "SR"
    os.kill(fzf.pid, signal.SIGKILL)
    terminal.line("fg")
    terminal.see("no process chosen")
    terminal.mark()
    terminal.quiet()


@pytest.fixture
def without_fzf(env, tmp_path):
    """A $PATH in which there is no fzf."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ["strace", "vim", "tail", "dd", "kill", "stty", "sh", "clear"]:
        (folder / name).symlink_to(shutil.which(name, path="/usr/bin:/bin"))
    return {**env, "PATH": f"{os.path.dirname(sys.executable)}:{folder}"}


def test_a_list_of_our_own(terminals, processes, without_fzf):
    """Without fzf: a word narrows the list, ids choose."""
    first, second = processes(f"{VT}listed"), processes(f"{VT}listed")
    for _ in range(6):
        processes(f"{VT}other")
    terminal = terminals(more_env=without_fzf)
    terminal.resize(10, 200)
    terminal.line("vimtrace strace -p")
    terminal.see("attach to")
    terminal.see("more: type a word")
    terminal.line("clear-everything-away")
    terminal.see("none has that word")
    terminal.line(f"{VT}listed")
    terminal.until(lambda: terminal.screen.text.count(f"/{VT}listed -c") >= 2, "both in the list")
    assert re.search(rf"{first.pid} +root +\d+s +\d+% ", terminal.screen.text)
    terminal.line("1 999999999")
    terminal.see("not all of them are processes of the list")
    terminal.line(f"{first.pid} {second.pid}")
    traced(first, second)
    leave(terminal)


def test_leaving_our_list(terminals, without_fzf, state):
    """Return alone chooses nothing; Ctrl-C ends it as it ends any program."""
    terminal = terminals(more_env=without_fzf)
    terminal.line("vimtrace strace -p")
    terminal.see("attach to")
    terminal.line("")
    terminal.see("vimtrace: -p: no process chosen")
    assert terminal.status() == 130
    terminal.line("clear")
    terminal.mark()
    terminal.line("vimtrace strace -p")
    terminal.see("attach to")
    terminal.ctrl("c")
    assert terminal.status() == 128 + signal.SIGINT
    assert state.runs() == []
    terminal.sane()


def test_a_name_cannot_write_to_the_terminal(terminals, processes, without_fzf):
    """Control characters of a command line are shown, not obeyed."""
    process = processes(f"{VT}\x1b]0;evil\x07")
    terminal = terminals(more_env=without_fzf)
    terminal.resize(24, 200)
    terminal.line("vimtrace strace -p")
    terminal.see("attach to")
    terminal.line(str(process.pid) + " evil")
    terminal.line("evil")
    terminal.see("\\x1b]0;evil\\x07 -c")
    assert b"\x1b]0;evil" not in terminal.transcript
    terminal.line("")
    terminal.mark()
