"""What a rule of a keyword is, and what rules of several groups of keywords are made of.

A rule gets the merging in progress, the keyword's value, and the node that has it. It takes what the value demands into
the Schema of the merging, or raises Malformed (`keyword_values.py`, whose readers it uses).
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from mockwave.openapi.document.references import Located
from mockwave.openapi.schemas.keyword_values import read_count

if TYPE_CHECKING:
    from mockwave.openapi.schemas.merging import Merging

Rule = Callable[["Merging", Any, Located], None]


def raise_field(name: str) -> Rule:
    """The rule that the largest count given is the least that the field `name` of the Schema asks for."""

    def rule(merging: "Merging", value: Any, part: Located) -> None:
        setattr(merging.schema, name, max(getattr(merging.schema, name), read_count(value)))

    return rule


def lower_field(name: str) -> Rule:
    """The rule that the smallest count given is the most that the field `name` of the Schema allows."""

    def rule(merging: "Merging", value: Any, part: Located) -> None:
        known = getattr(merging.schema, name)
        setattr(merging.schema, name, read_count(value) if known is None else min(known, read_count(value)))

    return rule
