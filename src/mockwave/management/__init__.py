"""The management plane: servers, routes and logs over HTTP, as `openapi.yaml` says. It knows neither ASGI nor SQL."""
