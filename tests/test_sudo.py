"""sudo strace (E04 E05): root's tracer, the user's pager, with and without a pty and a password."""

import contextlib
import os
import signal
import subprocess

import pytest

from conftest import USER, state_of, tracer_of
from kit.deadline import until
from kit.run import interrupt
from vimtrace import procfs

LONG = f"1000.{os.getpid()}"  # seconds; nobody else's


@pytest.fixture(params=["use_pty", "!use_pty"])
def sudoer(request, user):
    """The unprivileged user, who may use sudo without a password."""
    path = f"/etc/sudoers.d/{USER}"
    with open(path, "w", encoding="ascii") as f:
        f.write(f"Defaults:{USER} {request.param}\n{USER} ALL=(ALL) NOPASSWD: ALL\n")
    os.chmod(path, 0o440)
    yield user
    os.unlink(path)


@pytest.fixture
def sudo_terminal(terminals, sudoer):
    return shell_of(terminals, sudoer)


def shell_of(terminals, user):
    """A terminal with the user's own bash."""
    terminal = terminals(argv=[*user.become, "bash", "--norc", "--noprofile", "-i"], more_env=user.env, cwd="/tmp")
    terminal.mark()
    return terminal


def test_after_mode(sudo_terminal):
    """The trace opens, the status is the program's, the terminal is sane."""
    sudo_terminal.line("vimtrace sudo strace sh -c 'exit 3'")
    sudo_terminal.see("[ended 3]")
    sudo_terminal.line(":q")
    assert sudo_terminal.status() == 3
    sudo_terminal.sane()


def test_after_mode_stops_and_ends(sudo_terminal):
    """Ctrl-Z, fg, Ctrl-C."""
    sudo_terminal.line(f"vimtrace sudo strace sleep {LONG}")
    until(lambda: sudo_terminal.read() or sleepers())
    sudo_terminal.ctrl("z")
    sudo_terminal.mark()
    sudo_terminal.line("fg")
    sudo_terminal.until(lambda: sudo_terminal.owner() != sudo_terminal.pid)
    until(lambda: state_of(sleepers()[0]) == "S")
    sudo_terminal.ctrl("c")
    sudo_terminal.until(lambda: "[killed" in sudo_terminal.screen.text or "[ended" in sudo_terminal.screen.text)
    sudo_terminal.line(":q")
    assert sudo_terminal.status() == 130
    sudo_terminal.sane()


def sleepers():
    return [int(p) for p in os.listdir("/proc") if p.isdigit() and cmdline(p) == ["sleep", LONG] and state_of(p) != "Z"]


def cmdline(pid):
    try:
        with open(f"/proc/{pid}/cmdline", encoding="utf-8") as f:
            return f.read().split("\0")[:-1]
    except OSError:
        return []


@pytest.mark.parametrize("pager", ["vim", "nvim", "less"])
def test_live(sudo_terminal, ticker, pager):
    """It follows; Ctrl-Z stops and fg continues; Ctrl-C reaches root's strace; leaving is sane."""
    sudo_terminal.line(f"vimtrace --pager={pager} sudo strace -p {ticker.pid}")
    sudo_terminal.in_front(pager)
    sudo_terminal.see("getppid")
    sudo_terminal.ctrl("z")
    sudo_terminal.sane()
    sudo_terminal.line("fg")
    sudo_terminal.in_front(pager)
    until(lambda: tracer_of(ticker.pid))
    sudo_terminal.until(lambda: sudo_terminal.screen.alternate)
    if pager != "less":
        sudo_terminal.grows()
    interrupt(sudo_terminal, pager)
    sudo_terminal.until(lambda: not tracer_of(ticker.pid))
    if pager != "less":
        sudo_terminal.until(lambda: "[running]" not in sudo_terminal.screen.text)
    sudo_terminal.type(":q\r" if pager != "less" else "q")
    assert sudo_terminal.status() == 130
    sudo_terminal.sane()


def test_leaving_the_pager_ends_roots_tracer(sudo_terminal, ticker):
    """The same gentle way."""
    sudo_terminal.line(f"vimtrace sudo strace -p {ticker.pid}")
    sudo_terminal.see("FOLLOW")
    sudo_terminal.line(":q")
    assert sudo_terminal.status() == 130
    until(lambda: not tracer_of(ticker.pid))
    sudo_terminal.sane()


def test_the_password_is_asked_before_the_pager_opens(terminals, user, ticker):
    """A wrong one first; the pager does not come in between (E05)."""
    path = f"/etc/sudoers.d/{USER}"
    subprocess.run(["chpasswd"], input=f"{USER}:secret\n", text=True, check=True)
    with open(path, "w", encoding="ascii") as f:
        f.write(f"Defaults:{USER} use_pty\n{USER} ALL=(ALL) ALL\n")
    os.chmod(path, 0o440)
    try:
        terminal = shell_of(terminals, user)
        terminal.line(f"vimtrace sudo -k strace -p {ticker.pid}")
        terminal.see("password for")
        terminal.line("wrong")
        terminal.see("Sorry, try again.")
        terminal.until(lambda: terminal.screen.text.count("password for") == 2)
        assert not terminal.screen.alternate
        terminal.line("secret")
        terminal.see("FOLLOW")
        terminal.line(":q")
        assert terminal.status() == 130
        terminal.sane()
    finally:
        os.unlink(path)


def test_without_permission_strace_says_so(terminals, user, ticker):
    """An unprivileged strace -p of root's process: its own words, no pager."""
    terminal = shell_of(terminals, user)
    terminal.line(f"vimtrace strace -p {ticker.pid}")
    terminal.see("Operation not permitted")
    assert terminal.status() == 1
    assert not terminal.seen("\x1b[?1049h")


def test_the_state_folder_of_another_user_is_not_used(terminals, user):
    """HOME of somebody else (sudo -E): TMPDIR, and it is said."""
    state = user.folder / "home/.local/state/vimtrace"
    state.mkdir(parents=True)
    terminal = terminals(more_env={"HOME": str(user.folder / "home")})
    os.chown(state, 1, 1)
    terminal.line("vimtrace --pager='head -n1' strace true")
    terminal.see("belongs to another user")
    assert terminal.status() == 0


@pytest.mark.parametrize("sudoer", ["!use_pty"], indirect=True)  # on its own pty, no Ctrl-C is ours to see
def test_a_program_that_ignores_everything_behind_sudo(sudo_terminal):
    """Where we may not signal the tracer, it is said what the user must do."""
    sudo_terminal.line("vimtrace sudo strace sh -c 'trap \"\" INT TERM; echo rea''dy; while :; do sleep 0.1; done'")
    sudo_terminal.see("ready")
    sudo_terminal.ctrl("c")
    sudo_terminal.see("press it again")
    sudo_terminal.ctrl("c")
    sudo_terminal.see("sudo kill -KILL")
    strace = sudo_terminal.one("strace").pid
    children = [p.pid for p in procfs.descendants(strace)]
    os.kill(strace, signal.SIGKILL)
    for each in children:
        with contextlib.suppress(ProcessLookupError):
            os.kill(each, signal.SIGKILL)
    sudo_terminal.until(lambda: "[" in sudo_terminal.screen.text and sudo_terminal.screen.alternate)
    sudo_terminal.line(":q")
    sudo_terminal.sane()


def test_a_killed_launcher_behind_sudo(sudo_terminal, ticker):
    """The kernel does not tell a sudo that its parent has died: root's tracer lets go all the same."""
    sudo_terminal.line(f"vimtrace sudo strace -p {ticker.pid}")
    sudo_terminal.see("[running]")
    os.kill(next(p for p in sudo_terminal.named("vimtrace") if p.parent == sudo_terminal.pid).pid, signal.SIGKILL)
    sudo_terminal.quiet()
    sudo_terminal.sane()
