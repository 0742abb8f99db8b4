"""Operations: their paths, media types, headers and bodies, in every dialect, as a route answers them."""

import json
from typing import Any

import pytest

from mockwave.openapi import Import, Operation, SpecificationError, read_specification


def import_paths(paths: Any, *, use_examples: bool = True, **further: Any) -> Import:
    document = {"openapi": "3.0.3", "info": {"title": "t", "version": "1"}, "paths": paths}
    return read_specification(json.dumps(document | further), use_examples=use_examples)


def answer(response: Any, *, status: str = "200", use_examples: bool = True, **further: Any) -> Operation:
    paths = {"/a": {"get": {"responses": {status: {"description": "d"} | response}}}}
    (operation,) = import_paths(paths, use_examples=use_examples, **further).operations
    return operation


def send(content: Any, **further: Any) -> tuple[str, bytes]:
    operation = answer({"content": content}, **further)
    return operation.content_type, operation.body


EMPTY = {"get": {"responses": {"200": {"description": "d"}}}}


@pytest.mark.parametrize(
    ("path", "served"),
    [
        ("/a?x=1", "/a"),
        ("/a#part", "/a"),
        ("/#X-Amz-Target=Service.Action", "/"),
        ("a/b", "/a/b"),
        ("/a/{id}/b/{id}", "/a/{id}/b/{id_2}"),
        ("/files/{path+}", "/files/{path:*}"),
    ],
)
def test_what_a_document_writes_beyond_a_path_is_brought_into_one_and_reported(path: str, served: str) -> None:
    imported = import_paths({path: EMPTY})
    assert [operation.path for operation in imported.operations] == [served]
    assert len(imported.report.problems) == 1
    assert served in imported.report.problems[0].message


@pytest.mark.parametrize("path", ["/a/{x", "/a/x}", "/a/{}", "/a/{x}{y}"])
def test_a_path_that_is_none_is_reported_and_the_others_serve(path: str) -> None:
    imported = import_paths({path: EMPTY, "/good": EMPTY})
    assert [operation.path for operation in imported.operations] == ["/good"]
    assert (imported.report.operations, imported.report.routes) == (2, 1)


@pytest.mark.parametrize("version", ["3.2.0", "3.1.0", "3.0.3"])
def test_methods_are_served_as_they_are_declared(version: str) -> None:
    """`trace`, `query` and `additionalOperations` were left out. The last are written as they are
    sent (OpenAPI 3.2 §4.9.1)."""
    further = {"COPY": EMPTY["get"], "x-Mine": EMPTY["get"], "Patch": EMPTY["get"]}
    item = {"additionalOperations": further, "query": EMPTY["get"], "trace": EMPTY["get"]}
    imported = import_paths({"/a": EMPTY | item}, openapi=version)
    methods = ["GET", "QUERY", "TRACE", "COPY", "x-Mine", "PATCH"]
    assert [operation.method for operation in imported.operations] == methods
    assert [operation.pointer for operation in imported.operations][3] == "/paths/~1a/additionalOperations/COPY"
    assert imported.report.problems == []


def test_a_method_that_a_field_of_the_path_item_has_is_not_served_twice() -> None:
    imported = import_paths({"/a": EMPTY | {"additionalOperations": {"get": EMPTY["get"], "GET": EMPTY["get"]}}})
    assert [operation.pointer for operation in imported.operations] == ["/paths/~1a/get"]


@pytest.mark.parametrize("method", ["", "A B", "CAF\u00c9", "A/B", "CONNECT", "X" * 65])
def test_what_is_no_method_to_mock_is_reported(method: str) -> None:
    imported = import_paths({"/a": EMPTY | {"additionalOperations": {method: EMPTY["get"]}}})
    assert [operation.method for operation in imported.operations] == ["GET"]
    assert [each.pointer.rpartition("/")[0] for each in imported.report.problems] == ["/paths/~1a/additionalOperations"]


def test_no_more_methods_are_served_than_a_server_takes() -> None:
    """A Matcher takes 64: more would have left the server in error."""
    further = {f"M{number}": EMPTY["get"] for number in range(100)}
    imported = import_paths({"/a": {"additionalOperations": further}, "/b": {"additionalOperations": further}})
    assert len(imported.operations) == 2 * 24
    assert len(imported.report.problems) == 2 * 76


@pytest.mark.parametrize("paths", [{"/a": 3}, {"/a": {"get": []}}, {"/a": None}, {"/a": {"get": None}}])
def test_what_is_no_operation_is_reported(paths: Any) -> None:
    imported = import_paths(paths | {"/good": EMPTY})
    assert len(imported.operations) == len(imported.report.problems) == 1


@pytest.mark.parametrize("status", ["99", "100", "1XX", "1000", "ok", "6XX"])
def test_a_status_that_cannot_be_sent_is_reported(status: str) -> None:
    imported = import_paths({"/a": {"get": {"responses": {status: {"description": "d"}}}}})
    assert imported.operations[0].status_code == 200
    assert imported.report.problems[0].pointer == f"/paths/~1a/get/responses/{status}"


def test_the_content_that_is_declared_first_is_sent() -> None:
    content = {"text/csv": {"example": "a,b"}, "application/json": {"example": 1}}
    assert send(content) == ("text/csv", b"a,b")


@pytest.mark.parametrize(
    ("declared", "sent"),
    [
        ("*/*", "application/json"),
        ("application/*", "application/json"),
        ("text/*", "text/plain"),
        ("image/*", "image/png"),
    ],
)
def test_of_a_range_of_media_types_one_is_sent(declared: str, sent: str) -> None:
    assert send({declared: {"schema": {"type": "string"}}})[0] == sent


@pytest.mark.parametrize(
    ("media_type", "opening"),
    [
        ("image/png", b"\x89PNG\r\n"),
        ("image/jpeg", b"\xff\xd8\xff"),
        ("image/*", b"\x89PNG\r\n"),
        ("image/svg+xml", b"<svg xmlns="),
        ("application/pdf", b"%PDF-1."),
        ("application/zip", b"PK\x05\x06"),
    ],
)
@pytest.mark.parametrize("content", [{}, {"schema": {"type": "string", "format": "binary"}}])
def test_bytes_that_a_schema_does_not_describe_are_a_tiny_sample(
    media_type: str, opening: bytes, content: dict[str, Any]
) -> None:
    """An image was the text "string"."""
    assert send({media_type: content})[1].startswith(opening)
    assert send({media_type: {"example": "as it is"}})[1] == b"as it is"


@pytest.mark.parametrize("name", ["jason", "", "a/b\r\nX: y", "application/\u00e9", "a b/c"])
def test_what_is_no_media_type_is_reported(name: str) -> None:
    paths = {"/a": {"get": {"responses": {"200": {"description": "d", "content": {name: {"example": 1}}}}}}}
    imported = import_paths(paths)
    assert imported.operations[0].content_type == ""
    assert "not a media type" in imported.report.problems[0].message


@pytest.mark.parametrize(
    ("media_type", "value", "body"),
    [
        (
            "application/json",
            {"a": 1.0, "b": "\u00e9/", "c": [None, True], "d": 1.5},
            '{"a":1,"b":"é/","c":[null,true],"d":1.5}',
        ),
        ("application/problem+json", "text", '"text"'),
        ("text/plain", "text", "text"),
        ("text/plain", {"a": 1}, '{"a":1}'),
        ("text/html", "<p>", "<p>"),
        (
            "application/xml",
            {"id": 1, "tag": ["a", "b"], "on": True},
            "<xml><id>1</id><tag>a</tag><tag>b</tag><on>true</on></xml>",
        ),
        ("application/xml", "<a/>", "<a/>"),
        ("application/x-www-form-urlencoded", {"a b": "1&2", "c": [1, 2]}, "a+b=1%262&c=1&c=2"),
        ("application/octet-stream", "bytes", "bytes"),
    ],
)
def test_a_body_is_written_in_its_media_type(media_type: str, value: Any, body: str) -> None:
    assert send({media_type: {"example": value}}) == (media_type, body.encode())


def test_half_a_surrogate_pair_still_makes_json() -> None:
    """It is replaced as UTF-8 writes it, and reported (`surrogates.py`); escaped it broke whatever was made of it."""
    assert send({"application/json": {"example": "\ud83d"}})[1] == '"\ufffd"'.encode()


@pytest.mark.parametrize(
    ("content", "body"),
    [
        ({"example": 1, "examples": {"a": {"value": 2}}}, b"1"),
        ({"examples": {"a": {"summary": "s"}, "b": {"value": 2}, "c": {"value": 3}}}, b"2"),
        ({"examples": {"a": {"$ref": "#/components/examples/E"}}}, b"4"),
        ({"examples": {"a": {"id": 5}}}, b'{"id":5}'),
        ({"examples": {"a": {"serializedValue": "[6]"}}}, b"[6]"),
        ({"example": '{"a":7}', "schema": {"type": "object"}}, b'{"a":7}'),
        ({"example": '{"a":7}', "schema": {"type": "string"}}, b'"{\\"a\\":7}"'),
        ({"example": None, "schema": {"type": "string"}}, b"null"),
        ({"examples": {}, "schema": {"const": 8}}, b"8"),
        ({"schema": {"type": "integer", "example": 9}}, b"9"),
        ({}, b"{}"),
    ],
)
def test_the_example_that_is_sent(content: Any, body: bytes) -> None:
    components = {"examples": {"E": {"value": 4}}}
    assert send({"application/json": content}, components=components)[1] == body


def test_without_use_examples_media_examples_are_left_aside() -> None:
    content = {"application/json": {"example": 1, "schema": {"type": "string", "example": "x", "default": "y"}}}
    assert send(content, use_examples=False)[1] == b'"string"'


def test_an_external_value_is_not_fetched_and_is_reported() -> None:
    content = {"application/json": {"examples": {"a": {"externalValue": "https://example.com/a"}}}}
    paths = {"/a": {"get": {"responses": {"200": {"description": "d", "content": content}}}}}
    assert "not fetched" in import_paths(paths).report.problems[0].message


@pytest.mark.parametrize("status", ["204", "304"])
def test_a_status_without_a_body_has_none(status: str) -> None:
    operation = answer({"content": {"application/json": {"example": 1}}}, status=status)
    assert (operation.status_code, operation.content_type, operation.body) == (int(status), "", b"")


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ({"schema": {"type": "integer", "minimum": 2}}, "2"),
        ({"example": [1, "b"]}, "1,b"),
        ({"example": {"a": 1, "b": True}}, "a,1,b,true"),
        ({"examples": {"one": {"value": "v"}}}, "v"),
        ({"$ref": "#/components/headers/H"}, "h"),
        ({"examples": {"a": {"$ref": "#/components/examples/E"}}, "schema": {"type": "string"}}, "e"),
        ({"schema": {"type": "string", "default": "d"}}, "d"),
        ({"schema": {"enum": ["first", "second"]}}, "first"),
        ({"explode": True, "schema": {"example": {"a": 1, "b": "c"}}}, "a=1,b=c"),
        ({"content": {"application/json": {"schema": {"example": {"a": [1, "b"]}}}}}, '{"a":[1,"b"]}'),
        ({"content": {"application/json": {"examples": {"a": {"value": {"b": 1}}}}}}, '{"b":1}'),
        ({"content": {"text/plain": {"example": "plain"}}}, "plain"),
        ({"content": {"application/json": {"schema": {"const": 7}}}}, "7"),
        ({}, "string"),
    ],
)
def test_a_declared_header_is_sent(header: Any, value: str) -> None:
    components = {"headers": {"H": {"schema": {"type": "string", "example": "h"}}}, "examples": {"E": {"value": "e"}}}
    assert answer({"headers": {"X-A": header}}, components=components).headers == (("X-A", value),)


@pytest.mark.parametrize(
    ("name", "example"),
    [
        ("Content-Length", "3"),
        ("content-type", "a/b"),
        ("Transfer-Encoding", "chunked"),
        ("Keep-Alive", "5"),
        ("X A", "b"),
        ("", "b"),
        ("X-A", "a\r\nX-B: c"),
        ("X-A", "a\x00"),
        ("X-A", "\u65e5"),
    ],
)
def test_a_header_that_cannot_be_sent_is_reported(name: str, example: str) -> None:
    headers = {name: {"example": example}}
    imported = import_paths({"/a": {"get": {"responses": {"200": {"description": "d", "headers": headers}}}}})
    assert imported.operations[0].headers == ()
    assert imported.report.problems[0].pointer.startswith("/paths/~1a/get/responses/200/headers/")


def read_swagger(response: Any, **further: Any) -> Operation:
    operation = {"responses": {"200": {"description": "d"} | response}} | further.pop("operation", {})
    document = {"swagger": "2.0", "info": {"title": "t", "version": "1"}, "paths": {"/a": {"get": operation}}}
    (read,) = read_specification(json.dumps(document | further)).operations
    return read


def test_swagger_2_responses_have_the_media_types_that_the_operation_produces() -> None:
    schema = {"schema": {"type": "string"}}
    assert read_swagger(schema).content_type == "application/json"
    assert read_swagger(schema, produces=["text/plain"]).content_type == "text/plain"
    produced = read_swagger(schema, produces=["text/plain"], operation={"produces": ["text/html"]})
    assert (produced.content_type, produced.body) == ("text/html", b"string")
    assert read_swagger({}, produces=["application/json"]).content_type == ""


def test_swagger_2_joins_a_header_by_its_collection_format() -> None:
    header = {"type": "array", "items": {"type": "string"}, "x-example": ["a", "b"], "collectionFormat": "pipes"}
    assert read_swagger({"headers": {"X-A": header}}).headers == (("X-A", "a|b"),)


def test_each_cookie_is_a_header_of_its_own() -> None:
    headers = {"Set-Cookie": {"schema": {"type": "array", "items": {"type": "string"}}, "example": ["a=1", "b=2"]}}
    assert answer({"headers": headers}).headers == (("Set-Cookie", "a=1"), ("Set-Cookie", "b=2"))


def test_swagger_2_headers_and_files_are_made_from_their_keywords() -> None:
    operation = read_swagger({"headers": {"X-A": {"type": "integer", "minimum": 4}}, "schema": {"type": "file"}})
    assert operation.headers == (("X-A", "4"),)
    assert operation.body == b'"string"'


def test_swagger_2_base_path_and_openapi_servers_are_base_paths() -> None:
    head = {"swagger": "2.0", "info": {"title": "T", "version": "1"}, "paths": {}}
    assert read_specification(json.dumps(head | {"basePath": "/v2/", "host": "h"})).base_paths == ("/v2",)
    servers = [
        {"url": "https://h/{version}/x", "variables": {"version": {"default": "v1"}}},
        {"url": "https://h/{unknown}"},
        {"url": "https://h"},
        {"url": "/v1/x/"},
        {"url": "relative"},
    ]
    imported = import_paths({}, servers=servers)
    assert imported.base_paths == ("/v1/x", "/relative")


@pytest.mark.parametrize(
    ("version", "dialect"),
    [
        ({"swagger": "2.0"}, "swagger-2.0"),
        ({"swagger": 2.0}, "swagger-2.0"),
        ({"openapi": "3.0.4"}, "openapi-3.0"),
        ({"openapi": 3.0}, "openapi-3.0"),
        ({"openapi": "3.1.0-rc1"}, "openapi-3.1"),
        ({"openapi": "3.2"}, "openapi-3.2"),
    ],
)
def test_every_dialect_is_known_by_its_version(version: Any, dialect: str) -> None:
    assert read_specification(json.dumps(version | {"paths": {}})).dialect == dialect


@pytest.mark.parametrize("version", [{"swagger": "1.2"}, {"openapi": "2.0"}, {"swagger": "3.0.0"}, {"openapi": "x"}])
def test_another_version_is_refused_with_those_that_are_read(version: Any) -> None:
    with pytest.raises(SpecificationError, match="supported are Swagger"):
        read_specification(json.dumps(version | {"paths": {}}))


@pytest.mark.parametrize("version", [None, True, [], {}])
def test_a_version_of_another_type_is_refused(version: Any) -> None:
    with pytest.raises(SpecificationError) as caught:
        read_specification(json.dumps({"openapi": version, "paths": {}}))
    assert caught.value.problems[0].pointer == "/openapi"


def test_a_document_of_webhooks_alone_is_read_and_reported() -> None:
    imported = read_specification(json.dumps({"openapi": "3.1.0", "info": {}, "webhooks": {"new": {"post": {}}}}))
    assert imported.operations == []
    assert [problem.pointer for problem in imported.report.problems] == ["/webhooks/new"]


def test_what_is_for_clients_alone_is_reported_by_its_name() -> None:
    """Links were passed over in silence."""
    operation = {
        "callbacks": {"paid": {"{$request.body#/url}": EMPTY}, "sent": {}},
        "responses": {"200": {"description": "d", "links": {"next": {"operationId": "x"}}}},
    }
    problems = import_paths({"/a": {"get": operation}}).report.problems
    assert [problem.pointer for problem in problems] == [
        "/paths/~1a/get/callbacks/paid",
        "/paths/~1a/get/callbacks/sent",
        "/paths/~1a/get/responses/200/links/next",
    ]


def test_a_flood_of_problems_is_cut_off_with_a_count() -> None:
    imported = import_paths({f"/a{index}": 1 for index in range(1_500)})
    assert len(imported.report.problems) == 1_001
    assert "500 more" in imported.report.problems[-1].message
