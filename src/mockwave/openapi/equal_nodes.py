"""Nodes that a document writes out anew wherever it needs them: told to be equal by their text.

Generated documents repeat the same inline parameter, body and response thousands of times. What is read of one serves
for all that are equal to it, as long as nothing about it depends on its place: no problem was found in it, which would
name its place, and no reference in it was resolved from there. `Problems.findings` counts both.
"""

from hashlib import blake2b
from typing import Any, Final

import msgspec

KEPT_BYTES: Final = 256  # of a text; a longer one is known by its digest
DIGEST_BYTES: Final = 16

_encode = msgspec.msgpack.Encoder().encode


def identify_text(node: Any) -> bytes | None:
    """What only nodes with the same text have, keys in the same order and 1, 1.0 and true told apart; None for a node
    that has none (a number beyond 64 bits)."""
    try:
        text = _encode(node)
    except (ValueError, OverflowError, RecursionError):
        return None
    return text if len(text) <= KEPT_BYTES else blake2b(text, digest_size=DIGEST_BYTES).digest()
