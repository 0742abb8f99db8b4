"""Verifications and explanations from the log of a real server with two workers."""

import http.client
import json
import threading
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.harness import MockwaveServer

SERVER_FIELDS = {"name": "verify", "workspaceId": "wrk_verify", "captureBodies": True}


class Mock:
    def __init__(self, server: MockwaveServer) -> None:
        self.server = server
        created = server.api("POST", "/mock-servers", SERVER_FIELDS).body
        self.path = f"/mock-servers/{created['_id']}"
        self.base = urlsplit(created["url"]).path

    def add(self, method: str, path: str, **fields: Any) -> str:
        answer = self.server.api(
            "POST", f"{self.path}/routes", {"method": method, "path": path, "statusCode": 200} | fields
        )
        assert answer.status == 201, answer.body
        return str(answer.body["_id"])

    def send(self, method: str, path: str, headers: dict[str, str] | None = None, body: bytes | None = None) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=10)
        connection.request(method, self.base + path, body, headers or {})
        status = connection.getresponse().status
        connection.close()
        return status

    def verify(self, **body: Any) -> Any:
        answer = self.server.api("POST", f"{self.path}/verifications", body)
        assert answer.status == 200, answer.body
        return answer.body

    def explain_newest(self) -> Any:
        (entry,) = self.server.api("GET", f"{self.path}/logs?limit=1").body
        answer = self.server.api("GET", f"{self.path}/logs/{entry['_id']}/explanation")
        assert answer.status == 200, answer.body
        return answer.body


@pytest.fixture
def mock(mockwave_server: MockwaveServer) -> Iterator[Mock]:
    made = Mock(mockwave_server)
    yield made
    mockwave_server.api("DELETE", made.path)


def test_requests_are_counted_over_all_workers(mock: Mock) -> None:
    mock.add("POST", "/orders")
    for number in range(30):
        mock.send(
            "POST",
            "/orders",
            {"X-Plan": "pro" if number % 3 == 0 else "free", "content-type": "application/json"},
            b'{"n": %d}' % number,
        )
    when = {"method": "POST", "path": "/orders", "headers": {"X-Plan": {"equalTo": "pro"}}}
    found = mock.verify(request=when, count={"exactly": 10})
    assert found["verified"] is True
    assert found["count"] == 10
    assert [entry["requestBody"] for entry in found["entries"]] == [f'{{"n": {n}}}' for n in range(27, -1, -3)]
    assert "nearest" not in found
    assert mock.verify(request=when, count={"atMost": 9})["verified"] is False
    assert mock.verify(request=when)["verified"] is True
    body = {"body": [{"contains": '"n": 7}'}]}
    assert mock.verify(request=body, count={"exactly": 1})["verified"] is True


def test_what_differs_least_is_shown_where_nothing_was_found(mock: Mock) -> None:
    mock.add("GET", "/pets/{id}")
    mock.send("GET", "/pets/7?size=big", {"X-Plan": "free"})
    mock.send("PUT", "/cats")
    found = mock.verify(
        request={
            "method": "GET",
            "path": "/pets/7",
            "query": {"size": {"equalTo": "big"}},
            "headers": {"X-Plan": {"equalTo": "pro"}},
        }
    )
    assert (found["verified"], found["count"], found["entries"]) == (False, 0, [])
    nearest = found["nearest"][0]
    assert nearest["entry"]["requestPath"] == "/pets/7"
    (difference,) = nearest["differences"]
    assert difference["pointer"].startswith("/request/headers")
    assert "pro" in difference["expected"]
    assert difference["actual"].strip('"') == "free"
    assert len(found["nearest"][1]["differences"]) > 1


def test_path_parameters_are_those_of_the_route_that_answered(mock: Mock) -> None:
    mock.add("GET", "/pets/{id}/toys/{toy}")
    mock.send("GET", "/pets/7/toys/ball")
    mock.send("GET", "/pets/8/toys/ball")
    assert mock.verify(request={"pathParameters": {"id": {"equalTo": "7"}}}, count={"exactly": 1})["verified"] is True


def test_an_order_is_found_with_others_in_between(mock: Mock) -> None:
    for path in ("/login", "/look", "/buy"):
        mock.add("GET", path)
    for path in ("/look", "/login", "/look", "/look", "/buy"):
        mock.send("GET", path)
    found = mock.verify(order=[{"path": "/login"}, {"path": "/look"}, {"path": "/buy"}])
    assert found["verified"] is True
    assert [entry["requestPath"] for entry in found["entries"]] == ["/login", "/look", "/buy"]
    found = mock.verify(order=[{"path": "/buy"}, {"path": "/login"}])
    assert (found["verified"], found["count"]) == (False, 1)


def test_a_verification_waits_for_what_comes(mock: Mock) -> None:
    mock.add("GET", "/late")

    def ask_later() -> None:
        for _ in range(3):
            time.sleep(0.3)
            mock.send("GET", "/late")

    client = threading.Thread(target=ask_later)
    client.start()
    began = time.monotonic()
    found = mock.verify(request={"path": "/late"}, count={"atLeast": 3}, timeoutMs=10_000)
    took = time.monotonic() - began
    client.join()
    assert found["verified"] is True
    assert 0.8 < took < 8
    began = time.monotonic()
    assert mock.verify(request={"path": "/never"}, timeoutMs=700)["verified"] is False
    assert 0.6 < time.monotonic() - began < 5


def test_since_leaves_out_what_came_before(mock: Mock) -> None:
    mock.add("GET", "/a")
    mock.send("GET", "/a")
    time.sleep(0.05)
    since = f"{time.time():.6f}"
    time.sleep(0.05)
    mock.send("GET", "/a")
    assert mock.verify(request={"path": "/a"}, since=since)["count"] == 1


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        ({}, ["/request"]),
        ({"request": {}, "order": [{}]}, ["/request"]),
        ({"request": {"heders": {}}}, ["/request/heders"]),
        ({"request": {"headers": {"X": {"equalsTo": "a"}}}}, ["/request/headers/X/equalsTo"]),
        ({"order": []}, ["/order"]),
        ({"request": {}, "count": {"exactly": 1, "atMost": 2}}, ["/count"]),
        ({"request": {}, "count": {"atLeast": 3, "atMost": 2}}, ["/count"]),
        ({"request": {}, "count": {"exactly": -1}}, ["/count/exactly"]),
        # These two were a 500: the struct refuses them as a whole, not a field of it.
        ({"request": {}, "at": 1, "x/y": 2}, ["/at", "/x~1y"]),
        ({"request": {}, "count": {"exacty": 1}}, ["/count/exacty"]),
        ({"request": {}, "timeoutMs": 600_000, "since": "yesterday"}, ["/timeoutMs", "/since"]),
    ],
)
def test_faults_of_a_verification_are_named(mock: Mock, body: dict[str, Any], pointers: list[str]) -> None:
    answer = mock.server.api("POST", f"{mock.path}/verifications", body)
    assert answer.status == 400
    assert [error["pointer"] for error in answer.body["errors"]] == pointers


def test_a_miss_is_explained_by_the_nearest_routes(mock: Mock) -> None:
    mock.add("GET", "/pets/{id}")
    mock.add("POST", "/pets")
    mock.add("GET", "/shops/{id}/opening-hours")
    for method, path, expected in (
        ("PUT", "/pets/7/", ("/pets/{id}", "method")),
        ("GET", "/Pets/7", ("/pets/{id}", "case")),
        ("DELETE", "/pets", ("/pets", "method")),
        ("GET", "/shops/7/openinghours", ("/shops/{id}/opening-hours", "segment")),
        ("GET", "/shops/7", ("/pets/{id}", "segment")),
    ):
        assert mock.send(method, path) in (404, 405)
        explained = mock.explain_newest()
        assert (explained["closest"][0]["path"], explained["closest"][0]["differences"][0]["kind"]) == expected
        assert len(explained["closest"]) == 3
        assert expected[0] in explained["reason"]
        assert explained["rules"] == []


def test_an_answer_of_a_route_is_explained_by_its_rules(mock: Mock) -> None:
    rules = [
        {"name": "pro", "when": {"headers": {"X-Plan": {"equalTo": "pro"}}}, "then": {"statusCode": 202}},
        {"name": "never", "when": {"query": {"a": {"equalTo": "1"}}}, "then": {"statusCode": 203}},
    ]
    route_id = mock.add("GET", "/orders/{id}", rules=rules)
    mock.send("GET", "/orders/5", {"X-Plan": "free"})
    explained = mock.explain_newest()
    assert explained["route"] == {"id": route_id, "method": "GET", "path": "/orders/{id}"}
    assert [(rule["name"], rule["holds"], rule["answered"]) for rule in explained["rules"]] == [
        ("pro", False, False),
        ("never", False, False),
    ]
    difference = explained["rules"][0]["difference"]
    assert difference["pointer"].startswith("/rules/0/when/headers")
    assert difference["actual"].strip('"') == "free"
    assert explained["changedSince"] is False
    mock.server.api("PUT", mock.path, {"name": "changed"})
    assert mock.explain_newest()["changedSince"] is True


@pytest.mark.parametrize("change", ["route", "rules", "new route", "deleted route", "server rules", "by the app"])
def test_an_explanation_says_that_a_route_was_changed_since(mock: Mock, change: str) -> None:
    """`changedSince` considered only changes of the server's own fields, though rules of a route decide its answers."""
    route = f"{mock.path}/routes/{mock.add('GET', '/orders')}"
    other = f"{mock.path}/routes/{mock.add('GET', '/other')}"
    mock.send("GET", "/orders")
    assert mock.explain_newest()["changedSince"] is False
    rules = {"rules": [{"then": {"statusCode": 404}}]}
    if change == "route":
        mock.server.api("PUT", route, {"method": "GET", "path": "/orders", "statusCode": 201})
    elif change == "rules":
        mock.server.api("PUT", f"{route}/rules", rules)
    elif change == "new route":
        mock.add("GET", "/{any}")
    elif change == "deleted route":
        mock.server.api("DELETE", other)
    elif change == "server rules":
        mock.server.api("PUT", f"{mock.path}/rules", rules)
    else:
        body = json.dumps({"status": 202, "content": {"mimeType": "text/plain", "text": "x"}}).encode()
        upsert = f"/bin/upsert/{mock.path.rpartition('/')[2]}/orders"
        assert mock.server.request("PUT", upsert, body, {"insomnia-mock-method": "GET"}).status == 200
    assert mock.explain_newest()["changedSince"] is True


def test_an_explanation_says_that_the_route_has_been_deleted_since(mock: Mock) -> None:
    """It said that no rule answered, of a list that was not there any more."""
    rules = [{"when": {"query": {"q": {"equalTo": "1"}}}, "then": {"statusCode": 201}}]
    route_id = mock.add("GET", "/gone", rules=rules)
    assert mock.send("GET", "/gone") == 200
    mock.server.api("DELETE", f"{mock.path}/routes/{route_id}")
    explained = mock.explain_newest()
    assert "deleted since" in explained["reason"]
    assert (explained["changedSince"], explained["rules"]) == (True, [])


@pytest.mark.parametrize(
    ("path", "shown", "reason"),
    [
        ("/a", "slow+ no- pace- b-", "the rule server:slow left the answer to what comes below it, and the route"),
        ("/a?a=1", "slow+ no- pace+", "the rule pace left the answer to what comes below it, and the route answered"),
        ("/a?b=1", "slow+ no- pace- b!", "the rule b answered with 201"),
        ("/b", "slow+ no-", "the rule server:slow left the answer to what comes below it, and no route matched: 404"),
    ],
)
def test_rules_that_leave_the_answer_to_others_are_explained_with_those_below(
    mock: Mock, path: str, shown: str, reason: str
) -> None:
    """The explanation ended at a rule that goes on if none below answered, and said that it had answered."""
    slow = {"name": "slow", "then": {"next": True, "delay": 1}}
    no = {"name": "no", "when": {"method": "PUT"}, "then": {"statusCode": 500}}
    pace = {"name": "pace", "when": {"query": {"a": {"equalTo": "1"}}}, "then": {"delay": 1}}
    answers = {"name": "b", "when": {"query": {"b": {"equalTo": "1"}}}, "then": {"statusCode": 201}}
    mock.server.api("PUT", f"{mock.path}/rules", {"rules": [slow, no]})
    mock.add("GET", "/a", rules=[pace, answers])
    mock.send("GET", path)
    explained = mock.explain_newest()
    rules = explained["rules"]
    marks = ["!" if rule["answered"] else "+" if rule["holds"] else "-" for rule in rules]
    assert " ".join(rule["name"] + mark for rule, mark in zip(rules, marks, strict=True)) == shown
    assert explained["reason"].startswith(reason)
    assert "note" in rules[0]


def test_there_is_no_explanation_of_what_is_not_there(mock: Mock) -> None:
    assert mock.server.api("GET", f"{mock.path}/logs/log_1/explanation").status == 404


def test_a_verification_ends_with_the_server_that_it_waits_for(mockwave_server: MockwaveServer) -> None:
    """It waited until its time was over, and said that nothing had come."""
    mock = Mock(mockwave_server)
    deletion = threading.Timer(0.3, mockwave_server.api, ("DELETE", mock.path))
    deletion.start()
    waited_ms = 20_000
    began_s = time.monotonic()
    answer = mockwave_server.api("POST", f"{mock.path}/verifications", {"request": {}, "timeoutMs": waited_ms})
    deletion.join()
    assert answer.status == 404
    assert time.monotonic() - began_s < waited_ms / 1000


@pytest.mark.parametrize(
    ("when", "is_verified"),
    [
        ({"body": [{"contains": "begin"}]}, True),
        ({"body": [{"contains": "end"}]}, False),
        ({"body": [{"doesNotContain": "end"}]}, False),
        ({"body": [{"matches": "begin.*"}]}, False),
        ({"not": {"body": [{"contains": "end"}]}}, False),
        ({"not": {"body": [{"contains": "begin"}]}}, False),
        ({"not": {"body": [{"equalToJson": "{}"}]}}, False),
    ],
)
def test_what_the_rest_of_a_cut_body_may_change_is_not_verified(mock: Mock, when: Any, is_verified: bool) -> None:
    """The kept beginning counted as the whole: `doesNotContain` held for what stood after it."""
    mock.add("POST", "/long")
    mock.send("POST", "/long", body=b"begin" + b"x" * 200_000 + b"end")
    found = mock.verify(request=when)
    assert found["verified"] is is_verified
    reasons = [each["actual"] for miss in found.get("nearest", []) for each in miss["differences"]]
    kept = [] if is_verified else [reason for reason in reasons if reason != "they do"]
    assert all(reason == "only the beginning of the body was kept" for reason in kept)
    assert is_verified or reasons
