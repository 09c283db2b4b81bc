"""``vimtrace doctor``: what would work here, and the command that mends what would not.

Every check is a function that yields findings. What can be tried is tried (a trace, an attach, a new
run's folder, the user's shell); the rest is read where the kernel or the program tells it.
"""

import contextlib
import os
import platform
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence

import psutil

from vimtrace import __version__, pagers, ptrace, tracefile
from vimtrace.command import find as find_anywhere
from vimtrace.errors import UsageError, VimtraceError
from vimtrace.findings import Finding, show, works
from vimtrace.integration import SHELLS
from vimtrace.options import Settings
from vimtrace.signals import Signals
from vimtrace.tracers import TRACERS

PATIENCE = 5.0  # seconds that a program has to answer
FEATURES = ("+eval", "+job", "+channel", "+timers")
VERSION_WORD = {"strace": "-V", "ltrace": "-V", "fatrace": ""}  # else --version; fatrace has none
# by the ID or ID_LIKE of os-release(5)
INSTALLERS = {
    "debian": "sudo apt install",
    "fedora": "sudo dnf install",
    "rhel": "sudo dnf install",
    "arch": "sudo pacman -S",
    "suse": "sudo zypper install",
    "alpine": "sudo apk add",
}
PACKAGES = {
    ("debian", "perf"): "linux-perf",
    ("ubuntu", "perf"): "linux-tools-generic",
    ("debian", "nvim"): "neovim",
    ("ubuntu", "nvim"): "neovim",
    ("fedora", "nvim"): "neovim",
    ("fedora", "vim"): "vim-enhanced",
    ("arch", "nvim"): "neovim",
}
# where the wheel, and a checkout, have the page
MANUALS = (
    os.path.join(sys.prefix, "share/man/man1/vimtrace.1"),
    os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "man/vimtrace.1"),
)
STARTUP = {
    "zsh": """echo 'eval "$(vimtrace init zsh)"' >> ~/.zshrc""",
    "bash": """echo 'eval "$(vimtrace init bash)"' >> ~/.bashrc""",
    "fish": "echo 'vimtrace init fish | source' >> ~/.config/fish/config.fish",
}
ASK_SHELL = {"zsh": "whence -v {0}", "bash": "type {0}", "fish": "functions {0}; or echo {0} is not a function"}


def run(words: Sequence[str], settings: Settings, signals: Signals) -> int:
    """``vimtrace doctor [--json]``: print the report; 1 if the main job would not run, else 0."""
    if [word for word in words if word != "--json"]:
        raise UsageError("doctor: takes no argument but --json")
    signal.pthread_sigmask(signal.SIG_SETMASK, signals.original_mask)  # Ctrl-C ends it as any program
    findings = [finding for check in CHECKS for finding in check(settings)]
    show(findings, bool(words))
    return 0 if works(findings) else 1


# Programs


def find(name: str) -> str:
    """The file of the command *name*; "" if there is none. What the doctor runs is not from the current folder."""
    return find_anywhere(name, relative=False)


def ask(*words: str) -> str:
    """What the command *words* prints, without a terminal; "" if it cannot be run or does not end."""
    try:
        done = subprocess.run(
            words,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=PATIENCE,
            env={**os.environ, "LC_ALL": "C"},
            start_new_session=True,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.decode("utf-8", "replace")


def version(name: str, path: str) -> str:
    """The version that the program says it has, and where it is."""
    word = VERSION_WORD.get(name, "--version")
    found = re.search(r"\d+\.[\d.]*\d|(?<=less )\d+", ask(path, word)) if word else None
    return f"{found[0]} ({path})" if found else f"({path})"


def install(name: str) -> str:
    """The command that installs the program *name* here."""
    try:
        system = platform.freedesktop_os_release()
    except OSError:
        system = {}
    for each in [system.get("ID", ""), *system.get("ID_LIKE", "").split()]:
        if installer := next((INSTALLERS[key] for key in INSTALLERS if key in each), ""):
            package = PACKAGES.get((system.get("ID", ""), name)) or PACKAGES.get((each, name), name)
            return f"{installer} {package}"
    return f"install {name} with your system's package manager"


def tracers(_: Settings) -> Iterator[Finding]:
    """Those of the table; only strace is missed if it is not there."""
    for name in TRACERS:
        path = find(name)
        if path:
            yield Finding("tracers", name, "ok", version(name, path))
        else:
            state = "bad" if name == "strace" else "note"
            yield Finding("tracers", name, state, "not installed", install(name))


def editors(settings: Settings) -> Iterator[Finding]:
    """The pagers that are there, what the editors can do, and which would be used."""
    usable = 0
    for name in ("vim", "nvim", "less"):
        path = find(name)
        if not path:
            yield Finding("pagers", name, "note", "not installed", install(name))
            continue
        lacking = features(name, path)
        usable += not lacking
        what = version(name, path)
        if lacking:
            mend = install("vim") if name == "vim" else install(name)
            yield Finding("pagers", name, "warn", f"{what} cannot follow a trace: no {' '.join(lacking)}", mend)
        else:
            yield Finding("pagers", name, "ok", what + (f" {' '.join(FEATURES)}" if name == "vim" else ""))
    yield chosen(settings, usable)
    yield Finding("pagers", "plugin", "ok", f"for saved traces in any Vim: {pagers.RUNTIME}")


def features(name: str, path: str) -> list[str]:
    """What the editor lacks of what a live view needs."""
    if name == "vim":
        words = ask(path, "--version").split()
        return [feature for feature in FEATURES if feature not in words]
    if name == "nvim":
        numbers = [int(part) for part in re.findall(r"\d+", version(name, path))[:2]]
        return [] if numbers >= [0, 7] else ["version 0.7"]
    return []


def chosen(settings: Settings, usable: int) -> Finding:
    """The pager of a run that is started now."""
    try:
        choices, warning = pagers.resolve(settings.pager)
    except VimtraceError as error:
        return Finding("pagers", "used", "warn", error.message, "unset VIMTRACE_PAGER")
    what = f"{choices[0].name} ({choices[0].words[0]})"
    if warning:
        return Finding("pagers", "used", "warn", f"{warning}; {what} instead", "unset VIMTRACE_PAGER")
    if choices[0].kind == "plain" or not usable:
        return Finding("pagers", "used", "warn", f"{what}: no editor to read in", install("vim"))
    return Finding("pagers", "used", "ok", what)


# The kernel


def permission(_: Settings) -> Iterator[Finding]:
    """Whether ptrace(2) is allowed: who we are, Yama, seccomp, containers; then both kinds are tried."""
    who = ptrace.caller()
    able = "with" if who.capable else "without"
    yield Finding("permission", "user", "ok", f"uid {who.uid}, {able} CAP_SYS_PTRACE")
    if who.container:
        yield Finding("permission", "container", "ok", who.container)
    if who.filtered:
        yield Finding("permission", "seccomp", "ok", "a filter is on")
    yield scope(who)
    if strace := find("strace"):
        yield can_start(strace)
        yield can_attach(strace, who)
    if find("perf"):
        yield paranoia(who)
    if find("sysdig"):
        yield driver(who)
    if find("bpftrace") and who.uid:
        yield Finding("permission", "bpftrace", "warn", "root only", "vimtrace sudo bpftrace ...")


def scope(who: ptrace.Caller) -> Finding:
    """Yama's ptrace_scope."""
    if not os.path.exists(ptrace.SCOPE_FILE):
        return Finding("permission", "ptrace_scope", "ok", "this kernel has no Yama")
    what = f"{who.scope}: {ptrace.SCOPES.get(who.scope, '')}"
    if who.scope == 3:
        return Finding("permission", "ptrace_scope", "bad", what, "boot with kernel.yama.ptrace_scope=1")
    if who.scope and not who.capable:
        return Finding("permission", "ptrace_scope", "warn", what, ptrace.OPEN_SCOPE)
    return Finding("permission", "ptrace_scope", "ok", what)


def can_start(strace: str) -> Finding:
    """Trace a program, for real."""
    try:
        done = subprocess.run(
            [strace, "-qq", "-o", "/dev/null", find("true") or "/bin/true"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=PATIENCE,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return Finding("permission", "strace true", "bad", str(error))
    if done.returncode == 0:
        return Finding("permission", "strace true", "ok", "a program can be traced")
    said = done.stderr.decode("utf-8", "replace").strip().splitlines()
    return Finding(
        "permission",
        "strace true",
        "bad",
        said[0] if said else f"ended with status {done.returncode}",
        "start the container with --cap-add=SYS_PTRACE --security-opt seccomp=unconfined",
    )


def can_attach(strace: str, who: ptrace.Caller) -> Finding:
    """Attach to a process that the tracer has not started, for real."""
    with contextlib.ExitStack() as started:
        tracee = started.enter_context(helper(find("cat") or "/bin/cat", stdin=subprocess.PIPE))
        tracer = started.enter_context(helper(strace, "-qq", "-o", "/dev/null", "-p", str(tracee.pid)))
        if is_traced(tracee.pid, tracer):
            return Finding("permission", "strace -p", "ok", "a process of your own can be attached to")
        why = ptrace.obstacle(tracee.pid, who) or "the kernel refuses it"
    mend = ptrace.OPEN_SCOPE if who.scope else "vimtrace sudo strace -p PID"
    return Finding("permission", "strace -p", "warn", why.partition(";")[0], mend)


@contextlib.contextmanager
def helper(*words: str, stdin: int = subprocess.DEVNULL) -> Iterator[subprocess.Popen[bytes]]:
    """A program that is ended afterwards."""
    process = subprocess.Popen(words, stdin=stdin, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(PATIENCE)
        process.kill()
        process.wait()
        if process.stdin:
            process.stdin.close()


def is_traced(pid: int, tracer: subprocess.Popen[bytes]) -> bool:
    """Wait until *tracer* has attached to *pid* or given up."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and tracer.poll() is None:
        if ptrace.tracer_of(pid):
            return True
        time.sleep(0.01)
    return False


def paranoia(who: ptrace.Caller) -> Finding:
    """What the kernel lets an ordinary user count (perf_event_open(2))."""
    try:
        with open("/proc/sys/kernel/perf_event_paranoid", encoding="ascii") as f:
            level = int(f.read())
    except (OSError, ValueError):
        return Finding("permission", "perf_event_paranoid", "warn", "this kernel has no performance events")
    if who.uid and level > -1:
        mend = "vimtrace sudo perf trace ...  (or: sudo sysctl kernel.perf_event_paranoid=-1)"
        return Finding("permission", "perf_event_paranoid", "warn", f"{level}: perf trace is root's alone", mend)
    return Finding("permission", "perf_event_paranoid", "ok", str(level))


def driver(who: ptrace.Caller) -> Finding:
    """The kernel module that sysdig reads from."""
    try:
        with open("/proc/modules", encoding="utf-8") as f:
            modules = {line.split()[0] for line in f}
    except OSError:
        modules = set()
    if loaded := modules & {"scap", "sysdig_probe", "falco"}:
        return Finding("permission", "sysdig's driver", "ok", f"{loaded.pop()} is loaded")
    if os.path.exists("/sys/kernel/btf/vmlinux"):
        mend = "sudo modprobe scap  (or a sysdig with --modern-bpf)"
    else:
        mend = "sudo modprobe scap  (from the package scap-dkms, or sysdig-dkms)"
    return Finding("permission", "sysdig's driver", "warn", "the module scap is not loaded", mend)


# The user's side


def terminal(_: Settings) -> Iterator[Finding]:
    """Whether there is a terminal that can show a pager."""
    term = os.environ.get("TERM", "")
    try:
        fd = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY)
    except OSError:
        yield Finding("terminal", "terminal", "warn", "none here: vimtrace would be invisible", "ssh -t HOST")
        return
    size = os.get_terminal_size(fd)
    os.close(fd)
    what = f"TERM={term or '(unset)'}, {size.columns} columns, {size.lines} lines"
    if term in ("", "dumb"):
        yield Finding("terminal", "terminal", "bad", f"{what}: no pager is opened", "export TERM=xterm-256color")
    else:
        yield Finding("terminal", "terminal", "ok", what)
    if os.environ.get("VIMTRACE") == "0":
        yield Finding("terminal", "VIMTRACE", "bad", "0: vimtrace is switched off", "unset VIMTRACE")


def state(_: Settings) -> Iterator[Finding]:
    """Whether a run could make its folder, and what earlier runs left there."""
    try:
        trace, warning = tracefile.create("doctor", "", "", "vimtrace doctor")
    except (OSError, VimtraceError) as error:
        yield Finding("traces", "state folder", "bad", str(error), f"mkdir -p -m 700 {tracefile.state_folder()}")
        return
    folder, room = os.path.dirname(trace.folder.path), trace.room()
    trace.folder.remove()
    what = f"{folder}, room for {room / 2**30:.1f} GiB"
    if room <= 0:
        yield Finding("traces", "state folder", "bad", f"{folder}: the disk is nearly full", f"df {folder}")
    elif warning:
        yield Finding("traces", "state folder", "warn", warning, f"mkdir -p -m 700 {tracefile.state_folder()}")
    else:
        yield Finding("traces", "state folder", "ok", what)
    if kept := tracefile.kept_runs():
        yield Finding("traces", "kept", "ok", f"{len(kept)} traces that nobody has seen: vimtrace recover")


def shell(_: Settings) -> Iterator[Finding]:
    """The aliases, as the user's own shell has them."""
    name, path = user_shell()
    yield Finding("shell", "vimtrace", "ok", f"{__version__} ({shutil.which('vimtrace') or 'not in $PATH'})")
    yield manual()
    if name not in SHELLS:
        yield Finding("shell", name or "shell", "note", "no aliases for this shell; type vimtrace strace ...")
        return
    for tracer in ("strace", "ltrace"):
        if find(tracer):
            yield alias(tracer, name, path)


def manual() -> Finding:
    """Whether man(1) finds our page: uv leaves it where man does not look."""
    if not find("man"):
        return Finding("shell", "manual", "note", "man is not installed", install("man-db"))
    if ask(find("man"), "-w", "vimtrace").strip().endswith(("vimtrace.1", "vimtrace.1.gz")):
        return Finding("shell", "manual", "ok", "man vimtrace")
    page = next((path for path in MANUALS if os.path.exists(path)), "")
    if not page:
        return Finding("shell", "manual", "note", "the manual page is not installed")
    place = "~/.local/share/man/man1"
    mend = f"mkdir -p {place} && ln -sf {shlex.quote(page)} {place}/"
    return Finding("shell", "manual", "warn", "man vimtrace does not find the page", mend)


def user_shell() -> tuple[str, str]:
    """The name and path of the shell that we were started from, else of the user's login shell."""
    for parent in psutil.Process().parents():
        with contextlib.suppress(psutil.Error):
            if parent.name() in SHELLS:
                return parent.name(), find(parent.name())
    path = os.environ.get("SHELL", "")
    return os.path.basename(path), path


def alias(tracer: str, name: str, path: str) -> Finding:
    """What the word *tracer* means in an interactive shell of the user's."""
    what = f"alias of {tracer}"
    said = ask(path, "-i", "-c", f"echo vimtrace-begin; {ASK_SHELL[name].format(tracer)}")
    answers = said.partition("vimtrace-begin")[2].splitlines()
    answer = " ".join(" ".join(line for line in answers if not line.startswith("#")).split())
    if f"vimtrace {tracer}" in answer or "vimtrace $_vimtrace_name" in answer:
        return Finding("shell", what, "ok", f"{name}: it means vimtrace {tracer}")
    if not answer:
        return Finding("shell", what, "note", f"{name} did not tell what {tracer} means", STARTUP[name])
    if "_vimtrace_after" in answer:
        return Finding("shell", what, "warn", f"{name}: vimtrace is not in its $PATH", "export PATH=~/.local/bin:$PATH")
    if re.search(r"\balias|\bfunction\b(?! *$)", answer) and "not a function" not in answer:
        undo = f"functions -e {tracer}" if name == "fish" else f"unalias {tracer} 2>/dev/null; unset -f {tracer}"
        own = f"{name}: an alias or function of your own comes first: {answer[:80]}"
        return Finding("shell", what, "warn", own, f"{undo}  (and remove it from your startup file)")
    return Finding("shell", what, "note", f"{name}: no alias", STARTUP[name])


CHECKS = (tracers, editors, permission, terminal, state, shell)
