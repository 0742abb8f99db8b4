"""The values that each keyword takes: one lenient reading, shared by the makers of responses and the checker of
requests.

They follow JSON Schema 2020-12 Validation §6, or OpenAPI 3.0 and Swagger 2.0 where those differ. A reader returns the
value in one form for all dialects, or raises Malformed: then only that keyword is left out, and reported.
"""

import math
from collections.abc import Callable
from typing import Any, Final

from mockwave.openapi.document.report import Problems, describe
from mockwave.pointers import pointer_below

# Names that are not types, but have a clear meaning: name -> (type, format).
TYPE_ALIASES: Final[dict[str, tuple[str, str]]] = {
    "int": ("integer", ""),
    "int32": ("integer", ""),
    "int64": ("integer", ""),
    "long": ("integer", ""),
    "float": ("number", ""),
    "double": ("number", ""),
    "decimal": ("number", ""),
    "bool": ("boolean", ""),
    "str": ("string", ""),
    "text": ("string", ""),
    "uuid": ("string", "uuid"),
    "date": ("string", "date"),
    "datetime": ("string", "date-time"),
    "date-time": ("string", "date-time"),
    "timestamp": ("string", "date-time"),
    "file": ("string", "binary"),
    "list": ("array", ""),
    "dict": ("object", ""),
    "map": ("object", ""),
}
TYPES: Final = frozenset(("string", "number", "integer", "boolean", "array", "object", "null"))
TEXT_ONLY: Final = frozenset((str,))  # types of the values of a list of names


NOTHING: Final = object()


class Malformed(Exception):
    """A keyword's value is not what the keyword takes, which `expected` says; `rest` is the usable part of it."""

    def __init__(self, expected: str, rest: Any = NOTHING) -> None:
        super().__init__(expected)
        self.expected = expected
        self.rest = rest


def report_malformed(problems: Problems, pointer: str, keyword: str, value: Any, malformed: Malformed) -> None:
    """Reports a keyword that is left out, always in the same words, so that it is listed once."""
    what = "it is ignored" if malformed.rest is NOTHING else "the rest of it is ignored"
    message = f"{keyword} takes {malformed.expected}, got {describe(value)}; {what}"
    problems.add(pointer_below(pointer, keyword), message)


def report_other_exclusive(problems: Problems, pointer: str, keyword: str, value: Any, has_flags: bool) -> None:
    """Reports an `exclusiveMinimum` or `exclusiveMaximum` in the form of another version: a flag or a bound."""
    if isinstance(value, bool) == has_flags:
        return
    expected, other = ("a boolean", "3.1") if has_flags else ("a number", "3.0")
    message = f"{keyword} takes {expected} in this version, got {describe(value)}; it is read as in OpenAPI {other}"
    problems.add(pointer_below(pointer, keyword), message)


def is_number(value: Any) -> bool:
    """Whether `value` is a JSON number."""
    if isinstance(value, float):
        return math.isfinite(value)
    return isinstance(value, int) and not isinstance(value, bool)


def read_number(value: Any) -> Any:
    if not is_number(value):
        raise Malformed("a number")
    return value


def read_step(value: Any) -> Any:
    """Reads `multipleOf`."""
    if not is_number(value) or value <= 0:
        raise Malformed("a number above 0")
    return value


def read_exclusive(value: Any) -> Any:
    """Reads `exclusiveMinimum` and `exclusiveMaximum`: a bound, or, before OpenAPI 3.1, a flag for `minimum` or
    `maximum`."""
    if not isinstance(value, bool) and not is_number(value):
        raise Malformed("a number or a boolean")
    return value


def read_count(value: Any) -> int:
    if not is_number(value) or value < 0 or value != int(value):
        raise Malformed("a non-negative integer")
    return int(value)


def read_flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise Malformed("a boolean")
    return value


def read_text(value: Any) -> str:
    if not isinstance(value, str):
        raise Malformed("a string")
    return value


def read_pattern(value: Any) -> str:
    if not isinstance(value, str):
        raise Malformed("a regular expression")
    return value


def read_listed(value: Any) -> list[Any]:
    """Reads `enum`."""
    if not isinstance(value, list) or not value:
        raise Malformed("an array of values")
    return value


def read_names(value: Any) -> list[str]:
    """Reads `required`; each name is returned once."""
    if not isinstance(value, list):
        raise Malformed("an array of names")
    if TEXT_ONLY.issuperset(map(type, value)):
        return list(dict.fromkeys(value))
    raise Malformed("an array of names", list(dict.fromkeys(name for name in value if isinstance(name, str))))


def read_types(value: Any) -> tuple[list[str], str]:
    """Reads `type`: the types, and the format that the name of one implies."""
    if isinstance(value, str) and value in TYPES:  # as most are
        return [value], ""
    names = value if isinstance(value, list) else [value]
    if not names or not TEXT_ONLY.issuperset(map(type, names)):
        raise Malformed("the name of a type or an array of them")
    types: list[str] = []
    implied = ""
    for name in names:
        lower = name.lower()
        if lower in TYPES:
            types.append(lower)
        elif lower in TYPE_ALIASES:
            alias, alias_format = TYPE_ALIASES[lower]
            types.append(alias)
            implied = implied or alias_format
        else:
            raise Malformed("string, number, integer, boolean, array, object or null")
    return list(dict.fromkeys(types)), implied


def read_schema(value: Any) -> Any:
    if not isinstance(value, dict | bool):
        raise Malformed("a schema")
    return value


def read_additional(value: Any) -> Any:
    """Reads `additionalProperties` and similar keywords."""
    if not isinstance(value, dict | bool):
        raise Malformed("a schema or a boolean")
    return value


def read_schema_map(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Malformed("an object of schemas")
    return value


def read_name_lists(value: Any) -> dict[str, list[str]]:
    """Reads `dependentRequired`."""
    if not isinstance(value, dict):
        raise Malformed("an object of arrays of names")
    lists = {
        name: [each for each in names if isinstance(each, str)]
        for name, names in value.items()
        if isinstance(names, list)
    }
    if lists != value:
        raise Malformed("an object of arrays of names", lists)
    return lists


def read_alternatives(value: Any) -> list[Any]:
    """Reads `allOf`, `anyOf` and `oneOf`."""
    if not isinstance(value, list) or not value:
        raise Malformed("a non-empty array of schemas")
    return value


def read_prefix(value: Any) -> list[Any]:
    """Reads `prefixItems`, and `items` if it is a tuple."""
    if not isinstance(value, list) or not value:
        raise Malformed("a non-empty array of schemas")
    return value


def read_discriminator(value: Any) -> dict[str, Any]:
    """Reads a Discriminator Object, which in Swagger 2.0 is only the name of the property."""
    if isinstance(value, str):
        return {"propertyName": value}
    if not isinstance(value, dict) or not isinstance(value.get("propertyName"), str):
        raise Malformed("an object with a propertyName")
    if not isinstance(value.get("mapping", {}), dict):
        rest = {keyword: held for keyword, held in value.items() if keyword != "mapping"}
        raise Malformed(MAPPED, rest)
    return value


def read_mapped(value: Any) -> dict[str, Any]:
    """Reads a Discriminator Object and checks each target of its mapping."""
    discriminator = read_discriminator(value)
    mapping = discriminator.get("mapping", {})
    if not all(isinstance(target, str) for target in mapping.values()):
        fitting = {name: target for name, target in mapping.items() if isinstance(target, str)}
        raise Malformed(MAPPED, {**discriminator, "mapping": fitting})
    return discriminator


MAPPED: Final = "an object whose mapping is an object of strings"
Reader = Callable[[Any], Any]
