"""The libraries that read the expressions in rules, loaded when the first rule has such an expression.

They take up to a tenth of a second, which only workers with such rules pay. On the event loop all mocks would wait for
it, so callers that may wait load them in a thread first.
"""

import asyncio
import importlib
from typing import Final

ENGINES: Final = {b"XPath": "elementpath", b"JsonPath": "jsonpath_rfc9535", b"JsonSchema": "jsonschema_rs"}
"""By a word in the rules that need one; finding it more often than needed does no harm."""

_loaded: set[str] = set()


def find_missing(rules: bytes) -> list[str]:
    """Returns the libraries that these rules, as JSON, need and that are not loaded yet."""
    return [module for word, module in ENGINES.items() if module not in _loaded and word in rules]


async def load_engines(rules: bytes) -> None:
    """Loads the libraries that these rules need."""
    for module in find_missing(rules):
        await asyncio.to_thread(importlib.import_module, module)
        _loaded.add(module)
