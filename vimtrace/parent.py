"""How a child hears that its parent has died."""

import os

from vimtrace.suppress import suppress


def hear_of_parent(sig: int) -> None:
    """In a child: get *sig* when the parent dies (PR_SET_PDEATHSIG of prctl(2), which lasts through exec).

    Not by setpriv(1): busybox's does not know it, and the parent may die before setpriv has asked for it.
    """
    with suppress(ImportError, OSError, AttributeError):  # a Python or a system without it
        # The builtin module under ctypes, whose import takes four times as long, at each start of a child.
        import _ctypes

        here = _ctypes.dlopen(None, os.RTLD_NOW)  # type: ignore[arg-type]  # dlopen(3) with NULL
        prctl = _ctypes.dlsym(here, "prctl")
        _ctypes.call_function(prctl, (1, sig, 0, 0, 0))


def die_with(parent: int, sig: int) -> None:
    """In the child: get *sig* when the *parent* dies."""
    hear_of_parent(sig)
    if os.getppid() != parent:  # it has died before: nobody would ever tell us
        os._exit(127)
