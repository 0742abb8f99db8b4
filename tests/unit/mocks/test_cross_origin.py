"""Cross-origin rules: preflights where routes answer OPTIONS themselves, and what a document says of them itself."""

import json
from typing import Any

import msgspec
import pytest

from mockwave._matcher import Match
from mockwave._responder import Reply, Snapshot
from mockwave.mocks.snapshots import SnapshotBuilder
from mockwave.store.records import ServerRecord
from tests.unit.documents import read_routes
from tests.unit.mocks.test_answers import SERVER, ask, headers_of, make_route, make_snapshot

APP = "http://app.test"
PREFLIGHT = {"origin": APP, "access_control_request_method": "PUT", "access_control_request_headers": "authorization"}

# As API Gateway exports it: OPTIONS on every path, with headers of the type string.
DECLARED = {
    "openapi": "3.0.3",
    "info": {"title": "Pets", "version": "1"},
    "components": {"securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "x-api-key"}}},
    "security": [{"key": []}],
    "paths": {
        "/pets": {
            "get": {
                "responses": {
                    "200": {
                        "description": "d",
                        "headers": {
                            "Access-Control-Expose-Headers": {"example": "X-Total"},
                            "Access-Control-Allow-Headers": {"example": "X-Mine"},
                            "X-Total": {"example": 7},
                        },
                        "content": {"text/plain": {"example": "all"}},
                    }
                }
            },
            "put": {"responses": {"200": {"description": "d"}}},
            "options": {
                "parameters": [{"name": "needed", "in": "query", "required": True, "schema": {"type": "string"}}],
                "responses": {
                    "200": {
                        "description": "d",
                        "headers": {"Access-Control-Allow-Methods": {"schema": {"type": "string"}}},
                        "content": {"text/plain": {"example": "declared"}},
                    }
                },
            },
        }
    },
}


def snapshot_of(document: dict[str, Any], **fields: object) -> Snapshot:
    server: ServerRecord = msgspec.structs.replace(SERVER, **fields)
    builder = SnapshotBuilder(server)
    builder.change(server, 1, read_routes(json.dumps(document), server), [])
    return builder.build()


def values_of(reply: Reply, name: bytes) -> list[bytes]:
    return [value for key, value in reply.headers if key == name]


@pytest.mark.parametrize("validate_requests", [False, True])
def test_a_preflight_is_let_through_where_the_document_declares_options(validate_requests: bool) -> None:
    """It got the operation's own 200 without Allow-Methods, and a 401 where requests are validated (prism#1020,
    studio#345)."""
    reply = ask(snapshot_of(DECLARED, validate_requests=validate_requests), "OPTIONS", "/pets", **PREFLIGHT)
    assert (reply.status, reply.body, reply.route_id) == (204, b"", b"")
    assert values_of(reply, b"access-control-allow-origin") == [APP.encode()]
    assert values_of(reply, b"access-control-allow-methods") == [b"GET, HEAD, PUT, OPTIONS"]
    assert values_of(reply, b"access-control-allow-headers") == [b"authorization"]
    assert values_of(reply, b"access-control-allow-credentials") == [b"true"]


def test_options_that_is_no_preflight_gets_what_the_document_declares() -> None:
    snapshot = snapshot_of(DECLARED)
    for headers in ({}, {"origin": APP}, {"access_control_request_method": "PUT"}):
        reply = ask(snapshot, "OPTIONS", "/pets", **headers)
        assert (reply.status, reply.body) == (200, b"declared")


def test_options_that_is_no_preflight_is_held_to_what_the_document_asks() -> None:
    assert ask(snapshot_of(DECLARED, validate_requests=True), "OPTIONS", "/pets", origin=APP).status == 401


def test_without_cors_a_preflight_gets_what_the_document_declares() -> None:
    reply = ask(snapshot_of(DECLARED, cors=False), "OPTIONS", "/pets", **PREFLIGHT)
    assert (reply.status, reply.body) == (200, b"declared")
    assert b"access-control-allow-origin" not in headers_of(reply)


def test_a_preflight_after_a_plain_options_of_that_origin_is_still_one() -> None:
    """Were the declared reply kept for its origin, the plain-hit responder would send it to the preflight."""
    snapshot = snapshot_of(DECLARED)
    ask(snapshot, "OPTIONS", "/pets", origin=APP)
    match = snapshot.match("OPTIONS", b"/pets")
    assert isinstance(match, Match)
    assert match.value.crossing is None


def test_a_custom_route_for_options_keeps_what_it_says_and_is_let_through() -> None:
    route = make_route(
        "OPTIONS", "/a", status_code=200, delay_ms=5, headers=(("Access-Control-Max-Age", "7"), ("X-Own", "1"))
    )
    reply = ask(make_snapshot(route, make_route("PUT", "/a", 2)), "OPTIONS", "/a", **PREFLIGHT)
    assert (reply.status, reply.body, reply.delay_ms, reply.route_id != b"") == (200, b"hello", 5, True)
    assert values_of(reply, b"access-control-allow-methods") == [b"PUT, OPTIONS"]
    assert values_of(reply, b"access-control-allow-headers") == [b"authorization"]
    assert values_of(reply, b"access-control-max-age") == [b"7"]
    assert values_of(reply, b"x-own") == [b"1"]


def test_a_star_of_a_custom_route_gives_way_to_what_the_preflight_names() -> None:
    """`*` stands for nothing where credentials are allowed, and never for authorization (Fetch §4.8)."""
    stars = tuple((f"Access-Control-Allow-{what}", "*") for what in ("Origin", "Methods", "Headers"))
    reply = ask(make_snapshot(make_route("OPTIONS", "/a", headers=stars)), "OPTIONS", "/a", **PREFLIGHT)
    assert values_of(reply, b"access-control-allow-origin") == [APP.encode()]
    assert values_of(reply, b"access-control-allow-methods") == [b"OPTIONS, PUT"]
    assert values_of(reply, b"access-control-allow-headers") == [b"authorization"]


def test_a_custom_route_that_lets_in_an_origin_of_its_own_choice_is_left_alone() -> None:
    route = make_route("OPTIONS", "/a", headers=(("Access-Control-Allow-Origin", "http://only.test"),))
    reply = ask(make_snapshot(route), "OPTIONS", "/a", **PREFLIGHT)
    assert [name for name, _ in reply.headers] == [b"content-type", b"access-control-allow-origin"]


@pytest.mark.parametrize(
    ("path", "method", "allowed"),
    [
        ("/a", "GET", b"GET, HEAD, OPTIONS"),
        ("/a", "PATCH", b"GET, HEAD, OPTIONS, PATCH"),
        ("/a", "patch", b"GET, HEAD, OPTIONS, patch"),
        ("/b", "DELETE", b"DELETE"),
        ("/a", "no method", b"GET, HEAD, OPTIONS"),
    ],
)
def test_a_preflight_is_told_the_method_it_names_though_the_path_lacks_it(
    path: str, method: str, allowed: bytes
) -> None:
    """The script sees the 405 or 404 that way, not a network error."""
    snapshot = make_snapshot(make_route("GET", "/a"))
    reply = ask(snapshot, "OPTIONS", path, origin=APP, access_control_request_method=method)
    assert (reply.status, values_of(reply, b"access-control-allow-methods")) == (204, [allowed])


@pytest.mark.parametrize("status", ["stopped", "error"])
def test_a_preflight_of_a_server_that_does_not_serve_is_let_through(status: str) -> None:
    snapshot = make_snapshot(make_route("GET", "/a"), status=status)
    assert ask(snapshot, "OPTIONS", "/a", **PREFLIGHT).status == 204
    shown = ask(snapshot, "PUT", "/a", origin=APP)
    assert (shown.status, values_of(shown, b"access-control-allow-origin")) == (503, [APP.encode()])


def test_a_preflight_without_headers_allows_any_and_authorization() -> None:
    reply = ask(make_snapshot(), "OPTIONS", "/a", origin=APP, access_control_request_method="GET")
    assert values_of(reply, b"access-control-allow-headers") == [b"*, authorization"]


def test_a_private_network_is_allowed_where_that_is_asked() -> None:
    snapshot = make_snapshot(make_route("GET", "/a"))
    asked = ask(snapshot, "OPTIONS", "/a", **PREFLIGHT, access_control_request_private_network="true")
    assert values_of(asked, b"access-control-allow-private-network") == [b"true"]
    plain = ask(snapshot, "OPTIONS", "/a", **PREFLIGHT)
    assert values_of(plain, b"access-control-allow-private-network") == []
    assert b"access-control-request-private-network" in headers_of(plain)[b"vary"]


def test_what_a_document_says_of_cross_origin_headers_survives_an_origin() -> None:
    """`for_origin` dropped Expose-Headers and Allow-Headers of the document's own (prism#1020)."""
    reply = ask(snapshot_of(DECLARED), "GET", "/pets", origin=APP)
    assert values_of(reply, b"access-control-expose-headers") == [b"X-Total"]
    assert values_of(reply, b"access-control-allow-headers") == [b"X-Mine"]
    assert values_of(reply, b"access-control-allow-origin") == [APP.encode()]
    assert values_of(reply, b"access-control-allow-credentials") == [b"true"]


def test_what_a_document_says_of_cross_origin_headers_stands_once_without_an_origin() -> None:
    reply = ask(snapshot_of(DECLARED), "GET", "/pets")
    assert values_of(reply, b"access-control-expose-headers") == [b"X-Total"]
    assert values_of(reply, b"access-control-allow-headers") == [b"X-Mine"]
    assert values_of(reply, b"access-control-allow-origin") == [b"*"]
