"""`$dynamicRef`: a generic schema means what the schema that uses it makes of it."""

import json
from typing import Any

import jsonschema_rs
import pytest

from mockwave.openapi import Import, SpecificationError, read_specification

# Swagger's and the JSON Schema project's own use: a generic list, and lists of something.
SCHEMAS: dict[str, Any] = {
    "List": {
        "$id": "https://example.com/list",
        "type": "array",
        "minItems": 1,
        "items": {"$dynamicRef": "#item"},
        "$defs": {"item": {"$dynamicAnchor": "item"}},
    },
    "Numbers": {
        "$id": "https://example.com/numbers",
        "$ref": "list",
        "$defs": {"item": {"$dynamicAnchor": "item", "type": "integer", "minimum": 5}},
    },
    "Words": {
        "$id": "https://example.com/words",
        "allOf": [{"$ref": "https://example.com/list"}],
        "$defs": {"item": {"$dynamicAnchor": "item", "const": "word"}},
    },
    "Lists": {  # a list of lists of numbers: the outermost anchor counts for all of it
        "$id": "https://example.com/lists",
        "type": "object",
        "required": ["numbers", "words"],
        "properties": {"numbers": {"$ref": "numbers"}, "words": {"$ref": "words"}},
    },
    # The extensible tree of JSON Schema 2020-12 §8.2.3.2.
    "Tree": {
        "$id": "https://example.com/tree",
        "$dynamicAnchor": "node",
        "type": "object",
        "properties": {"data": True, "children": {"type": "array", "items": {"$dynamicRef": "#node"}}},
    },
    "StrictTree": {
        "$id": "https://example.com/strict-tree",
        "$dynamicAnchor": "node",
        "$ref": "tree",
        "required": ["size"],
        "properties": {"size": {"type": "integer"}},
    },
    # Without any `$id`, as documents in the wild have it.
    "Page": {
        "type": "object",
        "required": ["rows"],
        "properties": {"rows": {"type": "array", "minItems": 1, "items": {"$dynamicRef": "#T"}}},
        "$defs": {"T": {"$dynamicAnchor": "T"}},
    },
    "PetPage": {
        "$ref": "#/components/schemas/Page",
        "$defs": {"T": {"$dynamicAnchor": "T", "type": "object", "required": ["pet"], "properties": {"pet": True}}},
    },
}


def import_schema(name: str, schemas: dict[str, Any]) -> Import:
    content = {"application/json": {"schema": {"$ref": f"#/components/schemas/{name}"}}}
    paths = {"/a": {"get": {"responses": {"200": {"description": "d", "content": content}}}}}
    text = json.dumps({"openapi": "3.1.0", "paths": paths, "components": {"schemas": schemas}})
    return read_specification(text)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("List", [None]),
        ("Numbers", [5]),
        ("Words", ["word"]),
        ("Lists", {"numbers": [5], "words": ["word"]}),
        ("StrictTree", {"data": None, "children": [{"data": None, "children": [], "size": 0}], "size": 0}),
        ("Page", {"rows": [None]}),
        ("PetPage", {"rows": [{"pet": None}]}),
    ],
)
def test_the_outermost_anchor_is_what_a_dynamic_reference_stands_for(name: str, value: Any) -> None:
    imported = import_schema(name, SCHEMAS)

    assert json.loads(imported.operations[0].body) == value
    assert imported.report.problems == []


@pytest.mark.parametrize("name", ["List", "Numbers", "Words", "Lists", "Tree", "StrictTree"])
def test_an_independent_validator_agrees(name: str) -> None:
    resources = [(schema["$id"], schema) for schema in SCHEMAS.values() if "$id" in schema]
    registry = jsonschema_rs.Registry(resources, draft=jsonschema_rs.Draft202012)
    validator = jsonschema_rs.Draft202012Validator({"$ref": SCHEMAS[name]["$id"]}, registry=registry)

    assert validator.is_valid(json.loads(import_schema(name, SCHEMAS).operations[0].body))


def test_without_a_dynamic_anchor_it_is_a_plain_reference() -> None:
    schemas = {
        "A": {"type": "array", "minItems": 1, "items": {"$dynamicRef": "#/components/schemas/B"}},
        "B": {"const": 1},
    }
    assert import_schema("A", schemas).operations[0].body == b"[1]"


@pytest.mark.parametrize("name", ["value", "default", "x-row", "example", "$ref", "properties"])
def test_a_property_may_be_called_as_a_keyword_is(name: str) -> None:
    page = SCHEMAS["Page"] | {"properties": {name: {"$dynamicRef": "#T"}}, "required": [name]}
    (operation,) = import_schema("PetPage", SCHEMAS | {"Page": page}).operations
    assert json.loads(operation.body) == {name: {"pet": None}}


@pytest.mark.parametrize("odd", [3, "x", [], [1], {"a": 1}, None, "#", "#/nowhere"])
@pytest.mark.parametrize("keyword", ["$dynamicRef", "$ref", "$dynamicAnchor", "$id", "allOf", "$defs", "properties"])
def test_odd_values_of_keywords_break_nothing(keyword: str, odd: Any) -> None:
    """Nothing was asserted. Beside an odd value all else of the document means what it did; a reference that lies
    outside of the document is refused, and named."""
    odd_page = SCHEMAS["PetPage"] | {"allOf": [{keyword: odd}], "$defs": SCHEMAS["PetPage"]["$defs"]}
    schemas = SCHEMAS | {"Odd": odd_page}
    if (keyword, odd) in (("$ref", "x"), ("$dynamicRef", "x")):
        with pytest.raises(SpecificationError, match="outside of this document"):
            import_schema("PetPage", schemas)
        return

    imported = import_schema("PetPage", schemas)
    assert json.loads(imported.operations[0].body) == {"rows": [{"pet": None}]}
    assert json.loads(import_schema("Numbers", schemas).operations[0].body) == [5]
    assert isinstance(json.loads(import_schema("Odd", schemas).operations[0].body), dict)


def test_a_problem_in_a_bound_schema_points_into_the_document() -> None:
    page = SCHEMAS["Page"] | {"properties": {"rows": SCHEMAS["Page"]["properties"]["rows"], "n": {"type": "wrong"}}}
    imported = import_schema("PetPage", SCHEMAS | {"Page": page})
    assert {problem.pointer for problem in imported.report.problems} == {"/components/schemas/Page/properties/n/type"}


def test_a_circle_of_bound_schemas_ends() -> None:
    schemas = {
        "A": {"$id": "a", "$dynamicAnchor": "n", "properties": {"b": {"$ref": "b"}, "d": {"$dynamicRef": "#n"}}},
        "B": {"$id": "b", "$dynamicAnchor": "n", "properties": {"a": {"$ref": "a"}, "d": {"$dynamicRef": "#n"}}},
    }
    assert import_schema("A", schemas).operations[0].body.startswith(b"{")
