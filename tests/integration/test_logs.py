"""The log over several workers: every request once, before and after restarts."""

import http.client
import threading
import time
from urllib.parse import urlsplit

import pytest

from tests.conftest import StartMockwave
from tests.harness import MockwaveServer, send


@pytest.fixture
def mock(mockwave_server: MockwaveServer) -> dict[str, str]:
    """Returns a mock server with GET /hit and POST /echo that captures bodies."""
    return make_mock(mockwave_server)


def make_mock(server: MockwaveServer) -> dict[str, str]:
    created = server.api("POST", "/mock-servers", {"name": "logs", "workspaceId": "wrk_logs", "captureBodies": True})
    for method, path in (("GET", "/hit/{number}"), ("POST", "/echo")):
        body = {"method": method, "path": path, "statusCode": 200}
        assert server.api("POST", f"/mock-servers/{created.body['_id']}/routes", body).status == 201
    return {"logs": f"/mock-servers/{created.body['_id']}/logs", "path": urlsplit(created.body["url"]).path}


def read_all(server: MockwaveServer, logs: str) -> list[dict[str, object]]:
    entries: list[dict[str, object]] = []
    while True:
        page = server.api("GET", f"{logs}?limit=1000&offset={len(entries)}").body
        entries += page
        if len(page) < 1000:
            return entries


def hit(server: MockwaveServer, path: str, numbers: range) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    for number in numbers:
        assert send(connection, "GET", f"{path}/hit/{number}?n={number}").status == 200
    connection.close()


def test_requests_over_all_workers_are_in_the_log_once_each_right_after_their_answers(
    mockwave_server: MockwaveServer, mock: dict[str, str]
) -> None:
    clients = [
        threading.Thread(target=hit, args=(mockwave_server, mock["path"], range(start, start + 250)))
        for start in range(0, 4000, 250)
    ]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    entries = read_all(mockwave_server, mock["logs"])
    assert sorted(int(str(entry["requestQuery"])[2:]) for entry in entries) == list(range(4000))
    assert len({entry["_id"] for entry in entries}) == 4000
    timestamps = [str(entry["timestamp"]) for entry in entries]
    assert timestamps == sorted(timestamps, reverse=True)


def test_a_log_read_right_after_an_answer_shows_it_whichever_worker_is_asked(
    mockwave_server: MockwaveServer, mock: dict[str, str]
) -> None:
    for number in range(200):
        hit(mockwave_server, mock["path"], range(number, number + 1))
        (newest,) = mockwave_server.api("GET", f"{mock['logs']}?limit=1").body
        assert newest["requestPath"] == f"/hit/{number}"


def test_bodies_are_captured_where_asked_for_and_posts_are_logged(
    mockwave_server: MockwaveServer, mock: dict[str, str]
) -> None:
    response = mockwave_server.request("POST", f"{mock['path']}/echo", b'{"a":1}', {"Content-Type": "application/json"})
    assert response.status == 200
    (entry,) = mockwave_server.api("GET", mock["logs"]).body
    assert (entry["requestMethod"], entry["requestBody"], entry["matched"]) == ("POST", '{"a":1}', True)


def test_misses_are_logged_as_unmatched(mockwave_server: MockwaveServer, mock: dict[str, str]) -> None:
    for method, path, status in (("GET", "/nope", 404), ("PUT", "/echo", 405), ("OPTIONS", "/echo", 204)):
        assert mockwave_server.request(method, mock["path"] + path).status == status
    entries = mockwave_server.api("GET", f"{mock['logs']}?matched=false").body
    assert [entry["mockedBy"] for entry in entries] == ["preflight", "none", "none"]
    assert not any("routeId" in entry for entry in entries)


def test_a_delay_is_never_cut_short_and_is_in_the_log(mockwave_server: MockwaveServer, mock: dict[str, str]) -> None:
    server = mock["logs"].removesuffix("/logs")
    body = {"method": "GET", "path": "/slow", "statusCode": 200, "delay": 150}
    assert mockwave_server.api("POST", f"{server}/routes", body).status == 201
    started = time.monotonic()
    assert mockwave_server.request("GET", f"{mock['path']}/slow").status == 200
    assert time.monotonic() - started >= 0.150
    (entry,) = mockwave_server.api("GET", f"{mock['logs']}?path=/slow").body
    assert entry["responseTimeMs"] >= 150


def test_everything_made_before_a_restart_is_served_and_logged_after(start_mockwave: StartMockwave) -> None:
    first = start_mockwave()
    mock = make_mock(first)
    hit(first, mock["path"], range(100))
    assert first.stop() == 0
    second = start_mockwave()
    hit(second, mock["path"], range(100, 120))
    entries = read_all(second, mock["logs"])
    assert sorted(int(str(entry["requestQuery"])[2:]) for entry in entries) == list(range(120))
    assert len(second.api("GET", mock["logs"].replace("/logs", "/routes")).body) == 2
