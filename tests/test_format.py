"""What the lines of a trace say to Vim (autoload/vimtrace/format.vim): the base of movement, lists and filters."""

import random
import re
import subprocess

import pytest

from kit.editor import EDITORS, ask

# line, process, call, errno, duration, what it is
LINES = {
    "strace": [
        ('execve("/bin/ls", ["ls"], 0x7ffc /* 35 vars */) = 0', "", "execve", "", -1, ""),
        (
            '13172 openat(AT_FDCWD, "/x", O_RDONLY) = -1 ENOENT (No such file) <0.000010>',
            "13172", "openat", "ENOENT", 1e-5, "error",
        ),
        ("[pid  7] 18:01:02.123456 read(3, \"a) = -1 EBADF (x)\", 5) = 5", "7", "read", "", -1, ""),
        (
            '[pid 712<my sh>] 18:01:02 close(3)       = -1 EBADF (Bad file descriptor)',
            "712", "close", "EBADF", -1, "error",
        ),
        ("77<ls> 1795267800.160948 <... read resumed>) = ? ERESTARTSYS (To be restarted)", "77", "read", "", -1, ""),
        (
            "77 1795267800.160948 <... wait4 resumed>0x7f, 0, NULL) = -1 EINTR (Interrupted system call)",
            "77", "wait4", "EINTR", -1, "error",
        ),
        ("5   [ 257] [00007f5fe00780b1] openat(4, \"x\") = 3</tmp/= -1 E> <1.500000>", "5", "openat", "", 1.5, ""),
        (
            "     0.000195 (+     0.000195) write(1, \"x\", 1) = -1 EPIPE (Broken pipe) (INJECTED)",
            "", "write", "EPIPE", -1, "error",
        ),
        ("12 --- SIGCHLD {si_signo=SIGCHLD, si_pid=3} ---", "12", "", "", -1, "signal"),
        ("12 +++ killed by SIGKILL (core dumped) +++", "12", "", "", -1, "signal"),
        ("--- stopped by SIGSTOP ---", "", "", "", -1, "signal"),
        (' | 00000  2b 2b 2b 20 65 78  +++ ex |', "", "", "", -1, ""),
        (" > /usr/lib/libc.so.6(__read+0x10) [0x100]", "", "", "", -1, ""),
    ],
    "ltrace": [
        ("[pid 5] ls->getenv(\"QUOTING_STYLE\") = nil", "5", "getenv", "", -1, ""),
        (
            "13179 13:30:00.529984 SYS_openat(0xffffff9c, 0x55, 0x80000, 0) = -2 <0.000036>",
            "13179", "SYS_openat", "2", 3.6e-5, "error",
        ),
        ("13179 <... fclose resumed> )     = 0 <0.000264>", "13179", "fclose", "", 0.000264, ""),
        ("+++ exited (status 2) +++", "", "", "", -1, "signal"),
    ],
    "perftrace": [
        (
            "     0.289 ( 0.013 ms): ls/13183 access(filename: 0xc1, mode: R)  = -1 ENOENT (No such file)",
            "13183", "access", "ENOENT", 1.3e-5, "error",
        ),
        ("         ? (         ): my sh/13183  ... [continued]: execve()) = 0", "13183", "execve", "", -1, ""),
        ("   120.000 (1500.000 ms): a/b/7 read(fd: 3) = 1", "7", "read", "", 1.5, ""),
    ],
    "sysdig": [
        (
            "215 17:35:48.514670468 0 curl (17497) < access res=-2(ENOENT) name=/etc/x",
            "17497", "access", "ENOENT", -1, "error",
        ),
        ("216 17:35:48.514672900 0 my (x) sh (17497) > open ", "17497", "open", "", -1, ""),
        ("217 17:35:48.514672900 0 curl (17497) < procexit status=0", "17497", "procexit", "", -1, "signal"),
    ],
    "fatrace": [("12:00:01.5 cat(12): RO /etc/passwd", "12", "RO", "", -1, "")],
}  # fmt: skip

SCRIPT = """
  for s:i in range(1, line('$'))
    let s:l = getline(s:i)
    let s:is = ''
    for s:part in ['error', 'signal']
      let s:p = vimtrace#format#pattern(s:part)
      if s:p !=# '' && s:l =~# vimtrace#format#vim(s:p)
        let s:is .= s:part
      endif
    endfor
    call Say([vimtrace#format#process(s:l), vimtrace#format#call(s:l), vimtrace#format#errno(s:l),
          \\ vimtrace#format#duration(s:l), s:is])
  endfor
"""


@pytest.mark.parametrize("kind", LINES)
@pytest.mark.parametrize("editor", EDITORS)
def test_parts(editor, kind, tmp_path):
    """The process, the call, the error and the duration of a line, and whether it is an error or a signal."""
    trace = tmp_path / "trace"
    trace.write_text("\n".join(row[0] for row in LINES[kind]) + "\n")
    said = ask(editor, f"setlocal filetype={kind}\n{SCRIPT}", tmp_path, [trace])
    for row, found in zip(LINES[kind], said, strict=True):
        assert found[:3] + found[4:] == [*row[1:4], row[5]], row[0]
        assert found[3] == pytest.approx(row[4]), row[0]


@pytest.mark.parametrize("editor", EDITORS)
def test_patterns_mean_the_same_to_grep(editor, tmp_path):
    """The same lines are found by the editor and by grep -E, with any argument."""
    for kind, rows in LINES.items():
        trace = tmp_path / "trace"
        trace.write_text("\n".join(row[0] for row in rows) + "\n")
        script = f"""
  setlocal filetype={kind}
  let s:patterns = [vimtrace#format#slow(0.001)]
  for s:part in ['any', 'error', 'signal']
    call add(s:patterns, vimtrace#format#pattern(s:part))
  endfor
  for s:i in range(1, line('$'))
    let s:call = vimtrace#format#literal(vimtrace#format#call(getline(s:i)))
    let s:process = vimtrace#format#process(getline(s:i))
    let s:errno = vimtrace#format#errno(getline(s:i))
    let s:patterns += s:call ==# '' ? [] : [vimtrace#format#pattern('call', s:call)]
    let s:patterns += s:process ==# '' ? [] : [vimtrace#format#pattern('process', s:process)]
    let s:patterns += s:errno ==# '' ? [] : [vimtrace#format#pattern('errno', s:errno)]
    call add(s:patterns, vimtrace#format#literal(getline(s:i)))
  endfor
  for s:p in filter(s:patterns, 'v:val !=# ""')
    call Say([s:p, filter(range(1, line('$')), {{_, i -> getline(i) =~# vimtrace#format#vim(s:p)}})])
  endfor
"""
        said = ask(editor, script, tmp_path, [trace])
        assert len(said) > len(rows)
        for pattern, found in said:
            grep = subprocess.run(
                ["grep", "-nE", "-e", pattern, str(trace)],
                capture_output=True,
                text=True,
                env={"LC_ALL": "C"},
                check=False,
            )
            assert not grep.stderr
            assert [int(x.split(":")[0]) for x in grep.stdout.splitlines()] == found, (kind, pattern)
            assert found or pattern == said[0][0] or "|" in pattern, (kind, pattern)


@pytest.mark.parametrize("editor", EDITORS)
def test_at_least(editor, tmp_path):
    """A pattern for numbers that are not less than another, of any number of decimals (strace --syscall-times=ns)."""
    numbers = [f"{random.Random(7 * i).uniform(0, 10 ** (i % 4)):.3f}" for i in range(60)] + [
        "0.000",
        "9.999",
        "100.000",
        "0.5",
        "0.123456789",
        "0.123456788",
        "10.0",
    ]
    least = [*numbers[::7], *numbers[-6:]]
    script = "\n".join(f"call Say(vimtrace#format#at_least('{x}'))" for x in least)
    for number, pattern in zip(least, ask(editor, script, tmp_path), strict=True):
        wanted = [x for x in numbers if float(x) >= float(number)]
        assert [x for x in numbers if re.fullmatch(pattern, x)] == wanted, number
