"""Postman Collections as documents: paths, saved responses, inferred schemas, credentials."""

import json
from typing import Any

import pytest

from mockwave.openapi import Operation, read_specification
from mockwave.openapi.postman import convert_collection, infer_schema, read_auth


def make_item(url: Any, responses: Any = (), **request: Any) -> dict[str, Any]:
    return {"request": {"url": url, "method": "GET", **request}, "response": list(responses)}


def make_response(code: int, media_type: str = "", body: str = "", **fields: Any) -> dict[str, Any]:
    headers = [{"key": "Content-Type", "value": media_type}] if media_type else []
    return {"code": code, "header": headers, "body": body, **fields}


def read_collection(*items: dict[str, Any], **fields: Any) -> list[Operation]:
    return read_specification(json.dumps({"info": {"name": "c"}, "item": list(items), **fields})).operations


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ({"path": ["a", ":id", "{{name}}"]}, "/a/{id}/{name}"),
        ({"path": "/a/b"}, "/a/b"),
        ({"raw": "https://api.example/v1/a?x=1"}, "/v1/a"),
        ("{{host}}/a/:id", "/a/{id}"),
        ("https://api.example/a/{{known}}", "/a/filled"),
        ({"path": [{"type": "string", "value": "a"}]}, "/a"),
        ("", "/"),
    ],
)
def test_urls_are_paths(url: Any, path: str) -> None:
    operations = read_collection(make_item(url), variable=[{"key": "known", "value": "filled"}])
    assert [operation.path for operation in operations] == [path]


def test_saved_responses_are_sent_as_they_were_saved() -> None:
    saved = make_response(200, "application/json", '{ "a": 1.0 }')
    saved["header"] += [{"key": "X-A", "value": "b"}, {"key": "Content-Length", "value": "99"}]
    (operation,) = read_collection(make_item({"path": ["a"]}, [saved]))
    assert (operation.content_type, operation.body) == ("application/json", b'{ "a": 1.0 }')
    assert operation.headers == (("X-A", "b"),)


def test_requests_of_one_method_and_path_are_one_operation() -> None:
    body = {"mode": "raw", "options": {"raw": {"language": "json"}}}
    items = [
        make_item({"path": ["a"]}, [make_response(200, "text/plain", "x")], method="POST", body={**body, "raw": raw})
        for raw in ('{"a": 1}', '{"b": "x"}')
    ]
    document = convert_collection({"info": {}, "item": [{"item": items}]})
    operation = document["paths"]["/a"]["post"]
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    assert [list(each["properties"]) for each in schema["anyOf"]] == [["a"], ["b"]]
    assert list(operation["responses"]["200"]["content"]["text/plain"]["examples"]) == ["default", "default 2"]


@pytest.mark.parametrize(
    ("auth", "scheme"),
    [
        ({"type": "basic"}, {"type": "http", "scheme": "basic"}),
        (
            {"type": "apikey", "apikey": [{"key": "in", "value": "query"}, {"key": "key", "value": "k"}]},
            {"type": "apiKey", "in": "query", "name": "k"},
        ),
        ({"type": "apikey", "apikey": {"key": "X-K"}}, {"type": "apiKey", "in": "header", "name": "X-K"}),
        ({"type": "oauth2", "oauth2": []}, {"type": "http", "scheme": "bearer"}),
        (
            {"type": "oauth2", "oauth2": {"addTokenTo": "queryParams"}},
            {"type": "apiKey", "in": "query", "name": "access_token"},
        ),
        ({"type": "noauth"}, None),
        (None, None),
    ],
)
def test_credentials_become_security_schemes(auth: Any, scheme: Any) -> None:
    assert read_auth(auth) == scheme


def test_credentials_of_a_folder_hold_for_its_requests_unless_they_have_their_own() -> None:
    inner = [make_item({"path": ["a"]}), make_item({"path": ["b"]}, auth={"type": "noauth"})]
    document = convert_collection({"info": {}, "auth": {"type": "basic"}, "item": [{"item": inner}]})
    (name,) = document["components"]["securitySchemes"]
    assert document["paths"]["/a"]["get"]["security"] == [{name: []}]
    assert document["paths"]["/b"]["get"]["security"] == []


def test_schemas_are_inferred_from_examples() -> None:
    assert infer_schema({"a": 1, "b": [1.5], "c": None, "d": [1, "x"], "e": True}) == {
        "type": "object",
        "properties": {
            "a": {"type": "integer"},
            "b": {"type": "array", "items": {"type": "number"}},
            "c": {},
            "d": {"type": "array"},
            "e": {"type": "boolean"},
        },
        "required": ["a", "b", "c", "d", "e"],
    }


def test_parameters_that_all_requests_have_are_required() -> None:
    first = make_item({"raw": "https://a.example/a/:id?x=1&y=2", "path": ["a", ":id"]}, header=[{"key": "X-A"}])
    second = make_item({"path": ["a", ":id"], "query": [{"key": "x"}, {"key": "z"}, {"key": "w", "disabled": True}]})
    document = convert_collection({"info": {}, "item": [first, second]})
    parameters = document["paths"]["/a/{id}"]["get"]["parameters"]
    assert {(each["in"], each["name"]): each["required"] for each in parameters} == {
        ("path", "id"): True,
        ("query", "x"): True,
        ("query", "z"): False,
        ("query", "y"): False,
        ("header", "x-a"): False,
    }


@pytest.mark.parametrize("item", [None, 5, {}, {"request": None}, {"request": {"url": {}, "body": 5, "header": 5}}])
def test_what_is_no_request_fails_no_collection(item: Any) -> None:
    assert len(read_collection(item, make_item({"path": ["a"]}))) >= 1
