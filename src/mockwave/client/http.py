"""httpx, without its command line: that loads rich and pygments where they are installed, which takes 0.2 s of CPU
time, two thirds of what the whole library takes. Everything in this room imports httpx from here."""

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
