"""The colours of a trace: the highlight group at each element of each tracer's output, in Vim and Neovim.

The files of the corpus are what the tracers wrote (tests/corpus/make); the golden files say which group
every piece of them has, and were read by eye.
"""

import re

import pytest

from kit import groups

EDITORS = sorted(groups.EDITORS)
NAMES = [path.name for path in groups.corpus()]
# What printf() of bpftrace and "sysdig -A" print is any text.
FREE_TEXT = {"maps.bpftraceout", "no-probe.bpftraceout", "error.bpftraceout", "ascii.sysdig"}


def elements(text):
    """The (group, text) pairs of what an editor said of a line or a file."""
    return re.findall(r"(\w+)⟨([^⟩]*)⟩", text)


@pytest.mark.parametrize("editor", EDITORS)
@pytest.mark.parametrize("path", groups.corpus(), ids=NAMES)
def test_golden(editor, path):
    """Every piece of the corpus has the group that was read by eye (tests/corpus/make --golden)."""
    assert groups.compact(groups.of_corpus(editor)[path]) == groups.golden(path).read_text()


@pytest.mark.parametrize("path", groups.corpus(), ids=NAMES)
def test_nothing_is_without_a_group(path):
    """But for blanks, and what a traced program prints itself."""
    found = elements(groups.of_corpus("vim")[path])
    assert len(found) > 5
    if path.name not in FREE_TEXT:
        assert [text for group, text in found if group == "NONE"] == []


ELEMENTS = {
    "12  read(0, ": ("stracePID", "12"),
    "[pid 12] read(0, ": ("straceOtherPIDNumber", "12"),
    "12<a b> read(0, ": ("straceComm", "<a b>"),
    "12:00:00 read(0, ": ("straceTime", "12:00:00"),
    "     0.000123 read(0, ": ("straceTime", "0.000123"),
    "1700000000 read(0, ": ("straceTime", "1700000000"),
    "12:00:00 (+     0.000123) read(0, ": ("straceTime", "(+     0.000123)"),
    "[  59] read(0, ": ("straceAddress", "[  59]"),
    "[????????????????] +++ exited with 0 +++": ("straceAddress", "[????????????????]"),
    "12 12:00:00.1 [  0] [00007fc9cc596ad7] read(0, ": ("straceSysCall", "read"),
    "syscall_0x3e7(0) = 0": ("straceSysCall", "syscall_0x3e7"),
    "???( <unfinished ...>": ("straceSysCall", "???"),
    "12 <... read resumed>0) = 1": ("straceSysCallEmbed", "read"),
    "wait4(-1,  <detached ...>": ("straceUnfinished", "<detached ...>"),
    "kill(1, SIGRT_3) = 0": ("straceConstant", "SIGRT_3"),
    "mmap(0, MAP_32BIT) = 0": ("straceConstant", "MAP_32BIT"),
    "fstat(3, {st_mode=S_IFREG}) = 0": ("straceField", "st_mode"),
    r'read(3, "a\0\1\n"..., 9) = 4': ("straceSpecialChar", r"\0\1\n"),
    'read(3, "a b"..., 9) = 4': ("straceStringEnd", '"...'),
    "open(1 /* O_WRONLY */) = 3": ("straceComment", "/* O_WRONLY */"),
    "close(3</a b (c)>) = 0": ("stracePath", "</a b (c)>"),
    "close(3</a>(deleted)) = 0": ("stracePath", "</a>(deleted)"),
    "close(3</dev/pts/1<char 136:1>>) = 0": ("straceDevice", "<char 136:1>"),
    "close(3<TCP:[1.2.3.4:5->6.7.8.9:80]>) = 0": ("straceDescriptor", "<TCP:[1.2.3.4:5->6.7.8.9:80]>"),
    "open() = 3</etc/passwd>": ("stracePath", "</etc/passwd>"),
    "open() = -1 ENOENT (No such file)": ("straceError", "-1 ENOENT"),
    "open() = -1 ENOENT (No such file) <0.0001>": ("straceVerbosed", "(No such file)"),
    "open() = -1 (errno 530)": ("straceError", "-1"),
    "exit_group(0) = ?": ("straceUnknownRHS", "?"),
    "read() = ? ERESTARTSYS (To be restarted)": ("straceRestart", "ERESTARTSYS"),
    "fcntl() = 3 (flags O_RDWR)": ("straceAuxiliary", "flags "),
    "getpid() = 1 (INJECTED)": ("straceInjected", "(INJECTED)"),
    "read() = 1 <0.099999>": ("straceDuration", "<0.099999>"),
    "read() = 1 <0.100000>": ("straceSlow", "<0.100000>"),
    "read() = 1 <12.000001>": ("straceSlow", "<12.000001>"),
    "12 --- SIGCHLD {si_pid=1} ---": ("straceSignal", "--- SIGCHLD"),
    "--- SIGSEGV {si_pid=1} ---": ("straceFatal", "--- SIGSEGV"),
    "--- stopped by SIGTSTP ---": ("straceSignal", "--- stopped by SIGTSTP"),
    "12 +++ exited with 0 +++": ("straceExit", "+++ exited with 0 +++"),
    "12 +++ exited with 3 +++": ("straceExitFailed", "+++ exited with 3 +++"),
    "+++ killed by SIGKILL +++": ("straceKilled", "+++ killed by SIGKILL +++"),
    " > /lib/x.so(f+0x1) [0x2]": ("straceFrameSymbol", "f+0x1"),
    "[pid 12<a b>] openat(3</x>) = -1 EACCES (Denied)": ("straceOtherComm", "<a b>"),
    "[pid 12<sh>] 10:00:00 openat(3</x>) = -1 EACCES (D)": ("straceError", "-1 EACCES"),
    "100.00    0.009802          12       808        77 total": ("straceSummaryErrors", "77"),
    "poll({fd=0}, strace: Process 12 attached": ("straceMessage", "strace: Process 12 attached"),
}  # fmt: skip


@pytest.fixture(scope="module")
def lines(tmp_path_factory):
    """What each editor says of the lines of ELEMENTS."""
    path = tmp_path_factory.mktemp("lines") / "x.strace"
    path.write_text("".join(f"{line}\n" for line in ELEMENTS))
    return {e: dict(zip(ELEMENTS, groups.described(e, [path])[path].splitlines()[1:], strict=True)) for e in EDITORS}


@pytest.mark.parametrize("editor", EDITORS)
@pytest.mark.parametrize("line", ELEMENTS)
def test_element(lines, editor, line):
    """Each element of FACTS-vim.md 8.2 has its own group."""
    assert ELEMENTS[line] in elements(lines[editor][line])


@pytest.mark.parametrize("seconds", ["0.25", "'0.25'"])
def test_slow_is_what_the_user_says(tmp_path, seconds):
    """g:vimtrace_slow, a number or a string, in strace's seconds and in perf's milliseconds."""
    strace, perf = tmp_path / "x.strace", tmp_path / "x.perftrace"
    strace.write_text("".join(f"read() = 1 <{n}>\n" for n in ("0.249999", "0.250000", "0.3", "1.000", "10.0")))
    perf.write_text("".join(f"     0.093 ({n} ms): ls/22026 brk() = 0\n" for n in (" 9.999", "249.999", "250.000")))
    said = groups.described("vim", [strace, perf], f"let g:vimtrace_slow = {seconds}")
    slow = [text for path in (strace, perf) for group, text in elements(said[path]) if group == "straceSlow"]
    assert slow == ["<0.250000>", "<0.3>", "<1.000>", "<10.0>", "(250.000 ms):"]


LONG = {
    "a string": 'write(1, "' + "a" * 1_000_000 + '", 9) = 9',
    "escapes": 'write(1, "' + r"\0" * 500_000 + '", 9) = 9',
    "structs": 'read(0, {' + '{st_mode=1, x="a"}, ' * 50_000 + "}) = 0",
    "an open string": 'write(1, "' + "a" * 1_000_000,
    "brackets": "4711 f(" + "(" * 1_000_000,
    "angles": "<" * 1_000_000,
    "backslashes": '"\\' * 500_000,
    "a comment": "f(/*" + " a" * 500_000,
    "a path": "close(3</" + "a" * 1_000_000,
}  # fmt: skip


@pytest.mark.parametrize("editor", EDITORS)
def test_lines_of_a_megabyte(tmp_path, editor):
    """No error (E363) on them, drawn to 'synmaxcol'."""
    path = tmp_path / "x.strace"
    path.write_text("".join(f"{line}\n" for line in LONG.values()))
    said = groups.described(editor, [path], "let g:groups_columns = 3000")[path].splitlines()
    assert len(said) == 1 + len(LONG)
    assert ("straceSysCall", "write") in elements(said[1])


@pytest.mark.parametrize("editor", EDITORS)
def test_words_of_a_megabyte_of_sysdig(tmp_path, editor):
    """Drawn in time that grows with the length alone, wherever they are."""
    path = tmp_path / "x.sysdig"
    lead, word = "1 17:35:48.514632619 0 ", "x" * 1_000_000
    path.write_text(f"{lead}curl (17497) < connect res=5 tuple={word}\n{lead}{word} (7) < read res=1 data=x y \n")
    said = groups.described(editor, [path], "let g:groups_columns = 3000")[path].splitlines()
    assert ("sysdigCall", "connect") in elements(said[1])
    assert len(said) == 3


@pytest.mark.parametrize("editor", EDITORS)
def test_a_string_of_64_kb_is_a_string(tmp_path, editor):
    """Whatever is in it."""
    path = tmp_path / "x.strace"
    inside = r"= -1 ENOENT (\0) --- SIGSEGV \"x\", <0.5> +++ "
    path.write_text(f'write(1, "{inside * 1500}", 9) = 9\n')
    said = groups.described(editor, [path], "let g:groups_columns = 3000")[path].splitlines()[1]
    found = {group for group, text in elements(said) if text != ","}
    assert found <= {
        "straceSysCall", "straceParenthesis", "straceNumber", "straceString", "straceStringMore", "straceSpecialChar",
    }  # fmt: skip


def test_every_group_is_linked(tmp_path):
    """To a group that every colour scheme has, directly or through another one of ours."""
    for script in sorted((groups.RUNTIME / "syntax").glob("*.vim")):
        text = script.read_text()
        if script.stem in ("ltrace", "perftrace"):
            text += (groups.RUNTIME / "syntax/strace.vim").read_text()
        used = set(re.findall(r"^(?:execute ')?syn match (\w+)", text, re.MULTILINE))
        links = dict(re.findall(r"^hi def link (\w+) (\w+)", text, re.MULTILINE))
        assert used - set(links) - OF_NO_TEXT == set()
        ends = {links.get(links.get(to, to), links.get(to, to)) for to in links.values()}
        assert ends <= STANDARD


# They only say where others may begin.
OF_NO_TEXT = {"straceAngle", "straceLead", "straceSign"}
STANDARD = {
    "Comment", "Debug", "Directory", "ErrorMsg", "Function", "Identifier", "LineNr", "MoreMsg", "Normal", "Number",
    "Operator", "PreProc", "Special", "Statement", "String", "Title", "Todo", "Type", "WarningMsg", "Constant",
}  # fmt: skip
