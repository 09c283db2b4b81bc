"""The built wheel, as pip, pipx and uv install it: the command, the manual page, completion, the Vim runtime."""

import os
import pathlib
import subprocess
import sys

import pytest

from kit.terminal import Terminal

ROOT = pathlib.Path(__file__).parent.parent.parent
BIN = pathlib.Path(sys.executable).parent
SYSTEM = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
# pip's settings of this machine, for uv, which does not read them
UV = {"UV_FIND_LINKS": "find-links", "UV_EXTRA_INDEX_URL": "extra-index-url", "UV_INDEX_URL": "index-url"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The path of the wheel, built from this checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    run(BIN / "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", folder, ROOT)
    (path,) = folder.glob("vimtrace-*.whl")
    return path


def run(*words, **options):
    done = subprocess.run(list(map(str, words)), capture_output=True, text=True, **options)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return done.stdout


def with_pip(home, wheel):
    run(sys.executable, "-m", "venv", "--without-pip", home / ".local")
    run(BIN / "pip", "--python", home / ".local/bin/python", "install", "--quiet", wheel)


def with_pipx(home, wheel):
    run(BIN / "pipx", "install", wheel, env={**os.environ, "HOME": str(home)})


def with_uv(home, wheel):
    pip = {name: subprocess.run([BIN / "pip", "config", "get", f"global.{key}"], capture_output=True, text=True).stdout
           for name, key in UV.items()}  # fmt: skip
    settings = {name: value.replace("\n", " ").strip() for name, value in pip.items() if value.strip()}
    run(BIN / "uv", "tool", "install", wheel, env={**os.environ, **settings, "HOME": str(home)})


@pytest.fixture(scope="module", params=[with_pip, with_pipx, with_uv], ids=["pip", "pipx", "uv"])
def installed(request, wheel, tmp_path_factory):
    """The environment of a user who has installed the wheel so, and has ~/.local/bin in $PATH."""
    home = tmp_path_factory.mktemp("home")
    request.param(home, wheel)
    return {
        "HOME": str(home),
        "PATH": f"{home}/.local/bin:{SYSTEM}",
        "TERM": "xterm-256color",
        "LANG": "C.UTF-8",
        "HISTFILE": "/dev/null",
    }


@pytest.fixture
def terminal(installed):
    terminal = Terminal("bash", env=installed, cwd=installed["HOME"])
    yield terminal
    terminal.close()


def test_the_command_and_the_runtime(terminal):
    """A trace in Vim, with our status line: the runtime came along."""
    terminal.line("vimtrace strace ls /")
    terminal.see("[ended 0]")
    terminal.line(":q")
    terminal.mark()
    terminal.line("vimtrace doctor | tail -n 1")
    terminal.see("vimtrace works here")


def test_the_manual(installed):
    """``man vimtrace``; where the installer has put it elsewhere (uv), doctor says what mends that, and it does."""
    if subprocess.run(["man", "-w", "vimtrace"], env=installed, capture_output=True).returncode != 0:
        lines = run("vimtrace", "doctor", env=installed).splitlines()
        at = next(i for i, line in enumerate(lines) if "man vimtrace does not find" in line)
        run("sh", "-c", lines[at + 1].partition("mend: ")[2], env=installed)
    assert "run a tracer and read its trace in Vim" in run("man", "-P", "cat", "vimtrace", env=installed)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion(installed, shell):
    """Tab, with the one line of the README in the shell's file."""
    home = pathlib.Path(installed["HOME"])
    (home / ".local/share/fish/generated_completions").mkdir(parents=True, exist_ok=True)
    terminal = Terminal(argv=[shell, "-i"], env=installed, cwd=installed["HOME"])
    try:
        terminal.mark()
        if shell == "zsh":
            terminal.line("autoload -Uz compinit; compinit -u -D")
        terminal.line("vimtrace init fish | source" if shell == "fish" else f'eval "$(vimtrace init {shell})"')
        terminal.mark()
        terminal.type("vimtrace recov\tX")
        terminal.see("vimtrace recover X")
    finally:
        terminal.close()


def test_the_plugin(installed, terminal):
    """The folder that doctor names, as a package of Vim: a saved trace has its type in a plain Vim."""
    home = pathlib.Path(installed["HOME"])
    said = run("vimtrace", "doctor", env=installed)
    folder = next(line for line in said.splitlines() if "for saved traces in any Vim" in line).rpartition(": ")[2]
    (home / ".vim/pack/vimtrace/start").mkdir(parents=True)
    (home / ".vim/pack/vimtrace/start/vimtrace").symlink_to(folder)
    (home / ".vimrc").write_text("filetype plugin on\n")
    (home / "saved.ltrace").write_text('getenv("HOME") = "/root"\n')
    terminal.line("vim saved.ltrace")
    terminal.see("getenv")
    terminal.line(":echo 'type' &filetype")
    terminal.see("type ltrace")
    terminal.line(":qall!")
    terminal.mark()


def test_where_the_shells_look(installed, request):
    """pipx puts the completions where the shells find them without any line."""
    home = pathlib.Path(installed["HOME"])
    if request.node.callspec.id == "uv":
        assert list(home.glob(".local/share/uv/tools/vimtrace/share/zsh/site-functions/_vimtrace"))
        return
    for file in ("zsh/site-functions/_vimtrace", "bash-completion/completions/vimtrace"):
        assert (home / ".local/share" / file).exists()
    assert (home / ".local/share/fish/vendor_completions.d/vimtrace.fish").exists()
    terminal = Terminal(argv=["bash", "--norc", "-i"], env=installed, cwd=installed["HOME"])
    try:
        terminal.line(". /usr/share/bash-completion/bash_completion")
        terminal.mark()
        terminal.type("vimtrace recov\tX")
        terminal.see("vimtrace recover X")
    finally:
        terminal.close()
