"""Loads modules while a server starts, without Python's cycle collector.

Modules are hundreds of thousands of permanent objects, which it would search for garbage again and again: a tenth of
the start-up time. Loaded objects are then hidden from it, in forked workers as well.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def loading() -> Iterator[None]:
    """Returns a context manager for the block that imports modules."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
