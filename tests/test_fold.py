"""Folds of a trace (autoload/vimtrace/fold.vim), in both editors."""

import subprocess

import pytest

from kit.editor import EDITORS, ask

SHOW = """
function! Folds() abort
  let l:folds = []
  let l:line = 1
  while l:line <= line('$')
    if foldclosed(l:line) > 0
      let l:folds += [[foldclosed(l:line), foldclosedend(l:line), foldtextresult(l:line)]]
      let l:line = foldclosedend(l:line)
    endif
    let l:line += 1
  endwhile
  call Say(l:folds)
endfunction
setlocal filetype=strace
"""

RUNS = """\
1 read(3, "read(4", 1) = 1 <0.100000>
1 read(3, "", 1) = -1 EAGAIN (Resource temporarily unavailable) <0.200000>
1 read(3,  <unfinished ...>
2 write(1, "", 1) = 1 <0.000010>
1 <... read resumed>"", 1) = 0 <0.300000>
1 read(3, "", 1) = -1 EINTR (Interrupted system call) <0.050000>
1 <... read resumed>"", 1) = 0
1 close(3) = 0
1 close(4) = 0
2 write(1, "", 1) = 1
2 write(1, "", 1) = 1
2 write(1, "", 1) = -1 EPIPE (Broken pipe)
2 --- SIGPIPE {si_signo=SIGPIPE} ---
2 write(1, "", 1) = 1
"""

DUMPS = """\
1 read(3, "abc", 3) = 3
 | 00000  61 62 63                                         abc              |
 | 00010  61 62 63                                         abc              |
 > /usr/lib/libc.so.6(read+0x10) [0x100]
 > /usr/bin/sh(main+0x10) [0x100]
 > /usr/bin/sh(_start+0x10) [0x100]
1 read(3, "abc", 3) = 3
 | 00000  61 62 63                                         abc              |
1 read(3, "abc", 3) = 3
 > /usr/bin/sh(_start+0x10) [0x100]
1 close(3) = 0
"""


def folds(editor, tmp_path, script, text, before=""):
    """What the script says; Folds() says [first, last, text] of the closed folds."""
    trace = tmp_path / "trace"
    trace.write_text(text)
    return ask(editor, SHOW + before + script, tmp_path, [trace])


@pytest.mark.parametrize("editor", EDITORS)
def test_runs_of_a_call(editor, tmp_path):
    """At least three lines of one call of one process; the fold says how long they took and how many failed."""
    (said,) = folds(editor, tmp_path, "silent TraceFold call\ncall Folds()", RUNS)
    assert said == [
        [1, 3, "+-- 1: 3 read, 0.300000 s, 1 error "],
        [5, 7, "+-- 1: 3 read, 0.350000 s, 1 error "],
        [10, 12, "+-- 2: 3 write, 1 error "],
    ]


@pytest.mark.parametrize("editor", EDITORS)
def test_bursts_of_a_process(editor, tmp_path):
    """Lines of one process with none of another between; runs of a call lie within them."""
    script = "silent TraceFold process\ncall Folds()\nsilent TraceFold process call\ncall Folds()\n"
    script += "set foldlevel=1\ncall Folds()"
    bursts, both, inner = folds(editor, tmp_path, script, RUNS)
    assert [x[:2] for x in bursts] == [[1, 3], [5, 9], [10, 14]]
    assert bursts[1][2] == "+-- 1: 5 lines, 0.350000 s, 1 error "
    assert both[1:] == bursts[1:]
    assert both[0] == [1, 3, "+-- 1: 3 read, 0.300000 s, 1 error "]  # the burst is one run
    assert [x[:2] for x in inner] == [[5, 7], [10, 12]]


@pytest.mark.parametrize("editor", EDITORS)
def test_hex_dumps_and_stacks(editor, tmp_path):
    """Below their call; a single line is no fold; a run of calls goes over them."""
    script = "".join(f"silent TraceFold {x}\ncall Folds()\n" for x in ("hexdump", "stack", "stack hexdump call"))
    dumps, stacks, all_of_it = folds(editor, tmp_path, script, DUMPS)
    assert dumps == [[2, 3, "+-- 2 lines of a hex dump "]]
    assert stacks == [[4, 6, "+-- 3 frames of a stack "]]
    assert all_of_it == [[1, 10, "+-- 1: 3 read "]]


@pytest.mark.parametrize("editor", EDITORS)
@pytest.mark.parametrize("flags", [["-f"], ["-f", "-tt", "-T"], ["-f", "-y", "-k"], ["-r"]], ids=" ".join)
def test_loader(editor, tmp_path, flags):
    """Of a real program: from behind the execve to where ld.so gives back the mapping of its cache."""
    trace = tmp_path / "real"
    subprocess.run(["strace", *flags, "-o", trace, "cat", "/etc/hostname"], check=True, stdout=subprocess.DEVNULL)
    lines = trace.read_text().splitlines()
    end = next(n for n, line in enumerate(lines) if "munmap(" in line)
    end += sum(1 for _ in stack_below(lines[end + 1 :]))
    (said,) = ask(editor, SHOW + "silent TraceFold loader\ncall Folds()", tmp_path, [trace])
    ((first, last, text),) = said
    assert last == end + 1
    assert not lines[first - 1].startswith(" >")
    assert "execve(" in lines[first - 2 - sum(1 for _ in stack_above(lines[: first - 1]))]
    count = sum(1 for line in lines[first - 1 : last] if not line.startswith(" >"))
    assert f"{count} calls of the loader" in text
    assert any("hostname" in line for line in lines[last:])


def stack_below(lines):
    for line in lines:
        if not line.startswith(" >"):
            return
        yield line


def stack_above(lines):
    return stack_below(reversed(lines))


@pytest.mark.parametrize("editor", EDITORS)
def test_loaders_of_two_processes_at_once(editor, tmp_path):
    """The lines of the other are not folded with it; without a cache it ends with the last set-up call."""
    text = """\
1 execve("/bin/a", ["a"], 0x1) = 0
2 execve("/bin/b", ["b"], 0x1 <unfinished ...>
1 brk(NULL) = 0x5
1 openat(AT_FDCWD, "/etc/ld.so.cache", O_RDONLY|O_CLOEXEC) = 3
1 mmap(NULL, 37615, PROT_READ, MAP_PRIVATE, 3, 0) = 0x7f5d4000
2 <... execve resumed>) = 0
2 arch_prctl(ARCH_SET_FS, 0x1) = 0
2 set_tid_address(0x1) = 2
1 close(3) = 0
1 openat(AT_FDCWD, "/lib/libc.so.6", O_RDONLY|O_CLOEXEC) = 3
1 munmap(0x7f5d4000, 37615) = 0
1 openat(AT_FDCWD, "/etc/ld.so.conf", O_RDONLY) = 3
2 mprotect(0x1, 1, PROT_READ) = 0
2 mprotect(0x1, 1, PROT_READ) = 0
2 brk(NULL) = 0x1
2 write(1, "", 0) = 0
"""
    (said,) = folds(editor, tmp_path, "silent TraceFold loader\ncall Folds()", text)
    assert [x[:2] for x in said] == [[3, 5], [7, 8], [9, 11], [13, 14]]


@pytest.mark.parametrize("editor", EDITORS)
def test_none(editor, tmp_path):
    """The window is as it was."""
    script = """
setlocal foldmethod=indent foldtext=getline(1) foldlevel=7 nofoldenable
let g:before = [&foldmethod, &foldtext, &foldlevel, &foldenable]
silent TraceFold call
silent TraceFold process
call Folds()
TraceFold none
call Say([&foldmethod, &foldtext, &foldlevel, &foldenable] == g:before)
setlocal foldmethod=manual foldenable foldlevel=0
call Folds()
call Say(execute('TraceFold nothing'))
call Say(execute('TraceFold stack'))
"""
    said = folds(editor, tmp_path, script, RUNS)
    assert len(said[0]) == 3
    assert said[1:3] == [1, []]
    assert "nothing: what can be folded: loader, call, process, hexdump, stack, none" in said[3]
    assert "nothing to fold: stack" in said[4]


@pytest.mark.parametrize("editor", EDITORS)
def test_in_a_filter(editor, tmp_path):
    """The lines that are shown count."""
    (said,) = folds(editor, tmp_path, "TraceFilter read\nsilent TraceFold call\ncall Folds()", RUNS)
    assert [x[:2] for x in said] == [[1, 6]]


@pytest.mark.parametrize("editor", EDITORS)
def test_a_live_trace_is_folded_as_far_as_it_has_come(editor, tmp_path):
    """A message says so; the command given again folds the rest."""
    script = """
let g:vimtrace_run = {'files': [expand('%:p')]}
let g:all = getline(1, '$')
enew
setlocal buftype=nofile filetype=strace
call setline(1, g:all[:5])
let b:vimtrace = {'state': 'running', 'feeding': 1}
call Say(execute('TraceFold call'))
call Folds()
call append('$', g:all[6:])
call Folds()
silent TraceFold call
call Folds()
let b:vimtrace.feeding = 0
call Say(execute('TraceFold call'))
"""
    text = "1 read(3) = 0\n" * 9
    live, some, as_before, all_of_it, finished = folds(editor, tmp_path, script, text)
    assert "1 fold; what arrives later is not folded" in live
    assert [x[:2] for x in some] == [x[:2] for x in as_before] == [[1, 6]]
    assert [x[:2] for x in all_of_it] == [[1, 9]]
    assert "later" not in finished
