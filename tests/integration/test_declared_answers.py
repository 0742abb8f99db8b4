"""Declarations of documents, over the wire: OPTIONS and preflights, responses without content, API keys in the log."""

import json
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.harness import MockwaveServer

DOCUMENT = {
    "openapi": "3.0.3",
    "info": {"title": "Pets", "version": "1"},
    "components": {
        "securitySchemes": {
            "header": {"type": "apiKey", "in": "header", "name": "X-Pet-Key"},
            "query": {"type": "apiKey", "in": "query", "name": "petKey"},
        }
    },
    "security": [{"header": []}, {"query": []}],
    "paths": {
        "/pets": {
            "put": {"responses": {"200": {"description": "d"}}},
            "options": {"responses": {"200": {"description": "d", "content": {"text/plain": {"example": "own"}}}}},
        },
        "/form": {
            "post": {"responses": {"205": {"description": "d", "content": {"text/plain": {"example": "not sent"}}}}}
        },
    },
}


@pytest.fixture
def mock(mockwave_server: MockwaveServer) -> dict[str, str]:
    """Returns the paths of a mock server that validates requests, and of its log."""
    fields = {"name": "declared", "workspaceId": "wrk_declared", "validateRequests": True}
    created: dict[str, Any] = mockwave_server.api(
        "POST", "/mock-servers", {**fields, "specification": json.dumps(DOCUMENT)}
    ).body
    return {"path": urlsplit(created["url"]).path, "api": f"/mock-servers/{created['_id']}"}


def test_a_preflight_passes_on_every_hit(mockwave_server: MockwaveServer, mock: dict[str, str]) -> None:
    """OPTIONS by an origin first, so that everything kept for it is there when the preflights come."""
    path = f"{mock['path']}/pets"
    origin = {"Origin": "http://app.test"}
    preflight = {**origin, "Access-Control-Request-Method": "PUT", "Access-Control-Request-Headers": "authorization"}
    for _ in range(8):
        plain = mockwave_server.request("OPTIONS", f"{path}?petKey=1", headers=origin)
        assert (plain.status, plain.body) == (200, b"own")
        told = mockwave_server.request("OPTIONS", path, headers=preflight)
        assert (told.status, told.headers["Access-Control-Allow-Headers"]) == (204, "authorization")
        assert "PUT" in told.headers["Access-Control-Allow-Methods"]


@pytest.mark.parametrize("kind", ["declared", "custom"])
def test_205_has_no_content_and_says_so(mockwave_server: MockwaveServer, mock: dict[str, str], kind: str) -> None:
    """205 was sent with content (RFC 9110 §15.3.6)."""
    path = "/form?petKey=1"
    if kind == "custom":
        path = "/custom"
        route = {"method": "POST", "path": path, "statusCode": 205, "responseBody": "not sent"}
        assert mockwave_server.api("POST", f"{mock['api']}/routes", route).status == 201
    answer = mockwave_server.request("POST", f"{mock['path']}{path}")
    assert (answer.status, answer.body, answer.headers["Content-Length"]) == (205, b"", "0")
    assert "Content-Type" not in answer.headers


def test_each_of_a_list_of_header_values_is_sent(mockwave_server: MockwaveServer, mock: dict[str, str]) -> None:
    headers = {"Set-Cookie": ["a=1", "b=2"], "X-One": "1"}
    route = {"method": "GET", "path": "/cookies", "statusCode": 200, "responseHeaders": headers}
    assert mockwave_server.api("POST", f"{mock['api']}/routes", route).body["responseHeaders"] == headers
    answer = mockwave_server.request("GET", f"{mock['path']}/cookies")
    assert answer.headers.get_all("Set-Cookie") == ["a=1", "b=2"]


@pytest.mark.parametrize("target", ["/pets", "/unknown"])
def test_keys_that_the_document_declares_are_not_in_the_log(
    mockwave_server: MockwaveServer, mock: dict[str, str], target: str
) -> None:
    for _ in range(3):
        mockwave_server.request("PUT", f"{mock['path']}{target}?a=1&petKey=s3cret", headers={"X-Pet-Key": "s3cret"})
    entries = mockwave_server.api("GET", f"{mock['api']}/logs?path={target}").body
    assert len(entries) == 3
    assert "s3cret" not in json.dumps(entries)
    assert {entry["requestQuery"] for entry in entries} == {"a=1&petKey=[redacted]"}
