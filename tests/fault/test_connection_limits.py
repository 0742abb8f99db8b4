"""Connections that send nothing, or send it slowly, to our own engine: none stays forever (issue 12, F8)."""

import http.client
import socket
from pathlib import Path

import pytest

from tests.conftest import StartMockwave
from tests.harness import DEADLINE_S, MockwaveServer, wait_for

LIMITS = ("--workers", "1", "--header-timeout", "1s", "--keep-alive", "1s")
TLS_HELLO_BEGINNING = b"\x16\x03\x01\x02\x00\x01\x00"


pytestmark = pytest.mark.parametrize("engine", ["uvloop"], indirect=True)


def read_until_closed(server: MockwaveServer, sent: bytes) -> bytes:
    """Returns everything that a connection that sends only this receives until the server closes it."""
    received = b""
    with socket.create_connection(("127.0.0.1", server.port), DEADLINE_S) as connection:
        connection.sendall(sent)
        while piece := connection.recv(65_536):
            received += piece
    return received


@pytest.mark.parametrize(
    ("sent", "answer"),
    [(b"", b""), (b"GET / HT", b"HTTP/1.1 408 "), (b"GET / HTTP/1.1\r\nHost: a\r\nX: ", b"HTTP/1.1 408 ")],
)
def test_a_connection_that_says_nothing_more_is_closed(
    start_mockwave: StartMockwave, sent: bytes, answer: bytes
) -> None:
    server = start_mockwave(*LIMITS)
    assert read_until_closed(server, sent).startswith(answer)


@pytest.mark.parametrize("sent", [b"", TLS_HELLO_BEGINNING])
def test_a_connection_over_tls_that_says_nothing_more_is_closed(
    start_mockwave: StartMockwave, certificate: tuple[Path, Path], sent: bytes
) -> None:
    server = start_mockwave(*LIMITS, "--tls-cert", str(certificate[0]), "--tls-key", str(certificate[1]))
    read_until_closed(server, sent)
    assert "Traceback" not in server.errors


def test_connections_that_say_nothing_give_their_places_back(start_mockwave: StartMockwave) -> None:
    server = start_mockwave(*LIMITS, "--max-connections", "64")
    silent = [socket.create_connection(("127.0.0.1", server.port), DEADLINE_S) for _ in range(64)]
    try:
        refused = server.request("GET", "/healthz")
        assert (refused.status, refused.headers["retry-after"]) == (503, "1")

        def is_let_in() -> bool:
            try:
                return server.request("GET", "/healthz").status == 200
            except (http.client.HTTPException, OSError):
                return False

        wait_for(is_let_in, "a free place", server)
    finally:
        for connection in silent:
            connection.close()
