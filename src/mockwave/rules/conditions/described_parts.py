"""Reads the description of a part in `multipart`."""

from collections.abc import Callable
from typing import Any, Final

from mockwave.pointers import pointer_below
from mockwave.rules.conditions.multipart_parts import PartDescription
from mockwave.rules.conditions.operators import Operator, Reading
from mockwave.rules.conditions.texts import EqualTo

MEMBERS: Final = ("name", "fileName", "matchingType", "headers", "body")
MATCHING_TYPES: Final = ("ANY", "ALL")

ReadMatcher = Callable[[Reading, Any, str], Operator | None]


def read_description(
    reading: Reading, given: dict[str, Any], at: str, read_matcher: ReadMatcher
) -> PartDescription | None:
    """The description; None after a fault."""
    for name in given:
        if name not in MEMBERS:
            reading.refuse_unknown(pointer_below(at, name), name, "member of a part", MEMBERS)
    names: list[Operator | None] = [None, None]
    for index, member in enumerate(("name", "fileName")):
        if member in given:
            names[index] = _read_name(reading, given[member], pointer_below(at, member), read_matcher)
    headers = _read_headers(reading, given.get("headers", {}), pointer_below(at, "headers"), read_matcher)
    contents = _read_contents(reading, given.get("body", []), pointer_below(at, "body"), read_matcher)
    if not {"name", "fileName", "headers", "body"}.intersection(given):
        reading.refuse(at, "required", "a part is described by its name, fileName, headers or body")
        return None
    return PartDescription(names[0], names[1], headers, contents)


def _read_name(reading: Reading, given: Any, at: str, read_matcher: ReadMatcher) -> Operator | None:
    return EqualTo(given, ignores_case=False) if isinstance(given, str) else read_matcher(reading, given, at)


def _read_headers(reading: Reading, given: Any, at: str, read_matcher: ReadMatcher) -> dict[str, Operator]:
    if not isinstance(given, dict):
        reading.refuse_type(at, "an object of names and operators", given)
        return {}
    found = {}
    for name, each in given.items():
        operator = read_matcher(reading, each, pointer_below(at, name))
        if operator is not None:
            found[name.lower()] = operator
    return found


def _read_contents(reading: Reading, given: Any, at: str, read_matcher: ReadMatcher) -> list[Operator]:
    if isinstance(given, dict):
        given = [given]
    if not isinstance(given, list):
        reading.refuse_type(at, "an array of operators", given)
        return []
    found = [read_matcher(reading, each, pointer_below(at, index)) for index, each in enumerate(given)]
    return [operator for operator in found if operator is not None]
