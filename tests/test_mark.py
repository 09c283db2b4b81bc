"""Marks: what is looked at in a colour, in every window of the trace and in no other."""

import pytest

from kit.editor import EDITORS, ask

STRACE = """\
7 openat(AT_FDCWD, "/etc/x", O_RDONLY) = 3
7 read(3, "3 7 /etc/x", 33) = 3
8 read(3, "", 3) = 0
7 mmap(NULL, 3, PROT_READ, MAP_PRIVATE, 3, 0) = 0x7f
7 dup2(1, 3) = 3
7 write(1</dev/pts/0>, "3", 1) = 1
8 write(1</dev/pts/0>, "", 1) = 1
8 write(1</tmp/y>, "", 1) = 1
8 kill(7, SIGTERM) = 0
7 close(33) = 0
"""
PREFIXED = "".join(f"[pid {line[0]}] {line[2:]}\n" for line in STRACE.splitlines())

# Say where the marks are that the current window shows: [line, column, length, group] of each.
SEEN = """
function! Seen() abort
  let l:found = []
  for l:match in filter(getmatches(), 'v:val.group =~# "^vimtraceMark"')
    for l:line in range(1, line('$'))
      let l:text = getline(l:line)
      let l:at = match(l:text, l:match.pattern)
      if l:at >= 0
        call add(l:found, [l:line, l:at, matchend(l:text, l:match.pattern) - l:at, l:match.group])
      endif
    endfor
  endfor
  return sort(l:found)
endfunction
"""


def run(editor, folder, body, text=STRACE):
    (folder / "trace").write_text(text)
    script = folder / "seen.vim"
    script.write_text(SEEN)
    return ask(editor, f"source {script}\nsetlocal filetype=strace\n{body}", folder, [folder / "trace"])


def marked(editor, folder, where, text=STRACE):
    """The lines and the texts of the marks after gh on the Nth line, at the column of a text."""
    line, at = where
    column = text.splitlines()[line - 1].index(at) + 1
    (found,) = run(editor, folder, f"  call cursor({line}, {column})\n  normal gh\n  call Say(Seen())", text)
    return [(x[0], text.splitlines()[x[0] - 1][x[1] : x[1] + x[2]]) for x in found]


@pytest.mark.parametrize("editor", EDITORS)
@pytest.mark.parametrize("text", [STRACE, PREFIXED], ids=["-o", "[pid]"])
def test_what_is_marked(editor, text, tmp_path):
    """A descriptor as such and of its process only; with its path wherever it is; a pid also as an argument."""
    assert marked(editor, tmp_path, (2, "3,"), text) == [(1, "3"), (2, "3"), (4, "3"), (5, "3"), (5, "3")]
    assert marked(editor, tmp_path, (3, "3,"), text) == [(3, "3")]
    assert marked(editor, tmp_path, (6, "/dev"), text) == [(6, "1</dev/pts/0>"), (7, "1</dev/pts/0>")]
    assert marked(editor, tmp_path, (6, "1<"), text) == [(6, "1</dev/pts/0>"), (7, "1</dev/pts/0>")]
    assert {(x, "7") for x in (1, 2, 4, 5, 6, 9, 10)} <= set(marked(editor, tmp_path, (1, "7"), text))
    assert marked(editor, tmp_path, (1, "etc"), text) == [(1, '"/etc/x"')]
    assert marked(editor, tmp_path, (4, "PROT"), text) == [(4, "PROT_READ")]


@pytest.mark.parametrize("editor", EDITORS)
def test_a_descriptor_of_sysdig(editor, tmp_path):
    """Descriptors are told by their names there."""
    text = "".join(
        f"{n} 10:00:00.{n:09d} 0 a ({tid}) < read {args}\n"
        for n, (tid, args) in enumerate([(7, "fd=3(<f>/a) res=3"), (8, "fd=3(<f>/b)"), (7, "fd=33"), (7, "res=3 fd=3")])
    )
    body = "  setlocal filetype=sysdig\n  call search('fd=\\zs3')\n  normal gh\n  call Say(map(Seen(), 'v:val[0]'))"
    assert run(editor, tmp_path, body, text) == [[1, 4]]


@pytest.mark.parametrize("editor", EDITORS)
def test_toggle_and_colours(editor, tmp_path):
    """Each mark has a colour of its own, gh takes it away, gH all of them; a count is the colour."""
    script = """
  normal 3G0wgh
  normal 9G0gh
  normal 5G0w4gh
  call Say(uniq(map(Seen(), 'v:val[3]')))
  normal 9G0gh
  call Say(len(b:vimtrace_marks))
  normal gH
  call Say(Seen())
  TraceMark PROT_\\w*
  call Say(Seen())
  TraceMark! PROT_\\w*
  call Say(Seen())
  call Say(trim(execute('TraceMark \\(')))
  normal 1G0wvegH
  execute "normal! \\<Esc>"
  normal 1G0wvegh
  call Say(Seen())
"""
    colours, left, none, pattern, gone, wrong, selected = run(editor, tmp_path, script)
    assert {"vimtraceMark1", "vimtraceMark2", "vimtraceMark4"} == set(colours)
    assert (left, none, gone) == (2, [], [])
    assert pattern == [[4, 16, 9, "vimtraceMark1"]]
    assert wrong.startswith("vimtrace: E5")
    assert selected == [[1, 2, 6, "vimtraceMark1"]]


@pytest.mark.parametrize("editor", EDITORS)
def test_windows(editor, tmp_path):
    """Marks are in new windows on the trace, and not in another buffer that comes into the window."""
    script = """
  normal 3G0wgh
  let s:here = Seen()
  call Say(len(s:here) > 0)
  split
  doautocmd WinEnter
  call Say(Seen() == s:here)
  enew
  call Say(len(getmatches()))
  wincmd p
  normal gH
  wincmd p
  bprevious
  call Say(len(getmatches()))
  normal 3G0wgh
  setlocal filetype=
  call Say([len(getmatches()), exists(':TraceMark'), maparg('gh', 'n')])
"""
    assert run(editor, tmp_path, script) == [1, 1, 0, 0, [0, 0, ""]]


@pytest.mark.parametrize("pager", EDITORS)
def test_on_a_terminal(terminal, tmp_path, pager):
    """The word stands out on the screen, on every line it is on, and stays when the cursor has gone."""
    (tmp_path / "t.strace").write_text(STRACE)
    terminal.line(f"vimtrace --pager={pager} open t.strace")
    terminal.see("1/10")
    terminal.type("3G0wgh10G")

    def backgrounds(column):
        return [terminal.screen.emulator.buffer[line][column].bg for line in range(10)]

    terminal.until(lambda: len(set(backgrounds(2)[:8])) == 2, "one word in a colour")
    column = backgrounds(2)
    assert {column[1], column[2]} == {column[1]}
    assert column[1] not in {column[0], column[3]}
    terminal.type(":q\r")
    terminal.sane()


@pytest.mark.parametrize("editor", EDITORS)
def test_long_lines(editor, tmp_path):
    """A mark in a line of a megabyte is no matter of seconds, nor is drawing it."""
    text = '7 write(3, "' + "A" * 1000000 + '", 1000000) = 1000000\n' + STRACE
    script = """
  call cursor(1, 900000)
  let s:start = reltime()
  call Say(trim(execute('normal gh')))
  call cursor(1, 9)
  normal gh
  call Say(len(Seen()))
  call Say(reltimefloat(reltime(s:start)))
"""
    said, seen, seconds = run(editor, tmp_path, script, text)
    assert said == "vimtrace: there is nothing to mark here"
    assert seen > 3
    assert seconds < 3
