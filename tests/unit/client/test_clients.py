"""Both clients over real sockets: the same calls have the same results."""

import asyncio
import inspect
import select
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

import pytest

from mockwave.client import (
    AsyncMockwaveClient,
    MockServerCreate,
    MockwaveClient,
    NoAnswer,
    NotFound,
    NotOneServer,
    Readiness,
)
from mockwave.client.plain_client import PlainClient
from tests.unit.client.scripted_server import Scripted, ScriptedServer, serve_script
from tests.unit.client.test_calls import METHODS, SERVER


@pytest.fixture
def script() -> Iterator[ScriptedServer]:
    with serve_script() as server:
        yield server


def test_a_call_is_sent_as_the_api_wants_it(script: ScriptedServer) -> None:
    script.answers = [Scripted(201, SERVER)]
    with MockwaveClient(script.url + "/", "t0ken") as client:
        server = client.create_server(MockServerCreate(name="pets", workspace_id="wrk_1"))
    assert server.id == "mock_1"
    (asked,) = script.asked
    assert (asked.method, asked.target) == ("POST", "/mock-servers")
    assert asked.headers["Authorization"] == "Bearer t0ken"
    assert asked.headers["Content-Type"] == "application/json"
    assert b'"workspaceId":"wrk_1"' in asked.body


async def test_an_awaited_call_has_the_same_result(script: ScriptedServer) -> None:
    script.answers = [Scripted(200, SERVER)]
    async with AsyncMockwaveClient(script.url) as client:
        awaited = await client.read_server("mock_1")
    with MockwaveClient(script.url) as blocking:
        assert blocking.read_server("mock_1") == awaited


async def test_lists_are_iterated_over_page_by_page(script: ScriptedServer) -> None:
    first = Scripted(200, b"[" + SERVER + b"]", {"Link": '</mock-servers?limit=1&offset=1>; rel="next"'})
    last = Scripted(200, b"[" + SERVER.replace(b"mock_1", b"mock_2") + b"]")
    script.answers = [first, last, first, last]
    with MockwaveClient(script.url) as client:
        assert [server.id for server in client.iterate_servers(page_items=1)] == ["mock_1", "mock_2"]
    async with AsyncMockwaveClient(script.url) as awaiting:
        assert [server.id async for server in awaiting.iterate_servers(page_items=1)] == ["mock_1", "mock_2"]
    assert [asked.target for asked in script.asked] == [
        "/mock-servers?limit=1&offset=0",
        "/mock-servers?limit=1&offset=1",
    ] * 2


async def test_a_busy_server_is_asked_again(script: ScriptedServer) -> None:
    busy = Scripted(503, b"", {"Retry-After": "0"})
    script.answers = [busy, Scripted(200, SERVER), busy, Scripted(200, SERVER)]
    with MockwaveClient(script.url) as client:
        assert client.read_server("mock_1").name == "pets"
    async with AsyncMockwaveClient(script.url) as awaiting:
        assert (await awaiting.read_server("mock_1")).name == "pets"


async def test_not_being_ready_is_an_answer(script: ScriptedServer) -> None:
    script.answers = [Scripted(503, b'{"reasons": ["the disk is full"]}', {"Retry-After": "1"})]
    with MockwaveClient(script.url) as client:
        assert client.read_readiness() == Readiness(False, ["the disk is full"])
    async with AsyncMockwaveClient(script.url) as awaiting:
        assert not (await awaiting.read_readiness()).is_ready


async def test_errors_are_the_same_too(script: ScriptedServer) -> None:
    script.answers = [Scripted(404, b"")]
    with MockwaveClient(script.url) as client, pytest.raises(NotFound):
        client.delete_server("mock_1")
    async with AsyncMockwaveClient(script.url) as awaiting:
        with pytest.raises(NotFound):
            await awaiting.delete_server("mock_1")


def test_a_name_that_several_servers_have_is_refused(script: ScriptedServer) -> None:
    script.answers = [Scripted(200, b"[" + SERVER + b"," + SERVER.replace(b"mock_1", b"mock_2") + b"]")]
    with MockwaveClient(script.url) as client:
        assert client.find_server("mock_2").id == "mock_2"
        with pytest.raises(NotOneServer, match="2 mock servers are named pets; give the id of one: mock_1, mock_2"):
            client.find_server("pets")
        with pytest.raises(NotOneServer, match="there is no mock server dogs"):
            client.find_server("dogs")


async def test_a_server_that_is_not_there_is_told_by_its_url() -> None:
    with MockwaveClient("http://127.0.0.1:1") as client, pytest.raises(NoAnswer, match=r"at http://127.0.0.1:1$"):
        client.list_servers()
    async with AsyncMockwaveClient("http://127.0.0.1:1") as awaiting:
        with pytest.raises(NoAnswer):
            await awaiting.list_servers()


@pytest.mark.parametrize("url", ["127.0.0.1:4010", "ftp://host", "http://", "/mocks"])
def test_a_url_that_is_none_is_refused_at_once(url: str) -> None:
    with pytest.raises(ValueError, match="not the URL of a server"):
        MockwaveClient(url)


def test_a_base_path_is_kept(script: ScriptedServer) -> None:
    script.answers = [Scripted(200, b"[]")]
    with MockwaveClient(f"{script.url}/mocks") as client:
        client.list_servers()
    assert script.asked[0].target == "/mocks/mock-servers"


def test_no_proxy_leads_to_this_machine(script: ScriptedServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.delenv("NO_PROXY", raising=False)
    script.answers = [Scripted(200, b"[]")]
    with MockwaveClient(script.url) as client:
        assert client.list_servers() == []


def test_one_client_serves_many_threads(script: ScriptedServer) -> None:
    script.answers = [Scripted(200, SERVER)]
    names: list[str] = []
    with MockwaveClient(script.url) as client:
        threads = [threading.Thread(target=lambda: names.append(client.read_server("m").name)) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert names == ["pets"] * 8


async def test_a_wait_for_a_busy_server_lets_others_run(script: ScriptedServer) -> None:
    script.answers = [Scripted(503, b"", {"Retry-After": "1"}), Scripted(200, SERVER)]
    async with AsyncMockwaveClient(script.url) as client:
        waiting = asyncio.ensure_future(client.read_server("mock_1"))
        turns = 0
        while not waiting.done():
            await asyncio.sleep(0.01)
            turns += 1
    assert turns > 10


def test_a_client_that_never_retries_says_so_at_once(script: ScriptedServer) -> None:
    script.answers = [Scripted(503, b"", {"Retry-After": "1"})]
    begin_s = time.monotonic()
    with MockwaveClient(script.url, retry_for_s=0) as client, pytest.raises(Exception, match="503"):
        client.read_server("mock_1")
    assert time.monotonic() - begin_s < 0.9


def test_certificates_are_checked_unless_told_otherwise() -> None:
    with MockwaveClient("https://127.0.0.1:1", tls=ssl.create_default_context()) as client, pytest.raises(NoAnswer):
        client.list_servers()


@pytest.mark.parametrize("name", METHODS)
def test_methods_show_their_signatures_and_docstrings(name: str) -> None:
    with MockwaveClient("http://127.0.0.1:1") as client:
        method = getattr(client, name)
    assert inspect.getdoc(method) == inspect.getdoc(METHODS[name].describe)
    assert inspect.signature(method) == inspect.signature(METHODS[name].describe)


def test_calls_over_plain_http_have_the_same_results(script: ScriptedServer) -> None:
    script.answers = [Scripted(201, SERVER), Scripted(503, b"", {"Retry-After": "0"}), Scripted(200, SERVER)]
    client = PlainClient(script.url + "/base/", "t0ken")
    made = client.create_server(MockServerCreate(name="pets", workspace_id="wrk_1"))
    assert client.read_server(made.id) == made
    first, *_, last = script.asked
    assert (first.target, first.headers["Authorization"]) == ("/base/mock-servers", "Bearer t0ken")
    assert (first.headers["Content-Type"], b'"workspaceId":"wrk_1"' in first.body) == ("application/json", True)
    assert last.target == "/base/mock-servers/mock_1"


def test_calls_over_plain_http_share_a_connection(script: ScriptedServer) -> None:
    script.answers = [Scripted(200, SERVER)]
    client = PlainClient(script.url)
    for _ in range(3):
        client.read_server("mock_1")
    client.close()
    assert script.connections == 1


def test_over_plain_http_a_connection_that_the_server_has_closed_is_not_used_again(script: ScriptedServer) -> None:
    script.answers = [Scripted(201, SERVER, hangs_up=True)]
    client = PlainClient(script.url)
    for number in range(1, 4):
        client.create_server(MockServerCreate(name="pets", workspace_id="wrk_1"))
        assert script.connections == number
        (kept,) = client._kept
        assert select.select([kept.sock], [], [], 10)[0]  # its end has arrived


def test_over_plain_http_a_server_that_is_not_there_is_told_by_its_url() -> None:
    with pytest.raises(NoAnswer, match=r"http://127\.0\.0\.1:9: "):
        PlainClient("http://127.0.0.1:9").list_servers()


def test_a_server_is_announced_without_httpx() -> None:
    """It took a third of the CPU time that `mockwave serve` needs until it says where it is."""
    script = "import mockwave.cli.announcement, sys; print('httpx' in sys.modules)"
    assert subprocess.check_output([sys.executable, "-c", script], text=True).strip() == "False"


def test_a_server_for_tests_is_started_without_httpx() -> None:
    """The first fixture of a session waited for httpx, before the server's process was even started."""
    script = "import mockwave.testing.ephemeral_servers, sys; print({'httpx', 'asyncio'} & sys.modules.keys())"
    assert subprocess.check_output([sys.executable, "-c", script], text=True).strip() == "set()"
