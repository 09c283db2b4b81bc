"""The programs that the doctor asks: where each is, what it says, the command that installs it."""

import os
import platform
import re
import subprocess

from vimtrace.command import find as find_anywhere

PATIENCE = 5.0  # seconds that a program has to answer
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
