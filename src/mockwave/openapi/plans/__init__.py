"""Plans by which values are made anew for each request."""
