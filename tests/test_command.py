"""Which word is the tracer, what it will do, and when there is nothing to show: pure, in milliseconds."""

import pytest

from vimtrace.command import understand
from vimtrace.errors import UsageError, VimtraceError
from vimtrace.words import Grammar, scan

SILENT = """
strace -o f ls
strace -of ls
strace -fo f ls
strace --output=f ls
strace --output f -p 1
strace -o |cmd ls
strace -c ls
strace -fc ls
strace --summary-only ls
strace -c -C -o f ls
strace -V
strace --version
strace -h
strace
strace -f
ltrace -o f ls
ltrace -c ls
ltrace -V
ltrace
perf top
perf
perf record ls
perf trace -s ls
perf trace -o f ls
perf trace record ls
sysdig -w f
sysdig proc.name=x -w f
sysdig -h
sysdig -l
sysdig -cl
sysdig --list-events
bpftrace
bpftrace -l *sleep*
bpftrace -o f -e x
bpftrace -V
tcpdump -w f
tcpdump -D
tcpdump --version
tcpdump -i lo -w - port 80
fatrace -o f
fatrace -h
sudo strace -o f ls
sudo -u me -E A=1 strace -c ls
timeout 5 strace -V
""".strip().splitlines()

SHOWN = """
strace ls
strace ls -o f
strace -e open ls -c
strace -p 1
strace -C ls
strace -c -C ls
strace --summary ls
strace -e trace=open -- ls -o
strace -s 80 ls
strace -E A=b ls
ltrace ls -c
ltrace -p 1
perf trace ls -s
perf trace
perf trace -p 1
perf trace -s -S ls
sysdig
sysdig -r f proc.name=x
sysdig -c topfiles_bytes
bpftrace -e x
bpftrace script.bt
tcpdump
tcpdump -i lo port 80
tcpdump -w f --print
fatrace
sudo strace ls
sudo -u me strace ls
sudo -- strace ls
env A=b strace ls
nice -n 5 strace ls
nice -5 strace ls
ionice -c 2 -n 1 strace ls
timeout -s INT 5 strace ls
taskset -c 0 strace ls
chrt -f 10 strace ls
setpriv --reuid 1000 strace ls
unshare -n strace ls
nsenter -t 1 -m strace -p 1
doas -u me strace ls
sudo nice timeout 5 /usr/bin/strace ls
""".strip().splitlines()


@pytest.mark.parametrize("line", SILENT)
def test_a_run_without_a_trace_to_show_is_silent(line):
    """Told where to write, or not to trace, or given nothing to do: vimtrace steps aside."""
    assert understand(line.split()).is_silent


@pytest.mark.parametrize("line", SHOWN)
def test_other_runs_are_shown(line):
    """Options of the program, and values of options, are not the tracer's options."""
    assert not understand(line.split()).is_silent


@pytest.mark.parametrize(
    "line, live",
    [
        ("strace ls", False),
        ("strace -p 1", True),
        ("strace -f -p 1 -p 2", True),
        ("strace -p 1 ls", False),
        ("ltrace -p 1", True),
        ("perf trace ls", False),
        ("perf trace -p 1", True),
        ("perf trace -a", True),
        ("sysdig", True),
        ("bpftrace -e x", True),
        ("bpftrace -e x -c ls", False),
        ("tcpdump -i lo", True),
        ("fatrace", True),
        ("sudo strace -p 1", True),
        ("strace -ff -p 1", False),
        ("strace -f --output-separately -p 1", False),
    ],
)
def test_live_is_for_runs_whose_program_does_not_need_the_terminal(line, live):
    """-p only, and the tracers of the whole system: live; a started program: after."""
    assert understand(line.split()).is_live is live


def test_words_of_ours_go_right_behind_the_tracers_name():
    """Its own words are never reordered or re-quoted; ``--`` survives."""
    command = understand(["sudo", "strace", "-f", "--", "ls", "--", "a b"])
    assert command.with_words(["-o", "F"]) == ["sudo", "strace", "-o", "F", "-f", "--", "ls", "--", "a b"]
    command = understand(["perf", "trace", "ls"])
    assert command.with_words(["-o", "F"]) == ["perf", "trace", "-o", "F", "ls"]


@pytest.mark.parametrize(
    "line, pids",
    [("strace -p 1 -p2", [1, 2]), ("strace -p 1,2 -f --attach=3 --att 4", [1, 2, 3, 4]), ("perf trace --pid=7", [7])],
)
def test_the_attached_processes_are_known(line, pids):
    """However strace, ltrace and perf let them be spelled."""
    assert understand(line.split()).attached == pids


def test_a_command_without_a_tracer_is_wrong_usage():
    """Only a wrapper, or something that is no tracer: status 2, with a hint; not found: 127."""
    with pytest.raises(UsageError):
        understand(["sudo", "-l"])
    with pytest.raises(UsageError) as wrong:
        understand(["ls"])
    assert "--from" in wrong.value.hint
    with pytest.raises(VimtraceError) as missing:
        understand(["no-such-tracer"])
    assert missing.value.exit_status == 127


def test_from_makes_a_tracer_of_anything():
    """--from=stdout is shown live, --from=stderr after the end but for -p."""
    assert understand(["ls", "/"], "stdout").is_live
    assert not understand(["valgrind", "ls"], "stderr").is_live
    assert understand(["sudo", "mytracer", "-p", "1"], "stderr").is_live
    assert understand(["sudo", "mytracer", "x"], "stderr").tracer.name == "mytracer"


def test_scan_reads_words_as_getopt_does():
    """Clusters, values in the same word or the next, long options, their abbreviations, ``--``."""
    grammar = Grammar("o", "output out-of-order")
    options, first = scan(["-abo", "x", "-oy", "--outp=z", "--output", "q", "--flag", "--", "-o"], 0, grammar)
    found = [(o.name, o.value) for o in options]
    assert found == [
        ("-a", ""),
        ("-b", ""),
        ("-o", "x"),
        ("-o", "y"),
        ("--output", "z"),
        ("--output", "q"),
        ("--flag", ""),
    ]
    assert first == 8
