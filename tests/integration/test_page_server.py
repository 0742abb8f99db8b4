"""The server of the page: who gets it, its policy, its files, and the code that signs in once."""

import gzip
import http.client
import json
import re
import threading
from typing import Any

from tests.conftest import StartMockwave
from tests.harness import MockwaveServer

Headers = dict[str, str]


def ask(
    server: MockwaveServer, method: str, path: str, headers: Headers | None = None, body: bytes | None = None
) -> tuple[int, http.client.HTTPMessage, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    connection.request(method, path, body, headers or {})
    response = connection.getresponse()
    content = response.read()
    connection.close()
    return response.status, response.headers, content


def test_browsers_get_the_page_and_programs_a_problem(mockwave_server: MockwaveServer) -> None:
    status, headers, content = ask(mockwave_server, "GET", "/", {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
    assert status == 200
    assert headers["content-type"] == "text/html; charset=utf-8"
    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'self'; ")
    assert "unsafe" not in policy
    assert b"<script>" not in content
    assert ask(mockwave_server, "HEAD", "/", {"Accept": "text/html"})[0] == 200
    for accept in ("application/json", "*/*"):
        status, headers, content = ask(mockwave_server, "GET", "/", {"Accept": accept})
        assert (status, headers["content-type"]) == (404, "application/problem+json")


def test_files_are_compressed_kept_for_good_and_small(mockwave_server: MockwaveServer) -> None:
    html = ask(mockwave_server, "GET", "/", {"Accept": "text/html"})[2].decode()
    paths = re.findall(r'(?:src|href)="(/page/[^"]+)"', html)
    assert len(paths) >= 2
    total = len(html)
    seen = set()
    while paths:
        path = paths.pop()
        if path in seen:
            continue
        seen.add(path)
        status, headers, packed = ask(mockwave_server, "GET", path, {"Accept-Encoding": "gzip, br"})
        assert (status, headers["content-encoding"]) == (200, "gzip")
        assert "immutable" in headers["cache-control"]
        plain = ask(mockwave_server, "GET", path)[2]
        assert gzip.decompress(packed) == plain
        total += len(plain)
        if path.endswith(".js"):
            folder = path.rpartition("/")[0]
            paths += [f"{folder}/{name}" for name in re.findall(r'from "\./([\w.-]+)"', plain.decode())]
    assert total <= 150 * 1024
    for path in ("/page/0000000000000000/main.js", "/page/x", "/page/../openapi.yaml"):
        assert ask(mockwave_server, "GET", path)[0] == 404


def test_a_code_signs_in_once(start_mockwave: StartMockwave) -> None:
    server = start_mockwave()
    link = re.search(r"page +(http\S+)/#(\S+)", server.output)
    assert link is not None
    answers: list[tuple[int, bytes]] = []

    def exchange() -> None:
        body = json.dumps({"code": link[2]}).encode()
        status, _, content = ask(server, "POST", "/page/session", {"Content-Type": "application/json"}, body)
        answers.append((status, content))

    clients = [threading.Thread(target=exchange) for _ in range(8)]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    assert sorted(status for status, _ in answers) == [200, *[403] * 7]
    token = next(json.loads(content)["token"] for status, content in answers if status == 200)
    assert ask(server, "GET", "/mock-servers", {"Authorization": f"Bearer {token}"})[0] == 200
    assert ask(server, "POST", "/page/session", {"Content-Type": "application/json"}, b'{"code": "x"}')[0] == 403
    assert ask(server, "POST", "/page/session", {"Content-Type": "application/json"}, b"{}")[0] == 400
    assert ask(server, "GET", "/page/session")[0] == 405


def test_without_tokens_the_page_has_a_host_of_its_own_which_serves_no_mocks(start_mockwave: StartMockwave) -> None:
    """A page sent by a mock would share its origin with the API, which its scripts must not reach."""
    server = start_mockwave("--no-auth")
    assert f"http://mockwave.localhost:{server.port}/" in server.output
    created: Any = server.api("POST", "/mock-servers", {"name": "a", "workspaceId": "wrk_a"}).body
    route = {"method": "GET", "path": "/evil", "statusCode": 200, "contentType": "text/html", "responseBody": "<p>"}
    assert server.api("POST", f"/mock-servers/{created['_id']}/routes", route).status == 201
    mock = f"/bin/{created['_id']}/evil"
    page = {"Host": f"mockwave.localhost:{server.port}"}
    for host in (page["Host"], f"MockWave.LocalHost:{server.port}"):
        assert ask(server, "GET", mock, {"Host": host})[0] == 404
    assert ask(server, "GET", mock)[0] == 200
    own = {"Sec-Fetch-Site": "same-origin", "Origin": f"http://{page['Host']}"}
    assert ask(server, "GET", "/mock-servers", {**page, **own})[0] == 200
    theirs = {"Sec-Fetch-Site": "same-origin", "Origin": f"http://127.0.0.1:{server.port}"}
    assert ask(server, "GET", "/mock-servers", theirs)[0] == 403
    assert ask(server, "GET", "/mock-servers", {**page, **theirs, "Sec-Fetch-Site": "same-site"})[0] == 403
    elsewhere = {"Origin": "http://127.0.0.1:1", "Sec-Fetch-Site": "same-site"}
    assert ask(server, "GET", "/mock-servers", elsewhere)[0] == 200
