"""A mock API server: mocks at the speed of the HTTP server under it, every request on record."""
