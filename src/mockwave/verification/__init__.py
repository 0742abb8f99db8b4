"""Questions to the log: whether the expected requests came, and why each was answered as it was."""
