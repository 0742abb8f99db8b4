"""Checks requests against what their operation declares: bytes in, violations out. It knows neither ASGI nor SQL nor
the Store."""
