"""Rules: ordered lists of conditions, and the answers if they hold, of a route or of a mock server."""
