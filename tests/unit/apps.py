"""An Application for tests, in this process, on a data folder of its own, and requests to it as engines have them."""

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from mockwave._responder import Reply
from mockwave.application import Application
from mockwave.served_requests import Request
from mockwave.settings import Settings
from tests.unit.piecewise_bodies import PiecewiseBody

HOST = (b"host", b"localhost")


@asynccontextmanager
async def running_application(folder: Path, **settings: Any) -> AsyncIterator[Application]:
    """One that asks for no token."""
    application = Application(Settings(data_dir=str(folder), auth=False, ring_bytes=1 << 20, **settings))
    await application.start()
    try:
        yield application
    finally:
        await application.stop()


def make_request(
    method: str,
    path: str,
    pieces: Sequence[bytes | Exception] = (),
    headers: Sequence[tuple[bytes, bytes]] = (),
) -> Request:
    """A request with a body of these pieces, chunked."""
    path, _, query = path.partition("?")
    framing = [(b"transfer-encoding", b"chunked")] if pieces else []
    return Request(
        method=method,
        path=path.encode(),
        query=query.encode(),
        headers=[HOST, *framing, *headers],
        client=("127.0.0.1", 50000),
        scheme="http",
        body=PiecewiseBody(pieces),
    )


async def call(application: Application, method: str, path: str, document: object = None) -> Any:
    """A management call, which succeeds; what it answers."""
    pieces = [] if document is None else [json.dumps(document).encode()]
    request = make_request(method, path, pieces, [(b"content-type", b"application/json")])
    reply = await application.answer(request)
    assert reply.status < 300, reply.body
    return json.loads(reply.body) if reply.body else None


async def create_mock(application: Application, **fields: Any) -> str:
    """The path of a new mock server."""
    made = await call(application, "POST", "/mock-servers", {"name": "m", "workspaceId": "wrk_1", **fields})
    return f"/bin/{made['_id']}"


async def add_route(application: Application, mock: str, method: str, path: str, **fields: Any) -> None:
    route = {"method": method, "path": path, "statusCode": 200, **fields}
    await call(application, "POST", f"/mock-servers/{mock.removeprefix('/bin/')}/routes", route)


async def read_log(application: Application, mock: str) -> list[Any]:
    """The mock's log, newest first."""
    return list(await call(application, "GET", f"/mock-servers/{mock.removeprefix('/bin/')}/logs"))


def problem(reply: Reply) -> Any:
    assert (b"content-type", b"application/problem+json") in reply.headers
    return json.loads(reply.body)
