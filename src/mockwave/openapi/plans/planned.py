"""The result of planning: a plan together with the size of its largest value, and the bounds of that size.

A place without a plan is None everywhere.
"""

from typing import Final

from msgspec import Struct

from mockwave.dynamic.stored_plans import Constant, Listed, Plan
from mockwave.openapi.schemas.schema import Schema

MAXIMUM_NODES: Final = 4_000  # of JSON, in the largest value of a plan
MAXIMUM_SAMPLED: Final = 2_000  # nodes of a value that is sampled
MAXIMUM_TEXT: Final = 20_000


class Planned(Struct, frozen=True):
    """A plan, and the number of JSON nodes in its largest value."""

    plan: Plan
    size: int


def plan_choice(texts: list[str]) -> Planned | None:
    """A choice of `texts`, which are JSON; None if there are none."""
    different = tuple(dict.fromkeys(texts))
    if not different:
        return None
    size = 1 + max(map(len, different)) // 64
    return Planned(Constant(different[0]) if len(different) == 1 else Listed(different), size)


def find_longest(schema: Schema) -> int | None:
    """The longest length of a text; None if that is longer than any text made here."""
    longest = schema.max_length
    return None if longest is None or longest > MAXIMUM_TEXT else longest
