"""Parts: what operations have in common is read, made and written once, and each still has all of it."""

import json
from random import Random
from typing import Any

import jsonschema_rs
import msgspec
import pytest

from mockwave.answers.parts import Numbered, PartPool
from mockwave.answers.request_rules import RequestRules, decode_rules
from mockwave.answers.variants import Variant, decode_request_rules, decode_variants
from mockwave.dynamic.generators import Generator
from mockwave.dynamic.stored_plans import decode_plans
from mockwave.openapi import Import, Operation, read_specification

FOLDER: dict[str, Any] = {
    "type": "object",
    "required": ["name"],
    "properties": {
        "name": {"type": "string"},
        "size": {"type": "integer"},
        "children": {"type": "array", "items": {"$ref": "#/components/schemas/Folder"}},
    },
}
JSON_FOLDER = {"application/json": {"schema": {"$ref": "#/components/schemas/Folder"}}}

DOCUMENT: dict[str, Any] = {
    "openapi": "3.0.3",
    "info": {"title": "Folders", "version": "1"},
    "paths": {
        "/a": {
            "get": {
                "parameters": [{"$ref": "#/components/parameters/page"}],
                "responses": {"200": {"$ref": "#/components/responses/Folder"}},
            },
            "put": {
                "deprecated": True,
                "requestBody": {"content": JSON_FOLDER},
                "responses": {"200": {"$ref": "#/components/responses/Folder"}},
            },
        },
        "/b": {
            "get": {
                "parameters": [{"$ref": "#/components/parameters/page"}],
                "responses": {
                    "200": {"description": "ok", "content": JSON_FOLDER},
                    "404": {"$ref": "#/components/responses/Missing"},
                },
            },
            "put": {
                "requestBody": {"content": JSON_FOLDER},
                "responses": {"200": {"description": "ok", "content": JSON_FOLDER}},
            },
        },
    },
    "components": {
        "schemas": {"Folder": FOLDER},
        "parameters": {"page": {"name": "page", "in": "query", "schema": {"type": "integer"}}},
        "responses": {
            "Folder": {
                "description": "ok",
                "headers": {"X-Kind": {"schema": {"type": "string"}, "example": "folder"}},
                "content": JSON_FOLDER,
            },
            "Missing": {"description": "none", "content": {"text/plain": {"example": "none"}}},
        },
    },
}


@pytest.fixture(scope="module")
def imported() -> Import:
    return read_specification(json.dumps(DOCUMENT))


def find(imported: Import, method: str, path: str) -> Operation:
    return next(each for each in imported.operations if (each.method, each.path) == (method, path))


def variants_of(imported: Import, method: str, path: str) -> list[Variant]:
    return decode_variants(find(imported, method, path).variants, imported.parts)


def rules_of(imported: Import, method: str, path: str) -> RequestRules:
    return decode_rules(decode_request_rules(find(imported, method, path).variants, imported.parts))


def test_equal_parts_are_one() -> None:
    pool = PartPool()

    assert [pool.add(b"a"), pool.add(b"b"), pool.add(b"a")] == [0, 1, 0]
    assert pool.parts == [b"a", b"b"]


def test_parts_are_taken_once_in_the_order_of_their_numbers() -> None:
    pool = PartPool()
    number = pool.reserve()
    pool.add(b"a")
    pool.fill(number, b"filled")
    first = pool.take()
    pool.add(b"b")

    assert [first, pool.take(), pool.take()] == [
        Numbered(0, 1, [b"filled", b"a"]),
        Numbered(2, 1, [b"b"]),
        Numbered(3, 1, []),
    ]


def test_two_pools_number_the_parts_of_one_document() -> None:
    even, odd = PartPool(0, 2), PartPool(1, 2)
    numbers = [
        even.add(b"a"),
        odd.reserve(),
        odd.add(b"c"),
        odd.add(b"a"),
        even.add(b"a"),
        odd.add(b"c"),
        even.add(b"b"),
    ]
    odd.fill(1, b"filled")
    parts: list[bytes] = []
    for taken in (odd.take(), even.take(), odd.take()):
        taken.put_into(parts)
    even.add(b"d")
    even.add(b"e")
    even.take().put_into(parts)

    assert numbers == [0, 1, 3, 5, 0, 3, 2]
    assert [odd.read(1), odd.read(3), even.read(2)] == [b"filled", b"c", b"b"]
    assert parts == [b"a", b"filled", b"b", b"c", b"d", b"a", b"e", b""]


def test_a_body_that_operations_share_is_one_part(imported: Import) -> None:
    parts = {operation.body_part for operation in imported.operations}

    assert len(parts) == 1
    assert imported.parts[parts.pop()] == imported.operations[0].body
    assert imported.parts.count(imported.operations[0].body) == 1


def test_responses_behind_one_reference_are_one_part(imported: Import) -> None:
    first, second = find(imported, "GET", "/a"), find(imported, "PUT", "/a")

    assert (
        decode_variants(first.variants, imported.parts)[0].contents
        == decode_variants(second.variants, imported.parts)[0].contents
    )
    assert sum(b"X-Kind" in part for part in imported.parts) == 1


def test_what_belongs_to_one_operation_is_not_shared(imported: Import) -> None:
    assert variants_of(imported, "GET", "/a")[0].headers == (("X-Kind", "folder"),)
    assert variants_of(imported, "PUT", "/a")[0].headers == (("X-Kind", "folder"), ("Deprecation", "true"))
    assert variants_of(imported, "GET", "/b")[0].headers == ()
    assert [variant.key for variant in variants_of(imported, "GET", "/b")] == ["200", "404"]


def test_a_response_without_a_body_by_its_status_is_reported_wherever_it_is_used() -> None:
    responses = {"204": {"$ref": "#/components/responses/Folder"}}
    paths = {path: {"get": {"responses": responses}} for path in ("/a", "/b")}
    found = read_specification(json.dumps({**DOCUMENT, "paths": paths}))

    assert [problem.pointer for problem in found.report.problems] == [
        "/paths/~1a/get/responses/204",
        "/paths/~1b/get/responses/204",
    ]
    assert [operation.body for operation in found.operations] == [b"", b""]


def test_requests_of_a_schema_that_contains_itself_have_one_definition(imported: Import) -> None:
    first, second = rules_of(imported, "PUT", "/a"), rules_of(imported, "PUT", "/b")
    definitions = {str(each.number): json.loads(each.schema) for each in first.definitions}
    schema = {**json.loads(first.bodies[0].schema), "$defs": definitions}
    validator = jsonschema_rs.Draft202012Validator(schema, offline=True)

    assert first == second
    assert len(schema["$defs"]) == 1
    assert validator.is_valid({"name": "a", "children": [{"name": "b", "children": []}]})
    assert not validator.is_valid({"name": "a", "children": [{"size": 1}]})


def test_a_parameter_behind_a_reference_is_one_part(imported: Import) -> None:
    assert rules_of(imported, "GET", "/a").parameters == rules_of(imported, "GET", "/b").parameters
    assert sum(b"page" in part and b"query" in part for part in imported.parts) == 1


def test_dynamic_values_of_a_schema_that_contains_itself_come_from_shared_plans(imported: Import) -> None:
    plans = {
        content.plan
        for operation in imported.operations
        for variant in decode_variants(operation.variants, imported.parts)
        for content in variant.contents
        if content.media_type == "application/json"
    }
    assert len(plans) == 1
    plan = plans.pop()
    assert plan is not None
    generator = Generator(decode_plans(plan, imported.parts), Random(1))
    validator = jsonschema_rs.Draft202012Validator({**FOLDER, "components": DOCUMENT["components"]}, offline=True)

    values = [msgspec.json.decode(generator.make_body()) for _ in range(50)]

    assert len({json.dumps(value) for value in values}) > 40
    assert [value for value in values if not validator.is_valid(value)] == []


def test_arrays_three_deep_that_fan_out_stay_small() -> None:
    """Plans that hold copies of others once grew with every level."""
    schemas: dict[str, Any] = {
        f"S{level}": {
            "type": "object",
            "properties": {
                f"p{number}": {
                    "type": "array",
                    "items": {
                        "type": "array",
                        "items": {"allOf": [{"$ref": f"#/components/schemas/S{level + 1}"}, {}]},
                    },
                }
                for number in range(4)
            },
        }
        for level in range(8)
    }
    schemas["S8"] = {"type": "string"}
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/S0"}}}
    document = {
        **DOCUMENT,
        "paths": {"/a": {"get": {"responses": {"200": {"description": "ok", "content": content}}}}},
        "components": {"schemas": schemas},
    }
    found = read_specification(json.dumps(document))

    assert sum(map(len, found.parts)) < 300_000
