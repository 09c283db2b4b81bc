"""K: the manual page of a call, and what an errno, a signal or a flag means."""

import errno
import os
import signal

import pytest

from kit.editor import EDITORS, ask

STRACE = """\
7 openat(AT_FDCWD, "/etc/x", O_RDONLY|O_NOSUCH) = -1 ENOENT (No such file or directory)
7 --- SIGCHLD {si_signo=SIGCHLD, si_code=CLD_EXITED} ---
7 newfstatat(3, "", {}, AT_EMPTY_PATH) = 0
7 nosuchcall(1) = 0
7 rt_sigaction(SIGRT_3, NULL, {}, 8) = 0
7 bad$(touch) = 1
"""
LTRACE = """\
7 SYS_openat(0xffffff9c, 0x55, 0x80000, 0) = -2 <0.000036>
7 ls->__printf_chk(1, 0x5) = 3
7 puts("x") = 2
"""
# :Man and man(1) are stood in for: what they are called with is what counts.
ASKED = """
  function! Asked(line, word) abort
    call cursor(a:line, 1)
    call search('\\V' . a:word, 'cW', a:line)
    let g:asked = ''
    let l:said = split(execute('normal K'), "\\n")
    return g:asked !=# '' ? g:asked : get(l:said, -1, '')
  endfunction
  command! -nargs=* Man let g:asked = <q-args>
"""


@pytest.fixture
def run(tmp_path, monkeypatch):
    """A function that runs a script, with a man(1) that knows some pages and tells its arguments."""
    (tmp_path / "bin").mkdir()
    man = tmp_path / "bin/man"
    man.write_text(
        f'#!/bin/sh\necho "$*" >>{tmp_path}/calls\n'
        'case "$2/$3" in 2/openat|2/fstatat|2/sigaction|3/printf|3/puts) ;; *) exit 16;; esac\n'
    )
    man.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:{os.environ['PATH']}")

    def run(editor, kind, text, questions):
        (tmp_path / "trace").write_text(text)
        body = "\n".join(f"  call Say(Asked({line}, '{word}'))" for line, word in questions)
        (tmp_path / "asked.vim").write_text(ASKED)
        script = f"source {tmp_path}/asked.vim\nsetlocal filetype={kind}\n{body}"
        return ask(editor, script, tmp_path, [tmp_path / "trace"])

    return run


@pytest.mark.parametrize("editor", EDITORS)
def test_strace(editor, run, tmp_path):
    """The meaning of a name, the page of the call elsewhere; and nothing but names reaches the shell."""
    questions = [(1, "openat"), (1, "/etc"), (1, "O_RDONLY"), (1, "O_NOSUCH"), (1, "ENOENT"), (1, "AT_FDCWD")]
    questions += [(2, "SIGCHLD"), (2, "CLD_"), (3, "newf"), (4, "nosuch"), (5, "rt_"), (5, "SIGRT"), (6, "bad")]
    assert run(editor, "strace", STRACE, questions) == [
        "2 openat",
        "2 openat",
        "O_RDONLY: open for reading only",
        "2 openat",
        "ENOENT: error 2: No such file or directory",
        "AT_FDCWD: in the place of a descriptor: relative to the current directory",
        "SIGCHLD: signal 17: Child exited; by default: is ignored",
        "CLD_EXITED: the child has called exit",
        "2 fstatat",
        "vimtrace: there is no manual page nosuchcall(2)",
        "2 sigaction",
        "SIGRT_3: signal 35: a real-time signal",
        "vimtrace: there is no call on this line",
    ]
    assert "bad" not in (tmp_path / "calls").read_text()


@pytest.mark.parametrize("editor", EDITORS)
def test_ltrace(editor, run):
    """Library calls are in section 3, system calls in 2; the number of an error is an errno."""
    questions = [(1, "SYS_"), (1, "-2"), (1, "2 <"), (2, "__printf"), (3, "puts")]
    assert run(editor, "ltrace", LTRACE, questions) == [
        "2 openat",
        "2 openat",
        "ENOENT: error 2: No such file or directory",
        "3 printf",
        "3 puts",
    ]


@pytest.mark.parametrize("editor", EDITORS)
def test_without_man(editor, run, monkeypatch, tmp_path):
    """Without man(1) a line says so."""
    (tmp_path / "bin/man").unlink()
    for name in EDITORS:
        (tmp_path / "bin" / name).symlink_to(f"/usr/bin/{name}")
    monkeypatch.setenv("PATH", f"{tmp_path}/bin")
    found = run(editor, "strace", STRACE, [(1, "openat"), (1, "ENOENT")])
    assert found == [
        "vimtrace: there is no man(1) to show openat(2)",
        "ENOENT: error 2: No such file or directory",
    ]


@pytest.mark.parametrize("editor", EDITORS)
def test_every_errno_and_signal(editor, tmp_path):
    """The tables have all errnos and signals of this system, with its numbers and texts."""
    errors = {name: number for name, number in vars(errno).items() if name.startswith("E")}
    signals = {name: number for name, number in vars(signal).items() if isinstance(number, signal.Signals)}
    names = [*errors, *signals]
    script = "".join(f"  call Say(vimtrace#meaning#of('{name}'))\n" for name in names)
    found = dict(zip(names, ask(editor, script, tmp_path), strict=True))
    for name, number in errors.items():
        assert found[name] == f"error {number}: {os.strerror(number)}", name
    for name, number in signals.items():
        assert found[name].startswith(f"signal {int(number)}: {signal.strsignal(number)}; "), name


@pytest.mark.parametrize("pager", EDITORS)
def test_on_a_terminal(terminal, tmp_path, pager):
    """The page is shown in a window, at the flag whose meaning is not known here; :q goes back."""
    page = tmp_path / "share/man/man2/openat.2"
    page.parent.mkdir(parents=True)
    page.write_text(".TH openat 2\n.SH NAME\nopenat \\- the page that this test wrote\n.TP\n.B O_NOSUCH\nis here\n")
    (tmp_path / "t.strace").write_text(STRACE)
    terminal.line(f"MANPATH={tmp_path}/share/man vimtrace --pager={pager} open t.strace")
    terminal.see("1/6")
    terminal.type("fOK")
    terminal.see("O_RDONLY: open for reading only")
    terminal.type("f|lK")
    terminal.see("the page that this test wrote")
    terminal.type(":echo 'at' getline('.')\r")
    terminal.see("at        O_NOSUCH")
    terminal.type(":q\r")
    terminal.gone("the page that this test wrote")
    terminal.type(":q\r")
    terminal.sane()
