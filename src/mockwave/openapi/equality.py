"""Equality of JSON values as JSON Schema 2020-12 §4.2.2 defines it: 1 is 1.0, and true is not 1."""

from typing import Any


def are_equal(first: Any, second: Any) -> bool:
    """Whether two JSON values are the same value."""
    if isinstance(first, bool) or isinstance(second, bool):
        return first is second
    if isinstance(first, dict) and isinstance(second, dict):
        return first.keys() == second.keys() and all(are_equal(value, second[name]) for name, value in first.items())
    if isinstance(first, list) and isinstance(second, list):
        return len(first) == len(second) and all(map(are_equal, first, second))
    return bool(first == second)


def is_among(value: Any, values: list[Any]) -> bool:
    """Whether `value` is one of `values`."""
    if isinstance(value, str):  # equal to strings only, and enums are made of those
        return value in values
    return any(are_equal(value, each) for each in values)
