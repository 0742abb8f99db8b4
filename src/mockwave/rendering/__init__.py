"""Renders templates that take longer than an event loop can spare in a separate process."""
