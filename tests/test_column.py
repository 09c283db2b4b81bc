"""Columns: what is hidden on the screen, and escapes shown as text, while the text stays as it is."""

import re
import subprocess

import pytest

from kit.editor import EDITORS, ask

LINES = {
    "strace": (
        "[pid 12<sh>] 10:00:00.000001 read(3</usr/lib/x/libc.so>, 4</a>) = 1 <0.000010>",
        {
            "pid": "10:00:00.000001 read(3</usr/lib/x/libc.so>, 4</a>) = 1 <0.000010>",
            "time": "[pid 12<sh>] read(3</usr/lib/x/libc.so>, 4</a>) = 1 <0.000010>",
            "duration": "[pid 12<sh>] 10:00:00.000001 read(3</usr/lib/x/libc.so>, 4</a>) = 1",
            "path": "[pid 12<sh>] 10:00:00.000001 read(3<…libc.so>, 4</a>) = 1 <0.000010>",
        },
    ),
    "ltrace": ('12 0.000100 puts("x") = 2 <0.000264>', {"pid": '0.000100 puts("x") = 2 <0.000264>'}),
    "perftrace": (
        "     0.289 ( 0.013 ms): ls/13183 access(filename: 0xc1) = 0",
        {
            "pid": "     0.289 ( 0.013 ms): ls access(filename: 0xc1) = 0",
            "time": "( 0.013 ms): ls/13183 access(filename: 0xc1) = 0",
            "duration": "     0.289 ls/13183 access(filename: 0xc1) = 0",
        },
    ),
    "sysdig": (
        "215 17:35:48.514670468 0 curl (17497) < read fd=3(<f>/usr/lib/x/libc.so)",
        {
            "pid": "215 17:35:48.514670468 0 curl < read fd=3(<f>/usr/lib/x/libc.so)",
            "time": "curl (17497) < read fd=3(<f>/usr/lib/x/libc.so)",
            "path": "215 17:35:48.514670468 0 curl (17497) < read fd=3(<f>…libc.so)",
        },
    ),
    "fatrace": ("12:00:01.5 cat(12): RO /etc/x", {"pid": "12:00:01.5 cat: RO /etc/x", "time": "cat(12): RO /etc/x"}),
    "tcpdump": ("10:00:00.000001 IP a > b", {"time": "IP a > b"}),
}

# What of a line is shown, by the matches of the window.
SHOWN = """
function! Shown(line) abort
  let l:text = getline(a:line)
  let l:cells = map(range(len(l:text)), 'l:text[v:val]')
  for l:match in filter(getmatches(), 'v:val.group ==# "Conceal"')
    for l:count in range(1, 20)
      let l:at = match(l:text, l:match.pattern, 0, l:count)
      if l:at >= 0
        for l:cell in range(l:at, l:at + len(matchstr(l:text, l:match.pattern, 0, l:count)) - 1)
          let l:cells[l:cell] = l:cell == l:at ? get(l:match, 'conceal', '') : ''
        endfor
      endif
    endfor
  endfor
  return join(l:cells, '')
endfunction
"""


def run(editor, folder, kind, text, body):
    (folder / "trace").write_text(text)
    (folder / "shown.vim").write_text(SHOWN)
    script = f"source {folder}/shown.vim\nsetlocal nomodifiable filetype={kind}\n{body}"
    return ask(editor, script, folder, [folder / "trace"])


@pytest.mark.parametrize("kind", LINES)
@pytest.mark.parametrize("editor", EDITORS)
def test_columns(editor, kind, tmp_path):
    """Each column is hidden by itself and shown again, and the text is what it was."""
    line, columns = LINES[kind]
    body = "\n".join(
        f"""  TraceColumns {what}
  call Say([Shown(1), getline(1), &conceallevel, &concealcursor])
  TraceColumns {what}"""
        for what in columns
    )
    body += "\n  call Say([Shown(1), &conceallevel, &concealcursor])"
    *found, after = run(editor, tmp_path, kind, f"{line}\n", body)
    assert found == [[shown, line, 2, "nvc"] for shown in columns.values()]
    assert after == [line, 0, ""]


@pytest.mark.parametrize("editor", EDITORS)
def test_keys_and_windows(editor, tmp_path):
    """The keys; new windows have the same; the options of the window are as before when all is shown."""
    line, _ = LINES["strace"]
    body = """
  setlocal conceallevel=1
  normal cp
  normal ct
  call Say(trim(execute('TraceColumns')))
  split
  doautocmd WinEnter
  call Say([Shown(1), &conceallevel])
  normal cc
  call Say([Shown(1), &conceallevel])
  wincmd p
  call Say([Shown(1), &conceallevel])
  call Say(trim(execute('TraceColumns nonsense')))
  normal cp
  setlocal filetype=tcpdump
  call Say([getmatches(), &conceallevel])
  call Say(trim(execute('TraceColumns pid')))
"""
    found = run(editor, tmp_path, "strace", f"{line}\n", body)
    assert found[0] == "vimtrace: not as it is: pid, time"
    assert found[1] == ["read(3</usr/lib/x/libc.so>, 4</a>) = 1 <0.000010>", 2]
    assert found[2] == found[3] == [line, 1]
    assert found[4].startswith('vimtrace: there is no column "nonsense"')
    assert found[5] == [[], 1]
    assert found[6] == "vimtrace: a tcpdump trace shows no pids"


@pytest.mark.parametrize("editor", EDITORS)
def test_changing_keys_stay_vims_where_text_can_be_changed(editor, tmp_path):
    """In a buffer that can be changed "ct" changes text, as everywhere."""
    body = (
        "  setlocal modifiable\n  setlocal filetype=strace\n  call Say(map(['ct', 'cc', 'gh'], 'maparg(v:val, \"n\")'))"
    )
    (tmp_path / "trace").write_text("x\n")
    assert ask(editor, body, tmp_path, [tmp_path / "trace"]) == [["", "", "<Plug>(vimtrace-mark)"]]


ESCAPES = [
    (r'write(1, "\347\233\256 gr\303\274\303\237\n", 9) = 9', r'write(1, "目 grüß\n", 9) = 9'),
    (r'write(1, "\xe7\x9b\xae\x41", 9) = 9', 'write(1, "目A", 9) = 9'),
    (r'write(1, "\\347\233\256", 9) = 9', None),
    (r'write(1, "\347\233"..., 9) = 9', None),
    (r'write(1, "\377\300\200\355\240\200\0\33[0m", 9) = 9', None),
    (r'write(1, "\360\237\230\200", 9) = 9', 'write(1, "😀", 9) = 9'),
]


@pytest.mark.parametrize("editor", EDITORS)
def test_escapes(editor, tmp_path):
    """Escapes that are UTF-8 are shown as characters, others as they are."""
    text = "".join(f"{line}\n" for line, _ in ESCAPES)
    body = (
        f"  normal cu\n  call Say(map(range(1, {len(ESCAPES)}), 'Shown(v:val)'))\n  normal cu\n  call Say(getmatches())"
    )
    shown, after = run(editor, tmp_path, "strace", text, body)
    assert shown == [wanted or line for line, wanted in ESCAPES]
    assert after == []


@pytest.mark.parametrize("pager", EDITORS)
def test_on_a_real_trace(terminal, tmp_path, pager):
    """On a screen: the file's name can be read, also on pages that come later; nothing else of the line is lost."""
    name = "目录 ☃"
    script = f": > '{name}'; for i in 1 2 3; do stat /no-such-$i; done; : > '{name}2'"
    subprocess.run(
        ["strace", "-f", "-tt", "-y", "-s", "300", "-o", "t.strace", "sh", "-c", script],
        cwd=tmp_path,
        stderr=subprocess.DEVNULL,
        check=False,
        env={"PATH": "/usr/bin:/bin", "LANG": "C"},
    )
    terminal.line(f"vimtrace --pager={pager} open t.strace")
    terminal.see("execve(")
    assert name not in terminal.screen.text.replace("\0", "")
    terminal.type("cucpctG")
    terminal.see("exited with 0")
    terminal.type("gg")

    def plain():
        # The emulator has an empty cell behind a wide character.
        return re.sub(r"\s+", "", terminal.screen.text)

    terminal.until(lambda: "目录☃" in plain(), "the name")
    assert not re.search(r"\d\d:\d\d:\d\d\.", terminal.screen.text)
    terminal.type(":call search('2\", O_WRONLY')\rzt")
    terminal.until(lambda: re.search(r'openat\(AT_FDCWD<[^>]*>,"目录☃2",O_WRONLY', plain()), "the other name")
    terminal.type("cc")
    terminal.see("\\347\\233\\256")
    terminal.type(":q\r")
    terminal.sane()


@pytest.mark.parametrize("pager", EDITORS)
def test_while_live(terminal, tmp_path, pager):
    """What arrives in a live trace is shown in the same way, while the window follows."""
    terminal.line(
        "(for i in $(seq 40); do printf '12 write(1, \"\\\\347\\\\233\\\\256\", 3) = %d\\n' $i; sleep 0.05; done;"
        f" sleep 2; printf '12 write(1, \"\\\\303\\\\237\", 3) = 99\\n') | vimtrace --pager={pager} --filetype=strace -"
    )
    terminal.see("FOLLOW")
    terminal.type("cpcu")
    terminal.until(lambda: re.search(r'^write\(1, "ß", 3\) = 99', terminal.screen.text, re.MULTILINE), "the last line")
    terminal.type(":q\r")
    terminal.sane()
