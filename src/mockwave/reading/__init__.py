"""A Specification read in processes of its own, under limits."""
