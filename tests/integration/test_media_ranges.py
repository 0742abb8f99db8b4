"""Declared media type ranges on a real server: the type that Accept names is sent."""

import json

import pytest

from tests.harness import MockwaveServer

SCHEMA = {"type": "object", "properties": {"id": {"type": "integer"}}}
RESPONSES = {"200": {"description": "d", "content": {"*/*": {"schema": SCHEMA}}}}
DOCUMENT = {
    "openapi": "3.0.3",
    "info": {"title": "t", "version": "1"},
    "paths": {"/a": {"get": {"responses": RESPONSES}}},
}


@pytest.mark.parametrize(
    ("accept", "status", "media_type"),
    [
        ("*/*", 200, "application/json"),
        ("application/json;q=0.4, application/vnd.pets+json", 200, "application/vnd.pets+json"),
        ("application/xml", 200, "application/xml"),
        ("image/png", 406, "application/problem+json"),
    ],
)
def test_a_range_is_sent_as_the_type_that_accept_names(
    mockwave_server: MockwaveServer, accept: str, status: int, media_type: str
) -> None:
    server = {"name": "ranges", "workspaceId": "wrk_ranges", "specification": json.dumps(DOCUMENT)}
    server_id = mockwave_server.api("POST", "/mock-servers", server).body["_id"]

    response = mockwave_server.request("GET", f"/bin/{server_id}/a", headers={"Accept": accept})

    assert (response.status, response.headers["Content-Type"]) == (status, media_type)
