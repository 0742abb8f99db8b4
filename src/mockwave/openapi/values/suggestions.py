"""Values that a document suggests (`example`, `default`), fitted to the types around them.

YAML and hurried authors leave examples one step off their type: "12" for an integer, 12 for a string, an object
written as a string of JSON. Where the step back loses nothing it is taken; otherwise the example stays as it is.
"""

import json
from typing import Any, Final

from mockwave.openapi.schemas.keyword_checks import is_of_type
from mockwave.openapi.schemas.schema import Schema
from mockwave.openapi.values.made_values import Made

MAXIMUM_COUNTED: Final = 10_000


def find_suggested(schema: Schema) -> Made | None:
    """What the document suggests for the whole of `schema`; what is for a part of an object, its making takes."""
    for hint in schema.hints:
        if isinstance(hint.value, dict) and not hint.is_whole:
            continue
        value, is_fitting = fit_to_types(hint.value, schema.types)
        if is_fitting or hint.rank < 2:  # a default of another type is a slip; an example of another type is meant
            return Made(value, count_nodes(value))
    return None


def fit_to_types(value: Any, types: tuple[str, ...] | None) -> tuple[Any, bool]:
    """`value` as one of `types`, and whether it is one."""
    if types is None or is_of_type(value, types):
        return value, True
    if isinstance(value, str):
        parsed = parse_json(value)
        if parsed is not None and is_of_type(parsed, types):
            return parsed, True
    elif isinstance(value, bool | int | float) and "string" in types:
        return json.dumps(value), True
    return value, False


def parse_json(text: str) -> Any:
    """What `text` stands for, read as JSON; None if it is none."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def count_nodes(value: Any) -> int:
    """How many nodes of JSON `value` has, up to MAXIMUM_COUNTED."""
    if not isinstance(value, dict | list):
        return 1
    count = 0
    waiting = [value]
    while waiting and count < MAXIMUM_COUNTED:
        node = waiting.pop()
        count += 1
        if isinstance(node, dict):
            waiting.extend(node.values())
        elif isinstance(node, list):
            waiting.extend(node)
    return count
