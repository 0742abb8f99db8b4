"""Hostile request bodies on a real server: broken, endless, too large, too many. Whatever comes, `/healthz` answers,
mocks have their log, and no worker grows."""

import contextlib
import http.client
import json
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.conftest import StartMockwave
from tests.harness import DEADLINE_S, MockwaveServer, send, wait_for

HEALTHY_WITHIN_S = 2.0
"""On a busy machine; a blocked worker takes as long as its work."""

MIB = 1024 * 1024


@pytest.fixture
def mock(mockwave_server: MockwaveServer) -> Iterator[str]:
    """Yields the path of a mock that captures bodies."""
    path = create_mock(mockwave_server, captureBodies=True)
    yield path
    mockwave_server.api("DELETE", f"/mock-servers/{path.removeprefix('/bin/')}")


def create_mock(server: MockwaveServer, **fields: Any) -> str:
    created = server.api("POST", "/mock-servers", {"name": "bodies", "workspaceId": "wrk_fault", **fields}).body
    route = {"method": "POST", "path": "/a", "statusCode": 200, "responseBody": "{}"}
    assert server.api("POST", f"/mock-servers/{created['_id']}/routes", route).status == 201
    url: str = created["url"]
    return urlsplit(url).path


def exchange(server: MockwaveServer, *parts: bytes, closes: bool = False) -> tuple[int, bytes]:
    """Returns status and body of the only answer to these bytes, after which the server closes; `closes`: the client
    first closes its own side."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=DEADLINE_S) as connection:
        for part in parts:
            connection.sendall(part)
        if closes:
            connection.shutdown(socket.SHUT_WR)
        return read_answer(connection)


def read_answer(connection: socket.socket) -> tuple[int, bytes]:
    received = b""
    while True:
        head, found, body = received.partition(b"\r\n\r\n")
        length = re.search(rb"(?i)\r\ncontent-length: (\d+)", head)
        if found and length and len(body) >= int(length[1]):
            return int(head.split(b" ", 2)[1]), body
        piece = connection.recv(65536)
        assert piece, f"closed after {received!r}"
        received += piece


def head(method: str, path: str, *fields: str) -> bytes:
    return "\r\n".join([f"{method} {path} HTTP/1.1", "Host: localhost", *fields, "", ""]).encode()


def newest_entry(server: MockwaveServer, mock: str) -> dict[str, Any]:
    entry: dict[str, Any] = server.api("GET", f"/mock-servers/{mock.removeprefix('/bin/')}/logs?limit=1").body[0]
    return entry


@contextlib.contextmanager
def repeated_meanwhile(act: Callable[[], None], every_s: float) -> Iterator[None]:
    """Repeats it in a thread while the block runs."""
    done = threading.Event()

    def repeat() -> None:
        while not done.wait(every_s):
            act()

    thread = threading.Thread(target=repeat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join(DEADLINE_S)


@contextlib.contextmanager
def health_watched(server: MockwaveServer) -> Iterator[None]:
    """Asks /healthz repeatedly while the block runs; fails if one answer takes too long."""
    took: list[float] = []

    def ask() -> None:
        start = time.monotonic()
        assert server.request("GET", "/healthz").status == 200
        took.append(time.monotonic() - start)

    with repeated_meanwhile(ask, every_s=0.02):
        yield
    assert took
    assert max(took) < HEALTHY_WITHIN_S


def resident_bytes(pid: int) -> int:
    found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    assert found
    return int(found[1]) * 1024


@contextlib.contextmanager
def growth_watched(server: MockwaveServer, limit_bytes: int) -> Iterator[None]:
    """Fails if a worker grows by more than that while the block runs."""
    workers = list(server.worker_pids().values())
    before = {pid: resident_bytes(pid) for pid in workers}
    grown = dict.fromkeys(workers, 0)

    def look() -> None:
        for pid in workers:
            grown[pid] = max(grown[pid], resident_bytes(pid) - before[pid])

    with repeated_meanwhile(look, every_s=0.005):
        yield
    assert max(grown.values()) < limit_bytes, grown


def in_parallel(count: int, work: Callable[[], Any]) -> list[Any]:
    """Returns the results of `work` in so many threads."""
    results: list[Any] = []
    threads = [threading.Thread(target=lambda: results.append(work()), daemon=True) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(DEADLINE_S)
    assert len(results) == count
    return results


# Broken


@pytest.mark.parametrize(
    ("framing", "body", "closes"),
    [
        ("Transfer-Encoding: chunked", b"ZZ\r\nhello\r\n0\r\n\r\n", False),
        ("Transfer-Encoding: chunked", b"5\r\nhello\r\nZZ\r\n", False),
        ("Transfer-Encoding: chunked", b"5\r\nhelloXX3\r\nabc\r\n0\r\n\r\n", False),
        ("Transfer-Encoding: chunked", b"-5\r\nhello\r\n0\r\n\r\n", False),
        ("Transfer-Encoding: chunked", b"FFFFFFFFFFFFFFFFF\r\nhello", False),
        ("Transfer-Encoding: chunked", b"5\r\nhel", True),
        ("Transfer-Encoding: chunked", b"5\r\nhello\r\n", True),
        ("Transfer-Encoding: chunked", b"", True),
        ("Content-Length: 50", b"hello", True),
        ("Content-Length: 50", b"", True),
    ],
)
def test_a_broken_body_is_a_problem_and_on_record(
    mockwave_server: MockwaveServer, mock: str, framing: str, body: bytes, closes: bool
) -> None:
    """It was granian's 500 in plain text, and in no log (issue "What the field reports", 12)."""
    status, content = exchange(mockwave_server, head("POST", f"{mock}/a", framing), body, closes=closes)
    assert status == 400
    assert json.loads(content)["type"] == "urn:mockwave:problem:broken-body"
    entry = newest_entry(mockwave_server, mock)
    assert (entry["requestPath"], entry["responseStatusCode"]) == ("/a", 400)
    assert (entry["matched"], entry["mockedBy"]) == (False, "none")


def test_a_broken_body_of_a_management_call_is_a_problem(mockwave_server: MockwaveServer) -> None:
    fields = (f"Authorization: Bearer {mockwave_server.token}", "Transfer-Encoding: chunked")
    status, content = exchange(mockwave_server, head("POST", "/mock-servers", *fields), b"5\r\nhello\r\nZZ\r\n")
    assert status == 400
    assert json.loads(content)["type"] == "urn:mockwave:problem:broken-body"


# Too large


def test_a_body_that_is_too_large_is_on_record(start_mockwave: StartMockwave) -> None:
    server = start_mockwave("--max-body-bytes", "1K")
    mock = create_mock(server, captureBodies=True)
    assert server.request("POST", f"{mock}/a?n=1", b"x" * 2000).status == 413
    entry = newest_entry(server, mock)
    assert (entry["requestQuery"], entry["responseStatusCode"], entry["matched"]) == ("n=1", 413, False)


def test_who_waits_for_100_continue_is_refused_before_sending(mockwave_server: MockwaveServer) -> None:
    fields = ("Content-Length: 1000000", "Expect: 100-continue")
    assert exchange(mockwave_server, head("POST", f"/bin/mock_{'0' * 32}/a", *fields))[0] == 404
    assert exchange(mockwave_server, head("POST", "/mock-servers", *fields))[0] == 401


# Too many


@pytest.mark.parametrize(
    ("path", "status"), [(f"/bin/mock_{'0' * 32}/a", 404), ("/mock-servers", 401), ("/healthz", 405)]
)
def test_bodies_that_nobody_asked_for_take_no_memory(start_mockwave: StartMockwave, path: str, status: int) -> None:
    """Eight bodies of 100 MB to an unknown mock, or to management without a token, took 940 MB."""
    server = start_mockwave("--workers", "1")
    content = b"x" * (40 * MIB)
    with health_watched(server), growth_watched(server, 50 * MIB):
        statuses = in_parallel(8, lambda: server.request("POST", path, content).status)
    assert statuses == [status] * 8


@pytest.mark.parametrize("fields", [{}, {"captureBodies": True}])
def test_bodies_of_mocks_that_need_none_take_no_memory(start_mockwave: StartMockwave, fields: dict[str, bool]) -> None:
    server = start_mockwave("--workers", "1")
    mock = create_mock(server, **fields)
    content = b"x" * (40 * MIB)
    with health_watched(server), growth_watched(server, 50 * MIB):
        statuses = in_parallel(8, lambda: server.request("POST", f"{mock}/a", content).status)
    assert statuses == [200] * 8


def test_bodies_that_are_needed_share_a_room(start_mockwave: StartMockwave) -> None:
    """A request that finds no room is answered with 503, and is on record."""
    server = start_mockwave("--workers", "1", "--max-body-bytes", "64M", "--body-memory", "64M")
    mock = create_mock(server, validateRequests=True)
    content = b"x" * (40 * MIB)
    with health_watched(server), growth_watched(server, 200 * MIB):
        statuses = in_parallel(8, lambda: server.request("POST", f"{mock}/a", content).status)
    assert set(statuses) <= {200, 503}
    entries = server.api("GET", f"/mock-servers/{mock.removeprefix('/bin/')}/logs").body
    assert sorted(entry["responseStatusCode"] for entry in entries) == sorted(statuses)
    assert server.request("POST", f"{mock}/a", content).status == 200


# Without end


def test_a_body_that_does_not_go_on_is_a_408_on_record(start_mockwave: StartMockwave) -> None:
    """Such a request held its connection for ever, and a few thousand of them blocked the server."""
    server = start_mockwave("--body-timeout", "1s")
    mock = create_mock(server, captureBodies=True)
    request = head("POST", f"{mock}/a", "Content-Length: 100")
    status, content = exchange(server, request, b"not all of it")
    assert status == 408
    assert "--body-timeout" in json.loads(content)["detail"]
    entry = newest_entry(server, mock)
    assert (entry["responseStatusCode"], entry["matched"]) == (408, False)
    assert entry["requestBody"] == "not all of it"


def test_a_body_that_comes_byte_by_byte_does_not_go_on(start_mockwave: StartMockwave) -> None:
    server = start_mockwave("--body-timeout", "1s")
    mock = create_mock(server)
    with socket.create_connection(("127.0.0.1", server.port), timeout=DEADLINE_S) as connection:
        connection.sendall(head("POST", f"{mock}/a", "Content-Length: 100000"))
        deadline = time.monotonic() + DEADLINE_S
        connection.setblocking(False)
        while True:
            with contextlib.suppress(BlockingIOError):
                answer = connection.recv(65536)
                break
            assert time.monotonic() < deadline
            connection.send(b"x")
            time.sleep(0.05)
    assert answer.startswith(b"HTTP/1.1 408 ")


def test_connections_whose_bodies_do_not_end_are_given_back(start_mockwave: StartMockwave) -> None:
    """With as many of them as there may be connections, /healthz was out of reach."""
    server = start_mockwave("--workers", "1", "--max-connections", "32", "--body-timeout", "1s")
    request = head("POST", f"/bin/mock_{'0' * 32}/a", "Transfer-Encoding: chunked")
    with contextlib.ExitStack() as stack:
        for _ in range(32):
            connection = socket.create_connection(("127.0.0.1", server.port), timeout=DEADLINE_S)
            stack.enter_context(connection).sendall(request)
        # On granian a connection waits for a place; our own engine answers meanwhile that there is none.
        wait_for(lambda: is_healthy(server), "a place for a connection", server)


def is_healthy(server: MockwaveServer) -> bool:
    """Whether /healthz says so within a few seconds, on a new connection."""
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=5)) as connection:
        try:
            return send(connection, "GET", "/healthz").status == 200
        except (OSError, http.client.HTTPException):
            return False


def test_a_body_that_is_cut_on_record_says_so_wherever_it_is_shown(mockwave_server: MockwaveServer, mock: str) -> None:
    """Only headers that were cut did: the body came to the ring cut to its limit already (issue 12, F21)."""
    server_id = mock.removeprefix("/bin/")
    for size in (64 * 1024, 64 * 1024 + 1, 200_000):
        body = b"b" * size
        status, _ = exchange(mockwave_server, head("POST", f"{mock}/a", f"Content-Length: {size}"), body)
        assert status == 200
    entries = mockwave_server.api("GET", f"/mock-servers/{server_id}/logs").body
    assert [(len(entry["requestBody"]), entry.get("truncated", False)) for entry in entries] == [
        (64 * 1024, True),
        (64 * 1024, True),
        (64 * 1024, False),
    ]
    shown = [
        mockwave_server.api("GET", f"/mock-servers/{server_id}/logs/{entry['_id']}/explanation").body
        for entry in entries
    ]
    assert [each.get("truncated", False) for each in shown] == [True, True, False]
    archive = mockwave_server.api("GET", f"/mock-servers/{server_id}/export?format=har").body
    comments = [entry["request"].get("comment", "") for entry in archive["log"]["entries"]]
    assert [comment.startswith("truncated") for comment in comments] == [False, True, True]
