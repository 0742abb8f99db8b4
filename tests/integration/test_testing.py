"""mockwave.testing and the pytest plugin: real servers, and the HTTP clients that people use."""

import subprocess
import sys
import time
import unittest
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aiohttp
import httpx
import pytest
import requests
import urllib3
from msgspec import UNSET

from mockwave.client import InvalidRequest, NotFound
from mockwave.testing import EphemeralServer, LiveMock, ServerNotStarted, ephemeral_servers, start
from tests.harness import answers, clean_environment, wait_for

PETSTORE = Path("tests/specs/petstore.yaml")


@pytest.fixture(scope="module")
def ephemeral(engine: Any) -> Iterator[EphemeralServer]:
    with start(engine=engine) as server:
        yield server


@pytest.fixture
def live_mock(ephemeral: EphemeralServer) -> Iterator[LiveMock]:
    with ephemeral.mock() as mock:
        yield mock


def ask_with_requests(url: str) -> tuple[int, Any]:
    response = requests.post(url, json={"name": "Rex"}, timeout=30)
    return response.status_code, response.json()


def ask_with_httpx(url: str) -> tuple[int, Any]:
    response = httpx.post(url, json={"name": "Rex"}, timeout=30)
    return response.status_code, response.json()


def ask_with_urllib3(url: str) -> tuple[int, Any]:
    response = urllib3.request("POST", url, json={"name": "Rex"}, timeout=30)
    return response.status, response.json()


def ask_with_aiohttp(url: str) -> tuple[int, Any]:
    import asyncio

    async def ask() -> tuple[int, Any]:
        async with aiohttp.ClientSession() as session, session.post(url, json={"name": "Rex"}) as response:
            return response.status, await response.json()

    return asyncio.run(ask())


@pytest.mark.parametrize("ask", [ask_with_requests, ask_with_httpx, ask_with_urllib3, ask_with_aiohttp])
def test_any_http_client_gets_the_answer_and_is_on_record(live_mock: LiveMock, ask: Any) -> None:
    live_mock.route("POST", "/pets", status=201, json={"id": 7, "name": "Rex"})
    assert ask(live_mock.url + "/pets") == (201, {"id": 7, "name": "Rex"})
    (entry,) = live_mock.assert_called(times=1, method="POST", path="/pets", json={"name": "Rex"}, status=201)
    assert entry.request_headers["content-type"] == "application/json"


def test_a_route_has_what_it_was_given(live_mock: LiveMock) -> None:
    route = live_mock.route("get", "/a/{id}", text="späte Antwort", headers={"X-A": ["1", "2"]}, delay_ms=50)
    begin_s = time.monotonic()
    response = httpx.get(live_mock.url + "/a/1")
    assert time.monotonic() - begin_s >= 0.05
    assert (response.text, response.headers.get_list("x-a")) == ("späte Antwort", ["1", "2"])
    assert response.headers["content-type"] == "text/plain; charset=utf-8"
    assert [entry.request_path for entry in route.requests] == ["/a/1"]
    assert route.url == live_mock.url + "/a/{id}"


def test_a_route_that_is_there_already_is_replaced(live_mock: LiveMock) -> None:
    first = live_mock.route("GET", "/pets", json=[1])
    assert live_mock.route("GET", "/pets", json=[2]) is first
    assert httpx.get(live_mock.url + "/pets").json() == [2]


def test_json_and_text_are_one_body(live_mock: LiveMock) -> None:
    with pytest.raises(TypeError, match="not both"):
        live_mock.route("GET", "/pets", json=1, text="1")


def test_null_is_a_body(live_mock: LiveMock) -> None:
    live_mock.route("GET", "/nothing", json=None)
    assert httpx.get(live_mock.url + "/nothing").content == b"null"


def test_a_route_that_cannot_be_is_refused(live_mock: LiveMock) -> None:
    with pytest.raises(InvalidRequest) as raised:
        live_mock.route("GET", "no-slash")
    assert raised.value.errors[0].pointer == "/path"


def test_a_document_makes_routes(live_mock: LiveMock) -> None:
    live_mock.from_specification(PETSTORE, validate_requests=True)
    assert httpx.get(live_mock.url + "/pets").status_code == 200
    live_mock.from_specification('{"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": {}}')
    assert httpx.get(live_mock.url + "/pets").status_code == 404


def test_requests_are_listed_by_what_they_were(live_mock: LiveMock) -> None:
    live_mock.route("GET", "/pets/{petId}", json={})
    for target in ("/pets/1?full=1", "/pets/2", "/dogs"):
        httpx.get(live_mock.url + target, headers={"X-N": target[-1]})
    assert [entry.request_path for entry in live_mock.requests()] == ["/pets/1", "/pets/2", "/dogs"]
    assert len(live_mock.requests("GET", "/pets/{petId}")) == 2
    assert len(live_mock.requests(query={"full": "1"})) == 1
    assert len(live_mock.requests(status=404)) == 1
    assert len(live_mock.requests(headers={"x-n": "2"})) == 1


def test_what_was_not_called_as_often_is_told_with_the_nearest(live_mock: LiveMock) -> None:
    live_mock.route("POST", "/pets", status=201)
    httpx.post(live_mock.url + "/pets", json={"name": "Max"})
    with pytest.raises(AssertionError) as raised:
        live_mock.assert_called(method="POST", path="/pets", json={"name": "Rex"})
    assert str(raised.value).splitlines() == [
        'expected at least one request POST /pets json {"name": "Rex"}, got 0',
        "the only other one:",
        '  POST /pets {"name":"Max"} → 201',
        '      json is {"name": "Max"}, expected {"name": "Rex"}',
    ]
    with pytest.raises(AssertionError, match="expected 0 requests"):
        live_mock.assert_called(times=0)
    live_mock.assert_called(times=0, path="/dogs")


def test_routes_that_were_not_asked_are_named(live_mock: LiveMock) -> None:
    live_mock.route("GET", "/pets", json=[])
    live_mock.route("GET", "/dogs", json=[])
    httpx.get(live_mock.url + "/pets")
    with pytest.raises(AssertionError, match="routes without a request:\n  GET /dogs\n"):
        live_mock.assert_all_called()
    httpx.get(live_mock.url + "/dogs")
    live_mock.assert_all_called()


def test_requests_that_found_no_route_are_named(live_mock: LiveMock) -> None:
    live_mock.route("GET", "/pets", json=[])
    preflight = {"Origin": "https://app.example", "Access-Control-Request-Method": "GET"}
    httpx.options(live_mock.url + "/pets", headers=preflight)
    live_mock.assert_no_unmatched()
    httpx.get(live_mock.url + "/pest")
    told = "requests that found no route:\n  GET /pest → 404\nroutes that the test made:\n  GET /pets"
    with pytest.raises(AssertionError, match=f"^{told}$"):
        live_mock.assert_no_unmatched()


def test_conditions_are_written_as_rules(live_mock: LiveMock) -> None:
    route = live_mock.route("GET", "/pets/{petId}", json=[])
    route.when(query={"page": 2}, headers={"X-Plan": {"matches": "pro|max"}}).respond(status=404, text="no more")
    route.when(path_parameters={"petId": "0"}, json={"a": 1}, name="zero").respond(json=None, delay_ms=5)
    assert live_mock.client.read_route_rules(live_mock.id, route.id).rules == [
        {
            "name": "when-1",
            "when": {"query": {"page": {"equalTo": "2"}}, "headers": {"X-Plan": {"matches": "pro|max"}}},
            "then": {"statusCode": 404, "responseBody": "no more", "contentType": "text/plain; charset=utf-8"},
        },
        {
            "name": "zero",
            "when": {"pathParameters": {"petId": {"equalTo": "0"}}, "body": [{"equalToJson": {"a": 1}}]},
            "then": {"statusCode": 200, "responseBody": "null", "delay": 5},
        },
    ]
    httpx.get(live_mock.url + "/pets/1")
    with pytest.raises(AssertionError) as raised:
        live_mock.assert_all_called()
    assert [line for line in str(raised.value).splitlines() if "condition" in line] == [
        "  GET /pets/{petId}, condition when-1",
        "  GET /pets/{petId}, condition zero",
    ]


def test_the_first_condition_that_holds_answers_and_counts_as_called(live_mock: LiveMock) -> None:
    route = live_mock.route("POST", "/orders", status=201, json={"id": 1})
    route.when(json={"item": "tea"}, name="tea").respond(status=409, json={"left": 0})
    route.when(headers={"X-Plan": {"matches": "pro|max"}}).respond(status=202)
    url = live_mock.url + "/orders"
    sent: list[dict[str, Any]] = [
        {"json": {"item": "coffee"}},
        {"json": {"item": "tea"}, "headers": {"X-Plan": "pro"}},
        {"json": {"item": "coffee"}, "headers": {"X-Plan": "max"}},
    ]
    assert httpx.post(url, **sent[0]).status_code == 201
    assert httpx.post(url, **sent[1]).status_code == 409
    with pytest.raises(AssertionError, match="POST /orders, condition when-2"):
        live_mock.assert_all_called()
    assert httpx.post(url, **sent[2]).status_code == 202
    live_mock.assert_all_called()
    assert [entry.rule for entry in route.requests] == [UNSET, "tea", "when-2"]


def test_a_route_that_is_replaced_has_no_conditions_left(live_mock: LiveMock) -> None:
    live_mock.route("GET", "/pets", json=[]).when(query={"page": 2}).respond(status=404)
    route = live_mock.route("GET", "/pets", json=[1])
    assert httpx.get(live_mock.url + "/pets?page=2").json() == [1]
    assert route.rules == []


def test_mocks_are_apart_and_gone_at_the_end(ephemeral: EphemeralServer) -> None:
    with ephemeral.mock() as one, ephemeral.mock() as other:
        one.route("GET", "/pets", json=[])
        assert httpx.get(other.url + "/pets").status_code == 404
        assert len(one.requests()) == 0
    with pytest.raises(NotFound):
        ephemeral.client.read_server(one.id)
    one.delete()  # it is gone already


def test_a_server_ends_with_its_last_user(tmp_path: Path) -> None:
    one = ephemeral_servers.share(tmp_path / "meeting")
    other = ephemeral_servers.share(tmp_path / "meeting")
    assert one.url == other.url
    one.stop()
    assert other.client.list_servers() == []
    url = other.url
    other.stop()
    wait_for(lambda: not answers(url), "the end of the server")
    with ephemeral_servers.share(tmp_path / "meeting") as another:
        assert another.client.list_servers() == []


def test_a_server_ends_with_a_user_that_is_killed() -> None:
    script = "import mockwave.testing, time; print(mockwave.testing.start().url, flush=True); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as user:
        assert user.stdout is not None
        url = user.stdout.readline().strip()
        assert answers(url)
        user.kill()
    wait_for(lambda: not answers(url), "the end of the server")


def test_a_script_that_stops_nothing_leaves_nothing_behind(tmp_path: Path) -> None:
    script = "import mockwave.testing; server = mockwave.testing.start(); print(server.url)"
    environment = clean_environment({"TMPDIR": str(tmp_path)})
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env=environment, timeout=60)
    assert done.returncode == 0, done.stderr
    wait_for(lambda: not answers(done.stdout.strip()), "the end of the server")


def test_a_server_that_cannot_start_says_why() -> None:
    with pytest.raises(ServerNotStarted, match=r"(?s)ended with exit code 1: .*many"):
        start(workers="many")  # type: ignore[arg-type]


class TestWithUnittest(unittest.TestCase):
    """The same without pytest's fixtures."""

    server: EphemeralServer

    @classmethod
    def setUpClass(cls) -> None:
        cls.server = start()
        cls.addClassCleanup(cls.server.stop)

    def setUp(self) -> None:
        self.mock = self.enterContext(self.server.mock())

    def test_a_mock_answers(self) -> None:
        self.mock.route("GET", "/pets", json=[])
        self.assertEqual(httpx.get(self.mock.url + "/pets").json(), [])
        self.mock.assert_called(times=1)
        self.mock.assert_no_unmatched()
