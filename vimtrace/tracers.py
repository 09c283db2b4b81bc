"""The table of tracers, and of the commands that may stand in front of one.

A row is data: how the tracer reads its words, how it is told where to write, what makes a run one
that there is nothing to show of, and how it may be ended without hurting what it traces.
"""

from vimtrace.signals import signal
from vimtrace.words import Grammar

INT, TERM, KILL = signal.SIGINT, signal.SIGTERM, signal.SIGKILL


class Tracer:
    """One row of the table.

    *stream*: what would carry the trace, ``stderr`` or ``stdout``. *output*: its option for a file
    name, used where *output_modes* says (``after``, ``live``). *append*: words that make it add to that
    file instead of emptying it. *by_line*: words that make it write line by line. *needs_pty*: it has no such
    words, so only a terminal makes it do so. *sees_files*: it tells of each access to a file, also to its own
    trace. *subcommand*: the word that makes it a tracer (perf). *silent*: options with which there is no trace to show,
    unless one of *unless* is there. *attach*: options that name processes. *program*: the option
    that holds a program to start; ``operand`` if the operands are one. *needs*: it does nothing
    without one of these. *ending*: what ends it, gently first; *ending_program*: what ends it when
    it started a program and Ctrl-C was of no use. *mark*: what every trace of it has in its first lines,
    if its own complaints go to the same place.
    """

    def __init__(
        self,
        name: str,
        stream: str,
        grammar: Grammar,
        filetype: str = "",
        output: str = "",
        output_modes: tuple[str, ...] = ("after", "live"),
        append: tuple[str, ...] = (),
        by_line: tuple[str, ...] = (),
        needs_pty: bool = False,
        sees_files: bool = False,
        subcommand: str = "",
        silent: str = "",
        unless: str = "",
        attach: str = "",
        program: str = "",
        needs: str = "",
        ending: tuple[int, ...] = (INT, TERM, KILL),
        ending_program: tuple[int, ...] = (TERM, KILL),
        mark: bytes = b"",
    ) -> None:
        self.name = name
        self.stream = stream
        self.grammar = grammar
        self.filetype = filetype
        self.output = output
        self.output_modes = output_modes
        self.append = append
        self.by_line = by_line
        self.needs_pty = needs_pty
        self.sees_files = sees_files
        self.subcommand = subcommand
        self.silent = frozenset(silent.split())
        self.unless = frozenset(unless.split())
        self.attach = frozenset(attach.split())
        self.program = program
        self.needs = frozenset(needs.split())
        self.ending = ending
        self.ending_program = ending_program
        self.mark = mark


STRACE = Tracer(
    "strace",
    "stderr",
    Grammar(
        "abeEIoOpPsSuUX",
        "output attach env user detach-on interruptible trace signal signals status trace-path columns"
        " abbrev verbose raw read write fault inject quiet silent silence kvm decode-fds decode-pids"
        " string-limit summary-sort-by summary-columns summary-syscall-overhead const-print-style",
    ),
    filetype="strace",
    output="-o",
    append=("-A",),
    silent="-o --output -c --summary-only -V --version -h --help",
    unless="-C --summary",
    attach="-p --attach",
    program="operand",
    needs="operand -p --attach",
    # It ignores INT and TERM under -o FILE PROG, and lets go of its tracees unharmed when killed.
    ending_program=(KILL,),
)
LTRACE = Tracer(
    "ltrace",
    "stderr",
    Grammar("aADeFlnopsuwxX", "align debug config library indent output where"),
    filetype="ltrace",
    output="-o",
    silent="-o --output -c -V --version -h --help",
    attach="-p",
    program="operand",
    needs="operand -p",
    # Killed, it leaves its breakpoints behind and the tracee dies of SIGTRAP.
    ending=(INT, TERM),
    ending_program=(INT, TERM),
)
PERF = Tracer(
    "perf",
    "stderr",
    Grammar(
        "CDeFGimoptuB",
        "event cpu delay pf cgroup input mmap-pages output pid tid uid call-graph duration expr filter"
        " filter-pids map-dump max-events max-stack min-stack proc-map-timeout switch-on switch-off bpf",
    ),
    filetype="perftrace",
    output="-o",
    output_modes=("after",),  # a file it writes in blocks; to a terminal it writes in colours
    subcommand="trace",
    silent="-o --output -s --summary -h --help --list-cmds",
    unless="-S --with-summary",
    attach="-p --pid -t --tid",
    program="operand",
    mark=b"): ",
)
SYSDIG = Tracer(
    "sysdig",
    "stdout",
    Grammar(
        "cCeGHIiKkmMnporstwW",
        "chisel file-size cri cri-timeout seconds plugin input chisel-info k8s-api node-name"
        " k8s-api-cert mesos-api numevents print read snaplen timetype write limit plugin-config-file",
        permutes=True,
    ),
    filetype="sysdig",
    by_line=("--unbuffered",),
    silent="-w --write -h --help -L --list-events -l --list --list-markdown --list-chisels -i"
    " --chisel-info --version --libs-version",
)
BPFTRACE = Tracer(
    "bpftrace",
    "stdout",
    Grammar("BefIlopc", "include usdt-file-activation", permutes=True),
    filetype="bpftraceout",
    output="-o",
    output_modes=("after",),
    by_line=("-B", "line"),
    silent="-o -l -h --help -V --version --info -d --emit-elf --emit-llvm",
    attach="-p",
    program="-c",
    needs="-e operand",
)
TCPDUMP = Tracer(
    "tcpdump",
    "stdout",
    Grammar(
        "BcCEFGijmMQrsTVwWyzZ",
        "buffer-size interface direction linktype relinquish-privileges snapshot-length"
        " time-stamp-type time-stamp-precision",
        permutes=True,
    ),
    filetype="tcpdump",
    by_line=("-l",),
    silent="-w -h --help --version -D --list-interfaces -L --list-data-link-types -J"
    " --list-time-stamp-types -d --count",
    unless="--print",
)
FATRACE = Tracer(
    "fatrace",
    "stdout",
    Grammar("ospfC", "output seconds ignore-pid filter command"),
    filetype="fatrace",
    needs_pty=True,
    sees_files=True,
    silent="-o --output -h --help",
)

TRACERS = {t.name: t for t in (STRACE, LTRACE, PERF, SYSDIG, BPFTRACE, TCPDUMP, FATRACE)}

# The commands that start another one, so that the tracer may stand behind them.
WRAPPERS = {
    "sudo": Grammar(
        "aCcDgghpRrTtUu",
        "auth-type close-from login-class chdir group host prompt chroot role command-timeout type other-user user",
        assignments=True,
    ),
    "doas": Grammar("aCu"),
    "env": Grammar("uCS", "unset chdir split-string", assignments=True),
    "nice": Grammar("n", "adjustment"),
    "ionice": Grammar("cnpPu", "class classdata pid pgid uid"),
    "timeout": Grammar("ks", "kill-after signal", operands=1),
    "taskset": Grammar("", operands=1),
    "chrt": Grammar("TPD", "sched-runtime sched-period sched-deadline", operands=1),
    "setpriv": Grammar(
        "",
        "ambient-caps inh-caps bounding-set ruid euid reuid rgid egid regid groups securebits"
        " pdeathsig selinux-label apparmor-profile",
    ),
    "unshare": Grammar(
        "RwSG", "map-user map-group map-users map-groups propagation setgroups root wd setuid setgid monotonic boottime"
    ),
    "nsenter": Grammar("tSG", "target setuid setgid"),
}

ASKS_FOR_PASSWORD = frozenset({"sudo", "doas"})


def anything(name: str, stream: str) -> Tracer:
    """A row for a tracer that is not in the table (``--from``): its *stream* is its trace.

    What writes its trace to standard output has no program to share it with: it is shown live. What
    writes to standard error, as strace does, may have: it is shown when it ends, but for ``-p``.
    """
    return Tracer(
        name,
        stream,
        Grammar("p", permutes=False),
        needs_pty=stream == "stdout",
        silent="--version --help",
        attach="-p --pid",
        program="operand" if stream == "stderr" else "",
    )
