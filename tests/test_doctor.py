"""``vimtrace doctor``: what it finds, what mends it, and its exit status."""

import json
import os
import shutil
import subprocess
import sys

import pytest

from vimtrace.doctor.findings import STATES

SECTIONS = ["tracers", "pagers", "permission", "terminal", "traces", "shell"]
STARTUP = {"bash": ".bashrc", "zsh": ".zshrc", "fish": ".config/fish/config.fish"}
INIT = {
    "bash": 'eval "$(vimtrace init bash)"',
    "zsh": 'eval "$(vimtrace init zsh)"',
    "fish": "vimtrace init fish | source",
}
OWN = {
    "bash": "alias strace='strace -f'",
    "zsh": "alias strace='strace -f'",
    "fish": "function strace; command strace -f $argv; end",
}


@pytest.fixture
def doctor(env):
    """A function that runs it without a terminal, and returns the findings by name and the exit status."""

    def run(**more):
        done = subprocess.run(
            ["vimtrace", "doctor", "--json"],
            env={**env, **more},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            start_new_session=True,
        )
        assert done.stderr == ""
        report = json.loads(done.stdout)
        assert report["works"] == (done.returncode == 0)
        return {f["name"]: f for f in report["findings"]}, done.returncode

    return run


@pytest.fixture
def path(tmp_path, env):
    """A function that makes a $PATH with these programs of the system alone."""
    folder = tmp_path / "path"
    folder.mkdir()

    def make(*names):
        for name in names:
            (folder / name).symlink_to(shutil.which(name, path="/usr/bin:/bin"))
        return f"{os.path.dirname(sys.executable)}:{folder}"

    make.folder = folder
    return make


def test_everything_is_looked_at(doctor):
    """Every section, and in each line a known state; what can be tried here works."""
    findings, status = doctor()
    assert status == 0
    assert [*dict.fromkeys(f["section"] for f in findings.values())] == SECTIONS
    assert {f["state"] for f in findings.values()} <= set(STATES)
    for name in ("strace", "ltrace", "perf", "vim", "nvim", "less", "strace true", "strace -p", "state folder"):
        assert findings[name]["state"] == "ok", findings[name]
    for name in ("user", "ptrace_scope", "perf_event_paranoid", "sysdig's driver", "used"):
        assert findings[name]["text"]
    for feature in ("+eval", "+job", "+channel", "+timers"):
        assert feature in findings["vim"]["text"]
    assert findings["vim"]["text"].startswith("9.") or findings["vim"]["text"].startswith("8.")


def test_what_stops_something_comes_with_what_mends_it(doctor, path):
    """Each line that is not well, on a machine with next to nothing."""
    findings, status = doctor(PATH=path("true", "cat"), TERM="dumb", XDG_STATE_HOME="/proc/1/x")
    assert status == 1
    unwell = [f for f in findings.values() if f["state"] in ("warn", "bad")]
    assert unwell
    assert [f for f in unwell if not f["mend"]] == []


def test_no_strace(doctor, path):
    """The main job would not run."""
    findings, status = doctor(PATH=path("vim"))
    assert (findings["strace"]["state"], status) == ("bad", 1)
    assert findings["strace"]["mend"].endswith("install strace")
    assert findings["ltrace"]["state"] == "note"


def test_no_editor(doctor, path):
    """Plain text is a way out, but said."""
    findings, status = doctor(PATH=path("strace", "cat"))
    assert (findings["used"]["state"], status) == ("warn", 0)
    assert findings["used"]["mend"].endswith("install vim")


def test_a_vim_that_is_too_small(doctor, path):
    """What it lacks is named."""
    (path.folder / "vim").write_text("#!/bin/sh\necho 'VIM - Vi IMproved 9.0'\necho '+eval -job +channel -timers'\n")
    (path.folder / "vim").chmod(0o755)
    findings, status = doctor(PATH=path("strace", "sh"))
    assert (findings["vim"]["state"], status) == ("warn", 0)
    assert "no +job +timers" in findings["vim"]["text"]


def test_a_tracer_that_is_refused(doctor, path):
    """In a container without ptrace(2): strace's own words, and what mends it."""
    said = "strace: ptrace(PTRACE_TRACEME, ...): Not permitted"
    (path.folder / "strace").write_text(
        "#!/bin/sh\necho 'strace: ptrace(PTRACE_TRACEME, ...): Not permitted' >&2; exit 1\n"
    )
    (path.folder / "strace").chmod(0o755)
    findings, status = doctor(PATH=path("sh", "vim", "cat"))
    assert (findings["strace true"]["state"], status) == ("bad", 1)
    assert findings["strace true"]["text"] == said
    assert "--cap-add=SYS_PTRACE" in findings["strace true"]["mend"]
    assert findings["strace -p"]["state"] == "warn"


def test_nothing_of_the_current_folder_is_run(env, tmp_path):
    """Not even with a dot in $PATH."""
    for name in ("strace", "vim", "less", "man", "true", "cat", "perf", "bash"):
        (tmp_path / name).write_text(f"#!/bin/sh\necho {name} >>{tmp_path}/ran\n")
        (tmp_path / name).chmod(0o755)
    vimtrace = shutil.which("vimtrace", path=env["PATH"])
    for first in (".", ""):
        words = [vimtrace, "doctor"]
        subprocess.run(words, env={**env, "PATH": f"{first}:{env['PATH']}"}, cwd=tmp_path, capture_output=True)
    assert not (tmp_path / "ran").exists()


def test_switched_off(terminal):
    """VIMTRACE=0, and a terminal that can show no pager, on a real one."""
    terminal.resize(60, 120)
    terminal.line("VIMTRACE=0 vimtrace doctor")
    terminal.see("vimtrace will not work here")
    terminal.see("mend: unset VIMTRACE")
    assert terminal.status() == 1
    terminal.line("clear; TERM=dumb vimtrace doctor")
    terminal.see("mend: export TERM=xterm-256color")
    assert terminal.status() == 1


def test_no_place_for_a_trace(doctor):
    """Neither the state folder nor the other one."""
    findings, status = doctor(XDG_STATE_HOME="/proc/1/x", TMPDIR="/proc/1/x")
    assert (findings["state folder"]["state"], status) == ("bad", 1)


def test_nothing_is_left(terminal, state):
    """The run's folder that it tried is gone, and no process stays."""
    terminal.line("vimtrace doctor")
    terminal.see("vimtrace works here")
    terminal.mark()
    terminal.quiet()
    assert state.runs() == []


def test_colours_on_a_terminal_only(terminal, env):
    """Coloured where somebody looks, plain in a pipe."""
    terminal.resize(60, 120)
    terminal.line("vimtrace doctor")
    terminal.see("vimtrace works here")
    assert terminal.seen("\x1b[32mok")
    assert terminal.status() == 0
    plain = subprocess.run(["vimtrace", "doctor"], env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    assert "\x1b" not in plain.stdout
    assert "vimtrace works here" in plain.stdout


@pytest.mark.parametrize("shell", sorted(STARTUP))
def test_the_aliases_as_the_shell_has_them(terminals, home, tmp_path, shell):
    """Ours, none, and one of the user's that shadows ours: of the shell that it is typed in."""
    file = home / STARTUP[shell]
    file.parent.mkdir(parents=True, exist_ok=True)
    terminal = terminals(shell)

    def strace():
        terminal.line(f"vimtrace doctor --json >{tmp_path}/report")
        terminal.mark()
        report = json.loads((tmp_path / "report").read_text())
        assert report["works"]
        return next(f for f in report["findings"] if f["name"] == "alias of strace")

    file.write_text("echo a greeting of strace\n")
    assert strace()["state"] == "note"
    assert f"vimtrace init {shell}" in strace()["mend"]
    file.write_text(f"{INIT[shell]}\n")
    assert strace()["state"] == "ok"
    file.write_text(f"{INIT[shell]}\n{OWN[shell]}\n")
    found = strace()
    assert found["state"] == "warn"
    assert "strace -f" in found["text"]
    assert found["mend"]


def test_wrong_words(env):
    """Usage, status 2."""
    done = subprocess.run(["vimtrace", "doctor", "me"], env=env, capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr.startswith("vimtrace: doctor: takes no argument but --json\n")
