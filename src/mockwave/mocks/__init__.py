"""The mock plane: (method, path, query, headers, body) in, a Reply out. It knows neither ASGI nor SQL."""
