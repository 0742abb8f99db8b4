"""Schemas of scalars that are so simple that nothing about them depends on their place.

Half of the schemas of a document are a string, a boolean or a number, perhaps nullable, with a format or usual bounds.
Some value always conforms to them, so there is nothing to report about their place, and nothing inside of them can lead
back to them. So equal ones can share one Schema, whatever else is written beside their keywords.
"""

from typing import Any, Final

SCALARS: Final = frozenset(("string", "number", "integer", "boolean"))

LARGEST: Final = 1e300  # largest bound that counts as usual; 0 lies within usual bounds

# The keywords that such a schema may have, with the types of their values; any other keyword that counts excludes it.
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
    """A key that only equal schemas share, in the order of the document; None if `node` is not such a schema. `counted`
    are the keywords that count."""
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
