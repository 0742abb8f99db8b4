"""Operator matchesJsonSchema: checks a JSON value against a schema of the draft that `schemaVersion` names.

jsonschema-rs does the checking: offline, with bounded regular expressions. The schema's weight bounds the number of
subschemas evaluated, which count as steps, since nested alternatives double with each level. A schema whose weight has
no bound is refused, or counted by the value's depth.
"""

from collections.abc import Iterator
from typing import Any, Final

from mockwave.patterns.bounded import COMPILED_BYTES, PatternRefused, measure_pattern
from mockwave.patterns.costs import is_plain
from mockwave.pointers import pointer_below
from mockwave.rules.conditions.body_operators import JsonOperator
from mockwave.rules.conditions.operators import Kind, Operator, Reading
from mockwave.rules.deferral import AT_ONCE_SCHEMA_BYTES, TakesLong
from mockwave.rules.request_view import NotJson, RequestView, read_json
from mockwave.rules.step_budget import Steps
from mockwave.validation.compiled_schemas import MAXIMUM_DEPTH, depth_exceeds, measure
from mockwave.validation.engine import build_draft_validator
from mockwave.validation.weights import Weight, weigh

EVALUATIONS_PER_STEP: Final = 5
HARD_STEPS: Final = 5_000  # for a text on which a pattern may backtrack up to its limit
MAXIMUM_SCHEMA_BYTES: Final = 256 << 10
MAXIMUM_PATTERN_BYTES: Final = 1 << 20
PLAIN_PATTERN_BYTES: Final = 2 << 10
"""The most memory of a schema's compiled patterns, and that of a plain one. All are compiled in one go: some 10 ms."""

DRAFTS: Final = {
    "V4": "Draft4Validator",
    "V6": "Draft6Validator",
    "V7": "Draft7Validator",
    "V201909": "Draft201909Validator",
    "V202012": "Draft202012Validator",
}
DEFAULT_DRAFT: Final = "V202012"

# Of all drafts: keywords whose value is a schema or a list of schemas, and those whose value names schemas.
SCHEMA_HOLDERS: Final = frozenset((
    "additionalItems", "additionalProperties", "allOf", "anyOf", "contains", "contentSchema", "else", "if", "items",
    "not", "oneOf", "prefixItems", "propertyNames", "then", "unevaluatedItems", "unevaluatedProperties",
))  # fmt: skip
SCHEMA_MAPS: Final = frozenset((
    "$defs", "definitions", "dependencies", "dependentSchemas", "patternProperties", "properties",
))  # fmt: skip


class MatchesJsonSchema(JsonOperator):
    __slots__ = ("_validator", "_weight")
    name = "matchesJsonSchema"

    def __init__(self, validator: Any, weight: Weight) -> None:
        self._validator = validator
        self._weight = weight

    def holds_for_body(self, view: RequestView) -> bool:
        try:
            value = view.json
        except NotJson:
            return False
        # Counting brackets is many times as fast as walking. With its comma, a value takes at least two bytes.
        body, steps = view.content, view.steps
        most = (len(body) // 2 + 1) * self._weight.most // EVALUATIONS_PER_STEP
        if self._weight.is_hard or most > steps.left or body.count(b"[") + body.count(b"{") > MAXIMUM_DEPTH:
            return self.holds_for_value(value, steps)
        steps.spend(most)
        return self._conforms(value)

    def holds_for_value(self, value: Any, steps: Steps) -> bool:
        # The validator recurses with the value, and a deep one would end the process.
        if depth_exceeds(value, MAXIMUM_DEPTH):
            return False
        size = measure(value)
        weight = self._weight.at(size.depth)
        steps.spend(1 + size.places * weight // EVALUATIONS_PER_STEP + HARD_STEPS * self._weight.is_hard)
        return self._conforms(value)

    def _conforms(self, value: Any) -> bool:
        try:
            return bool(self._validator.is_valid(value))
        except ValueError:  # it takes only JSON values
            return False


class OwnDefinitions:
    """Resolves references within the schema itself. Of a name that stands in `$defs` and in `definitions`, both are
    meant, since this is for weighing."""

    def __init__(self, schema: Any) -> None:
        self._schema = schema
        self._found: dict[str, Any] = {}
        if isinstance(schema, dict):
            for keyword in ("$defs", "definitions"):
                for name, each in schema[keyword].items() if isinstance(schema.get(keyword), dict) else ():
                    self._found[name] = {"allOf": [self._found[name], each]} if name in self._found else each

    def get(self, number: str, /) -> Any:
        return self._schema if number in ("#", "") else self._found.get(number)

    def leads(self, reference: str) -> bool:
        """Whether a reference is `#`, or `#/$defs/` or `#/definitions/` with the name of one."""
        if reference in ("#", "#/"):
            return True
        start, _, name = reference.rpartition("/")
        return start in ("#/$defs", "#/definitions") and name in self._found


def read_matches_json_schema(reading: Reading, given: dict[str, Any], at: str) -> Operator | None:
    below = pointer_below(at, "matchesJsonSchema")
    schema = given["matchesJsonSchema"]
    draft = reading.take_choice(given, "schemaVersion", at, (DEFAULT_DRAFT, *DRAFTS))
    if isinstance(schema, str):
        try:
            schema = read_json(schema)
        except NotJson as error:
            reading.refuse(below, "json", f"expected a schema, or its text: {error}")
            return None
    if not isinstance(schema, dict | bool):
        reading.refuse_type(below, "a schema", schema)
        return None
    if schema is False:
        reading.refuse(below, "never", "no value conforms to the schema false")
        return None
    if reading.deferral is not None and not _is_compiled_at_once(schema):
        raise TakesLong
    fault = _find_fault(schema)
    if fault:
        reading.refuse(below, "schema", fault)
        return None
    try:
        validator = build_draft_validator(DRAFTS[draft], schema)
    except ValueError as error:
        reading.refuse(below, "schema", f"not a schema of {draft}: {str(error)[:300]}")
        return None
    return MatchesJsonSchema(validator, weigh(schema, OwnDefinitions(schema)))


def _is_compiled_at_once(schema: Any) -> bool:
    """Whether the schema is so small that others may wait while it is compiled."""
    if depth_exceeds(schema, MAXIMUM_DEPTH) or measure(schema).text_bytes > AT_ONCE_SCHEMA_BYTES:
        return False
    return all(is_plain(pattern) for node in _schemas_in(schema) for pattern in _patterns_of(node))


def _find_fault(schema: Any) -> str:
    """Returns what in a schema prevents weighing it; "" if nothing does."""
    if depth_exceeds(schema, MAXIMUM_DEPTH) or measure(schema).text_bytes > MAXIMUM_SCHEMA_BYTES:
        return f"it is nested deeper than {MAXIMUM_DEPTH} levels, or longer than {MAXIMUM_SCHEMA_BYTES} bytes"
    definitions = OwnDefinitions(schema)
    left_bytes = MAXIMUM_PATTERN_BYTES
    for node in _schemas_in(schema):
        reference = node.get("$ref", "#")
        if isinstance(reference, str) and not definitions.leads(reference):
            return f"a $ref leads to #, #/$defs/<name> or #/definitions/<name> here, not to {reference[:100]!r}"
        left_bytes -= sum(_weigh_pattern(pattern, left_bytes) for pattern in _patterns_of(node))
        if left_bytes < 0:
            return f"its patterns take more than {MAXIMUM_PATTERN_BYTES} bytes when they are compiled"
        if "$dynamicRef" in node or "$recursiveRef" in node:
            return "dynamic references are not followed here; use $ref"
        if node is not schema and (isinstance(node.get("$id"), str) or isinstance(node.get("id"), str)):
            return "only the whole schema may have an $id: a $ref below another one would lead elsewhere"
    return ""


def _schemas_in(schema: Any) -> Iterator[dict[str, Any]]:
    """The schema and those in it. Whatever else a schema has (`const`, `enum`, `default`, `examples`, keywords that no
    draft knows) is data."""
    waiting = [schema]
    while waiting:
        node = waiting.pop()
        if not isinstance(node, dict):
            continue
        yield node
        for keyword, value in node.items():
            if keyword in SCHEMA_MAPS and isinstance(value, dict):
                waiting.extend(value.values())
            elif keyword in SCHEMA_HOLDERS:
                waiting.extend(value if isinstance(value, list) else (value,))


def _patterns_of(node: dict[str, Any]) -> Iterator[str]:
    if isinstance(node.get("pattern"), str):
        yield node["pattern"]
    if isinstance(node.get("patternProperties"), dict):
        yield from node["patternProperties"]


def _weigh_pattern(pattern: str, left_bytes: int) -> int:
    """Returns the bytes of a compiled pattern; more than `left_bytes` if it takes more or is not a pattern."""
    if is_plain(pattern):
        return PLAIN_PATTERN_BYTES
    try:
        return measure_pattern(pattern, COMPILED_BYTES).size_bytes if left_bytes > 0 else left_bytes + 1
    except PatternRefused:
        return left_bytes + 1


SCHEMA_KINDS = {"matchesJsonSchema": Kind(read_matches_json_schema, frozenset(("schemaVersion",)))}
