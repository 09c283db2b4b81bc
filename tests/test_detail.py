"""``--detail``: which flags are added, that the user's own win, and that the tracers take them."""

import pytest

from vimtrace import detail
from vimtrace.command import understand


@pytest.mark.parametrize(
    "typed, becomes",
    [
        ("strace ls", "strace -f -ttt -T -yy -s 256 ls"),
        ("sudo strace -p 1", "sudo strace -f -ttt -T -yy -s 256 -p 1"),
        ("strace -s 9 -t ls", "strace -f -T -yy -s 9 -t ls"),
        ("strace -ff -rTy ls", "strace -s 256 -ff -rTy ls"),
        ("strace --string-limit=9 --decode-fds=path ls", "strace -f -ttt -T --string-limit=9 --decode-fds=path ls"),
        ("strace ls -s 9", "strace -f -ttt -T -yy -s 256 ls -s 9"),
        ("ltrace -s 9 ls", "ltrace -f -ttt -T -C -s 9 ls"),
        ("perf trace ls", "perf trace -T ls"),
        ("sysdig -s 9 proc.name=x", "sysdig -t a -s 9 proc.name=x"),
        ("tcpdump -v port 53", "tcpdump -nn -tt -v port 53"),
        ("fatrace -c", "fatrace -t -t -c"),
        ("bpftrace -e x", "bpftrace -e x"),
    ],
)
def test_words(typed, becomes):
    """Right behind the tracer's name, so that even then the user's come last."""
    command = understand(typed.split())
    assert command.with_words(detail.words(command)) == becomes.split()


@pytest.mark.parametrize(
    "command, seen",
    [
        ("strace -e trace=openat ls", "strace -f -ttt -T -yy -s 256 -e trace=openat ls"),
        ("ltrace -e getenv ls", "ltrace -f -ttt -T -s 256 -C -e getenv ls"),
        ("perf trace -e openat ls", "perf trace -T -e openat ls"),
    ],
)
def test_in_the_status_line(terminal, command, seen):
    """What was run is what is shown, and the tracer takes it."""
    terminal.line(f"vimtrace --detail {command}")
    terminal.see(seen)
    terminal.see("[ended 0]")
    terminal.line(":q")
    terminal.mark()
    terminal.quiet()


def test_the_trace_has_the_details(terminal, tmp_path):
    """Time, duration and descriptors are there."""
    terminal.line(f"vimtrace --detail --pager=true --save={tmp_path}/trace strace cat /etc/hostname")
    terminal.mark()
    (line,) = [
        x for x in (tmp_path / "trace").read_text().splitlines() if " read(3</etc/hostname>" in x and "= 0" not in x
    ]
    assert line.split()[1].count(".") == 1
    assert line.endswith(">")


def test_where_nobody_looks_nothing_is_added(terminal, tmp_path):
    """Invisible: the plain tracer, also with the option in $VIMTRACE_OPTS."""
    terminal.line(f"VIMTRACE_OPTS=--detail vimtrace strace true 2>{tmp_path}/err")
    terminal.mark()
    assert (tmp_path / "err").read_text().startswith("execve(")
