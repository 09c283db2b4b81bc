"""Words in, exit status out: the only place that prints errors."""

from __future__ import annotations

# ruff: noqa: E402
from vimtrace.signals import Signals

SIGNALS = Signals()  # before anything else is imported: from here on no Ctrl-C can interrupt us

import os
import sys

from vimtrace.errors import UsageError, VimtraceError
from vimtrace.invisible import become, can_page
from vimtrace.options import READING, Settings, parse, usage
from vimtrace.output import put, put_error

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def main(argv: Sequence[str] | None = None, mask: set[int] | None = None) -> int:
    """Run vimtrace with the words *argv* (default: the process's own); return the exit status.

    *mask* is the signal mask that the process came with, if some signals were blocked before this
    module was imported.
    """
    if mask is not None:
        SIGNALS.original_mask = mask
    return guarded(lambda: dispatch(sys.argv[1:] if argv is None else argv, SIGNALS))


def guarded(work: Callable[[], int]) -> int:
    """The exit status that *work* returns, or that of what goes wrong in it, which is said."""
    try:
        return work()
    except VimtraceError as error:
        put_error(error.message, error.hint)
        return error.exit_status
    except OSError as error:
        put_error(f"{error.filename or 'system'}: {error.strerror or error}")
        return 1
    except ModuleNotFoundError as error:
        put_error(f"{error.name}: this Python package is missing", f"pip install {error.name}")
        return 1
    except Exception as error:
        put_error(f"a fault of vimtrace itself: {error!r}", "the trace, if any, is kept: vimtrace recover")
        return 1


def dispatch(argv: Sequence[str], signals: Signals) -> int:
    """Do what the words say."""
    settings, words = parse(argv)
    if settings.help:
        return put(usage())
    if settings.version:
        from vimtrace import __version__

        return put(f"vimtrace {__version__}\n")
    if not words and not os.isatty(0):
        words = ["-"]
    if not words:
        raise UsageError("nothing to trace")
    if words[0] in ("open", "recover"):
        from vimtrace import saved

        verb = saved.open_files if words[0] == "open" else saved.recover
        return verb(words[1:], settings, signals)
    if words[0] == "init":
        from vimtrace import integration

        return integration.show(words[1:])
    if words[0] == "doctor":
        from vimtrace import doctor

        return doctor.run(words[1:], settings, signals)
    if words[0] in READING:
        return read(words, settings, signals)
    if os.environ.get("VIMTRACE") == "0":
        return become(["cat"] if words[0] == "-" else words, signals)
    return trace(words, settings, signals)


def read(words: list[str], settings: Settings, signals: Signals) -> int:
    """Read traces: the other half of the program. Ctrl-C ends it as it ends any program."""
    if {"-h", "--help"} & set(words[: words.index("--") if "--" in words else None]):
        return put(usage())
    from vimtrace import reader
    from vimtrace.command import find

    signals.give_back()
    return reader.run(words[0], words[1:], settings.pager, lambda name: find(name, relative=False))


def trace(words: list[str], settings: Settings, signals: Signals) -> int:
    """Trace with the command *words* (``-``: with what arrives), or step aside for the plain command."""
    if words[0] == "-":
        if words[1:]:
            raise UsageError("-: takes no arguments")
        try:
            os.fstat(0)
        except OSError as error:
            raise UsageError("-: standard input is closed") from error
        if os.isatty(0):
            raise UsageError("-: standard input is a terminal", "for example: sysdig | vimtrace -")
        if not can_page(1):
            return become(["cat"], signals)
        from vimtrace import launch

        return launch.pipe(settings, signals, summarize if settings.summary else None)
    from vimtrace.command import understand

    command = understand(words, settings.stream)
    if command.has(*command.tracer.attach) and can_page(2):
        from vimtrace import attach

        words = attach.by_name(command, signals)
        command = understand(words, settings.stream) if words != command.argv else command
    if command.is_silent or not can_page(2 if command.tracer.stream == "stderr" else 1):
        return become(words, signals)
    if settings.detail:
        from vimtrace import detail

        command = understand(command.with_words(detail.words(command)), settings.stream)
    from vimtrace import launch

    return launch.trace(command, settings, signals, summarize if settings.summary else None)


def summarize(files: list[str]) -> int:
    """Print the summary of a run's trace *files*; return the exit status."""

    def show() -> int:
        from vimtrace import reader

        return reader.at_the_end(files)

    return guarded(show)
