"""What vimtrace is to the user's shell, and to man(1)."""

import contextlib
import os
import re
import shlex
import shutil
import sys
from collections.abc import Iterator

import psutil

from vimtrace import __version__
from vimtrace.doctor.findings import Finding
from vimtrace.doctor.programs import ask, find, install
from vimtrace.integration import HERE, SHELLS
from vimtrace.options import Settings

# where the wheel, and a checkout, have the page
MANUALS = (
    os.path.join(sys.prefix, "share/man/man1/vimtrace.1"),
    os.path.join(os.path.dirname(HERE), "man/vimtrace.1"),
)
STARTUP = {
    "zsh": """echo 'eval "$(vimtrace init zsh)"' >> ~/.zshrc""",
    "bash": """echo 'eval "$(vimtrace init bash)"' >> ~/.bashrc""",
    "fish": "echo 'vimtrace init fish | source' >> ~/.config/fish/config.fish",
}
ASK_SHELL = {"zsh": "whence -v {0}", "bash": "type {0}", "fish": "functions {0}; or echo {0} is not a function"}


def known(_: Settings) -> Iterator[Finding]:
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
