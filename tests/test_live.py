"""The live trace (DESIGN.md 4): following, Ctrl-C, Ctrl-Z, leaving, and never in the tracee's way."""

import os
import re
import signal

import pytest

from conftest import state_of, tracer_of
from kit.deadline import never, until
from kit.editor import EDITORS, configure
from kit.run import answers, follow, interrupt, is_back, leave
from vimtrace import procfs


def written(state):
    """The bytes that the tracer has written by now."""
    return sum(p.stat().st_size for p in state.runs()[0].glob("*.strace"))


def trace_text(state):
    """What the tracer has written by now."""
    return next(state.runs()[0].glob("*.strace")).read_text()


def sees_the_end(terminal, state):
    """Wait until the last line of the trace of an ended tracer is on the screen."""
    terminal.see(trace_text(state).splitlines()[-1][:100].rstrip())


@pytest.mark.parametrize("pager", EDITORS)
def test_it_follows_and_stays_put_and_follows_again(terminal, ticker, pager):
    """Sticky: on the last line it follows; gg pauses and counts; G resumes."""
    follow(terminal, pager, f"strace -p {ticker.pid}")
    terminal.see("[running]")
    terminal.see("getppid()")
    terminal.grows()  # of one line the first is the last: there gg would follow
    terminal.type("gg")
    terminal.see("|| paused")
    terminal.until(lambda: re.search(r"paused \+\d+ new .*1/", terminal.screen.text), "what is new counted")
    first = terminal.screen.lines[0]
    never(lambda: terminal.read() or terminal.screen.lines[0] != first, "the view moved", 0.3)
    terminal.type("G")
    terminal.see("FOLLOW")
    terminal.type("F")
    terminal.see("|| paused")
    terminal.type("F")
    terminal.see("FOLLOW")
    leave(terminal, 130)


@pytest.mark.parametrize("pager", EDITORS)
def test_the_status_line_of_a_narrow_window(terminal, ticker, pager):
    """The command, the state and the place come first; the tracer's words have what room is left, or none."""
    follow(terminal, pager, f"strace -f -p {ticker.pid}", f"strace: Process {ticker.pid} attached")
    terminal.grows()
    terminal.type("gg")
    terminal.see("|| paused")
    terminal.resize(24, 80)
    wanted = re.compile(rf"strace -f -p {ticker.pid} +\[running\] \d+ lines \|\| paused( \+\d+ new)? 1/\d+ Top")
    terminal.until(lambda: wanted.fullmatch(terminal.screen.lines[22]), "the status line in 80 columns")
    terminal.resize(24, 60)
    wanted = re.compile(r"<.* \[running\] \d+ lines \|\| paused \+\d+ new 1/\d+ Top")
    terminal.until(lambda: wanted.fullmatch(terminal.screen.lines[22]), "a shorter command in 60 columns")
    terminal.resize(24, 200)
    terminal.see(f"strace: Process {ticker.pid} attached")
    leave(terminal, 130)


@pytest.mark.parametrize("pager", EDITORS)
def test_following_is_per_window(terminal, ticker, pager):
    """Of two windows, one may follow while the other stays."""
    follow(terminal, pager, f"strace -p {ticker.pid}")
    terminal.grows()
    terminal.type("\x17s")
    terminal.type("gg")
    terminal.see("|| paused")
    terminal.until(lambda: "FOLLOW" in terminal.screen.text and "|| paused" in terminal.screen.text)
    leave(terminal, 130, ":qa\r")


@pytest.mark.parametrize("pager", EDITORS)
def test_what_is_new_to_a_new_window(terminal, ticker, pager):
    """What was there when the window came is not new."""
    follow(terminal, pager, f"strace -p {ticker.pid}")
    terminal.until(lambda: int(re.search(r"(\d+) lines", terminal.screen.text)[1]) > 99, "100 lines")
    terminal.type("gg")
    terminal.see("|| paused")
    terminal.type(":split\r")
    terminal.until(lambda: len(re.findall(r"paused \+\d+ new", terminal.screen.text)) == 2, "two windows")
    later, earlier = (int(x) for x in re.findall(r"paused \+(\d+) new", terminal.screen.text))
    assert later <= earlier
    leave(terminal, 130, ":qa\r")


@pytest.mark.parametrize("pager", EDITORS)
def test_visual_mode_is_not_disturbed_and_resumes(terminal, ticker, pager):
    """A selection on the last line does not grow by itself; after it the window follows again."""
    follow(terminal, pager, f"strace -p {ticker.pid}")
    terminal.type("V")
    terminal.see("VISUAL LINE")
    terminal.type("\x1b")
    terminal.gone("VISUAL LINE")
    terminal.see("FOLLOW")
    leave(terminal, 130)


@pytest.mark.parametrize("pager", EDITORS)
def test_what_came_during_a_command_line_is_followed_after_it(terminal, ticker, state, pager):
    """Also when nothing more comes to follow."""
    follow(terminal, pager, f"strace -p {ticker.pid}", "getppid()")
    terminal.type(":")
    written_before = written(state)
    until(lambda: written(state) > written_before + 4096)
    os.kill(terminal.one("strace").pid, signal.SIGINT)
    until(lambda: not tracer_of(ticker.pid))
    terminal.type("\x1b")
    sees_the_end(terminal, state)
    leave(terminal, 130)


@pytest.mark.parametrize("pager", EDITORS)
def test_the_trace_cannot_be_changed_by_accident(terminal, ticker, pager):
    """dd gives E21; search and a typed command work while data arrive."""
    follow(terminal, pager, f"strace -p {ticker.pid}")
    terminal.see("getppid()")
    terminal.type("dd")
    terminal.see("E21")
    answers(terminal)
    terminal.line("?getppid")
    terminal.gone("E486")
    leave(terminal, 130)


@pytest.mark.parametrize("pager", EDITORS)
def test_ctrl_c_ends_the_tracing_and_the_pager_stays(terminal, ticker, tmp_path, state, pager):
    """With the whole trace; afterwards Ctrl-C and F are the editor's own; :w keeps the trace."""
    follow(terminal, pager, f"strace -p {ticker.pid}")
    terminal.line(":autocmd User VimtraceEnd call writefile([], 'end')")
    answers(terminal)
    terminal.ctrl("c")
    terminal.see("[killed SIGINT]")
    sees_the_end(terminal, state)
    trace = trace_text(state)
    terminal.until((tmp_path / "end").exists)
    assert tracer_of(ticker.pid) == 0
    terminal.line(":echo '<' . maparg('<C-c>', 'n') . maparg('F', 'n') . '>'")
    terminal.see("<>")
    terminal.line(":w kept.strace")
    terminal.until(lambda: terminal.seen("written"))
    leave(terminal, 130)
    assert terminal.seen(f"strace: Process {ticker.pid} attached")
    assert (tmp_path / "kept.strace").read_text() == trace


BUSY = """
set updatetime=1
function! Busy(timer) abort
  let l:begun = reltime()
  while reltimefloat(reltime(l:begun)) < 0.5
  endwhile
endfunction
autocmd VimEnter * call timer_start(10, 'Busy', {'repeat': -1})
"""


def test_the_end_that_vim_has_seen_while_a_timer_was_at_work(terminal, home):
    """A loop looks for keys, and sees the end of the feed as well: Vim is told of that when a key comes, or by us."""
    (home / ".vimrc").write_text(BUSY)
    os.mkfifo(home / "ends")
    words = f"(printf 'first\\0(0) = 0\\n'; read x < {home}/ends; printf 'last(0) = 0')"
    terminal.line(f"{words} | vimtrace --pager=vim -")
    terminal.see("first^@(0)")  # it has looked for NUL bytes; to do so would wake it
    (home / "ends").write_text("now\n")
    terminal.see("[ended 0]")
    terminal.see("last(0) = 0")
    terminal.gone("reading")
    leave(terminal)


@pytest.mark.parametrize("pager", EDITORS)
@pytest.mark.parametrize("more", ["", "kill -INT {strace}; "], ids=["running", "ended"])
def test_the_output_of_a_command_stays_until_it_is_read(terminal, ticker, pager, more):
    """Whatever the trace does meanwhile, and so does the editor's question for Return."""
    follow(terminal, pager, f"strace -p {ticker.pid}", "getppid()")
    more = more.format(strace=terminal.one("strace").pid)
    terminal.line(f":!{more}echo 'out''put of a command'")
    terminal.see("Press ENTER")
    shown = "output of a command"
    never(lambda: terminal.read() or shown not in terminal.screen.text, "it is gone", within=1.2)
    terminal.see("Press ENTER")
    terminal.type("\r")
    terminal.see("[killed SIGINT]" if more else "[running]")
    terminal.gone(shown)
    answers(terminal)
    leave(terminal, 130)


@pytest.mark.parametrize("pager", EDITORS)
def test_ctrl_c_works_in_another_window(terminal, ticker, pager):
    """Also from :help."""
    follow(terminal, pager, f"strace -p {ticker.pid}")
    terminal.line(":help")
    terminal.until(lambda: "help.txt" in terminal.screen.text)
    answers(terminal)
    terminal.ctrl("c")
    terminal.see("[killed SIGINT]")
    leave(terminal, 130, ":qa\r")


@pytest.mark.parametrize("pager", [*EDITORS, "less"])
def test_ctrl_z_stops_all_of_it_and_fg_brings_it_back(terminal, ticker, pager):
    """What it freezes is said; fg follows again (DESIGN 4)."""
    ready = "FOLLOW" if pager != "less" else "Waiting for data"
    follow(terminal, pager, f"strace -p {ticker.pid}", ready)
    if pager == "less":
        terminal.until(lambda: len(terminal.named("vimtrace")) == 2, "the ear, which stops with less")
    terminal.ctrl("z")
    terminal.see(f"freezes the traced process {ticker.pid}")
    terminal.sane()
    terminal.stopped(lambda: [p for p in terminal.processes() if p.comm != "tail"])
    terminal.line("fg")
    terminal.in_front(pager)
    terminal.until(lambda: state_of(terminal.one("strace").pid) == "S")
    is_back(terminal, pager)
    if pager != "less":
        terminal.grows()  # nvim 0.7 alone hangs now and then when a Ctrl-C comes while it wakes up
    interrupt(terminal, pager)
    until(lambda: not tracer_of(ticker.pid))
    leave(terminal, 130, ":q\r" if pager != "less" else "q")


def test_fg_long_after_ctrl_z_goes_on_tracing(terminal, ticker):
    """The ear of less has heard no Ctrl-C, though what it waits with has been over for long."""
    follow(terminal, "less", f"strace -p {ticker.pid}", "Waiting for data")
    terminal.until(lambda: len(terminal.named("vimtrace")) == 2, "the ear, which stops with less")
    terminal.ctrl("z")
    terminal.stopped()
    never(lambda: {p.state for p in terminal.processes()} != {"T"}, "one of them goes on", within=1.5)
    terminal.line("fg")
    terminal.in_front("less")
    is_back(terminal, "less")
    never(lambda: not tracer_of(ticker.pid), "the tracing is over", within=0.5)
    interrupt(terminal, "less")
    until(lambda: not tracer_of(ticker.pid))
    leave(terminal, 130, "q")


@pytest.mark.parametrize("pager", ["vim", "less"])
def test_bg_lets_the_tracer_go_on(each_shell, ticker, pager, state):
    """The pager waits for the terminal; fg shows what was written meanwhile."""
    ready = "FOLLOW" if pager != "less" else "Waiting for data"
    follow(each_shell, pager, f"strace -p {ticker.pid}", ready)
    each_shell.ctrl("z")
    each_shell.mark()
    each_shell.line("bg")
    each_shell.until(lambda: state_of(each_shell.one("strace").pid) == "S")
    size = written(state)
    each_shell.until(lambda: written(state) > size)
    each_shell.mark()
    assert state_of(each_shell.one(pager).pid) == "T"
    each_shell.line("fg")
    each_shell.in_front(pager)
    is_back(each_shell, pager)
    interrupt(each_shell, pager)
    until(lambda: not tracer_of(ticker.pid))
    each_shell.type(":q\r" if pager != "less" else "q")
    each_shell.sane()
    each_shell.quiet()


def test_a_live_run_started_in_the_background(each_shell, ticker, state):
    """It traces; the pager opens at fg."""
    each_shell.line(f"vimtrace strace -p {ticker.pid} &")
    until(lambda: tracer_of(ticker.pid))
    each_shell.until(lambda: written(state) > 0)
    each_shell.mark()
    assert not each_shell.screen.alternate
    each_shell.line("fg")
    each_shell.see("FOLLOW")
    each_shell.type(":q\r")
    each_shell.sane()
    each_shell.quiet()


def test_less_follows_and_ctrl_c_leaves_it_with_the_trace(terminal, ticker, state):
    """Also against a hostile $LESS."""
    terminal.line("export LESS=FRXKEe")
    follow(terminal, "less", f"strace -p {ticker.pid}", "Waiting for data")
    interrupt(terminal, "less")
    until(lambda: not tracer_of(ticker.pid))
    terminal.gone("Waiting for data")
    terminal.type("G")
    sees_the_end(terminal, state)
    leave(terminal, 130, "q")


@pytest.mark.parametrize("how", ["stopped", "prompt", "shell"])
def test_viewing_is_never_in_the_way_of_the_tracee(terminal, ticker, state, how):
    """With the pager stopped, at a prompt, or in :!cmd, the tracer keeps writing."""
    follow(terminal, "vim", f"strace -p {ticker.pid}")
    if how == "prompt":
        terminal.line(":call input('name? ')")
        terminal.see("name?")
    elif how == "shell":
        terminal.line(":!cat")
        terminal.one("cat")
    else:
        # Its job helper stopped, too: nothing of the editor takes data any more.
        for each in [*terminal.named("vim"), *terminal.named("tail")]:
            os.kill(each.pid, signal.SIGSTOP)
        terminal.see("Stopped")
        terminal.mark()
        terminal.line("bg")
    size = written(state)
    terminal.until(lambda: written(state) > size + 2000)
    terminal.close()  # a hang-up must end it, too


def test_a_tracer_stopped_alone_is_shown(terminal, ticker):
    """The status line says stopped, then running again."""
    follow(terminal, "vim", f"strace -p {ticker.pid}")
    tracer = terminal.one("strace").pid
    os.kill(tracer, signal.SIGSTOP)
    terminal.see("[stopped]")
    os.kill(tracer, signal.SIGCONT)
    terminal.see("[running]")
    leave(terminal, 130)


def test_a_tracer_that_cannot_attach_is_its_own_answer(terminal, state):
    """Its words, its status, no pager."""
    terminal.line("vimtrace strace -p 999999")
    terminal.see("attach: ptrace(PTRACE_SEIZE, 999999): No such process")
    assert terminal.status() == 1
    assert not terminal.seen("\x1b[?1049h")
    assert state.runs() == []


def test_with_nothing_to_show_the_pager_opens_all_the_same(terminal):
    """After half a second; the trace follows when there is one."""
    terminal.line("sleep 1000 &")
    sleeper = terminal.one("sleep").pid
    terminal.line(f"vimtrace strace -e trace=nosuch,getppid -p {sleeper}")
    terminal.until(lambda: terminal.screen.alternate or "invalid" in terminal.screen.text)
    terminal.line("")
    terminal.line(f":q\rvimtrace strace -e trace=getppid -p {sleeper}")
    terminal.see("[running] 0 lines")
    os.kill(sleeper, signal.SIGTERM)
    terminal.see("+++ killed by SIGTERM +++")
    terminal.until(lambda: "[ended" in terminal.screen.text or "[killed" in terminal.screen.text)
    terminal.line(":q")
    terminal.mark()


def test_two_processes_at_once(terminal, ticker):
    """strace -f -p A -p B."""
    terminal.line("sleep 1000 &")
    sleeper = terminal.one("sleep").pid
    follow(terminal, "vim", f"strace -f -p {ticker.pid} -p {sleeper}")
    until(lambda: tracer_of(sleeper))
    terminal.line(":q")
    until(lambda: not tracer_of(sleeper))
    terminal.mark()
    os.kill(sleeper, signal.SIGKILL)


def test_a_program_live_on_request(terminal):
    """--live: the program's own output is shown afterwards, its input is empty."""
    terminal.line("vimtrace --live strace sh -c 'echo out; echo err >&2; read x; exit 7'")
    terminal.see("[ended 7]")
    terminal.type("G")
    terminal.see("exit_group(7)")
    terminal.line(":TraceFilter exit_group")
    terminal.see("1 of")
    terminal.line(":TraceMessages")
    terminal.see("out\nerr")
    leave(terminal, 7, ":qa\r")
    assert terminal.seen("out\r")


def test_not_live_on_request(terminal, ticker, state):
    """--no-live: the terminal stays the tracer's until it ends."""
    terminal.line(f"vimtrace --no-live strace -p {ticker.pid}")
    terminal.see("attached")
    until(lambda: tracer_of(ticker.pid) and state.written())
    never(lambda: terminal.read() or terminal.screen.alternate, "a pager", 0.8)
    terminal.ctrl("c")
    terminal.see("[killed SIGINT]")
    leave(terminal, 130)


def test_a_pager_that_cannot_follow_gets_the_finished_file(terminal, ticker):
    """Any command, and it is said what Ctrl-C does."""
    terminal.line(f"vimtrace --pager='head -n 2' strace -p {ticker.pid}")
    terminal.see("Ctrl-C ends it and opens head")
    until(lambda: tracer_of(ticker.pid))
    terminal.ctrl("c")
    terminal.until(lambda: not terminal.named("vimtrace"))
    assert terminal.status() == 130


@pytest.mark.parametrize("name", ["vim.tiny", "rvim"])
def test_an_editor_that_cannot_follow_gets_the_finished_file(terminal, ticker, name, state):
    """Without +eval or without jobs."""
    terminal.line(f"vimtrace --pager={name} strace -p {ticker.pid}")
    terminal.see("Ctrl-C ends it and opens")
    terminal.until(lambda: state.runs() and written(state) > 0)
    terminal.ctrl("c")
    terminal.in_front(name)
    terminal.type("G")
    sees_the_end(terminal, state)
    leave(terminal, 130)


@pytest.mark.parametrize("victim", ["vim", "strace", "vimtrace"])
def test_a_death_in_a_live_run(terminal, ticker, victim, state):
    """Whichever is killed: a sane terminal, nothing left, the target lives, the trace is there."""
    follow(terminal, "vim", f"strace -p {ticker.pid}")
    os.kill(terminal.one(victim).pid, signal.SIGKILL)
    if victim == "strace":
        terminal.see("[killed SIGKILL]")
        leave(terminal, 137)
        return
    terminal.until(lambda: not terminal.named("vim"))
    terminal.sane()
    terminal.quiet()
    assert len(state.runs()) == 1
    terminal.line("vimtrace recover")
    terminal.see(state.runs()[0].name)


def test_hanging_up_a_live_run(terminal, ticker, state):
    """Nobody is left, the target lives, the trace can be recovered (X08)."""
    follow(terminal, "vim", f"strace -p {ticker.pid}")
    pids = [p.pid for p in terminal.processes()]
    terminal.pty.fileobj.close()
    until(lambda: not any(state_of(pid) not in ("", "Z") for pid in pids), f"the end of {pids}")
    assert len(state.runs()) == 1


@pytest.mark.parametrize("pager", EDITORS)
def test_nothing_of_a_trace_is_left_in_the_editors_files(terminal, ticker, home, pager):
    """No swap, undo, viminfo or shada entry, also of what was yanked and searched."""
    (home / ".vimrc").write_text("set undofile undodir=~/undo viminfo='100,<1000 modeline swapfile directory=~/swap\n")
    (home / "undo").mkdir()
    (home / "swap").mkdir()
    for live in (f"strace -p {ticker.pid}", "strace true"):
        terminal.line(f"vimtrace --pager={pager} {live}")
        terminal.in_front(pager)
        terminal.until(lambda: "[running]" in terminal.screen.text or "[ended" in terminal.screen.text)
        terminal.type("yy")
        terminal.line("/getppid\\|execve")
        terminal.line(":q")
        terminal.mark()
    found = [
        p for p in home.rglob("*") if p.is_file() and (b"execve" in p.read_bytes() or b"getppid" in p.read_bytes())
    ]
    assert [p for p in found if "vimrc" not in p.name] == []
    assert not list((home / "undo").iterdir())
    assert not list((home / "swap").iterdir())


def test_a_vimrc_that_assigns_runtimepath(terminal, ticker, home):
    """The runtime is found; the user's own mappings and settings stay."""
    (home / ".vimrc").write_text(
        "let loaded_netrwPlugin = 1\n"  # since Vim 9.1 it is found through 'packpath'
        "set runtimepath=~/.vim,$VIMRUNTIME packpath=~/.vim\nnnoremap gz :echo 'mine' 6*7<CR>\nset number hidden list\n"
    )
    follow(terminal, "vim", f"strace -p {ticker.pid}")
    terminal.type("gz")
    terminal.see("mine 42")
    leave(terminal, 130)


@pytest.mark.parametrize("pager", EDITORS)
@pytest.mark.parametrize("line", ["%f\\ mine", "%!MyLine()"])
def test_the_state_is_put_behind_the_users_own_status_line(terminal, ticker, home, pager, line):
    """Also behind one that an expression makes."""
    my_line = "function! MyLine() abort\n  return 'mine'\nendfunction\n"
    configure(pager, home, f"{my_line}set laststatus=2 statusline={line}\n")
    follow(terminal, pager, f"strace -p {ticker.pid}")
    assert re.search(r"mine +\[running\] \d+ lines FOLLOW", terminal.screen.text)
    leave(terminal, 130)


@pytest.mark.parametrize("options", ["-u NONE", "-C", "--clean"])
@pytest.mark.parametrize("live", [True, False])
def test_odd_starts_of_the_editor(terminal, ticker, options, live):
    """Compatible mode, no vimrc, no plugins."""
    command = f"strace -p {ticker.pid}" if live else "strace true"
    terminal.line(f"vimtrace --pager='vim {options}' {command}")
    terminal.see("[running]" if live else "[ended 0]")
    assert not terminal.seen("Error detected")
    terminal.line(":q")
    terminal.mark()


def test_a_modeline_in_a_trace_does_nothing(terminal):
    """A traced program must not set an option (FACTS-vim 9)."""
    terminal.line(
        "vimtrace --pager='vim --cmd \"set modeline modelines=5\"' strace -e trace=write echo ' vim: set tw=44 :'"
    )
    terminal.see("[ended 0]")
    terminal.line(":echo 'tw' &tw 'ml' &l:modeline")
    terminal.see("tw 0 ml 0")
    terminal.line(":q")
    terminal.mark()


def test_a_long_flood_keeps_every_line(terminal, tmp_path):
    """500,000 lines at full speed: all of them in the buffer, the last one too, keys answered."""
    tracer = tmp_path / "strace"
    tracer.write_text('#!/bin/sh\nseq -f "write(1, \\"%.0f\\", 7) = 7" 500000 >"$2"\nexec sleep 1000\n')
    tracer.chmod(0o755)
    for pager in EDITORS:
        follow(terminal, pager, f"{tracer} -p 1")
        terminal.see("500000 lines", timeout=60)
        terminal.line(":echo 'last' getline('$')[0:16]")
        terminal.see('last write(1, "500000"')
        leave(terminal, 130)


def test_a_tracer_that_sets_the_terminals_modes_is_not_stopped_for_it(terminal, tmp_path):
    """Behind the pager that is SIGTTOU for the whole group; sysdig does it when it ends."""
    tracer = tmp_path / "strace"
    tracer.write_text('#!/bin/sh\necho line >"$2"\nsleep 1\nstty -echo </dev/tty\necho after >>"$2"\nexec sleep 1000\n')
    tracer.chmod(0o755)
    follow(terminal, "vim", f"{tracer} -p 1")
    terminal.see("after")
    terminal.see("[running]")
    answers(terminal)
    leave(terminal, 130)


FLOOD = '#!/bin/sh\nseq -f "write(1, \\"%.0f\\", 7) = 7" 3000000 >"$2"\nexec sleep 1000\n'


@pytest.mark.parametrize("pager", EDITORS)
def test_an_editor_killed_in_a_flood_leaves_nobody(terminal, tmp_path, pager):
    """Not even a helper that was stopped or blocked."""
    tracer = tmp_path / "strace"
    tracer.write_text(FLOOD)
    tracer.chmod(0o755)
    follow(terminal, pager, f"{tracer} -p 1", " lines")
    helpers = terminal.until(lambda: [p.pid for p in procfs.descendants(terminal.one(pager).pid)])
    os.kill(terminal.one(pager).pid, signal.SIGKILL)
    terminal.mark()
    terminal.quiet()
    until(lambda: not any(state_of(pid) not in ("", "Z") for pid in helpers), f"the end of {helpers}")


@pytest.mark.parametrize("pager", EDITORS)
@pytest.mark.parametrize("how", ["e", "feed", "bdelete"])
def test_the_buffer_is_whole_whatever_is_done_to_it(terminal, tmp_path, pager, how):
    """:edit and :bdelete empty it, and its feed can be killed: it is read again."""
    tracer = tmp_path / "strace"
    tracer.write_text(
        '#!/bin/sh\nseq 1000 >"$2"\nwhile [ ! -e go ]; do sleep 0.05; done\nseq 1001 2000 >>"$2"\nexec sleep 1000\n'
    )
    tracer.chmod(0o755)
    follow(terminal, pager, f"{tracer} -p 1", "1000 lines")
    if how == "feed":
        children = procfs.descendants(terminal.one(pager).pid)
        os.kill(next(p.pid for p in children if p.comm == "tail"), signal.SIGKILL)
    else:
        terminal.line(
            ":e!" if how == "e" else ":let b=bufnr('') | new | execute b 'bdelete' | execute 'buffer' b | only"
        )
    (tmp_path / "go").write_text("")
    terminal.see("2000 lines")
    terminal.line(":echo 'whole' line('$') getline(1) getline('$')")
    terminal.see("whole 2000 1 2000")
    terminal.ctrl("c")
    terminal.until(lambda: "[running]" not in terminal.screen.text)
    leave(terminal, 130, ":qa!\r")


def test_leaving_a_live_program_ends_it_as_ctrl_c_would(terminal):
    """Without a wait for signals that strace is known to ignore."""
    terminal.line("vimtrace --live strace sleep 1000")
    terminal.see("FOLLOW")
    program = terminal.one("sleep").pid
    terminal.line(":q")
    until(lambda: not state_of(program), timeout=1.5)
    assert terminal.status() == 130
    terminal.quiet()


def test_a_live_program_that_ignores_it_is_named(terminal):
    """It lives on, untraced, and that is said."""
    terminal.line("vimtrace --live strace ignores-interrupt")
    terminal.see("FOLLOW")
    program = terminal.one("ignores-interrupt").pid
    until(lambda: int(procfs.read(program, "status").split("SigIgn:")[1].split()[0], 16) & 2)
    terminal.line(":q")
    assert terminal.status() == 137
    assert terminal.seen(f"no longer traced, still running: ignores-interru ({program})")
    os.kill(program, signal.SIGKILL)


@pytest.mark.parametrize("pager", EDITORS)
def test_ctrl_c_while_the_editor_loads_does_not_lose_the_trace(terminal, ticker, home, pager):
    """It throws the commands of the command line away: the trace is opened all the same."""
    configure(pager, home, "echo 'loading'\nsleep 3\n")
    terminal.line(f"vimtrace --pager={pager} strace -p {ticker.pid}")
    terminal.in_front(pager)
    terminal.until(lambda: terminal.seen("loading"))
    terminal.ctrl("c")
    terminal.until(lambda: terminal.type("\r") or "lines" in terminal.screen.text, "the trace")
    # A Vim that was interrupted throws away what is typed before its main loop, whatever it shows by then.
    terminal.until(lambda: terminal.owner() == terminal.pid or terminal.type(":qa!\r"), "the editor's end")
    terminal.mark()


@pytest.mark.parametrize("pager", EDITORS)
def test_an_endless_line_is_taken_in_linear_time(terminal, tmp_path, pager):
    """20 MB without a line break, then a last one."""
    tracer = tmp_path / "strace"
    tracer.write_text(
        '#!/bin/sh\n(head -c 20000000 /dev/zero | tr "\\\\0" x; echo; echo last) >"$2"\nexec sleep 1000\n'
    )
    tracer.chmod(0o755)
    follow(terminal, pager, f"{tracer} -p 1", "2 lines")
    terminal.see("too long for colours")  # or that would come where the answer to the next command stands
    terminal.line(":echo 'length' len(getline(1)) getline(2)")
    terminal.see("length 20000000 last")
    leave(terminal, 130)
