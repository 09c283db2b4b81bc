"""What vimtrace itself says, on its standard streams; nothing of it reaches a terminal raw."""

import os

from vimtrace.suppress import suppress


def put(text: str) -> int:
    """Print *text* on standard output; return the exit status of having done so."""
    os.write(1, text.encode("utf-8", "surrogateescape"))
    return 0


def put_error(message: str, hint: str = "") -> None:
    """Print one line of what and why, and one of what to do, on standard error."""
    text = f"vimtrace: {printable(message)}\n" + (f"  hint: {printable(hint)}\n" if hint else "")
    with suppress(OSError):  # closed: there is nobody to tell
        os.write(2, text.encode("utf-8", "surrogateescape"))


def printable(text: str) -> str:
    """*text* without control characters: a traced name must not reach the terminal raw.

    A byte that is no UTF-8 stays itself, but for 0x80 to 0x9f, which an 8-bit terminal obeys (ECMA-48, C1).
    """
    return "".join(c if c.isprintable() or 0xDCA0 <= ord(c) <= 0xDCFF else _escape(ord(c)) for c in text)


def _escape(code: int) -> str:
    if code < 0x100 or 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code & 0xFF:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
