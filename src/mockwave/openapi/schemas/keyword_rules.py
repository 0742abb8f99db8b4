"""What rules of several groups of keywords are made of: counts of which the strictest holds."""

from typing import Any

from mockwave.openapi.document.references import Located
from mockwave.openapi.schemas.keyword_values import read_count
from mockwave.openapi.schemas.merging import Merging, Rule


def raise_field(name: str) -> Rule:
    """The rule that the largest count given is the least that the field `name` of the Schema asks for."""

    def rule(merging: Merging, value: Any, part: Located) -> None:
        setattr(merging.schema, name, max(getattr(merging.schema, name), read_count(value)))

    return rule


def lower_field(name: str) -> Rule:
    """The rule that the smallest count given is the most that the field `name` of the Schema allows."""

    def rule(merging: Merging, value: Any, part: Located) -> None:
        known = getattr(merging.schema, name)
        setattr(merging.schema, name, read_count(value) if known is None else min(known, read_count(value)))

    return rule
