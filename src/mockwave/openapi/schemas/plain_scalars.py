"""Schemas of scalars that say so little that nothing about them depends on their place.

Half of the schemas of a document are a string, a boolean or a number, perhaps nullable, of a format or in usual bounds.
Some value always conforms to them, so there is nothing to report about their place, and there is nothing inside of them
that could lead back to them. So equal ones can be one Schema, whatever else is written beside their keywords.
"""

from typing import Any, Final

SCALARS: Final = frozenset(("string", "number", "integer", "boolean"))

LARGEST: Final = 1e300  # of a bound; 0 lies in the usual ones

# Keywords that such a schema may have, each with the types of its values; of others that count it may have none.
KEYWORDS: Final[dict[str, tuple[type, ...]]] = {
    "type": (str,),
    "format": (str,),
    "nullable": (bool,),
    "x-nullable": (bool,),
    "minimum": (int, float),
    "maximum": (int, float),
    "example": (str, bool, int, float, type(None)),
    "default": (str, bool, int, float, type(None)),
}

PlainScalar = tuple[tuple[str, type, Any], ...]


def read_plain_scalar(node: dict[str, Any], counted: frozenset[str]) -> PlainScalar | None:
    """What only equal schemas have, in the order of the document; None where `node` is not such a schema. `counted`:
    the keywords that count."""
    type_name = node.get("type")
    if not isinstance(type_name, str) or type_name not in SCALARS:
        return None
    found = []
    for keyword, value in node.items():
        types = KEYWORDS.get(keyword)
        if types is not None:
            kind = type(value)
            if kind not in types:
                return None
            found.append((keyword, kind, value))
        elif keyword in counted:
            return None
    if "minimum" in node or "maximum" in node:
        low, high = node.get("minimum", 0), node.get("maximum", 0)
        if not -LARGEST < low <= 0 <= high < LARGEST or type_name not in ("number", "integer"):
            return None
    return tuple(found)
