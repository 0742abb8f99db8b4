"""Values of a tree that somebody else wrote: taken as what they should be, or as nothing.

A file that is wrong in one place is still read in all others; where a wrong type changes what is meant, the reader that
knows it refuses it or leaves it out by name.
"""

import json
from collections.abc import Iterator
from typing import Any

from mockwave.formats.notes import refuse
from mockwave.openapi.document.report import describe
from mockwave.pointers import pointer_below

Tree = dict[str, Any]


def dict_of(value: Any) -> Tree:
    """The object; an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def list_of(value: Any) -> list[Any]:
    """The array; an empty one for anything else."""
    return value if isinstance(value, list) else []


def text_of(value: Any) -> str:
    """A scalar as text; JSON text for what is none, "" for null."""
    if isinstance(value, str):
        return value
    return "" if value is None else json.dumps(value, ensure_ascii=False)


def pairs_in(value: Any) -> list[tuple[str, str]]:
    """The members of an object as pairs of texts: several of one name where its value is an array."""
    return [
        (name, text_of(each))
        for name, values in dict_of(value).items()
        for each in (values if isinstance(values, list) else [values])
    ]


def dicts_in(value: Any, pointer: str) -> Iterator[tuple[Tree, str]]:
    """The objects of an array with their pointers; others are passed over."""
    for index, item in enumerate(list_of(value)):
        if isinstance(item, dict):
            yield item, pointer_below(pointer, index)


def whole_number(value: Any) -> int | None:
    """An integer, be it written as 200.0 or in a text; None for anything else."""
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
    """A number that a double can hold; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value)
    except OverflowError:
        return None


def expect(value: Any, kind: type, pointer: str) -> Any:
    """The value, which has to be of this type. Raises SpecificationError."""
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        names = {dict: "an object", list: "an array", str: "a string", int: "an integer", bool: "true or false"}
        refuse(pointer, f"expected {names[kind]}, got {describe(value)}")
    return value
