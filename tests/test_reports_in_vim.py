"""The editor's windows on what a trace adds up to: their lines lead to the events."""

import json
import pathlib
import subprocess
import sys

import pytest

import vimtrace
from vimtrace.pagers import PROGRAM, vim_literal

RUNTIME = pathlib.Path(vimtrace.__file__).parent / "vim"
EDITORS = {"vim": ["vim", "-N", "-u", "NONE", "-i", "NONE", "-es"], "nvim": ["nvim", "-u", "NONE", "-i", "NONE", "-es"]}


@pytest.fixture(scope="module")
def traces(tmp_path_factory):
    """Two real traces: a program that finds a file, and the same when it is gone."""
    folder = tmp_path_factory.mktemp("traces")
    for name, prepare in (("a.strace", "echo one >conf"), ("b.strace", "rm conf")):
        subprocess.run(["sh", "-c", prepare], cwd=folder, check=True)
        subprocess.run(
            ["strace", "-f", "-ttt", "-T", "-o", name, "sh", "-c", "cat conf; true"], cwd=folder, capture_output=True
        )
    return folder


def asked(editor, trace, *commands):
    """What the expressions of *commands* (``= EXPR``) say after the other commands, in an editor on *trace*."""
    run = vim_literal({"files": [str(trace)], "program": [sys.executable, "-I", "-c", PROGRAM]})
    lines = [f"set runtimepath^={RUNTIME}", f"let g:vimtrace_run = {run}", "let g:answers = []", f"edit {trace}"]
    lines += ["call vimtrace#buffer#setup()"]
    lines += [f"call add(g:answers, {c[2:]})" if c.startswith("= ") else c for c in commands]
    answers = trace.with_suffix(f".{editor}.json")
    script = trace.with_suffix(".vim")
    script.write_text("\n".join([*lines, f"call writefile([json_encode(g:answers)], '{answers}')", "qall!"]) + "\n")
    subprocess.run([*EDITORS[editor], "-S", script], timeout=60, stdin=subprocess.DEVNULL, capture_output=True)
    return json.loads(answers.read_text())


@pytest.mark.parametrize("editor", EDITORS)
def test_tree(editor, traces):
    """<CR> on a process goes to its first line."""
    trace = traces / "a.strace"
    row, number, text, left = asked(
        editor, trace, "TraceTree", "call search('─ ')", "= getline('.')", 'execute "normal \\<CR>"',
        "= line('.')", "= getline('.')", "= winnr('$')",
    )  # fmt: skip
    pid = row.split("─ ")[1].split()[0]
    first = next(n for n, line in enumerate(trace.read_text().splitlines(), 1) if "fork" in line or "clone" in line)
    assert number in (first, first + 1)
    assert pid in text or "fork" in text or "clone" in text
    assert left == 2


@pytest.mark.parametrize("editor", EDITORS)
def test_summary(editor, traces):
    """<CR> on a slow call goes to it, on a call's row to the first such call."""
    trace = traces / "a.strace"
    row, text, call = asked(
        editor, trace, "TraceSummary",
        "call search('^slowest')", "normal! 2j", "= getline('.')", 'execute "normal \\<CR>"', "= getline('.')",
        "wincmd j", "call search('^ *brk ')", 'execute "normal \\<CR>"', "= getline('.')",
    )  # fmt: skip
    assert row.split()[2] == text.split()[0]
    assert row.split(maxsplit=4)[4].split("(")[0] in text
    assert " brk(" in call


@pytest.mark.parametrize("editor", EDITORS)
def test_its_title(editor, traces):
    """The file's name, or of a run its command: its file lies where nobody has put it."""
    trace = traces / "a.strace"
    command = "let g:vimtrace_run.title = 'strace -f sh'"
    shown = "= [&l:statusline =~# 'b:vimtrace_title', b:vimtrace_title]"
    said = asked(editor, trace, "TraceSummary", shown, "close", command, "TraceTree", shown)
    assert said == [[1, "summary of a.strace"], [1, "tree of strace -f sh"]]


@pytest.mark.parametrize("editor", EDITORS)
def test_one_report_leads_to_the_next(editor, traces):
    """Its commands are those of the trace: of the same one; a report takes the place of the same one from before."""
    trace = traces / "a.strace"
    windows, titles, name = asked(
        editor, traces / "b.strace", f"edit {trace}", "call vimtrace#buffer#setup()", "TraceSummary", "TraceTree",
        "TraceSummary", "= winnr('$')",
        "= sort(map(filter(range(1, winnr('$')), 'getbufvar(winbufnr(v:val), \"vimtrace_title\") != \"\"'),"
        " 'getbufvar(winbufnr(v:val), \"vimtrace_title\")'))",
        "call search('^slowest')", "normal! 2j", 'execute "normal \\<CR>"', "= expand('%:t')",
    )  # fmt: skip
    assert windows == 3
    assert titles == ["summary of a.strace", "tree of a.strace"]
    assert name == "a.strace"


@pytest.mark.parametrize("editor", EDITORS)
def test_diff(editor, traces):
    """The difference under the cursor, and <CR> to the line of the trace."""
    trace = traces / "a.strace"
    diff, line, original = asked(
        editor, trace, f"TraceDiff {traces}/b.strace", "= &diff", "call search('conf\", O_RDONLY')", "= getline('.')",
        'execute "normal \\<CR>"', "= getline('.')",
    )  # fmt: skip
    assert diff == 1
    assert line == 'openat(AT_FDCWD, "conf", O_RDONLY) = descriptor'
    assert 'openat(AT_FDCWD, "conf", O_RDONLY) = 3' in original


@pytest.mark.parametrize("editor", EDITORS)
def test_diff_on_a_terminal(editor, traces, terminal, tmp_path):
    """``vimtrace diff`` is vimdiff: <CR> leads to the trace, the status is 1, and nothing is left behind."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    terminal.line(f"cd {traces}; export TMPDIR={folder}")
    terminal.line(f"vimtrace --pager={editor} diff a.strace b.strace")
    terminal.see('conf", O_RDONLY) = -1 ENOENT')
    terminal.line("")
    terminal.until(lambda: 'AT_FDCWD, "conf", O_RDONLY) = 3' in terminal.screen.text, "the trace")
    terminal.line(":qall!")
    assert terminal.status() == 1
    assert list(folder.iterdir()) == []
    terminal.line("vimtrace diff a.strace a.strace")
    terminal.see("the calls do not differ")
    assert terminal.status() == 0


def test_tables_on_a_terminal(traces, terminal):
    """rich draws them, as wide as the terminal."""
    terminal.line(f"vimtrace tree {traces}/a.strace")
    terminal.see("───")
    terminal.see("sh -c cat conf; true")
    assert terminal.status() == 0


def test_diff_without_an_editor(traces, terminal):
    """What to do is said."""
    terminal.line(f"PATH=$(dirname $(command -v vimtrace)) vimtrace diff {traces}/a.strace {traces}/b.strace")
    terminal.see("vimtrace: diff: neither vim nor nvim is installed")
    terminal.see("--text")


@pytest.mark.parametrize("editor", EDITORS)
def test_the_program_is_not_taken_from_here(editor, traces):
    """A "vimtrace" in the current folder is never run, whatever $PATH says."""
    planted = traces / "vimtrace"
    planted.write_text("#!/bin/sh\necho planted\n")
    planted.chmod(0o755)
    try:
        messages, lines = asked(
            editor, traces / "a.strace", "unlet g:vimtrace_run.program", f"cd {traces}", "let $PATH = '.:/'",
            "redir => said", "silent! TraceTree", "silent! TraceFilter fd=3", "redir END", "= said", "= getline(1)",
        )  # fmt: skip
    finally:
        planted.unlink()
    assert "planted" not in messages + lines
    assert messages.count("the program vimtrace is not in $PATH") >= 1


@pytest.mark.parametrize("editor", EDITORS)
def test_of_a_filtered_trace(editor, traces):
    """The report of a filter is that of its own trace, whichever was opened first, and leads to its events."""
    kept, told, number, name = asked(
        editor, traces / "a.strace", f"edit {traces / 'b.strace'}", "call vimtrace#buffer#setup()",
        "silent TraceFilter execve", "= line('$')", "TraceTree",
        "= expand('%')", "call search('─ ')", 'execute "normal \\<CR>"', "= line('.')", "= expand('%:t')",
    )  # fmt: skip
    assert kept < 10
    assert told.endswith("b.strace")
    assert number > 1
    assert name == "b.strace"
