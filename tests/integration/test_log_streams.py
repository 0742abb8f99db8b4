"""The log as it grows, over several workers: each entry once and in order, through reconnections and killed workers."""

import http.client
import json
import os
import signal
import threading
import time
from collections.abc import Iterator
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.conftest import StartMockwave
from tests.harness import MockwaveServer, send, wait_for


class Stream:
    """A client of an event stream, which it reads in a thread; keeps the events."""

    def __init__(self, server: MockwaveServer, path: str, last_event_id: str = "") -> None:
        self.events: list[tuple[str, str, Any]] = []  # (name, id, data)
        self.last_id = last_event_id
        self._connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
        headers = {"Authorization": f"Bearer {server.token}", "Accept": "text/event-stream"}
        if last_event_id:
            headers["Last-Event-ID"] = last_event_id
        self._connection.request("GET", path, headers=headers)
        self._response = self._connection.getresponse()
        assert self._response.status == 200
        assert self._response.headers["content-type"] == "text/event-stream"
        self.has_ended = False
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        fields: dict[str, str] = {}
        try:
            for line in self._response:
                text = line.decode().rstrip("\n")
                if text:
                    name, _, value = text.partition(": ")
                    fields[name] = value
                elif "data" in fields:
                    self.last_id = fields.get("id", self.last_id)
                    self.events.append((fields.get("event", ""), fields.get("id", ""), json.loads(fields["data"])))
                    fields = {}
                else:
                    fields = {}
        except (OSError, ValueError, http.client.HTTPException):
            pass
        self.has_ended = True

    def named(self, name: str) -> list[Any]:
        return [data for each, _, data in list(self.events) if each == name]

    @property
    def paths(self) -> list[str]:
        return [entry["requestPath"] for entry in self.named("entry")]

    def close(self) -> None:
        raw: Any = self._response.fp
        raw.raw._sock.shutdown(2)
        self._thread.join(timeout=10)


@pytest.fixture
def mock(mockwave_server: MockwaveServer) -> Iterator[dict[str, str]]:
    made = make_mock(mockwave_server)
    yield made
    mockwave_server.api("DELETE", made["server"])


def make_mock(server: MockwaveServer) -> dict[str, str]:
    created = server.api("POST", "/mock-servers", {"name": "streams", "workspaceId": "wrk_streams"}).body
    path = f"/mock-servers/{created['_id']}"
    route = server.api("POST", f"{path}/routes", {"method": "GET", "path": "/hit/{n}", "statusCode": 200})
    assert route.status == 201
    return {"server": path, "mock": urlsplit(created["url"]).path}


def hit(server: MockwaveServer, mock: str, numbers: range, pause_s: float = 0.0) -> None:
    """Sends ten requests per connection, so that all workers get some."""
    for start in range(0, len(numbers), 10):
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
        for number in numbers[start : start + 10]:
            assert send(connection, "GET", f"{mock}/hit/{number}").status == 200
            time.sleep(pause_s)
        connection.close()


def test_each_entry_comes_once_and_in_order_from_all_workers(
    mockwave_server: MockwaveServer, mock: dict[str, str]
) -> None:
    stream = Stream(mockwave_server, f"{mock['server']}/logs/stream")
    hit(mockwave_server, mock["mock"], range(150))
    wait_for(lambda: len(stream.paths) >= 150, "all entries are on the stream", mockwave_server)
    assert stream.paths == [f"/hit/{number}" for number in range(150)]
    numbers = [int(number) for name, number, _ in stream.events if name == "entry"]
    assert numbers == list(range(numbers[0], numbers[0] + 150))
    assert sum(counts["entries"] for counts in stream.named("counts")) == 150
    stream.close()


def test_a_client_that_comes_back_misses_nothing(mockwave_server: MockwaveServer, mock: dict[str, str]) -> None:
    stream = Stream(mockwave_server, f"{mock['server']}/logs/stream")
    hit(mockwave_server, mock["mock"], range(20))
    wait_for(lambda: len(stream.paths) == 20, "the first entries are there", mockwave_server)
    stream.close()
    hit(mockwave_server, mock["mock"], range(20, 500))
    back = Stream(mockwave_server, f"{mock['server']}/logs/stream", stream.last_id)
    hit(mockwave_server, mock["mock"], range(500, 520))
    wait_for(lambda: len(back.paths) >= 500, "the rest is there", mockwave_server)
    assert back.paths == [f"/hit/{number}" for number in range(20, 520)]
    back.close()


def test_filters_hold_on_the_stream(mockwave_server: MockwaveServer, mock: dict[str, str]) -> None:
    stream = Stream(mockwave_server, f"{mock['server']}/logs/stream?text=NINE&matched=false")
    connection = http.client.HTTPConnection("127.0.0.1", mockwave_server.port, timeout=10)
    for path in ("/hit/nine", "/nine", "/ten", "/other?is=nine"):
        send(connection, "GET", mock["mock"] + path)
    wait_for(lambda: len(stream.paths) >= 2, "both are there", mockwave_server)
    time.sleep(0.6)
    assert stream.paths == ["/nine", "/other"]
    assert sum(counts["entries"] for counts in stream.named("counts")) == 2
    stream.close()


def test_a_log_that_grows_too_fast_is_sampled_and_the_counts_are_true(
    mockwave_server: MockwaveServer, mock: dict[str, str]
) -> None:
    stream = Stream(mockwave_server, f"{mock['server']}/logs/stream")
    hit(mockwave_server, mock["mock"], range(3000))
    wait_for(
        lambda: sum(counts["entries"] for counts in stream.named("counts")) == 3000, "all are counted", mockwave_server
    )
    dropped = sum(counts["dropped"] for counts in stream.named("counts"))
    assert dropped > 0
    assert len(stream.paths) == 3000 - dropped
    numbers = [int(path.removeprefix("/hit/")) for path in stream.paths]
    assert numbers == sorted(set(numbers))
    stream.close()


def test_a_killed_worker_takes_no_entry_from_the_stream(start_mockwave: StartMockwave) -> None:
    server = start_mockwave()
    server.wait_until_whole(2)
    mock = make_mock(server)
    stream = Stream(server, f"{mock['server']}/logs/stream", "0")
    answered: list[int] = []

    def ask(number: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
        try:
            if send(connection, "GET", f"{mock['mock']}/hit/{number}").status == 200:
                answered.append(number)
        except (OSError, http.client.HTTPException):
            pass
        connection.close()

    for number in range(300):
        if number in (100, 200):
            victim = sorted(server.living_workers().values())[0]
            os.kill(victim, signal.SIGKILL)
        ask(number)
        time.sleep(0.004)
    server.wait_until_whole(2)
    collected = list(stream.events)
    if stream.has_ended:  # it was served by one of the killed workers
        stream = Stream(server, f"{mock['server']}/logs/stream", stream.last_id)

    def seen() -> list[str]:
        first = [data["requestPath"] for name, _, data in collected if name == "entry"]
        return first + [path for path in stream.paths if path not in first]

    wait_for(lambda: set(seen()) >= {f"/hit/{number}" for number in answered}, "all answered are seen", server)
    assert len(seen()) == len(set(seen()))
    stream.close()


def test_a_server_stops_though_streams_are_open(start_mockwave: StartMockwave) -> None:
    server = start_mockwave()
    mock = make_mock(server)
    streams = [Stream(server, f"{mock['server']}/logs/stream"), Stream(server, "/events")]
    began = time.monotonic()
    assert server.stop() == 0
    assert time.monotonic() - began < 8
    for stream in streams:
        wait_for(partial(getattr, stream, "has_ended"), "the stream has ended")


def test_a_change_of_a_server_is_an_event(mockwave_server: MockwaveServer) -> None:
    stream = Stream(mockwave_server, "/events")
    time.sleep(0.5)
    mock = make_mock(mockwave_server)
    mock_server_id = mock["server"].rpartition("/")[2]
    mockwave_server.api("PUT", mock["server"], {"status": "stopped"})
    wait_for(
        lambda: any(s["_id"] == mock_server_id and s["status"] == "stopped" for s in stream.named("server")),
        "the change is an event",
        mockwave_server,
    )
    mockwave_server.api("DELETE", mock["server"])
    wait_for(lambda: {"_id": mock_server_id} in stream.named("deleted"), "so is its end", mockwave_server)
    stream.close()


def test_an_open_stream_ends_with_its_mock_server(mockwave_server: MockwaveServer) -> None:
    mock = make_mock(mockwave_server)
    stream = Stream(mockwave_server, f"{mock['server']}/logs/stream")
    mockwave_server.api("DELETE", mock["server"])
    wait_for(lambda: stream.has_ended, "the stream has ended", mockwave_server)
    assert stream.named("end") == [{"reason": "the mock server is gone"}]


def test_one_entry_is_found_by_its_id_and_the_log_can_be_cleared(
    mockwave_server: MockwaveServer, mock: dict[str, str]
) -> None:
    hit(mockwave_server, mock["mock"], range(700))
    logs = f"{mock['server']}/logs"
    entries = mockwave_server.api("GET", f"{logs}?limit=1000").body
    for entry in (entries[0], entries[350], entries[-1]):
        assert mockwave_server.api("GET", f"{logs}/{entry['_id']}").body == entry
    changed = entries[0]["_id"][:-1] + ("0" if entries[0]["_id"][-1] != "0" else "1")
    for unknown in (changed, "log_1", "log_" + "f" * 32, "x"):
        assert mockwave_server.api("GET", f"{logs}/{unknown}").status == 404
    assert mockwave_server.api("DELETE", logs).status == 204
    assert mockwave_server.api("GET", logs).body == []
    hit(mockwave_server, mock["mock"], range(3))
    assert [entry["requestPath"] for entry in mockwave_server.api("GET", logs).body] == ["/hit/2", "/hit/1", "/hit/0"]


def test_unused_routes_and_hits_are_counted_from_the_log(mockwave_server: MockwaveServer, mock: dict[str, str]) -> None:
    for path in ("/used", "/unused"):
        body = {"method": "POST", "path": path, "statusCode": 200}
        assert mockwave_server.api("POST", f"{mock['server']}/routes", body).status == 201
    hit(mockwave_server, mock["mock"], range(12))
    connection = http.client.HTTPConnection("127.0.0.1", mockwave_server.port, timeout=10)
    send(connection, "POST", f"{mock['mock']}/used")
    routes = f"{mock['server']}/routes"
    used = {route["path"]: route for route in mockwave_server.api("GET", f"{routes}?usage=true").body}
    assert {path: route["hits"] for path, route in used.items()} == {"/hit/{n}": 12, "/used": 1, "/unused": 0}
    assert "lastUsed" in used["/used"]
    assert "lastUsed" not in used["/unused"]
    assert [route["path"] for route in mockwave_server.api("GET", f"{routes}?unused=true").body] == ["/unused"]
    assert [route["path"] for route in mockwave_server.api("GET", f"{routes}?q=USED&method=post").body] == [
        "/used",
        "/unused",
    ]
    assert "hits" not in mockwave_server.api("GET", routes).body[0]


def test_figures_are_made_from_the_log(mockwave_server: MockwaveServer, mock: dict[str, str]) -> None:
    hit(mockwave_server, mock["mock"], range(40))
    connection = http.client.HTTPConnection("127.0.0.1", mockwave_server.port, timeout=10)
    for _ in range(5):
        send(connection, "GET", f"{mock['mock']}/nothing")
    figures = mockwave_server.api("GET", f"{mock['server']}/figures?step=60").body
    assert sum(step["requests"] for step in figures["steps"]) == 45
    classes = [step["classes"] for step in figures["steps"]]
    assert sum(each.get("2xx", 0) for each in classes) == 40
    assert sum(each.get("4xx", 0) for each in classes) == 5
    assert all(0 < step["p50Ms"] <= step["p99Ms"] < 10_000 for step in figures["steps"])
    # A time outside the range of dates, which was a 500.
    assert mockwave_server.api("GET", f"{mock['server']}/figures?since=848870373717.999").status == 200
    for query in ("step=0", "step=x", "since=yesterday"):
        assert mockwave_server.api("GET", f"{mock['server']}/figures?{query}").status == 400
