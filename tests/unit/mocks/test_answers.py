"""What a mock answers, from its records to the Reply: routes, HEAD, OPTIONS, CORS, misses, stopped servers."""

import json

import msgspec
import pytest

from mockwave._responder import Reply, Snapshot
from mockwave.mocks.answering import answer_request
from mockwave.mocks.mock_requests import MockRequest
from mockwave.mocks.snapshots import SnapshotBuilder
from mockwave.paths import parse_path
from mockwave.store.records import RouteRecord, ServerRecord

SERVER = ServerRecord(id="mock_" + "a" * 32, name="pets", workspace_id="wrk_1", created_us=0, modified_us=0)


def make_route(method: str, path: str, number: int = 1, **fields: object) -> RouteRecord:
    given = {"generated": False, "status_code": 200, "body": b"hello", "content_type": "text/plain", **fields}
    return msgspec.convert(
        {
            "id": f"mock-route_{number:032x}",
            "mock_server_id": SERVER.id,
            "position": number,
            "method": method,
            "path": path,
            "path_key": parse_path(path).key,
            **given,
        },
        RouteRecord,
    )


def make_snapshot(*routes: RouteRecord, **server_fields: object) -> Snapshot:
    server = msgspec.structs.replace(SERVER, **server_fields)
    builder = SnapshotBuilder(server)
    builder.change(server, 1, routes, [])
    return builder.build()


def ask(snapshot: Snapshot, method: str, path: str, **headers: str) -> Reply:
    pairs = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return answer_request(snapshot, MockRequest(method=method, path=path.encode(), query=b"", headers=pairs, body=b""))


def headers_of(reply: Reply) -> dict[bytes, bytes]:
    return dict(reply.headers)


def test_a_route_answers_with_its_status_headers_body_and_type() -> None:
    route = make_route(
        "GET", "/a", status_code=299, headers=(("X-One", "1"), ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2"))
    )
    reply = ask(make_snapshot(route, cors=False), "GET", "/a")
    assert (reply.status, reply.body) == (299, b"hello")
    assert reply.headers == (
        (b"content-type", b"text/plain"),
        (b"x-one", b"1"),
        (b"set-cookie", b"a=1"),
        (b"set-cookie", b"b=2"),
    )


def test_a_route_with_its_own_content_type_header_sends_one_content_type() -> None:
    reply = ask(make_snapshot(make_route("GET", "/a", headers=(("Content-Type", "x/y"),)), cors=False), "GET", "/a")
    assert reply.headers == ((b"content-type", b"x/y"),)


@pytest.mark.parametrize("status", [204, 205, 304])
def test_statuses_without_content_send_none(status: int) -> None:
    assert ask(make_snapshot(make_route("GET", "/a", status_code=status)), "GET", "/a").body == b""


def test_head_gets_the_header_section_of_get_with_its_length_and_no_body() -> None:
    reply = ask(make_snapshot(make_route("GET", "/a")), "HEAD", "/a")
    assert (reply.status, reply.body, headers_of(reply)[b"content-length"]) == (200, b"", b"5")


def test_a_route_for_head_wins_over_the_one_for_get() -> None:
    snapshot = make_snapshot(make_route("GET", "/a"), make_route("HEAD", "/a", 2, status_code=202))
    assert ask(snapshot, "HEAD", "/a").status == 202


def test_a_custom_route_shadows_a_generated_one_whatever_their_order() -> None:
    generated = make_route("GET", "/a/{x}", 2, generated=True, body=b"generated")
    custom = make_route("GET", "/a/{y}", 1, body=b"custom")
    assert ask(make_snapshot(custom, generated), "GET", "/a/1").body == b"custom"


def test_an_unknown_path_is_a_404_problem_on_record_as_unmatched() -> None:
    reply = ask(make_snapshot(make_route("GET", "/a")), "GET", "/b")
    problem = json.loads(reply.body)
    assert (reply.status, problem["status"], problem["title"]) == (404, 404, "Not Found")
    assert headers_of(reply)[b"content-type"] == b"application/problem+json"
    assert reply.route_id == b""


def test_another_method_of_a_known_path_is_a_405_with_allow() -> None:
    reply = ask(make_snapshot(make_route("GET", "/a"), make_route("PUT", "/a", 2)), "POST", "/a")
    assert reply.status == 405
    assert set(headers_of(reply)[b"allow"].split(b", ")) == {b"GET", b"HEAD", b"PUT", b"OPTIONS"}


def test_options_of_a_known_path_is_204_with_allow() -> None:
    reply = ask(make_snapshot(make_route("GET", "/a")), "OPTIONS", "/a")
    assert (reply.status, headers_of(reply)[b"allow"]) == (204, b"GET, HEAD, OPTIONS")


def test_a_route_for_options_answers_preflights_itself() -> None:
    snapshot = make_snapshot(make_route("OPTIONS", "/a", status_code=200))
    reply = ask(snapshot, "OPTIONS", "/a", origin="http://x", access_control_request_method="GET")
    assert (reply.status, reply.body) == (200, b"hello")


def test_a_preflight_lets_the_origin_in_with_what_it_asked_for() -> None:
    reply = ask(
        make_snapshot(make_route("GET", "/a")),
        "OPTIONS",
        "/a",
        origin="http://app.test",
        access_control_request_method="GET",
        access_control_request_headers="x-a, x-b",
    )
    headers = headers_of(reply)
    assert reply.status == 204
    assert headers[b"access-control-allow-origin"] == b"http://app.test"
    assert headers[b"access-control-allow-headers"] == b"x-a, x-b"
    assert b"GET" in headers[b"access-control-allow-methods"]


def test_without_cors_a_preflight_is_a_plain_options() -> None:
    snapshot = make_snapshot(make_route("GET", "/a"), cors=False)
    reply = ask(snapshot, "OPTIONS", "/a", origin="http://app.test", access_control_request_method="GET")
    assert reply.status == 204
    assert not any(name.startswith(b"access-control") for name, _ in reply.headers)


def test_every_reply_is_open_to_any_origin_and_names_the_one_that_asks() -> None:
    snapshot = make_snapshot(make_route("GET", "/a"))
    assert headers_of(ask(snapshot, "GET", "/a"))[b"access-control-allow-origin"] == b"*"
    named = headers_of(ask(snapshot, "GET", "/a", origin="http://app.test"))
    assert named[b"access-control-allow-origin"] == b"http://app.test"
    assert named[b"vary"] == b"origin"


def test_a_reply_that_varies_already_varies_by_origin_too() -> None:
    route = make_route("GET", "/a", headers=(("Vary", "Cookie"), ("Vary", "X-A")))
    reply = ask(make_snapshot(route), "GET", "/a", origin="http://app.test")
    assert [value for name, value in reply.headers if name == b"vary"] == [b"Cookie, X-A, origin"]


def test_a_route_that_says_its_own_allow_origin_keeps_it() -> None:
    route = make_route("GET", "/a", headers=(("Access-Control-Allow-Origin", "http://only.test"),))
    reply = ask(make_snapshot(route), "GET", "/a", origin="http://app.test")
    assert headers_of(reply)[b"access-control-allow-origin"] == b"http://only.test"
    assert b"access-control-allow-headers" not in headers_of(reply)


def test_a_stopped_server_answers_503_and_says_how_to_start_it() -> None:
    reply = ask(make_snapshot(make_route("GET", "/a"), status="stopped"), "GET", "/a")
    assert reply.status == 503
    assert "running" in json.loads(reply.body)["detail"]


def test_a_server_in_error_answers_503_with_the_reason() -> None:
    reply = ask(make_snapshot(status="error", status_reason="bad row 7"), "GET", "/a")
    assert reply.status == 503
    assert "bad row 7" in json.loads(reply.body)["detail"]


def test_a_changed_route_replaces_its_reply_and_a_deleted_one_is_gone() -> None:
    builder = SnapshotBuilder(SERVER)
    builder.change(SERVER, 1, [make_route("GET", "/a"), make_route("GET", "/b", 2)], [])
    first = builder.build()
    builder.change(SERVER, 2, [make_route("GET", "/a", body=b"new")], [make_route("GET", "/b", 2).id])
    second = builder.build()
    assert ask(second, "GET", "/a").body == b"new"
    assert ask(second, "GET", "/b").status == 404
    assert ask(first, "GET", "/b").status == 200


def test_header_text_beyond_latin_1_is_sent_as_utf_8() -> None:
    reply = ask(make_snapshot(make_route("GET", "/a", headers=(("X", "é"), ("Y", "→"))), cors=False), "GET", "/a")
    assert headers_of(reply)[b"x"] == "é".encode("latin-1")
    assert headers_of(reply)[b"y"] == "→".encode()


@pytest.mark.parametrize("status", [200, 204, 205, 304])
def test_an_empty_body_of_a_custom_route_has_no_content_type(status: int) -> None:
    """A custom route without a body sent the default one, application/json, which no empty body is."""
    route = make_route("GET", "/a", status_code=status, body=b"", content_type="application/json")
    assert b"content-type" not in headers_of(ask(make_snapshot(route), "GET", "/a"))


def test_an_empty_body_that_a_document_declares_has_its_media_type() -> None:
    route = make_route("GET", "/a", generated=True, body=b"", content_type="text/plain")
    assert headers_of(ask(make_snapshot(route), "GET", "/a"))[b"content-type"] == b"text/plain"


def test_a_route_for_head_sends_the_content_type_that_get_would() -> None:
    route = make_route("HEAD", "/a", body=b"", content_type="text/csv")
    assert headers_of(ask(make_snapshot(route), "HEAD", "/a"))[b"content-type"] == b"text/csv"


def test_a_custom_route_does_not_vary_by_preference() -> None:
    assert b"vary" not in headers_of(ask(make_snapshot(make_route("GET", "/a")), "GET", "/a"))
