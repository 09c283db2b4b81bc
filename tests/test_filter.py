"""Filters of a trace (autoload/vimtrace/filter.vim) in both editors: what they keep, how they stack and grow."""

import os
import pathlib
import re
import subprocess
import sys

import pytest

from kit.editor import EDITORS, ask
from vimtrace.filter import Filter
from vimtrace.trace.event import Call, Signal
from vimtrace.trace.source import Traces

TRACE = """\
100 execve("/bin/sh", ["sh"], 0x7ffc /* 35 vars */) = 0
100 openat(AT_FDCWD, "/none", O_RDONLY) = -1 ENOENT (No such file or directory)
100 openat(AT_FDCWD, "/etc/passwd", O_RDONLY) = 3</etc/passwd>
100 read(3</etc/passwd>, "openat(x", 8) = 8
101 read(4<socket:[7]>,  <unfinished ...>
100 --- SIGCHLD {si_signo=SIGCHLD, si_pid=101} ---
101 <... read resumed>"", 5) = 0
100 close(3</etc/passwd>) = 0
100 +++ killed by SIGTERM +++
"""

START = """
setlocal nomodifiable filetype=strace
function! Kept() abort
  call Say(map(getline(1, '$'), 'index(g:all, v:val) + 1'))
endfunction
let g:all = getline(1, '$')
"""


def kept(editor, tmp_path, script, text=TRACE):
    """What the script says; Kept() says which lines of the trace the buffer shows."""
    trace = tmp_path / "trace"
    trace.write_text(text)
    return ask(editor, START + script, tmp_path, [trace])


TERMS = {
    "openat": [2, 3],
    "read": [4, 5, 7],
    "openat close": [2, 3, 8],
    "%file": [1, 2, 3],
    "%desc": [2, 3, 4, 5, 7, 8],
    "re* *at": [2, 3, 4, 5, 7],
    "r??d": [4, 5, 7],
    "101": [5, 7],
    "pid=101,100 read": [4, 5, 7],
    "pid:101 ENOENT": [],
    "100 openat read": [2, 3, 4],
    "ENOENT %file": [2],
    "%file !ENOENT": [1, 3],
    "!%file !101": [4, 6, 8, 9],
    "failed": [2],
    "SIGCHLD": [6],
    "SIGTERM SIGCHLD 100": [6, 9],
    "/passwd/": [3, 4, 8],
    "/PASSWD/i": [3, 4, 8],
    "/3<\\/etc/": [3, 4, 8],
    "/^10[01] (read|close)/": [4, 5, 7, 8],
    '/"openat\\(x", 8/': [4],
    "/etc.*8$/ 100": [4],
    "/\\bet/": [3, 4, 8],
    "/= 0$/": [1, 5, 7, 8],
    "/= 0$/ !execve": [5, 7, 8],
    '/one/ /x", 8/': [2, 4],
    "/open(at)\\(.*(passwd|shadow)/": [3],
    "/^1\\d{1,2} (?:r|cl)[a-o]+[sd]e?\\(3/": [4, 8],
    "/(^101|TERM [+]{3}$)/": [5, 7, 9],
    "/\\S+ re\\w*\\(\\d<[^>]+>,/": [4, 5, 7],
    "/\\s[A-Z]{7} [{]/": [6],
    "call=openat,close": [2, 3, 8],
    "errno=ENOENT,EPERM": [2],
}  # fmt: skip
ASKED = {
    "openat or read 101": [2, 3, 5, 7],
    "not %file and pid=100": [4, 6, 8, 9],
    "fd=3": [3, 4, 8],
    "path=/etc/*": [3, 4, 8],
    "!(openat or 101)": [1, 4, 6, 8, 9],
    "E* or kind=exit": [2, 9],
    "/(?<=<)\\/etc/": [3, 4, 8],
    "/a.b/ or close": [8],
    "result>=8 read": [4],
    "/x/i and /X/ or unfinished": [],
}  # fmt: skip
PROGRAM = f"let $PATH = '{os.path.dirname(sys.executable)}:' . $PATH\n"


@pytest.mark.parametrize("editor", EDITORS)
def test_terms(editor, tmp_path):
    """Terms of one kind are alternatives, different kinds narrow; ! keeps the others. grep alone can tell them."""
    check(editor, tmp_path, TERMS, "")


@pytest.mark.parametrize("editor", EDITORS)
def test_the_program_answers_the_rest(editor, tmp_path):
    """Fields, and, or, not, parentheses, and what only Python's expressions can say."""
    check(editor, tmp_path, ASKED, PROGRAM)


def check(editor, tmp_path, cases, script):
    show = "TraceFilter{} {}\ncall Say(bufnr('%') == 1 ? [] : map(getline(1, '$'), 'index(g:all, v:val) + 1'))\n"
    show += "buffer 1\n"
    for terms in cases:
        script += show.format("", terms) + show.format("!", terms)
    said = kept(editor, tmp_path, script)
    for n, (terms, wanted) in enumerate(cases.items()):
        assert said[2 * n] == wanted, terms
        assert said[2 * n + 1] == [line for line in range(1, 10) if line not in wanted], terms


SLOW = """\
7 read(0, "", 1) = 0 <0.099999>
7 read(0, "<0.5>", 1) = 1 <0.100000>
7 read(0, "", 1) = 0 <0.100000001>
8 read(0,  <unfinished ...>
7 read(0, "", 1) = 0 <0.100001>
8 <... read resumed>"", 1) = 0 <12.000000>
7 +++ exited with 0 +++
"""
SLOW_TERMS = {
    "slow>0.1": [3, 4, 5, 6],
    "slow>=0.1": [2, 3, 4, 5, 6],
    "slow>100ms 7": [3, 5],
    "slow>100000us slow>=1": [4, 6],
    "slow>12": [],
    "slow>=12s": [4, 6],
    "!slow>0 read": [],
}


@pytest.mark.parametrize("editor", EDITORS)
def test_slow(editor, tmp_path):
    """grep alone tells what takes long, as the program does: more than so many seconds, or as many."""
    show = "call Say(bufnr('%') == 1 ? [] : map(getline(1, '$'), 'index(g:all, v:val) + 1'))\nbuffer 1\n"
    said = kept(editor, tmp_path, "".join(f"TraceFilter {x}\n{show}" for x in SLOW_TERMS), SLOW)
    assert dict(zip(SLOW_TERMS, said, strict=True)) == SLOW_TERMS
    (tmp_path / "trace").write_text(SLOW)
    for expression, lines in SLOW_TERMS.items():
        words = [sys.executable, "-m", "vimtrace", "filter", "--numbers", expression, str(tmp_path / "trace")]
        told = subprocess.run(words, capture_output=True, text=True, check=False).stdout
        assert [int(line) for line in told.split()] == lines, expression


TO_GREP = r"""
/a(b|c)*d+/ | a(b|c)*d+
/^(?:x){2,}y{0,3}z{4}$/ | ^(x){2,}y{0,3}z{4}$
/(^a|b$)/ | (^a|b$)
/[^"]*"\D+\d?/ | [^"]*"[^0-9]+[0-9]?
/a\|b\(c\)\+\{<=>@%&~/ | a[|]b[(]c[)][+][{][<][=][>][@][%][&][~]
/aB-1\w/i | [aA][bB]-1[0-9A-Za-z_]
/[a-z]/i |
/a.b/ |
/[^"]"/ |
/\S?x/ |
/x+?y/ |
/x*+y/ |
/a{,3}/ |
/a||b/ |
/(|a)/ |
/a|/ |
/(?=a)b/ |
/(?i)b/ |
/a^b$c/ |
/(a)\1/ |
/\Aa/ |
/[\d]/ |
/\n/ |
/é/ |
"""


@pytest.mark.parametrize("editor", EDITORS)
def test_what_grep_gets_of_regular_expressions(editor, tmp_path):
    """What means the same to grep goes to grep, which is many times faster; nothing else does."""
    rows = [row.partition(" |") for row in TO_GREP.strip().splitlines()]
    script = "function! Grep(term) abort\nlet l:groups = vimtrace#term#groups(a:term)\n"
    script += "return empty(l:groups) ? '' : l:groups[0].patterns[0].grep\nendfunction\n"
    script += "".join(f"call Say(Grep('{term}'))\n" for term, _, _ in rows)
    assert kept(editor, tmp_path, script) == [wanted.strip() for _, _, wanted in rows]


CORPUS = pathlib.Path(__file__).parent / "corpus"
# Where strace's own message has cut a call in two ("read(0, strace: Process 12 detached"), grep does not know it.
CUT = {"attach-Y.strace", "attach.strace", "yy-stderr.strace"}
TRACES = sorted(p.name for kind in ("strace", "ltrace", "perftrace", "sysdig") for p in CORPUS.glob(f"*.{kind}"))
TRACES = [name for name in TRACES if name not in CUT]


def words_of(events):
    """Expressions that grep may answer, about what is in the trace."""
    calls = [event for event in events if isinstance(event, Call)]
    named = sorted({c.name for c in calls if re.fullmatch(r"\w+", c.name)})
    errnos = sorted({c.errno for c in calls if c.errno})
    pids = sorted({str(pid) for event in events for pid in (event.pid, event.line.pid) if pid is not None})
    signals = sorted({event.name for event in events if isinstance(event, Signal) and event.name})
    found = [*named[:4], "%file", "%desc !read", "!%memory", "failed", *errnos[:2], *pids[:2], *signals[:1], "/lib/"]
    found += [" ".join([*named[1:3], *errnos[:1]]), " ".join([*pids[-1:], "%file"]), "/3/ !failed", "/[.]so/ openat"]
    return [expression for expression in found if expression.strip()]


@pytest.mark.parametrize("name", TRACES)
def test_it_is_the_language_of_the_program(tmp_path, name):
    """grep finds the lines that "vimtrace filter" prints: both halves of a call, its stack, its dumps."""
    path = CORPUS / name
    events = list(Traces([str(path)]).events())
    cases = words_of(events)
    script = f"setlocal nomodifiable filetype={path.suffix[1:]}\n{PROGRAM}"
    for expression in cases:
        script += f"TraceFilter {expression}\ncall Say(bufnr('%') == 1 ? [] : vimtrace#filter#numbers())\nbuffer 1\n"
    said = ask("vim", script, tmp_path, [path])
    for expression, numbers in zip(cases, said, strict=True):
        chosen = Filter(expression)
        wanted = sorted({line.number for event in events if chosen(event) for line in event.lines})
        assert numbers == wanted, expression


@pytest.mark.parametrize("editor", EDITORS)
def test_errors(editor, tmp_path):
    """What cannot be filtered by says so, and nothing is opened."""
    wrong = {
        "%nothing": "vimtrace: filter: %nothing: no such family",
        "/(/": "vimtrace: filter: /(/: missing )",
        "EPERM": "vimtrace: no line matches: EPERM",
        "//": "vimtrace: filter: //: not understood",
        "foo=1": "vimtrace: filter: foo: no such field",
        "openat or": "vimtrace: filter: something is missing",
        "(openat": "vimtrace: filter: a ( is not closed",
    }
    script = PROGRAM + "".join(f"call Say([execute('TraceFilter {x}'), bufnr('%')])\n" for x in wrong)
    for (message, buffer), wanted in zip(kept(editor, tmp_path, script), wanted_of(wrong), strict=True):
        assert wanted in message
        assert buffer == 1


def wanted_of(wrong):
    return list(wrong.values())


@pytest.mark.parametrize("editor", EDITORS)
def test_stack(editor, tmp_path):
    """A filter of a filter keeps what both keep; u goes back a step at a time; a filter is used again."""
    script = """
TraceFilter 100
TraceFilter! %file
call Kept()
let g:deep = bufnr('%')
call Say(bufname('%'))
3
normal u
call Kept()
call Say(line('.'))
normal u
call Say([bufnr('%'), line('.')])
call Say(execute('normal u'))
TraceFilter 100
TraceFilter! %file
call Say(bufnr('%') == g:deep)
"""
    said = kept(editor, tmp_path, script)
    assert said[0] == [4, 6, 8, 9]
    assert said[1] == f"trace://{tmp_path}/trace?100?!%file"
    assert said[2:4] == [[1, 2, 3, 4, 6, 8, 9], 6]
    assert said[4] == [1, 8]
    assert "this is the whole trace" in said[5]
    assert said[6] == 1


@pytest.mark.parametrize("editor", EDITORS)
def test_jump(editor, tmp_path):
    """<CR> goes to the line in the whole trace and back, in another window if that shows it; <C-o> comes back."""
    script = r"""
TraceFilter read
2
execute "normal \<CR>"
call Say([bufnr('%'), line('.')])
8
execute "normal \<CR>"
call Say([bufnr('%') != 1, line('.')])
1
execute "normal \<CR>"
execute "normal \<C-o>"
call Say([bufnr('%') != 1, line('.')])
TraceFilter 101
2
execute "normal \<CR>"
call Say([bufnr('%'), line('.')])
execute "normal \<CR>"
call Say(line('.'))
split
buffer 1
wincmd w
execute "normal 1G\<CR>"
call Say([winnr('$'), winnr(), bufnr('%'), line('.')])
"""
    said = kept(editor, tmp_path, script)
    assert said == [[1, 5], [1, 3], [1, 1], [1, 7], 2, [2, 1, 1, 5]]


@pytest.mark.parametrize("editor", EDITORS)
def test_return_without_a_filter(editor, tmp_path):
    """<CR> is the editor's own in a trace that was never filtered, also with a count."""
    assert kept(editor, tmp_path, '1\nexecute "normal 3\\<CR>"\ncall Say(line("."))') == [4]


@pytest.mark.parametrize("editor", EDITORS)
def test_odd_bytes(editor, tmp_path):
    """A NUL byte, bytes that are no UTF-8 and CRs are in the filter as they are in the trace."""
    trace = tmp_path / "trace"
    trace.write_bytes(
        b'1 write(1, "\xff\xe9", 2) = 2\r\n1 close(0) = 0\n1 write(1, "\0", 1) = 1\n1 write(1, "\xe7\x9b\xae\r")'
    )
    same = "call Say([getline(1, '$') ==# [g:all[0], g:all[2], g:all[3]], line('$')])\n"
    said = ask(
        editor, START + "TraceFilter write\n" + same + "buffer 1\nTraceFilter! close\n" + same, tmp_path, [trace]
    )
    assert said == [[1, 3], [1, 3]]


CURSOR = [
    (1, "100", "pid=100"),
    (4, "read", "read"),
    (7, "read", "read"),
    (2, "ENOENT", "ENOENT"),
    (2, "none", '/"\\/none"/'),
    (3, "AT_FDCWD", "/\\bAT_FDCWD\\b/"),
    (4, "3<", "/<\\/etc\\/passwd>/"),
    (4, "passwd>", "/<\\/etc\\/passwd>/"),
    (5, "socket", "/<socket:\\[7\\]>/"),
    (4, "openat", "/\\bopenat\\b/"),
    (6, "SIGCHLD", "SIGCHLD"),
]


@pytest.mark.parametrize("editor", EDITORS)
def test_under_the_cursor(editor, tmp_path):
    """o keeps only what is under the cursor, x hides it."""
    script = ""
    for line, text, _ in CURSOR:
        at = f"buffer 1\ncall cursor({line}, stridx(getline({line}), '{text}') + 1)\n"
        for key in "ox":
            script += f"{at}normal {key}\ncall Say(matchstr(bufname('%'), '?\\zs.*'))\ncall Kept()\n"
    script += "buffer 1\ncall cursor(1, 26)\nnormal o\ncall Say(bufnr('%'))"
    said = kept(editor, tmp_path, script)
    for n, (line, text, term) in enumerate(CURSOR):
        name, lines, hidden_name, rest = said[4 * n : 4 * n + 4]
        assert (name, hidden_name) == (term, "!" + term), text
        assert line in lines
        assert sorted(lines + rest) == list(range(1, 10)), text


@pytest.mark.parametrize("editor", EDITORS)
def test_it_is_a_trace_of_its_own(editor, tmp_path):
    """Same file type, keys and lists; nothing of it is on disk; it is kept when another buffer takes its window."""
    script = """
set nohidden
TraceFilter %desc
call Say([&filetype, &buftype, &swapfile, &modifiable, &modeline, &binary, maparg('o', 'n'), maparg('g?', 'n')])
TraceErrors!
call Say(map(filter(getqflist(), 'v:val.valid'), '[v:val.bufnr == bufnr("%"), v:val.lnum]'))
let g:filter = bufnr('%')
edit
call Kept()
enew
execute 'buffer' g:filter
call Kept()
vertical TraceFilter read
call Say(winnr('$'))
bwipeout
normal u
call Say(bufnr('%'))
"""
    said = kept(editor, tmp_path, script)
    assert said[0] == ["strace", "nofile", 0, 0, 0, 0, "<Plug>(vimtrace-only)", "<Plug>(vimtrace-keys)"]
    assert said[1:] == [[[1, 1]], TERMS["%desc"], TERMS["%desc"], 2, 1]


@pytest.mark.parametrize("editor", EDITORS)
def test_keys_are_left_alone_in_a_buffer_that_can_be_changed(editor, tmp_path):
    """o, x, u and <CR> edit there; :TraceFilter works."""
    trace = tmp_path / "trace"
    trace.write_text(TRACE)
    script = "setlocal filetype=strace\ncall Say(map(['o', 'x', 'u', '<CR>'], 'maparg(v:val, \"n\")'))\n"
    script += "TraceFilter read\ncall Say(line('$'))"
    assert ask(editor, script, tmp_path, [trace]) == [["", "", "", ""], 3]


@pytest.mark.parametrize("family", ["%file", "%process", "%network", "%signal", "%desc", "%memory", "%creds", "%clock"])
def test_families_are_those_of_strace(tmp_path, family):
    """What "strace -e trace=%FAMILY" shows of a real program is in our family, and nothing else is."""
    whole = tmp_path / "whole"
    program = (
        "import socket, os, signal; signal.getsignal(2); s = socket.socket(); s.bind(('', 0)); os.setuid(os.getuid());"
    )
    program += "import time; time.process_time(); time.sleep(0.001); os.system('cd /; ls')"
    command = ["python3", "-c", program]
    for name, flags in ((whole, []), (tmp_path / "part", ["-e", f"trace={family}"])):
        subprocess.run(["strace", "-f", *flags, "-o", name, *command], check=True, stdout=subprocess.DEVNULL)
    script = f"setlocal filetype=strace\nTraceFilter {family} no_such_call\ncall Say(getline(1, '$'))"
    (lines,) = ask("vim", script, tmp_path, [whole])
    calls = r"^\d+ +(?:<\.\.\. )?(\w+)(?:\(| resumed)"
    shown = set(re.findall(calls, "\n".join(lines), re.MULTILINE))
    assert shown
    assert shown == set(re.findall(calls, (tmp_path / "part").read_text(), re.MULTILINE))


GROW = r"""
let g:vimtrace_run = {'files': [expand('%:p')], 'title': 'strace', 'live': 1, 'state': '', 'messages': '',
      \ 'tail': exepath('tail'), 'tracer': getpid()}
let g:all = getline(1, '$')
enew
setlocal buftype=nofile bufhidden=hide undolevels=-1
call setline(1, g:all[:3])
setlocal nomodifiable nomodified filetype=strace
let b:vimtrace = {'state': 'running', 'feeding': 1}
let g:trace = bufnr('%')
function! Kept() abort
  return map(filter(getline(1, '$'), 'v:val !=# ""'), 'index(g:all, v:val) + 1')
endfunction
function! Expect(wanted) abort
  let l:patience = 1000
  while Kept() != a:wanted && l:patience > 0
    sleep 10m
    let l:patience -= 1
  endwhile
  call Say(Kept())
endfunction
function! Grow(wanted) abort
  call setbufvar(g:trace, '&modifiable', 1)
  call appendbufline(g:trace, '$', g:all[4:])
  call setbufvar(g:trace, '&modifiable', 0)
  doautocmd User VimtraceData
  call Expect(a:wanted)
endfunction
"""


@pytest.mark.parametrize("editor", EDITORS)
def test_new_lines_are_told_as_old_ones_are(editor, tmp_path):
    """A filter of a growing trace keeps the same lines as one of the finished trace; so does a stack of them."""
    trace = tmp_path / "trace"
    trace.write_text(TRACE)
    cases = [(f"TraceFilter {terms}", wanted) for terms, wanted in GROWING.items()]
    cases += [(f"TraceFilter! {terms}", [n for n in range(1, 10) if n not in GROWING[terms]]) for terms in GROWING]
    cases += [("TraceFilter 100\nTraceFilter! %file", [4, 6, 8, 9]), ("TraceFilter! 100\nTraceFilter read", [5, 7])]
    cases += [
        ("TraceFilter 100\nTraceFilter! fd=3", [1, 2, 6, 9]),
        ("TraceFilter /= 0$/\nTraceFilter! close", [1, 5, 7]),
    ]
    for command, wanted in cases:
        before = [n for n in wanted if n <= 4]
        script = f"{PROGRAM}{GROW}{command}\ncall Expect({before})\ncall Grow({wanted})\n"
        assert ask(editor, script, tmp_path, [trace]) == [before, wanted], command


# What is told line by line here, and what the program tells.
GROWING = {
    **{terms: TERMS[terms] for terms in ("openat close", "re* *at", "101", "!%file !101", "SIGTERM SIGCHLD 100")},
    **{terms: TERMS[terms] for terms in ("%file !ENOENT", "/= 0$/", "/PASSWD/i")},
    **{terms: ASKED[terms] for terms in ("openat or read 101", "fd=3", "/a.b/ or close")},
}


STACKS = """\
100 openat(AT_FDCWD, "/x", O_RDONLY) = 3
 > /lib/libc.so.6(__open64+0x53) [0xf0c13]
 > /bin/sh(main+0x3d) [0x503d]
100 read(3, "a", 1) = 1
 | 00000  61                                                a                |
 > /lib/libc.so.6(read+0xd) [0xf105d]
101 close(3 <unfinished ...>
100 close(3) = 0
 > /lib/libc.so.6(close+0x13) [0xf0c13]
101 <... close resumed>) = -1 EBADF (Bad file descriptor)
 > /bin/sh(closes+0x13) [0x503d]
"""
WITH_STACKS = {
    "openat": [1, 2, 3],
    "read openat": [1, 2, 3, 4, 5, 6],
    "100": [1, 2, 3, 4, 5, 6, 8, 9],
    "EBADF": [7, 10, 11],
    "close !failed": [8, 9],
    "/main/": [1, 2, 3],
    "/closes/ 101": [7, 10, 11],
    "fd=3 and not close": [1, 2, 3, 4, 5, 6],
}


@pytest.mark.parametrize("editor", EDITORS)
def test_stacks_and_dumps_go_with_their_call(editor, tmp_path):
    """Kept or hidden together, and found by what they say."""
    show = "TraceFilter{} {}\ncall Say(vimtrace#filter#numbers())\nbuffer 1\n"
    script = PROGRAM + "".join(show.format("", terms) + show.format("!", terms) for terms in WITH_STACKS)
    said = kept(editor, tmp_path, script, STACKS)
    for n, (terms, wanted) in enumerate(WITH_STACKS.items()):
        assert said[2 * n] == wanted, terms
        assert said[2 * n + 1] == [line for line in range(1, 12) if line not in wanted], terms


@pytest.mark.parametrize("editor", EDITORS)
def test_stacks_that_arrive_go_with_their_call(editor, tmp_path):
    """Also where the call was there before they were."""
    trace = tmp_path / "trace"
    trace.write_text(STACKS)
    for terms in ("openat", "100", "EBADF", "read openat"):
        for bang, wanted in (("", WITH_STACKS[terms]), ("!", [n for n in range(1, 12) if n not in WITH_STACKS[terms]])):
            script = f"{PROGRAM}{GROW}TraceFilter{bang} {terms}\ncall Grow({wanted})\n"
            assert ask(editor, script, tmp_path, [trace]) == [wanted], bang + terms


# Live, with a real tracer


def follow(terminal, pager, pid):
    terminal.line(f"vimtrace --pager={pager} strace -p {pid}")
    terminal.in_front(pager)
    terminal.see("FOLLOW")
    terminal.see("getppid()")


@pytest.mark.parametrize("pager", EDITORS)
def test_a_filter_grows(terminal, ticker, pager):
    """It follows like the trace does, pauses and counts on; the end of the tracing reaches it."""
    follow(terminal, pager, ticker.pid)
    terminal.line(":TraceFilter getppid")
    terminal.until(lambda: "clock_nanosleep" not in terminal.screen.text, "only getppid")
    counts = r"(\d+) of (\d+) lines FOLLOW"

    def count():
        found = re.findall(counts, terminal.screen.text)
        return int(found[-1][0]) if found else 0

    terminal.until(lambda: count() > 5)
    before = count()
    terminal.until(lambda: count() > before + 30, "the filter to grow")
    terminal.until(lambda: terminal.screen.text.count("getppid()") >= 22, "a full screen that follows")
    assert "clock_nanosleep" not in terminal.screen.text
    terminal.type("g?")
    terminal.see("end the tracing")
    terminal.see("follow the trace, or pause")
    terminal.type("\r")
    terminal.type("gg")
    terminal.see("|| paused")
    terminal.type("F")
    terminal.see("FOLLOW")
    terminal.ctrl("c")
    terminal.see("[killed SIGINT]")
    terminal.line(":while maparg('F', 'n') != '' | sleep 10m | endwhile | echo 'no more'")
    terminal.see("no more")
    terminal.line(":echo 'others:' len(filter(getline(1, '$'), 'v:val !~ \"getppid\"'))")
    terminal.see("others: 0")
    terminal.type("u")
    terminal.see("detached")
    terminal.line(":qa")
    assert terminal.status() == 130
    terminal.quiet()


@pytest.mark.parametrize("pager", EDITORS)
def test_a_filter_waits_for_its_first_line(terminal, ticker, pager):
    """While live it may be empty; a stack of filters grows, too; one that is not shown catches up."""
    follow(terminal, pager, ticker.pid)
    terminal.line(":TraceFilter signal=SIGWINCH or getppid")
    terminal.until(lambda: re.search(r" [1-9]\d* of \d+ lines", terminal.screen.text))
    terminal.line(":TraceFilter! getppid")
    terminal.see(" 0 of ")
    subprocess.run(["kill", "-WINCH", str(ticker.pid)], check=True)
    terminal.type("u")
    terminal.until(lambda: re.search(r" [1-9]\d* of \d+ lines", terminal.screen.text))
    terminal.line(":TraceFilter SIGWINCH")
    terminal.see("getppid?SIGWINCH")
    terminal.type("uu")
    terminal.line(":TraceFilter SIGWINCH")
    terminal.see("1 of ")
    subprocess.run(["kill", "-WINCH", str(ticker.pid)], check=True)
    terminal.see("2 of ")
    terminal.line(":qa")
    assert terminal.status() == 130
    terminal.quiet()


@pytest.mark.parametrize("pager", EDITORS)
def test_a_filter_goes_on_with_the_next_tracing(terminal, ticker, pager):
    """:TraceAgain: also one that the program answers, without a line twice."""
    follow(terminal, pager, ticker.pid)
    terminal.line(":TraceFilter call=getppid or kind=message")
    terminal.until(lambda: re.search(r" [1-9]\d* of \d+ lines", terminal.screen.text))
    terminal.ctrl("c")
    terminal.see("[killed SIGINT]")
    terminal.line(":let g:before = line('$')")
    terminal.line(":TraceAgain -ttt -e trace=getppid")
    terminal.see("[running]")
    terminal.line(":call search('^\\d\\+\\.\\d\\+ getppid', 'w')")
    terminal.until(lambda: re.search(r"^\d+\.\d+ getppid", terminal.screen.text, re.MULTILINE))
    terminal.line(":let g:numbers = vimtrace#filter#numbers()")
    terminal.line(":echo 'once' uniq(sort(copy(g:numbers), 'n')) ==# g:numbers 'more' len(g:numbers) > g:before")
    terminal.see("once 1 more 1")
    terminal.line(":qa")
    assert terminal.status() == 130
    terminal.quiet()
