"""What Vim and Neovim say of the corpus: the file type, and the highlight group of every piece of a line."""

import functools
import os
import pathlib
import re
import subprocess
import tempfile

import vimtrace

HERE = pathlib.Path(__file__).parent
CORPUS = HERE.parent / "corpus"
RUNTIME = pathlib.Path(vimtrace.__file__).parent / "vim"
EDITORS = {"vim": ["vim", "-N", "-i", "NONE"], "nvim": ["nvim", "-i", "NONE"]}

PIPES = {"stdin": subprocess.DEVNULL, "capture_output": True, "text": True, "timeout": 100, "check": False}


def corpus():
    """The traces of the corpus, those written by hand too."""
    return sorted(path for folder in (CORPUS, CORPUS / "by-hand") for path in folder.glob("*.*"))


def golden(path):
    """The golden file of a file of the corpus."""
    return CORPUS / "golden" / path.name


def described(editor, files, *commands, names=True, syntax=True):
    """For each of *files* what *editor* says: a line for the file type, then one for each line of the file.

    *commands* are given to the editor first; without *names* it sees the text under a name that says nothing;
    without *syntax* nothing but the file type is asked.
    """
    with tempfile.TemporaryDirectory() as folder:
        paths = [path if names else _copy(path, folder) for path in files]
        answer = pathlib.Path(folder, "answer")
        pathlib.Path(folder, "files").write_text("".join(f"{path}\n" for path in paths))
        words = [*EDITORS[editor], "-n", "-u", "NONE", "-es", "--cmd", f"set encoding=utf-8 rtp^={RUNTIME}"]
        words += [word for command in commands for word in ("--cmd", command)]
        words += ["-c", "filetype on", *(["-c", "syntax on"] if syntax else [])]
        words += ["-c", f"source {HERE / 'groups.vim'}", "-c", "cquit"]
        env = {**os.environ, "GROUPS_FILES": f"{folder}/files", "GROUPS_OUT": str(answer), "LC_ALL": "C.UTF-8"}
        done = subprocess.run(words, env=env, cwd=folder, **PIPES)
        assert (done.returncode, done.stdout + done.stderr) == (0, ""), done
        answers = answer.read_text(errors="replace").split("\f\n")[:-1]
    return dict(zip(files, answers, strict=True))


def _copy(path, folder):
    """The file *path* under a name without a suffix."""
    copy = pathlib.Path(folder, path.name.replace(".", "_"))
    copy.write_bytes(path.read_bytes())
    return copy


def compact(text):
    """What was said, with Error⟨...⟩ for straceError⟨...⟩: as it is in the golden files."""
    return re.sub(r"\b(?:strace|perftrace|sysdig|bpftraceout|tcpdump|fatrace)(?=\w+⟨)", "", text)


@functools.cache
def of_corpus(editor):
    """What *editor* says of each file of the corpus; it is asked once."""
    return described(editor, corpus())
