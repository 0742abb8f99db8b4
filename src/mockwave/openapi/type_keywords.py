"""Which values may be at all: the rules of `type`, `enum` and `const`.

JSON Schema 2020-12 Validation §6.1, `nullable` of OpenAPI 3.0 §4.7.24, and names of types that are none but clear.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from mockwave.openapi.equality import is_among
from mockwave.openapi.keyword_rules import Malformed, Rule
from mockwave.openapi.references import Located

if TYPE_CHECKING:
    from mockwave.openapi.schemas import Merging


# Names of types that are none, yet plain in their meaning: name -> (type, format).
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


def _absorb_type(merging: "Merging", value: Any, part: Located) -> None:
    if isinstance(value, str) and value in TYPES and merging.schema.types is None:
        merging.schema.types = (value, "null") if value != "null" and _is_nullable(merging, part) else (value,)
        return
    names = value if isinstance(value, list) else [value]
    if not names or not all(isinstance(name, str) for name in names):
        raise Malformed("the name of a type or an array of them")
    schema = merging.schema
    types: list[str] = []
    for name in names:
        if name in TYPES:
            types.append(name)
        elif name.lower() in TYPES:
            types.append(name.lower())
        elif name.lower() in TYPE_ALIASES:
            alias, alias_format = TYPE_ALIASES[name.lower()]
            types.append(alias)
            schema.format = schema.format or alias_format
        else:
            if name != "any":
                raise Malformed("string, number, integer, boolean, array, object or null")
            return
    if _is_nullable(merging, part):
        types.append("null")
    if schema.types is None:
        schema.types = tuple(dict.fromkeys(types))
    else:
        schema.types = tuple(_intersect_types(schema.types, types))
        schema.is_never = schema.is_never or not schema.types


def _is_nullable(merging: "Merging", part: Located) -> bool:
    return merging.dialect.has_nullable and (part.node.get("nullable") is True or part.node.get("x-nullable") is True)


def _intersect_types(first: tuple[str, ...], second: list[str]) -> Iterator[str]:
    for name in first:
        if name in second:
            yield name
        elif (name == "number" and "integer" in second) or (name == "integer" and "number" in second):
            yield "integer"


def _absorb_enum(merging: "Merging", value: Any, part: Located) -> None:
    if not isinstance(value, list) or not value:
        raise Malformed("an array of values")
    known = merging.schema.values
    merging.schema.values = list(value) if known is None else [each for each in known if is_among(each, value)]


def _absorb_const(merging: "Merging", value: Any, part: Located) -> None:
    _absorb_enum(merging, [value], part)


TYPE_RULES: Final[dict[str, Rule]] = {
    "type": _absorb_type,
    "enum": _absorb_enum,
    "const": _absorb_const,
}
