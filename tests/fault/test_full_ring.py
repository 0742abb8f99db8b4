"""A ring that nobody can empty: requests slow down and none is lost or, if so configured, entries are left out.

The Store's write lock is held from outside, like a stuck disk.
"""

import contextlib
import http.client
import re
import sqlite3
import threading
from collections.abc import Iterator
from urllib.parse import urlsplit

from tests.conftest import StartMockwave
from tests.harness import MockwaveServer, send, wait_for

RING_BYTES = 1 << 20
FILLER = {"X-Filler": "x" * 8_000}
REQUESTS = 400
"""More than fit the ring, at some 8 kB each."""


@contextlib.contextmanager
def store_held_up(server: MockwaveServer) -> Iterator[None]:
    connection = sqlite3.connect(server.data_dir / "mockwave.sqlite3", isolation_level=None, timeout=10)
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        connection.execute("ROLLBACK")
        connection.close()


class Client(threading.Thread):
    """Sends REQUESTS requests, one after the other."""

    def __init__(self, server: MockwaveServer, url: str) -> None:
        super().__init__(daemon=True)
        self._port = server.port
        self._path = urlsplit(url).path
        self.statuses: list[int] = []

    def run(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=30)
        for number in range(REQUESTS):
            self.statuses.append(send(connection, "GET", f"{self._path}/hit?n={number}", headers=FILLER).status)


def make_mock(server: MockwaveServer) -> tuple[str, str]:
    created = server.api("POST", "/mock-servers", {"name": "full", "workspaceId": "wrk_fault"}).body
    route = {"method": "GET", "path": "/hit", "statusCode": 200}
    assert server.api("POST", f"/mock-servers/{created['_id']}/routes", route).status == 201
    return f"/mock-servers/{created['_id']}/logs", created["url"]


def metric(server: MockwaveServer, name: str) -> float:
    text = server.request("GET", "/metrics").body.decode()
    found = re.search(rf"^{name}(?:{{.*}})? (\S+)$", text, re.MULTILINE)
    assert found, text
    return float(found[1])


def test_a_full_ring_holds_requests_back_until_there_is_room_and_loses_none(start_mockwave: StartMockwave) -> None:
    server = start_mockwave("--workers", "1", "--ring-bytes", str(RING_BYTES))
    logs, url = make_mock(server)
    client = Client(server, url)
    with store_held_up(server):
        client.start()
        wait_for(lambda: metric(server, "mockwave_ring_fill_ratio") > 0.98, "a full ring", server)
        assert len(client.statuses) < REQUESTS
    client.join(30)
    assert client.statuses == [200] * REQUESTS
    entries = server.api("GET", f"{logs}?limit=1000").body
    assert [entry["requestQuery"] for entry in entries] == [f"n={number}" for number in reversed(range(REQUESTS))]


def test_with_drop_a_full_ring_holds_nobody_back_and_counts_what_it_leaves_out(start_mockwave: StartMockwave) -> None:
    """A request that was left out counted as dropped and nowhere else."""
    server = start_mockwave("--workers", "1", "--ring-bytes", str(RING_BYTES), "--log-overflow", "drop")
    logs, url = make_mock(server)
    client = Client(server, url)
    with store_held_up(server):
        client.start()
        client.join(30)
        assert client.statuses == [200] * REQUESTS
    entries = server.api("GET", f"{logs}?limit=1000").body
    dropped = metric(server, "mockwave_log_entries_dropped_total")
    assert dropped > 0
    assert len(entries) + dropped == REQUESTS
    assert metric(server, "mockwave_mock_requests_total") == REQUESTS


def test_a_store_that_is_held_up_makes_the_server_unready_and_logs_are_answered_with_the_reason(
    start_mockwave: StartMockwave,
) -> None:
    server = start_mockwave("--workers", "1")
    logs, url = make_mock(server)
    with store_held_up(server):
        assert server.request("GET", f"{urlsplit(url).path}/hit").status == 200
        wait_for(lambda: server.request("GET", "/readyz").status == 503, "a red /readyz", server)
        (reason, *_) = server.request("GET", "/readyz").body["reasons"]
        assert "log entr" in reason
        answer = server.api("GET", logs)
        assert answer.status == 503
        assert "has been storing log entries" in answer.body["detail"]
    wait_for(lambda: server.request("GET", "/readyz").status == 200, "a green /readyz", server)
    assert len(server.api("GET", logs).body) == 1
