"""Nodes that a document repeats wherever it needs them: nodes with the same text are read once.

Generated documents repeat the same inline parameters, bodies and responses thousands of times. The result for one node
serves for all equal ones, as long as nothing about it depends on its place: no problem was found in it, which would
name its place, and no reference in it was resolved from there. `Problems.findings` counts both.
"""

from collections.abc import Callable
from hashlib import blake2b
from typing import Any, Final, Generic, TypeVar

import msgspec

from mockwave.openapi.document.report import Problems

KEPT_BYTES: Final = 256  # a longer text is identified by its digest
DIGEST_BYTES: Final = 16

Result = TypeVar("Result")

_encode = msgspec.msgpack.Encoder().encode


class EqualNodes(Generic[Result]):
    """The results of reading nodes of one kind, by their text."""

    def __init__(self, problems: Problems) -> None:
        self._problems = problems
        self._results: dict[bytes, Result | None] = {}  # None means that it depends on its place

    def read_once(self, node: Any, read: Callable[[], Result]) -> Result:
        """Returns what `read` returns for `node`, or returned for an equal node."""
        text = identify_text(node)
        if text is None:
            return read()
        known = self._results.get(text)
        if known is not None:
            return known
        findings = self._problems.findings
        result = read()
        # The first reading decides: a second one of the same node finds less, since much is kept by identity.
        if text not in self._results:
            self._results[text] = result if findings == self._problems.findings else None
        return result


def identify_text(node: Any) -> bytes | None:
    """A key that only nodes with the same text share, with keys in the same order, and 1, 1.0 and true distinct. None
    if there is none (the node contains a number beyond 64 bits, or is nested too deeply)."""
    try:
        text = _encode(node)
    except (ValueError, OverflowError, RecursionError, TypeError):
        return None
    return text if len(text) <= KEPT_BYTES else blake2b(text, digest_size=DIGEST_BYTES).digest()
