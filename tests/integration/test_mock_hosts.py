"""Mocks by host name, and requests at the edges of HTTP: bodies over the limit, escapes."""

import http.client

from tests.conftest import StartMockwave
from tests.harness import MockwaveServer, Response, send


def make_mock(server: MockwaveServer, *routes: tuple[str, str]) -> str:
    created = server.api("POST", "/mock-servers", {"name": "hosts", "workspaceId": "wrk_hosts"})
    for method, path in routes:
        route = {"method": method, "path": path, "statusCode": 200}
        assert server.api("POST", f"/mock-servers/{created.body['_id']}/routes", route).status == 201
    return str(created.body["_id"])


def ask(server: MockwaveServer, method: str, path: str, host: str, body: bytes | None = None) -> Response:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    try:
        return send(connection, method, path, body, {"Host": host})
    finally:
        connection.close()


def test_a_mock_answers_below_its_host_name_in_the_mock_domain(start_mockwave: StartMockwave) -> None:
    server = start_mockwave("--mock-domain", "mocks.test")
    mock_id = make_mock(server, ("GET", "/pets/{id}"), ("POST", "/pets"))
    host = f"mock-{mock_id.removeprefix('mock_')}.mocks.test"
    assert ask(server, "GET", "/pets/1", host).status == 200
    assert ask(server, "GET", "/pets/1", f"{host}:{server.port}").status == 200
    assert ask(server, "GET", "/pets/1", host.upper()).status == 200
    assert ask(server, "POST", "/pets", host, b"x").status == 200
    assert ask(server, "GET", "/nope", host).status == 404
    assert ask(server, "GET", "/mock-servers", host).status == 404
    assert ask(server, "GET", f"/bin/{mock_id}/pets/1", "elsewhere").status == 200
    entries = server.api("GET", f"/mock-servers/{mock_id}/logs").body
    assert [entry["requestPath"] for entry in entries] == [
        "/pets/1",
        "/mock-servers",
        "/nope",
        "/pets",
        "/pets/1",
        "/pets/1",
        "/pets/1",
    ]


def test_a_body_over_the_limit_is_413_for_mocks_and_management(start_mockwave: StartMockwave) -> None:
    server = start_mockwave("--max-body-bytes", "64K")
    mock_id = make_mock(server, ("POST", "/pets"))
    large = b"x" * 100_000
    assert server.request("POST", f"/bin/{mock_id}/pets", large).status == 413
    assert server.api("POST", "/mock-servers", {"name": "x" * 100_000, "workspaceId": "w"}).status == 413
    assert server.request("POST", f"/bin/{mock_id}/pets", b"x" * 60_000).status == 200


def test_escapes_reach_the_log_as_they_were_sent(mockwave_server: MockwaveServer) -> None:
    mock_id = make_mock(mockwave_server, ("GET", "/files/{name}"))
    answer = mockwave_server.request("GET", f"/bin/{mock_id}/files/a%2Fb%20c?q=%20")
    assert answer.status == 200
    (entry,) = mockwave_server.api("GET", f"/mock-servers/{mock_id}/logs").body
    assert (entry["requestPath"], entry["requestQuery"]) == ("/files/a%2Fb%20c", "q=%20")
