"""A model of the loop, and the real launcher driven through random events against it."""
