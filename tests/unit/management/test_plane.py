"""The management plane as a whole: what is found, who may call it, and what the answer says if something fails."""

import asyncio
import json
import logging
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from mockwave.management.exchange import ManagementRequest
from mockwave.management.tokens import mint_token
from mockwave.model import LogQuery
from mockwave.request_bodies import BrokenBody
from mockwave.store.protocol import StoreError

if TYPE_CHECKING:
    from tests.unit.management.conftest import Caller

SECRET = b"0123456789abcdef0123456789abcdef"
ROUTE = {"method": "GET", "path": "/pets", "statusCode": 200}


def problem_of(body: bytes) -> dict[str, Any]:
    problem: dict[str, Any] = json.loads(body)
    assert set(problem) >= {"type", "title", "status", "detail"}
    return problem


async def test_an_unknown_path_is_a_problem(caller: "Caller") -> None:
    answer = await caller.call("GET", "/nowhere", token="")
    assert (answer.status, problem_of(answer.body)["status"]) == (404, 404)
    assert dict(answer.headers)[b"content-type"] == b"application/problem+json"


@pytest.mark.parametrize("path", ["/mock-servers/", "/%6Dock-servers"])
async def test_paths_are_read_by_the_rules_of_the_mocks(caller: "Caller", path: str) -> None:
    assert (await caller.call("GET", path)).status == 200


@pytest.mark.parametrize("path", ["/mock-servers/%ff", "/mock-servers/%00", "/mock-servers/%F0%9F%98%80/routes/%2f"])
async def test_strange_ids_are_not_found(caller: "Caller", path: str) -> None:
    assert (await caller.call("GET", path)).status == 404


@pytest.mark.parametrize("method", ["PATCH", "TRACE", "PUT", "BREW"])
async def test_another_method_is_refused_with_those_allowed(caller: "Caller", method: str) -> None:
    answer = await caller.call(method, "/mock-servers")
    assert (answer.status, dict(answer.headers)[b"allow"]) == (405, b"GET, HEAD, POST, OPTIONS")


async def test_options_is_answered_with_the_methods_allowed(caller: "Caller") -> None:
    answer = await caller.call("OPTIONS", "/mock-servers/x", token="")
    assert (answer.status, answer.headers) == (204, [(b"allow", b"GET, HEAD, PUT, DELETE, OPTIONS")])


async def test_head_is_get_without_the_body(caller: "Caller") -> None:
    await caller.create_server()
    for target in ("/mock-servers", "/mock-servers/nothing"):
        got, head = await caller.call("GET", target), await caller.call("HEAD", target)
        assert (head.status, head.headers, head.body) == (got.status, got.headers, b"")


async def test_the_document_is_served_to_everyone(caller: "Caller") -> None:
    answer = await caller.call("GET", "/openapi.json", token="")
    assert (answer.status, json.loads(answer.body)["openapi"]) == (200, "3.1.0")


async def test_each_call_but_the_document_needs_a_token(caller: "Caller") -> None:
    server = await caller.create_server()
    route = await caller.create_route(server)
    for method, path in (
        ("GET", "/mock-servers"),
        ("POST", "/mock-servers"),
        ("GET", server),
        ("PUT", server),
        ("DELETE", server),
        ("GET", f"{server}/specification"),
        ("GET", f"{server}/routes"),
        ("POST", f"{server}/routes"),
        ("GET", route),
        ("PUT", route),
        ("DELETE", route),
        ("GET", f"{server}/logs"),
        ("HEAD", server),
    ):
        answer = await caller.call(method, path, {}, token="")
        assert (answer.status, dict(answer.headers)[b"www-authenticate"]) == (401, b'Bearer realm="mockwave"')


async def test_a_reader_reads_and_does_not_write(caller: "Caller") -> None:
    server = await caller.create_server()
    route = await caller.create_route(server)
    reader = mint_token(SECRET, scope="read")
    for path in ("/mock-servers", server, f"{server}/routes", route, f"{server}/logs"):
        assert (await caller.call("GET", path, token=reader)).status == 200
    for method, path in (
        ("POST", "/mock-servers"),
        ("PUT", server),
        ("DELETE", server),
        ("POST", f"{server}/routes"),
        ("PUT", route),
        ("DELETE", route),
    ):
        answer = await caller.call(method, path, ROUTE, token=reader)
        assert answer.status == 403
        assert b'error="insufficient_scope"' in dict(answer.headers)[b"www-authenticate"]


async def test_a_bearer_sees_and_touches_its_workspaces_alone(caller: "Caller") -> None:
    own = await caller.create_server(workspaceId="wrk_1")
    foreign = await caller.create_server(workspaceId="wrk_2")
    foreign_route = await caller.create_route(foreign)
    caller.token = mint_token(SECRET, workspaces=["wrk_1", "wrk_3"])
    assert [f"/mock-servers/{server['_id']}" for server in await caller.read("/mock-servers")] == [own]
    assert await caller.read("/mock-servers?workspaceId=wrk_2") == []
    assert len(await caller.read("/mock-servers?workspaceId=wrk_1")) == 1
    for method, path in (
        ("GET", foreign),
        ("PUT", foreign),
        ("DELETE", foreign),
        ("GET", f"{foreign}/specification"),
        ("GET", f"{foreign}/routes"),
        ("POST", f"{foreign}/routes"),
        ("GET", foreign_route),
        ("PUT", foreign_route),
        ("DELETE", foreign_route),
        ("GET", f"{foreign}/logs"),
    ):
        assert (await caller.call(method, path, {**ROUTE, "path": "/new"})).status == 404
    await caller.create_route(own)
    await caller.create_server(workspaceId="wrk_3")


async def test_a_bearer_creates_in_its_workspaces_alone(caller: "Caller") -> None:
    token = mint_token(SECRET, workspaces=["wrk_1"])
    answer = await caller.call("POST", "/mock-servers", {"name": "x", "workspaceId": "wrk_2"}, token=token)
    assert (answer.status, problem_of(answer.body)["type"]) == (403, "urn:mockwave:problem:foreign-workspace")


async def test_a_bearer_without_workspaces_sees_nothing(caller: "Caller") -> None:
    await caller.create_server()
    caller.token = mint_token(SECRET, workspaces=[])
    assert await caller.read("/mock-servers") == []


async def test_each_write_raises_the_generation_once_and_reads_do_not(caller: "Caller") -> None:
    server = await caller.create_server()
    route = await caller.create_route(server)
    assert len(caller.writes) == 2
    await caller.call("PUT", route, ROUTE)
    await caller.call("PUT", server, {"name": "New"})
    assert len(caller.writes) == 4
    await caller.call("DELETE", route)
    await caller.call("DELETE", server)
    assert len(caller.writes) == 6
    await caller.call("DELETE", server)
    await caller.call("GET", "/mock-servers")
    await caller.call("POST", "/mock-servers", {})
    assert len(caller.writes) == 6


async def test_a_write_whose_client_is_gone_still_raises_the_generation(caller: "Caller") -> None:
    begun, may_end, raised = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def write() -> bool:
        begun.set()
        await may_end.wait()
        return True

    async def announce() -> None:
        raised.set()

    services = msgspec.structs.replace(caller.plane._services, after_write=announce)
    call = asyncio.ensure_future(services.commit(write()))
    await begun.wait()
    call.cancel()
    may_end.set()
    async with asyncio.timeout(10):
        await raised.wait()
    assert call.cancelled()


async def test_the_log_is_asked_for_what_the_query_says(caller: "Caller") -> None:
    server = await caller.create_server()
    assert await caller.read(f"{server}/logs?limit=3&matched=true") == []
    assert caller.logs.queries == [LogQuery(limit=3, matched=True)]


async def test_a_bad_log_query_is_a_problem_with_its_pointers(caller: "Caller") -> None:
    answer = await caller.call("GET", f"{await caller.create_server()}/logs?limit=abc&offset=-1")
    errors = problem_of(answer.body)["errors"]
    assert [(fault["location"], fault["pointer"]) for fault in errors] == [("query", "/limit"), ("query", "/offset")]


async def test_a_store_that_cannot_be_used_is_503(caller: "Caller", monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(*arguments: object, **keywords: object) -> None:
        raise StoreError("mockwave.sqlite3: the disk is full: free some space")

    monkeypatch.setattr(caller.store, "list_servers", fail)
    answer = await caller.call("GET", "/mock-servers")
    assert (answer.status, "free some space" in problem_of(answer.body)["detail"]) == (503, True)


async def test_a_fault_is_logged_once_under_the_id_that_is_answered(
    caller: "Caller", monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def fail(*arguments: object) -> None:
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr(caller.store, "list_servers", fail)
    with caplog.at_level(logging.ERROR):
        answer = await caller.call("GET", "/mock-servers")
    problem = problem_of(answer.body)
    assert (answer.status, "secret detail" in problem["detail"]) == (500, False)
    (record,) = caplog.records
    assert record.exc_info
    assert problem["detail"].split()[-1] in record.getMessage()


@pytest.mark.parametrize(
    ("method", "path", "length", "token", "preparations"),
    [
        ("POST", "/mock-servers", "1000000", None, 1),
        ("PUT", "/mock-servers/{server}", "1000000", None, 1),
        ("PUT", "/mock-servers/mock_1", "1000000", None, 0),
        ("POST", "/mock-servers", "1000", None, 0),
        ("POST", "/mock-servers", "many", None, 0),
        ("POST", "/mock-servers", "", None, 0),
        ("POST", "/mock-servers/{server}/routes", "1000000", None, 0),
        ("POST", "/nowhere", "1000000", None, 0),
        ("PATCH", "/mock-servers", "1000000", None, 0),
        ("POST", "/mock-servers", "1000000", "none of ours", 0),
        ("POST", "/mock-servers", "1000000", mint_token(SECRET, scope="read"), 0),
    ],
)
async def test_whoever_may_send_a_long_text_has_its_reader_started_ahead(
    caller: "Caller", method: str, path: str, length: str, token: str | None, preparations: int
) -> None:
    bearer = caller.token if token is None else token
    headers = [(b"authorization", f"Bearer {bearer}".encode())]
    if length:
        headers.append((b"content-length", length.encode()))
    path = path.replace("/mock-servers/{server}", await caller.create_server())

    async def read_body(keep_bytes: int, limit_bytes: int) -> list[bytes]:
        raise BrokenBody("it is never whole")

    await caller.plane.answer(ManagementRequest(method=method, path=path.encode(), headers=headers), read_body)
    assert caller.reader.preparations == preparations


@pytest.mark.parametrize(
    ("method", "path", "token", "kept", "status"),
    [
        ("POST", "/mock-servers", None, [100], 400),
        ("POST", "/mock-servers", "", [], 401),
        ("POST", "/mock-servers", "none of ours", [], 401),
        ("POST", "/mock-servers", mint_token(SECRET, scope="read"), [], 403),
        ("POST", "/mock-servers/mock_1/routes", None, [], 404),
        ("PUT", "/mock-servers/mock_1", None, [], 404),
        ("POST", "/nowhere", None, [], 404),
        ("PATCH", "/mock-servers", None, [], 405),
        ("GET", "/mock-servers", None, [0], 200),
        ("DELETE", "/mock-servers/mock_1", None, [0], 404),
    ],
)
async def test_a_body_is_read_only_of_a_call_that_may_be_made(
    caller: "Caller", method: str, path: str, token: str | None, kept: list[int], status: int
) -> None:
    """Bodies were read and kept before anything was asked: eight of 100 MB without a token took 940 MB."""
    asked_to_keep: list[int] = []

    async def read_body(keep_bytes: int, limit_bytes: int) -> list[bytes]:
        asked_to_keep.append(min(keep_bytes, 100))
        return [b"x"] if keep_bytes else []

    bearer = caller.token if token is None else token
    headers = [(b"authorization", f"Bearer {bearer}".encode())] if bearer else []
    headers += [(b"content-type", b"application/json"), (b"transfer-encoding", b"chunked")]
    request = ManagementRequest(method=method, path=path.encode(), headers=headers)
    answer = await caller.plane.answer(request, read_body)
    assert (answer.status, asked_to_keep) == (status, kept)


async def test_a_route_may_have_a_smaller_body_than_a_specification(caller: "Caller") -> None:
    server = await caller.create_server()
    limits: list[int] = []

    async def read_body(keep_bytes: int, limit_bytes: int) -> list[bytes]:
        limits.append(limit_bytes)
        return []

    headers = [(b"authorization", f"Bearer {caller.token}".encode())]
    for method, path in [("PUT", server), ("POST", f"{server}/routes")]:
        await caller.plane.answer(ManagementRequest(method=method, path=path.encode(), headers=headers), read_body)
    assert limits == [100 * 1024 * 1024, 16 * 1024 * 1024]
