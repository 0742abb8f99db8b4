"""The state of rules on a real server: all workers share it, and none of it is lost or handed out twice when they are
killed."""

import http.client
import os
import signal
import threading
import time
from collections import Counter
from typing import Any

import pytest

from tests.harness import MockwaveServer, wait_for

CLIENTS = 64
ROUNDS = 10
STEPS = 400
KILLS = 12


def create_server(server: MockwaveServer, *routes: dict[str, Any], **fields: Any) -> tuple[str, str]:
    """Returns the API's path of a new mock server with these routes, and the path of its mock."""
    created = server.api("POST", "/mock-servers", {"name": "Orders", "workspaceId": "wrk_1", **fields}).body
    for route in routes:
        answer = server.api("POST", f"/mock-servers/{created['_id']}/routes", {"statusCode": 409, **route})
        assert answer.status == 201, answer.body
    return f"/mock-servers/{created['_id']}", f"/bin/{created['_id']}"


class Client(threading.Thread):
    """Draws each round's sequence to its end, and moves a scenario back and forth in between."""

    def __init__(self, server: MockwaveServer, mock: str) -> None:
        super().__init__(daemon=True)
        self._server = server
        self._mock = mock
        self._connection: http.client.HTTPConnection | None = None
        self.drawn: list[tuple[int, int]] = []
        self.moved: Counter[int] = Counter()
        self.unanswered = 0
        self.fault: BaseException | None = None

    def run(self) -> None:
        try:
            for number in range(ROUNDS):
                self._draw_round(number)
        except BaseException as fault:
            self.fault = fault

    def _draw_round(self, number: int) -> None:
        turn = 0
        while True:
            turn += 1
            self._ask("POST" if turn % 2 else "PUT", "/move")
            answer = self._ask("GET", "/draw", {"X-Round": str(number)})
            if answer is None:
                continue
            status, body = answer
            if status == 409:
                return
            assert status == 200, answer
            self.drawn.append((number, int(body)))

    def _ask(self, method: str, path: str, headers: dict[str, str] | None = None) -> tuple[int, bytes] | None:
        """Returns None if the worker was killed, or nobody is there yet."""
        try:
            if self._connection is None:
                self._connection = http.client.HTTPConnection("127.0.0.1", self._server.port, timeout=30)
            self._connection.request(method, f"{self._mock}{path}", headers=headers or {})
            response = self._connection.getresponse()
            body = response.read()
        except (OSError, http.client.HTTPException):
            self._connection = None
            self.unanswered += 1
            time.sleep(0.005)
            return None
        self.moved[response.status] += path == "/move"
        return response.status, body


def test_steps_and_transitions_happen_once_while_workers_are_killed(start_mockwave: Any) -> None:
    server: MockwaveServer = start_mockwave("--workers", "2")
    steps = [{"statusCode": 200, "responseBody": str(index)} for index in range(STEPS)]
    there = {"name": "there", "scenario": {"name": "side", "from": "Started", "to": "B"}, "times": 10**9}
    back = {"name": "back", "scenario": {"name": "side", "from": "B", "to": "Started"}, "times": 10**9}
    draw = {"name": "draw", "then": {"sequence": steps, "onExhausted": "next"}, "key": {"header": "X-Round"}}
    api, mock = create_server(
        server,
        {"method": "GET", "path": "/draw", "rules": [draw]},
        {"method": "POST", "path": "/move", "rules": [{**there, "then": {"statusCode": 201}}]},
        {"method": "PUT", "path": "/move", "rules": [{**back, "then": {"statusCode": 202}}]},
    )
    clients = [Client(server, mock) for _ in range(CLIENTS)]
    for client in clients:
        client.start()

    for number in range(KILLS):
        server.wait_until_whole(2)
        if not any(client.is_alive() for client in clients):
            break
        os.kill(server.living_workers()[number % 2 + 1], signal.SIGKILL)
        time.sleep(0.05)
    for client in clients:
        client.join(120)
    server.wait_until_whole(2)

    assert [client.fault for client in clients if client.fault or client.is_alive()] == []
    drawn = Counter(each for client in clients for each in client.drawn)
    assert max(drawn.values()) == 1, "no step is handed out twice"
    unanswered = sum(client.unanswered for client in clients)
    assert ROUNDS * STEPS - len(drawn) <= unanswered, "what was not answered was handed to whom a kill kept from it"
    state = server.api("GET", f"{api}/state?limit=1000").body
    hits = {(each["name"], each.get("key", "")): each["hits"] for each in state if each["kind"] == "rule"}
    assert {key: hits["draw", key] for key in map(str, range(ROUNDS))} == dict.fromkeys(map(str, range(ROUNDS)), STEPS)
    (side,) = (each["state"] for each in state if each["kind"] == "scenario")
    assert hits["there", ""] - hits["back", ""] == (1 if side == "B" else 0), "a state moves on with what counts it"
    moved = sum((client.moved for client in clients), Counter[int]())
    assert 0 <= hits["there", ""] - moved[201] <= unanswered
    assert 0 <= hits["back", ""] - moved[202] <= unanswered
    assert logged(server, api, "draw") >= len(drawn), "what was answered is on record"
    assert logged(server, api, "draw") <= ROUNDS * STEPS, "and nothing twice"


def logged(server: MockwaveServer, api: str, rule: str) -> int:
    count = 0
    while True:
        page = server.api("GET", f"{api}/logs?rule={rule}&limit=1000&offset={count}").body
        count += len(page)
        if not page:
            return count


def test_a_state_that_is_set_or_reset_is_met_by_the_next_request_to_any_worker(start_mockwave: Any) -> None:
    server: MockwaveServer = start_mockwave("--workers", "2")
    rule = {"name": "paid", "scenario": {"name": "order", "from": "Paid"}, "then": {"statusCode": 200}}
    api, mock = create_server(server, {"method": "GET", "path": "/order", "rules": [rule]})
    body = {"kind": "scenario", "name": "order", "state": "Paid"}

    for _ in range(20):
        assert server.api("PUT", f"{api}/state", body).status == 200
        assert {server.request("GET", f"{mock}/order").status for _ in range(4)} == {200}
        assert server.api("DELETE", f"{api}/state?name=order").status == 204
        assert {server.request("GET", f"{mock}/order").status for _ in range(4)} == {409}


def test_state_ends_with_the_server(start_mockwave: Any) -> None:
    server: MockwaveServer = start_mockwave("--workers", "1")
    rule = {"name": "once", "then": {"statusCode": 200}, "times": 1}
    api, mock = create_server(server, {"method": "GET", "path": "/once", "rules": [rule]})
    assert [server.request("GET", f"{mock}/once").status for _ in range(2)] == [200, 409]
    server.stop()

    again: MockwaveServer = start_mockwave("--workers", "1", data_dir=server.data_dir)

    assert again.api("GET", f"{api}/state").body == []
    assert [again.request("GET", f"{mock}/once").status for _ in range(2)] == [200, 409]


DOCUMENT = """
openapi: 3.1.0
info: {title: Orders, version: '1'}
paths:
  /orders:
    get:
      responses:
        '200': {description: ok, content: {application/json: {example: {id: 1}}}}
        '404': {description: none, content: {application/json: {example: {id: 0}}}}
"""
LIMIT = {"name": "limit", "rateLimit": {"limit": 1000, "windowMs": 86_400_000}}
DECLARED = {"name": "poll", "then": {"sequence": [{"response": 404, "repeat": 3}, {"response": 200}]}}
TEMPLATED = {
    "name": "templated",
    "then": {"responseBody": "{{ request.method }}", "contentType": "text/plain", "template": "liquid"},
    "times": 4,
}


@pytest.mark.parametrize(
    ("rules", "statuses", "hits"),
    [
        ([DECLARED], [404] * 3 + [200] * 6, {"limit": 9, "poll": 9}),
        ([TEMPLATED, DECLARED], [200] * 4 + [404] * 3 + [200] * 2, {"limit": 9, "poll": 5, "templated": 4}),
        ([{**TEMPLATED, "times": 9}], [200] * 9, {"limit": 9, "templated": 9}),
    ],
    ids=["declared", "templated and declared", "templated"],
)
def test_a_request_is_counted_once_whatever_answers_it(
    start_mockwave: Any, rules: list[Any], statuses: list[int], hits: dict[str, int]
) -> None:
    """Rules are tried at once, and if that is not enough, again with time: their state was asked twice, too."""
    server: MockwaveServer = start_mockwave("--workers", "1")
    api, mock = create_server(server, specification=DOCUMENT, rules=[LIMIT])
    (route,) = server.api("GET", f"{api}/routes").body
    assert server.api("PUT", f"{api}/routes/{route['_id']}/rules", {"rules": rules}).status == 200

    answered = [server.request("GET", f"{mock}/orders").status for _ in range(9)]

    assert answered == statuses
    assert {each["name"]: each["hits"] for each in server.api("GET", f"{api}/state").body} == hits


def test_a_table_that_was_cut_short_is_made_anew(start_mockwave: Any) -> None:
    server: MockwaveServer = start_mockwave("--workers", "2")
    rule = {"name": "count", "then": {"statusCode": 200}, "times": 10**9}
    _, mock = create_server(server, {"method": "GET", "path": "/count", "rules": [rule]})
    assert server.request("GET", f"{mock}/count").status == 200
    os.truncate(server.data_dir / "run" / "state", 4096)

    def answers() -> bool:
        try:
            return server.request("GET", f"{mock}/count").status == 200
        except (OSError, http.client.HTTPException):
            return False

    for _ in range(8):  # each worker meets it, ends, and is replaced
        wait_for(answers, "an answer", server)
    assert "made anew" in server.errors
