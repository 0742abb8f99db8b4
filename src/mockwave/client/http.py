"""httpx, without its command line, which loads rich and pygments if installed: that takes 0.2 s of CPU time, two thirds
of the whole library's. Every module of this room imports httpx from here."""

import sys

_COMMAND_LINE = "httpx._main"

if "httpx" in sys.modules:
    import httpx
else:
    sys.modules[_COMMAND_LINE] = None  # type: ignore[assignment]  # how Python marks what cannot be imported
    try:
        import httpx
    finally:
        del sys.modules[_COMMAND_LINE]

__all__ = ["httpx"]
