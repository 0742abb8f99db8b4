"""Empty values: they stand in where a schema is cut, and where no conforming value can be made."""

from typing import Any, Final

from mockwave.openapi.schemas.schema import Schema
from mockwave.openapi.schemas.schema_choices import kinds_of
from mockwave.openapi.values.made_values import Made

EMPTIEST: Final[dict[str, Any]] = {
    "object": {},
    "array": [],
    "string": "",
    "number": 0,
    "integer": 0,
    "boolean": False,
    "null": None,
}


def make_empty(schema: Schema) -> Made:
    """The empty value of the first type of `schema`, whatever else the schema demands."""
    return Made(EMPTIEST[kinds_of(schema)[0]], 1, False)


def make_emptiest(schema: Schema, variant: int) -> Made | None:
    """The empty value of `schema`, if it conforms; it stands in for a schema that is cut."""
    if schema.is_never or schema.values is not None or schema.needs_check or schema.discriminators:
        return None
    for kind in kinds_of(schema, variant):
        if kind == "object" and not schema.required and not schema.min_properties:
            return Made({}, 1)
        if kind == "array" and not schema.min_items and not schema.contains:
            return Made([], 1)
        if kind == "null":
            return Made(None, 1)
    return None
