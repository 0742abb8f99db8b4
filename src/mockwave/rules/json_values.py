"""Comparisons of JSON values by RFC 9535 §2.3.5.2.2, within steps.

Numbers are compared by value, but unlike in Python no number equals a boolean.
"""

import json
from typing import Any, Final

import msgspec

from mockwave.rules.step_budget import Steps

NOTHING: Final = object()
"""The result of a query that finds nothing."""


_encode_sorted = msgspec.json.Encoder(order="sorted").encode


def encode_value(value: Any) -> bytes:
    """A JSON value as text, with sorted members."""
    try:
        return _encode_sorted(value)
    except ValueError:  # half a surrogate pair has no UTF-8
        return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


def are_equal(left: Any, right: Any, steps: Steps) -> bool:
    """Raises TooLongForLoop, OutOfSteps."""
    if not isinstance(left, dict | list | str | bool):
        return not isinstance(right, bool) and bool(left == right)
    waiting = [(left, right)]
    while waiting:
        one, other = waiting.pop()
        steps.spend(1)
        if isinstance(one, dict):
            if not isinstance(other, dict) or len(one) != len(other):
                return False
            steps.spend(len(one))
            for name, member in one.items():
                if name not in other:
                    return False
                waiting.append((member, other[name]))
        elif isinstance(one, list):
            if not isinstance(other, list) or len(one) != len(other):
                return False
            steps.spend(len(one))
            waiting.extend(zip(one, other, strict=True))
        elif isinstance(one, bool) or isinstance(other, bool):
            if one is not other:
                return False
        elif isinstance(one, str) and isinstance(other, str):
            steps.spend(len(one) // 1000)
            if one != other:
                return False
        elif one != other:
            return False
    return True


def is_less(left: Any, right: Any, steps: Steps) -> bool:
    """Compares two numbers or two strings. Raises TooLongForLoop, OutOfSteps."""
    steps.spend(1)
    if isinstance(left, str) and isinstance(right, str):
        steps.spend(min(len(left), len(right)) // 1000)
        return left < right
    if isinstance(left, bool) or isinstance(right, bool):
        return False
    return isinstance(left, int | float) and isinstance(right, int | float) and left < right
