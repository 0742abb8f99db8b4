"""What a running server tells of itself: health, readiness, metrics."""
