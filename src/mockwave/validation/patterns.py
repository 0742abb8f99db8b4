"""Patterns that the regular expression engine does not take, brought into a form that it does, or left out.

Documents write them for JavaScript, where a brace that begins no quantifier stands for itself (ECMA-262 annex B.1.2):
`^{[0-9a-f]+}$` is a pattern there, and an error elsewhere.
"""

import re
from functools import lru_cache
from typing import Any, NamedTuple

from mockwave.validation.engine import build_validator

_ATOM = re.compile(r"\\[pPu]\{[^{}]*\}|\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\{[0-9]+(?:,[0-9]*)?\}|[{}]", re.DOTALL)


class Mended(NamedTuple):
    """A schema whose patterns can all be compiled, and the patterns that it had to be rid of."""

    schema: Any
    left_out: list[str]


def mend_patterns(schema: Any) -> Mended:
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
    if isinstance(pattern, str):
        taken = mend_pattern(pattern)
        mended["pattern"] = taken
        if taken is None:
            left_out.append(pattern)
            del mended["pattern"]
    by_pattern = mended.get("patternProperties")
    if isinstance(by_pattern, dict):
        known = {each: taken for each in by_pattern if (taken := mend_pattern(each)) is not None}
        mended["patternProperties"] = {taken: by_pattern[each] for each, taken in known.items()}
        if len(known) < len(by_pattern):
            left_out += by_pattern.keys() - known.keys()
            # Nobody knows which names those stand for.
            mended.pop("additionalProperties", None)
            mended.pop("unevaluatedProperties", None)
    return mended


@lru_cache(maxsize=1024)
def mend_pattern(pattern: str) -> str | None:
    """`pattern` as the engine takes it; None: it does not."""
    for candidate in (pattern, escape_braces(pattern)):
        try:
            build_validator(2020, {"pattern": candidate})
        except ValueError:
            continue
        return candidate
    return None


def escape_braces(pattern: str) -> str:
    """`pattern` with each brace escaped that is no part of a quantifier, an escape or a class."""
    return _ATOM.sub(lambda match: f"\\{match[0]}" if match[0] in "{}" else match[0], pattern)
