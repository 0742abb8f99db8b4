"""Examples of documents: those that are references, and those that do not fit their schemas."""

import json
from typing import Any

import pytest

from mockwave.openapi import Import, read_specification
from mockwave.openapi.values.example_checks import MANY_CHECKS, MAXIMUM_CHECKS

COMPONENTS = {
    "examples": {
        "pet": {"summary": "s", "value": {"id": 7}},
        "again": {"value": {"$ref": "#/components/examples/pet"}},
    },
    "schemas": {"Pet": {"type": "object", "example": {"id": 8}}},
    "responses": {"r": {"description": "d", "content": {"application/json": {"example": {"id": 9}}}}},
}


def read(content: Any, **head: Any) -> Import:
    responses = {"200": {"description": "d", "content": {"application/json": content}}}
    document: dict[str, Any] = {"openapi": "3.0.3", "components": COMPONENTS}
    return read_specification(json.dumps(document | head | {"paths": {"/a": {"get": {"responses": responses}}}}))


PLACE = "/paths/~1a/get/responses/200/content/application~1json"


@pytest.mark.parametrize(
    ("content", "place", "body"),
    [
        ({"example": {"$ref": "#/components/examples/pet"}}, "/example", {"id": 7}),
        ({"example": {"$ref": "#/components/examples/pet/value"}}, "/example", {"id": 7}),
        ({"example": {"$ref": "#/components/examples/again"}}, "/example", {"id": 7}),
        ({"example": {"$ref": "#/components/schemas/Pet"}}, "/example", {"id": 8}),
        (
            {"example": {"$ref": "#/components/responses/r/content/application~1json/example"}},
            "/example",
            {"id": 9},
        ),
        ({"examples": {"a": {"value": {"$ref": "#/components/examples/pet"}}}}, "/examples/a/value", {"id": 7}),
        ({"examples": [{"$ref": "#/components/examples/pet"}]}, "/examples/0", {"id": 7}),
        ({"schema": {"type": "object", "example": {"$ref": "#/components/examples/pet"}}}, "/schema", {"id": 7}),
    ],
)
def test_an_example_that_is_a_reference_alone_is_what_it_leads_to(content: Any, place: str, body: Any) -> None:
    """It was sent as it is written (prism#1590)."""
    imported = read(content)
    assert json.loads(imported.operations[0].body) == body
    assert [problem.pointer for problem in imported.report.problems] == [PLACE + place]


def test_an_example_of_swagger_2_may_be_a_reference_too() -> None:
    response = {"description": "d", "examples": {"application/json": {"$ref": "#/x-examples/pet"}}}
    document = {
        "swagger": "2.0",
        "x-examples": {"pet": {"id": 7}},
        "paths": {"/a": {"get": {"responses": {"200": response}}}},
    }
    imported = read_specification(json.dumps(document))
    assert imported.operations[0].body == b'{"id":7}'
    assert len(imported.report.problems) == 1


@pytest.mark.parametrize(
    ("example", "problems"),
    [
        ({"$ref": "#/components/examples/none"}, 1),
        ({"$ref": "elsewhere"}, 0),
        ({"$ref": "#/components/examples/pet", "more": 1}, 0),
        ({"$ref": 5}, 0),
        ({"a": {"$ref": "#/components/examples/pet"}}, 0),
    ],
)
def test_an_example_that_leads_to_nothing_or_holds_more_is_sent_as_it_is(example: Any, problems: int) -> None:
    imported = read({"example": example})
    assert json.loads(imported.operations[0].body) == example
    assert len(imported.report.problems) == problems


def test_references_that_lead_to_each_other_come_to_an_end() -> None:
    examples = {
        "a": {"value": {"$ref": "#/components/examples/b"}},
        "b": {"value": {"$ref": "#/components/examples/a"}},
    }
    imported = read({"example": {"$ref": "#/components/examples/a"}}, components={"examples": examples})
    assert json.loads(imported.operations[0].body) == {"$ref": "#/components/examples/a"}
    assert len(imported.report.problems) == 1


PETS = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["id"],
        "properties": {"id": {"type": "integer"}, "kind": {"enum": ["cat", "dog"]}, "name": {"maxLength": 3}},
    },
}


@pytest.mark.parametrize(
    ("schema", "example", "message"),
    [
        ({"type": "integer"}, "five", "its value breaks /type"),
        ({"type": "string"}, 5, "its value breaks /type"),
        ({"type": "string"}, None, "its value breaks /type"),
        (PETS, [{"id": 1}, {"id": "x"}], "/1/id breaks /items/properties/id/type"),
        (PETS, [{"id": 1, "kind": "cow"}], "/0/kind breaks /items/properties/kind/enum"),
        (PETS, [{"name": "Tom"}], "/0 breaks /items/required"),
        ({"allOf": [{"minimum": 1}, {"maximum": 3}]}, 5, "its value breaks /allOf/1/maximum"),
        ({"oneOf": [{"type": "string"}, {"type": "integer"}]}, True, "its value breaks /oneOf"),
        ({"additionalProperties": False, "properties": {"a": {}}}, {"b": 1}, "its value breaks /additionalProperties"),
    ],
)
def test_an_example_that_does_not_fit_its_schema_is_served_and_reported(
    schema: Any, example: Any, message: str
) -> None:
    """Nothing was said of it (prism#688, #1021, #2271)."""
    imported = read({"schema": schema, "example": example})
    assert json.loads(imported.operations[0].body) == example
    (problem,) = imported.report.problems
    assert problem.pointer == f"{PLACE}/example"
    assert message in problem.message.replace(f"{PLACE}/schema", "")


def test_each_named_example_is_checked() -> None:
    examples = {"one": {"value": 1}, "two": {"value": "2"}, "three": {"value": [3]}, "text": {"serializedValue": "x"}}
    problems = read({"schema": {"type": "integer"}, "examples": examples}, openapi="3.2.0").report.problems
    assert [problem.pointer.removeprefix(PLACE) for problem in problems] == [
        "/examples/two/value",
        "/examples/three/value",
    ]


@pytest.mark.parametrize(
    ("schema", "example"),
    [
        ({"type": "string", "nullable": True}, None),
        ({"type": "object", "required": ["password"], "properties": {"password": {"writeOnly": True}}}, {}),
        ({"type": "string", "format": "date"}, "soon"),
        ({"$ref": "#/components/schemas/none"}, 5),
        ({"type": "object"}, '{"a": 1}'),
    ],
)
def test_an_example_that_may_fit_is_not_reported(schema: Any, example: Any) -> None:
    problems = read({"schema": schema, "example": example}).report.problems
    assert not [problem for problem in problems if "does not fit" in problem.message]


def test_of_a_huge_example_the_beginning_is_looked_at() -> None:
    items = [{"id": number} for number in range(MAXIMUM_CHECKS)]
    assert len(read({"schema": PETS, "example": [{"id": "x"}, *items]}).report.problems) == 1
    assert read({"schema": PETS, "example": [*items, {"id": "x"}]}).report.problems == []
    either = {"oneOf": [PETS, {"type": "array", "maxItems": 1}]}
    assert read({"schema": either, "example": items}).report.problems == []


def test_of_very_many_examples_the_outermost_level_is_looked_at() -> None:
    examples = {str(number): {"value": [{"id": number}]} for number in range(MANY_CHECKS)}
    late = {"outer": {"value": {}}, "inner": {"value": [{"id": 1}, {"id": 1}, {"id": "x"}]}}
    problems = read({"schema": PETS, "examples": examples | late}).report.problems
    assert [problem.pointer.removeprefix(PLACE) for problem in problems] == ["/examples/outer/value"]


def read_header(header: Any) -> Import:
    responses = {"200": {"description": "d", "headers": {"X-A": header}}}
    document = {"openapi": "3.0.3", "components": COMPONENTS, "paths": {"/a": {"get": {"responses": responses}}}}
    return read_specification(json.dumps(document))


HEADER = "/paths/~1a/get/responses/200/headers/X-A"


@pytest.mark.parametrize(
    ("header", "place"),
    [
        ({"example": {"$ref": "#/components/examples/pet/value/id"}}, "/example"),
        ({"examples": {"a": {"value": {"$ref": "#/components/examples/pet/value/id"}}}}, "/examples/a/value"),
        ({"content": {"text/plain": {"example": {"$ref": "#/components/examples/pet/value/id"}}}}, None),
        ({"schema": {"example": {"$ref": "#/components/examples/pet/value/id"}}}, "/schema"),
    ],
)
def test_an_example_of_a_header_may_be_a_reference_too(header: Any, place: str | None) -> None:
    """`X-A: $ref,#/…` was sent (issue 11, item 13; prism#1590)."""
    imported = read_header(header)
    assert imported.operations[0].headers == (("X-A", "7"),)
    place = "/content/text~1plain/example" if place is None else place
    assert [problem.pointer for problem in imported.report.problems] == [HEADER + place]


@pytest.mark.parametrize(
    ("header", "places"),
    [
        ({"schema": {"type": "integer"}, "example": "ten"}, ["/example"]),
        ({"schema": {"type": "integer", "maximum": 5}, "example": "10"}, ["/example"]),
        ({"schema": {"type": "integer"}, "example": "10"}, []),
        ({"schema": {"type": "string"}, "example": 10}, []),
        ({"schema": {"type": "integer"}, "examples": {"a": {"value": 1}, "b": {"value": "x"}}}, ["/examples/b/value"]),
        ({"schema": {"type": "integer", "maximum": 5, "example": 10}}, ["/schema"]),
    ],
)
def test_an_example_of_a_header_that_does_not_fit_is_reported(header: Any, places: list[str]) -> None:
    """Only those of bodies were (issue 11, item 13; prism#2271). What is sent is text, so "10" is an integer."""
    problems = read_header(header).report.problems
    assert [problem.pointer.removeprefix(HEADER) for problem in problems] == places


def test_an_example_within_a_schema_that_does_not_fit_it_is_reported() -> None:
    """Nothing was said of it (issue 11, item 13; prism#688)."""
    schema = {
        "type": "object",
        "properties": {
            "id": {"type": "integer", "maximum": 5, "example": 9},
            "name": {"type": "string", "example": "x"},
            "kind": {"enum": ["a"], "example": "b"},
        },
    }
    imported = read({"schema": schema})
    assert json.loads(imported.operations[0].body) == {"id": 9, "name": "x", "kind": "b"}
    assert [problem.pointer.removeprefix(PLACE) for problem in imported.report.problems] == [
        "/schema/properties/id",
        "/schema/properties/kind",
    ]
    assert "breaks" in imported.report.problems[0].message
