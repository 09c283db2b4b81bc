"""An editor without a screen that runs a Vim script with our runtime, and says what it found."""

import json
import os
import pathlib
import subprocess

import vimtrace

EDITORS = ["vim", "nvim"]
CONFIGURATION = {"vim": ".vimrc", "nvim": ".config/nvim/init.vim"}
RUNTIME = pathlib.Path(vimtrace.__file__).parent / "vim"

# Say(value) is how a script answers. An error anywhere ends the editor with status 1.
FRAME = """\
set nocompatible runtimepath^={runtime}
filetype plugin on
syntax enable
set columns=120 lines=40
function! Say(value) abort
  call writefile([json_encode(a:value)], '{answer}', 'a')
endfunction
try
{script}
catch
  call Say({{'error': v:exception . ' at ' . v:throwpoint}})
  cquit
endtry
qall!
"""


def configure(editor, home, script):
    """Have *editor* (vim, nvim) run the Vim *script* when it starts with *home* as its home folder."""
    path = pathlib.Path(home) / CONFIGURATION[editor]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(script)


def ask(editor, script, folder, files=(), timeout=30):
    """What *script* says when *editor* (vim, nvim) runs it on *files*: a list of the values it gave to Say()."""
    answer = pathlib.Path(folder) / f"answer-{editor}"
    answer.unlink(missing_ok=True)
    frame = pathlib.Path(folder) / f"frame-{editor}.vim"
    frame.write_text(FRAME.format(runtime=RUNTIME, answer=answer, script=script))
    words = [editor, "-u", "NONE", "-i", "NONE", "-n", "-N", "-es", "-S", str(frame), "--", *map(str, files)]
    done = subprocess.run(
        words,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=timeout,
        env={**os.environ, "HOME": str(folder), "TERM": "xterm-256color", "COLUMNS": "120", "LINES": "40"},
        check=False,
    )
    said = [json.loads(x) for x in answer.read_text().splitlines()] if answer.exists() else []
    errors = [x["error"] for x in said if isinstance(x, dict) and "error" in x]
    assert (errors, done.returncode) == ([], 0), f"{errors} {done.stdout}{done.stderr}"
    return said
