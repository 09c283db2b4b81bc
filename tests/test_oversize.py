"""A trace too large for the memory is not loaded whole unasked: the question, and the feed that waits."""

import os
import re
import signal

import pytest

from kit.run import follow, leave
from vimtrace import memory, oversize
from vimtrace.errors import UsageError
from vimtrace.options import parse

EDITORS = ["vim", "nvim"]
LINE = 'write(1, "%.0f", 7) = 7'


@pytest.fixture
def trace(tmp_path):
    """A trace of 200,000 lines, 5 MB."""
    path = tmp_path / "long.strace"
    path.write_text("".join(f'write(1, "{n}", 7) = 7\n' for n in range(1, 200001)))
    return path


@pytest.fixture
def tracer(tmp_path):
    """Writes 200,000 lines, 5 MB, and as many more each time there is a new file called "more"."""
    path = tmp_path / "strace"
    path.write_text(
        f"""#!/bin/sh
while [ "$1" != -o ]; do shift; done
from=1
while :; do
    seq -f '{LINE}' $from $((from + 199999)) >>"$2"
    : >written
    from=$((from + 200000))
    until rm more 2>/dev/null; do sleep 0.05; done
done
"""
    )
    path.chmod(0o755)
    return path


def asked(terminal, words):
    """Type *words*, and wait for the question."""
    terminal.line(words)
    terminal.see("show [")


WAYS = [("open long.strace", "vim"), ("recover", "nvim"), ("cat", "vim")]


@pytest.mark.parametrize("words, pager", WAYS)
def test_enter_shows_it_in_less(terminal, trace, pager, words, state):
    """Before the editor opens: how large, what is too little, what can be done; less is the safe answer."""
    asked(terminal, begun(terminal, state, words, pager, trace))
    assert "vimtrace: the trace has 4.9 MB, more than --limit=1M" in " ".join(terminal.screen.text.split())
    assert f"100000 lines in {pager}" in terminal.screen.text
    terminal.line("")
    terminal.in_front("less")
    terminal.see('write(1, "1"')
    terminal.type("q")
    assert terminal.status() == 0
    terminal.sane()
    assert state.runs() == []


def begun(terminal, state, words, pager, trace):
    """The command line that shows *trace* by the verb *words*; "cat" plays a tracer."""
    command = f"vimtrace --pager={pager} --limit=1M"
    if words == "open long.strace":
        return f"{command} {words}"
    tracer = f"strace() {{ :; }}; printf '#!/bin/sh\\ncat {trace} >\"$2\"\\n' >strace; chmod +x strace"
    terminal.line(f"{tracer}; clear")
    terminal.mark()
    if words == "cat":
        return f"{command} ./strace true"
    asked(terminal, f"{command} ./strace true")
    terminal.line("q")
    terminal.see("the trace is kept")
    terminal.line("clear")
    terminal.mark()
    return f"{command} recover {state.runs()[0].name}"


@pytest.mark.parametrize("words, pager", [*WAYS, ("open long.strace", "nvim")])
def test_the_last_lines(terminal, trace, pager, words, state):
    """As many as the number; the rest on request."""
    asked(terminal, begun(terminal, state, words, pager, trace))
    terminal.line("1000")
    terminal.see("last 1000 lines")
    terminal.line(":echo 'first' getline(1) line('$')")
    terminal.see('first write(1, "199001", 7) = 7 1000')
    terminal.line(":TraceAll")
    terminal.see("200000 lines")
    terminal.line(":echo 'first' getline(1) line('$')")
    terminal.see('first write(1, "1", 7) = 7 200000')
    leave(terminal, 0)
    assert state.runs() == []


@pytest.mark.parametrize(
    "words, answer",
    [("open long.strace", "t"), ("cat", "a"), ("open long.strace", "q"), ("cat", "q"), ("open long.strace", "no\ra")],
)
def test_other_answers(terminal, trace, words, answer, state):
    """The last lines that --limit allows, all of it, nothing; what is no answer is asked again."""
    asked(terminal, begun(terminal, state, words, "vim", trace))
    terminal.line(answer)
    if answer == "q":
        assert terminal.status() == 0
        assert len(state.runs()) == (words == "cat")
        return
    terminal.in_front("vim")
    terminal.see("/200000 " if "a" in answer else "last 40329 lines ")
    terminal.line(":echo 'first' getline(1)")
    terminal.see(f'first write(1, "{1 if "a" in answer else 200000 - 40328}"')
    leave(terminal, 0)


@pytest.mark.parametrize("words", ["open long.strace", "cat"])
def test_control_keys_at_the_question(each_shell, trace, words, state):
    """Ctrl-Z stops the job, fg asks again; Ctrl-C declines, and the trace is kept."""
    terminal = each_shell
    terminal.line(f"printf '#!/bin/sh\\ncat {trace} >\"$2\"\\n' >strace; chmod +x strace; clear")
    terminal.mark()
    asked(terminal, "vimtrace --limit=1M " + ("./strace true" if words == "cat" else words))
    terminal.ctrl("z")
    terminal.mark()
    terminal.line("clear")
    terminal.mark()
    asked(terminal, "fg")
    terminal.ctrl("c")
    status = terminal.status(fish=terminal.shell == "fish")
    assert status == (0 if words == "cat" or terminal.shell == "fish" else 130)  # after fish's fg it is always 0
    terminal.sane()
    terminal.quiet()
    kept = [p.stat().st_size for run in state.runs() for p in run.glob("*.strace")]
    assert kept == ([trace.stat().st_size] if words == "cat" else [])


@pytest.mark.parametrize("words", ["open long.strace", "cat"])
@pytest.mark.parametrize("how", ["hang-up", "TERM", "end of input"])
def test_other_ends_of_the_question(terminal, trace, words, how, state):
    """Nobody is left, and nothing is lost."""
    asked(terminal, begun(terminal, state, words, "vim", trace))
    if how == "TERM":
        os.kill(terminal.one("vimtrace").pid, signal.SIGTERM)
        assert terminal.status() == 143
    elif how == "end of input":
        terminal.ctrl("d")
        assert terminal.status() == 0
    else:
        terminal.close()
    terminal.until(lambda: not terminal.processes())
    assert len(state.runs()) == (words == "cat")


def test_without_less_the_last_lines_are_the_safe_answer(terminal, trace, tmp_path):
    """$PATH with nothing but what is needed."""
    (tmp_path / "bin").mkdir()
    for name in ("vim", "tail", "dd", "kill", "sh"):
        (tmp_path / "bin" / name).symlink_to(f"/usr/bin/{name}")
    terminal.line("vimtrace=$(command -v vimtrace)")
    asked(terminal, f"PATH={tmp_path}/bin $vimtrace --limit=1M open long.strace")
    assert "less" not in terminal.screen.text.rpartition("the trace has")[2]
    terminal.line("")
    terminal.see("last 40329 lines ")
    terminal.line(":echo 'last' getline('$')")
    terminal.see('last write(1, "200000", 7) = 7')
    leave(terminal, 0)


def test_other_pagers_are_not_asked_about(terminal, trace):
    """less shows it at once; so does whatever is not known to load it."""
    terminal.line("vimtrace --pager=less --limit=1M open long.strace")
    terminal.in_front("less")
    leave(terminal, 0, "q")


def written_by_the_status_line(terminal):
    """Of how many megabytes a part has been loaded."""
    found = re.search(r"of ([\d.]+) MB loaded", terminal.screen.text)
    return float(found[1]) if found else 0


FULL = "loaded: :TraceAll, :TraceLast"


@pytest.mark.parametrize("pager", EDITORS)
def test_a_live_feed_waits_at_the_limit(terminal, tracer, tmp_path, pager, state):
    """The tracer goes on, the status line says so, and all of it comes on request."""
    follow(terminal, pager, f"--limit=2M {tracer} -p 1", FULL)
    assert terminal.lines() < 200000
    (tmp_path / "more").write_text("")
    terminal.until(lambda: state.written() > 9_000_000)
    terminal.until(lambda: written_by_the_status_line(terminal) > 9)
    (tmp_path / "more").write_text("")
    terminal.until(lambda: written_by_the_status_line(terminal) > 14)
    terminal.line(":echo 'short' line('$') < 200000")
    terminal.see("short 1")
    terminal.line(":TraceAll")
    terminal.see("600000 lines")
    (tmp_path / "more").write_text("")
    terminal.see("800000 lines")
    terminal.line(":echo 'all' getline(1) getline('$') line('$')")
    terminal.see('all write(1, "1", 7) = 7 write(1, "800000", 7) = 7 800000')
    leave(terminal, 130)


@pytest.mark.parametrize("pager", EDITORS)
def test_the_last_lines_of_a_live_trace_go_on(terminal, tracer, tmp_path, pager):
    """And give way to newer ones, at the limit, while they are followed."""
    follow(terminal, pager, f"--limit=2M {tracer} -p 1", FULL)
    terminal.until((tmp_path / "written").exists)  # what comes behind the last thousand is shown with these
    terminal.line(":1000TraceLast")
    terminal.see("last 1000 lines FOLLOW")
    for total in (400000, 600000, 800000):
        (tmp_path / "more").write_text("")
        terminal.see(f'write(1, "{total}"')
    terminal.line(":echo 'not all' line('$') < 200000 getline('$')")
    terminal.see('not all 1 write(1, "800000"')
    terminal.line(":TraceAll")
    terminal.see("800000 lines")
    terminal.line(":echo 'all' getline(1) getline('$') line('$')")
    terminal.see('all write(1, "1", 7) = 7 write(1, "800000", 7) = 7 800000')
    leave(terminal, 130)


@pytest.mark.parametrize("pager", EDITORS)
def test_ctrl_c_where_the_feed_waits(terminal, tracer, pager):
    """The tracing ends, that is shown, and the rest can still be loaded."""
    follow(terminal, pager, f"--limit=2M {tracer} -p 1", FULL)
    terminal.ctrl("c")
    terminal.see("[killed SIGINT]")
    terminal.see(FULL)
    terminal.line(":TraceAll")
    terminal.see("200000 lines")
    terminal.gone("loaded: ")
    leave(terminal, 130)


def test_where_the_last_lines_begin(tmp_path):
    """Against a list of lines; with and without a line break at the end."""
    path = tmp_path / "trace"
    for text in (b"a\nbb\nccc\n", b"a\nbb\nccc", b"\n\n\n", b"a", b"x" * 3_000_000 + b"\ny\n" * 3):
        path.write_bytes(text)
        lines = text.splitlines(keepends=True)
        for count in range(1, len(lines) + 2):
            at = oversize.start_of_last(str(path), count, 1 << 40)
            assert text[at:] == b"".join(lines[-count:]), (text[:10], count)


def test_the_last_lines_are_those_that_memory_allows(tmp_path):
    """The first of them is whole, unless it is the only one."""
    path = tmp_path / "trace"
    path.write_bytes(b"aaaa\nbbbb\ncccc\n")
    assert oversize.start_of_last(str(path), 3, 12) == 5
    assert oversize.start_of_last(str(path), 3, 10) == 10
    path.write_bytes(b"a" * 100)
    assert oversize.start_of_last(str(path), 3, 10) == 90


@pytest.mark.parametrize(
    "text, size",
    [("1", 1), ("2k", 2048), ("1500M", 1500 << 20), ("2G", 2 << 30), ("1TB", 1 << 40), ("none", memory.NONE)],
)
def test_sizes(text, size):
    """With and without a unit."""
    assert memory.parsed(text) == size


@pytest.mark.parametrize("text", ["", "0", "-1", "1.5G", "G", "much", "1X", "\u0662"])
def test_what_is_no_size(text):
    """Is wrong usage."""
    with pytest.raises(UsageError):
        parse([f"--limit={text}", "open", "x"])


def test_readable_sizes():
    """Two digits or more."""
    said = [memory.readable(size) for size in (0, 999, 1000, 5 << 20, 5.1 * (1 << 30), 12 << 30, 999 << 30)]
    assert said == ["0 B", "999 B", "1.0 KB", "5.0 MB", "5.1 GB", "12 GB", "999 GB"]


def test_free_memory():
    """Of this machine: less than all there is."""
    total = memory._field(memory._text("/", "proc/meminfo"), "MemTotal:") * 1024
    assert 1 << 20 < memory.available() < total


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize("where", ["own", "above", "container", "none"])
def test_free_memory_in_a_control_group(tmp_path, version, where):
    """The lowest limit of the group and those above it counts; what the page cache can give up is free."""
    (tmp_path / "proc/self").mkdir(parents=True)
    (tmp_path / "proc/meminfo").write_text("MemTotal: 4000 kB\nMemFree: 1 kB\nMemAvailable: 3000 kB\n")
    line = "0::/a/b\n" if version == 2 else "9:name=systemd:/\n4:cpu,memory:/a/b\n0::/\n"
    (tmp_path / "proc/self/cgroup").write_text(line)
    mount = tmp_path / ("sys/fs/cgroup" if version == 2 else "sys/fs/cgroup/memory")
    names = ("memory.max", "memory.current") if version == 2 else ("memory.limit_in_bytes", "memory.usage_in_bytes")
    no_limit = "max" if version == 2 else str((1 << 63) - 4096)
    for folder in ("a/b", "a", "."):
        (mount / folder).mkdir(parents=True, exist_ok=True)
        for name, text in zip(names, (no_limit, "600000"), strict=True):
            (mount / folder / name).write_text(f"{text}\n")
    limited = {"own": "a/b", "above": "a", "container": "."}.get(where)
    if limited:
        (mount / limited / names[0]).write_text("1000000\n")
        (mount / limited / "memory.stat").write_text("anon 5\ninactive_file 100000\n")
    assert memory.available(str(tmp_path)) == (500000 if limited else 3000 * 1024)
