"""Documents made to hurt: each is refused with a 400 that says why, or served; the server goes on either way."""

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
