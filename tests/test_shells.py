"""The shell files, in the real shells under their strictest options: aliases, functions, and no process."""

import pathlib
import re
import shutil
import subprocess

import pytest

from kit.deadline import until

SHELL_FILES = pathlib.Path(__file__).parent.parent / "shell"
STRICT = {
    "zsh": ["zsh", "-f", "-i", "-c", "emulate sh; setopt err_exit no_unset pipe_fail; {}"],
    "bash": ["bash", "--norc", "--noprofile", "-i", "-eu", "-o", "pipefail", "-c", "{}"],
    "fish": ["fish", "--no-config", "-i", "-c", "{}"],
}
SCRIPT = {
    "zsh": ["zsh", "-f", "-c", "{}"],
    "bash": ["bash", "--norc", "--noprofile", "-O", "expand_aliases", "-c", "{}"],
    "fish": ["fish", "--no-config", "-c", "{}"],
}
DEFINED = {"zsh": "alias; typeset -f", "bash": "alias; declare -f", "fish": "functions strace ltrace perf sysdig; true"}
OURS = {"zsh": "{0}='vimtrace {0}'", "bash": "alias {0}='vimtrace {0}'", "fish": "function {0} "}
EVAL = {
    "zsh": 'eval "$(vimtrace init zsh)"',
    "bash": 'eval "$(vimtrace init bash)"',
    "fish": "vimtrace init fish | source",
}
SET = {"zsh": "VIMTRACE_ALIASES='{}'", "bash": "VIMTRACE_ALIASES='{}'", "fish": "set -g VIMTRACE_ALIASES {}"}
NOT_OURS = re.compile(r"bash: (cannot set terminal process group|no job control).*\n")  # bash -i without a terminal


@pytest.fixture(params=sorted(STRICT))
def shell(request):
    return request.param


@pytest.fixture
def source(shell):
    """The words that source the file of *shell*."""
    return f"source {SHELL_FILES}/vimtrace.{shell}"


@pytest.fixture
def without_vimtrace(env, tmp_path):
    """The environment of a machine with the tracers and Vim, and without vimtrace."""
    folder = tmp_path / "without"
    folder.mkdir()
    for name in ["strace", "ltrace", "vim", "mktemp", "rm", "ls", "cat", "true", "false", "sh", "stty", "python3"]:
        (folder / name).symlink_to(shutil.which(name, path="/usr/bin:/bin"))
    return {**env, "PATH": str(folder)}


def run(words, script, env, **options):
    """Run *script* in the shell that *words* start; return its output; it must say nothing else and succeed."""
    argv = [word.replace("{}", script, 1) for word in words]
    argv[0] = shutil.which(argv[0], path="/usr/bin:/bin")
    done = subprocess.run(
        argv, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, start_new_session=True, **options
    )
    assert NOT_OURS.sub("", done.stderr) == ""
    assert done.returncode == 0
    return done.stdout


def test_sourced_twice_under_the_strictest_options(shell, source, env):
    """Silent, and the aliases are there."""
    assert run(STRICT[shell], f"{source}; {source}", env) == ""
    defined = run(STRICT[shell], f"{source}; {source}; {DEFINED[shell]}", env)
    assert OURS[shell].format("strace") in defined
    assert OURS[shell].format("ltrace") in defined
    assert OURS[shell].format("sysdig") not in defined


def test_init_prints_the_same_file(shell, env):
    """One source: ``vimtrace init`` prints the file, which works as well when it is evaluated."""
    printed = subprocess.check_output(["vimtrace", "init", shell], env=env, text=True)
    assert printed == (SHELL_FILES / f"vimtrace.{shell}").read_text()
    defined = run(STRICT[shell], f"{EVAL[shell]}; {EVAL[shell]}; {DEFINED[shell]}", env)
    assert OURS[shell].format("strace") in defined


def test_init_of_another_shell(env):
    """One line, a hint, exit status 2."""
    done = subprocess.run(["vimtrace", "init", "csh"], env=env, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "vimtrace: init: csh: no such shell\n  hint: one of: zsh bash fish\n"


def test_others_when_asked_for_and_each_can_be_declined(shell, source, env):
    """$VIMTRACE_ALIASES says which; a tracer that is not there gets none."""
    wanted = SET[shell].format("ltrace perf sysdig missing-tracer")
    defined = run(STRICT[shell], f"{wanted}; {source}; {DEFINED[shell]}", env)
    for name in ("ltrace", "perf", "sysdig"):
        assert OURS[shell].format(name) in defined
    for name in ("strace", "missing-tracer"):
        assert OURS[shell].format(name) not in defined


def test_your_own_alias_or_function_is_left_alone(shell, source, env):
    """It was there before us, and is meant."""
    own = {"zsh": "alias strace=true", "bash": "alias strace=true", "fish": "function strace; true; end"}
    defined = run(STRICT[shell], f"{own[shell]}; {source}; {DEFINED[shell]}", env)
    assert "vimtrace strace" not in defined
    assert OURS[shell].format("ltrace") in defined
    if shell != "fish":
        defined = run(STRICT[shell], f"ltrace() {{ true; }}; {source}; {DEFINED[shell]}", env)
        assert "vimtrace ltrace" not in defined


def test_a_script_is_left_alone(shell, source, env):
    """Sourced in a shell that nobody types at, it defines no alias."""
    defined = run(SCRIPT[shell], f"{source}; {source}; {DEFINED[shell].replace('functions ', 'functions -q ')}", env)
    assert "strace=" not in defined
    assert "function strace" not in defined


def test_nothing_is_left_behind_in_the_shell(shell, source, env):
    """No variable but the list of what is ours (fish), and no function without an underscore."""
    names = {
        "zsh": "emulate zsh; print -rl -- ${(k)parameters} ${(k)functions}",
        "bash": "compgen -v; compgen -A function || true",
        "fish": "set -n; functions -an",
    }
    before = set(run(STRICT[shell], names[shell], env).split())
    after = set(run(STRICT[shell], f"{source}; {names[shell]}", env).split())
    allowed = {"strace", "ltrace", "VIMTRACE_ALIASES"} if shell == "fish" else {"precmd_functions"}
    assert {name for name in after - before if not name.startswith("_vimtrace")} <= allowed | {
        "_",
        "BASH_LINENO",
        "PIPESTATUS",
    }


@pytest.mark.parametrize("has_vimtrace", [True, False])
def test_no_process_is_started(shell, source, env, without_vimtrace, tmp_path, has_vimtrace):
    """strace sees no fork, vfork, clone or execve while the file is sourced."""
    log = tmp_path / "log"
    script = f"echo begins; {source}; {source}; echo ends"
    argv = [word.replace("{}", script, 1) for word in STRICT[shell]]
    argv[0] = shutil.which(argv[0], path="/usr/bin:/bin")
    subprocess.run(
        ["/usr/bin/strace", "-f", "-qq", "-e", "trace=process,write", "-o", str(log), *argv],
        env=env if has_vimtrace else without_vimtrace,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=True,
        start_new_session=True,
    )
    calls = log.read_text()
    between = calls[calls.index('"begins\\n"') : calls.index('"ends\\n"')].splitlines()[1:-1]
    # fish has a thread for its standard output: a clone that is no process (CLONE_THREAD).
    started = [x for x in between if re.search(r"\b(v?fork|clone3?|execve(at)?)\(", x) and "CLONE_THREAD" not in x]
    assert started == []


def test_every_option_of_zsh(env):
    """Whatever option a user has turned on or off, the aliases come, and nothing is said."""
    script = f"""
        for option in ${{(k)options}}; do
            case $option in
            interactive|shinstdin|privileged|exec|login|zle|monitor|rcs|globalrcs|singlecommand|restricted) continue ;;
            xtrace|verbose|sourcetrace|stdin|onecmd) continue ;;
            esac
            for each in $option no_$option; do
                (
                    setopt $each
                    source {SHELL_FILES}/vimtrace.zsh && source {SHELL_FILES}/vimtrace.zsh || print fails: $each
                    alias strace >/dev/null || print no alias: $each
                )
            done
        done
        print ${{#options}}
    """
    said = run(["zsh", "-f", "-i", "-c", "{}"], script, env)
    assert int(said) > 150


def test_the_alias_is_a_job(each_shell, source_line):
    """Typed by its plain name: the trace is shown, Ctrl-Z and ``fg`` work, the status is the tracer's."""
    terminal = each_shell
    terminal.line(source_line(terminal.shell))
    terminal.mark()
    terminal.line("strace sh -c 'exit 3'")
    terminal.see("[ended 3]")
    terminal.ctrl("z")
    terminal.mark()
    terminal.line("fg")
    terminal.in_front("vim")
    terminal.see("[ended 3]")
    terminal.line(":q")
    if terminal.shell != "fish":  # whose fg has a status of its own
        assert terminal.status() == 3
    terminal.mark()
    terminal.line("strace sh -c 'exit 4'")
    terminal.see("[ended 4]")
    terminal.line(":q")
    assert terminal.status(fish=terminal.shell == "fish") == 4
    terminal.quiet()
    terminal.sane()


@pytest.fixture
def source_line():
    def line(shell):
        return "alias strace='vimtrace strace'" if shell == "dash" else EVAL[shell]

    return line


@pytest.fixture(params=["bash", "zsh"])
def plain_terminal(request, terminals, without_vimtrace):
    """A terminal with a shell on a machine without vimtrace, with the file sourced."""
    terminal = terminals(request.param, without_vimtrace)
    terminal.line(f"source {SHELL_FILES}/vimtrace.{request.param}")
    terminal.mark()
    return terminal


def test_without_vimtrace_the_trace_is_shown_after_the_end(plain_terminal, tmp_path):
    """In Vim; Ctrl-Z and fg work; the status is the tracer's; the file is private and removed."""
    terminal = plain_terminal
    terminal.line(f"TMPDIR={tmp_path}; export TMPDIR; strace -f sh -c 'exit 3'")
    terminal.in_front("vim")
    terminal.see("execve(")
    (file,) = tmp_path.glob("vimtrace.*")
    assert file.stat().st_mode & 0o777 == 0o600
    terminal.ctrl("z")
    terminal.mark()
    terminal.line("fg")
    terminal.in_front("vim")
    terminal.see("execve(")  # zsh keeps the modes of a Vim that is told to quit while it wakes up
    terminal.line(":q")
    terminal.mark()
    terminal.line("strace sh -c 'exit 4'")
    terminal.in_front("vim")
    terminal.see('"exit 4"')
    terminal.line(":q")
    assert terminal.status() == 4  # that of zsh's fg is 0 when it continues a function
    assert list(tmp_path.glob("vimtrace.*")) == []
    terminal.quiet()
    terminal.sane()


def test_without_vimtrace_ctrl_c_ends_the_tracing(plain_terminal, ticker, tmp_path):
    """And then the trace is shown."""
    terminal = plain_terminal
    terminal.line(f"export TMPDIR={tmp_path}; strace -p {ticker.pid}")
    until(lambda: [file for file in tmp_path.glob("vimtrace.*") if file.stat().st_size], "a trace")
    terminal.ctrl("c")
    terminal.in_front("vim")
    terminal.see("vimtrace.")
    terminal.line(":q")
    terminal.quiet()
    terminal.sane()


@pytest.mark.parametrize(
    "words",
    [
        "strace -o {}/file true",
        "strace -fo {}/file true",
        "strace -e read -o {}/file true",
        "strace true 2>{}/file",
        "strace -s 9 -c true",
        "strace -V",
        "VIMTRACE=0 strace true",
        "ltrace -c true",
    ],
)
def test_without_vimtrace_it_is_invisible_where_vimtrace_is(plain_terminal, tmp_path, words):
    """No editor is started, and the tracer does what it is told."""
    terminal = plain_terminal
    terminal.line(words.format(tmp_path) + "; echo 'ov''er'")
    terminal.see("over")
    assert not terminal.screen.alternate
    assert not terminal.seen("\x1b[?1049h")
    if "file" in words:
        assert "exited with 0" in (tmp_path / "file").read_text()


def test_without_vimtrace_a_program_called_with_o_is_shown(plain_terminal):
    """The option is the program's, not strace's."""
    plain_terminal.line("strace ls -o /")
    plain_terminal.in_front("vim")
    plain_terminal.line(":q")
    plain_terminal.mark()
