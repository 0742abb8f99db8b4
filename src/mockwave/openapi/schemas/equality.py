"""Equality of JSON values as JSON Schema 2020-12 §4.2.2 defines it: 1 is 1.0, and true is not 1."""

from collections.abc import Hashable
from typing import Any, Final

FEW: Final = 16  # values that are compared one by one


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
    if isinstance(value, str):  # a string equals only strings, and most enums consist of those
        return value in values
    return any(are_equal(value, each) for each in values)


def key_of(value: Any) -> Hashable:
    """A key that is equal only for equal JSON values."""
    if isinstance(value, bool):
        return (bool, value)
    if isinstance(value, dict):
        return (dict, frozenset((name, key_of(member)) for name, member in value.items()))
    if isinstance(value, list):
        return (list, tuple(map(key_of, value)))
    return value  # type: ignore[no-any-return]


def find_common(values: list[Any], others: list[Any]) -> list[Any]:
    """The members of `values` that are among `others`, in time proportional to both."""
    if len(values) <= FEW or len(others) <= FEW:
        return [each for each in values if is_among(each, others)]
    keys = set(map(key_of, others))
    return [each for each in values if key_of(each) in keys]


class ValueSet:
    """A set of JSON values, with look-ups in time that does not grow with their number."""

    def __init__(self, values: list[Any]) -> None:
        self._values = values  # held, so that their identities stay valid
        self._keys = set(map(key_of, values))

    def add(self, value: Any) -> None:
        """Adds `value`."""
        self._keys.add(key_of(value))

    def __contains__(self, value: Any) -> bool:
        return key_of(value) in self._keys


def are_all_different(values: list[Any]) -> bool:
    """Whether no two of `values` are equal."""
    return len(set(map(key_of, values))) == len(values)
