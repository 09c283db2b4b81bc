"""Completion, in the real shells: Tab is pressed, and what the shell then shows is read."""

import os
import pathlib
import re
import shutil
import sys

import pytest

from vimtrace.options import OPTIONS, usage
from vimtrace.verbs import VERB_OPTIONS

COMPLETION = pathlib.Path(__file__).parent.parent / "shell/completion"
READY = {
    "zsh": ["autoload -Uz compinit; compinit -u -D", 'eval "$(vimtrace init zsh)"'],
    "bash": [". /usr/share/bash-completion/bash_completion", 'eval "$(vimtrace init bash)"'],
    "fish": ["vimtrace init fish | source"],
}
TABS = {"zsh": "\t", "bash": "\t\t", "fish": "\t"}


@pytest.fixture(params=sorted(READY))
def shell(request, terminals, home):
    """A terminal with each shell and our completion in it."""
    (home / ".local/share/fish/generated_completions").mkdir(parents=True)  # else fish makes them now
    terminal = open_shell(terminals, request.param)
    terminal.resize(60, 200)
    for line in READY[request.param]:
        terminal.line(line)
    terminal.mark()
    return terminal


def open_shell(terminals, name):
    """A terminal with the shell *name*, where the completions of the system are found."""
    terminal = terminals(name, argv=["fish", "-i"]) if name == "fish" else terminals(name)
    terminal.name = name
    terminal.mark()
    return terminal


def press(terminal, words, keys=None):
    """Type *words* and Tab on a cleared screen."""
    terminal.line("clear")
    terminal.mark()
    terminal.type(words + (keys or TABS[terminal.name]))


def offers(terminal, words, *wanted):
    """Tab behind *words* shows all that is *wanted*."""
    press(terminal, words)
    for each in wanted:
        terminal.see(each)
    forget(terminal)


def completes(terminal, words, full):
    """Tab behind *words* makes them *full*: a letter typed then stands right behind it."""
    press(terminal, words, "\tX")
    terminal.see(full + "X")
    forget(terminal)


def forget(terminal):
    """Drop the line that is being typed, and the list under it."""
    terminal.ctrl("e")
    terminal.ctrl("u")
    terminal.mark()


def verbs():
    """The verbs of ``--help``."""
    found = re.findall(r"^(?:usage:|      ) vimtrace (?:\[options] )?([a-z]+) ", usage(), re.MULTILINE)
    assert {"recover", "doctor", "summary"} <= set(found)
    return sorted(set(found))


def test_our_words(shell):
    """Verbs, and the tracers that are installed."""
    offers(shell, "vimtrace ", *verbs(), "strace", "bpftrace", "fatrace", "sudo")
    completes(shell, "vimtrace rec", "vimtrace recover ")


def test_a_tracer_that_is_not_installed_is_not_offered(shell, tmp_path):
    """What is offered can be run."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("strace", "clear", "ps"):
        (folder / name).symlink_to(shutil.which(name, path="/usr/bin:/bin"))
    vimtrace = shutil.which("vimtrace", path=os.path.dirname(sys.executable))
    (folder / "vimtrace").symlink_to(vimtrace)
    completes(shell, "vimtrace stra", "vimtrace strace ")  # loads the completion
    shell.line(f"set -gx PATH {folder}" if shell.name == "fish" else f"PATH={folder}")
    shell.mark()
    press(shell, "vimtrace ")
    shell.see("recover")
    shell.see("strace")
    assert "bpftrace" not in shell.screen.text
    forget(shell)


def test_our_options(shell):
    """All of them, and the values of those that take one."""
    offers(shell, "vimtrace --", *(name for name, _, _ in OPTIONS))
    offers(shell, "vimtrace --pager=", "nvim", "less")
    completes(shell, "vimtrace --pager=nv", "vimtrace --pager=nvim ")
    completes(shell, "vimtrace --from=stde", "vimtrace --from=stderr ")
    offers(shell, "vimtrace --pager ", "nvim", "less")
    completes(shell, "vimtrace --pager=less --live stra", "vimtrace --pager=less --live strace ")


def test_the_rest_is_the_tracers(shell):
    """Options and programs come from the tracer's own completion, also behind our options and sudo."""
    completes(shell, "vimtrace strace --summary-on", "vimtrace strace --summary-only ")
    completes(shell, "vimtrace --pager=less strace --summary-on", "less strace --summary-only ")
    completes(shell, "vimtrace --pager less strace --summary-on", "less strace --summary-only ")
    completes(shell, "vimtrace strace handles-inter", "vimtrace strace handles-interrupt ")
    completes(shell, "vimtrace sudo strace handles-inter", "vimtrace sudo strace handles-interrupt ")
    completes(shell, "vimtrace strace cat /etc/hostn", "vimtrace strace cat /etc/hostname ")


def test_the_alias_is_still_the_tracers(shell):
    """``strace`` and Tab, with our alias for it."""
    completes(shell, "strace --summary-on", "strace --summary-only ")
    if shell.name != "fish":  # whose own completion of strace offers no programs
        completes(shell, "strace handles-inter", "strace handles-interrupt ")


@pytest.mark.parametrize("tracer", ["strace", "ltrace", "perf trace", "sudo strace"])
def test_processes_with_their_commands(shell, ticker, tracer):
    """Behind -p: ids with commands, all of which the system has."""
    press(shell, f"vimtrace {tracer} -p {str(ticker.pid)[:-1]}")
    shell.see(str(ticker.pid))
    forget(shell)
    completes(shell, f"vimtrace {tracer} -p {ticker.pid}", f"-p {ticker.pid} ")


def test_processes_are_listed_with_their_commands(shell, ticker):
    """Behind -p with nothing yet."""
    shell.resize(400, 200)
    shell.mark()
    press(shell, "vimtrace strace -p ")
    begun = re.compile(r"strace -p \d")  # every id begins alike, and that is filled in first

    def listed():
        return f"{ticker.pid} " in shell.screen.text or " possibilities" in shell.screen.text

    shell.until(lambda: listed() or begun.search(shell.screen.text), "a list")
    if not listed():
        shell.type(TABS[shell.name])
    shell.until(listed, "a list")
    if " possibilities" in shell.screen.text:
        shell.type("y")
    shell.see(f"{ticker.pid} ")
    assert re.search(rf"{ticker.pid} .*root.*tests/programs/ticker", shell.screen.text)
    forget(shell)


def test_the_verbs_words(shell, home, tmp_path):
    """Files, runs that died, shells."""
    (tmp_path / "saved.strace").write_text("")
    (home / ".local/state/vimtrace/20260101-101010-77").mkdir(parents=True)
    completes(shell, "vimtrace open sav", "vimtrace open saved.strace ")
    completes(shell, "vimtrace recover 2026", "vimtrace recover 20260101-101010-77 ")
    completes(shell, "vimtrace init fi", "vimtrace init fish ")
    completes(shell, "vimtrace doctor --j", "vimtrace doctor --json ")
    completes(shell, "vimtrace summary sav", "vimtrace summary saved.strace ")
    completes(shell, "vimtrace summary --ca", "vimtrace summary --calls ")
    completes(shell, "vimtrace summary --by=pi", "vimtrace summary --by=pid ")
    completes(shell, "vimtrace export --to=per", "vimtrace export --to=perfetto ")
    completes(shell, "vimtrace diff --te", "vimtrace diff --text ")


def test_installed_where_the_shells_look(terminals, home, tmp_path):
    """Without any line in the user's file: zsh's fpath, bash-completion's and fish's folders."""
    (tmp_path / "functions").mkdir()
    shutil.copy(COMPLETION / "vimtrace.zsh", tmp_path / "functions/_vimtrace")
    zsh = open_shell(terminals, "zsh")
    zsh.line(f"fpath=({tmp_path}/functions $fpath); autoload -Uz compinit; compinit -u -D")
    folder = home / ".local/share/bash-completion/completions"
    folder.mkdir(parents=True)
    shutil.copy(COMPLETION / "vimtrace.bash", folder / "vimtrace")
    bash = open_shell(terminals, "bash")
    bash.line(". /usr/share/bash-completion/bash_completion")
    (home / ".local/share/fish/generated_completions").mkdir(parents=True)
    folder = home / ".config/fish/completions"
    folder.mkdir(parents=True)
    shutil.copy(COMPLETION / "vimtrace.fish", folder)
    fish = open_shell(terminals, "fish")
    for terminal in (zsh, bash, fish):
        terminal.mark()
        completes(terminal, "vimtrace recov", "vimtrace recover ")
        completes(terminal, "vimtrace strace --summary-on", "vimtrace strace --summary-only ")


def test_bash_without_bash_completion(terminals):
    """Our own words, and then files."""
    bash = open_shell(terminals, "bash")
    bash.line('eval "$(vimtrace init bash)"')
    completes(bash, "vimtrace recov", "vimtrace recover ")
    completes(bash, "vimtrace strace cat /etc/hostn", "vimtrace strace cat /etc/hostname ")


def test_zsh_with_compinit_after_us(terminals):
    """The order in ~/.zshrc does not matter."""
    zsh = open_shell(terminals, "zsh")
    zsh.line('eval "$(vimtrace init zsh)"; autoload -Uz compinit; compinit -u -D')
    zsh.mark()
    completes(zsh, "vimtrace recov", "vimtrace recover ")


def test_nothing_is_missing():
    """Every option and verb stands in the completion of every shell."""
    for path in COMPLETION.iterdir():
        text = path.read_text()
        options = [name for name, _, _ in OPTIONS] + [name for name, _, _, _ in VERB_OPTIONS]
        assert [name for name in options if name not in text] == [], path
        assert [verb for verb in verbs() if not re.search(rf"\b{verb}\b", text)] == [], path
