"""What a running server reports about itself: health, readiness, metrics."""
