"""Requests held to what their operation asks: bytes in, violations out. It knows neither ASGI nor SQL nor the Store."""
