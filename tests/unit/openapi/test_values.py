"""Values made from schemas: they conform, they end, they are always the same, and what cannot conform is reported."""

import base64
import json
from typing import Any

import jsonschema_rs
import pytest

from mockwave.openapi import Import, read_specification


def import_schema(schema: Any, *, use_examples: bool = False, **schemas: Any) -> Import:
    content = {"application/json": {"schema": schema}}
    document = {
        "openapi": "3.1.0",
        "info": {"title": "t", "version": "1"},
        "paths": {"/a": {"get": {"responses": {"200": {"description": "d", "content": content}}}}},
        "components": {"schemas": schemas},
    }
    return read_specification(json.dumps(document), use_examples=use_examples)


def make(schema: Any, *, use_examples: bool = False, **schemas: Any) -> Any:
    (operation,) = import_schema(schema, use_examples=use_examples, **schemas).operations
    return json.loads(operation.body)


def refer(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


CONFORMING: list[Any] = [
    {"type": "object", "patternProperties": {"^x-[a-z]{3}$": True}, "additionalProperties": False, "minProperties": 3},
    {"type": "integer", "minimum": 3, "multipleOf": 4},
    {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 0.5},
    {"type": "number", "multipleOf": 0.01, "minimum": 1.005},
    {"type": "integer", "maximum": -7},
    {"type": "string", "minLength": 20, "maxLength": 22},
    {"type": "string", "format": "date-time", "minLength": 24},
    {"type": "string", "pattern": "^[A-Z]{2}[0-9]+$", "minLength": 9},
    {"type": "array", "items": {"enum": ["a", "b", "c"]}, "minItems": 3, "uniqueItems": True},
    {"type": "array", "items": {"type": "object", "properties": {"n": {"type": "integer"}}}, "minItems": 4}
    | {"uniqueItems": True},
    {"type": "array", "prefixItems": [{"type": "string"}, {"type": "integer"}], "items": False},
    {"type": "array", "contains": {"type": "integer", "exclusiveMinimum": 20}, "minContains": 2},
    {"type": "object", "minProperties": 3, "additionalProperties": {"type": "integer"}},
    {"type": "object", "patternProperties": {"^x-": {"type": "string"}}, "additionalProperties": False}
    | {"minProperties": 2},
    {"type": "object", "propertyNames": {"pattern": "^[a-c]{2}$"}, "minProperties": 2},
    {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a", "b"], "maxProperties": 2},
    {"properties": {"a": {}, "b": {}}, "dependentRequired": {"a": ["c"]}},
    {"properties": {"a": {"type": "string"}}, "dependentSchemas": {"a": {"required": ["z"]}}},
    {"allOf": [{"required": ["a"], "properties": {"a": {"minLength": 9}}}, {"properties": {"a": {"type": "string"}}}]},
    {"allOf": [{"type": "number"}, {"type": "integer", "minimum": 2}, {"maximum": 2}]},
    {"allOf": [{"properties": {"a": {"type": "string"}}}, {"properties": {"b": {}}, "additionalProperties": False}]},
    {"oneOf": [{"type": "number"}, {"type": "integer"}, {"type": "string"}]},
    {"oneOf": [{"required": ["a"]}, {"required": ["b"]}], "properties": {"a": {"type": "string"}, "b": {}}}
    | {"additionalProperties": False},
    {"anyOf": [False, {"type": "integer", "minimum": 4}]},
    {"type": "string", "not": {"const": "string"}, "minLength": 6, "enum": ["string", "text ok"]},
    {"type": "object", "properties": {"a": {"type": "string"}}, "not": {"required": ["a"]}},
    {
        "properties": {"k": {"enum": ["x", "y"]}},
        "if": {"properties": {"k": {"const": "x"}}},
        "then": {"required": ["q"]},
    },
    {"const": {"a": [1, None]}},
    {"enum": [5, "five"], "type": "string"},
    {"type": ["null", "integer"]},
]


@pytest.mark.parametrize("schema", CONFORMING, ids=json.dumps)
def test_a_value_conforms_to_its_schema(schema: Any) -> None:
    jsonschema_rs.Draft202012Validator(schema).validate(make(schema))


@pytest.mark.parametrize("schema", CONFORMING, ids=json.dumps)
def test_what_conforms_is_not_reported(schema: Any) -> None:
    assert import_schema(schema).report.problems == []


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "integer", "minimum": 3, "maximum": 2},
        {"type": "string", "minLength": 3, "maxLength": 2},
        {"type": "string", "pattern": "^a$", "minLength": 2},
        {"type": "array", "items": {"type": "boolean"}, "minItems": 3, "uniqueItems": True},
        {"type": "array", "items": {"type": "string"}, "minItems": 1_000_000_000},
        {"type": "string", "minLength": 1_000_000_000},
        {"type": "object", "required": ["a"], "additionalProperties": False},
        {"oneOf": [{"type": "integer"}, {"type": "integer"}]},
        {"not": {}},
        {"enum": ["a"], "type": "integer"},
        {"allOf": [{"type": "integer"}, {"type": "string"}]},
        {"type": "object", "required": ["a", "b"], "maxProperties": 1},
        {"type": "object", "minProperties": 3, "properties": {"a": {}}, "additionalProperties": False},
        {"type": "array", "items": {}, "minItems": 2, "maxItems": 1},
        {"type": "string", "format": "date-time", "maxLength": 3},
        {"type": "string", "format": "uuid", "pattern": "^x"},
        False,
    ],
    ids=json.dumps,
)
def test_what_cannot_conform_is_reported(schema: Any) -> None:
    imported = import_schema(schema)
    assert len(imported.operations) == 1
    assert imported.report.problems[0].pointer.startswith("/paths/~1a/get/responses/200")


def test_an_optional_property_that_cannot_conform_is_left_out() -> None:
    schema = {"properties": {"a": {"type": "string"}, "b": {"type": "integer", "minimum": 3, "maximum": 2}}}
    assert make(schema) == {"a": "string"}


def test_items_that_cannot_conform_are_left_out() -> None:
    """They were shown, though the empty array conforms."""
    assert make({"type": "array", "items": {"type": "string", "pattern": "^a$", "minLength": 3}}) == []


def test_members_of_a_map_that_cannot_conform_are_left_out() -> None:
    """They were shown, though the empty object conforms."""
    assert make({"type": "object", "additionalProperties": {"type": "string", "enum": [1]}}) == {}


def test_null_stands_where_a_format_cannot_be_kept() -> None:
    """The format was cut to the length, though null conforms."""
    assert make({"type": ["string", "null"], "format": "uuid", "maxLength": 20}) is None


def test_nullable_is_no_keyword_of_modern_dialects() -> None:
    """It was read in OpenAPI 3.1 too, where every validator refuses the null that came of it."""
    assert make({"type": "string", "nullable": True, "enum": [None, "a"]}) == "a"


def test_an_alternative_that_only_another_type_tells_apart_is_found() -> None:
    """The first value of each alternative conformed to both, and no other was tried."""
    assert make({"oneOf": [{"type": ["boolean", "null"]}, {"enum": [True, False]}]}) is None


@pytest.mark.parametrize(("shortest", "longest"), [(0, None), (9, None), (4, 4), (0, 12), (20, 23)])
def test_base64_stays_base64_at_any_length(shortest: int, longest: int | None) -> None:
    """Only the first sample was base64: others had a number for an ending, or were cut anywhere."""
    item = {"type": "string", "format": "byte", "minLength": shortest, "maxLength": longest or 100}

    texts = make({"type": "array", "items": item, "minItems": 5, "uniqueItems": True})

    assert all(base64.b64decode(text, validate=True) for text in texts)


def test_properties_keep_the_order_of_the_schema() -> None:
    schema = {"required": ["c"], "properties": {"b": {"const": 1}, "c": {"const": 2}, "a": {"const": 3}}}
    assert list(make(schema)) == ["b", "c", "a"]


def test_what_is_only_written_is_not_in_a_response() -> None:
    schema = {
        "required": ["password"],
        "properties": {"password": {"type": "string", "writeOnly": True}, "id": {"type": "integer", "readOnly": True}},
    }
    assert make(schema) == {"id": 0}


def test_a_discriminator_names_the_schema_that_was_chosen() -> None:
    cat = {"required": ["kind"], "properties": {"kind": {"type": "string"}, "lives": {"const": 9}}}
    schema = {
        "oneOf": [refer("Cat")],
        "discriminator": {"propertyName": "kind", "mapping": {"cat": refer("Cat")["$ref"]}},
    }
    assert make(schema, Cat=cat) == {"kind": "cat", "lives": 9}


def test_a_schema_derived_from_one_with_a_discriminator_names_itself() -> None:
    pet = {"properties": {"kind": {"type": "string"}}, "discriminator": {"propertyName": "kind"}}
    dog = {"allOf": [refer("Pet")]}
    assert make(refer("Dog"), Pet=pet, Dog=dog) == {"kind": "Dog"}
    # As an alternative it was "string": the schema with the alternatives has no name itself.
    assert make({"items": {"anyOf": [refer("Dog")]}}, Pet=pet, Dog=dog) == [{"kind": "Dog"}]


@pytest.mark.parametrize(
    ("schema", "example", "value"),
    [
        ({"type": "integer"}, "12", 12),
        ({"type": "string"}, 12, "12"),
        ({"type": "boolean"}, "true", True),
        ({"type": "object"}, '{"a": 1}', {"a": 1}),
        ({"type": "integer"}, "many", "many"),
        ({"type": "string"}, None, None),
    ],
)
def test_an_example_one_step_off_its_type_is_brought_back(schema: Any, example: Any, value: Any) -> None:
    assert make({"properties": {"p": schema | {"example": example}}}, use_examples=True) == {"p": value}


def test_a_default_of_another_type_is_no_example() -> None:
    assert make({"type": "integer", "default": None}, use_examples=True) == 0
    assert make({"type": ["integer", "null"], "default": None}, use_examples=True) is None


def test_an_example_of_a_part_leaves_the_other_parts_in() -> None:
    part = {"properties": {"a": {"type": "integer"}}, "example": {"a": 5}}
    assert make({"allOf": [part, {"properties": {"b": {"const": 2}}}]}, use_examples=True) == {"a": 5, "b": 2}


NODE = {"properties": {"v": {"const": 1}, "next": refer("Node")}}
TREE = {"properties": {"v": {"const": 1}, "children": {"type": "array", "items": refer("Tree")}}}


def test_a_schema_in_itself_is_shown_once_more_and_then_cut() -> None:
    assert make(refer("Node"), Node=NODE) == {"v": 1, "next": {"v": 1}}
    assert make(refer("Tree"), Tree=TREE) == {"v": 1, "children": [{"v": 1, "children": [{}]}]}


def test_a_circle_of_two_is_cut_at_its_first_repeat() -> None:
    user = {"properties": {"team": refer("Team")}}
    team = {"properties": {"name": {"const": "t"}, "owner": refer("User")}}
    assert make(refer("User"), User=user, Team=team) == {"team": {"name": "t"}}


def test_a_required_circle_takes_the_alternative_that_ends() -> None:
    pair = {"type": "object", "required": ["left"], "properties": {"left": refer("Term")}}
    assert make(refer("Term"), Pair=pair, Term={"oneOf": [refer("Pair"), {"type": "integer"}]}) == {"left": 0}
    link = {
        "type": "object",
        "required": ["next"],
        "properties": {"next": {"anyOf": [refer("Link"), {"type": "null"}]}},
    }
    assert make(refer("Link"), Link=link) == {"next": {"next": None}}


def test_a_circle_that_never_ends_is_reported() -> None:
    imported = import_schema(refer("A"), A={"type": "object", "required": ["a"], "properties": {"a": refer("A")}})
    assert imported.report.problems[0].pointer == "/components/schemas/A"


CIRCLES: dict[str, Any] = {
    "reference": refer("A"),
    "allOf": {"allOf": [refer("A")]},
    "oneOf": {"oneOf": [refer("A")]},
    "anyOf": {"anyOf": [refer("A"), refer("A")]},
    "not": {"not": refer("A")},
    "if": {"if": refer("A"), "then": refer("A"), "else": refer("A")},
    "items": {"type": "array", "items": refer("A"), "minItems": 1},
    "prefixItems": {"prefixItems": [refer("A"), refer("A")]},
    "contains": {"type": "array", "contains": refer("A")},
    "additionalProperties": {"type": "object", "additionalProperties": refer("A"), "minProperties": 3},
    "patternProperties": {"patternProperties": {"^a": refer("A")}, "minProperties": 2},
    "propertyNames": {"type": "object", "propertyNames": refer("A"), "minProperties": 1},
    "dependentSchemas": {"properties": {"a": refer("A")}, "dependentSchemas": {"a": refer("A")}},
    "dynamicRef": {"$dynamicAnchor": "n", "properties": {"a": {"$dynamicRef": "#n"}}},
}


@pytest.mark.parametrize("keyword", CIRCLES)
def test_a_circle_through_any_keyword_ends(keyword: str) -> None:
    assert len(import_schema(refer("A"), A=CIRCLES[keyword]).operations) == 1


def chain(length: int, link: Any) -> dict[str, Any]:
    return {f"S{index}": link(refer(f"S{index + 1}")) for index in range(length)} | {f"S{length}": {"type": "string"}}


GROWING: dict[str, Any] = {
    "properties": chain(40, lambda next_: {"properties": {"a": next_, "b": next_}}),
    "required": chain(40, lambda next_: {"required": ["a", "b"], "properties": {"a": next_, "b": next_}}),
    "items": chain(40, lambda next_: {"type": "array", "minItems": 2, "items": next_}),
    "allOf": chain(40, lambda next_: {"allOf": [next_, next_]}),
    "oneOf": chain(40, lambda next_: {"oneOf": [next_, {"allOf": [next_]}, {"anyOf": [next_]}]}),
    "references": chain(20_000, lambda next_: next_),
    "levels": chain(20_000, lambda next_: {"properties": {"a": next_}}),
    "clique": {f"S{i}": {"properties": {f"p{j}": refer(f"S{j}") for j in range(25)}} for i in range(25)},
    "wide": {"S0": {"properties": {f"p{index}": {"type": "string"} for index in range(50_000)}}},
}


@pytest.mark.parametrize("shape", GROWING)
def test_a_value_that_would_grow_without_bound_is_bounded(shape: str) -> None:
    (operation,) = import_schema(refer("S0"), **GROWING[shape]).operations
    assert len(operation.body) < 500_000


def test_the_same_document_gives_the_same_bodies() -> None:
    assert make(refer("S0"), **GROWING["clique"]) == make(refer("S0"), **GROWING["clique"])


def test_a_shared_schema_gives_one_value_wherever_it_is_used() -> None:
    pair = {"properties": {"first": refer("User"), "second": refer("User")}}
    user = {"properties": {"team": refer("Team")}}
    made = make(pair, User=user, Team={"properties": {"owner": refer("User"), "name": {"const": "t"}}})
    assert made["first"] == made["second"] == {"team": {"name": "t"}}


@pytest.mark.parametrize("keyword", [{"format": "byte"}, {"contentEncoding": "base64"}])
def test_encoded_strings_are_encoded_and_differ(keyword: dict[str, str]) -> None:
    values = make({"type": "array", "minItems": 3, "uniqueItems": True, "items": {"type": "string"} | keyword})
    assert len({base64.b64decode(value, validate=True) for value in values}) == 3


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "integer", "enum": list(range(5000))},
        {"type": "string", "minLength": 4, "enum": [f"a{number}" for number in range(5000)]},
        {"allOf": [{"enum": list(range(5000))}, {"enum": list(range(4999, -1, -1))}]},
    ],
)
def test_a_long_list_of_values_is_not_compared_with_itself(schema: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """An enum of 10,000 integers took 29 s to import: each value was compared with each other one."""
    compared = 0

    def count(first: Any, second: Any) -> bool:
        nonlocal compared
        compared += 1
        return bool(first == second)

    monkeypatch.setattr("mockwave.openapi.schemas.equality.are_equal", count)
    content = {"application/json": {"schema": schema}}
    post = {"requestBody": {"content": content}, "responses": {"200": {"description": "d", "content": content}}}
    imported = read_specification(json.dumps({"openapi": "3.1.0", "paths": {"/a": {"post": post}}}))

    assert json.loads(imported.operations[0].body) is not None
    assert compared < 50_000


def test_of_two_formats_one_is_heeded_and_the_report_says_so() -> None:
    """Found by the property test: a string of `byte` that an allOf also wants to be a date-time was made of the first,
    in silence."""
    schema = {"type": "string", "format": "byte", "allOf": [{"format": "date-time"}]}
    (problem,) = import_schema(schema).report.problems
    assert "two formats, byte and date-time" in problem.message


def test_two_formats_of_numbers_are_no_news() -> None:
    schema = {"type": "integer", "format": "int64", "allOf": [{"format": "int32"}]}
    assert import_schema(schema).report.problems == []
