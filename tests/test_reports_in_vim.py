"""The editor's windows on what a trace adds up to: their lines lead to the events."""

import json
import os
import pathlib
import signal
import subprocess
import sys

import psutil
import pytest

import vimtrace
from kit.run import follow, leave
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


def asked(editor, trace, *commands, files=()):
    """What the expressions of *commands* (``= EXPR``) say after the other commands, in an editor on *trace*.

    *files*: all of the run, if these are more.
    """
    files = [str(file) for file in files or [trace]]
    run = vim_literal({"files": files, "program": [sys.executable, "-I", "-c", PROGRAM]})
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


def opened_diff(terminal, editor, traces, folder):
    """Have *editor* show the diff of the *traces*; what is temporary is in *folder*, which is made."""
    folder.mkdir()
    terminal.line(f"cd {traces}; export TMPDIR={folder}")
    terminal.line(f"vimtrace --pager={editor} diff a.strace b.strace")


@pytest.mark.parametrize("editor", EDITORS)
def test_diff_on_a_terminal(editor, traces, terminal, tmp_path):
    """``vimtrace diff`` is vimdiff: <CR> leads to the trace, the status is 1, and nothing is left behind."""
    folder = tmp_path / "temporary"
    opened_diff(terminal, editor, traces, folder)
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


@pytest.mark.parametrize("editor", EDITORS)
def test_a_row_that_ends_as_a_title_does(editor, traces):
    """It is a row all the same, and so are those below it."""
    trace = traces / "colon.strace"
    words = ["sh", "-c", "/bin/true x:; /bin/true y; /bin/echo z; exit"]
    subprocess.run(["strace", "-f", "-o", trace, *words], capture_output=True, check=True)
    found = asked(
        editor, trace, "TraceTree", "call search('true x:$')", 'execute "normal \\<CR>"', "= line('.')", "wincmd j",
        "call search('echo z')", 'execute "normal \\<CR>"', "= getline('.')", "wincmd j",
        "call search('^ *began ')", "redir => said", 'silent execute "normal \\<CR>"', "redir END", "= said",
    )  # fmt: skip
    assert found[0] > 1
    pid = next(line.split()[0] for line in trace.read_text().splitlines() if 'echo", "z"' in line)
    assert pid in found[1] or "fork" in found[1] or "clone" in found[1]
    assert "no event here" in found[2]


@pytest.mark.parametrize("editor", EDITORS)
def test_signals_and_errors(editor, traces):
    """Their rows lead to the first of them; what leads nowhere leaves the cursor where it is."""
    trace = traces / "signal.strace"
    subprocess.run(["strace", "-o", trace, "sh", "-c", "kill -USR1 $$"], capture_output=True)
    first, title, window, kind, said = asked(
        editor, trace, "TraceSummary", "call search('^  SIGUSR1')", 'execute "normal \\<CR>"', "= getline('.')",
        "wincmd j", "call search('^[a-z].*:$')", "let window = win_getid()", 'silent execute "normal \\<CR>"',
        "= getline('.')", "= win_getid() == window", "call setbufvar(bufnr('%'), '&modifiable', 1)",
        "call append('$', ['', 'more:', '  call', '  nowhere'])", "normal! G", "redir => said",
        'silent execute "normal \\<CR>"', "redir END", "= &buftype", "= said",
    )  # fmt: skip
    assert first.startswith("--- SIGUSR1 ")
    assert title.endswith(":")
    assert window == 1
    assert kind == "nofile"
    assert "no event here" in said


@pytest.mark.parametrize("editor", EDITORS)
def test_files(editor, traces):
    """A file's row leads to the first line that names it, that of a missing one to where it was missed."""
    found, missing = asked(
        editor, traces / "b.strace", "TraceSummary", "call search('libc.so')", 'execute "normal \\<CR>"',
        "= getline('.')", "wincmd j", "call search('^  ENOENT *conf$')", 'execute "normal \\<CR>"', "= getline('.')",
    )  # fmt: skip
    assert "libc.so" in found
    assert 'openat(AT_FDCWD, "conf", O_RDONLY) = -1 ENOENT' in missing


@pytest.mark.parametrize("editor", EDITORS)
def test_of_a_set(editor, traces, tmp_path):
    """The tree of a run with -ff is that of all its files; a process's row leads to its own."""
    subprocess.run(
        ["strace", "-ff", "-ttt", "-o", tmp_path / "t", "sh", "-c", "/bin/echo z; exit"], capture_output=True
    )
    files = sorted(tmp_path.iterdir())
    names, row, name = asked(
        editor, files[0], "TraceTree", "= b:vimtrace_files", "call search('echo z$')", "= getline('.')",
        'execute "normal \\<CR>"', "= expand('%:p')", files=files,
    )  # fmt: skip
    assert names == [str(file) for file in files]
    assert name == next(str(file) for file in files if 'echo", "z"' in file.read_text())
    assert name.rpartition(".")[2] in row


@pytest.mark.parametrize("editor", EDITORS)
def test_of_what_is_in_no_file(editor, traces):
    """What to do is said."""
    (said,) = asked(
        editor, traces / "a.strace", "enew", "set filetype=strace", "call vimtrace#buffer#setup()", "redir => said",
        "silent! TraceTree", "silent! TraceDiff x", "redir END", "= said",
    )  # fmt: skip
    assert said.count("write it to one first") == 2


@pytest.mark.parametrize("editor", EDITORS)
def test_diff_again(editor, traces):
    """The same one takes the place of that from before; what does not differ opens nothing."""
    tabs, windows, said, more = asked(
        editor, traces / "a.strace", f"TraceDiff {traces}/b.strace", "tabfirst", f"TraceDiff {traces}/b.strace",
        "= tabpagenr('$')", "= winnr('$')", "tabfirst", "redir => said", f"silent TraceDiff {traces}/a.strace",
        "redir END", "= said", "= tabpagenr('$')",
    )  # fmt: skip
    assert (tabs, windows) == (2, 2)
    assert "the calls do not differ" in said
    assert more == 2


@pytest.mark.parametrize("editor", EDITORS)
def test_diff_leads_to_the_buffer_that_is_there(editor, traces):
    """Also where the trace is in no file that the buffer has, as a live one, and where its name is no text."""
    other = traces / "with\nline"
    other.write_bytes((traces / "b.strace").read_bytes())
    left, right, lines, buffers = asked(
        editor, traces / "a.strace", "setlocal buftype=nofile", "file live", "let root = bufnr('%')",
        f"execute 'TraceDiff' fnameescape('{traces}/with' . nr2char(10) . 'line')",
        "call search('conf\", O_RDONLY')", 'execute "normal \\<CR>"', "= bufnr('%') == root", "tablast", "wincmd l",
        "call search('conf\", O_RDONLY')", 'execute "normal \\<CR>"', "= expand('%:p')", "= line('$')",
        "= len(filter(getbufinfo(), 'v:val.name =~ \"a.strace$\" && v:val.name !~ \"//\"'))",
    )  # fmt: skip
    assert left == 1
    assert right == str(other)
    assert lines > 10
    assert buffers <= 1


@pytest.mark.parametrize("editor", EDITORS)
def test_diff_of_sets_and_packed_traces(editor, traces, terminal, tmp_path):
    """A line of a set leads to the file of its process; a packed trace is shown unpacked."""
    for name, word in (("one", "y"), ("two", "z")):
        words = ["strace", "-ff", "-ttt", "-o", tmp_path / name, "sh", "-c", f"/bin/echo {word}; exit"]
        subprocess.run(words, capture_output=True, check=True)
    terminal.line(f"cd {tmp_path}; gzip -c {traces}/b.strace >b.gz; vimtrace --pager={editor} diff one two")
    terminal.see("=== p2 /bin/echo")
    terminal.line(":call search('write(.*\"y')")
    terminal.line(':execute "normal \\<CR>"')
    terminal.until(lambda: 'write(1, "y' in terminal.screen.text and "=== p2" not in terminal.screen.text, "the trace")
    terminal.line(":qall!")
    assert terminal.status() == 1
    terminal.line(f"vimtrace --pager={editor} diff {traces}/a.strace b.gz")
    terminal.see('conf", O_RDONLY) = -1 ENOENT')
    assert "Error" not in terminal.screen.text
    terminal.line(":qall!")
    terminal.status()


@pytest.mark.parametrize("editor", EDITORS)
def test_keys_for_what_the_diff_s_editor_runs(editor, traces, terminal, tmp_path):
    """A Ctrl-C in ``:!`` ends that; the editor goes on and leaves nothing behind. Who ends vimtrace ends both."""
    folder = tmp_path / "temporary"
    opened_diff(terminal, editor, traces, folder)
    terminal.see("=== p1")
    if editor == "vim":  # Neovim's has no terminal
        terminal.line(":!sleep 100")
        terminal.until(lambda: terminal.named("sleep"), "it sleeps")
        terminal.ctrl("c")
        terminal.see("Press ENTER")
        terminal.type("\r")
    (ours,) = terminal.named("vimtrace")
    terminal.line(":call search('conf\", O_RDONLY') | redraw!")
    terminal.see('conf", O_RDONLY) = -1 ENOENT')
    os.kill(ours.pid, signal.SIGTERM)
    assert terminal.status() == 143
    terminal.until(lambda: not terminal.named(editor), "the editor has ended")
    terminal.sane()
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("editor", EDITORS)
def test_stopped(editor, terminal, ticker, tmp_path):
    """Ctrl-C while a report is made ends that, and not the tracing."""
    slow = tmp_path / "slow"
    slow.write_text(f"#!/bin/sh\necho $$ >{tmp_path}/pid.new; mv {tmp_path}/pid.new {tmp_path}/pid; exec sleep 100\n")
    slow.chmod(0o755)
    follow(terminal, editor, f"strace -p {ticker.pid}", "getppid()")
    terminal.line(f":let g:vimtrace_run.program = ['{slow}']")
    terminal.line(":TraceSummary")
    terminal.until((tmp_path / "pid").exists, "it is made")
    terminal.ctrl("c")
    terminal.see("vimtrace: stopped")
    pid = int((tmp_path / "pid").read_text())
    terminal.until(lambda: not psutil.pid_exists(pid), "it has ended")
    terminal.see("[running]")
    leave(terminal, 130)
