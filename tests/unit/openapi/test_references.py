"""References: where they lead, inside the document and, refused, outside of it."""

import json
from typing import Any

import pytest

from mockwave.openapi import Import, SpecificationError, read_specification


def import_document(schema: Any, **further: Any) -> Import:
    content = {"application/json": {"schema": schema}}
    document: dict[str, Any] = {
        "openapi": "3.1.0",
        "info": {"title": "t", "version": "1"},
        "paths": {"/a": {"get": {"responses": {"200": {"description": "d", "content": content}}}}},
    }
    return read_specification(json.dumps(document | further))


def body_of(schema: Any, **further: Any) -> Any:
    return json.loads(import_document(schema, **further).operations[0].body)


def refusal(schema: Any, **further: Any) -> list[tuple[str, str]]:
    with pytest.raises(SpecificationError) as caught:
        import_document(schema, **further)
    return [(problem.pointer, problem.message) for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("name", "reference"),
    [
        ("plain", "#/components/schemas/plain"),
        ("a/b", "#/components/schemas/a~1b"),
        ("a~b", "#/components/schemas/a~0b"),
        ("a b", "#/components/schemas/a%20b"),
        ("a%20b", "#/components/schemas/a%2520b"),
        ("List«Pet»", "#/components/schemas/List«Pet»"),
        ("é", "#/components/schemas/%C3%A9"),
    ],
)
def test_a_pointer_is_decoded_in_both_its_escapes(name: str, reference: str) -> None:
    assert body_of({"$ref": reference}, components={"schemas": {name: {"const": 1}}}) == 1


def test_a_pointer_may_lead_anywhere_in_the_document() -> None:
    schemas = {"A": {"allOf": [{"type": "object"}, {"properties": {"p": {"const": 2}}}]}}
    assert body_of({"$ref": "#/components/schemas/A/allOf/1/properties/p"}, components={"schemas": schemas}) == 2


def test_anchors_and_ids_are_found() -> None:
    schemas = {
        "A": {"$anchor": "here", "const": 1},
        "B": {"$id": "https://example.com/b.json", "$defs": {"c": {"const": 3}}, "$ref": "#/$defs/c"},
    }
    assert body_of({"$ref": "#here"}, components={"schemas": schemas}) == 1
    assert body_of({"$ref": "https://example.com/b.json"}, components={"schemas": schemas}) == 3
    assert body_of({"$ref": "https://example.com/b.json#/$defs/c"}, components={"schemas": schemas}) == 3


def test_siblings_of_a_reference_count_from_openapi_3_1_on() -> None:
    schema = {"$ref": "#/components/schemas/A", "minimum": 5}
    components = {"schemas": {"A": {"type": "integer"}}}
    assert body_of(schema, components=components) == 5
    assert body_of(schema, components=components, openapi="3.0.3") == 0


@pytest.mark.parametrize("reference", ["#/components/schemas/Nobody", "#nowhere", "#/components/schemas/A/items/3"])
def test_a_reference_to_nothing_is_reported_with_its_place(reference: str) -> None:
    (problem,) = import_document({"properties": {"p": {"$ref": reference}}}).report.problems
    assert problem.pointer == "/paths/~1a/get/responses/200/content/application~1json/schema/properties/p"
    assert reference in problem.message


@pytest.mark.parametrize(
    "reference",
    ["other.yaml", "./other.json#/A", "https://example.com/a.json", "file:///etc/passwd", "//example.com/a"],
)
def test_a_reference_out_of_the_document_is_refused_by_name_and_place(reference: str) -> None:
    ((pointer, message),) = refusal({"items": {"$ref": reference}})
    assert pointer == "/paths/~1a/get/responses/200/content/application~1json/schema/items"
    assert reference in message


def test_references_out_of_the_document_are_found_where_no_operation_leads() -> None:
    unused = {"schemas": {"Unused": {"$ref": "a.json"}}, "parameters": {"P": {"$ref": "b.json"}}}
    found = refusal({}, components=unused)
    assert [pointer for pointer, _ in found] == ["/components/schemas/Unused", "/components/parameters/P"]


def test_data_that_looks_like_a_reference_is_data() -> None:
    example = {"$ref": "other.yaml"}
    schema = {"example": example, "default": example, "enum": [example], "x-more": example}
    assert body_of(schema) == example


def test_a_property_may_have_the_name_of_a_keyword() -> None:
    ((pointer, _),) = refusal({"properties": {"example": {"$ref": "other.yaml"}}})
    assert pointer.endswith("/properties/example")
    assert body_of({"properties": {"$ref": {"const": 1}, "enum": {"const": 2}}}) == {"$ref": 1, "enum": 2}


def test_circles_of_references_are_reported_wherever_they_are() -> None:
    imported = import_document(
        {"$ref": "#/components/schemas/A"},
        components={"schemas": {"A": {"$ref": "#/components/schemas/B"}, "B": {"$ref": "#/components/schemas/A"}}},
    )
    assert len(imported.operations) == 1
    assert any("leads back to itself" in problem.message for problem in imported.report.problems)

    response = {"$ref": "#/components/responses/R"}
    imported = import_document(
        {}, components={"responses": {"R": response}}, paths={"/a": {"get": {"responses": {"200": response}}}}
    )
    assert imported.operations[0].status_code == 200
    assert "leads back to itself" in imported.report.problems[0].message

    paths = {"/a": {"$ref": "#/paths/~1b"}, "/b": {"$ref": "#/paths/~1a", "get": {"responses": {}}}}
    imported = import_document({}, paths=paths)
    assert [operation.path for operation in imported.operations] == ["/a", "/b"]


def test_a_path_item_behind_a_reference_serves_with_its_own_operations_first() -> None:
    item = {"get": {"responses": {"201": {"description": "d"}}}, "put": {"responses": {"202": {"description": "d"}}}}
    paths = {"/a": {"$ref": "#/components/pathItems/I", "get": {"responses": {"200": {"description": "d"}}}}}
    imported = import_document({}, paths=paths, components={"pathItems": {"I": item}})
    assert [(operation.method, operation.status_code) for operation in imported.operations] == [
        ("GET", 200),
        ("PUT", 202),
    ]
