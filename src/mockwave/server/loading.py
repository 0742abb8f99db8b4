"""Loading of modules while a server starts: without Python's cycle collector.

Modules are hundreds of thousands of objects that stay, among which it would look for garbage again and again: a tenth
of the time that a start takes. What has been loaded is out of its sight from then on, in forked workers as well.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def loading() -> Iterator[None]:
    """For the block in which modules are imported."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
