"""Rules for several groups of keywords: counts of which the strictest holds."""

from typing import Any

from mockwave.openapi.document.references import Located
from mockwave.openapi.schemas.keyword_values import read_count
from mockwave.openapi.schemas.merging import Merging, Rule


def raise_field(name: str) -> Rule:
    """The rule by which the largest given count becomes the minimum in the field `name` of the Schema."""

    def rule(merging: Merging, value: Any, part: Located) -> None:
        setattr(merging.schema, name, max(getattr(merging.schema, name), read_count(value)))

    return rule


def lower_field(name: str) -> Rule:
    """The rule by which the smallest given count becomes the maximum in the field `name` of the Schema."""

    def rule(merging: Merging, value: Any, part: Located) -> None:
        known = getattr(merging.schema, name)
        setattr(merging.schema, name, read_count(value) if known is None else min(known, read_count(value)))

    return rule
