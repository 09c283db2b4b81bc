"""Movement in a trace: from event to event, and between the halves of a call."""

import re
import subprocess

import pytest

from kit.editor import EDITORS, ask

STRACE = """\
7 10:00:00.000001 execve("/bin/sh", ["sh"], 0x7 /* 3 vars */) = 0 <0.000100>
7 10:00:00.000002 read(3, "--- SIGHUP", 10) = 10 <0.000010>
7 10:00:00.000003 openat(AT_FDCWD, "/a", O_RDONLY) = -1 ENOENT (No such file or directory) <0.000010>
 > /lib/libc.so(open+0x1) [0x1]
8 10:00:00.000004 read(0,  <unfinished ...>
7 10:00:00.000005 access("/b", R_OK) = -1 EACCES (Permission denied) <0.500000>
9 10:00:00.000006 read(0,  <unfinished ...>
7 10:00:00.000007 --- SIGCHLD {si_signo=SIGCHLD} ---
9 10:00:00.000008 <... read resumed>"= -1 ENOENT (x)", 5) = 5 <0.020000>
8 10:00:00.000009 <... read resumed>"", 1) = 0 <1.500000>
7 10:00:00.000010 write(1, "read(", 5) = -1 EPIPE (Broken pipe) <0.000010>
8 10:00:00.000011 +++ exited with 0 +++
"""


def trace(folder, text):
    path = folder / "trace"
    path.write_text(text)
    return path


def lines_of(*moves):
    """A script that does each of *moves*: (line to start from, keys or command), and says where the cursor is."""
    return "\n".join(f"  call cursor({at}, 1)\n  {move}\n  call Say([line('.'), col('.')])" for at, move in moves)


MOVES = [
    ("error", [1, 3], [3, 6], [6, 11], [12, None]),
    ("signal", [1, 8], [8, 12]),
    ("slow", [1, 6], [6, 10]),
    ("process", [3, 6], [4, 6], [5, 10], [10, 12]),
    ("switch", [1, 5], [4, 5], [5, 6], [6, 7], [8, 9]),
    ("call", [2, 5], [5, 7], [9, 10], [10, None]),
    ("error ENOENT", [1, 3], [3, None]),
    ("slow 1", [1, 10]),
    ("call write", [1, 11]),
    ("process 9", [1, 7]),
]


@pytest.mark.parametrize("editor", EDITORS)
def test_next(editor, tmp_path):
    """:TraceNext goes to the next line of its kind, to the name of the call or the signal, and nowhere else."""
    asked = [(what, start, end) for what, *cases in MOVES for start, end in cases]
    script = "setlocal filetype=strace\n" + lines_of(*((start, f"TraceNext {what}") for what, start, _ in asked))
    found = ask(editor, script, tmp_path, [trace(tmp_path, STRACE)])
    assert found == ask(editor, f"set nomagic ignorecase nowrapscan\n{script}", tmp_path, [trace(tmp_path, STRACE)])
    assert [x[0] for x in found] == [end or start for _, start, end in asked]
    for (line, column), (_, _, end) in zip(found, asked, strict=True):
        word = re.match(r"\w*", STRACE.splitlines()[line - 1][column - 1 :])[0] if end else ""
        assert not end or word in {"openat", "access", "write", "read", "SIGCHLD", "exited"}, (line, column)


@pytest.mark.parametrize("editor", EDITORS)
def test_keys(editor, tmp_path):
    """Keys, counts, the way back, Visual mode and operators; never round the end."""
    script = "setlocal filetype=strace\n" + lines_of(
        (1, "normal 2]e"),
        (1, "normal 9]e"),
        (12, "normal [e"),
        (6, "normal [e"),
        (3, "normal [e"),
        (12, "normal 2[t"),
        (1, 'execute "normal ]s\\<C-o>"'),
        (12, "2TracePrevious signal"),
        (5, "normal [p"),
    )
    script += """
  call cursor(1, 1)
  normal v2]e
  call Say([mode(), line('v'), line('.')])
  execute "normal! \\<Esc>"
  call cursor(1, 1)
  normal yV]e
  call Say([getreg('"') =~# '^7 .*execve.*\\n.*\\n.*-1 ENOENT.*\\n$', 0, 0])
"""
    found = ask(editor, script, tmp_path, [trace(tmp_path, STRACE)])
    assert [x[0] for x in found[:9]] == [6, 11, 11, 3, 3, 6, 1, 8, 3]
    assert found[9:] == [["v", 1, 6], [1, 0, 0]]


@pytest.mark.parametrize("editor", EDITORS)
def test_what_is_not_there(editor, tmp_path):
    """One line says that there is nothing to go to, or that the trace does not show it."""
    script = """
  for [s:type, s:command] in [['strace', 'call cursor(12, 1) | TraceNext error'],
        \\ ['strace', 'call cursor(1, 1) | TracePrevious signal'],
        \\ ['tcpdump', 'TraceNext slow'], ['strace', 'TraceNext nonsense'], ['sysdig', 'TraceNext slow'],
        \\ ['strace', 'TraceNext slow 1s'],
        \\ ['bpftraceout', 'TraceNext switch'], ['bpftraceout', 'TraceNext call']]
    let &l:filetype = s:type
    call Say(trim(execute(s:command)))
  endfor
"""
    assert ask(editor, script, tmp_path, [trace(tmp_path, STRACE)]) == [
        "vimtrace: no further failing call",
        "vimtrace: no earlier signal or exit",
        "vimtrace: a tcpdump trace shows no durations",
        'vimtrace: there is no "nonsense" to go to; there is: call, error, process, signal, slow, switch',
        "vimtrace: a sysdig trace shows no durations",
        "vimtrace: not a number of seconds: 1s",
        "vimtrace: a bpftrace trace shows no processes",
        "vimtrace: a bpftrace trace shows no calls",
    ]


PAIRS = {
    "strace": (
        STRACE
        + """\
vfork( <unfinished ...>
[pid 12] vfork( <unfinished ...>
[pid 12] <... vfork resumed>) = 13
[pid 11] <... vfork resumed>) = 12
[pid 11] exit_group(0) = ?
[pid 12] futex(0x7, FUTEX_WAIT, 1, NULL <unfinished ...>) = ?
[pid 12] +++ exited with 0 +++
""",
        {5: 10, 10: 5, 7: 9, 9: 7, 13: 16, 16: 13, 14: 15, 15: 14, 18: 18},
    ),
    "sysdig": (
        """\
1 10:00:00.000000001 0 a (7) > read fd=3 size=5
2 10:00:00.000000002 1 a (8) > read fd=3 size=5
3 10:00:00.000000003 0 a (7) < read res=5 data=
4 10:00:00.000000004 1 a (8) < read res=5 data=
""",
        {1: 3, 3: 1, 2: 4, 4: 2},
    ),
    "perftrace": (
        """\
     0.100 (         ): a b/7 nanosleep(rqtp: 0x7ffe)                                       ...
     0.289 ( 0.013 ms): ls/8 nanosleep(rqtp: 0x7ffe)                                       = 0
     0.100 (1000.1 ms): a b/7  ... [continued]: nanosleep())                                = 0
""",
        {1: 3, 3: 1, 2: 2},
    ),
    "ltrace": (
        '[pid 5] SYS_wait4(0x1 <unfinished ...>\n[pid 6] puts("x") = 2\n[pid 5] <... SYS_wait4 resumed> )  = 6\n',
        {1: 3, 3: 1},
    ),
}


@pytest.mark.parametrize("kind", PAIRS)
@pytest.mark.parametrize("editor", EDITORS)
def test_pairs(editor, kind, tmp_path):
    """% goes from the unfinished half of a call to where the same process resumes it, and back."""
    text, pairs = PAIRS[kind]
    script = f"setlocal filetype={kind}\n" + lines_of(*((line, "normal %") for line in pairs))
    found = ask(editor, script, tmp_path, [trace(tmp_path, text)])
    assert [x[0] for x in found] == list(pairs.values())


@pytest.mark.parametrize("editor", EDITORS)
def test_brackets(editor, tmp_path):
    """% on a bracket goes to the other one, with a count into the file."""
    line = 'f({a=[1, "(("]}, 2) = 0'
    script = "setlocal filetype=strace\n" + lines_of((1, "normal f(%"), (1, "normal f[%"), (1, "normal 50%"))
    found = ask(editor, script, tmp_path, [trace(tmp_path, f"{line}\n" * 10)])
    assert found == [[1, line.rindex(")") + 1], [1, line.index("]") + 1], [5, 1]]


def test_on_a_real_trace(terminal, tmp_path):
    """The keys go through a trace that strace has made, on a terminal."""
    subprocess.run(["strace", "-f", "-o", "t.strace", "sh", "-c", "cat /no-such; true"], cwd=tmp_path, check=False)
    lines = (tmp_path / "t.strace").read_text().splitlines()
    failing = next(i for i, x in enumerate(lines, 1) if "ENOENT" in x or "EACCES" in x or "EINVAL" in x)
    terminal.line("vimtrace --pager=vim open t.strace")
    terminal.see(f"1/{len(lines)}")
    terminal.type("]e")
    terminal.see(f"{failing}/{len(lines)}")
    terminal.type("99[e")
    terminal.see("vimtrace: no earlier failing call")
    terminal.type(":q\r")
    terminal.sane()


@pytest.mark.parametrize("editor", EDITORS)
def test_a_long_trace(editor, tmp_path):
    """In a long trace each movement takes no longer than a search; the exact patterns alone take a minute."""
    line = '7 10:00:00.000001 read(3</usr/lib/x86_64-linux-gnu/libc.so.6>, "abc", 3) = 3 <0.000012>\n'
    path = trace(
        tmp_path, "7 10:00:00.000001 futex(0x1 <unfinished ...>\n" + line * 200000 + "7 <... futex resumed>) = 0\n"
    )
    moves = [f"TraceNext {what}" for what in ["signal", "slow", "switch", "call futex", "error"]] + ["normal %"]
    script = "setlocal filetype=strace\n" + "\n".join(
        f"""  call cursor(1, 1)
  let s:start = reltime()
  {move}
  call Say([line('.'), reltimefloat(reltime(s:start))])"""
        for move in moves
    )
    found = ask(editor, script, tmp_path, [path], timeout=300)
    assert [x[0] for x in found] == [1, 1, 1, 200002, 1, 200002]
    assert max(x[1] for x in found) < 3, found


@pytest.mark.parametrize("editor", EDITORS)
def test_declined_and_taken_back(editor, tmp_path):
    """Keys can be declined or left to the user's own; <Plug> is there all the same; undo leaves nothing."""
    script = """
  setlocal nomodifiable
  function! Maps() abort
    let l:maps = []
    for l:mode in ['n', 'x', 'o']
      for l:map in [']e', '%', 'gf', 'K', 'gh', 'gy', 'ia', 'cp', '<Plug>(vimtrace-next-error)']
        let l:maps += maparg(l:map, l:mode) ==# '' ? [] : [l:mode . l:map]
      endfor
    endfor
    return l:maps
  endfunction
  let g:vimtrace_no_maps = 1
  setlocal filetype=strace
  call Say(Maps())
  unlet g:vimtrace_no_maps
  nnoremap <buffer> gh :echo 'mine'<CR>
  setlocal filetype=strace
  call Say(Maps())
  call Say(maparg('gh', 'n'))
  setlocal filetype=
  call Say(Maps())
  call Say([exists(':TraceNext'), exists(':TraceMark')])
"""
    declined, all_of_them, own, left, commands = ask(editor, script, tmp_path, [trace(tmp_path, STRACE)])
    plug = "<Plug>(vimtrace-next-error)"
    assert declined == [f"{mode}{plug}" for mode in "nxo"]
    assert all_of_them == [
        *["n]e", "n%", "ngf", "nK", "ngh", "ngy", "ncp", f"n{plug}"],
        *["x]e", "x%", "xgh", "xia", f"x{plug}"],
        *["o]e", "o%", "oia", f"o{plug}"],
    ]
    assert own.startswith(":echo")
    assert left == ["ngh"]
    assert commands == [0, 0]


@pytest.mark.parametrize("pager", EDITORS)
def test_what_was_said_does_not_stay(terminal, tmp_path, pager):
    """The next move that gets somewhere takes "no further failing call" from the screen."""
    (tmp_path / "t.strace").write_text(STRACE)
    terminal.line(f"vimtrace --pager={pager} open t.strace")
    terminal.see("1/12")
    terminal.type("9]e")
    terminal.see("vimtrace: no further failing call")
    terminal.see("11/12")
    terminal.type("[e")
    terminal.see("6/12")
    terminal.gone("vimtrace: no further failing call")
    terminal.type(":q\r")
    terminal.sane()


@pytest.mark.parametrize("pager", EDITORS)
def test_while_live(terminal, tmp_path, pager):
    """In a live trace it goes through what has arrived, and further when more has."""
    more = tmp_path / "more"
    first = "12 read(3) = 0\\n12 read(4) = -1 EBADF (Bad file descriptor)\\n12 read(3) = 0\\n"
    terminal.line(
        f"(printf '{first}'; until [ -e {more} ]; do sleep 0.1; done; printf '12 dup(5) = -1 EBADF (Bad file)\\n')"
        f" | vimtrace --pager={pager} --filetype=strace -"
    )
    terminal.see("3 lines")
    terminal.type("gg]e")
    terminal.see("2/3")
    terminal.type("]e")
    terminal.see("vimtrace: no further failing call")
    more.touch()
    terminal.see("dup(5)")
    terminal.type("]e")
    terminal.see("4/4")
    terminal.type(":q\r")
    terminal.sane()
