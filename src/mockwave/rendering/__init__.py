"""Templates that take longer than an event loop has to spare, rendered in a process of its own."""
