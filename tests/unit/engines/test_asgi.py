"""The ASGI room: scopes in, messages out, without a server."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

import mockwave.app
from mockwave.engines import asgi
from mockwave.engines.asgi import AsgiApplication, create_app
from mockwave.settings import Settings
from tests.sanitized import reads_documents

Asgi = Callable[..., Awaitable[None]]


@asynccontextmanager
async def started(application: Asgi) -> AsyncIterator[list[dict[str, Any]]]:
    """The application between its lifespan's start and end; the messages that it sent about that."""
    events: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    sent: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    events.put_nowait({"type": "lifespan.startup"})
    life = asyncio.ensure_future(application({"type": "lifespan"}, events.get, sent.put))
    said = [await sent.get()]
    try:
        yield said
    finally:
        events.put_nowait({"type": "lifespan.shutdown"})
        await life
        while not sent.empty():
            said.append(sent.get_nowait())


async def get(application: Asgi, path: str, *messages: dict[str, Any], **scope: Any) -> list[dict[str, Any]]:
    """What is sent to a request of which `receive` tells these messages."""
    pending = list(messages)
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        if not pending:  # the client waits for its answer
            await asyncio.Event().wait()
        return pending.pop(0)

    async def send(message: dict[str, Any]) -> None:
        sent.append(dict(message))

    request = {
        "type": "http",
        "method": "GET",
        "path": path,
        "query_string": b"",
        "headers": [(b"host", b"localhost")],
        **scope,
    }
    await application(request, receive, send)
    return sent


def granian_scope(path: str) -> dict[str, Any]:
    return {"raw_path": path.encode(), "client": ("127.0.0.1", "5"), "scheme": "http"}


@pytest.fixture
def application(tmp_path: Path) -> AsgiApplication:
    return AsgiApplication(Settings(data_dir=str(tmp_path), auth=False, ring_bytes=1 << 20))


async def test_a_request_is_answered_between_start_up_and_shutdown(application: AsgiApplication) -> None:
    async with started(application) as said:
        start, body = await get(application, "/healthz", **granian_scope("/healthz"))
    assert (start["status"], body["body"]) == (200, b"ok\n")
    assert [message["type"] for message in said] == ["lifespan.startup.complete", "lifespan.shutdown.complete"]


async def test_a_start_that_fails_says_why(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    async with started(AsgiApplication(Settings(data_dir=str(file)))) as said:
        assert said[0]["type"] == "lifespan.startup.failed"
        assert str(file) in said[0]["message"]


async def test_a_body_comes_in_as_many_messages_as_it_takes(application: AsgiApplication) -> None:
    body = b'{"name": "m", "workspaceId": "wrk_1"}'
    messages: list[dict[str, Any]] = [
        {"type": "http.request", "body": body[:9], "more_body": True},
        {"type": "http.request", "more_body": True},
        {"type": "http.request", "body": body[9:]},
    ]
    headers = [
        (b"host", b"localhost"),
        (b"content-type", b"application/json"),
        (b"content-length", b"%d" % len(body)),
    ]
    scope = {**granian_scope("/mock-servers"), "method": "POST", "headers": headers}
    async with started(application):
        start, _ = await get(application, "/mock-servers", *messages, **scope)
    assert start["status"] == 201


async def test_a_body_that_is_cut_short_gets_an_answer(application: AsgiApplication) -> None:
    headers = [(b"host", b"localhost"), (b"content-length", b"100")]
    messages: list[dict[str, Any]] = [
        {"type": "http.request", "body": b"ten bytes.", "more_body": True},
        {"type": "http.disconnect"},
    ]
    scope = {**granian_scope("/mock-servers"), "method": "POST", "headers": headers}
    async with started(application):
        start, body = await get(application, "/mock-servers", *messages, **scope)
    assert start["status"] == 400
    assert b"urn:mockwave:problem:broken-body" in body["body"]


@reads_documents
async def test_a_body_of_http_2_is_read_though_no_header_announces_it(tmp_path: Path) -> None:
    """HTTP/2 tells by its frames that there is a body (RFC 9113 §8.1.1): such a body was not read."""
    operation = {"responses": {"204": {"description": "done"}}}
    document = {"openapi": "3.1.0", "info": {"title": "x", "version": "1"}, "paths": {"/a": {"post": operation}}}
    fields = {"name": "m", "workspaceId": "wrk_1", "validateRequests": True, "specification": json.dumps(document)}
    body = json.dumps(fields).encode()
    json_headers = [(b"host", b"localhost"), (b"content-type", b"application/json")]
    call = create_app(Settings(data_dir=str(tmp_path), auth=False, ring_bytes=1 << 20, http2=True))
    async with started(call):
        scope = {**granian_scope("/mock-servers"), "method": "POST", "headers": json_headers, "http_version": "2"}
        start, made = await get(call, "/mock-servers", {"type": "http.request", "body": body}, **scope)
        assert start["status"] == 201, made
        path = f"/bin/{json.loads(made['body'])['_id']}/a"
        scope = {**granian_scope(path), "method": "POST", "headers": json_headers, "http_version": "2"}
        statuses = []
        for content in (b"", b"unexpected", b"unexpected"):
            start, _ = await get(call, path, {"type": "http.request", "body": content}, **scope)
            statuses.append(start["status"])
    assert statuses == [204, 415, 415]


async def test_any_asgi_server_finds_the_application_by_the_name_that_the_readme_promises(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As `mockwave.app:app`, also where the server leaves out what ASGI lets it (raw_path, client, scheme)."""
    monkeypatch.setattr(asgi, "_standalone", None)
    monkeypatch.setenv("MOCKWAVE_DATA_DIR", str(tmp_path))
    application = mockwave.app.app
    async with started(application):
        start, _ = await get(application, "/healthz")
        assert start["status"] == 200
        start, _ = await get(application, "/no such")
        assert start["status"] == 404
    assert not hasattr(mockwave.app, "nothing_else")


async def test_a_variable_that_cannot_be_ends_the_start_with_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """MOCKWAVE_MAX_BODY_BYTES=1K was a traceback."""
    monkeypatch.setattr(asgi, "_standalone", None)
    monkeypatch.setenv("MOCKWAVE_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("MOCKWAVE_MAX_BODY_BYTES", "lots")
    async with started(asgi.app) as said:
        assert said[0]["type"] == "lifespan.startup.failed"
        assert said[0]["message"].startswith("mockwave: error: MOCKWAVE_MAX_BODY_BYTES: ")
        assert "\n" not in said[0]["message"]


async def test_without_tokens_only_this_machine_reaches_management(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """MOCKWAVE_AUTH=false skipped the check of the address that `mockwave serve` makes."""
    monkeypatch.setattr(asgi, "_standalone", None)
    monkeypatch.setenv("MOCKWAVE_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("MOCKWAVE_NO_AUTH", "1")
    async with started(asgi.app):
        near, _ = await get(asgi.app, "/mock-servers", client=("127.0.0.1", 5))
        far, _ = await get(asgi.app, "/mock-servers", client=("192.0.2.7", 5))
    assert (near["status"], far["status"]) == (200, 403)
