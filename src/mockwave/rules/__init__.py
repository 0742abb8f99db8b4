"""Rules: ordered lists of conditions and what answers where they hold, of a route or of a mock server."""
