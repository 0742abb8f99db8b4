"""Rules on real servers of two workers: the answers, the bytes on the wire, and the record."""

import gzip
import http.client
import json
import threading
import time
from collections import Counter

import pytest

from tests.harness import MockwaveServer
from tests.integration.ruled_mocks import Mock, ask

ISSUE_EXAMPLE = r"""
{"method": "GET", "path": "/orders/{id}", "statusCode": 200, "responseBody": "{\"id\": 1}",
 "rules": [
  {"name": "unknown", "when": {"pathParameters": {"id": {"matches": "0+"}}}, "then": {"statusCode": 404}},
  {"name": "big", "when": {"all": [{"headers": {"X-Plan": {"equalTo": "pro"}}}, {"not": {"body": [{"matchesJsonPath": {"expression": "$.total", "lessThanNumber": 100}}]}}]},
   "then": {"statusCode": 202, "responseBody": "{\"for\": \"{{ request.pathParameters.id }}\"}", "template": "liquid", "delay": {"type": "lognormal", "median": 80, "sigma": 0.4, "max": 2000}}},
  {"name": "flaky", "probability": 0.05, "then": {"fault": "CONNECTION_RESET_BY_PEER"}},
  {"name": "poll", "then": {"sequence": [{"statusCode": 202, "repeat": 3}, {"statusCode": 200, "responseBody": "done"}], "onExhausted": "last"}, "key": {"header": "X-Session"}}]}
"""  # noqa: E501


@pytest.fixture
def mock(mockwave_server: MockwaveServer) -> Mock:
    return Mock(mockwave_server)


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
