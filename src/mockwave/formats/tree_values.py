"""Values of a foreign tree: each is read as the expected type, or as empty.

A file that is wrong in one place is still read everywhere else. If a wrong type changes the meaning, the reader refuses
it, or leaves it out and says so.
"""

import json
from collections.abc import Iterator
from typing import Any

from mockwave.formats.notes import refuse
from mockwave.openapi.document.report import describe
from mockwave.pointers import pointer_below

Tree = dict[str, Any]


def dict_of(value: Any) -> Tree:
    """Returns the object; an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def list_of(value: Any) -> list[Any]:
    """Returns the array; an empty one for anything else."""
    return value if isinstance(value, list) else []


def text_of(value: Any) -> str:
    """Returns a scalar as text; JSON text for an object or an array, "" for null."""
    if isinstance(value, str):
        return value
    return "" if value is None else json.dumps(value, ensure_ascii=False)


def pairs_in(value: Any) -> list[tuple[str, str]]:
    """Returns the members of an object as pairs of texts: several pairs of one name if its value is an array."""
    return [
        (name, text_of(each))
        for name, values in dict_of(value).items()
        for each in (values if isinstance(values, list) else [values])
    ]


def dicts_in(value: Any, pointer: str) -> Iterator[tuple[Tree, str]]:
    """Returns the objects of an array with their pointers; other items are skipped."""
    for index, item in enumerate(list_of(value)):
        if isinstance(item, dict):
            yield item, pointer_below(pointer, index)


def whole_number(value: Any) -> int | None:
    """Returns an integer, even if it is written as 200.0 or in a text; None for anything else."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str) and len(value) < 20:
        digits = value.strip()
        if digits.removeprefix("-").isascii() and digits.removeprefix("-").isdigit():
            return int(digits)
    return None


def number(value: Any) -> float | None:
    """Returns a number that a double can hold; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value)
    except OverflowError:
        return None


def expect(value: Any, kind: type, pointer: str) -> Any:
    """Returns the value, which must have this type. Raises SpecificationError."""
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        names = {dict: "an object", list: "an array", str: "a string", int: "an integer", bool: "true or false"}
        refuse(pointer, f"expected {names[kind]}, got {describe(value)}")
    return value
