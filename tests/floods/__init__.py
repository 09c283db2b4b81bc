"""Floods: what a tracer may write at its fastest and worst, and what becomes of it in the editor."""
