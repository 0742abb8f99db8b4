"""mockwave's processes beside the workers: their frames, limits and lives."""
