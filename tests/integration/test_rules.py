"""Rules on real servers of two workers: what answers, what goes over the wire, and what is on record."""

import gzip
import http.client
import json
import socket
import struct
import threading
import time
from collections import Counter
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.conftest import StartMockwave
from tests.harness import MockwaveServer, Response

ISSUE_EXAMPLE = r"""
{"method": "GET", "path": "/orders/{id}", "statusCode": 200, "responseBody": "{\"id\": 1}",
 "rules": [
  {"name": "unknown", "when": {"pathParameters": {"id": {"matches": "0+"}}}, "then": {"statusCode": 404}},
  {"name": "big", "when": {"all": [{"headers": {"X-Plan": {"equalTo": "pro"}}}, {"not": {"body": [{"matchesJsonPath": {"expression": "$.total", "lessThanNumber": 100}}]}}]},
   "then": {"statusCode": 202, "responseBody": "{\"for\": \"{{ request.pathParameters.id }}\"}", "template": "liquid", "delay": {"type": "lognormal", "median": 80, "sigma": 0.4, "max": 2000}}},
  {"name": "flaky", "probability": 0.05, "then": {"fault": "CONNECTION_RESET_BY_PEER"}},
  {"name": "poll", "then": {"sequence": [{"statusCode": 202, "repeat": 3}, {"statusCode": 200, "responseBody": "done"}], "onExhausted": "last"}, "key": {"header": "X-Session"}}]}
"""  # noqa: E501
GARBAGE = b"lskdu018973t09sylgasjkfg1][]'./.sdlv"


class Mock:
    """A mock server with routes, and what may be asked of it."""

    def __init__(self, server: MockwaveServer, **fields: Any) -> None:
        self.server = server
        created = server.api("POST", "/mock-servers", {"name": "rules", "workspaceId": "wrk_rules", **fields})
        assert created.status == 201, created.body
        self.api_path = f"/mock-servers/{created.body['_id']}"
        self.path = urlsplit(created.body["url"]).path

    def add_route(self, **fields: Any) -> Response:
        return self.server.api(
            "POST", f"{self.api_path}/routes", {"method": "GET", "path": "/it", "statusCode": 200, **fields}
        )

    def set_rules(self, *rules: Any, route: str = "") -> Response:
        return self.server.api("PUT", f"{self.api_path}{route}/rules", {"rules": list(rules)})

    def get(self, path: str = "/it", method: str = "GET", body: bytes | None = None, **headers: str) -> Response:
        """One request on a connection of its own; its body as bytes."""
        with self.server.connection() as connection:
            return ask(connection, method, self.path + path, body, **headers)

    def logs(self, query: str = "") -> list[dict[str, Any]]:
        entries: list[dict[str, Any]] = self.server.api("GET", f"{self.api_path}/logs{query}").body
        return entries

    def exchange(self, path: str = "/it", method: str = "GET") -> tuple[bytes, str]:
        """All bytes that come for one request, and how they end: "end" or "reset"."""
        received = b""
        with socket.create_connection(("127.0.0.1", self.server.port), timeout=10) as client:
            client.sendall(f"{method} {self.path}{path} HTTP/1.1\r\nHost: x\r\nConnection: keep-alive\r\n\r\n".encode())
            try:
                while piece := client.recv(65_536):
                    received += piece
            except ConnectionResetError:
                return received, "reset"
        return received, "end"


def ask(
    connection: http.client.HTTPConnection, method: str, path: str, body: bytes | None = None, **headers: str
) -> Response:
    connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
    response = connection.getresponse()
    return Response(response.status, response.headers, response.read())


@pytest.fixture
def mock(mockwave_server: MockwaveServer) -> Mock:
    return Mock(mockwave_server)


def needs_uvloop(engine: str) -> None:
    if engine != "uvloop":
        pytest.skip("ASGI cannot say it; see test_a_fault_that_the_engine_cannot_do_is_refused")


# The issue's example


def test_the_example_of_the_issue_answers_as_it_says(mock: Mock, engine: str) -> None:
    route = json.loads(ISSUE_EXAMPLE)
    if engine == "granian":
        route["rules"][2]["then"] = {"fault": "HOLD"}
        route["rules"][2]["probability"] = 0
    created = mock.add_route(**route)
    assert created.status == 201, created.body
    assert created.body["rules"] == route["rules"]
    unknown = mock.get("/orders/000")
    assert (unknown.status, unknown.body) == (404, b"")
    big = mock.get("/orders/12", X_Plan="pro", Content_Type="application/json", body=b'{"total": 100}')
    assert (big.status, big.body) == (202, b'{"for": "12"}')
    polled: list[int] = []
    while len(polled) < 5:
        try:
            answer = mock.get("/orders/12", X_Session="s1")
        except (ConnectionResetError, http.client.RemoteDisconnected):
            continue  # flaky: one in twenty
        polled.append(answer.status)
    assert polled == [202, 202, 202, 200, 200]
    assert answer.body == b"done"
    (logged,) = mock.logs("?rule=big")
    assert logged["responseTimeMs"] > 0
    named = {entry["rule"] for entry in mock.logs()}
    assert {"unknown", "big", "poll"} <= named <= {"unknown", "big", "poll", "flaky"}


# Rules of routes and servers


def test_a_rule_that_does_not_hold_leaves_the_answer_as_it_is(mock: Mock) -> None:
    mock.add_route(
        responseBody="own", rules=[{"when": {"headers": {"X-A": {"equalTo": "1"}}}, "then": {"statusCode": 201}}]
    )
    assert (mock.get().status, mock.get(X_A="1").status, mock.get(X_A="2").status) == (200, 201, 200)
    assert mock.get().body == b"own"
    assert [entry.get("rule") for entry in reversed(mock.logs())] == [None, "#0", None, None]


def test_a_servers_rules_come_first_and_meet_requests_without_a_route(mock: Mock) -> None:
    mock.add_route(rules=[{"name": "own", "then": {"statusCode": 201}}])
    assert (
        mock.set_rules(
            {"name": "closed", "when": {"headers": {"X-Key": {"absent": True}}}, "then": {"statusCode": 401}}
        ).status
        == 200
    )
    assert (mock.get().status, mock.get("/nowhere").status) == (401, 401)
    assert (mock.get(X_Key="k").status, mock.get("/nowhere", X_Key="k").status) == (201, 404)
    assert (mock.get(X_Key="k").status, mock.get("/nowhere", X_Key="k").status) == (201, 404)
    shown = [(e.get("rule"), e["mockedBy"], e["matched"], "routeId" in e) for e in reversed(mock.logs())]
    assert shown[:4] == [
        ("server:closed", "route", True, True),
        ("server:closed", "rule", True, False),
        ("own", "route", True, True),
        (None, "none", False, False),
    ]
    assert len(mock.logs("?rule=server:closed")) == 2


def test_preflights_and_stopped_servers_are_as_without_rules(mock: Mock) -> None:
    mock.add_route()
    mock.set_rules({"then": {"statusCode": 418}})
    preflight = mock.get(method="OPTIONS", Origin="http://x", Access_Control_Request_Method="GET")
    assert preflight.status == 204
    assert mock.get().status == 418
    mock.server.api("PUT", mock.api_path, {"status": "stopped"})
    assert mock.get().status == 503


def test_head_is_answered_by_the_rules_of_get_without_the_body(mock: Mock) -> None:
    mock.add_route(rules=[{"then": {"statusCode": 203, "responseBody": "12345"}}])
    answer = mock.get(method="HEAD")
    assert (answer.status, answer.body, answer.headers["content-length"]) == (203, b"", "5")


def test_an_origin_is_let_in_by_the_answers_of_rules(mock: Mock) -> None:
    mock.add_route(rules=[{"then": {"statusCode": 203}}])
    for _ in range(3):
        answer = mock.get(Origin="http://pages.example")
        assert (answer.status, answer.headers["access-control-allow-origin"]) == (203, "http://pages.example")


def test_a_body_is_asked_for_by_conditions_however_it_comes(mock: Mock) -> None:
    rule = {"when": {"body": [{"equalToJson": {"a": 1}}]}, "then": {"statusCode": 201}}
    mock.add_route(method="POST", rules=[rule])
    body = b'{ "a": 1.0 }'
    assert mock.get(method="POST", body=body).status == 201
    assert mock.get(method="POST", body=b'{"a": 2}').status == 200
    with mock.server.connection() as connection:
        connection.request("POST", mock.path + "/it", iter([body[:5], body[5:]]), {}, encode_chunked=True)
        assert connection.getresponse().status == 201
    long = json.dumps({"a": 1, "b": "x" * 500_000}).encode()
    assert mock.get(method="POST", body=long).status == 200


@pytest.mark.parametrize("size", [10, 60_000, 3_000_000])
def test_a_compressed_body_is_asked_about_unpacked_and_logged_as_it_came(
    mockwave_server: MockwaveServer, size: int
) -> None:
    """Conditions and templates saw the compressed bytes."""
    mock = Mock(mockwave_server, captureBodies=True)
    holds = {"body": [{"matchesJsonPath": {"expression": "$.plan", "equalTo": "pro"}}]}
    then = {"statusCode": 202, "responseBody": "{{ request.json.filler | size }}", "template": "liquid"}
    mock.add_route(method="POST", rules=[{"name": "pro", "when": holds, "then": then}])
    body = gzip.compress(json.dumps({"plan": "pro", "filler": "x" * size}).encode(), mtime=0)
    answer = mock.get(method="POST", body=body, Content_Type="application/json", Content_Encoding="gzip")
    assert (answer.status, answer.body) == (202, str(size).encode())
    assert mock.get(method="POST", body=body, Content_Type="application/json").status == 200
    (_, entry) = mock.logs()
    assert entry["requestBody"].encode("latin-1") == body
    explained = mockwave_server.api("GET", f"{mock.api_path}/logs/{entry['_id']}/explanation").body
    assert explained["rules"][0]["holds"] is True


def test_a_rule_that_answers_comes_before_the_check_against_the_document(mockwave_server: MockwaveServer) -> None:
    document = {
        "openapi": "3.0.0",
        "info": {"title": "t", "version": "1"},
        "paths": {
            "/it": {
                "get": {
                    "parameters": [{"name": "q", "in": "query", "required": True, "schema": {"type": "string"}}],
                    "responses": {"200": {"description": "ok"}},
                }
            }
        },
    }
    mock = Mock(mockwave_server, specification=json.dumps(document), validateRequests=True)
    mock.set_rules({"when": {"headers": {"X-A": {"equalTo": "1"}}}, "then": {"statusCode": 299}})
    assert (mock.get(X_A="1").status, mock.get().status, mock.get("/it?q=1").status) == (299, 422, 200)


def test_rules_that_go_on_add_their_delay_to_what_answers(mock: Mock) -> None:
    mock.set_rules({"name": "slow", "then": {"delay": 60, "next": True}})
    mock.add_route(responseBody="own", rules=[{"name": "slower", "then": {"delay": 60, "next": True}}])
    began_s = time.monotonic()
    assert mock.get().body == b"own"
    assert time.monotonic() - began_s >= 0.12
    assert mock.logs()[0]["responseTimeMs"] >= 120


# Rules of generated routes


def specification(*paths: str) -> str:
    pets = {
        "responses": {
            "200": {
                "description": "ok",
                "content": {
                    "application/json": {
                        "examples": {"cat": {"value": {"is": "cat"}}, "dog": {"value": {"is": "dog"}}},
                    }
                },
            },
            "5XX": {"description": "no", "content": {"application/json": {"example": {"is": "broken"}}}},
            "default": {"description": "else", "content": {"application/json": {"example": {"is": "else"}}}},
        }
    }
    return json.dumps(
        {
            "openapi": "3.0.0",
            "info": {"title": "t", "version": "1"},
            "paths": {path: {"get": pets} for path in paths},
        }
    )


def test_rules_of_a_generated_route_choose_among_what_its_document_declares(mockwave_server: MockwaveServer) -> None:
    mock = Mock(mockwave_server, specification=specification("/pets"))
    (route,) = mockwave_server.api("GET", f"{mock.api_path}/routes").body
    rules = [
        {"when": {"query": {"a": {"equalTo": value}}}, "then": then}
        for value, then in {
            "dog": {"example": "dog"},
            "broken": {"response": "5XX"},
            "else": {"response": "default"},
            "text": {"responseBody": "text", "contentType": "text/plain"},
        }.items()
    ]
    assert mock.set_rules(*rules, route=f"/routes/{route['_id']}").status == 200
    answers = {value: mock.get(f"/pets?a={value}") for value in ("dog", "broken", "else", "text", "none")}
    assert {value: answer.body for value, answer in answers.items()} == {
        "dog": b'{"is":"dog"}',
        "broken": b'{"is":"broken"}',
        "else": b'{"is":"else"}',
        "text": b"text",
        "none": b'{"is":"cat"}',
    }
    assert (answers["broken"].status // 100, answers["dog"].headers["preference-applied"]) == (5, None)


def test_rules_of_a_generated_route_outlive_a_new_specification(mockwave_server: MockwaveServer) -> None:
    mock = Mock(mockwave_server, specification=specification("/pets/{id}", "/toys"))
    for route in mockwave_server.api("GET", f"{mock.api_path}/routes").body:
        mock.set_rules({"then": {"statusCode": 210}}, route=f"/routes/{route['_id']}")
    assert (mock.get("/pets/1").status, mock.get("/toys").status) == (210, 210)
    updated = mockwave_server.api("PUT", mock.api_path, {"specification": specification("/pets/{name}", "/new")})
    assert [p["message"].partition(" had")[0] for p in updated.body["importReport"]["problems"]] == ["GET /toys"]
    assert [mock.get(path).status for path in ("/pets/1", "/new", "/toys")] == [210, 200, 404]


# All workers


def test_a_sequence_hands_out_each_step_once_over_all_workers(mock: Mock) -> None:
    steps = [{"statusCode": 200, "responseBody": str(number)} for number in range(200)]
    mock.add_route(rules=[{"name": "steps", "then": {"sequence": steps, "onExhausted": "next"}}], responseBody="end")
    got: list[bytes] = []

    def draw() -> None:
        with mock.server.connection() as connection:
            for _ in range(15):
                got.append(ask(connection, "GET", mock.path + "/it").body)

    clients = [threading.Thread(target=draw) for _ in range(16)]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    counted = Counter(got)
    assert counted.pop(b"end") == 40
    assert counted == Counter({str(number).encode(): 1 for number in range(200)})


def test_every_worker_sees_rules_as_soon_as_they_are_set(mock: Mock) -> None:
    route = mock.add_route().body["_id"]
    for status in (201, 202, 203):
        mock.set_rules({"then": {"statusCode": status}}, route=f"/routes/{route}")
        assert {mock.get().status for _ in range(20)} == {status}


# Faults, byte for byte


def test_empty_response_closes_without_a_byte(mock: Mock, engine: str) -> None:
    needs_uvloop(engine)
    mock.add_route(rules=[{"then": {"fault": "EMPTY_RESPONSE"}}])
    assert mock.exchange() == (b"", "end")


def test_malformed_response_chunk_sends_a_head_and_what_is_no_chunk(mock: Mock, engine: str) -> None:
    needs_uvloop(engine)
    mock.add_route(rules=[{"then": {"fault": "MALFORMED_RESPONSE_CHUNK"}}])
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert mock.exchange() == (head + GARBAGE, "end")


def test_random_data_then_close_sends_what_is_no_response(mock: Mock, engine: str) -> None:
    needs_uvloop(engine)
    mock.add_route(rules=[{"then": {"fault": "RANDOM_DATA_THEN_CLOSE"}}])
    assert mock.exchange() == (GARBAGE, "end")


def test_connection_reset_by_peer_resets(mock: Mock, engine: str) -> None:
    needs_uvloop(engine)
    mock.add_route(rules=[{"then": {"fault": "CONNECTION_RESET_BY_PEER"}}])
    assert mock.exchange() == (b"", "reset")


def test_a_truncated_body_has_the_length_of_the_whole(mock: Mock) -> None:
    mock.add_route(rules=[{"then": {"responseBody": "0123456789", "fault": "TRUNCATED_BODY"}}])
    received, _ = mock.exchange()
    head, _, body = received.partition(b"\r\n\r\n")
    assert b"content-length: 10" in head.lower()
    assert body == b"01234"


def test_hold_says_nothing_until_the_client_gives_up(mock: Mock) -> None:
    mock.add_route(rules=[{"then": {"fault": "HOLD"}}])
    with socket.create_connection(("127.0.0.1", mock.server.port), timeout=0.5) as client:
        client.sendall(f"GET {mock.path}/it HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        with pytest.raises(TimeoutError):
            client.recv(1)
    assert mock.get("/nowhere").status == 404
    assert [entry.get("fault") for entry in mock.logs("?fault=HOLD")] == ["HOLD"]


def test_a_throttled_body_takes_its_time_and_comes_whole(mock: Mock) -> None:
    mock.add_route(
        rules=[
            {
                "when": {"query": {"by": {"equalTo": "rate"}}},
                "then": {"responseBody": "x" * 1000, "throttle": {"bytesPerSecond": 4000}},
            },
            {
                "when": {"query": {"by": {"equalTo": "chunks"}}},
                "then": {"responseBody": "x" * 1000, "throttle": {"chunks": 5, "durationMs": 300}},
            },
            {"then": {"fault": "SLOW_BODY", "responseBody": "abc", "throttle": {"chunks": 3, "durationMs": 150}}},
        ]
    )
    for query, least_s, body in (("rate", 0.25, b"x" * 1000), ("chunks", 0.3, b"x" * 1000), ("slow", 0.15, b"abc")):
        began_s = time.monotonic()
        with mock.server.connection() as connection:
            connection.request("GET", f"{mock.path}/it?by={query}")
            answer = connection.getresponse()
            first_s = time.monotonic() - began_s
            assert answer.headers["content-length"] == str(len(body))
            assert answer.read() == body
            assert time.monotonic() - began_s >= least_s > first_s
            assert ask(connection, "GET", mock.path + "/nowhere").status == 404
    assert [entry.get("fault") for entry in mock.logs("?fault=*")] == ["SLOW_BODY"]


def test_a_fault_that_the_engine_cannot_do_is_refused(mock: Mock, engine: str) -> None:
    names = ("EMPTY_RESPONSE", "MALFORMED_RESPONSE_CHUNK", "RANDOM_DATA_THEN_CLOSE", "CONNECTION_RESET_BY_PEER")
    for name in names:
        answer = mock.set_rules({"then": {"statusCode": 200}, "when": {}}, {"then": {"fault": name}})
        if engine == "uvloop":
            assert answer.status == 200
            continue
        assert answer.status == 400
        (error,) = answer.body["errors"]
        assert error["pointer"] == "/rules/1/then/fault"
        assert "--engine uvloop" in error["message"]


def test_faults_and_rules_are_counted(mock: Mock) -> None:
    def counted() -> tuple[int, int]:
        text = mock.server.request("GET", "/metrics").body.decode()
        lines = dict(line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
        return int(lines["mockwave_ruled_requests_total"]), int(lines['mockwave_faults_total{fault="TRUNCATED_BODY"}'])

    mock.add_route(
        rules=[
            {"when": {"query": {"f": {"absent": True}}}, "then": {"statusCode": 201}},
            {"then": {"fault": "TRUNCATED_BODY"}},
        ]
    )
    before = counted()
    mock.get()
    mock.exchange("/it?f=1")
    after = counted()
    assert (after[0] - before[0], after[1] - before[1]) == (2, 1)


def test_requests_ahead_of_a_spoilt_answer_are_answered_and_none_after_it(mock: Mock, engine: str) -> None:
    needs_uvloop(engine)
    mock.add_route(responseBody="ok", delay=30)
    mock.add_route(path="/bad", rules=[{"then": {"fault": "EMPTY_RESPONSE"}}])
    asked = b"".join(
        f"GET {mock.path}{path} HTTP/1.1\r\nHost: x\r\n\r\n".encode() for path in ("/it", "/it", "/bad", "/it")
    )
    with socket.create_connection(("127.0.0.1", mock.server.port), timeout=10) as client:
        client.sendall(asked)
        received = b""
        while piece := client.recv(65_536):
            received += piece
    assert received.count(b"HTTP/1.1 200") == 2


def test_a_reset_over_tls_and_half_closed_clients_leave_the_worker_well(mock: Mock, engine: str) -> None:
    """A client that has sent all and closed its half is answered, or spoilt, as any other."""
    mock.add_route(rules=[{"then": {"fault": "HOLD"}}])
    with socket.create_connection(("127.0.0.1", mock.server.port), timeout=10) as client:
        client.sendall(f"GET {mock.path}/it HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    assert mock.get("/nowhere").status == 404


def test_a_stored_fault_that_another_engine_cannot_do_is_a_problem_that_names_its_rule(
    start_mockwave: StartMockwave,
) -> None:
    first = start_mockwave("--port", "0", environment={"MOCKWAVE_ENGINE": "uvloop"})
    mock = Mock(first)
    mock.add_route(rules=[{"name": "cut", "then": {"fault": "EMPTY_RESPONSE"}}])
    assert first.stop() == 0
    mock.server = start_mockwave("--port", "0", environment={"MOCKWAVE_ENGINE": "granian"})
    answer = mock.get()
    assert answer.status == 500
    problem = json.loads(answer.body)
    assert problem["type"] == "urn:mockwave:problem:fault-not-available"
    assert "rule cut" in problem["detail"] and "--engine uvloop" in problem["detail"]
    assert mock.logs()[0]["rule"] == "cut"
