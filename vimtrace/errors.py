"""The one exception that a user meets as a line of text, never as a traceback."""

import os


class VimtraceError(Exception):
    """A failure that the user can do something about.

    *message* is ``what: why``, *hint* says what to do, *exit_status* is what the shell sees
    (2 wrong usage, 126 not executable, 127 not found, 1 everything else).
    """

    def __init__(self, message: str, hint: str = "", exit_status: int = 1) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.exit_status = exit_status


class UsageError(VimtraceError):
    """Wrong usage of vimtrace itself: exit status 2."""

    def __init__(self, message: str, hint: str = "try 'vimtrace --help'") -> None:
        super().__init__(message, hint, 2)


def cannot_run(name: str, error: OSError) -> VimtraceError:
    """The error for a program that did not start: 127 not found, else 126 (POSIX, sh, 2.8.2)."""
    if isinstance(error, FileNotFoundError):
        return VimtraceError(f"{name}: command not found", f"install {os.path.basename(name)}, or check $PATH", 127)
    hint = "make it executable: chmod +x" if isinstance(error, PermissionError) else ""
    return VimtraceError(f"{name}: {error.strerror}", hint, 126)
