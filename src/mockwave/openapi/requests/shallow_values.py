"""Values of `enum` and `const` that a validator accepts: JSON, and not nested too deeply."""

from collections.abc import Iterable
from math import isfinite
from typing import Any, Final

MAXIMUM_DATA_DEPTH: Final = 24  # levels of values of `enum` and `const`


def is_shallow(value: Any) -> bool:
    """Whether `value` of a document is JSON, and not nested deeper than validators accept."""
    level = [value]
    for _ in range(MAXIMUM_DATA_DEPTH):
        if any(isinstance(each, float) and not isfinite(each) for each in level):
            return False
        level = [child for parent in level for child in _children_of(parent)]
        if not level:
            return True
    return False


def _children_of(value: Any) -> Iterable[Any]:
    return value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
