"""A place to measure in: vimtrace as a user installs it, a home, a long trace, tracers that play a part."""

import os
import shutil
import subprocess
import sys
import tempfile

LINES = 1_000_000
WORK = "ls -lR /etc; wc /etc/*; dd if=/dev/zero of=/dev/null bs=1 count=2000; python3 -c 'import json, email'"
VIMRC = "syntax on\nfiletype plugin on\n"

# Each plays strace: the file after -o gets the trace.
FIND_OUTPUT = 'while [ $# -gt 0 ]; do [ "$1" = -o ] && out=$2; shift; done\n'
FLOOD = "#!/bin/sh\n" + FIND_OUTPUT + 'cat {trace} >"$out"\nexec sleep 1000\n'
FINISH = "#!/bin/sh\n" + FIND_OUTPUT + 'cat {trace} >"$out"\nsync "$out"\nprintf END-OF-TRACING\n'
PACE = """#!{python}
import itertools, os, sys, time
with open("{trace}", "rb") as f:
    lines = list(itertools.islice(f, 400_000))
out = os.open(sys.argv[sys.argv.index("-o") + 1], os.O_WRONLY | os.O_APPEND)
start = time.monotonic()
for i in range(0, len(lines), 100):
    time.sleep(max(0, start + i / 10_000 - time.monotonic()))
    os.write(out, b"".join(lines[i : i + 100]))
"""


class Place:
    """A folder that is removed again; *source* is the checkout that is installed into it."""

    def __init__(self, source):
        self.path = tempfile.mkdtemp(prefix="vimtrace-bench-", dir=os.environ.get("TMPDIR", "/var/tmp"))
        self.python = self.file("venv/bin/python3")
        self.vimtrace = self.file("venv/bin/vimtrace")
        self.trace = self.file("prepared.strace")
        self._install(source)
        self._furnish()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.path, ignore_errors=True)

    def file(self, name):
        """The path of *name* in it."""
        return os.path.join(self.path, name)

    def environment(self, part=""):
        """The environment of a user; *part* is the tracer that plays strace."""
        path = os.environ["PATH"]
        return {
            "PATH": f"{self.file(part)}:{path}" if part else path,
            "HOME": self.file("home"),
            "TERM": "xterm-256color",
            "LANG": "C.UTF-8",
            "SHELL": "/bin/sh",
        }

    def _install(self, source):
        """A fresh venv with vimtrace in it, not editable, its byte code compiled."""
        env = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
        subprocess.run([sys.executable, "-m", "venv", self.file("venv")], check=True, env=env)
        subprocess.run([self.python, "-m", "pip", "install", "-q", source], check=True, env=env)

    def _furnish(self):
        for vimrc in ("home/.vimrc", "home/.config/nvim/init.vim"):
            self._write(vimrc, VIMRC)
        self._prepare_trace()
        for part, text in (("flood", FLOOD), ("finish", FINISH), ("pace", PACE)):
            self._write(f"{part}/strace", text.format(trace=self.trace, python=sys.executable), 0o755)

    def _write(self, name, text, mode=0o644):
        os.makedirs(os.path.dirname(self.file(name)), exist_ok=True)
        with open(self.file(name), "w") as f:
            f.write(text)
        os.chmod(self.file(name), mode)

    def _prepare_trace(self):
        """A million lines of a real trace, over and over."""
        seed = self.file("seed")
        words = ["strace", "-f", "-tt", "-T", "-y", "-o", seed, "sh", "-c", WORK]
        subprocess.run(words, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        with open(seed, "rb") as f:
            lines = f.readlines()
        with open(self.trace, "wb") as f:
            for i in range(0, LINES, len(lines)):
                f.write(b"".join(lines[: LINES - i]))
        os.sync()
