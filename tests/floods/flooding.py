"""A tracer that floods, and an editor that says what has come of it."""

import hashlib
import json
import os
import pathlib
import sys

# Plays strace. It says how long it took, and how long the longest write did.
TRACER = """#!{python} -I
import json, os, sys, time
out = os.open(sys.argv[sys.argv.index("-o") + 1], os.O_WRONLY | os.O_APPEND)
while not os.path.exists("{go}"):
    time.sleep(0.01)
began, longest = time.monotonic(), 0
with open("{flood}", "rb") as f:
    while piece := f.read(1 << 16):
        before = time.monotonic()
        os.write(out, piece)
        longest = max(longest, time.monotonic() - before)
with open("{report}.new", "w") as f:
    json.dump({{"seconds": time.monotonic() - began, "longest": longest}}, f)
os.rename("{report}.new", "{report}")
"""
# The buffer is written when the trace is complete; binary, or invalid text would be converted.
VIMRC = """\
syntax on
autocmd User VimtraceEnd silent write! {folder}/shown | call writefile([], '{folder}/complete')
autocmd VimEnter * call writefile([], '{folder}/open')
"""


class Flood:
    """A folder with all that one flood needs: the file *flood*, the tracer *strace*, a *home* for the editors."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.flood, self.go, self.report = (self.folder / name for name in ("flood", "go", "report"))
        self.tracer = self.folder / "strace"
        text = TRACER.format(python=sys.executable, go=self.go, flood=self.flood, report=self.report)
        self.tracer.write_text(text)
        self.tracer.chmod(0o755)
        self.home = self.folder / "home"
        for vimrc in (self.home / ".vimrc", self.home / ".config/nvim/init.vim"):
            vimrc.parent.mkdir(parents=True, exist_ok=True)
            vimrc.write_text(VIMRC.format(folder=self.folder))

    def has(self, name):
        """Whether the file *name* is there: *open* (the editor), *report* (all is written), *complete* (and shown)."""
        return (self.folder / name).exists()

    def begin(self):
        """Let the tracer write."""
        self.go.touch()

    def tracing(self):
        """What the tracer says of its writing: *seconds* in all, and those of the *longest* write."""
        return json.loads(self.report.read_text())

    def difference(self):
        """How what is shown differs from what was written, or "". An editor ends the last line."""
        shown = self.folder / "shown"
        with open(self.flood, "rb") as f:
            f.seek(-1, os.SEEK_END)
            ended = f.read() == b"\n"
        if digest(self.flood, b"" if ended else b"\n") == digest(shown):
            return ""
        return f"{self.flood.stat().st_size} bytes were written, {shown.stat().st_size} are shown"


def digest(path, more=b""):
    """The hash of what is in *path*, with *more* behind it."""
    with open(path, "rb") as f:
        found = hashlib.file_digest(f, "sha256")
    found.update(more)
    return found.hexdigest()
