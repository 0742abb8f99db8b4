"""State that all workers share: how often rules answered, and what state scenarios are in."""
