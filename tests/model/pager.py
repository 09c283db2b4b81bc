"""A stand-in for a pager: it starts in 15 ms, treats the terminal as the real one does, and says what happens to it.

As ``nvim`` it turns ISIG off, takes Ctrl-C and Ctrl-Z as keys, stops its whole group, and sets its modes again when it
is continued; as ``less`` it leaves ISIG on, handles SIGINT and SIGTSTP, and stops itself alone. Each line of
$MODEL_FOLDER/pager is its pid and a word: up, size (with rows and columns), key, int, cont, leave. Keys: q leaves, Q
leaves with status 7.
"""

import _signal as signal
import errno
import os
import select
import sys
import termios

NAME = os.path.basename(sys.argv[0])
LOG = os.open(os.environ["MODEL_FOLDER"] + "/pager", os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC)
COOKED = termios.tcgetattr(0)


def say(word):
    os.write(LOG, f"{os.getpid()} {word}\n".encode())


def touch(call, *args):
    """Do to the terminal what stops a process that is behind; stopped and continued, do it again."""
    while True:
        try:
            return call(*args)
        except termios.error as error:
            if error.args[0] != errno.EINTR:
                raise


def size():
    columns, rows = os.get_terminal_size(0)
    return f"{rows}x{columns}"


def enter():
    """Take the screen and the modes, as when started or continued."""
    modes = termios.tcgetattr(0)
    modes[0] &= ~termios.ICRNL
    modes[3] &= ~(termios.ICANON | termios.ECHO)
    if NAME == "nvim":
        modes[3] &= ~termios.ISIG
    modes[6][termios.VMIN], modes[6][termios.VTIME] = 1, 0
    touch(termios.tcsetattr, 0, termios.TCSADRAIN, modes)
    os.write(1, b"\033[?1049h")
    say(f"up {size()}")


def leave():
    os.write(1, b"\033[?1049l")
    touch(termios.tcsetattr, 0, termios.TCSADRAIN, COOKED)


def suspend(*_):
    """Ctrl-Z: both put the terminal back first; an editor stops its group, less itself alone."""
    leave()
    signal.signal(signal.SIGTSTP, signal.SIG_DFL)
    os.kill(0 if NAME == "nvim" else os.getpid(), signal.SIGTSTP)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTSTP})
    if NAME == "less":
        signal.signal(signal.SIGTSTP, suspend)
    enter()


def continued(*_):
    """An editor sets its modes again; less goes on reading. Both touch the terminal, which stops them behind it."""
    say("cont")
    if NAME == "nvim":
        enter()
    else:
        touch(termios.tcflow, 0, termios.TCOON)


def terminated(*_):
    leave()
    say("leave 15")
    os._exit(15)


def key(letter):
    say(f"key {ord(letter)}")
    if letter in "qQ":
        for sig in (signal.SIGTSTP, signal.SIGCONT):  # their handlers would enter the screen once more
            signal.signal(sig, signal.SIG_DFL)
        leave()
        status = 7 if letter == "Q" else 0
        say(f"leave {status}")
        os._exit(status)
    elif letter == "\x1a":
        suspend()
    elif letter == "\x03" and "'live': 1" in " ".join(sys.argv):
        os.kill(os.getppid(), signal.SIGINT)


signal.signal(signal.SIGWINCH, lambda *_: say(f"size {size()}"))
signal.signal(signal.SIGCONT, continued)
if NAME == "nvim":
    signal.signal(signal.SIGINT, signal.SIG_IGN)
else:
    signal.signal(signal.SIGINT, lambda *_: say("int"))
    signal.signal(signal.SIGQUIT, signal.SIG_IGN)
    signal.signal(signal.SIGTSTP, suspend)
    signal.signal(signal.SIGTERM, terminated)
enter()
poll = select.poll()
keyboard = os.open("/dev/tty", os.O_RDONLY | os.O_NONBLOCK)  # a read that blocks takes what is the shell's (F20)
poll.register(keyboard, select.POLLIN)
while True:
    poll.poll()
    try:
        keys = os.read(keyboard, 64).decode()
    except BlockingIOError:
        continue
    if not keys:
        os._exit(1)
    for each in keys:
        key(each)
