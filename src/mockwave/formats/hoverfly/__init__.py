"""Hoverfly: simulations of schema v5 to v5.2, and the single matchers of v1 to v4."""
