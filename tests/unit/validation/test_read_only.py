"""A property that is readOnly is not required in requests, wherever that is said of it (OpenAPI 3.0.3 §4.7.24.2)."""

from typing import Any

import pytest

from tests.unit.validation import checked_bodies

READ_ONLY = {"type": "string", "readOnly": True}
NAME = {"type": "string"}
REQUIRED = ["id", "name"]
COMPONENTS = {
    "Base": {"required": REQUIRED},
    "Named": {"properties": {"id": {"type": "string"}, "name": NAME}},
    "Identified": {"properties": {"id": READ_ONLY}},
    "Id": READ_ONLY,
    "Text": {"type": "string"},
    "Chain": {"allOf": [{"$ref": "#/components/schemas/Base"}, {"properties": {"name": NAME}}]},
    "Self": {
        "required": ["id", "parent"],
        "properties": {"id": READ_ONLY, "parent": {"$ref": "#/components/schemas/Self"}},
    },
    "Pet": {"oneOf": [{"$ref": "#/components/schemas/Cat"}], "required": ["id"]},
    "Cat": {"allOf": [{"$ref": "#/components/schemas/Pet"}, {"properties": {"id": READ_ONLY, "name": NAME}}]},
}


def to(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def conforms(schema: Any, value: Any, version: str = "3.0.3") -> bool:
    return checked_bodies.conforms(checked_bodies.import_body(schema, version, COMPONENTS), value)


COMPOSED: list[dict[str, Any]] = [
    {"required": REQUIRED, "properties": {"id": READ_ONLY, "name": NAME}},
    {"required": REQUIRED, "allOf": [{"properties": {"id": READ_ONLY, "name": NAME}}]},
    {"allOf": [{"required": REQUIRED}, {"properties": {"id": READ_ONLY, "name": NAME}}]},
    {"allOf": [{"properties": {"id": READ_ONLY, "name": NAME}}, {"required": REQUIRED}]},
    {"allOf": [{"allOf": [{"required": REQUIRED}]}, {"allOf": [{"allOf": [{"properties": {"id": READ_ONLY}}]}]}]},
    {"required": REQUIRED, "properties": {"id": {"allOf": [to("Text"), {"readOnly": True}]}}},
    {"required": REQUIRED, "properties": {"id": {"allOf": [to("Id")]}}},
    {"required": REQUIRED, "properties": {"id": to("Id")}},
    {"allOf": [to("Base"), to("Identified")]},
    {"allOf": [to("Base"), {"properties": {"id": READ_ONLY}}]},
    {"allOf": [to("Chain"), to("Identified")]},
    {"allOf": [to("Base"), to("Named"), to("Identified")]},
    {"required": REQUIRED, "allOf": [to("Identified")]},
    {"properties": {"id": READ_ONLY}, "allOf": [to("Base"), to("Named")]},
    {"required": REQUIRED, "oneOf": [to("Identified")]},
    {"oneOf": [to("Base")], "properties": {"id": READ_ONLY}},
    {"anyOf": [{"allOf": [to("Base"), to("Identified")]}]},
]


@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
@pytest.mark.parametrize("schema", COMPOSED)
def test_a_property_that_any_part_says_to_be_read_only_is_not_required(schema: dict[str, Any], version: str) -> None:
    """`required` beside an `allOf` whose member says readOnly refused requests that rightly lack the property
    (cdimascio/express-openapi-validator#883, getkin/kin-openapi#925)."""
    assert conforms(schema, {"name": "x"}, version)
    assert not conforms(schema, {"id": "1"}, version)


def test_beside_a_reference_it_counts_where_siblings_do() -> None:
    schema = {"required": REQUIRED, "properties": {"id": {**to("Text"), "readOnly": True}}}
    assert conforms(schema, {"name": "x"}, "3.1.0")
    assert not conforms(schema, {"name": "x"}, "3.0.3")


def test_a_definition_requires_it_where_nothing_says_so() -> None:
    schema = {"properties": {"new": {"allOf": [to("Base"), to("Identified")]}, "old": to("Base")}}
    assert conforms(schema, {"new": {"name": "x"}})
    assert not conforms(schema, {"old": {"name": "x"}})


def test_it_counts_for_its_own_object_alone() -> None:
    schema = {
        "required": ["id", "child"],
        "properties": {"id": READ_ONLY, "child": {"required": ["id"], "properties": {"id": NAME}}},
    }
    assert conforms(schema, {"child": {"id": "1"}})
    assert not conforms(schema, {"child": {}})


def test_circles_of_composition_end() -> None:
    assert conforms(to("Cat"), {"name": "x"})
    assert conforms(to("Pet"), {"name": "x"})
    assert not conforms(to("Self"), {"parent": {}})


def test_a_negation_keeps_what_it_requires() -> None:
    schema = {"properties": {"id": READ_ONLY}, "not": {"required": ["id"]}}
    assert conforms(schema, {"name": "x"})
    assert not conforms(schema, {"id": "x"})


def test_a_reference_to_a_schema_that_is_true_stands_beside_a_property_that_is_read_only() -> None:
    """The names required by its target were looked for in `true`, which ended the import with a traceback."""
    components = {"Any": True}
    schema = {"allOf": [to("Any")], "properties": {"id": READ_ONLY, "name": NAME}, "required": REQUIRED}
    body = checked_bodies.import_body(schema, "3.1.0", components)
    assert checked_bodies.conforms(body, {"name": "x"})
    assert not checked_bodies.conforms(body, {"id": "x"})


@pytest.mark.parametrize("keyword", ["dependentRequired", "dependencies"])
def test_another_property_does_not_require_it_either(keyword: str) -> None:
    """`dependentRequired` kept what `required` left out (issue 11, item 3)."""
    schema = {"properties": {"id": READ_ONLY, "name": NAME}, keyword: {"name": ["id", "more"]}}
    assert conforms(schema, {"name": "x", "more": 1}, "3.1.0")
    assert not conforms(schema, {"name": "x"}, "3.1.0")


MATCHING: list[dict[str, Any]] = [
    {"required": REQUIRED, "patternProperties": {"^i": READ_ONLY}},
    {"required": REQUIRED, "patternProperties": {"^i": to("Id"), "^n": {"type": "string"}}},
    {"allOf": [to("Base"), {"patternProperties": {"d$": READ_ONLY}}]},
    {"anyOf": [to("Base")], "patternProperties": {"^id$": {"allOf": [to("Id")]}}},
]


@pytest.mark.parametrize("schema", MATCHING)
def test_a_property_that_matches_a_read_only_pattern_is_not_required(schema: dict[str, Any]) -> None:
    """It was asked for in requests."""
    assert conforms(schema, {"name": "n"}, "3.1.0")
    assert not conforms(schema, {"id": "i"}, "3.1.0")


def test_a_property_that_matches_another_pattern_is_required() -> None:
    schema = {"required": REQUIRED, "patternProperties": {"^x": READ_ONLY, "(": READ_ONLY}}
    assert not conforms(schema, {"name": "n"}, "3.1.0")
