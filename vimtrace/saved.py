"""Traces from before: ``vimtrace open`` and ``vimtrace recover``."""

import os

from vimtrace import pagers, runfolder
from vimtrace.disk import size_of
from vimtrace.errors import UsageError, VimtraceError
from vimtrace.invisible import become, can_page, somebody_looks
from vimtrace.options import Settings
from vimtrace.output import printable, put, put_error
from vimtrace.pagers import Pager, View
from vimtrace.runfolder import RunFolder
from vimtrace.signals import Signals
from vimtrace.terminal import Terminal, take_keyboard


def open_files(files: list[str], settings: Settings, signals: Signals) -> int:
    """``vimtrace open FILE...``: become the pager; where nobody looks, become cat(1)."""
    if not files:
        raise UsageError("open: which file?", "vimtrace open FILE...")
    for name in files:
        try:
            os.close(os.open(name, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC))
        except OSError as error:
            raise VimtraceError(f"{name}: {error.strerror}", "name files that can be read") from error
        if os.path.isdir(name):
            raise VimtraceError(f"{name}: is a folder", "name files that can be read")
    paths = [os.path.abspath(name) for name in files]
    if not somebody_looks(1):
        return become(plain_words(paths), signals)
    choices, warning = pagers.resolve(settings.pager)
    if warning:
        put_error(f"{warning}; trying {choices[0].name}")
    view = pagers.View(paths, settings.filetype)
    if any(os.path.getsize(path) > pagers.ALWAYS_LOADED for path in paths) or settings.limit:
        choices = _asked(choices, view, settings, signals)
    if not choices:
        return 0
    take_keyboard()
    return become(choices[0].argv(view), signals)


def _asked(choices: list[Pager], view: View, settings: Settings, signals: Signals) -> list[Pager]:
    """The pagers to try if *view* may be so large that the user must say what to show; he may say nothing at all."""
    from vimtrace import oversize

    question = oversize.question(Terminal(), choices, view.files, settings.limit)
    if question is None:
        return choices
    answer = oversize.ask(question, signals)
    if answer.lines:
        view.title = f"open {os.path.basename(view.files[0])}"
        view.start = answer.start(view.files[0], settings.limit)
    return answer.pagers


def recover(names: list[str], settings: Settings, signals: Signals) -> int:
    """``vimtrace recover [NAME]``: list the kept runs, or show one and remove it when it was seen."""
    runs = runfolder.kept_runs()
    if not names:
        return put("".join(f"{line}\n" for line in listing(runs)) or "nothing to recover\n")
    if names[1:]:
        raise UsageError("recover: one NAME at a time")
    chosen = [run for run in runs if os.path.basename(run.path) == names[0]]
    if not chosen:
        raise VimtraceError(f"recover: {names[0]}: no such run", "list them with: vimtrace recover")
    paths = runfolder.traces(chosen[0])
    if not can_page(1):
        return become(plain_words(paths), signals)
    from vimtrace import launch

    return launch.show(chosen[0], paths, settings, signals)


def plain_words(paths: list[str]) -> list[str]:
    """The command line that prints *paths*: as they are, but for a terminal (that nobody has) as in the last pager."""
    return ["cat", *(["-v"] if os.isatty(1) else []), "--", *paths]


def listing(runs: list[RunFolder]) -> list[str]:
    """One line for each of *runs*: name, size in bytes, command line."""
    rows = []
    for run in runs:
        size = sum(size_of(path) for path in runfolder.traces(run))
        rows.append(f"{printable(os.path.basename(run.path))}  {size:>12}  {printable(run.read('command'))}")
    return rows
