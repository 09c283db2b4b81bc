"""The trace reader: a trace to typed events."""
