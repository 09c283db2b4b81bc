"""The quickfix and location lists of a trace (autoload/vimtrace/list.vim), in both editors."""

import pytest

from conftest import state_of, tracer_of
from kit.editor import EDITORS, ask

TRACE = """\
100 execve("/bin/sh", ["sh", "-c", "a b"], 0x7ffc /* 35 vars */) = 0 <0.000300>
100 openat(AT_FDCWD, "/x = -1 ENOENT (", O_RDONLY) = 3 <0.000010>
100 openat(AT_FDCWD, "/none", O_RDONLY) = -1 ENOENT (No such file or directory) <0.000010>
100 vfork( <unfinished ...>
101 execve("/usr/bin/ls", ["ls"], 0x5 /* 3 vars */) = -1 ENOENT (No such file or directory) <0.000020>
101 execve("/bin/ls", ["ls", "-l"], 0x5 /* 3 vars */ <unfinished ...>
100 <... vfork resumed>)                 = 101 <0.200000>
101 <... execve resumed>)                = 0 <0.000500>
101 read(3, "a\\"b", 5) = -1 EAGAIN (Resource temporarily unavailable) <1.500000>
101 access("/secret", R_OK) = -1 EACCES (Permission denied) <0.000005>
101 access("/other", R_OK) = -1 ENOENT (No such file or directory) <0.000005>
101 +++ exited with 2 +++
100 --- SIGCHLD {si_signo=SIGCHLD, si_code=CLD_EXITED, si_pid=101, si_status=2} ---
100 wait4(-1, [{WIFEXITED(s) && WEXITSTATUS(s) == 2}], 0, NULL) = 101 <0.300000>
100 +++ killed by SIGTERM +++
"""

SHOW = """
function! Show(local) abort
  let l:Get = a:local ? {what -> getloclist(0, what)} : {what -> getqflist(what)}
  let l:list = l:Get({'items': 1, 'title': 1, 'idx': 0})
  let l:lines = filter(copy(l:list.items), 'v:val.valid')
  call Say([l:list.title, map(filter(copy(l:list.items), '!v:val.valid'), 'v:val.text'),
        \\ map(copy(l:lines), 'v:val.lnum'), map(copy(l:lines), 'v:val.text'), l:list.idx,
        \\ empty(l:lines) ? '' : l:lines[0].type, empty(filter(l:lines, 'v:val.bufnr != g:trace'))])
endfunction
let g:trace = bufnr('%')
setlocal filetype=strace
"""


def lists(editor, tmp_path, commands, text=TRACE, before=""):
    """What Show() says after *commands*, each the words of a command and whether it fills a location list."""
    trace = tmp_path / "trace"
    trace.write_text(text)
    script = SHOW + before + "".join(f"silent {command}\ncall Show({local})\n" for command, local in commands)
    return ask(editor, script, tmp_path, [trace])


@pytest.mark.parametrize("editor", EDITORS)
def test_errors(editor, tmp_path):
    """Each failing call, the counts of each errno first, and only those that were asked for."""
    said = lists(editor, tmp_path, [("TraceErrors!", 0), ("TraceErrors! eacces EAGAIN", 0), ("LTraceErrors!", 1)])
    title, counts, lines, texts, index, kind, ours = said[0]
    assert title == ":TraceErrors  3 ENOENT, 1 EACCES, 1 EAGAIN"
    assert counts == ["3 ENOENT", "1 EACCES", "1 EAGAIN"]
    assert (lines, index, kind, ours) == ([3, 5, 9, 10, 11], 4, "E", 1)
    assert texts == [TRACE.splitlines()[n - 1] for n in lines]
    assert said[1][1:3] == [["1 EACCES", "1 EAGAIN"], [9, 10]]
    assert said[2][1:] == said[0][1:]


@pytest.mark.parametrize("editor", EDITORS)
def test_slow(editor, tmp_path):
    """Calls of that duration or more; where most time went comes first."""
    said = lists(
        editor,
        tmp_path,
        [("TraceSlow!", 0), ("TraceSlow! .25", 0), ("LTraceSlow! 1", 1)],
        before="unlet! g:vimtrace_slow\n",
    )
    assert said[0][1:3] == [["1 read 1.500000 s", "1 wait4 0.300000 s", "1 vfork 0.200000 s"], [7, 9, 14]]
    assert [x[2] for x in said] == [[7, 9, 14], [9, 14], [9]]


@pytest.mark.parametrize("editor", EDITORS)
def test_signals(editor, tmp_path):
    """Signals and exits."""
    said = lists(editor, tmp_path, [("TraceSignals!", 0), ("LTraceSignals!", 1)])
    assert said[0][1:3] == [["1 SIGCHLD", "1 SIGTERM", "1 exited with 2"], [12, 13, 15]]
    assert said[1][2] == said[0][2]


@pytest.mark.parametrize("editor", EDITORS)
def test_processes(editor, tmp_path):
    """Each exec that succeeded and each exit, with the command; a child has its parent's until its own exec."""
    said = lists(editor, tmp_path, [("TraceProcesses!", 0), ("LTraceProcesses!", 1)])
    wanted = ["100 sh -c a b", "101 ls -l", "101 ls -l (exited with 2)", "100 sh -c a b (killed by SIGTERM)"]
    assert said[0][2:4] == [[1, 8, 12, 15], wanted]
    assert said[1][2:4] == said[0][2:4]
    forked = '7 execve("/bin/x", ["x"], 0x1) = 0\n7 fork() = 8\n8 +++ exited with 0 +++\n'
    assert lists(editor, tmp_path, [("TraceProcesses!", 0)], forked)[0][3] == ["7 x", "8 x (exited with 0)"]


@pytest.mark.parametrize("editor", EDITORS)
def test_files(editor, tmp_path):
    """Each call that takes a path."""
    said = lists(editor, tmp_path, [("TraceFiles!", 0), ("LTraceFiles!", 1)])
    assert said[0][1] == ["4 execve", "2 access", "2 openat"]
    assert said[0][2] == said[1][2] == [1, 2, 3, 5, 6, 8, 10, 11]


@pytest.mark.parametrize("editor", EDITORS)
def test_a_list_that_is_too_long_has_its_first_lines(editor, tmp_path):
    """It says so before anything else, and counts them all."""
    before = "let g:vimtrace_list_max = 2\n"
    commands = [("TraceErrors!", 0), ("unlet g:vimtrace_list_max | TraceErrors!", 0)]
    cut, whole = lists(editor, tmp_path, commands, before=before)
    said = "the first 2 of 5 lines (g:vimtrace_list_max); :TraceFilter can show all"
    assert cut[1:3] == [[said, "3 ENOENT", "1 EACCES", "1 EAGAIN"], [3, 5]]
    assert (len(whole[2]), cut[0]) == (5, whole[0])
    assert lists(editor, tmp_path, [("TraceErrors!", 0)], before="let g:vimtrace_list_max = 0\n") == [whole]


@pytest.mark.parametrize("editor", EDITORS)
def test_nothing_found_leaves_the_list_alone(editor, tmp_path):
    """And says so."""
    said = lists(editor, tmp_path, [("TraceErrors!", 0), ("TraceErrors! EPERM", 0), ("TraceErrors! E(", 0)])
    assert said[0] == said[1] == said[2]
    script = SHOW + "call Say(execute('TraceErrors EPERM'))\ncall Say(execute('TraceSlow x'))"
    said = ask(editor, script, tmp_path, [tmp_path / "trace"])
    assert "no call has failed with EPERM" in said[0]
    assert "not a number of seconds: x" in said[1]


@pytest.mark.parametrize("editor", EDITORS)
@pytest.mark.parametrize(
    "change",
    [
        "setlocal noreadonly modifiable | 1delete _ | call append(0, getline(1))",
        "setlocal fileformat=dos",
        "%yank | enew | put! | setlocal buftype=nofile filetype=strace | let g:trace = bufnr('%')",
        "let $PATH = '/nowhere'",
        "let $PATH = '.::bin'",
    ],
    ids=["modified", "line ends", "unnamed", "no grep", "no grep but here"],
)
def test_without_the_file(editor, tmp_path, change):
    """The buffer's own lines count, where they are not those of the file, or there is no grep to be trusted."""
    (tmp_path / "bin").mkdir()
    for name in ("grep", "cut", "awk", "bin/grep", "bin/cut", "bin/awk"):
        (tmp_path / name).write_text(f"#!/bin/sh\ntouch '{tmp_path}/ran'\n")
        (tmp_path / name).chmod(0o755)
    (said,) = lists(editor, tmp_path, [("TraceErrors!", 0)], before=change + "\n")
    assert said[1] == ["3 ENOENT", "1 EACCES", "1 EAGAIN"]
    assert said[2][1:] == [5, 9, 10, 11]
    assert said[6] == 1
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("editor", EDITORS)
def test_odd_bytes(editor, tmp_path):
    """A NUL byte, bytes that are no UTF-8 and a last line without an end do not hide what comes behind."""
    trace = tmp_path / "trace"
    trace.write_bytes(
        b'1 write(1, "\xff\xfe", 2) = 2\n1 write(1, "\0", 1) = 1\n1 close(9) = -1 EBADF (Bad file descriptor)'
    )
    (said,) = ask(editor, SHOW + "TraceErrors!\ncall Show(0)", tmp_path, [trace])
    assert said[2] == [3]


@pytest.mark.parametrize("editor", EDITORS)
def test_other_tracers(editor, tmp_path):
    """ltrace, perf trace and sysdig have their errors, too."""
    rows = {
        "ltrace": ("5 SYS_openat(0xffffff9c, 0x55) = -2 <0.000036>", "1 2"),
        "perftrace": ("     0.289 ( 0.013 ms): ls/13 access(filename: 0xc1)  = -1 ENOENT (No such file)", "1 ENOENT"),
        "sysdig": ("215 17:35:48.514670468 0 curl (17497) < access res=-2(ENOENT) name=/etc/x", "1 ENOENT"),
    }
    for kind, (line, count) in rows.items():
        before = f"setlocal filetype={kind}\n"
        (errors, files) = lists(editor, tmp_path, [("TraceErrors!", 0), ("TraceFiles!", 0)], f"x\n{line}\n", before)
        assert errors[1:3] == [[count], [2]], kind
        assert files[2] == [2], kind


@pytest.mark.parametrize("editor", EDITORS)
def test_the_window(editor, tmp_path):
    """It opens below with the counts first, on the first line of the trace; :cnext goes on from there."""
    script = (
        SHOW
        + """
TraceErrors
call Say([&buftype, getline(1, 5), line('.')])
wincmd p
cc
call Say(line('.'))
cnext
call Say(line('.'))
cdo call Say(line('.'))
"""
    )
    trace = tmp_path / "trace"
    trace.write_text(TRACE)
    said = ask(editor, script, tmp_path, [trace])
    assert said[0][0] == "quickfix"
    assert said[0][1] == ["|| 3 ENOENT", "|| 1 EACCES", "|| 1 EAGAIN"] + [
        f"{n}| {TRACE.splitlines()[n - 1]}" for n in (3, 5)
    ]
    assert said[0][2] == 4
    assert said[1:] == [3, 5, 3, 5, 9, 10, 11]


@pytest.mark.parametrize("editor", EDITORS)
def test_the_next_list_from_the_window(editor, tmp_path):
    """The cursor is in the list's window then: the commands of lists work there, too, on the trace."""
    script = (
        SHOW
        + """
TraceErrors
TraceSignals
call Say([&buftype, winnr('$'), getqflist({'title': 1}).title, line('.')])
LTraceErrors EACCES
call Say([&buftype, winnr('$'), getloclist(0, {'title': 1}).title, line('.')])
LTraceErrors EAGAIN
call Say([&buftype, winnr('$'), getloclist(0, {'title': 1}).title, line('.')])
wincmd t
bwipeout!
copen
call Say(trim(execute('TraceErrors')))
"""
    )
    trace = tmp_path / "trace"
    trace.write_text(TRACE)
    said = ask(editor, script, tmp_path, [trace])
    assert said[0] == ["quickfix", 2, ":TraceSignals  1 SIGCHLD, 1 SIGTERM, 1 exited with 2", 4]
    assert said[1] == ["quickfix", 3, ":LTraceErrors EACCES  1 EACCES", 2]
    assert said[2] == ["quickfix", 3, ":LTraceErrors EAGAIN  1 EAGAIN", 2]
    assert said[3] == "vimtrace: the trace is gone"


COMPILER = """
compiler strace
let g:stack = ['1 read(3, "", 5) = 0', ' > /tmp/prog(main+0x12) [0x1139] prog.c:42']
let g:stack += [' > /lib/libc.so.6(__libc_start_main+0x85) [0x2]']
call setline(1, g:stack)
cgetbuffer
call Say(map(filter(getqflist(), 'v:val.valid'), '[bufname(v:val.bufnr), v:val.lnum, v:val.text]'))
"""


@pytest.mark.parametrize("editor", EDITORS)
def test_compiler(editor, tmp_path):
    """:compiler strace finds the source lines in the stacks of "strace -kk"."""
    assert ask(editor, COMPILER, tmp_path) == [[["prog.c", 42, "main+0x12"]]]


STOPPED = {
    "TraceErrors": "vimtrace: stopped; the list is as it was",
    "TraceFilter getppid": "vimtrace: stopped; there is no filter",
    "TraceFold call": "vimtrace: stopped; nothing is folded",
}


@pytest.mark.parametrize("pager", EDITORS)
@pytest.mark.parametrize("command", STOPPED)
def test_ctrl_c_stops_it_and_not_the_tracing(terminal, ticker, pager, command, tmp_path):
    """What takes long is stopped, and all is as it was; the next Ctrl-C is for the tracer again."""
    slow = tmp_path / "slow"
    slow.mkdir()
    started = tmp_path / "started"
    for name in ("grep", "awk"):
        (slow / name).write_text(f"#!/bin/sh\necho $$ >{started}\nexec sleep 1000\n")
        (slow / name).chmod(0o755)
    terminal.line(f"vimtrace --pager={pager} strace -p {ticker.pid}")
    terminal.in_front(pager)
    terminal.see("FOLLOW")
    terminal.line(f":let $PATH = '{slow}:' . $PATH")
    terminal.line(f":{command}")
    terminal.until(lambda: started.exists() and started.read_text().strip(), "the program to run")
    program = int(started.read_text())
    terminal.ctrl("c")
    terminal.see(STOPPED[command])
    terminal.until(lambda: state_of(program) in ("", "Z"), "the program's end")
    terminal.line(":echo 'found' len(getqflist()) bufname('%')[:7] &foldmethod foldlevel(1)")
    terminal.see("found 0 trace:// manual 0")
    assert tracer_of(ticker.pid) > 0
    terminal.grows()
    terminal.ctrl("c")
    terminal.see("[killed SIGINT]")
    terminal.line(":q")
    assert terminal.status() == 130
    terminal.quiet()


@pytest.mark.parametrize("editor", EDITORS)
def test_a_program_that_ended_before_it_is_waited_for(editor, tmp_path):
    """Its exit status is known all the same: Neovim forgets a job that has ended."""
    script = """
let g:job = vimtrace#program#start('exit 3', [])
let g:until = reltime()
while (has('nvim') ? jobwait([g:job], 0)[0] == -1 : job_status(g:job) ==# 'run') && reltimefloat(reltime(g:until)) < 20
  sleep 10m
endwhile
sleep 10m
call Say(vimtrace#program#wait(g:job))
"""
    assert ask(editor, script, tmp_path) == [3]
