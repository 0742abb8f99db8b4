"""What numbers and strings have to be: the rules of bounds, multiples, lengths, patterns and formats.

JSON Schema 2020-12 Validation §6.2, §6.3, §7 and §8.3, and the boolean `exclusiveMinimum` of OpenAPI 3.0 §4.7.24.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from mockwave.openapi.demands import Bound, Schema
from mockwave.openapi.keyword_rules import Malformed, Rule, is_number, lower_field, raise_field
from mockwave.openapi.references import Located

if TYPE_CHECKING:
    from mockwave.openapi.schemas import Merging

Take = Callable[[Schema, Bound], None]


def _bound(exclusive: str, take: Take) -> Rule:
    """The rule of `minimum` or `maximum`, which the boolean `exclusive` of OpenAPI 3.0 makes an exclusive bound."""

    def rule(merging: "Merging", value: Any, part: Located) -> None:
        if not is_number(value):
            raise Malformed("a number")
        take(merging.schema, Bound(value, part.node.get(exclusive) is True))

    return rule


def _exclusive_bound(take: Take) -> Rule:
    """The rule of `exclusiveMinimum` or `exclusiveMaximum`."""

    def rule(merging: "Merging", value: Any, part: Located) -> None:
        if isinstance(value, bool):
            return  # it says of what kind the other bound is
        if not is_number(value):
            raise Malformed("a number or a boolean")
        take(merging.schema, Bound(value, True))

    return rule


def _raise_minimum(schema: Schema, bound: Bound) -> None:
    schema.minimum = bound if schema.minimum is None else max(schema.minimum, bound)


def _lower_maximum(schema: Schema, bound: Bound) -> None:
    if schema.maximum is None or (bound.value, not bound.is_exclusive) < (
        schema.maximum.value,
        not schema.maximum.is_exclusive,
    ):
        schema.maximum = bound


def _absorb_multiple(merging: "Merging", value: Any, part: Located) -> None:
    if not is_number(value) or value <= 0:
        raise Malformed("a number above 0")
    merging.schema.multiples.append(value)


def _absorb_format(merging: "Merging", value: Any, part: Located) -> None:
    if not isinstance(value, str):
        raise Malformed("a string")
    merging.schema.format = merging.schema.format or value


def _absorb_encoding(merging: "Merging", value: Any, part: Located) -> None:
    if value in ("base64", "base64url"):  # what `format: byte` was before OpenAPI 3.1
        merging.schema.format = merging.schema.format or "byte"


def _absorb_pattern(merging: "Merging", value: Any, part: Located) -> None:
    if not isinstance(value, str):
        raise Malformed("a regular expression")
    if value not in merging.schema.patterns:
        merging.schema.patterns.append(value)


SCALAR_RULES: Final[dict[str, Rule]] = {
    "minimum": _bound("exclusiveMinimum", _raise_minimum),
    "exclusiveMinimum": _exclusive_bound(_raise_minimum),
    "maximum": _bound("exclusiveMaximum", _lower_maximum),
    "exclusiveMaximum": _exclusive_bound(_lower_maximum),
    "multipleOf": _absorb_multiple,
    "format": _absorb_format,
    "contentEncoding": _absorb_encoding,
    "pattern": _absorb_pattern,
    "minLength": raise_field("min_length"),
    "maxLength": lower_field("max_length"),
}
