"""Which values are allowed at all: the rules of `type`, `enum` and `const`.

JSON Schema 2020-12 Validation §6.1, `nullable` of OpenAPI 3.0 §4.7.24, and misspelt but clear names of types.
"""

from collections.abc import Iterator
from typing import Any, Final

from mockwave.openapi.document.references import Located
from mockwave.openapi.schemas.equality import find_common
from mockwave.openapi.schemas.keyword_values import TYPES, read_listed, read_types
from mockwave.openapi.schemas.merging import Merging, Rule


def _absorb_type(merging: Merging, value: Any, part: Located) -> None:
    if isinstance(value, str) and value in TYPES and merging.schema.types is None:
        merging.schema.types = (value, "null") if value != "null" and _is_nullable(merging, part) else (value,)
        return
    schema = merging.schema
    types, implied = read_types(value)
    schema.format = schema.format or implied
    if _is_nullable(merging, part):
        types.append("null")
    if schema.types is None:
        schema.types = tuple(dict.fromkeys(types))
    else:
        schema.types = tuple(_intersect_types(schema.types, types))
        schema.is_never = schema.is_never or not schema.types


def _is_nullable(merging: Merging, part: Located) -> bool:
    return merging.dialect.has_nullable and (part.node.get("nullable") is True or part.node.get("x-nullable") is True)


def _intersect_types(first: tuple[str, ...], second: list[str]) -> Iterator[str]:
    for name in first:
        if name in second:
            yield name
        elif (name == "number" and "integer" in second) or (name == "integer" and "number" in second):
            yield "integer"


def _absorb_enum(merging: Merging, value: Any, part: Located) -> None:
    listed = read_listed(value)
    known = merging.schema.values
    merging.schema.values = list(listed) if known is None else find_common(known, listed)


def _absorb_const(merging: Merging, value: Any, part: Located) -> None:
    _absorb_enum(merging, [value], part)


TYPE_RULES: Final[dict[str, Rule]] = {
    "type": _absorb_type,
    "enum": _absorb_enum,
    "const": _absorb_const,
}
