"""Schemas without the patterns that the regular expression engine does not take.

A pattern that cannot be compiled would make its whole schema unusable; without it the rest is checked all the same.
"""

from functools import lru_cache
from typing import Any, NamedTuple

from mockwave.validation.engine import build_validator


class Mended(NamedTuple):
    """A schema whose patterns can all be compiled, and the patterns that it had to be rid of."""

    schema: Any
    left_out: list[str]


def leave_out_patterns(schema: Any) -> Mended:
    """A copy of `schema` with the patterns that can be had."""
    left_out: list[str] = []
    return Mended(_mend(schema, left_out), left_out)


def _mend(node: Any, left_out: list[str]) -> Any:
    if isinstance(node, list):
        return [_mend(each, left_out) for each in node]
    if not isinstance(node, dict):
        return node
    mended = {key: _mend(value, left_out) for key, value in node.items()}
    pattern = mended.get("pattern")
    if isinstance(pattern, str) and not takes_pattern(pattern):
        left_out.append(pattern)
        del mended["pattern"]
    by_pattern = mended.get("patternProperties")
    if isinstance(by_pattern, dict):
        strange = [each for each in by_pattern if not takes_pattern(each)]
        for each in strange:
            del by_pattern[each]
        if strange:
            left_out += strange
            # Nobody knows which names those stand for.
            mended.pop("additionalProperties", None)
            mended.pop("unevaluatedProperties", None)
    return mended


@lru_cache(maxsize=1024)
def takes_pattern(pattern: str) -> bool:
    """Whether the engine takes `pattern`."""
    try:
        build_validator(2020, {"pattern": pattern})
    except ValueError:
        return False
    return True
