"""What numbers and strings have to be: the rules of bounds, multiples, lengths, patterns and formats.

JSON Schema 2020-12 Validation §6.2, §6.3, §7 and §8.3, and the boolean `exclusiveMinimum` of OpenAPI 3.0 §4.7.24.
"""

from typing import TYPE_CHECKING, Any, Final

from mockwave.openapi.demands import Bound, Schema
from mockwave.openapi.keyword_rules import Malformed, Rule, is_number, lower_field, raise_field
from mockwave.openapi.references import Located

if TYPE_CHECKING:
    from mockwave.openapi.schemas import Merging


def _absorb_minimum(merging: "Merging", value: Any, part: Located) -> None:
    if not is_number(value):
        raise Malformed("a number")
    _raise_minimum(merging.schema, Bound(value, part.node.get("exclusiveMinimum") is True))


def _absorb_exclusive_minimum(merging: "Merging", value: Any, part: Located) -> None:
    if isinstance(value, bool):
        return  # OpenAPI 3.0: qualifies `minimum`
    if not is_number(value):
        raise Malformed("a number or a boolean")
    _raise_minimum(merging.schema, Bound(value, True))


def _raise_minimum(schema: Schema, bound: Bound) -> None:
    schema.minimum = bound if schema.minimum is None else max(schema.minimum, bound)


def _absorb_maximum(merging: "Merging", value: Any, part: Located) -> None:
    if not is_number(value):
        raise Malformed("a number")
    _lower_maximum(merging.schema, Bound(value, part.node.get("exclusiveMaximum") is True))


def _absorb_exclusive_maximum(merging: "Merging", value: Any, part: Located) -> None:
    if isinstance(value, bool):
        return
    if not is_number(value):
        raise Malformed("a number or a boolean")
    _lower_maximum(merging.schema, Bound(value, True))


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
    "minimum": _absorb_minimum,
    "exclusiveMinimum": _absorb_exclusive_minimum,
    "maximum": _absorb_maximum,
    "exclusiveMaximum": _absorb_exclusive_maximum,
    "multipleOf": _absorb_multiple,
    "format": _absorb_format,
    "contentEncoding": _absorb_encoding,
    "pattern": _absorb_pattern,
    "minLength": raise_field("min_length"),
    "maxLength": lower_field("max_length"),
}
