"""Shared parts of routes, on real workers: whole after an import, replaced with the specification, durable."""

import json
from typing import Any
from urllib.parse import urlsplit

from tests.conftest import StartMockwave
from tests.harness import MockwaveServer

ASKED_OFTEN = 12
"""Often enough that each of two workers has most likely answered."""


def write_document(word: str) -> str:
    """Returns two operations with one response, whose schema contains itself, and one more for 404."""
    node = {
        "type": "object",
        "required": ["word", "code"],
        "properties": {
            "word": {"const": word},
            "code": {"type": "string", "format": "uuid"},
            "below": {"type": "array", "items": {"$ref": "#/components/schemas/Node"}},
        },
    }
    responses = {"200": {"$ref": "#/components/responses/Node"}, "404": {"$ref": "#/components/responses/None"}}
    return json.dumps(
        {
            "openapi": "3.1.0",
            "info": {"title": "Nodes", "version": "1"},
            "paths": {"/a": {"get": {"responses": responses}}, "/b": {"get": {"responses": responses}}},
            "components": {
                "schemas": {"Node": node},
                "responses": {
                    "Node": {
                        "description": "ok",
                        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Node"}}},
                    },
                    "None": {"description": "none", "content": {"text/plain": {"example": f"no {word}"}}},
                },
            },
        }
    )


def ask(server: MockwaveServer, base: str, path: str, **headers: str) -> list[Any]:
    """Returns the bodies of many requests, each on a new connection, so that any worker may get it."""
    return [server.request("GET", base + path, headers=headers).body for _ in range(ASKED_OFTEN)]


def words(bodies: list[Any]) -> set[str]:
    return {body["word"] for body in bodies}


def test_every_worker_has_the_parts_of_the_newest_specification(start_mockwave: StartMockwave) -> None:
    server = start_mockwave()
    created = server.api(
        "POST", "/mock-servers", {"name": "nodes", "workspaceId": "wrk_1", "specification": write_document("first")}
    )
    base, address = urlsplit(created.body["url"]).path, f"/mock-servers/{created.body['_id']}"
    assert words(ask(server, base, "/a") + ask(server, base, "/b")) == {"first"}
    assert set(ask(server, base, "/b", Prefer="code=404")) == {b"no first"}

    route = server.api("GET", f"{address}/routes").body[0]
    own = {"method": "GET", "path": "/a", "statusCode": 200, "responseBody": '{"word": "own"}'}
    assert "responses" not in server.api("PUT", f"{address}/routes/{route['_id']}", own).body
    assert server.api("PUT", address, {"specification": write_document("second")}).status == 200

    assert words(ask(server, base, "/a", Prefer="code=404")) == {"own"}
    static = ask(server, base, "/b")
    dynamic = ask(server, base, "/b", Prefer="dynamic=true")
    assert words(static) == words(dynamic) == {"second"}
    assert len({json.dumps(body) for body in dynamic}) > 1
    assert set(ask(server, base, "/b", Prefer="code=404")) == {b"no second"}

    server.stop()
    restarted = start_mockwave()
    assert ask(restarted, base, "/b") == static
    assert words(ask(restarted, base, "/b", Prefer="dynamic=true")) == {"second"}
    assert set(ask(restarted, base, "/b", Prefer="code=404")) == {b"no second"}
