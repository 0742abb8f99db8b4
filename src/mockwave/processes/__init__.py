"""Processes of mockwave's own beside the workers: their frames, limits and lives."""
