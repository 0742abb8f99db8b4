"""Parts of messages: text between quotes, types of JSON values in words, and many faults in one sentence."""

import json
from typing import Final

from mockwave.model import Violation

JSON_TYPE_NAMES: Final[dict[type, str]] = {
    dict: "an object",
    list: "an array",
    str: "a string",
    bool: "a boolean",
    int: "a number",
    float: "a number",
    type(None): "null",
}


def name_type(value: object) -> str:
    """The type of a JSON value, as a message names it."""
    return JSON_TYPE_NAMES.get(type(value), "something else")


def summarise(violations: list[Violation], what: str, count: int | None = None) -> str:
    """The faults in one sentence: the only one, or their number and the first."""
    first = violations[0].message
    count = len(violations) if count is None else count
    return first if count == 1 else f"{what} has {count} faults; the first: {first}"


def quote(text: str) -> str:
    """`text` as a message shows it: between quotes, with invisible characters escaped, and cut off if it is long."""
    return json.dumps(text if len(text) <= 100 else f"{text[:100]}…", ensure_ascii=False)
