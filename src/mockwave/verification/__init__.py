"""What the log proves: whether requests came as they should have, and why each was answered as it was."""
