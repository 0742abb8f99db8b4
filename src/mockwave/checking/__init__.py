"""Checks of requests that take long, in a separate process, under limits of CPU time and memory."""
