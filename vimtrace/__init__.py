"""vimtrace: run a tracer and read its trace in Vim, with job control that never breaks."""

__version__ = "0.1.0"
