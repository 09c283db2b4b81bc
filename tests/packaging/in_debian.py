"""The Debian package in the clean root that ``tests/packaging/try-deb`` has made, $VIMTRACE_ROOT: a story in order."""

import os
import pathlib
import subprocess

import pytest

from kit.terminal import Terminal

ROOT = pathlib.Path(os.environ["VIMTRACE_ROOT"])
MOUNTS = "mount -t devpts -o newinstance,ptmxmode=666 devpts /dev/pts; mount -t tmpfs tmpfs /run; "
ENTER = ["unshare", "--mount", "--pid", "--fork", "--kill-child", f"--root={ROOT}", "--mount-proc"]
ENV = {
    "HOME": "/root",
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "TERM": "xterm-256color",
    "LANG": "C.UTF-8",
    "DEBIAN_FRONTEND": "noninteractive",
}
FRIENDS = ["strace", "vim", "man-db", "bash-completion", "zsh", "fish", "procps"]
SHELLS = {"bash": "bash -i", "zsh": "zsh -i", "fish": "fish -i"}
FILES = {"bash": ".bashrc", "zsh": ".zshrc"}


def inside(*words):
    """What the command *words* prints in the root; it must succeed."""
    argv = [*ENTER, "sh", "-c", MOUNTS + 'exec "$@"', "sh", *words]
    done = subprocess.run(argv, env=ENV, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


def installed_files():
    """What of vimtrace lies in the root, but for apt's and dpkg's own lists."""
    found = inside("find", "/usr", "/etc", "-xdev", "-path", "*vimtrace*", "-not", "-type", "d")
    return sorted(found.split())


@pytest.fixture
def shell(request):
    """A terminal in the root with the shell *request.param*, as a user of that machine has it."""
    script = MOUNTS + f"setsid -c {SHELLS[request.param]}; :"
    terminal = Terminal(argv=[*ENTER, "sh", "-c", script], env=ENV, cwd="/", columns=160)
    terminal.name = request.param
    yield terminal
    terminal.close()


def prompt(terminal):
    """Wait until the shell reads what is typed: after its prompt, because an editor that leaves throws keys away."""
    terminal.until(lambda: not terminal.screen.alternate and terminal.screen.text.rstrip().endswith("#"), "a prompt")
    terminal.marks += 1
    word = f"mark{terminal.marks}"
    terminal.line(f"echo {word[:4]}''{word[4:]}")
    terminal.see(f"\n{word}")


def test_install():
    """With apt, which brings what it depends on, and nothing else of ours was there."""
    inside("apt-get", "-qq", "update")
    inside("apt-get", "-qq", "install", "-y", "--no-install-recommends", *FRIENDS)
    inside("apt-get", "-qq", "purge", "-y", "vimtrace") if installed_files() else None
    assert installed_files() == []
    inside("apt-get", "-qq", "install", "-y", "--no-install-recommends", "/tmp/vimtrace.deb")
    assert inside("vimtrace", "--version").startswith("vimtrace 0.")
    for file, line in {".bashrc": "", ".zshrc": "autoload -Uz compinit; compinit -u -D\n"}.items():
        start = ". /usr/share/bash-completion/bash_completion\n" if file == ".bashrc" else line
        (ROOT / "root" / file).write_text(f"{start}. /usr/share/vimtrace/vimtrace.{file[1:-2]}\n")
    (ROOT / "root/.config/fish").mkdir(parents=True, exist_ok=True)
    (ROOT / "root/.config/fish/config.fish").write_text("source /usr/share/vimtrace/vimtrace.fish\n")
    (ROOT / "root/.local/share/fish/generated_completions").mkdir(parents=True, exist_ok=True)


@pytest.mark.parametrize("shell", ["bash"], indirect=True)
def test_a_trace(shell):
    """``vimtrace strace ls /``, and the alias."""
    prompt(shell)
    for command in ("vimtrace strace ls /", "strace ls /"):
        shell.line(command)
        shell.see("[ended 0]")
        shell.see('execve("/usr/bin/ls"')
        shell.line(":q")
        prompt(shell)


@pytest.mark.parametrize("shell", ["bash"], indirect=True)
def test_the_plugin(shell):
    """Vim of the distribution finds it: ``:packadd vimtrace``, and its help."""
    prompt(shell)
    shell.line("vim -u NONE -N")
    shell.see("VIM - Vi IMproved")
    shell.line(":packadd vimtrace | help vimtrace")
    shell.see("vimtrace runs strace, ltrace and other tracers")
    shell.line(":qall!")
    prompt(shell)
    (ROOT / "root/.vimrc").write_text("packadd! vimtrace\nfiletype plugin on\nsyntax on\n")
    (ROOT / "root/saved.ltrace").write_text('getenv("HOME") = "/root"\n')
    shell.line("vim /root/saved.ltrace")
    shell.see("getenv")
    shell.line(":echo 'type' &filetype exists('*vimtrace#status')")
    shell.see("type ltrace")
    shell.line(":qall!")
    prompt(shell)
    shell.line("vimtrace strace ls /")  # its own runtime and the plugin are the same files
    shell.see("[ended 0]")
    assert "Error" not in shell.screen.text
    shell.line(":q")
    prompt(shell)


def test_manual():
    """``man vimtrace``."""
    assert "run a tracer and read its trace in Vim" in inside("man", "-P", "cat", "vimtrace")


@pytest.mark.parametrize("shell", sorted(SHELLS), indirect=True)
def test_completion(shell):
    """Tab, in each shell."""
    prompt(shell)
    shell.type("vimtrace recov\tX")
    shell.see("vimtrace recover X")
    shell.ctrl("u")
    shell.type("vimtrace strace --summary-on\tX")
    shell.see("vimtrace strace --summary-only X")
    shell.ctrl("u")
    prompt(shell)


def test_doctor():
    """All that the main job needs is there, but for a terminal."""
    said = inside("vimtrace", "doctor")
    assert "vimtrace works here" in said


def test_init():
    """The same files as in /usr/share."""
    for name in SHELLS:
        assert inside("vimtrace", "init", name) == (ROOT / f"usr/share/vimtrace/vimtrace.{name}").read_text()
        assert inside("vimtrace", "init", name, "--completion")


def test_removal():
    """Nothing is left, not even compiled files."""
    assert any("__pycache__" in file for file in installed_files())
    inside("apt-get", "-qq", "remove", "-y", "vimtrace")
    assert installed_files() == []
    assert (
        inside(
            "sh",
            "-c",
            "find / -xdev -name '*vimtrace*' -not -path '/tmp/*' -not -path '/root/*' -not -path '/var/cache/*'",
        )
        == ""
    )
