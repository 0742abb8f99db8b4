"""Values that the document lists, by `enum` and `const`, as static values."""

from typing import Any

from mockwave.openapi.schemas.conformance import Conformance
from mockwave.openapi.schemas.keyword_checks import is_of_type
from mockwave.openapi.schemas.schema import Schema
from mockwave.openapi.values.made_values import Made
from mockwave.openapi.values.scalar_values import MISSING_FORMAT
from mockwave.openapi.values.scalars import keeps_format
from mockwave.openapi.values.suggestions import count_nodes, fit_to_types
from mockwave.openapi.values.values import UNCHECKED, StaticValues


def takes_listed(schema: Schema, value: Any, conformance: Conformance) -> bool:
    """Whether the listed `value` conforms to all else that `schema` asks."""
    return (schema.types is None or is_of_type(value, schema.types)) and (
        schema.surely_takes(value) or goes_unchecked(schema, conformance) or conformance.holds(value, schema.place)
    )


def goes_unchecked(schema: Schema, conformance: Conformance) -> bool:
    """Whether listed values are no longer tried with each of the alternatives of `schema`."""
    return conformance.is_exhausted and bool(schema.needs_check or schema.alternatives)


def build_listed(values: StaticValues, schema: Schema) -> Made | None:
    """The first listed value that conforms to all else that `schema` asks; None where none is listed any more."""
    listed = schema.values or []
    strange: Made | None = None
    if goes_unchecked(schema, values.conformance):
        values.problems.add(schema.pointer, UNCHECKED)
    for offset in range(len(listed)):
        value = listed[(offset + values.variant) % len(listed)]
        if takes_listed(schema, value, values.conformance):
            made = Made(value, count_nodes(value))
            if not isinstance(value, str) or keeps_format(value, schema.format):
                return made
            strange = strange or made
    if strange is not None:
        values.problems.add(schema.pointer, MISSING_FORMAT.format(schema.format))
        return strange
    if not listed:
        return None
    values.problems.add(schema.pointer, "no value of enum or const conforms to the other keywords; the first is taken")
    value, is_fitting = fit_to_types(listed[0], schema.types)
    if not is_fitting and schema.types is not None and "array" in schema.types:
        value = [value]  # the values of an enum on an array are meant for its items
    return Made(value, count_nodes(value), False)
