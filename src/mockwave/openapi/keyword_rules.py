"""What a rule of a keyword is, and what rules of several groups of keywords are made of.

A rule gets the merging in progress, the keyword's value, and the node that has it. It takes what the value demands into
the Schema of the merging, or raises Malformed.
"""

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from mockwave.openapi.references import Located

if TYPE_CHECKING:
    from mockwave.openapi.schemas import Merging

Rule = Callable[["Merging", Any, Located], None]


class Malformed(Exception):
    """A keyword's value is not what the keyword takes; `args[0]` says what it takes."""


def is_number(value: Any) -> bool:
    """Whether `value` is a JSON number."""
    if isinstance(value, float):
        return math.isfinite(value)
    return isinstance(value, int) and not isinstance(value, bool)


def _count(value: Any) -> int:
    if not is_number(value) or value < 0 or value != int(value):
        raise Malformed("a non-negative integer")
    return int(value)


def raise_field(name: str) -> Rule:
    """The rule that the largest count given is the least that the field `name` of the Schema asks for."""

    def rule(merging: "Merging", value: Any, part: Located) -> None:
        setattr(merging.schema, name, max(getattr(merging.schema, name), _count(value)))

    return rule


def lower_field(name: str) -> Rule:
    """The rule that the smallest count given is the most that the field `name` of the Schema allows."""

    def rule(merging: "Merging", value: Any, part: Located) -> None:
        known = getattr(merging.schema, name)
        setattr(merging.schema, name, _count(value) if known is None else min(known, _count(value)))

    return rule
