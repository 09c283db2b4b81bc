"""The test kit: a real terminal with a screen, and what the kernel says of the processes on it."""
