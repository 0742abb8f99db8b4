"""The typed client against a real server with two workers: every call, blocking and awaited."""

import asyncio
import threading
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from msgspec import UNSET

from mockwave.client import (
    AsyncMockwaveClient,
    InvalidRequest,
    LogEntry,
    MockRouteCreate,
    MockServerCreate,
    MockServerUpdate,
    MockStateUpdate,
    MockwaveClient,
    NotFound,
    Unauthorized,
)
from tests.harness import MockwaveServer

DOCUMENT = '{"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": {"/pets": {"get": {}}}}'
PETS = MockRouteCreate(method="GET", path="/pets/{petId}", status_code=200, response_body="{}")


@pytest.fixture
def client(mockwave_server: MockwaveServer) -> Iterator[MockwaveClient]:
    with MockwaveClient(mockwave_server.url, mockwave_server.token) as client:
        yield client


@pytest.fixture
def mock_id(client: MockwaveClient) -> Iterator[str]:
    server = client.create_server(MockServerCreate(name="client", workspace_id="wrk_client", specification=DOCUMENT))
    yield server.id
    client.delete_server(server.id)


def test_servers_are_made_changed_found_and_deleted(client: MockwaveClient) -> None:
    made = client.create_server(MockServerCreate(name="by-client", workspace_id="wrk_own", specification=DOCUMENT))
    assert made.import_report is not UNSET
    assert made.import_report.routes == 1
    assert client.read_specification(made.id) == DOCUMENT
    assert client.update_server(made.id, MockServerUpdate(name="renamed")).name == "renamed"
    assert client.find_server("renamed").id == client.find_server(made.id).id == made.id
    assert [server.id for server in client.iterate_servers("wrk_own", page_items=1)] == [made.id]
    assert client.list_servers("wrk_own", limit=1) == client.list_servers("wrk_own")
    client.delete_server(made.id)
    with pytest.raises(NotFound) as raised:
        client.read_server(made.id)
    assert raised.value.type == "urn:mockwave:problem:mock-server-not-found"


def test_routes_are_made_changed_listed_and_deleted(client: MockwaveClient, mock_id: str) -> None:
    route = client.create_route(mock_id, PETS)
    assert client.read_route(mock_id, route.id) == route
    changed = MockRouteCreate(method="GET", path="/pets/{petId}", status_code=201)
    assert client.update_route(mock_id, route.id, changed).status_code == 201
    assert {each.path for each in client.iterate_routes(mock_id, page_items=1)} == {"/pets", "/pets/{petId}"}
    assert [each.path for each in client.list_routes(mock_id, q="petId", unused=True)] == ["/pets/{petId}"]
    client.delete_route(mock_id, route.id)
    assert [each.path for each in client.list_routes(mock_id)] == ["/pets"]


def test_rules_are_set_alone(client: MockwaveClient, mock_id: str) -> None:
    (route,) = client.list_routes(mock_id)
    rules: list[dict[str, Any]] = [{"when": {"query": {"x": {"equalTo": "1"}}}, "then": {"statusCode": 202}}]
    assert client.update_route_rules(mock_id, route.id, rules).rules == rules
    assert client.read_route_rules(mock_id, route.id).rules == rules
    assert client.update_server_rules(mock_id, rules).rules == client.read_server_rules(mock_id).rules == rules
    assert client.read_route(mock_id, route.id).generated


def test_state_is_set_listed_and_reset(client: MockwaveClient, mock_id: str) -> None:
    update = MockStateUpdate(kind="scenario", name="order", key="a", state="paid")
    assert client.set_state(mock_id, update).state == "paid"
    assert [(each.name, each.key) for each in client.iterate_state(mock_id, kind="scenario")] == [("order", "a")]
    assert client.list_state(mock_id, key="") == []
    client.reset_state(mock_id, name="order", key="a")
    assert client.list_state(mock_id) == []


def test_faults_of_a_body_are_pointed_at(client: MockwaveClient, mock_id: str) -> None:
    with pytest.raises(InvalidRequest) as raised:
        client.create_route(mock_id, MockRouteCreate(method="GET", path="pets", status_code=99))
    assert {fault.pointer for fault in raised.value.errors} == {"/path", "/statusCode"}


def test_a_wrong_token_is_told(mockwave_server: MockwaveServer) -> None:
    with MockwaveClient(mockwave_server.url, "wrong") as client, pytest.raises(Unauthorized):
        client.list_servers()


def test_the_log_is_read_asked_and_cleared(
    client: MockwaveClient, mock_id: str, mockwave_server: MockwaveServer
) -> None:
    for number in range(7):
        mockwave_server.request("GET", f"/bin/{mock_id}/pets?n={number}")
    mockwave_server.request("GET", f"/bin/{mock_id}/nowhere")
    newest = client.list_logs(mock_id, limit=3)
    assert [entry.request_query for entry in newest] == [UNSET, "n=6", "n=5"]
    everything = list(client.iterate_logs(mock_id, page_entries=3))
    assert len(everything) == 8
    assert [entry.id for entry in client.iterate_logs(mock_id, status="4xx")] == [newest[0].id]
    assert client.read_entry(mock_id, newest[0].id) == newest[0]
    assert client.read_log_page(mock_id, limit=3).next_offset == 3
    assert sum(step.requests for step in client.read_figures(mock_id).steps) == 8
    assert client.verify(mock_id, {"path": {"equalTo": "/pets"}}, exactly=7).verified
    assert client.read_explanation(mock_id, newest[0].id).entry_id == newest[0].id
    client.clear_log(mock_id)
    assert client.list_logs(mock_id) == []


def test_the_server_says_how_it_is(client: MockwaveClient) -> None:
    assert client.read_readiness().is_ready
    assert "mockwave_generation" in client.read_metrics()
    assert "/mock-servers" in client.read_contract()["paths"]


def send_numbers(mockwave_server: MockwaveServer, mock_id: str, numbers: range) -> None:
    with httpx.Client(base_url=mockwave_server.url) as http:
        for number in numbers:
            http.get(f"/bin/{mock_id}/pets?n={number}")


def test_a_follower_gets_each_entry_once_in_order(
    client: MockwaveClient, mock_id: str, mockwave_server: MockwaveServer
) -> None:
    """Over two workers, with eight senders; the log is in the order of the recorded times."""
    send_numbers(mockwave_server, mock_id, range(3))
    last = client.list_logs(mock_id, limit=1)[0].id
    senders = [
        threading.Thread(target=send_numbers, args=(mockwave_server, mock_id, range(start, start + 250)))
        for start in range(1000, 3000, 250)
    ]
    for sender in senders:
        sender.start()
    followed: list[LogEntry] = []
    for entry in client.follow(mock_id, after=last, interval_s=0.05):
        followed.append(entry)
        if len(followed) == 2000:
            break
    for sender in senders:
        sender.join()
    assert {entry.request_query for entry in followed} == {f"n={number}" for number in range(1000, 3000)}
    whole = [entry.id for entry in client.iterate_logs(mock_id)][::-1]
    assert [entry.id for entry in followed] == whole[3:]


async def test_awaited_calls_have_the_same_results(
    client: MockwaveClient, mock_id: str, mockwave_server: MockwaveServer
) -> None:
    async with AsyncMockwaveClient(mockwave_server.url, mockwave_server.token) as awaiting:
        route = await awaiting.create_route(mock_id, PETS)
        assert route == await asyncio.to_thread(client.read_route, mock_id, route.id)
        assert [each.id async for each in awaiting.iterate_routes(mock_id)] == [
            each.id for each in await asyncio.to_thread(client.list_routes, mock_id)
        ]
        sending = asyncio.to_thread(send_numbers, mockwave_server, mock_id, range(40))
        task = asyncio.ensure_future(sending)
        followed = []
        async for entry in awaiting.follow(mock_id, after="", interval_s=0.05):
            followed.append(entry.request_query)
            if len(followed) == 40:
                break
        await task
    assert followed == [f"n={number}" for number in range(40)]


async def test_streams_are_iterated_over(client: MockwaveClient, mock_id: str, mockwave_server: MockwaveServer) -> None:
    await asyncio.to_thread(send_numbers, mockwave_server, mock_id, range(3))
    first = client.stream_log(mock_id, after=0)
    shown = [event.data["requestQuery"] for _, event in zip(range(3), first, strict=False) if event.name == "entry"]
    assert shown
    async with AsyncMockwaveClient(mockwave_server.url, mockwave_server.token) as awaiting:
        async for event in awaiting.stream_events(after=0):
            if event.name == "server" and event.data["_id"] == mock_id:
                break
        with pytest.raises(NotFound):
            async for _ in awaiting.stream_log("mock_" + "0" * 32):
                pass
