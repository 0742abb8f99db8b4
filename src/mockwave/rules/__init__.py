"""Rules: answers that depend on the request."""
