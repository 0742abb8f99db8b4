"""Conditions on requests, mockwave's beside WireMock's: see `__main__.py`."""
