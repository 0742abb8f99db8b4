"""Strings that are made at import and listed, because nothing can generate them within the bounds of their schema."""

from typing import Final

from mockwave.dynamic.generators import write_value
from mockwave.openapi.plans.planned import Planned, plan_choice
from mockwave.openapi.schemas.schema import Schema
from mockwave.openapi.values.scalars import keeps_format, make_string

POOL: Final = 24  # strings listed


class StringPools:
    """Lists of strings that are known to conform; equal schemas share one."""

    def __init__(self) -> None:
        self._pools: dict[tuple[object, ...], Planned | None] = {}

    def plan(self, schema: Schema) -> Planned | None:
        """Plans the strings for `schema`, by its format, patterns and lengths."""
        is_formatted = schema.types is not None and schema.allows_null
        key = (schema.format, is_formatted, tuple(schema.patterns), schema.min_length, schema.max_length)
        if key not in self._pools:
            made = [make_string(schema, variant) for variant in range(POOL)]
            strings = [each for each in made if each is not None]
            # A pattern may allow strings that the format forbids.
            formatted = [each for each in strings if keeps_format(each, schema.format)]
            strings = formatted if formatted or is_formatted else strings
            self._pools[key] = plan_choice([write_value(each) for each in strings])
        return self._pools[key]
