"""Every command line of the README and of the manual's examples is run, as it stands there."""

import pathlib
import re
import shutil
import subprocess

import pytest

from vimtrace.options import READING

ROOT = pathlib.Path(__file__).parent.parent
README = ROOT / "README.md"
MANUAL = ROOT / "man/vimtrace.1"

# command: what is seen of it, and the keys that leave it
EXAMPLES = {
    "vimtrace strace -f make": ("[ended 0]", ":q\r"),
    "vimtrace strace -p PID": ("[running]", ":q\r"),
    "vimtrace strace -p nginx": ("[running]", ":q\r"),
    "vimtrace strace -f -p nginx": ("[running]", ":q\r"),
    "vimtrace strace -p": ("attach to", "\x1b"),
    "vimtrace sudo strace -p PID": ("[running]", ":q\r"),
    "vimtrace sudo strace -p 4711": ("[running]", ":q\r"),
    "sysdig --unbuffered | vimtrace -": ("tick 3", ":q\r"),
    "sysdig --unbuffered | vimtrace --pager=nvim -": ("tick 3", ":q\r"),
    "vimtrace --pager=less ltrace ls /": ("setlocale(LC_ALL", "q"),
    "vimtrace --live strace -f make": ("[ended 0]", ":q\r"),
    "vimtrace --detail strace -f make": ("strace -ttt -T -yy -s 256 -f make", ":q\r"),
    "vimtrace --detail --save=make.strace strace make": ("strace -f -ttt -T -yy -s 256 make", ":q\r"),
    "vimtrace --save=ls.strace strace ls /": ("[ended 0]", ":q\r"),
    "vimtrace open ls.strace": ("a saved trace", ":q\r"),
    "vimtrace recover": ("20260101-101010-77", ""),
    "vimtrace recover NAME": ("a kept trace", ":q\r"),
    "vimtrace --from=stdout dbus-monitor": ("tick 3", ":q\r"),
    "vimtrace doctor": ("vimtrace works here", ""),
    "vimtrace --summary strace -f -T make": ("[ended 0]", ":q\r"),
    "VIMTRACE=0 strace ls /": ("+++ exited with 0 +++", ""),
}
LOSING = ["strace ls | vim -", "strace -p PID 2>&1 | vim -"]
ELSEWHERE = {
    "pipx install .": "tests/packaging/test_installers.py",
    "uv tool install .": "tests/packaging/test_installers.py",
    "pip install .": "tests/packaging/test_installers.py",
    "sh tests/setup/install": ".ci/run",
    "sh tests/setup/check": ".ci/run",
}


def documented():
    """The commands of both, without comments and prompts."""
    blocks = re.findall(r"^```sh\n(.*?)^```", README.read_text(), re.MULTILINE | re.DOTALL)
    readme = {line.partition("  #")[0].strip() for block in blocks for line in block.splitlines()}
    lines = [line for line in MANUAL.read_text().splitlines() if line.startswith(".Dl $ ")]
    return {command for command in readme | {line[len(".Dl $ ") :].replace("\\-", "-") for line in lines} if command}


def reading():
    """Those that read traces."""
    return sorted(c for c in documented() if c.split()[0] == "vimtrace" and c.split()[1] in READING)


def test_every_command_is_here():
    """What is written is run, and what is run here is still written."""
    assert documented() - set(reading()) == {*EXAMPLES, *LOSING, *ELSEWHERE}
    for command, place in ELSEWHERE.items():
        tool = command.split()[0] if command.endswith(".") else command.rpartition("/")[2]
        assert tool in (ROOT / place).read_text()


@pytest.fixture
def nginx(tmp_path):
    """A process of that name."""
    (tmp_path / "sbin").mkdir()
    shutil.copy("/bin/dash", tmp_path / "sbin/nginx")
    process = subprocess.Popen([tmp_path / "sbin/nginx", "-c", "read wait"], stdin=subprocess.PIPE)
    yield process
    assert process.poll() is None, "the traced process did not survive"
    process.kill()
    process.wait()
    process.stdin.close()


@pytest.fixture
def machine(tmp_path, env, state, nginx, ticker):
    """A machine on which all of it can be typed; return what stands for PID."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("sysdig", "dbus-monitor"):
        script = "#!/bin/sh\ni=0\nwhile :; do i=$((i + 1)); echo tick $i; sleep 0.1; done\n"
        (folder / name).write_text(script)
        (folder / name).chmod(0o755)
    (folder / "make").symlink_to("/bin/true")
    env["PATH"] = f"{folder}:{env['PATH']}"
    (tmp_path / "ls.strace").write_text('write(1, "a saved trace", 13) = 13\n')
    run = state.path / "20260101-101010-77"
    run.mkdir(parents=True, mode=0o700)
    (run / "strace-ls.strace").write_text('write(1, "a kept trace", 12) = 12\n')
    (run / "command").write_text("strace ls")
    return ticker.pid


@pytest.mark.parametrize("command", sorted(EXAMPLES))
def test_example(machine, terminals, tmp_path, command):
    """It shows what it says, and ends."""
    terminal = terminals()
    terminal.resize(40, 160)
    typed = command.replace("PID", str(machine)).replace("4711", str(machine)).replace("NAME", "20260101-101010-77")
    if "open" not in command:
        (tmp_path / "ls.strace").unlink()
    terminal.line(typed)
    seen, keys = EXAMPLES[command]
    terminal.see(seen)
    terminal.type(keys)
    terminal.mark()
    terminal.quiet()
    if found := re.search(r"--save=(\S+)", command):
        assert "execve(" in (tmp_path / found[1]).read_text()


@pytest.mark.parametrize("command", reading())
def test_reading(env, tmp_path, command):
    """Each of them, on real traces."""
    for name, program in {"app": "ls /nowhere", "ls": "ls /nowhere", "there": "ls /", "here": "ls /etc"}.items():
        subprocess.run(["strace", "-f", "-ttt", "-T", "-o", tmp_path / f"{name}.strace", *program.split()], check=False,
                       capture_output=True)  # fmt: skip
    typed = command.replace("FILE...", "FILE").replace("FILE", "app.strace")
    done = subprocess.run(["sh", "-c", typed], env=env, cwd=tmp_path, capture_output=True, text=True)
    assert done.stderr == ""
    assert done.returncode in (0, 1)  # 1: nothing found, or a difference


def test_a_pipe_into_vim_shows_the_program(terminals, tmp_path):
    """``strace ls | vim -``: the trace is not in Vim."""
    (tmp_path / "a-file-of-ls").touch()
    terminal = terminals()
    terminal.line(LOSING[0])
    terminal.in_front("vim")
    terminal.see("-stdin-")
    terminal.until(lambda: terminal.named("strace") == [])  # which writes over Vim's screen to its end
    terminal.ctrl("l")
    terminal.see("a-file-of-ls")
    assert terminal.screen.alternate
    assert "execve(" not in terminal.screen.text
    terminal.line(":q!")
    terminal.mark()


def test_a_pipe_into_vim_and_ctrl_c(terminals, ticker):
    """``strace -p PID 2>&1 | vim -``: nothing is shown, and what ends it empties it."""
    terminal = terminals()
    terminal.line(LOSING[1].replace("PID", str(ticker.pid)))
    terminal.see("Reading from stdin")
    status = pathlib.Path(f"/proc/{ticker.pid}/status")
    terminal.until(lambda: "TracerPid:\t0\n" not in status.read_text(), "the ticker to be traced")
    terminal.ctrl("c")
    terminal.see("VIM - Vi IMproved")  # that Vim says over an empty buffer only
    assert not terminal.seen("nanosleep")
    terminal.line(":q!")
    terminal.mark()
