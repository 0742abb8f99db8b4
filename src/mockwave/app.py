"""`mockwave.app:app`, the ASGI application under the name that docs/running.md promises to other servers.

It stands above the engines, and nothing of mockwave imports it: what they all serve is in `application.py`.
"""

from mockwave.engines.asgi import app

__all__ = ["app"]
