"""Clients that ask and do not listen: they cannot keep the connections that others need."""

import contextlib
import socket
import time
from urllib.parse import urlsplit

from tests.conftest import StartMockwave
from tests.harness import DEADLINE_S, MockwaveServer, wait_for

CONNECTIONS = 32
ANSWER_BYTES = 12 * 1024 * 1024
"""More than the buffers of both ends take."""


def create_large_mock(server: MockwaveServer) -> str:
    """The path of a large answer."""
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
    """With as many of them as connections are allowed, /healthz was out of reach for ever."""
    server = start_mockwave("--workers", "1", "--max-connections", str(CONNECTIONS), "--answer-timeout", "2s")
    path = create_large_mock(server)
    with contextlib.ExitStack() as stack:
        for _ in range(CONNECTIONS):
            stack.enter_context(ask(server, path))
        wait_for(lambda: server.request("GET", "/healthz").status == 200, "a free connection", server)


def test_a_slow_reader_gets_all_of_its_answer(start_mockwave: StartMockwave) -> None:
    """Longer than `--answer-timeout` as a whole."""
    server = start_mockwave("--workers", "1", "--answer-timeout", "1s")
    path = create_large_mock(server)
    received = 0
    start = time.monotonic()
    with ask(server, path) as connection:
        while received < ANSWER_BYTES:
            if time.monotonic() - start < 4:
                time.sleep(0.2)  # it reads slowly, for four times as long as it may do nothing
            piece = connection.recv(1 << 16)
            assert piece
            received += len(piece)
    assert time.monotonic() - start >= 4
