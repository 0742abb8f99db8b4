"""The builders of static values: one row for each JSON type, and one for listed values."""

from typing import Final

from mockwave.openapi.values.array_values import build_array
from mockwave.openapi.values.listed_values import build_listed
from mockwave.openapi.values.object_values import build_object
from mockwave.openapi.values.scalar_values import build_boolean, build_integer, build_null, build_number, build_string
from mockwave.openapi.values.values import LISTED, Builder

BUILDERS: Final[dict[str, Builder]] = {
    "object": build_object,
    "array": build_array,
    "string": build_string,
    "number": build_number,
    "integer": build_integer,
    "boolean": build_boolean,
    "null": build_null,
    LISTED: build_listed,
}
