"""What planning returns: a plan together with the size of its largest value, and the bounds of that size.

A place without a plan is None throughout.
"""

from typing import Final

from msgspec import Struct

from mockwave.dynamic.stored_plans import Constant, Listed, Plan
from mockwave.openapi.schemas.schema import Schema

MAXIMUM_NODES: Final = 4_000  # of JSON, in the largest value of a plan
MAXIMUM_SAMPLED: Final = 2_000  # nodes of a value that is sampled
MAXIMUM_TEXT: Final = 20_000


class Planned(Struct, frozen=True):
    """A plan, and how many nodes of JSON its largest value has."""

    plan: Plan
    size: int


def plan_choice(texts: list[str]) -> Planned | None:
    """One of `texts`, which are JSON; None if there are none."""
    different = tuple(dict.fromkeys(texts))
    if not different:
        return None
    size = 1 + max(map(len, different)) // 64
    return Planned(Constant(different[0]) if len(different) == 1 else Listed(different), size)


def find_longest(schema: Schema) -> int | None:
    """How long a text may be; None where that is longer than any that is made."""
    longest = schema.max_length
    return None if longest is None or longest > MAXIMUM_TEXT else longest
