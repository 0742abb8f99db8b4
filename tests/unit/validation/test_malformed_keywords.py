"""What is malformed in a schema is left out and reported; all that stands beside it is checked."""

import json
from typing import Any

import pytest

from tests.unit.validation.checked_bodies import VERSIONS, conforms, import_body, pointers

MALFORMED_VALUES: list[tuple[tuple[str, ...], tuple[Any, ...]]] = [
    (("minLength", "maxLength", "minItems", "maxItems", "minProperties",
        "maxProperties", "minContains", "maxContains"), ("3", -1, 1.5, None, True, [], {})),
    (("enum",), (None, [], {}, "a", 1)),
    (("type",), ("any", None, "nothing", [], 5, ["string", 5], {}, True)),
    (("multipleOf",), (0, -1, "1", None)),
    (("minimum", "maximum"), ("1", None, True, [])),
    (("exclusiveMinimum", "exclusiveMaximum"), ("1", None, [])),
    (("items",), ([], 5, None, "a")),
    (("prefixItems",), ([], 5, None, {})),
    (("uniqueItems",), ("true", 1, None, [])),
    (("pattern",), ("(", "[z-a]", "a{2,1}", 5, None, r"\p{Nope}", "(" * 300, r"^\p{L}{1,9000}$")),
    (("required",), (True, "id", None, {}, [5])),
    (("properties", "patternProperties", "dependentSchemas"), ([], "a", None, 5)),
    (("patternProperties",), ({"(": {}},)),
    (("allOf", "anyOf", "oneOf"), ([], {}, "a", None, 5)),
    (("allOf", "anyOf", "oneOf", "prefixItems"), ([5], [None])),
    (("properties",), ({"a": None},)),
    (("not", "if", "contains", "propertyNames", "unevaluatedItems",
        "unevaluatedProperties", "additionalProperties"), (5, "a", None, [])),
    (("then", "else"), (5, "a", None, [])),
    (("dependentRequired",), ([], "a", None, {"a": "b"}, {"a": [5]})),
    (("dependencies",), ([], "a", None, 5)),
    (("format",), (5, None, [])),
    (("nullable", "readOnly"), ("true", 1, None)),
    (("discriminator",), (5, None, [], {}, {"propertyName": 5}, {"propertyName": "a", "mapping": 5},
        {"propertyName": "a", "mapping": {"a": 5}})),
    (("$ref",), (5, None, [], {})),
]  # fmt: skip
"""Keywords, and values that none of them can have."""

MALFORMED = [(keyword, value) for keywords, values in MALFORMED_VALUES for keyword in keywords for value in values]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(("keyword", "value"), MALFORMED, ids=lambda value: str(value)[:24])
def test_a_malformed_keyword_is_left_out_alone_and_reported(keyword: str, value: Any, version: str) -> None:
    """One malformed keyword anywhere switched the check of the whole body off, and the report said nothing
    (stoplightio/prism#2082)."""
    schema = {
        "type": "object",
        "required": ["id"],
        "properties": {"id": {"type": "integer"}, "odd": {keyword: value}},
        "allOf": [{"properties": {"name": {"type": "string"}}}],
    }
    imported = import_body(schema, version)

    invalid: tuple[Any, ...] = ({}, [], {"id": "x"}, {"id": 1, "name": 5})
    assert [conforms(imported, each) for each in invalid] == [False] * 4
    assert conforms(imported, {"id": 1, "name": "a"})
    assert any(f"/properties/odd/{keyword}" in pointer for pointer in pointers(imported))


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(("keyword", "value"), MALFORMED, ids=lambda value: str(value)[:24])
def test_beside_a_malformed_keyword_the_others_of_its_schema_are_checked(
    keyword: str, value: Any, version: str
) -> None:
    odd = {"type": "array", "maxItems": 1, "minItems": 1, "enum": [["a"], ["b", "c"], []], keyword: value}
    imported = import_body({"type": "object", "properties": {"odd": odd}}, version)
    values: tuple[Any, ...] = ([], ["b", "c"], "a", ["d"])
    own = [each for each in values if not conforms(imported, {"odd": each})]

    assert len(own) >= 2
    assert conforms(imported, {"odd": ["a"]})


@pytest.mark.parametrize("version", ["2.0", "3.0.3"])
def test_a_bound_of_a_later_version_is_the_bound_that_responses_keep(version: str) -> None:
    """`exclusiveMinimum: 0.0` in a 3.0 document (stoplightio/prism#2082): what is made keeps above it, and so must what
    is sent."""
    properties = {"id": {"type": "integer"}, "rate": {"type": "number", "exclusiveMinimum": 0.0}}
    imported = import_body({"type": "object", "required": ["id"], "properties": properties}, version)

    invalid: tuple[Any, ...] = ({}, [], {"id": "x"}, {"id": 1, "rate": 0})
    assert [conforms(imported, each) for each in invalid] == [False] * 4
    assert conforms(imported, {"id": 1, "rate": 0.5})
    assert [each for each in pointers(imported) if each.endswith("/properties/rate/exclusiveMinimum")]


@pytest.mark.parametrize("version", ["3.1.0", "3.2.0"])
def test_a_flag_of_an_earlier_version_makes_the_other_bound_exclusive(version: str) -> None:
    schema = {
        "properties": {"a": {"minimum": 1, "exclusiveMinimum": True}, "b": {"minimum": 1, "exclusiveMinimum": False}}
    }
    imported = import_body(schema, version)

    assert conforms(imported, {"a": 2, "b": 1})
    assert not conforms(imported, {"a": 1})
    assert not conforms(imported, {"b": 0})
    assert [each for each in pointers(imported) if each.endswith("/a/exclusiveMinimum")]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("odd", [{"$ref": "#/nowhere"}, {"type": "any"}, {"$ref": "#/paths"}, {"minLength": "3"}])
def test_a_parameter_that_cannot_be_checked_leaves_the_body_checked(odd: dict[str, Any], version: str) -> None:
    """A bad `$ref` that one optional parameter reached switched off the check of the body."""
    parameter = {"name": "q", "in": "query", **(odd if version == "2.0" else {"schema": odd})}
    pet = {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}, "odd": odd}}
    reference = "#/definitions/Pet" if version == "2.0" else "#/components/schemas/Pet"
    imported = import_body({"$ref": reference}, version, {"Pet": pet}, parameters=[parameter])

    assert conforms(imported, {"name": "a"}, b"q=1")
    assert not conforms(imported, {"name": 5}, b"q=1")
    assert not conforms(imported, {})


@pytest.mark.parametrize("version", VERSIONS)
def test_a_keyword_of_a_parameter_is_reported_where_it_stands(version: str) -> None:
    odd = {"type": "integer", "minimum": 3, "maximum": "5"}
    parameter = {"name": "q", "in": "query", **(odd if version == "2.0" else {"schema": odd})}
    imported = import_body({"type": "object"}, version, parameters=[parameter])

    assert not conforms(imported, {}, b"q=2")
    assert not conforms(imported, {}, b"q=a")
    assert conforms(imported, {}, b"q=6")
    assert [each for each in pointers(imported) if each.endswith("maximum")]


@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
def test_what_is_left_out_refuses_nothing_under_a_negation(version: str) -> None:
    schemas: list[tuple[Any, Any]] = [
        ({"not": {"minLength": "3"}}, "abc"),
        ({"not": {"$ref": "#/nowhere"}}, 1),
        ({"oneOf": [{"minLength": "3"}, {"type": "string"}]}, "abc"),
        ({"oneOf": [{"$ref": "#/nowhere"}, {"type": "string"}]}, "abc"),
        ({"if": {"minLength": "3"}, "then": False}, "abc"),
        ({"if": 5, "then": False, "else": False}, "abc"),
        ({"properties": [], "additionalProperties": False}, {"a": 1}),
        ({"patternProperties": {"(": {}}, "additionalProperties": False}, {"a": 1}),
        ({"allOf": [5], "unevaluatedProperties": False}, {"a": 1}),
    ]
    found = [conforms(import_body(schema, version), value) for schema, value in schemas]
    assert found == [True] * len(schemas)


@pytest.mark.parametrize("version", VERSIONS)
def test_numbers_of_any_size_are_kept(version: str) -> None:
    schema = {"properties": {"a": {"maximum": 10**400}, "b": {"minLength": 10**30}, "c": {"enum": [10**400]}}}
    imported = import_body(schema, version)

    assert conforms(imported, {"a": 10**400, "c": 10**400})
    assert not conforms(imported, {"a": 10**400 + 1})
    assert not conforms(imported, {"b": "a"})
    assert not conforms(imported, {"c": 1})


@pytest.mark.parametrize("version", VERSIONS)
def test_a_schema_nested_deeper_than_validators_take_is_checked(version: str) -> None:
    schema: dict[str, Any] = {"type": "integer"}
    value: Any = "x"
    for _ in range(90):
        schema, value = {"properties": {"a": schema}}, {"a": value}
    imported = import_body(schema, version)

    assert not conforms(imported, value)
    assert conforms(imported, json.loads(json.dumps(value).replace('"x"', "1")))


def test_a_circle_of_references_is_reported() -> None:
    schemas = {"A": {"$ref": "#/components/schemas/B"}, "B": {"$ref": "#/components/schemas/A"}}
    imported = import_body({"$ref": "#/components/schemas/A"}, "3.0.3", schemas)

    assert conforms(imported, 1)
    assert [problem for problem in imported.report.problems if "leads back" in problem.message]


@pytest.mark.parametrize("version", ["2.0", "3.0.3"])
def test_keywords_of_later_versions_are_checked_as_they_are_made(version: str) -> None:
    schema = {
        "dependencies": {"a": ["b"]},
        "properties": {"c": {"const": 1}, "t": {"items": [{"type": "integer"}], "additionalItems": False}},
    }
    imported = import_body(schema, version)

    assert conforms(imported, {"a": 1, "b": 1, "c": 1, "t": [1]})
    faulty: list[Any] = [{"a": 1}, {"c": 2}, {"t": ["x"]}, {"t": [1, 2]}]
    assert [conforms(imported, each) for each in faulty] == [False] * len(faulty)


@pytest.mark.parametrize(
    ("operation", "pointer"),
    [
        ({"parameters": {}}, "/parameters"),
        ({"parameters": [5]}, "/parameters/0"),
        ({"parameters": [{"in": "query", "name": "q", "required": "true"}]}, "/parameters/0/required"),
        ({"parameters": [{"in": "query", "name": "q", "explode": "no"}]}, "/parameters/0/explode"),
        ({"requestBody": 5}, "/requestBody"),
        ({"requestBody": {}}, "/requestBody"),
        ({"requestBody": {"content": []}}, "/requestBody"),
        ({"requestBody": {"$ref": "#/nowhere"}}, "/requestBody"),
        ({"requestBody": {"content": {"a/b": 5}}}, "/requestBody/content/a~1b"),
        ({"requestBody": {"content": {"a/b": {"schema": 5}}}}, "/requestBody/content/a~1b/schema"),
        ({"requestBody": {"content": {"a/b": {}}, "required": 1}}, "/requestBody/required"),
        ({"requestBody": {"content": {"a/b": {"encoding": []}}}}, "/requestBody/content/a~1b/encoding"),
        ({"requestBody": {"content": {"a/b": {"encoding": {"f": 5}}}}}, "/requestBody/content/a~1b/encoding/f"),
    ],
)
def test_what_is_asked_in_a_form_that_cannot_be_checked_is_reported(operation: dict[str, Any], pointer: str) -> None:
    """A server that validates requests, and validates nothing, says so."""
    imported = import_body({}, "3.0.3", **operation)
    assert f"/paths/~1a/post{pointer}" in pointers(imported)
