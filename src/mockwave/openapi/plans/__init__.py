"""Plans by which values are generated for each request."""
