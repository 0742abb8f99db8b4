"""The Insomnia app's requests, byte for byte as its versions write them, to real servers with two workers."""

import json
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.conftest import StartMockwave
from tests.harness import DEADLINE_S, MockwaveServer, wait_for

SESSION = "sess_ca11ab1e0000"
CHROMIUM = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Insomnia/9.1.0 Electron/30.0.3"


class AppVersion(NamedTuple):
    """How a version of the app writes its control calls: the header lines after Host, in order.

    `has_method`: it names the method of the route; the first versions did not."""

    name: str
    lines: tuple[str, ...]
    has_method: bool
    is_logged_in: bool = True


VERSIONS = [
    AppVersion(
        "9.0.0, from the renderer",
        (
            "connection: keep-alive",
            f"user-agent: {CHROMIUM}",
            "content-type: application/json",
            "x-insomnia-client: production::linux::9.0.0",
            "x-origin: {origin}",
            f"x-session-id: {SESSION}",
            "x-insomnia-org-id: org_1",
            "accept: */*",
            "sec-fetch-site: cross-site",
            "sec-fetch-mode: cors",
        ),
        has_method=False,
    ),
    AppVersion(
        "9.3.3, from the main process",
        (
            "Connection: close",
            "Content-Type: application/json",
            "X-Insomnia-Client: production::darwin::9.3.3",
            "X-Origin: {origin}",
            f"X-Session-Id: {SESSION}",
            "X-Insomnia-Org-Id: org_1",
            "insomnia-request-id: desk_0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f",
            "Accept-Encoding: gzip, deflate, br",
        ),
        has_method=False,
    ),
    AppVersion(
        "10.1.1",
        (
            "X-Insomnia-Client: production::windows::10.1.1",
            "insomnia-request-id: desk_00112233445566778899aabbccddeeff",
            "X-Origin: {origin}",
            f"X-Session-Id: {SESSION}",
            "X-Insomnia-Org-Id: org_1",
            "insomnia-mock-method: {method}",
            "Content-Type: application/json",
            "accept: */*",
            "accept-language: *",
            "sec-fetch-mode: cors",
            "user-agent: node",
            "accept-encoding: gzip, deflate",
        ),
        has_method=True,
    ),
    AppVersion(
        "12.2.0, not logged in, a test build",
        (
            "Insomnia-Mock-Method: {method}",
            "x-insomnia-client: test::linux::12.2.0",
            "x-mockbin-test: true",
            "x-origin: {origin}",
            "content-type: application/json",
        ),
        has_method=True,
        is_logged_in=False,
    ),
    AppVersion(
        "13.0.0",
        (
            "content-type: application/json",
            "insomnia-mock-method: {method}",
            "insomnia-request-id: desk_00112233445566778899aabbccddeeff",
            "x-insomnia-client: production::linux::13.0.0",
            "x-insomnia-org-id: org_1",
            "x-origin: {origin}",
            f"x-session-id: {SESSION}",
        ),
        has_method=True,
    ),
]

FULL = (
    '{"status":201,"statusText":"Created","httpVersion":"HTTP/1.1","headers":[{"id":"pair_1","name":"X-A","value":"b",'
    '"description":"","disabled":false},{"id":"pair_2","name":"X-Off","value":"c","description":"","disabled":true}],'
    '"cookies":[{"name":"a","value":"b","path":"/","domain":"x","expires":"2030-01-01T00:00:00.000Z","httpOnly":true,'
    '"secure":true}],"content":{"size":21,"mimeType":"application/json","text":"{\\"message\\":\\"wëlcome\\"}",'
    '"compression":0},"headersSize":-1,"bodySize":-1,"redirectURL":""}'
)
BARE = (
    '{"status":201,"statusText":"","httpVersion":"HTTP/1.1","headers":[{"name":"X-A","value":"b"}],"content":'
    '{"size":21,"mimeType":"application/json","text":"{\\"message\\":\\"wëlcome\\"}","compression":0},"headersSize":-1,'
    '"bodySize":-1,"redirectURL":""}'
)


class Received(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def exchange(server: MockwaveServer, request: bytes) -> Received:
    """Returns the answer to the bytes of one request."""
    with socket.create_connection(("127.0.0.1", server.port), DEADLINE_S) as connection:
        connection.sendall(request)
        stream = connection.makefile("rb")
        status = int(stream.readline().split()[1])
        headers = {}
        while (line := stream.readline().strip()) != b"":
            name, _, value = line.decode("latin-1").partition(":")
            headers[name.lower()] = value.strip()
        return Received(status, headers, stream.read(int(headers.get("content-length", "0"))))


def control_call(
    server: MockwaveServer, version: AppVersion, verb: str, target: str, method: str = "GET", body: str = ""
) -> Received:
    """Makes a control call of the version."""
    origin = f"http://127.0.0.1:{server.port}"
    lines = [line.format(origin=origin, method=method) for line in version.lines]
    if not body:
        lines = [line for line in lines if not line.lower().startswith(("content-type", "x-insomnia-org-id"))]
    content = body.encode()
    length = [f"content-length: {len(content)}"] if body else []
    head = "\r\n".join([f"{verb} {target} HTTP/1.1", f"Host: 127.0.0.1:{server.port}", *lines, *length])
    return exchange(server, head.encode() + b"\r\n\r\n" + content)


def ask(server: MockwaveServer, method: str, target: str) -> Received:
    """Sends a request to a mock, as the app's HTTP client does."""
    head = f"{method} {target} HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nUser-Agent: insomnia/10.1.1\r\nAccept: */*"
    return exchange(server, head.encode() + b"\r\n\r\n")


@pytest.fixture
def app_server(start_mockwave: StartMockwave) -> MockwaveServer:
    """Returns a server started for the app, with tokens for everybody else."""
    server = start_mockwave("--path-prefix", "/team", "--insomnia-key", "k3y-of-ours")
    server.wait_until_whole(2)
    return server


def mock_id(number: int) -> str:
    return f"mock_{number:032x}"


@pytest.mark.parametrize("body", [FULL, BARE], ids=["full", "bare"])
def test_each_version_puts_a_route_calls_it_and_sees_the_call(app_server: MockwaveServer, body: str) -> None:
    for number, version in enumerate(VERSIONS):
        server_id = mock_id(number)
        put = control_call(app_server, version, "PUT", f"/bin/upsert/{server_id}/pets/%7Bid%7D", "POST", body)
        assert (put.status, put.json, put.headers["content-type"]) == (200, server_id, "application/json"), version.name
        assert put.headers["location"] == f"/bin/{server_id}/pets/%7Bid%7D"
        answer = ask(app_server, "POST", f"/bin/{server_id}/pets/7?a=1")
        assert (answer.status, answer.body) == (201, '{"message":"wëlcome"}'.encode()), version.name
        assert answer.headers["content-type"] == "application/json"
        assert answer.headers["x-a"] == "b"
        assert "x-off" not in answer.headers
        other = ask(app_server, "GET", f"/bin/{server_id}/pets/8")
        assert other.status == (405 if version.has_method else 201), version.name
        log = control_call(app_server, version, "GET", f"/bin/log/{server_id}/pets/%7Bid%7D", "POST")
        assert log.headers["content-type"] == "application/json"
        asked = [(entry["request"]["method"], entry["request"]["url"]) for entry in log.json["log"]["entries"]]
        base = f"http://127.0.0.1:{app_server.port}/bin/{server_id}/pets"
        others = [] if version.has_method else [("GET", f"{base}/8")]
        assert asked == [("POST", f"{base}/7?a=1"), *others], version.name


def test_the_routes_of_the_app_are_those_of_the_management_api(app_server: MockwaveServer) -> None:
    control_call(app_server, VERSIONS[2], "PUT", f"/bin/upsert/{mock_id(1)}/pets", "GET", BARE)
    (route,) = app_server.api("GET", f"/mock-servers/{mock_id(1)}/routes").body
    assert (route["method"], route["path"], route["statusCode"]) == ("GET", "/pets", 201)
    app_server.api("DELETE", f"/mock-servers/{mock_id(1)}/routes/{route['_id']}")
    assert ask(app_server, "GET", f"/bin/{mock_id(1)}/pets").status == 404


def test_a_preflight_of_the_first_versions_has_no_origin(app_server: MockwaveServer) -> None:
    target = f"/bin/upsert/{mock_id(1)}/pets"
    preflight = (
        f"OPTIONS {target} HTTP/1.1\r\nHost: 127.0.0.1:{app_server.port}\r\nAccept: */*\r\n"
        "Access-Control-Request-Method: PUT\r\n"
        "Access-Control-Request-Headers: content-type,x-insomnia-client,x-insomnia-org-id,x-origin,x-session-id\r\n"
        "Sec-Fetch-Mode: cors\r\nSec-Fetch-Site: cross-site\r\nSec-Fetch-Dest: empty\r\n\r\n"
    )
    answer = exchange(app_server, preflight.encode())
    assert answer.status == 204
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "PUT" in answer.headers["access-control-allow-methods"]
    assert "x-session-id" in answer.headers["access-control-allow-headers"]


@pytest.mark.parametrize("base", ["/", "/team", "/team/", "/k3y-of-ours", "/team/k3y-of-ours"])
def test_a_base_url_is_kept_as_it_was_typed(app_server: MockwaveServer, base: str) -> None:
    put = control_call(app_server, VERSIONS[4], "PUT", f"{base}/bin/upsert/{mock_id(2)}/pets", "GET", BARE)
    assert (put.status, put.json) == (200, mock_id(2))
    assert ask(app_server, "GET", f"{base}/bin/{mock_id(2)}/pets").status == 201
    log = control_call(app_server, VERSIONS[4], "GET", f"{base}/bin/log/{mock_id(2)}/pets", "GET")
    assert len(log.json["log"]["entries"]) >= 1


def test_another_key_is_refused_in_words(app_server: MockwaveServer) -> None:
    put = control_call(app_server, VERSIONS[4], "PUT", f"/k3y-of-theirs/bin/upsert/{mock_id(3)}/a", "GET", BARE)
    assert put.status == 403
    assert set(put.json) == {"error", "message"}


def test_generating_a_mock_server_puts_its_routes_one_after_another(app_server: MockwaveServer) -> None:
    """Versions from 12 on make routes from a document, and several windows may do so at once."""
    server_id = mock_id(4)
    barrier = threading.Barrier(8)

    def put(number: int) -> int:
        if number < 8:
            barrier.wait(DEADLINE_S)
        target = f"/bin/upsert/{server_id}/generated/{number}"
        return control_call(app_server, VERSIONS[4], "PUT", target, "GET", BARE).status

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(put, range(60))) == {200}
    assert len(app_server.api("GET", f"/mock-servers/{server_id}/routes?limit=100").body) == 60
    assert ask(app_server, "GET", f"/bin/{server_id}/generated/59").status == 201


TEMPLATE = """{"hi": "{{ req.queryParams.name | default: 'you' }}", "was": "{{ req.body.name }}",
 "id": "{{ faker.guid }}", "secret": "{{ req.headers['X-Session-Id'] }}"}"""


def test_a_body_with_tags_is_rendered_for_each_request(app_server: MockwaveServer) -> None:
    target = f"{mock_id(7)}/hello/%7Bid%7D"
    upsert = json.dumps({"status": 200, "headers": [], "content": {"mimeType": "application/json", "text": TEMPLATE}})
    put = control_call(app_server, VERSIONS[2], "PUT", f"/bin/upsert/{target}", "POST", upsert)
    assert put.status == 200, put.body
    body = b'{"name": "Zoe"}'
    asking = (
        f"POST /bin/{mock_id(7)}/hello/1?name=Bo HTTP/1.1\r\nHost: 127.0.0.1:{app_server.port}\r\n"
        f"X-Session-Id: {SESSION}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    first, second = (exchange(app_server, asking.encode() + body) for _ in range(2))
    assert first.headers["content-type"] == "application/json"
    assert (first.json["hi"], first.json["was"], first.json["secret"]) == ("Bo", "Zoe", "")
    assert first.json["id"] != second.json["id"]
    assert ask(app_server, "POST", f"/bin/{mock_id(7)}/hello/2").json["hi"] == "you"
    log = control_call(app_server, VERSIONS[2], "GET", f"/bin/log/{target}", "POST")
    assert len(log.json["log"]["entries"]) == 3


def test_a_template_that_cannot_be_rendered_is_500_that_says_where(app_server: MockwaveServer) -> None:
    body = '{"status":200,"content":{"mimeType":"text/plain","text":"a\\n{{ b | upcase }}"}}'
    put = control_call(app_server, VERSIONS[2], "PUT", f"/bin/upsert/{mock_id(8)}/a", "GET", body)
    assert put.status == 200
    assert "line 2" in put.headers["mockwave-note"]
    answer = ask(app_server, "GET", f"/bin/{mock_id(8)}/a")
    assert answer.status == 500
    assert "line 2: unknown filter 'upcase'" in answer.json["detail"]


def test_repeating_a_request_on_an_interval_writes_nothing_and_keeps_the_log(app_server: MockwaveServer) -> None:
    server_id = mock_id(5)
    for _ in range(5):
        control_call(app_server, VERSIONS[3], "PUT", f"/bin/upsert/{server_id}/pets", "GET", BARE)
        ask(app_server, "GET", f"/bin/{server_id}/pets")
    log = control_call(app_server, VERSIONS[3], "GET", f"/bin/log/{server_id}/pets", "GET")
    assert len(log.json["log"]["entries"]) == 5
    assert len(app_server.api("GET", f"/mock-servers/{server_id}/routes").body) == 1


def test_the_login_secret_is_kept_nowhere(start_mockwave: StartMockwave, tmp_path: Path) -> None:
    server = start_mockwave("--log-secrets", data_dir=tmp_path / "secret")
    server.wait_until_whole(2)
    for version in VERSIONS:
        control_call(server, version, "PUT", f"/bin/upsert/{mock_id(6)}/pets", "GET", BARE)
        control_call(server, version, "PUT", f"/bin/upsert/{mock_id(6)}/%7B", "GET", "{")
        control_call(server, version, "GET", f"/bin/{mock_id(6)}/pets", "GET")
    log = control_call(server, VERSIONS[2], "GET", f"/bin/log/{mock_id(6)}/pets", "GET")
    assert log.json["log"]["entries"]
    assert SESSION.encode() not in log.body
    assert SESSION not in server.errors + server.output
    kept = [file for file in (tmp_path / "secret").rglob("*") if file.is_file() and SESSION.encode() in read(file)]
    assert kept == []
    server.stop()
    wait_for(lambda: server.process.poll() is not None, "the server to stop", server)
    kept = [file for file in (tmp_path / "secret").rglob("*") if file.is_file() and SESSION.encode() in read(file)]
    assert kept == []


def read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except FileNotFoundError:  # of a moment: already removed
        return b""
