"""``python -m vimtrace``: the same as the command ``vimtrace``."""

import sys

from vimtrace.cli import main

sys.exit(main())
