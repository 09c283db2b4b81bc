"""The table of pagers: how each is started on a trace, finished or still growing."""

import os
import sys

from vimtrace.command import find
from vimtrace.errors import UsageError
from vimtrace.signals import signal

RUNTIME = os.path.join(os.path.dirname(os.path.abspath(__file__)), "vim")

# This very vimtrace, for the commands of the editor that ask it, wherever it is installed.
PROGRAM = (
    f"import sys; sys.path.insert(0, {os.path.dirname(os.path.dirname(RUNTIME))!r}); "
    "from vimtrace.cli import main; sys.exit(main())"
)

# These return at once and leave their window behind, unless told to wait.
WAITS = {"gvim": "--nofork", "gview": "--nofork", "mvim": "--nofork", "code": "--wait", "subl": "--wait"}

ALWAYS_LOADED = 64 << 20  # bytes of a trace that an editor may load however short memory is

START_AGAIN = 75  # the exit status of an editor that is to be started once more: EX_TEMPFAIL of sysexits.h

# The user's $LESS may quit on Ctrl-C (K), at the end (E, F), or pass escape sequences on (r).
LESS_OPTIONS = ["-+F", "-+K", "-+E", "-+e", "-+r", "-S", "-n"]


class View:
    """What a pager is to show: the trace *files*; for an editor, what it must know of the run.

    *title*: the command line; *live*: whether the trace still grows; *launcher*, *tracer*: pids, 0
    if there is none; *state*, *messages*: the paths of the run's small files, or ""; *folder*: where
    they and what is asked of the launcher live. *start* is the byte of the file that it is to be shown from, by the
    same feed as a trace that grows; *limit* the bytes that are loaded unasked, 0 for all; *again* whether an editor
    that a key has hit while it started may end with the status START_AGAIN.
    """

    def __init__(
        self,
        files: list[str],
        filetype: str = "",
        title: str = "",
        live: bool = False,
        launcher: int = 0,
        tracer: int = 0,
        state: str = "",
        messages: str = "",
        folder: str = "",
        start: int = 0,
        limit: int = 0,
        again: bool = False,
    ) -> None:
        self.files = files
        self.filetype = filetype
        self.title = title
        self.live = live
        self.launcher = launcher
        self.tracer = tracer
        self.state = state
        self.messages = messages
        self.folder = folder
        self.start = start
        self.limit = limit
        self.again = again

    @property
    def is_fed(self) -> bool:
        """Whether an editor shows it in a buffer that is fed from the file, not as the file."""
        return self.live or self.start > 0


class Pager:
    """A pager as the user named it: *words*, its *name* and *kind* (vim, nvim, less, plain, other).

    An editor that :func:`probe` found without ``+eval`` is of the kind ``other``.
    """

    def __init__(self, words: list[str], kind: str) -> None:
        self.words = words
        self.kind = kind
        self.name = os.path.basename(words[0])

    @property
    def is_editor(self) -> bool:
        """Whether it runs our Vim runtime."""
        return self.kind in ("vim", "nvim")

    @property
    def follows(self) -> bool:
        """Whether it can show a trace that still grows."""
        return self.is_editor or self.kind == "less"

    @property
    def hears_interrupts(self) -> bool:
        """Whether the terminal's Ctrl-C is a signal to it (ISIG on), that it would keep for itself."""
        return self.kind == "less"

    @property
    def death_signal(self) -> int:
        """What ends it, when the launcher dies, so that it puts the terminal back: less does that for TERM only."""
        return signal.SIGTERM if self.kind == "less" else signal.SIGHUP

    def argv(self, view: View) -> list[str]:
        """The command line that shows *view*."""
        if self.is_editor:
            return [*self.words, "-n", *_editor_words(view)]
        if self.kind == "less":
            return [*self.words, *LESS_OPTIONS, *(["+F"] if view.live else []), "--", *view.files]
        if self.kind == "vi":
            return [*self.words, "-n", "-R", "-i", "NONE", "--cmd", "set nomodeline", "--", *view.files]
        if self.kind == "plain":
            return [*self.words, "--", *view.files]
        extra = [WAITS[self.name]] if self.name in WAITS else []
        return [*self.words, *extra, *view.files]


def _editor_words(view: View) -> list[str]:
    facts = {
        "files": view.files,
        "filetype": view.filetype,
        "title": view.title,
        "live": int(view.is_fed),
        "launcher": view.launcher,
        "tracer": view.tracer,
        "state": view.state,
        "messages": view.messages,
        "folder": view.folder,
        "from": view.start,
        "limit": view.limit,
        "again": START_AGAIN if view.again else 0,
        "tail": find("tail", relative=False),
        "dd": find("dd", relative=False),
        "kill": find("kill", relative=False),
        "start": os.path.join(RUNTIME, "start.vim"),
        "program": [sys.executable, "-I", "-c", PROGRAM],
    }
    otherwise = f"else | cquit {START_AGAIN} | " if view.again else ""
    words = [
        "--cmd", f"let g:vimtrace_run = {vim_literal(facts)}",
        "--cmd", f"execute 'source' fnameescape({vim_literal(os.path.join(RUNTIME, 'begin.vim'))})",
        "-c", f"if exists('g:vimtrace_run') | execute 'source' fnameescape(g:vimtrace_run.start) | {otherwise}endif",
    ]  # fmt: skip
    return words if view.is_fed else [*words, "--", *view.files]


def vim_literal(value: object) -> str:
    """*value* as a Vim script expression; strings in single quotes, where nothing is special."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{vim_literal(k)}: {vim_literal(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(vim_literal, value)) + "]"
    if isinstance(value, int):
        return str(value)
    return "'" + str(value).replace("'", "''").replace("\n", " ") + "'"


def named(text: str) -> Pager:
    """The pager that ``--pager`` or $VIMTRACE_PAGER names. Raises UsageError if it names none."""
    words = text.split() if not set(text) & set("'\"\\") else _unquoted(text)
    if not words:
        raise UsageError("--pager: no name given", "for example --pager=less")
    # The whole path, so that a '.' in $PATH does not have it run from the current folder.
    path = words[0] if "/" in words[0] else find(words[0], relative=False) or words[0]
    return Pager([path, *words[1:]], _kind(words[0]))


def _unquoted(text: str) -> list[str]:
    import shlex

    try:
        return shlex.split(text)
    except ValueError as error:
        raise UsageError(f"--pager={text}: {error}", "close the quote") from error


def _kind(word: str) -> str:
    name = os.path.basename(word)
    if name in ("vim", "vi", "view", "nvim", "less"):
        return {"vi": "vim", "view": "vim"}.get(name, name)
    return "vim" if name.startswith("vim.") else "other"


def choices(wanted: str) -> list[Pager]:
    """The pagers to try, best first: the *wanted* one, else those installed, at last plain text."""
    first = [named(wanted)] if wanted else []
    # cat -v shows control characters as ^X: a traced program must not write to the terminal through us.
    plain = Pager([find("cat", relative=False) or "/bin/cat", "-v"], "plain")
    return first + [pager for pager in map(installed, ("vim", "nvim", "less")) if pager] + [plain]


def installed(name: str) -> Pager | None:
    """The pager called *name*, if it is installed."""
    return named(name) if find(name, relative=False) else None


def probe(pager: Pager) -> Pager:
    """*pager* as it really is: ``vim --version`` tells whether it is a Vim, and has what we need.

    In a group of its own, so that a Ctrl-Z now does not stop it while we wait for its answer.
    """
    if pager.kind != "vim":
        return pager
    path = find(pager.words[0])
    if not path:
        return pager
    reader, writer = os.pipe()
    pid = os.posix_spawn(
        path,
        [pager.words[0], "--version"],
        {"LC_ALL": "C", "PATH": os.environ.get("PATH", os.defpath)},
        file_actions=[(os.POSIX_SPAWN_DUP2, writer, 1), (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0)],
        setpgroup=0,
    )
    os.close(writer)
    with open(reader, "rb") as f:
        answer = f.read()
    os.waitpid(pid, 0)
    if not answer.startswith(b"VIM"):
        return Pager(pager.words, "other")
    able = all(feature in answer for feature in (b"+eval", b"+job", b"+channel", b"+timers"))
    if able and pager.name not in ("rvim", "rview"):
        return pager
    return Pager(pager.words, "vi")


def resolve(wanted: str) -> tuple[list[Pager], str]:
    """The pagers to try, best first, and a warning, or "".

    Of those not asked for, a Vim that is not good enough is left out.
    """
    found: list[Pager] = []
    warning = ""
    for candidate in choices(wanted):
        if candidate.name in (p.name for p in found):
            continue
        asked_for = bool(wanted) and not found
        if asked_for and not find(candidate.words[0]):
            warning = f"{candidate.name}: no such pager"
            continue
        pager = probe(candidate) if asked_for or not found else candidate
        if asked_for or pager.kind != "vi":
            found.append(pager)
    return found, warning
