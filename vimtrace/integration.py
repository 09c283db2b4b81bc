"""The shell files that ``vimtrace init`` prints: aliases, and the completion that their first Tab loads."""

import os
from collections.abc import Sequence

from vimtrace.errors import UsageError, VimtraceError
from vimtrace.output import put

SHELLS = ("zsh", "bash", "fish")
HERE = os.path.dirname(os.path.abspath(__file__))
# In the wheel they are part of the package; in a checkout they stand beside it.
FOLDERS = (os.path.join(HERE, "shell"), os.path.join(os.path.dirname(HERE), "shell"))


def show(words: Sequence[str]) -> int:
    """``vimtrace init SHELL [--completion]``: print the file of that shell; return the exit status."""
    names = [word for word in words if word != "--completion"]
    if len(names) != 1 or names[0] not in SHELLS:
        what = f"{names[0]}: no such shell" if len(names) == 1 else "it needs the name of one shell"
        raise UsageError(f"init: {what}", f"one of: {' '.join(SHELLS)}")
    return put(text(names[0], len(names) != len(words)))


def text(shell: str, completion: bool = False) -> str:
    """The text of *shell*'s file: its aliases, or with *completion* the completion."""
    name = os.path.join("completion", f"vimtrace.{shell}") if completion else f"vimtrace.{shell}"
    for folder in FOLDERS:
        path = os.path.join(folder, name)
        if os.path.isfile(path):
            with open(path, encoding="utf-8") as f:
                return f.read()
    raise VimtraceError(f"{name}: missing from this installation", "install vimtrace again")
