"""Scalars as static values: made by `scalars`, else the nearest value, with a Problem."""

from typing import Final

from mockwave.openapi.schemas.schema import Schema
from mockwave.openapi.values.made_values import Made
from mockwave.openapi.values.scalars import keeps_format, make_number, make_plain_string, make_string
from mockwave.openapi.values.values import StaticValues

MISSING_FORMAT: Final = "no string of the format {} was found for the other keywords; the format is ignored"


def build_string(values: StaticValues, schema: Schema) -> Made | None:
    """The string for `schema`."""
    text = make_string(schema, values.variant)
    if text is not None:
        if not keeps_format(text, schema.format):
            values.problems.add(schema.pointer, MISSING_FORMAT.format(schema.format))
            if schema.types is not None and schema.allows_null:
                return Made(text, 1, False)
        return Made(text, 1 + len(text) // 64)
    if schema.patterns:
        wanted = " and ".join(repr(pattern[:80]) for pattern in schema.patterns)
        values.problems.add(schema.pointer, f"no string was found that matches {wanted} within the given lengths")
    else:
        values.problems.add(schema.pointer, "no string has the given lengths, or it would be too long to be made")
    return Made(make_plain_string(schema), 1, False)


def build_number(values: StaticValues, schema: Schema) -> Made | None:
    """The number for `schema`."""
    return _check_number(values, make_number(schema, False, values.variant), schema)


def build_integer(values: StaticValues, schema: Schema) -> Made | None:
    """The integer for `schema`."""
    return _check_number(values, make_number(schema, True, values.variant), schema)


def _check_number(values: StaticValues, number: float | None, schema: Schema) -> Made | None:
    if number is not None:
        return Made(number, 1)
    if not values.variant:
        values.problems.add(schema.pointer, "no number within the given bounds is such a multiple")
    return Made(0, 1, False)


def build_boolean(values: StaticValues, schema: Schema) -> Made | None:
    """Builds true and false in turn."""
    return Made(values.variant % 2 == 0, 1)


def build_null(values: StaticValues, schema: Schema) -> Made | None:
    """Builds null."""
    return Made(None, 1)
