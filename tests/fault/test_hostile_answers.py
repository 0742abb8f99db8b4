"""Documents whose mocks would have to send answers that no server can: they are served, and no worker dies of it."""

import http.client
import json
from typing import Any

import pytest

from tests.harness import MockwaveServer

WORKSPACE = "wrk_hostile_answers"


def write_document(responses: dict[str, Any]) -> str:
    """Returns a document with one path, `/0`, `/1` and so on, for each of the responses, which are by status."""
    paths = {f"/{index}": {"get": {"responses": each}} for index, each in enumerate(responses.values())}
    return json.dumps({"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": paths})


def respond(status: str = "200", **members: Any) -> dict[str, Any]:
    return {status: {"description": "d", **members}}


def with_headers(headers: dict[str, Any]) -> dict[str, Any]:
    return respond(headers={name: {"example": value} for name, value in headers.items()})


def with_body(media_type: str, example: Any, status: str = "200") -> dict[str, Any]:
    return respond(status, content={media_type: {"example": example}})


RESPONSES: dict[str, dict[str, Any]] = {
    **{f"status {status}": with_body("application/json", {}, status) for status in ("204", "205", "304", "600", "999")},
    **{f"no status {status}": with_body("text/plain", "x", status) for status in ("100", "199", "1000", "0", "-1", "")},
    "a header with a line break": with_headers({"X-A": "a\r\nSet-Cookie: b=c"}),
    "a header with NUL": with_headers({"X-A": "a\x00b"}),
    "a header beyond Latin-1": with_headers({"X-A": "пример \U0001f600"}),
    "a header in Latin-1": with_headers({"X-A": "caf\xe9"}),
    "a header with half a pair": with_headers({"X-A": "\ud800"}),
    "names of headers that are none": with_headers({"": "a", "a b": "a", "a:b": "a", "é": "a", "X\r\nY": "a"}),
    "headers of the connection": with_headers(
        {"Transfer-Encoding": "chunked", "Content-Length": "5", "Connection": "close", "Upgrade": "h2c"}
    ),
    "a header of a megabyte": with_headers({"X-A": "a" * 1_000_000}),
    "a header that is an object": with_headers({"X-A": {"a": [1, {"b": None}], "c": "\n"}}),
    "fifty thousand headers": with_headers({f"X-{number}": "a" for number in range(50_000)}),
    "a content type with a line break": with_body("text/plain\r\nX-A: b", "x"),
    "a content type beyond Latin-1": with_body("text/пример", "x"),
    "a content type of a kilobyte": with_body("text/" + "a" * 1_000, "x"),
    "a body of ten megabytes": with_body("text/plain", "x" * 10_000_000),
    "a body of half a pair": with_body("text/plain", "\udfff"),
    "XML with what XML forbids": with_body("application/xml", {"1 <a>": "\x00\x0b]]>", "": [None, {"&": "<"}]}),
    "a form of objects": with_body("application/x-www-form-urlencoded", {"a": {"b": [1, "\ud800"]}, "": None}),
}


@pytest.fixture(scope="module")
def url(mockwave_server: MockwaveServer) -> str:
    created = mockwave_server.api(
        "POST",
        "/mock-servers",
        {"name": "hostile", "workspaceId": WORKSPACE, "specification": write_document(RESPONSES)},
    )
    assert created.status == 201, created.body
    return f"/bin/{created.body['_id']}"


@pytest.mark.parametrize("name", RESPONSES)
def test_what_cannot_be_sent_never_ends_a_worker(
    mockwave_server: MockwaveServer, url: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A response that declared fifty thousand headers once made every worker abort that was asked for it."""
    monkeypatch.setattr(http.client, "_MAXHEADERS", 1_000)
    workers = mockwave_server.living_workers()
    path = f"{url}/{list(RESPONSES).index(name)}"

    statuses = [mockwave_server.request("GET", path).status for _ in range(4)]

    assert all(200 <= status <= 999 and status != 500 for status in statuses), statuses
    assert mockwave_server.living_workers() == workers


@pytest.mark.parametrize(
    "fields",
    [
        {"statusCode": 199},
        {"statusCode": 1000},
        {"statusCode": -1},
        {"responseHeaders": {"X-A": "a\nb"}},
        {"responseHeaders": {"X A": "a"}},
        {"responseHeaders": {f"X-{number}": "a" for number in range(50_000)}},
        {"contentType": "text/plain\r\nX-A: b"},
    ],
    ids=lambda fields: f"{next(iter(fields))} {str(next(iter(fields.values())))[:20]}",
)
def test_a_route_that_no_server_can_answer_is_refused(
    mockwave_server: MockwaveServer, url: str, fields: dict[str, Any]
) -> None:
    place = f"/mock-servers/{url.removeprefix('/bin/')}/routes"

    answer = mockwave_server.api("POST", place, {"method": "GET", "path": "/custom", "statusCode": 200, **fields})

    assert answer.status == 400, answer.body
    assert answer.body["errors"]
