"""Postman Collections as documents: paths, saved responses, inferred schemas, credentials."""

import json
from typing import Any

import pytest

from mockwave.formats.postman.conversion import convert_collection, infer_schema, read_auth
from mockwave.formats.postman.variables import Variables
from mockwave.formats.recognition import convert_to_openapi
from mockwave.openapi import Import, Operation, read_specification
from mockwave.openapi.document.report import Problems


def make_item(url: Any, responses: Any = (), **request: Any) -> dict[str, Any]:
    return {"request": {"url": url, "method": "GET", **request}, "response": list(responses)}


def make_response(code: int, media_type: str = "", body: str = "", **fields: Any) -> dict[str, Any]:
    headers = [{"key": "Content-Type", "value": media_type}] if media_type else []
    return {"code": code, "header": headers, "body": body, **fields}


def _read(document: dict[str, Any]) -> Import:
    return read_specification(json.dumps(document), convert=convert_to_openapi)


def read_collection(*items: dict[str, Any], **fields: Any) -> list[Operation]:
    return _read({"info": {"name": "c"}, "item": list(items), **fields}).operations


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ({"path": ["a", ":id", "{{name}}"]}, "/a/{id}/{name}"),
        ({"path": "/a/b"}, "/a/b"),
        ({"raw": "https://api.example/v1/a?x=1"}, "/v1/a"),
        ("https://api.example?x=1", "/"),
        ("/a/b", "/a/b"),
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


@pytest.mark.parametrize("header", [None, [], "missing", "", [{"key": "X-A", "value": "b"}]])
@pytest.mark.parametrize(
    ("body", "language", "media_type"),
    [
        ('{"a": 1}', "json", "application/json"),
        ('{"a": 1}', "text", "text/plain"),
        ('{"a": 1}', None, "application/json"),
        ('{"a": 1}', "auto", "application/json"),
        (" [1] ", None, "application/json"),
        ("<!DOCTYPE html><p>", None, "text/html"),
        ("<p>", "html", "text/html"),
        ("<?xml version='1.0'?><a/>", None, "application/xml"),
        ("<a/>", "xml", "application/xml"),
        ("{not json", None, "text/plain"),
        ("17 < 18", None, "text/plain"),
        ("plain", None, "text/plain"),
    ],
)
def test_a_saved_body_without_a_media_type_is_what_it_was_shown_as_or_looks_like(
    header: Any, body: str, language: str | None, media_type: str
) -> None:
    """Without a Content-Type, or any header, the body was lost (postman-app-support#4813)."""
    saved: dict[str, Any] = {"code": 200, "body": body, "_postman_previewlanguage": language}
    if header != "missing":
        saved["header"] = header
    (operation,) = read_collection(make_item({"path": ["a"]}, [saved]))
    assert (operation.content_type, operation.body) == (media_type, body.encode())


@pytest.mark.parametrize("body", [None, ""])
def test_a_saved_response_without_a_body_has_none(body: str | None) -> None:
    (operation,) = read_collection(make_item({"path": ["a"]}, [{"code": 202, "header": None, "body": body}]))
    assert (operation.status_code, operation.content_type, operation.body) == (202, "", b"")


def test_all_lines_of_a_saved_header_are_sent() -> None:
    """Of two cookies the second was lost."""
    saved = make_response(200, "text/plain", "x")
    saved["header"] += [
        {"key": "Set-Cookie", "value": "a=1; Path=/"},
        {"key": "Vary", "value": "Accept"},
        {"key": "set-cookie", "value": "b=2"},
        {"key": "vary", "value": "Origin"},
        {"key": "X-Null", "value": None},
        {"key": "X-Off", "value": "1", "disabled": True},
    ]
    (operation,) = read_collection(make_item({"path": ["a"]}, [saved]))
    assert operation.headers == (
        ("Set-Cookie", "a=1; Path=/"),
        ("Set-Cookie", "b=2"),
        ("Vary", "Accept, Origin"),
        ("X-Null", ""),
    )


VARIABLES = [
    {"key": "id", "value": 7},
    {"key": "on", "value": True},
    {"key": "host", "value": "https://h.test/api/v1/"},
    {"key": "greeting", "value": "hello {{who}}"},
    {"key": "who", "value": "{{title}} X"},
    {"key": "title", "value": "Dr"},
    {"key": "round", "value": "[{{trip}}]"},
    {"key": "trip", "value": "({{round}})"},
    {"key": "off", "value": "x", "disabled": True},
    {"key": "unset", "value": None},
]


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ('{"id": {{id}}, "on": {{on}}}', '{"id": 7, "on": true}'),
        ('"{{ greeting }}"', '"hello Dr X"'),
        ('"{{unknown}} {{off}} {{unset}} {{$guid}}"', '"{{unknown}} {{off}} {{unset}} {{$guid}}"'),
        ('"{{round}}"', '"[({{round}})]"'),
    ],
)
def test_variables_are_filled_into_saved_bodies_and_headers(text: str, filled: str) -> None:
    """They stayed as they were, which made invalid JSON. What nobody gives a value stays."""
    saved = make_response(200, "application/json", text)
    saved["header"].append({"key": "X-{{id}}", "value": text})
    (operation,) = read_collection(make_item({"path": ["a"]}, [saved]), variable=VARIABLES)
    assert operation.body == filled.encode()
    assert operation.headers == (("X-7", filled),)


def test_variables_of_a_folder_override_those_around_it() -> None:
    item = make_item({"path": ["a"]}, [make_response(200, "text/plain", "{{id}} {{who}} {{greeting}}")])
    inner = {"item": [item], "variable": [{"key": "id", "value": "inner"}, {"key": "title", "value": "Ms"}]}
    outer = {"item": [inner, make_item({"path": ["b"]}, [make_response(200, "text/plain", "{{id}}")])]}
    operations = read_collection(outer | {"variable": [{"key": "id", "value": "outer"}]}, variable=VARIABLES)
    assert [operation.body for operation in operations] == [b"inner Ms X hello Ms X", b"outer"]


def test_variables_that_hold_each_other_make_no_text_without_bound() -> None:
    """Each is ten times the one before."""
    doubling = [{"key": f"v{number}", "value": f"{{{{v{number - 1}}}}}" * 10} for number in range(1, 18)]
    variables = Variables([{"key": "v0", "value": "x" * 10}, *doubling])
    assert variables.fill("{{v3}}") == "x" * 10_000
    assert len(variables.fill("{{v17}}" * 1000 + "{{v3}}" * 1000)) < 1 << 22


@pytest.mark.parametrize(
    "url",
    [
        "{{host}}/users/:id",
        "{{host}}users/:id",
        {"raw": "{{host}}/users/:id", "host": ["{{host}}"], "path": ["users", ":id"]},
        {"raw": "{{host}}/users/:id"},
        {"host": "{{host}}", "path": "/users/:id"},
        {"host": ["{{host}}users"], "path": [":id"]},
    ],
)
def test_a_path_in_the_variable_that_a_url_begins_with_is_optional(url: Any) -> None:
    """As that of `servers` is."""
    document = {"info": {"name": "c"}, "item": [make_item(url)], "variable": VARIABLES}
    imported = _read(document)
    assert imported.base_paths == ("/api/v1",)
    assert [(each.path, each.base_paths) for each in imported.operations] == [("/users/{id}", None)]


def test_requests_with_other_bases_have_them_as_their_own() -> None:
    items = [make_item("{{host}}/a"), make_item("{{unknown}}/b"), make_item("https://h.test/x/c")]
    document = {"info": {"name": "c"}, "item": items, "variable": VARIABLES}
    imported = _read(document)
    assert imported.base_paths == ()
    operations = {each.path: each.base_paths for each in imported.operations}
    assert operations == {"/a": ("/api/v1",), "/b": None, "/x/c": None}


def test_variables_are_filled_into_urls_and_names() -> None:
    url = {"path": ["a", "{{id}}", "{{unknown}}"], "query": [{"key": "q{{id}}"}]}
    auth = {"type": "apikey", "apikey": {"key": "X-{{id}}"}}
    document = convert_collection({"info": {}, "item": [make_item(url, auth=auth)], "variable": VARIABLES}, Problems())
    assert list(document["paths"]) == ["/a/7/{unknown}"]
    parameters = document["paths"]["/a/7/{unknown}"]["get"]["parameters"]
    assert [each["name"] for each in parameters] == ["unknown", "q7"]
    assert [each["name"] for each in document["components"]["securitySchemes"].values()] == ["X-7"]


def test_methods_that_only_postman_knows_are_served() -> None:
    methods = ["GET", "PURGE", "propfind", "Patch"]
    operations = read_collection(*(make_item({"path": ["a"]}, method=method) for method in methods))
    assert sorted(operation.method for operation in operations) == ["GET", "PATCH", "PURGE", "propfind"]


def test_requests_of_one_method_and_path_are_one_operation() -> None:
    body = {"mode": "raw", "options": {"raw": {"language": "json"}}}
    items = [
        make_item({"path": ["a"]}, [make_response(200, "text/plain", "x")], method="POST", body={**body, "raw": raw})
        for raw in ('{"a": 1}', '{"b": "x"}')
    ]
    document = convert_collection({"info": {}, "item": [{"item": items}]}, Problems())
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
    assert read_auth(auth, Variables(None)) == scheme


def test_credentials_of_a_folder_hold_for_its_requests_unless_they_have_their_own() -> None:
    inner = [make_item({"path": ["a"]}), make_item({"path": ["b"]}, auth={"type": "noauth"})]
    document = convert_collection({"info": {}, "auth": {"type": "basic"}, "item": [{"item": inner}]}, Problems())
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
    document = convert_collection({"info": {}, "item": [first, second]}, Problems())
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


def read_report(item: dict[str, Any]) -> list[tuple[str, str]]:
    text = json.dumps({"info": {"name": "c"}, "item": [item], "variable": [{"key": "known", "value": "1"}]})
    return [
        (each.pointer, each.message) for each in read_specification(text, convert=convert_to_openapi).report.problems
    ]


def test_variables_that_nobody_defines_are_reported() -> None:
    """A saved body kept its `{{id}}`, and nothing said so (issue 11, item 5)."""
    saved = make_response(200, "application/json", '{"a": {{id}}, "b": "{{known}}", "c": "{{id}}"}', name="ok")
    saved["header"].append({"key": "X-A", "value": "{{trace}}"})
    found = read_report(make_item({"path": ["a"]}, [saved]))
    assert [pointer for pointer, _ in found] == ["/paths/~1a/get/responses"] * 2
    assert ["{{trace}}" in message or "{{id}}" in message for _, message in found] == [True, True]
    assert all("'ok'" in message for _, message in found)


def test_of_a_text_full_of_variables_a_few_are_reported() -> None:
    text = "".join(f"{{{{v{number}}}}}" for number in range(1000))
    assert len(read_report(make_item({"path": ["a"]}, [make_response(200, "text/html", text)]))) == 8


@pytest.mark.parametrize(
    ("raw", "schema"),
    [
        ('{"id": {{id}}, "name": "{{name}}"}', {"id": {}, "name": {"type": "string"}}),
        ('{"a": "x\\"{{id}}", "b": [{{id}}]}', {"a": {"type": "string"}, "b": {"type": "array", "items": {}}}),
    ],
)
def test_a_saved_request_may_hold_variables_that_nobody_defines(raw: str, schema: Any) -> None:
    """Outside of a string they made it no JSON, so that any body was valid, in silence (issue 11, item 1)."""
    body = {"mode": "raw", "raw": raw, "options": {"raw": {"language": "json"}}}
    item = make_item({"path": ["a"]}, method="POST", body=body)
    document = convert_collection({"info": {}, "item": [item]}, Problems())
    (found,) = document["paths"]["/a"]["post"]["requestBody"]["content"]["application/json"]["schema"]["anyOf"]
    assert found["properties"] == schema


def test_a_saved_request_that_is_no_json_is_reported() -> None:
    """Postman lets comments stand in JSON; nothing said that any body was taken then."""
    body = {"mode": "raw", "raw": '{"a": 1 // one\n}', "options": {"raw": {"language": "json"}}}
    (problem,) = read_report(make_item({"path": ["a"]}, [make_response(200)], method="POST", body=body))
    assert problem[0] == "/paths/~1a/post/requestBody"


def test_a_saved_body_outlives_a_content_type_that_is_none() -> None:
    """The body was left out with it (issue 11, item 5)."""
    (operation,) = read_collection(make_item({"path": ["a"]}, [make_response(200, "garbage", '{"a": 1}')]))
    assert (operation.content_type, operation.body) == ("application/json", b'{"a": 1}')


def test_all_before_the_path_may_be_variables() -> None:
    """`{{proto}}://{{host}}:{{port}}/a` was served as `//{host}:{port}/a` (issue 11, item 5)."""
    (operation,) = read_collection(make_item("{{proto}}://{{host}}:{{port}}/a"))
    assert operation.path == "/a"
