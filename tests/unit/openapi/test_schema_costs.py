"""Which request schemas an event loop cannot wait for, and what an import leaves out because nobody could."""

import json
from typing import Any

import pytest

from mockwave.answers.request_rules import RequestRules, decode_rules
from mockwave.answers.variants import decode_request_rules
from mockwave.openapi import Import, read_specification
from mockwave.patterns.costs import is_hard

SELF = {"$ref": "#/components/schemas/Self"}


def import_body(schema: Any, components: dict[str, Any] | None = None, **operation: Any) -> Import:
    body = {"content": {"application/json": {"schema": schema}}}
    post = {"requestBody": body, "responses": {"200": {"description": "d"}}, **operation}
    return read_specification(
        json.dumps({"openapi": "3.1.0", "paths": {"/a": {"post": post}}, "components": {"schemas": components or {}}})
    )


def rules_of(imported: Import) -> RequestRules:
    return decode_rules(decode_request_rules(imported.operations[0].variants, imported.parts))


def chain(length: int, keyword: str) -> dict[str, Any]:
    """Definitions that each try the next one twice on the same value."""
    below = [{"properties": {"x": {"$ref": f"#/components/schemas/{number + 1}"}}} for number in range(length)]
    return {str(number): {keyword: [each, each]} for number, each in enumerate(below)} | {
        str(length): {"type": "integer"}
    }


@pytest.mark.parametrize(
    "schema",
    [
        {"anyOf": [{"properties": {"not": SELF}}, {"properties": {"not": SELF, "b": {}}}]},
        {"oneOf": [{"items": SELF}, {"items": SELF, "minItems": 2}]},
        {"allOf": [{"properties": {"x": SELF}}, {"properties": {"x": SELF}}]},
        {"if": {"properties": {"x": SELF}}, "then": {"properties": {"x": SELF}}},
        {"properties": {"x": SELF}, "patternProperties": {"^x": SELF}},
        {"properties": {"x": SELF}, "not": {"properties": {"x": SELF}}},
        {"items": SELF, "contains": SELF},
        {"properties": {"x": {"anyOf": [{"items": SELF}, {"items": SELF}]}}},
    ],
)
def test_a_schema_that_branches_into_itself_is_costly(schema: dict[str, Any]) -> None:
    """A body of 97 bytes took 11 s, doubling with each of its levels."""
    rules = rules_of(import_body(SELF, {"Self": schema}))
    assert rules.bodies[0].is_costly
    assert rules.is_costly


@pytest.mark.parametrize(
    "schema",
    [
        {"properties": {"left": SELF, "right": SELF}},
        {"properties": {"children": {"items": SELF}, "name": {"type": "string"}}},
        {"anyOf": [{"type": "string"}, {"type": "array", "items": SELF}]},
        {"additionalProperties": SELF},
        {"properties": {"next": {"anyOf": [SELF, {"type": "null"}]}}},
        SELF,
        {"allOf": [SELF]},
        {"oneOf": [{"allOf": [SELF, {"properties": {"a": {}}}]}, {"allOf": [SELF, {"required": ["b"]}]}]},
    ],
)
def test_a_schema_that_leads_back_to_itself_once_is_not(schema: dict[str, Any]) -> None:
    assert not rules_of(import_body(SELF, {"Self": schema})).is_costly


@pytest.mark.parametrize("keyword", ["anyOf", "oneOf", "allOf"])
def test_a_chain_that_doubles_is_costly_where_it_is_long(keyword: str) -> None:
    first = {"$ref": "#/components/schemas/0"}
    assert rules_of(import_body(first, chain(20, keyword))).is_costly
    assert not rules_of(import_body(first, chain(3, keyword))).is_costly


def test_a_schema_is_costly_with_all_that_it_needs() -> None:
    large = {f"property{number}": {"type": "string", "maxLength": number} for number in range(2000)}
    components = {"A": {"properties": {"b": {"$ref": "#/components/schemas/B"}}}, "B": {"properties": large}}
    assert rules_of(import_body({"$ref": "#/components/schemas/A"}, components)).bodies[0].is_costly
    assert not rules_of(import_body({"type": "object"}, components)).is_costly


def test_many_schemas_are_costly_together() -> None:
    names = {f"property{number}": {"type": "string", "maxLength": number} for number in range(300)}
    parameters = [
        {
            "name": f"q{number}",
            "in": "query",
            "schema": {"properties": names, "title": str(number), "maxProperties": number},
        }
        for number in range(20)
    ]
    rules = rules_of(import_body({"type": "object"}, parameters=parameters))
    assert rules.is_costly
    assert not any(rule.is_costly for rule in rules.parameters)


def test_many_values_that_are_compared_one_by_one_are_costly() -> None:
    assert rules_of(import_body({"items": {"enum": [{"a": number} for number in range(1000)]}})).is_costly
    assert not rules_of(import_body({"items": {"enum": list(range(1000))}})).is_costly


@pytest.mark.parametrize(
    ("pattern", "is_costly"),
    [
        (r"^[a-z]+$", False),
        (r"^(a+)+$", False),
        (r"^(?=.*[A-Z])(?=.*\d)[A-Za-z\d]{8,}$", False),
        (r"^(?!-)[a-z-]{1,63}$", False),
        (r"^(?:(?=a)a|a)*b$", True),
        (r"^(a+)\1+$", True),
        (r"^(?=a)a*a*a*b$", True),
        (r"^\p{L}{1,100}$", True),
        (r"(?=.*[a-z])(?=.*\d)^[^x]*x$", True),
        (r"(?!.*b)c", True),
        (r"(?<=a)b.*x$", True),
        (r"^.*(?=.*a)b", True),
        (r"^a|(?!.*b)c", True),
        (r"(?<!-)id$", False),
        (r"^[a-z-]*(?<!-)$", False),
    ],
)
def test_a_pattern_is_costly_where_it_is_not_seen_to_be_harmless(pattern: str, is_costly: bool) -> None:
    assert is_hard(pattern) is is_costly
    assert rules_of(import_body({"type": "array", "items": {"pattern": pattern}})).is_costly is is_costly


def test_patterns_that_are_too_large_together_are_left_out_by_the_import() -> None:
    """1,000 properties with patterns of bounded repetitions over `\\p{L}`, 90 KB, took a worker 48 s and 5 GB at the
    first request, and its replacement again."""
    properties = {f"p{number}": {"pattern": r"^\p{L}{1,40}$", "maxLength": 40} for number in range(100)}
    imported = import_body({"type": "object", "required": ["p0"], "properties": properties})
    (body,) = rules_of(imported).bodies

    assert 1 <= body.schema.count(b'"pattern"') < 100
    assert body.schema.count(b'"maxLength"') == 100
    assert body.is_costly
    found = [problem.pointer for problem in imported.report.problems if problem.pointer.endswith("/pattern")]
    assert len(found) == 100 - body.schema.count(b'"pattern"')


@pytest.mark.parametrize(("beside", "is_costly"), [(40, False), (41, True)])
@pytest.mark.parametrize("order", [("few", "many"), ("many", "few")])
@pytest.mark.parametrize("holds", [lambda schema: schema, lambda schema: {"items": {"items": schema}}])
def test_what_is_tried_beside_a_reference_counts_with_it_wherever_it_stands(
    holds: Any, order: tuple[str, str], beside: int, is_costly: bool
) -> None:
    """The reference itself is followed once for all of its places, and each of those adds what it tries beside it."""
    many = {"allOf": [{"minProperties": number} for number in range(57)], "properties": {"x": SELF}}
    reference = {"$ref": "#/components/schemas/Many"}
    places = {
        "few": {"anyOf": [reference, {"type": "null"}]},
        "many": holds({"anyOf": [reference, *({"minLength": number} for number in range(beside))]}),
    }
    components = {"Many": many, "Self": {"properties": {name: places[name] for name in order}}}
    assert rules_of(import_body(SELF, components)).bodies[0].is_costly is is_costly
