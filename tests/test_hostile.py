"""A trace written by somebody hostile: nothing of it runs, changes an option, or reaches the terminal raw."""

import contextlib
import os
import re
import shlex
import shutil
import stat
import subprocess
import unicodedata

import pytest

from kit.editor import EDITORS, configure
from kit.run import leave

EVIL = "\x1b]0;owned\x07\x1b[31m\x9b31m\x85"
OURS = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]|[\t\r\n]")  # colours, and the progress that is drawn over itself


def lines(touched):
    """Of a strace whose paths, names and strings are EVIL, with modelines that make the file *touched*."""
    command = rf"call\ writefile([],'{touched}')"
    return [
        f'100 1700000000.000001 execve("/bin/{EVIL}", ["x{EVIL}"], 0x7ffd /* 3 vars */) = 0 <0.000100>',
        f'100 1700000000.000101 openat(AT_FDCWD</tmp/{EVIL}>, "/etc/{EVIL}passwd", O_RDONLY) = 3</etc/{EVIL}> <0.5>',
        f'100 1700000000.000201 openat(AT_FDCWD, "{EVIL}", O_RDONLY) = -1 ENOENT (No such file or directory) <0.5>',
        f'100 1700000000.000301 read(3, " vim: set fdm=expr fde={command} ft=sh :", 9) = 9 <0.1>',
        f'vim: set modeline foldmethod=expr foldexpr=writefile([],"{touched}") textwidth=13 filetype=sh :',
        f"ex: set shiftwidth=13 statusline=%!writefile([],'{touched}') :",
        f"100 1700000000.000401 connect(3<TCP:[{EVIL}->1.2.3.4:80]>, {{sa_family=AF_INET, sin_port=htons(80), "
        'sin_addr=inet_addr("1.2.3.4")}, 16) = 0 <0.1>',
        f'200<{EVIL}> 1700000000.000501 write(1, "+++ exited with 0 +++\\n--- SIGKILL ---", 9) = 9 <0.1>',
        f"{EVIL} %{{writefile([],'{touched}')}} `touch {touched}` $(touch {touched}) | call writefile([],'{touched}')",
        "/etc/passwd:1:1: error: this is no compiler",
        "100 1700000000.000601 +++ exited with 0 +++",
        f"100 1700000000.000701 --- SIGCHLD {{si_signo=SIGCHLD{EVIL}}} ---",
        f" > /lib/libc.so.6(x{EVIL}+1) [0x1] /etc/passwd:3",
        f'100 1700000000.000801 execve("/bin/sh", ["sh", "-c", "touch {touched}"], 0x7ffd /* 3 vars */) = 0 <0.1>',
        "vim: set modeline ft=sh :",
        "100 +++ killed by SIGKILL +++",
    ]


@pytest.fixture
def trace(tmp_path):
    """The file; beside it nothing may be made."""
    path = tmp_path / "evil.strace"
    path.write_text("\n".join(lines(tmp_path / "touched")) + "\n", encoding="latin-1")
    yield path
    assert not (tmp_path / "touched").exists()


def said(*words, **more):
    """What the verb prints on a terminal of its own, as bytes."""
    reader, writer = os.openpty()
    process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=writer, stderr=writer, **more)
    os.close(writer)
    found = b""
    with contextlib.suppress(OSError):  # EIO at its end
        while chunk := os.read(reader, 65536):
            found += chunk
    os.close(reader)
    process.wait()
    return found


def obeyed(found):
    """The characters of *found* that a terminal would obey, but for what is ours."""
    text = OURS.sub("", found.decode("utf-8", "surrogateescape").replace("31m", "x"))
    return [c for c in text if unicodedata.category(c) == "Cc" or 0xDC80 <= ord(c) <= 0xDC9F]


VERBS = [
    ["summary"],
    ["summary", "--calls"],
    ["summary", "--by=path"],
    ["summary", "--by=pid"],
    ["summary", "--json"],
    ["filter", "path=*"],
    ["filter", "not pid=0"],
    ["tree"],
    ["tree", "--json"],
    ["export", "--to=csv"],
    ["export", "--to=jsonl"],
    ["export", "--to=perfetto"],
    ["filter", f"({EVIL}"],
    ["filter", f"nonsense={EVIL}"],
]


@pytest.mark.parametrize("words", VERBS, ids=lambda words: " ".join(words).replace(EVIL, "EVIL"))
def test_a_verb_prints_nothing_that_a_terminal_obeys(trace, env, words):
    """Neither of the trace nor of our own line about what is wrong with an expression."""
    found = said("vimtrace", *words, str(trace), env=env)
    assert found
    assert obeyed(found) == []
    assert b"fault of vimtrace" not in found


def test_a_difference_prints_nothing_that_a_terminal_obeys(trace, env, tmp_path):
    """Also the names of the files."""
    other = tmp_path / f"other{EVIL}"
    other.write_bytes(trace.read_bytes().replace(b"passwd", b"shadow"))
    for more in ("--text", "--stat", "--json"):
        found = said("vimtrace", "diff", more, str(trace), str(other), env=env)
        assert found
        assert obeyed(found) == []


def test_files_of_hostile_names(env, tmp_path):
    """That are not there, cannot be read, or are no traces."""
    for name in (f"missing{EVIL}", f"folder{EVIL}"):
        path = tmp_path / name
        if "folder" in name:
            path.mkdir()
        for verb in ("summary", "open", "recover", "tree"):
            found = said("vimtrace", verb, str(path), env=env)
            assert found
            assert obeyed(found) == []


def test_runs_of_hostile_names(env, home):
    """``recover`` lists what somebody has put there, and doctor says where it is."""
    folder = home / f".local/state/vimtrace/20260101-101010-77{EVIL}"
    folder.mkdir(parents=True)
    (folder / "command").write_text(f"strace {EVIL}")
    (folder / "strace.strace").write_text(EVIL, encoding="latin-1")
    for words in (["recover"], ["doctor"]):
        found = said("vimtrace", *words, env={**env, "SHELL": f"/bin/{EVIL}", "TERM": f"x{EVIL}"})
        assert found
        assert obeyed(found) == []


def test_the_plain_text_of_no_pager(terminal, env, trace, tmp_path):
    """No editor and no less, or a terminal that is not ours: what is shown then is made visible."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/cat").symlink_to(shutil.which("cat"))
    found = said("vimtrace", "open", str(trace), env=env)
    assert b"1.2.3.4" in found
    assert obeyed(found) == []
    vimtrace = shutil.which("vimtrace", path=env["PATH"])
    terminal.line(f"PATH={tmp_path}/bin {vimtrace} open {trace} > $(tty)")
    terminal.see("1.2.3.4")
    assert "^[]0;owned^G^[[31mM-^[31mM-^E" in "".join(terminal.screen.lines)


@pytest.mark.parametrize("pager", EDITORS)
def test_in_the_editor_nothing_runs_and_no_option_changes(terminal, trace, pager, home):
    """Shown, listed, folded, filtered, yanked as a command, looked up: and it stays text."""
    configure(pager, home, "set modeline modelines=5\nset nomore\n")
    terminal.line(f"vimtrace --pager={pager} open {trace}")
    terminal.in_front(pager)
    terminal.see("1.2.3.4")
    for command in (
        "TraceErrors",
        "TraceProcesses",
        "TraceFiles",
        "TraceSignals",
        "TraceSlow 0",
        "cnext",
        "cclose",
        "TraceFold call",
        "TraceColumns pid",
        "TraceFilter execve openat",
        "quit",
        "TraceSummary",
        "quit",
        "1",
        "normal gy",
        "normal K",
        "quit",
        "normal gh",
        "3",
        "normal ]e",
    ):
        terminal.line(f":silent! {command}")
    terminal.line(":echo 'kept' &filetype &textwidth &shiftwidth == 13 &foldmethod !=# 'expr'")
    terminal.see("kept strace 0 0 1")
    leave(terminal, 0, ":qa!\r")


ENVIRONMENTS = {
    "terminal": {"TERM": "no\x1b]0;owned\x07such"},
    "shell": {"SHELL": "/bin/false"},
    "shell-words": {"SHELL": "/bin/sh -c 'touch touched'"},
    "editor": {"EDITOR": "touch touched", "VISUAL": "touch touched", "MANPAGER": "touch touched"},
    "less": {"LESS": "-FXKEe -P%{touch\\ touched} +q", "PAGER": "touch touched"},
    "empty-path": {"PATH_MORE": ":.:relative::"},
    "locale": {"LC_ALL": "tr_TR.nonsense", "LANGUAGE": "../../x"},
    "python": {"PYTHONSTARTUP": "touched.py", "PYTHONHOME": "", "PYTHONINSPECT": "1"},
    "columns": {"COLUMNS": "-3", "LINES": "99999999999999999999"},
}


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_a_hostile_environment(terminals, env, tmp_path, name):
    """The run is as ever, and nothing of the current folder runs."""
    more = dict(ENVIRONMENTS[name])
    if tail := more.pop("PATH_MORE", ""):
        more["PATH"] = env["PATH"] + tail
    for module in ("signal", "os", "vimtrace", "sitecustomize"):
        (tmp_path / f"{module}.py").write_text("open('touched', 'w').close()\n")
    terminal = terminals(more_env={"PATH": env["PATH"]})
    words = " ".join(f"{key}={shlex.quote(value)}" for key, value in more.items())
    terminal.line(f"env {words} vimtrace --pager=vim strace sh -c 'exit 3'")
    terminal.see("[ended 3]")
    leave(terminal, 3, ":q\r")
    terminal.line(f"env {words} vimtrace --pager=less strace sh -c 'exit 3'")
    if name == "terminal":
        terminal.see("Press RETURN")  # less's own
        terminal.type("\r")
    terminal.in_front("less")
    terminal.see("execve(")
    leave(terminal, 3, "q")
    assert not (tmp_path / "touched").exists()


@pytest.mark.parametrize(
    "options", ["'", "--pager", "--nonsense", "$(touch touched)", "--pager=vim;touch", "--save=", "--", "-- strace ls"]
)
def test_hostile_options_in_the_environment(terminal, tmp_path, options):
    """They are words of ours or an error of one line."""
    terminal.line(f"VIMTRACE_OPTS={shlex.quote(options)} vimtrace --pager=cat strace true")
    assert terminal.status() in (0, 2)
    assert not terminal.seen("Traceback")
    assert not terminal.seen("fault of vimtrace")
    assert not (tmp_path / "touched").exists()


def test_a_state_folder_that_all_can_write_to_is_made_private(terminal, home, state):
    """Before anything is in it."""
    folder = home / ".local/state/vimtrace"
    folder.mkdir(parents=True)
    folder.chmod(0o777)
    terminal.line("vimtrace --pager=vim strace true")
    terminal.see("[ended 0]")
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    leave(terminal, 0)


@pytest.mark.parametrize("value", ["relative", "{tmp}/\x1b]0;owned\x07", "/tmp/../proc/self/cwd/%s", "/dev/null", "~"])
def test_a_hostile_home(terminal, tmp_path, value):
    """A place for the trace is found, or it is said where it goes instead; always an absolute one."""
    home = shlex.quote(value.replace("{tmp}", str(tmp_path)))
    terminal.line(f"HOME={home} XDG_STATE_HOME= TMPDIR={tmp_path} vimtrace --pager=vim strace true")
    terminal.see("[ended 0]")
    leave(terminal, 0)
    assert not terminal.seen("owned\x07 ")
    assert not (tmp_path / "relative").exists()
    assert not (tmp_path / "~").exists()
