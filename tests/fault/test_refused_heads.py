"""Requests that our own engine refuses by itself: on record if they name a mock, otherwise counted.

They were answered, and appeared nowhere (issue 12, F9).
"""

import re
import socket

import pytest

from tests.conftest import StartMockwave
from tests.harness import DEADLINE_S, MockwaveServer, wait_for

pytestmark = pytest.mark.parametrize("engine", ["uvloop"], indirect=True)

HEAD_LIMIT_BYTES = 131_072


def make_mock(server: MockwaveServer) -> str:
    """Returns the id of a mock server."""
    created = server.api("POST", "/mock-servers", {"name": "refused", "workspaceId": "wrk_fault"}).body
    mock_server_id: str = created["_id"]
    return mock_server_id


def send(server: MockwaveServer, sent: bytes) -> int:
    """Returns the status of the answer to these bytes."""
    with socket.create_connection(("127.0.0.1", server.port), DEADLINE_S) as connection:
        connection.sendall(sent)
        answer = b""
        while b"\r\n" not in answer:
            piece = connection.recv(65_536)
            assert piece, answer
            answer += piece
    return int(answer.split(b" ", 2)[1])


def unreadable(server: MockwaveServer) -> int:
    """Returns the count in /metrics of requests that belong to no mock."""
    text = server.request("GET", "/metrics").body.decode()
    found = re.search(r"^mockwave_unreadable_requests_total (\d+)$", text, re.MULTILINE)
    assert found is not None
    return int(found[1])


def test_what_the_engine_refuses_is_on_record_where_it_names_a_mock(start_mockwave: StartMockwave) -> None:
    server = start_mockwave("--workers", "1", "--header-timeout", "1s")
    mock = make_mock(server)
    base = b"/bin/" + mock.encode()
    host = b"Host: a\r\n"
    cases = [
        (b"GET %s/coding HTTP/1.1\r\n%sTransfer-Encoding: gzip, chunked\r\n\r\n", 501, "/coding"),
        (b"GET %s/hosts HTTP/1.1\r\n%sHost: b\r\n\r\n", 400, "/hosts"),
        (b"GET %s/version HTTP/1.9\r\n%s\r\n", 505, "/version"),
        (b"GET %s/lengths HTTP/1.1\r\n%sContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400, "/lengths"),
        (b"GET %s/name HTTP/1.1\r\n%sa b: c\r\n\r\n", 400, "/name"),
        (b"GET %s/two words HTTP/1.1\r\n%s\r\n", 400, "/two"),
        (b"GET %s/feed HTTP/1.1\n%s\r\n", 400, "/feed"),
        (b"GET %s/fragment?a=1#b HTTP/1.1\r\n%s\r\n", 400, "/fragment"),
        (b"GET %s/many HTTP/1.1\r\n%s" + b"a: b\r\n" * 200 + b"\r\n", 431, "/many"),
        (b"GET %s/large HTTP/1.1\r\n%s" + b"a: " + b"b" * HEAD_LIMIT_BYTES, 431, "/large"),
        (b"GET %s/slow HTTP/1.1\r\n%s", 408, "/slow"),
        (b"CONNECT %s/connect HTTP/1.1\r\n%s\r\n", 501, "/connect"),
    ]
    before = unreadable(server)
    for sent, status, _ in cases:
        assert send(server, sent.replace(b"%s", base, 1).replace(b"%s", host, 1)) == status, sent[:100]
    expected = [(path, status) for _, status, path in cases]

    def logged() -> list[tuple[str, int]]:
        entries = server.api("GET", f"/mock-servers/{mock}/logs?limit=1000").body
        return [(entry["requestPath"], entry["responseStatusCode"]) for entry in reversed(entries)]

    wait_for(lambda: logged() == expected, "the entries", server)
    assert unreadable(server) == before


def test_a_request_line_that_is_too_long_is_on_record_as_far_as_it_is_kept(start_mockwave: StartMockwave) -> None:
    server = start_mockwave("--workers", "1")
    mock = make_mock(server)
    assert send(server, b"GET /bin/%s/a?%s HTTP/1.1\r\nHost: a\r\n\r\n" % (mock.encode(), b"q" * 70_000)) == 414
    assert send(server, b"GET /bin/%s/b%s" % (mock.encode(), b"p" * 140_000)) == 414
    logs = f"/mock-servers/{mock}/logs"
    wait_for(lambda: len(server.api("GET", logs).body) == 2, "the entries", server)
    second, first = server.api("GET", logs).body
    assert (first["requestPath"], first["responseStatusCode"]) == ("/a", 414)
    assert second["requestPath"].startswith("/bppp")


def test_what_names_no_mock_is_counted(start_mockwave: StartMockwave) -> None:
    server = start_mockwave("--workers", "1")
    mock = make_mock(server)
    before = unreadable(server)
    unknown = b"/bin/mock_" + b"0" * 32
    sent = [
        b"\x16\x03\x01\r\n\r\n",
        b"GET / HTTP/1.9\r\nHost: a\r\n\r\n",
        b"GET %s/a HTTP/1.9\r\nHost: a\r\n\r\n" % unknown,
        b"\r\n\r\n GET /bin/%s/a HTTP/1.1\r\n\r\n" % mock.encode(),
    ]
    for each in sent:
        assert send(server, each) in (400, 505)
    assert unreadable(server) == before + len(sent)
    assert server.api("GET", f"/mock-servers/{mock}/logs").body == []


def test_a_mock_that_is_named_by_its_host_has_it_on_record(start_mockwave: StartMockwave) -> None:
    server = start_mockwave("--workers", "1", "--mock-domain", "mocks.test")
    mock = make_mock(server)
    host = mock.replace("mock_", "mock-").encode() + b".mocks.test"
    assert send(server, b"GET /a HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\nHost: %s\r\n\r\n" % host) == 501
    logs = f"/mock-servers/{mock}/logs"
    wait_for(lambda: [each["requestPath"] for each in server.api("GET", logs).body] == ["/a"], "the entry", server)
