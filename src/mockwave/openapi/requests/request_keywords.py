"""The keywords that matter in a request's schema, each with the reader of its value (`keyword_values.py`)."""

from typing import Final

from mockwave.openapi.schemas.keyword_values import (
    Reader,
    read_additional,
    read_alternatives,
    read_count,
    read_flag,
    read_listed,
    read_names,
    read_prefix,
    read_schema,
    read_schema_map,
    read_step,
    read_text,
)

# Keywords that are written as they are read.
PLAIN: Final[dict[str, Reader]] = {
    "enum": read_listed,
    "format": read_text,
    "maxContains": read_count,
    "maxItems": read_count,
    "maxLength": read_count,
    "maxProperties": read_count,
    "minContains": read_count,
    "minItems": read_count,
    "minLength": read_count,
    "minProperties": read_count,
    "multipleOf": read_step,
    "required": read_names,
    "uniqueItems": read_flag,
}

# Keywords that take one schema, a list of schemas, and an object of schemas.
SCHEMAS: Final[dict[str, Reader]] = {
    "additionalProperties": read_additional,
    "contains": read_schema,
    "else": read_schema,
    "if": read_schema,
    "not": read_schema,
    "propertyNames": read_schema,
    "then": read_schema,
    "unevaluatedItems": read_additional,
    "unevaluatedProperties": read_additional,
}
LISTS: Final[dict[str, Reader]] = {
    "allOf": read_alternatives,
    "anyOf": read_alternatives,
    "oneOf": read_alternatives,
    "prefixItems": read_prefix,
}
MAPS: Final[dict[str, Reader]] = {
    "dependentSchemas": read_schema_map,
    "patternProperties": read_schema_map,
    "properties": read_schema_map,
}

# Keywords that are read elsewhere; a value of the wrong type is still reported here.
FLAGS: Final = ("nullable", "x-nullable", "readOnly")
