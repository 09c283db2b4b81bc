"""What the kernel lets us trace."""

import contextlib
import os
import subprocess
import time
from collections.abc import Iterator

from vimtrace import ptrace
from vimtrace.doctor.findings import Finding
from vimtrace.doctor.programs import PATIENCE, find
from vimtrace.options import Settings


def allowed(_: Settings) -> Iterator[Finding]:
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
