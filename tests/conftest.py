"""Fixtures: a private home, terminals that are closed, and stand-in programs."""

import os
import pathlib
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile

import pytest

import vimtrace
from kit.deadline import until
from kit.terminal import SHELLS, Terminal

PROGRAMS = pathlib.Path(__file__).parent / "programs"


@pytest.fixture
def home(tmp_path):
    """An empty home folder, where nothing of the machine's configuration is found."""
    path = tmp_path / "home"
    path.mkdir()
    return path


@pytest.fixture
def env(home):
    """The environment of a plain user session, with the vimtrace under test first in $PATH."""
    bin_folder = os.path.dirname(sys.executable)
    return {
        "HOME": str(home),
        "PATH": f"{PROGRAMS}:{bin_folder}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "TERM": "xterm-256color",
        "LANG": "C.UTF-8",
        "HISTFILE": "/dev/null",
    }


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """A failing test prints what its terminals show."""
    report = yield
    if report.failed and call.when == "call":
        for terminal in getattr(item, "terminals", []):
            terminal.read()
            report.sections.append(("terminal", terminal.failure()))
            if terminal.named("vim") or terminal.named("nvim"):
                report.sections.append(("editor", terminal.asked()))
    return report


@pytest.fixture
def terminals(env, tmp_path, request):
    """A function that opens a terminal with a shell; all of them are closed at the end."""
    opened = request.node.terminals = []

    def open_terminal(shell="bash", more_env=None, **options):
        options.setdefault("cwd", str(tmp_path))
        terminal = Terminal(shell, env={**env, **(more_env or {})}, **options)
        opened.append(terminal)
        return terminal

    yield open_terminal
    for terminal in opened:
        terminal.close()


@pytest.fixture
def terminal(terminals):
    """A terminal with bash in it."""
    return terminals()


@pytest.fixture(params=sorted(SHELLS))
def each_shell(request, terminals):
    """A terminal with each shell in turn."""
    terminal = terminals(request.param)
    terminal.shell = request.param
    return terminal


@pytest.fixture
def state(home):
    """The state folder; ``state.runs()`` lists the runs that were kept."""
    return State(home / ".local/state/vimtrace")


class State:
    def __init__(self, path):
        self.path = path

    def runs(self):
        return sorted(self.path.iterdir()) if self.path.exists() else []

    def written(self):
        """The bytes of trace that have been written by now; before the first there is nothing to show."""
        return sum(p.stat().st_size for run in self.runs() for p in run.glob("*.strace"))


@pytest.fixture
def capture():
    """A sysdig capture; live capture needs a kernel driver. The one skip there is: it is not part of a checkout."""
    path = pathlib.Path(__file__).parents[2] / "shared/samples/curl_google.scap"
    if not path.exists():
        pytest.skip(f"{path} is not there")
    return path


@pytest.fixture
def ticker():
    """A process that makes a system call every 20 ms, to attach to; it must survive every test."""
    process = subprocess.Popen([sys.executable, "-I", str(PROGRAMS / "ticker")], stdout=subprocess.PIPE)
    assert process.stdout.readline() == b"ready\n"  # or its own start would fill the first screen
    yield process
    try:
        assert process.poll() is None, "the traced process did not survive"
        until(lambda: state_of(process.pid) in "SR", "the traced process to run")
        assert tracer_of(process.pid) == 0, "the traced process is still traced"
    finally:
        # A stopped one would keep the dead from being reaped.
        if process.returncode is None and (tracer := tracer_of(process.pid)):
            os.kill(tracer, signal.SIGKILL)
        process.kill()
        process.communicate()


@pytest.fixture
def user(tmp_path_factory):
    """An unprivileged user, with a copy of vimtrace that he can run and a home of his own."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="vimtrace-user-", dir="/tmp"))
    package = pathlib.Path(vimtrace.__file__).parent
    shutil.copytree(package, folder / "lib/vimtrace", ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "bin").mkdir()
    (folder / "home").mkdir()
    script = folder / "bin/vimtrace"
    script.write_text(
        f"#!/usr/bin/python3 -B\nimport sys\nsys.path.insert(0, {str(folder / 'lib')!r})\n"
        "from vimtrace.cli import main\nsys.exit(main())\n"
    )
    for path in [folder, *folder.rglob("*")]:
        path.chmod(0o755)
    subprocess.run(["useradd", "--no-create-home", "--shell", "/bin/bash", USER], check=False, capture_output=True)
    shutil.chown(folder / "home", USER)
    yield User(folder)
    shutil.rmtree(folder)


USER = "vimtracetest" + os.environ.get("PYTEST_XDIST_WORKER", "")


class User:
    """*become*: the words that make root this user; *env*: his environment."""

    def __init__(self, folder):
        self.folder = folder
        self.env = {
            "HOME": str(folder / "home"),
            "USER": USER,
            "PATH": f"{folder}/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "TERM": "xterm-256color",
            "LANG": "C.UTF-8",
            "HISTFILE": "/dev/null",
        }
        facts = pwd.getpwnam(USER)
        self.become = [
            "setpriv", f"--reuid={facts.pw_uid}", f"--regid={facts.pw_gid}", "--clear-groups",
        ]  # fmt: skip


def state_of(pid):
    """The state letter of *pid* in /proc/PID/stat; "" if it is gone."""
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return ""


def tracer_of(pid):
    """The pid that traces *pid*, or 0."""
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(next(x for x in status.splitlines() if x.startswith("TracerPid")).split()[1])


TOOLS = ["strace", "ltrace", "vim", "nvim", "less", "zsh", "fish", "dash", "tmux", "perf"]
TOOLS += ["sysdig", "bpftrace", "tcpdump", "fatrace", "sudo", "fzf"]


def pytest_configure(config):
    """Say at once what is missing, instead of failing in every test; ignore no signal.

    Under nohup(1), or in the background of a script, some are ignored, and would be in every shell of a test.
    """
    for sig in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT):
        if signal.getsignal(sig) is signal.SIG_IGN:
            signal.signal(sig, signal.SIG_DFL)
    missing = [name for name in TOOLS if not which(name)]
    if missing:
        pytest.exit(f"these tools are needed: {' '.join(missing)} (see tests/setup/install)", 2)


def which(name):
    return shutil.which(name, path=os.environ["PATH"] + ":/usr/sbin:/sbin")
