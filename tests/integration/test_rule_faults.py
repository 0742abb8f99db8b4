"""Faults, throttles and their record on real servers of two workers: the bytes on the wire."""

import contextlib
import json
import signal
import socket
import struct
import time

import pytest

from mockwave.server.supervisor import DRAIN_S
from tests.conftest import StartMockwave
from tests.harness import MockwaveServer, wait_for
from tests.integration.ruled_mocks import Mock, ask

GARBAGE = b"lskdu018973t09sylgasjkfg1][]'./.sdlv"


@pytest.fixture
def mock(mockwave_server: MockwaveServer) -> Mock:
    return Mock(mockwave_server)


def needs_uvloop(engine: str) -> None:
    if engine != "uvloop":
        pytest.skip("ASGI cannot say it; see test_a_fault_that_the_engine_cannot_do_is_refused")


def test_empty_response_closes_without_a_byte(mock: Mock, engine: str) -> None:
    needs_uvloop(engine)
    mock.add_route(rules=[{"then": {"fault": "EMPTY_RESPONSE"}}])
    assert mock.exchange() == (b"", "end")


def test_malformed_response_chunk_sends_a_head_and_what_is_no_chunk(mock: Mock, engine: str) -> None:
    """The log said that no status was sent (0)."""
    needs_uvloop(engine)
    mock.add_route(rules=[{"then": {"fault": "MALFORMED_RESPONSE_CHUNK"}}])
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert mock.exchange() == (head + GARBAGE, "end")
    (entry,) = mock.logs()
    assert (entry["responseStatusCode"], entry["fault"]) == (200, "MALFORMED_RESPONSE_CHUNK")


@pytest.mark.parametrize("persistence", ["close", "keep-alive"])
def test_an_old_client_gets_no_chunks_but_less_than_announced(mock: Mock, engine: str, persistence: str) -> None:
    """It got Transfer-Encoding, which HTTP/1.0 does not know (RFC 9112 §6.1)."""
    needs_uvloop(engine)
    mock.add_route(rules=[{"then": {"fault": "MALFORMED_RESPONSE_CHUNK"}}])
    with socket.create_connection(("127.0.0.1", mock.server.port), timeout=10) as client:
        client.sendall(f"GET {mock.path}/it HTTP/1.0\r\nConnection: {persistence}\r\n\r\n".encode())
        received = b"".join(iter(lambda: client.recv(4096), b""))
    head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (len(GARBAGE) + 1)
    assert received == head + GARBAGE


def test_random_data_then_close_sends_what_is_no_response(mock: Mock, engine: str) -> None:
    needs_uvloop(engine)
    mock.add_route(rules=[{"then": {"fault": "RANDOM_DATA_THEN_CLOSE"}}])
    assert mock.exchange() == (GARBAGE, "end")


def test_connection_reset_by_peer_resets(mock: Mock, engine: str) -> None:
    needs_uvloop(engine)
    mock.add_route(rules=[{"then": {"fault": "CONNECTION_RESET_BY_PEER"}}])
    assert mock.exchange() == (b"", "reset")


def test_a_truncated_body_has_the_length_of_the_whole(mock: Mock) -> None:
    mock.add_route(rules=[{"then": {"responseBody": "0123456789", "fault": "TRUNCATED_BODY"}}])
    received, _ = mock.exchange()
    head, _, body = received.partition(b"\r\n\r\n")
    assert b"content-length: 10" in head.lower()
    assert body == b"01234"


def test_hold_says_nothing_until_the_client_gives_up(mock: Mock) -> None:
    mock.add_route(rules=[{"then": {"fault": "HOLD"}}])
    with socket.create_connection(("127.0.0.1", mock.server.port), timeout=0.5) as client:
        client.sendall(f"GET {mock.path}/it HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        with pytest.raises(TimeoutError):
            client.recv(1)
    assert mock.get("/nowhere").status == 404
    assert [entry.get("fault") for entry in mock.logs("?fault=HOLD")] == ["HOLD"]


def test_a_throttled_body_takes_its_time_and_comes_whole(mock: Mock) -> None:
    mock.add_route(
        rules=[
            {
                "when": {"query": {"by": {"equalTo": "rate"}}},
                "then": {"responseBody": "x" * 1000, "throttle": {"bytesPerSecond": 4000}},
            },
            {
                "when": {"query": {"by": {"equalTo": "chunks"}}},
                "then": {"responseBody": "x" * 1000, "throttle": {"chunks": 5, "durationMs": 300}},
            },
            {"then": {"fault": "SLOW_BODY", "responseBody": "abc", "throttle": {"chunks": 3, "durationMs": 150}}},
        ]
    )
    for query, least_s, body in (("rate", 0.25, b"x" * 1000), ("chunks", 0.3, b"x" * 1000), ("slow", 0.15, b"abc")):
        began_s = time.monotonic()
        with mock.server.connection() as connection:
            connection.request("GET", f"{mock.path}/it?by={query}")
            answer = connection.getresponse()
            first_s = time.monotonic() - began_s
            assert answer.headers["content-length"] == str(len(body))
            assert answer.read() == body
            assert time.monotonic() - began_s >= least_s > first_s
            assert ask(connection, "GET", mock.path + "/nowhere").status == 404
    assert [entry.get("fault") for entry in mock.logs("?fault=*")] == ["SLOW_BODY"]


def test_held_requests_do_not_keep_the_server_from_stopping(start_mockwave: StartMockwave) -> None:
    """On granian, one of them kept it for the ten seconds that requests in flight have to end."""
    server = start_mockwave()
    mock = Mock(server)
    mock.add_route(rules=[{"then": {"fault": "HOLD"}}])
    asked = f"GET {mock.path}/it HTTP/1.1\r\nHost: x\r\n\r\n".encode()
    with contextlib.ExitStack() as clients:
        for _ in range(20):
            client = clients.enter_context(socket.create_connection(("127.0.0.1", server.port), timeout=10))
            client.sendall(asked)
        wait_for(lambda: len(mock.logs()) == 20, "20 held requests", server)
        began_s = time.monotonic()
        server.signal(signal.SIGTERM)
        assert server.wait() == 0
        assert time.monotonic() - began_s < DRAIN_S


def test_a_fault_that_the_engine_cannot_do_is_refused(mock: Mock, engine: str) -> None:
    names = ("EMPTY_RESPONSE", "MALFORMED_RESPONSE_CHUNK", "RANDOM_DATA_THEN_CLOSE", "CONNECTION_RESET_BY_PEER")
    for name in names:
        answer = mock.set_rules({"then": {"statusCode": 200}, "when": {}}, {"then": {"fault": name}})
        if engine == "uvloop":
            assert answer.status == 200
            continue
        assert answer.status == 400
        (error,) = answer.body["errors"]
        assert error["pointer"] == "/rules/1/then/fault"
        assert "--engine uvloop" in error["message"]


def test_faults_and_rules_are_counted(mock: Mock) -> None:
    def counted() -> tuple[int, int]:
        text = mock.server.request("GET", "/metrics").body.decode()
        lines = dict(line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
        return int(lines["mockwave_ruled_requests_total"]), int(lines['mockwave_faults_total{fault="TRUNCATED_BODY"}'])

    mock.add_route(
        rules=[
            {"when": {"query": {"f": {"absent": True}}}, "then": {"statusCode": 201}},
            {"then": {"fault": "TRUNCATED_BODY"}},
        ]
    )
    before = counted()
    mock.get()
    mock.exchange("/it?f=1")
    after = counted()
    assert (after[0] - before[0], after[1] - before[1]) == (2, 1)


def test_requests_ahead_of_a_spoilt_answer_are_answered_and_none_after_it(mock: Mock, engine: str) -> None:
    needs_uvloop(engine)
    mock.add_route(responseBody="ok", delay=30)
    mock.add_route(path="/bad", rules=[{"then": {"fault": "EMPTY_RESPONSE"}}])
    asked = b"".join(
        f"GET {mock.path}{path} HTTP/1.1\r\nHost: x\r\n\r\n".encode() for path in ("/it", "/it", "/bad", "/it")
    )
    with socket.create_connection(("127.0.0.1", mock.server.port), timeout=10) as client:
        client.sendall(asked)
        received = b""
        while piece := client.recv(65_536):
            received += piece
    assert received.count(b"HTTP/1.1 200") == 2


def test_a_reset_over_tls_and_half_closed_clients_leave_the_worker_well(mock: Mock, engine: str) -> None:
    """A client that has sent all and closed its half gets its answer, damaged or not, like any other."""
    mock.add_route(rules=[{"then": {"fault": "HOLD"}}])
    with socket.create_connection(("127.0.0.1", mock.server.port), timeout=10) as client:
        client.sendall(f"GET {mock.path}/it HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    assert mock.get("/nowhere").status == 404


def test_a_stored_fault_that_another_engine_cannot_do_is_a_problem_that_names_its_rule(
    start_mockwave: StartMockwave,
) -> None:
    first = start_mockwave("--port", "0", environment={"MOCKWAVE_ENGINE": "uvloop"})
    mock = Mock(first)
    mock.add_route(rules=[{"name": "cut", "then": {"fault": "EMPTY_RESPONSE"}}])
    assert first.stop() == 0
    mock.server = start_mockwave("--port", "0", environment={"MOCKWAVE_ENGINE": "granian"})
    answer = mock.get()
    assert answer.status == 500
    problem = json.loads(answer.body)
    assert problem["type"] == "urn:mockwave:problem:fault-not-available"
    assert "rule cut" in problem["detail"] and "--engine uvloop" in problem["detail"]
    assert mock.logs()[0]["rule"] == "cut"
