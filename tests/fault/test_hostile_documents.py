"""Documents made to do damage: each is refused with a 400 that says why, or served; the server goes on either way."""

import json
import time

import pytest

from tests.harness import MockwaveServer

HEAD = "openapi: 3.1.0\ninfo: {title: t, version: '1'}\n"


def with_schema(schema: object, components: dict[str, object] | None = None) -> str:
    response = {"description": "ok", "content": {"application/json": {"schema": schema}}}
    return json.dumps(
        {
            "openapi": "3.1.0",
            "info": {"title": "t", "version": "1"},
            "paths": {"/a": {"get": {"responses": {"200": response}}}},
            "components": {"schemas": components or {}},
        }
    )


def alias_bomb() -> str:
    levels = "\n".join(f"x{n}: &x{n} [{', '.join([f'*x{n - 1}'] * 10)}]" for n in range(1, 12))
    return f"{HEAD}x0: &x0 [lol, lol]\n{levels}\npaths: {{}}\n"


def deep_nesting(depth: int) -> str:
    nested = "[" * depth + "]" * depth
    return f'{{"openapi": "3.1.0", "info": {{"title": "t", "version": "1"}}, "x": {nested}, "paths": {{}}}}'


def deep_schema(depth: int) -> str:
    schema: dict[str, object] = {"type": "string"}
    for _ in range(depth):
        schema = {"type": "array", "items": schema, "minItems": 1}
    return with_schema(schema)


def doubling_all_of() -> str:
    components: dict[str, object] = {"S0": {"type": "object"}}
    for level in range(1, 40):
        part = {"$ref": f"#/components/schemas/S{level - 1}"}
        components[f"S{level}"] = {"allOf": [part, part], "properties": {f"a{level}": part, f"b{level}": part}}
    return with_schema({"$ref": "#/components/schemas/S39"}, components)


def loops_through_every_keyword() -> str:
    """Returns a document with a path and a schema for each keyword that takes schemas, each leading back to itself."""
    components: dict[str, object] = {}
    paths: dict[str, object] = {}
    for keyword in (*SCHEMA_KEYWORDS, *LIST_KEYWORDS, *MAP_KEYWORDS):
        reference: object = {"$ref": f"#/components/schemas/{keyword}"}
        looped = [reference] if keyword in LIST_KEYWORDS else {"a": reference} if keyword in MAP_KEYWORDS else reference
        components[keyword] = {"type": ["object", "array"], "required": ["a"], "minItems": 1, keyword: looped}
        response = {"description": "ok", "content": {"application/json": {"schema": reference}}}
        paths[f"/{keyword}"] = {"get": {"responses": {"200": response}}}
    head = {"openapi": "3.1.0", "info": {"title": "t", "version": "1"}}
    return json.dumps({**head, "paths": paths, "components": {"schemas": components}})


SCHEMA_KEYWORDS = (
    *("additionalProperties", "contains", "contentSchema", "else", "if", "items", "not", "propertyNames", "then"),
    *("unevaluatedItems", "unevaluatedProperties"),
)
LIST_KEYWORDS = ("allOf", "anyOf", "oneOf", "prefixItems")
MAP_KEYWORDS = ("$defs", "definitions", "dependencies", "dependentSchemas", "patternProperties", "properties")

PATTERNS = (
    *("(a*)*b", "(a|a)*$", "(x+x+)+y", "(.*)*(.*)*(.*)*!", "^(([a-z])+.)+[A-Z]([a-z])+$", "(?=(a+))\\1b"),
    *("a{1000000000}", "(((((a{50}){50}){50}){50}){50})", "(" * 2_000 + ")" * 2_000, "[", "\\u{110000}"),
)

REF_LOOPS = {
    "schema": with_schema({"$ref": "#/components/schemas/A"}, {"A": {"$ref": "#/components/schemas/A"}}),
    "required property": with_schema(
        {"$ref": "#/components/schemas/A"},
        {"A": {"type": "object", "required": ["a"], "properties": {"a": {"$ref": "#/components/schemas/A"}}}},
    ),
    "allOf": with_schema(
        {"$ref": "#/components/schemas/A"}, {"A": {"allOf": [{"$ref": "#/components/schemas/A"}, {"type": "object"}]}}
    ),
    "path item": f"{HEAD}paths: {{/a: {{$ref: '#/paths/~1a'}}}}\n",
    "response": f"{HEAD}paths: {{/a: {{get: {{responses: {{'200': {{$ref: '#/paths/~1a/get/responses/200'}}}}}}}}}}\n",
}

DOCUMENTS = {
    "alias bomb": alias_bomb(),
    "a hundred thousand levels of JSON": deep_nesting(100_000),
    "ten thousand levels of YAML": f"{HEAD}x: {'[' * 10_000}{']' * 10_000}\npaths: {{}}\n",
    "three hundred levels of schema": deep_schema(300),
    "an allOf that doubles forty times": doubling_all_of(),
    "a billion items": with_schema({"type": "array", "minItems": 10**9, "items": {"type": "string"}}),
    "a string of a billion characters": with_schema({"type": "string", "minLength": 10**9}),
    "a pattern that backtracks": with_schema({"type": "string", "pattern": "^(a+)+$", "minLength": 40}),
    "a pattern that repeats repeats": with_schema({"type": "string", "pattern": "((a{100}){100}){100}"}),
    "reference outside": with_schema({"$ref": "file:///etc/passwd"}),
    "no document": "hello",
    "a list": "[]",
    "binary": "\x00\x01\x02",
    "empty": "",
    "twenty thousand paths": json.dumps(
        {
            "openapi": "3.0.0",
            "info": {"title": "t", "version": "1"},
            "paths": {f"/p{n}": {"get": {"responses": {"200": {"description": "ok"}}}} for n in range(20_000)},
        }
    ),
    "a reference loop through every keyword": loops_through_every_keyword(),
    **{f"pattern {pattern[:20]}": with_schema({"type": "string", "pattern": pattern}) for pattern in PATTERNS},
    **{f"reference to itself: {name}": text for name, text in REF_LOOPS.items()},
}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_hostile_document_is_refused_or_served_and_harms_nobody(mockwave_server: MockwaveServer, name: str) -> None:
    started = time.monotonic()
    answer = mockwave_server.api(
        "POST", "/mock-servers", {"name": name, "workspaceId": "wrk_hostile", "specification": DOCUMENTS[name]}
    )
    assert answer.status in (201, 400), answer.body
    assert time.monotonic() - started < 100, "beyond the reader's own limits"
    if answer.status == 400:
        assert answer.body["errors"], "a refusal names what is wrong"
    else:
        mockwave_server.api("DELETE", f"/mock-servers/{answer.body['_id']}")
    assert mockwave_server.request("GET", "/readyz").status == 200


FOLDER: dict[str, object] = {
    "type": "object",
    "required": ["name", "folders", "parent"],
    "properties": {
        "name": {"type": "string"},
        "folders": {"type": "array", "items": {"$ref": "#/components/schemas/Folder"}},
        "parent": {"oneOf": [{"$ref": "#/components/schemas/Folder"}, {"type": "null"}]},
        "files": {"type": "object", "additionalProperties": {"$ref": "#/components/schemas/Folder"}},
    },
}
NESTED_ARRAYS: dict[str, object] = {"type": "array", "minItems": 3, "items": {"$ref": "#/components/schemas/Folder"}}
for _ in range(3):
    NESTED_ARRAYS = {"type": "array", "items": NESTED_ARRAYS}

LARGE_VALUES = {
    "a directory tree that contains itself": with_schema({"$ref": "#/components/schemas/Folder"}, {"Folder": FOLDER}),
    "nested arrays": with_schema(NESTED_ARRAYS, {"Folder": FOLDER}),
    "nested arrays of anything": with_schema({"type": "array", "items": {"type": "array", "items": {"type": "array"}}}),
    "loops through every keyword": loops_through_every_keyword(),
    "a fan of references": doubling_all_of(),
}
LARGEST_BODY_BYTES = 2_000_000


@pytest.mark.parametrize("name", LARGE_VALUES)
def test_what_could_grow_without_end_stays_small_with_dynamic_values(
    mockwave_server: MockwaveServer, name: str
) -> None:
    fields = {"name": name, "workspaceId": "wrk_hostile", "dynamic": True, "seed": 1}
    created = mockwave_server.api("POST", "/mock-servers", {**fields, "specification": LARGE_VALUES[name]})
    assert created.status == 201, created.body
    place = f"/mock-servers/{created.body['_id']}"
    paths = [route["path"] for route in mockwave_server.api("GET", f"{place}/routes").body]

    answers = [mockwave_server.request("GET", f"/bin/{created.body['_id']}{path}") for path in paths * 3]

    assert {answer.status for answer in answers} == {200}
    assert max(len(json.dumps(answer.body)) for answer in answers) < LARGEST_BODY_BYTES
    mockwave_server.api("DELETE", place)


def test_what_lies_outside_of_a_document_is_named_and_not_fetched(mockwave_server: MockwaveServer) -> None:
    answer = mockwave_server.api(
        "POST",
        "/mock-servers",
        {
            "name": "x",
            "workspaceId": "wrk_hostile",
            "specification": with_schema({"$ref": "http://127.0.0.1:9/x.json"}),
        },
    )
    assert answer.status == 400
    (error,) = answer.body["errors"]
    assert "http://127.0.0.1:9/x.json" in error["message"]
    assert error["pointer"].startswith("/paths/~1a/get/responses/200/content/application~1json/schema")
