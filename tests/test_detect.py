"""The file type of a trace: by its name, by its first lines, and never for a file that is not a trace."""

import os
import pathlib
import subprocess

import pytest

from kit import groups

EDITORS = sorted(groups.EDITORS)
ROOT = groups.CORPUS.parents[1]


def types(editor, paths, names=True):
    """The file type that *editor* gives each of *paths*; "" for none."""
    said = groups.described(editor, paths, names=names, syntax=False)
    return {path: text.split()[0].removeprefix("filetype=") for path, text in said.items()}


@pytest.mark.parametrize("editor", EDITORS)
def test_by_name(editor):
    """Every file of the corpus has a name that says what it is."""
    assert {p.name: t for p, t in types(editor, groups.corpus()).items()} == {
        p.name: p.suffix[1:] for p in groups.corpus()
    }


@pytest.mark.parametrize("editor", EDITORS)
def test_by_content(editor):
    """And the first lines of each say it, too, under a name that says nothing."""
    assert {p.name: t for p, t in types(editor, groups.corpus(), names=False).items()} == {
        p.name: p.suffix[1:] for p in groups.corpus()
    }


NAMES = {
    "x.strace": "strace", "x.strace.4711": "strace", "strace.out": "strace", "strace.out.12": "strace",
    "x.ltrace": "ltrace", "ltrace.out": "ltrace", "x.scap.txt": "sysdig", "x.sysdig": "sysdig",
    "x.perftrace": "perftrace", "x.bpftraceout": "bpftraceout", "x.tcpdump": "tcpdump", "x.fatrace": "fatrace",
    "strace.c": "c", "strace.output.md": "markdown", "x.strace.py": "python", "x.strace.gz.sh": "sh",
}  # fmt: skip


@pytest.mark.parametrize("editor", EDITORS)
def test_names(editor, tmp_path):
    """Of files whose content says nothing."""
    for name in NAMES:
        (tmp_path / name).write_text("hello\n")
    assert {p.name: t for p, t in types(editor, [tmp_path / name for name in NAMES]).items()} == NAMES


PREFIXES = ["", "4711  ", "[pid  4711] ", "4711<sh> ", "[pid 4711<a b>] ", "12:00:00 ", "12:00:00.123456 "]
PREFIXES += ["1700000000 ", "1700000000.123456789 ", "     0.000123 ", "12:00:00 (+     0.000000) ", "[ 257] "]
PREFIXES += ["[00007fc9cc596ad7] ", "4711<sh> 12:00:00.1 (+ 0.000001) [ 257] [00007fc9cc596ad7] "]
FIRST_LINES = [
    'read(3, "abc"..., 10) = 10', "wait4(-1,  <unfinished ...>", "<... read resumed>0) = 1", "brk(NULL)     = 0x5555",
    "--- SIGCHLD {si_signo=SIGCHLD, si_pid=1} ---", "+++ exited with 0 +++", "+++ killed by SIGKILL +++",
    'newcall(3</a b>, "x") = -1 ENOENT (No such file or directory)', "exit_group(0) = ?",
    'openat(AT_FDCWD</>, "/x", O_RDONLY) = 3</x> <0.000011>', "select(1, [0], NULL) = 1 (in [0], left {tv_sec=1})",
]  # fmt: skip


@pytest.mark.parametrize("editor", EDITORS)
def test_one_line_of_strace(editor, tmp_path):
    """Is enough, with everything that may stand before a call; strace's own words, too."""
    lines = [prefix + line for prefix in PREFIXES for line in FIRST_LINES]
    lines += ["strace: Process 12 attached", "strace: Process 12 attached with 4 threads"]
    paths = []
    for number, line in enumerate(lines):
        paths.append(tmp_path / f"trace{number}")
        paths[-1].write_text(f"{line}\n")
    assert [line for line, found in zip(lines, types(editor, paths).values(), strict=True) if found != "strace"] == []


OTHERS = {
    "c": "#include <stdio.h>\nint main(void)\n{\n    read(0, buf, 10);\n    return execve(argv[0], argv, 0);\n}\n",
    "mathematics": "f(x) = 2\ng(x) = 3\nsin(0) = 0\n",
    "julia": "f(x) = x + 1\ng(x, y) = f(x) = 3\n",
    "mail": "From: a@example.org\nSubject: strace\n\nit says\n\nread(0, 0, 1) = 1\n\nand\nhangs\n",
    "bug report": "I did\n\nstrace cat x\n\nopen(\"x\") = -1 ENOENT (No such file)\n\nI expect\na file\n",
    "syslog": "Nov 21 13:29:37 host kernel: [    0.000000] Linux version 6.1\n" * 9,
    "dmesg": "[    0.000000] Linux version 6.1.0 (gcc-12) #1 SMP\n[    0.123456] pci_bus(0) = 3 resources\n" * 5,
    "application log": "12:00:00 update(5) = 0\n12:00:01.123 INFO read 5 rows in 0.2 s\n12:00:02 done (3) = 4\n",
    "numbered": "1 one\n2 two\n3 three (4) = 5\n",
    "table": "% of all   seconds\n  0.10   12.0 x\n",
    "csv": "a,b,c\n1,2,3\n",
    "diff": "--- a/x\n+++ b/x\n@@ -1 +1 @@\n-read(0) = 1\n+read(1) = 1\n",
    "sql": "update x set y = (1)\n",
    "lisp": "(defun f (x) (= x 1))\n",
    "gdb": "#0  0x00007f in read () from /lib/libc.so\n#1  main (argc=1) at x.c:3\n",
    "assembly": "mov(1) = 2\n.section x\n",
    "bpftrace script": "BEGIN { printf(\"x\"); }\ntracepoint:syscalls:sys_enter_openat { @[comm] = count(); }\n",
    "addresses": "10.0.0.1 > 10.0.0.2\nIP address: 10.0.0.1\n",
    "passwd": "root:x:0:0:root:/root:/bin/bash\n",
    "empty": "", "one blank line": "\n", "a megabyte": "a" * 1_000_000, "binary": "\x7fELF\x02\x01\x01" * 100,
}  # fmt: skip


@pytest.mark.parametrize("editor", EDITORS)
def test_what_is_no_trace(editor, tmp_path):
    """Gets no type of ours under a name that says nothing."""
    paths = []
    for name, text in OTHERS.items():
        paths.append(tmp_path / name.replace(" ", "_"))
        paths[-1].write_text(text)
    found = types(editor, paths)
    assert {path.name: t for path, t in found.items() if t in OURS} == {}


OURS = {path.suffix[1:] for path in groups.corpus()}


@pytest.mark.parametrize("editor", EDITORS)
def test_files_of_this_machine(editor):
    """This repository's files and what Vim and Python bring are no traces, even under a name that says nothing."""
    tracked = subprocess.check_output(["git", "ls-files"], cwd=ROOT, text=True).split("\n")[:-1]
    paths = [ROOT / name for name in tracked if not name.startswith("tests/corpus/")]
    for folder in ("/etc", "/usr/share/vim/vim90/doc", "/usr/share/doc"):
        paths += [p for p in sorted(pathlib.Path(folder).glob("*")) if p.is_file() and p.stat().st_size < 300_000][:80]
    paths = [path for path in paths if readable(path)]
    assert len(paths) > 100
    assert {str(p): t for p, t in types(editor, paths, names=False).items() if t in OURS} == {}


def readable(path):
    """Whether *path* is text that can be copied."""
    try:
        return path.is_file() and bool(path.read_text())
    except (OSError, UnicodeDecodeError):
        return False


@pytest.mark.parametrize("editor", EDITORS)
def test_as_a_plugin(editor, tmp_path):
    """The tree alone in a pack/*/start folder: "vim x.strace" has the type and our colours."""
    pack = tmp_path / {"vim": ".vim", "nvim": ".config/nvim"}[editor] / "pack/x/start"
    pack.mkdir(parents=True)
    (pack / "vimtrace").symlink_to(groups.RUNTIME)
    path = tmp_path / "x.strace"
    path.write_text("open() = -1 ENOENT (No such file)\n")
    words = [*groups.EDITORS[editor], "-n", "-u", "NORC", "-es"]
    words += ["-c", "filetype plugin on | syntax on", "-c", f"edit {path}", "-c", f"redir! > {tmp_path}/answer"]
    words += ["-c", 'echo &filetype synIDattr(synID(1, 12, 1), "name")', "-c", "qall!"]
    env = {"HOME": str(tmp_path), "PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}
    subprocess.run(words, check=False, stdin=subprocess.DEVNULL, env=env, cwd=tmp_path, timeout=60)
    assert (tmp_path / "answer").read_text().split() == ["strace", "straceError"]


@pytest.mark.parametrize("editor", EDITORS)
@pytest.mark.parametrize("rc", ["NONE", "rc"])
def test_through_start(editor, rc, tmp_path):
    """Through the launcher's script ours wins over what the editor loaded before; without a vimrc, too."""
    path = tmp_path / "trace"
    path.write_text('execve("/bin/x", ["x"], 0x7ffc) = -1 ENOENT (No such file)\n')
    (tmp_path / "rc").write_text("filetype on\nsyntax on\n")
    run = (
        "{'live': 0, 'files': ['%s'], 'filetype': 'strace', 'state': '', 'title': '', 'messages': ''}" % path  # noqa: UP031
    )
    words = [*groups.EDITORS[editor], "-n", "-u", "NONE" if rc == "NONE" else str(tmp_path / "rc"), "-es"]
    words += ["-c", f"edit {path}", "-c", f"let g:vimtrace_run = {run}", "-S", str(groups.RUNTIME / "start.vim")]
    words += ["-c", f"redir! > {tmp_path}/answer", "-c", 'echo &filetype synIDattr(synID(1, 36, 1), "name")']
    words += ["-c", "qall!"]
    subprocess.run(words, check=False, stdin=subprocess.DEVNULL, cwd=tmp_path, timeout=60)
    assert (tmp_path / "answer").read_text().split() == ["strace", "straceError"]
