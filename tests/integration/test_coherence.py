"""Read your writes, on every worker, against real worker processes."""

import http.client
from urllib.parse import urlsplit

import pytest

from tests.harness import MockwaveServer, send

ROUNDS = 500


@pytest.fixture
def mock_url(mockwave_server: MockwaveServer) -> str:
    created = mockwave_server.api("POST", "/mock-servers", {"name": "coherence", "workspaceId": "wrk_coherence"})
    assert created.status == 201
    return str(created.body["url"])


def call_mock(url: str, path: str) -> tuple[int, bytes]:
    """Sends one GET on a new connection, so that any worker may get it."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=10)
    try:
        response = send(connection, "GET", parts.path + path)
        return response.status, response.body
    finally:
        connection.close()


def test_every_change_of_a_route_is_seen_at_once_whichever_worker_is_asked(
    mockwave_server: MockwaveServer, mock_url: str
) -> None:
    routes = f"/mock-servers/{mock_url.rpartition('/')[2]}/routes"
    stale = []
    for number in range(ROUNDS):
        path = f"/item-{number}"
        route = {"method": "GET", "path": path, "statusCode": 200, "responseBody": "first", "contentType": "text/plain"}
        created = mockwave_server.api("POST", routes, route)
        after_create = call_mock(mock_url, path)
        changed = mockwave_server.api("PUT", f"{routes}/{created.body['_id']}", {**route, "responseBody": "second"})
        after_change = call_mock(mock_url, path)
        deleted = mockwave_server.api("DELETE", f"{routes}/{created.body['_id']}")
        after_delete = call_mock(mock_url, path)
        assert (created.status, changed.status, deleted.status) == (201, 200, 204)
        if (after_create, after_change, after_delete[0]) != ((200, b"first"), (200, b"second"), 404):
            stale.append((number, after_create, after_change, after_delete))
    assert stale == []


def test_a_deleted_server_is_gone_on_every_worker(mockwave_server: MockwaveServer) -> None:
    for _ in range(20):
        created = mockwave_server.api("POST", "/mock-servers", {"name": "x", "workspaceId": "wrk_coherence"})
        url = created.body["url"]
        route = {"method": "GET", "path": "/", "statusCode": 200}
        mockwave_server.api("POST", f"/mock-servers/{created.body['_id']}/routes", route)
        before = [call_mock(url, "/")[0] for _ in range(4)]
        mockwave_server.api("DELETE", f"/mock-servers/{created.body['_id']}")
        after = [call_mock(url, "/")[0] for _ in range(4)]
        assert (before, after) == ([200] * 4, [404] * 4)


def test_a_stopped_server_is_stopped_and_started_on_every_worker(mockwave_server: MockwaveServer) -> None:
    created = mockwave_server.api("POST", "/mock-servers", {"name": "x", "workspaceId": "wrk_coherence"})
    server, url = f"/mock-servers/{created.body['_id']}", created.body["url"]
    mockwave_server.api("POST", f"{server}/routes", {"method": "GET", "path": "/", "statusCode": 200})
    for status, expected in (("stopped", 503), ("running", 200)) * 3:
        assert mockwave_server.api("PUT", server, {"status": status}).body["status"] == status
        assert [call_mock(url, "/")[0] for _ in range(4)] == [expected] * 4
