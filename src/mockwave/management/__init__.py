"""The management plane: servers, routes and logs over HTTP, as `openapi.yaml` says. It knows no ASGI and no SQL."""
