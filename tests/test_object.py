"""Text objects, paths and commands: what is taken from the line under the cursor."""

import subprocess

import pytest

from kit.editor import EDITORS, ask


def trace(folder, text):
    path = folder / "trace"
    path.write_text(text)
    return path


def yanked(line, cases):
    """A script that yanks each of *cases*: (text on *line* where the cursor stands, keys), and says what it got."""
    return "setlocal filetype=strace\n" + "\n".join(
        f"  call setreg('\"', '')\n  call cursor({line}, {column})\n  normal {keys}\n  call Say(getreg('\"'))"
        for column, keys in cases
    )


OBJECTS = [
    ('7 10:00:00.1 execve("/bin/ls", ["ls", "-l, x"], 0x7 /* 3, vars */) = 0', [
        ("/bin", "ia", '"/bin/ls"'),
        ("/bin", "aa", '"/bin/ls", '),
        ('"-l', "ia", '"-l, x"'),
        ('"-l', "aa", ', "-l, x"'),
        ('"-l', "2ia", '["ls", "-l, x"]'),
        ("0x7", "ia", "0x7 /* 3, vars */"),
        ("execve", "ia", '"/bin/ls"'),
        ("/bin", "is", "/bin/ls"),
        ("execve", "is", "/bin/ls"),
        ("x\"]", "as", '"-l, x"'),
        ("/bin", "ic", 'execve("/bin/ls", ["ls", "-l, x"], 0x7 /* 3, vars */) = 0'),
    ]),
    ('[pid  7] newfstatat(3</a,b<char 1:3>>, "\\"}\\\\", {st_mode=S_IFREG|0644, st_size=5, ...}, 0) = 0 <0.000100>', [
        ("/a", "ia", "3</a,b<char 1:3>>"),
        ("st_size", "ia", "st_size=5"),
        ("st_size", "2ia", "{st_mode=S_IFREG|0644, st_size=5, ...}"),
        ("}", "is", '\\"}\\\\'),
        ("pid", "ia", "3</a,b<char 1:3>>"),
        ("0) =", "aa", ", 0"),
    ]),
    ('9 <... read resumed>"a)b"..., 832) = 832', [
        ("a)b", "ia", '"a)b"...'),
        ("a)b", "is", "a)b"),
        ("a)b", "as", '"a)b"...'),
        ("832)", "ia", "832"),
        ("832)", "ic", '<... read resumed>"a)b"..., 832) = 832'),
    ]),
    ("9 read(3<TCP:[10.0.0.1:5->10.0.0.2:80]>,  <unfinished ...>", [
        ("10.0.0.2", "ia", "3<TCP:[10.0.0.1:5->10.0.0.2:80]>"),
    ]),
    ('9 read(3</etc/passwd->, "a>b", 5) = 5', [("passwd", "ia", "3</etc/passwd->"), ("a>b", "ia", '"a>b"')]),
    ("[pid 12<read x>] --- SIGCHLD {si_pid=9} ---", [
        ("SIGCHLD", "ic", "--- SIGCHLD {si_pid=9} ---"),
        ("si_pid", "ia", "si_pid=9"),
    ]),
    ("getpid() = 3", [("getpid", "ia", ""), ("getpid", "is", "")]),
]  # fmt: skip


@pytest.mark.parametrize("editor", EDITORS)
def test_objects(editor, tmp_path):
    """Arguments and strings are found through nested brackets, escapes, paths, comments and cut strings."""
    path = trace(tmp_path, "".join(f"{line}\n" for line, _ in OBJECTS))
    for number, (line, cases) in enumerate(OBJECTS, 1):
        script = yanked(number, [(line.index(at) + 1, f"y{keys}") for at, keys, _ in cases])
        assert ask(editor, script, tmp_path, [path]) == [wanted for *_, wanted in cases], line


@pytest.mark.parametrize("editor", EDITORS)
def test_a_call_with_its_stack(editor, tmp_path):
    """ac takes the lines of the stack and of a dump, from any of them; v and a long line work, too."""
    text = '7 read(3, "a", 1) = 1\n | 00000  61    a |\n > /lib/libc.so(read+0x1) [0x1]\n7 close(3) = 0\n'
    long = '7 write(1, "' + "\\\\\\1" * 300000 + '", 4) = 4\n'
    script = (
        "setlocal filetype=strace\n"
        + """
  for s:line in [1, 2, 3, 4]
    call cursor(s:line, 1)
    normal yac
    call Say(getreg('"'))
  endfor
  call cursor(1, 11)
  normal vasy
  call Say(getreg('"'))
  call cursor(5, 30)
  normal yis
  call Say(len(getreg('"')))
"""
    )
    found = ask(editor, script, tmp_path, [trace(tmp_path, text + long)])
    whole = "".join(text.splitlines(keepends=True)[:3])
    assert found == [whole, whole, whole, "7 close(3) = 0\n", '"a"', 900000 + 300000]


@pytest.mark.parametrize("editor", EDITORS)
def test_paths(editor, tmp_path):
    """gf opens the path of a string or a descriptor, decoded, relative to its folder; nothing in it is expanded."""
    names = ["a.txt", "b `touch pwned`|*.txt", "c\u76ee %#.txt", "d.txt"]
    for name in names:
        (tmp_path / name).write_text(name)
    octal = "".join(chr(b) if b < 128 else f"\\{b:o}" for b in f"{tmp_path}/{names[2]}".encode())
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub/e.txt").write_text("e")
    lines = [
        f'7 openat(AT_FDCWD, "{tmp_path}/a.txt", O_RDONLY) = 3</etc/x>',
        f'7 open("{tmp_path}/{names[1]}", O_RDONLY) = 3',
        f'7 open("{octal}", O_RDONLY) = 3',
        f'7 openat(4<{tmp_path}/sub>, "e.txt", O_RDONLY) = 3',
        f'7 read(5<{tmp_path}/d.txt>, "", 4) = 0',
        f'8 chdir("{tmp_path}") = 0',
        '8 chdir("sub") = 0',
        '8 stat("../nothing.txt") = 0',
        '8 open("e.txt", O_RDONLY) = 3',
        '8 openat(5, "e.txt", O_RDONLY) = 3',
        '8 open("/etc/ho"..., O_RDONLY) = 3',
        '8 open("/dev/null", O_RDONLY) = 3',
        f" > {tmp_path}/d.txt(main+0x1) [0x1]",
    ]
    at = ["a.txt", "touch", "txt", "e.txt", "5<", "chdir", "sub", "nothing", "e.txt", "e.txt", "etc", "null", "d.txt"]
    asked = [1, 2, 3, 4, 5, 8, 9, 10, 11, 12, 13]
    script = "setlocal filetype=strace\nlet s:trace = bufnr('%')\n" + "\n".join(
        f"""  execute 'buffer' s:trace
  call cursor({n}, {lines[n - 1].index(at[n - 1]) + 1})
  let s:said = trim(execute('normal gf'))
  call Say(bufnr('%') == s:trace ? split(s:said, "\\n")[-1] : [expand('%:p'), getline(1)])"""
        for n in asked
    )
    found = ask(editor, script, tmp_path, [trace(tmp_path, "".join(f"{x}\n" for x in lines))])
    opened = [f"{tmp_path}/{x}" for x in [*names[:3], "sub/e.txt", "d.txt"]]
    assert [x[0] for x in found[:5]] == opened
    assert [x[1] for x in found[:5]] == [*names[:3], "e", "d.txt"]
    assert found[5].startswith(f"vimtrace: {tmp_path}/nothing.txt"[:60])
    assert found[6] == [f"{tmp_path}/sub/e.txt", "e"]
    assert found[7] == 'vimtrace: descriptor 5 is not shown with its path: trace with "-y"'
    assert "cut off" in found[8]
    assert "is no file to read" in found[9]
    assert found[10] == [f"{tmp_path}/d.txt", "d.txt"]
    assert not (tmp_path / "pwned").exists()


@pytest.mark.parametrize("editor", EDITORS)
def test_paths_in_text(editor, tmp_path):
    """In what was read or written gf opens the path under the cursor; what is not there is said, however long it is."""
    (tmp_path / "d.c").write_text("d")
    (tmp_path / "a b").write_text("ab")
    lines = [
        f'7 write(2, "\\tcat {tmp_path}/d.c:12: error\\n/nothing/at/all\\n", 50) = 50',
        f'7 read(3, "include={tmp_path}/d.c\\ninclude=/els"..., 4096) = 4096',
        f'7 chdir("{tmp_path}") = 0',
        '7 write(2, "d.c:1: error", 12) = 12',
        '7 open("a b", O_RDONLY) = 3',
        f'7 open("/{"long/" * 60}end of it", O_RDONLY) = -1 ENOENT (No such file or directory)',
        '7 write(2, "a: b\\n\\tgone.c", 12) = 12',
    ]
    at = [(1, "d.c"), (1, "nothing"), (2, "d.c"), (2, "els"), (4, "d.c"), (5, "b"), (6, "end"), (7, "gone")]
    script = "setlocal filetype=strace\nlet s:trace = bufnr('%')\n" + "\n".join(
        f"""  execute 'buffer' s:trace
  call cursor({n}, {lines[n - 1].index(word, lines[n - 1].index('"')) + 1})
  let s:said = trim(execute('normal gf'))
  call Say(bufnr('%') == s:trace ? split(s:said, "\\n")[-1] : expand('%:p'))"""
        for n, word in at
    )
    found = ask(editor, script, tmp_path, [trace(tmp_path, "".join(f"{x}\n" for x in lines))])
    assert found[:6] == [
        f"{tmp_path}/d.c",
        "vimtrace: /nothing/at/all: there is no such file now",
        f"{tmp_path}/d.c",
        'vimtrace: the path is cut off in this trace: trace with "-s 4096"',
        f"{tmp_path}/d.c",
        f"{tmp_path}/a b",
    ]
    assert found[6].startswith("vimtrace: /long/")
    assert found[6].endswith("long/end of it: there is no such file now")
    assert found[7].endswith("/gone.c: there is no such file now")


@pytest.mark.parametrize("editor", EDITORS)
def test_the_folder_is_said_later(editor, tmp_path):
    """What comes behind the line says where the process was, as long as it has not gone elsewhere."""
    (tmp_path / "x").write_text("x")
    lines = [
        '7 execve("/bin/ls", ["ls", "x"], 0x7 /* 3 vars */) = 0',
        '8 openat(AT_FDCWD</else>, "x", O_RDONLY) = 3',
        '7 access("x", R_OK) = 0',
        f'7 openat(AT_FDCWD<{tmp_path}>, "x", O_RDONLY) = 3',
        '9 execve("/bin/ls", ["ls"], 0x7 /* 3 vars */) = 0',
        '9 chdir("/tmp") = 0',
        '9 openat(AT_FDCWD</tmp>, "x", O_RDONLY) = 3',
        '6 execve("/bin/ls", ["ls"], 0x7 /* 3 vars */) = 0',
        '6 chdir("/none") = -1 ENOENT (No such file or directory)',
        '6 openat(AT_FDCWD</tmp>, "x", O_RDONLY) = 3',
    ]
    script = """
  setlocal filetype=strace
  for s:line in [1, 5, 8]
    call cursor(s:line, 1)
    call Say(vimtrace#exec#command().command)
  endfor
  3
  normal f"gf
  call Say(expand('%:p'))
"""
    found = ask(editor, script, tmp_path, [trace(tmp_path, "".join(f"{x}\n" for x in lines))])
    assert found == [f"cd {tmp_path} && /bin/ls x", "/bin/ls", "cd /tmp && /bin/ls", f"{tmp_path}/x"]


ARGUMENTS = ["a b", "it's", "$HOME `id` !x", "\u76ee", "tab\there", "", "-x=1", "\x01\x7f", 'q"\\', "~"]


def test_the_command_runs_as_it_did(tmp_path):
    """What gy yanks from a real trace runs in bash with the same arguments in the same folder."""
    (tmp_path / "my folder").mkdir()
    show = tmp_path / "show"
    show.write_text('#!/bin/sh\nprintf "%s\\0" "$PWD" "$@"\n')
    show.chmod(0o755)
    inner = 'cd "my folder" && exec ../show "$@"'
    words = [
        "strace",
        "-f",
        "-v",
        "-s",
        "65536",
        "-o",
        "t.strace",
        "sh",
        "-c",
        f"cd {tmp_path}; {inner}",
        "sh",
        *ARGUMENTS,
    ]
    before = subprocess.run(words, cwd=tmp_path, stdout=subprocess.PIPE, check=True).stdout
    assert before.decode().split("\0") == [f"{tmp_path}/my folder", *ARGUMENTS, ""]
    script = (
        "setlocal filetype=strace\n  $\n  normal gy\n  call Say(getreg('\"'))\n  TraceYankCommand a\n  call Say(@a)"
    )
    for editor in EDITORS:
        command, same = ask(editor, script, tmp_path, [tmp_path / "t.strace"])
        assert command == same
        assert command.startswith(f"cd '{tmp_path}/my folder' && ../show 'a b' ")
        after = subprocess.run(["bash", "-c", command], cwd="/", stdout=subprocess.PIPE, check=True).stdout
        assert after == before


@pytest.mark.parametrize("editor", EDITORS)
def test_the_command(editor, tmp_path):
    """The folder only if it is known, another name by exec -a, and no command of arguments that are cut off."""
    lines = [
        '7 execve("/bin/ls", ["ls", "-l"], 0x7 /* 3 vars */) = 0',
        "7 close(3) = 0",
        '8 execve("/bin/busybox", ["-sh"], 0x7 /* 3 vars */) = -1 ENOENT (No such file or directory)',
        '9 execve("/bin/a", ["a", "bc"...], 0x7 /* 3 vars */) = 0',
        '6 execve("/bin/a", ["a", "b", ...], 0x7 /* 3 vars */) = 0',
        "5 close(1) = 0",
    ]
    script = "setlocal filetype=strace\n" + "\n".join(
        f"  call cursor({n}, 1)\n  call Say(vimtrace#exec#command())" for n in range(1, len(lines) + 1)
    )
    found = ask(editor, script, tmp_path, [trace(tmp_path, "".join(f"{x}\n" for x in lines))])
    assert [x["command"] for x in found] == ["/bin/ls -l", "/bin/ls -l", "(exec -a -sh /bin/busybox)", "", "", ""]
    assert "strace -v -s 65536" in found[3]["why"]
    assert "strace -v -s 65536" in found[4]["why"]
    assert "no execve" in found[5]["why"]
