"""Keywords specific to OpenAPI, translated to JSON Schema 2020-12: `nullable`, boolean bounds, sizes of integers."""

from typing import Any, Final

INTEGER_BOUNDS: Final = {"int32": (-(2**31), 2**31 - 1), "int64": (-(2**63), 2**63 - 1)}


EXCLUSIVE: Final = {"exclusiveMinimum": "minimum", "exclusiveMaximum": "maximum"}
ADAPTED: Final = frozenset(("nullable", "x-nullable", "format", *EXCLUSIVE))


def adapt(written: dict[str, Any], node: dict[str, Any]) -> None:
    """Adds to `written` the translation of OpenAPI's own keywords."""
    if ADAPTED.isdisjoint(node):
        return
    kind = written.get("type")
    if kind is not None and True in (node.get("nullable"), node.get("x-nullable")):
        types = kind if isinstance(kind, list) else [kind]
        written["type"] = types if "null" in types else [*types, "null"]
        if "enum" in written and None not in written["enum"]:
            written["enum"] = [*written["enum"], None]
    bounds = INTEGER_BOUNDS.get(str(node.get("format"))) if kind == "integer" else None
    if bounds is not None:
        written["allOf"] = [*written.get("allOf", ()), {"minimum": bounds[0], "maximum": bounds[1]}]
    for exclusive, bound in EXCLUSIVE.items() if not EXCLUSIVE.keys().isdisjoint(node) else ():
        if node.get(exclusive) is True and bound in written:
            written[exclusive] = written.pop(bound)
