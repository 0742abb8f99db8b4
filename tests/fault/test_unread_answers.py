"""Clients that send requests and do not read the answers: they cannot keep the connections that others need."""

import contextlib
import socket
import time
from collections import Counter
from urllib.parse import urlsplit

from tests.conftest import StartMockwave
from tests.fault.heartbeats import answers_meanwhile
from tests.fuzz.hostile import read_memory
from tests.harness import DEADLINE_S, MockwaveServer, wait_for

CONNECTIONS = 32
ANSWER_BYTES = 12 * 1024 * 1024
"""More than the buffers of both ends hold."""


def create_large_mock(server: MockwaveServer) -> str:
    """Returns the path of a large answer."""
    created = server.api("POST", "/mock-servers", {"name": "large", "workspaceId": "wrk_fault"}).body
    route = {"method": "GET", "path": "/large", "statusCode": 200, "responseBody": "x" * ANSWER_BYTES}
    assert server.api("POST", f"/mock-servers/{created['_id']}/routes", route).status == 201
    return f"{urlsplit(created['url']).path}/large"


def ask(server: MockwaveServer, path: str) -> socket.socket:
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.settimeout(DEADLINE_S)
    connection.connect(("127.0.0.1", server.port))
    connection.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    return connection


def test_an_answer_that_nobody_reads_gives_its_connection_back(start_mockwave: StartMockwave) -> None:
    """With as many of them as there may be connections, /healthz was out of reach for ever."""
    server = start_mockwave("--workers", "1", "--max-connections", str(CONNECTIONS), "--answer-timeout", "2s")
    path = create_large_mock(server)
    with contextlib.ExitStack() as stack:
        for _ in range(CONNECTIONS):
            stack.enter_context(ask(server, path))
        wait_for(lambda: server.request("GET", "/healthz").status == 200, "a free connection", server)


def test_a_slow_reader_gets_all_of_its_answer(start_mockwave: StartMockwave) -> None:
    """The answer as a whole takes longer than `--answer-timeout`."""
    server = start_mockwave("--workers", "1", "--answer-timeout", "1s")
    path = create_large_mock(server)
    received = 0
    start = time.monotonic()
    with ask(server, path) as connection:
        while received < ANSWER_BYTES:
            if time.monotonic() - start < 4:
                time.sleep(0.2)  # it reads slowly, for four times as long as it may read nothing
            piece = connection.recv(1 << 16)
            assert piece
            received += len(piece)
    assert time.monotonic() - start >= 4


def test_streams_that_nobody_reads_hold_little_and_hold_up_nobody(start_mockwave: StartMockwave) -> None:
    """Of a thousand that came at once all were accepted, though a hundred are allowed, and each got all of sixty
    entries of 64 KB: gigabytes, until the worker was killed."""
    server = start_mockwave("--workers", "1")
    server.wait_until_whole(1)
    worker = server.living_workers()[1]
    fields = {"name": "followed", "workspaceId": "wrk_fault", "captureBodies": True}
    created = server.api("POST", "/mock-servers", fields).body
    path = f"/mock-servers/{created['_id']}/logs/stream"
    url = urlsplit(created["url"]).path
    with contextlib.ExitStack() as stack:
        streams = []
        for _ in range(300):
            connection = stack.enter_context(socket.create_connection(("127.0.0.1", server.port), DEADLINE_S))
            connection.sendall(
                f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n"
                f"Authorization: Bearer {server.token}\r\n\r\n".encode()
            )
            streams.append(connection)
        statuses = Counter(connection.recv(12)[9:12] for connection in streams)
        assert statuses == {b"200": 100, b"503": 200}
        with answers_meanwhile(server, within_s=5.0):
            for _ in range(60):
                assert server.request("POST", f"{url}/unknown", b"\xff" * 64_000).status == 404
            time.sleep(1)  # for the tail to look, and its followers to get what it saw
        assert read_memory(worker) < 512 << 20
    assert server.living_workers() == {1: worker}

    def is_let_in() -> bool:
        with server.connection() as connection:
            connection.request("GET", path, headers={"Authorization": f"Bearer {server.token}"})
            return connection.getresponse().status == 200

    wait_for(is_let_in, "a free place", server)
