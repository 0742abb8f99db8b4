"""Demands on numbers and strings: the rules of bounds, multiples, lengths, patterns and formats.

JSON Schema 2020-12 Validation §6.2, §6.3, §7 and §8.3, and the boolean `exclusiveMinimum` of OpenAPI 3.0 §4.7.24.
"""

from collections.abc import Callable
from typing import Any, Final

from mockwave.openapi.document.references import Located
from mockwave.openapi.schemas.keyword_rules import lower_field, raise_field
from mockwave.openapi.schemas.keyword_values import (
    read_exclusive,
    read_number,
    read_pattern,
    read_step,
    read_text,
    report_other_exclusive,
)
from mockwave.openapi.schemas.merging import Merging, Rule
from mockwave.openapi.schemas.schema import Bound, Schema

Take = Callable[[Schema, Bound], None]


def _bound(exclusive: str, take: Take) -> Rule:
    """The rule of `minimum` or `maximum`, which OpenAPI 3.0's boolean `exclusive` turns into an exclusive bound."""

    def rule(merging: Merging, value: Any, part: Located) -> None:
        take(merging.schema, Bound(read_number(value), part.node.get(exclusive) is True))

    return rule


def _exclusive_bound(keyword: str, take: Take) -> Rule:
    """The rule of `exclusiveMinimum` or `exclusiveMaximum`."""

    def rule(merging: Merging, value: Any, part: Located) -> None:
        bound = read_exclusive(value)
        report_other_exclusive(merging.problems, part.pointer, keyword, value, merging.dialect.has_exclusive_flags)
        if not isinstance(bound, bool):  # else it is a flag for the other bound
            take(merging.schema, Bound(bound, True))

    return rule


def _raise_minimum(schema: Schema, bound: Bound) -> None:
    schema.minimum = bound if schema.minimum is None else max(schema.minimum, bound)


def _lower_maximum(schema: Schema, bound: Bound) -> None:
    if schema.maximum is None or (bound.value, not bound.is_exclusive) < (
        schema.maximum.value,
        not schema.maximum.is_exclusive,
    ):
        schema.maximum = bound


def _absorb_multiple(merging: Merging, value: Any, part: Located) -> None:
    merging.schema.multiples.append(read_step(value))


NUMBER_FORMATS: Final = frozenset(("int32", "int64", "float", "double"))


def _absorb_format(merging: Merging, value: Any, part: Located) -> None:
    text = read_text(value)
    known = merging.schema.format
    if known and text and text != known and not {known, text} & NUMBER_FORMATS:
        merging.problems.add(
            part.pointer, f"a string cannot be made for two formats, {known} and {text}; only the first is used"
        )
    merging.schema.format = known or text


def _absorb_encoding(merging: Merging, value: Any, part: Located) -> None:
    if value in ("base64", "base64url"):  # the meaning of `format: byte` before OpenAPI 3.1
        _absorb_format(merging, "byte", part)


def _absorb_pattern(merging: Merging, value: Any, part: Located) -> None:
    if read_pattern(value) not in merging.schema.patterns:
        merging.schema.patterns.append(value)


SCALAR_RULES: Final[dict[str, Rule]] = {
    "minimum": _bound("exclusiveMinimum", _raise_minimum),
    "exclusiveMinimum": _exclusive_bound("exclusiveMinimum", _raise_minimum),
    "maximum": _bound("exclusiveMaximum", _lower_maximum),
    "exclusiveMaximum": _exclusive_bound("exclusiveMaximum", _lower_maximum),
    "multipleOf": _absorb_multiple,
    "format": _absorb_format,
    "contentEncoding": _absorb_encoding,
    "pattern": _absorb_pattern,
    "minLength": raise_field("min_length"),
    "maxLength": lower_field("max_length"),
}
