"""Headers on a real server: new with each answer of a dynamic server, constant on a static one."""

import json

from tests.harness import MockwaveServer

HEADERS = {
    "X-Request-ID": {"schema": {"type": "string", "format": "uuid"}},
    "X-Kind": {"schema": {"type": "string"}, "example": "cat"},
}
CONTENT = {"application/json": {"schema": {"type": "object", "properties": {"id": {"type": "integer"}}}}}
DOCUMENT = {
    "openapi": "3.1.0",
    "info": {"title": "t", "version": "1"},
    "paths": {"/a": {"get": {"responses": {"200": {"description": "d", "headers": HEADERS, "content": CONTENT}}}}},
}


def test_a_dynamic_server_sends_new_headers_and_a_static_one_those_it_has(mockwave_server: MockwaveServer) -> None:
    server = {"name": "headers", "workspaceId": "wrk_headers", "specification": json.dumps(DOCUMENT)}
    dynamic = mockwave_server.api("POST", "/mock-servers", server | {"dynamic": True}).body["_id"]
    static = mockwave_server.api("POST", "/mock-servers", server).body["_id"]

    answers = {
        name: [mockwave_server.request("GET", f"/bin/{server_id}/a").headers for _ in range(5)]
        for name, server_id in (("dynamic", dynamic), ("static", static))
    }

    assert len({headers["X-Request-ID"] for headers in answers["dynamic"]}) == 5
    assert len({headers["X-Request-ID"] for headers in answers["static"]}) == 1
    assert {headers["X-Kind"] for headers in answers["dynamic"]} == {"cat"}
