"""The answers of either engine to odd and illegal requests, row by row as in docs/http.md."""

import re
import select
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.harness import DEADLINE_S, MockwaveServer
from tests.odd_requests import CASES, Case, render_tables

DOCUMENT = Path(__file__).parents[2] / "docs" / "http.md"
QUIET_S = 0.3
"""A connection that is still open after this, and has sent everything, stays open."""

CLOSES = ", closes"
STATUS = re.compile(rb"HTTP/1\.[01] (\d\d\d)")


def make_mock(server: MockwaveServer) -> str:
    mock_server_id = server.api("POST", "/mock-servers", {"name": "odd", "workspaceId": "wrk_1"}).body["_id"]
    for method, path, fields in (
        ("GET", "/a", {}),
        ("POST", "/a", {}),
        ("GET", "/b", {}),
        ("GET", "/x/{id}", {}),
        ("GET", "/late", {"delay": 100}),
    ):
        route = {"method": method, "path": path, "statusCode": 200, "responseBody": "a", **fields}
        assert server.api("POST", f"/mock-servers/{mock_server_id}/routes", route).status == 201
    return f"/bin/{mock_server_id}"


def exchange(port: int, sent: bytes, expected: str) -> str:
    """Returns the answer in the words of the tables; waits as long as less than expected has come."""
    count = 0 if expected.startswith("nothing") else expected.removesuffix(CLOSES).count(",") + 1
    received = b""
    deadline = time.monotonic() + DEADLINE_S
    with socket.create_connection(("127.0.0.1", port), DEADLINE_S) as client:
        try:
            client.sendall(sent)
            has_closed = False
            while not has_closed:
                is_done = len(STATUS.findall(received)) >= count and not expected.endswith(CLOSES)
                patience = QUIET_S if is_done else deadline - time.monotonic()
                if not select.select([client], [], [], max(0, patience))[0]:
                    break
                piece = client.recv(65_536)
                has_closed = not piece
                received += piece
        except ConnectionResetError:
            return "reset"
    statuses = ", ".join(status.decode() for status in STATUS.findall(received)) or "nothing"
    return statuses + (CLOSES if has_closed else "")


def test_odd_requests_are_answered_as_the_document_says(mockwave_server: MockwaveServer, engine: str) -> None:
    mock = make_mock(mockwave_server).encode()
    cases = [case for _, of_title in CASES for case in of_title]

    def answer(case: Case) -> str:
        expected = case.granian if engine == "granian" else case.uvloop
        sent = case.sent.replace(b"{mock}", mock).replace(b"{{", b"{").replace(b"}}", b"}")
        return exchange(mockwave_server.port, sent, expected)

    with ThreadPoolExecutor(16) as pool:
        answers = dict(zip([case.name for case in cases], pool.map(answer, cases), strict=True))
    assert answers == {case.name: case.granian if engine == "granian" else case.uvloop for case in cases}


def test_the_document_has_a_row_for_each() -> None:
    assert render_tables().strip() in DOCUMENT.read_text()
