"""Our own engine in this process: a mock with a few routes on a listening socket, and clients for it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

from mockwave._fast_lane import FastLane
from mockwave.application import Application
from mockwave.engines.http1.connection import Connection
from tests.unit.apps import add_route, create_mock, make_request, running_application

DEADLINE_S = 20.0
TICK_S = 0.01


class Served:
    """`mock` is the path of the mock server that `port` serves."""

    def __init__(self, application: Application, lane: FastLane, mock: str, port: int) -> None:
        self.application = application
        self.lane = lane
        self.mock = mock
        self.port = port

    def request(self, path: str, *lines: str, method: str = "GET", body: bytes = b"", version: str = "1.1") -> bytes:
        head = [f"{method} {self.mock}{path} HTTP/{version}", "Host: mock.test", *lines]
        if body:
            head.append(f"Content-Length: {len(body)}")
        return "\r\n".join([*head, "", ""]).encode() + body

    @asynccontextmanager
    async def client(self, **options: Any) -> AsyncIterator["Client"]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port, **options)
        try:
            yield Client(reader, writer)
        finally:
            writer.close()

    async def exchange(self, *pieces: bytes, half_closes: bool = True) -> bytes:
        """Sends the pieces, one after the other, and no more; returns all that comes back until the server closes."""
        async with self.client() as client:
            for piece in pieces:
                client.writer.write(piece)
                await client.writer.drain()
                await asyncio.sleep(0)
            if half_closes:
                client.writer.write_eof()
            return await client.read_all()


class Client:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    def send(self, data: bytes) -> None:
        self.writer.write(data)

    async def read_answer(self) -> tuple[int, dict[str, str], bytes]:
        async with asyncio.timeout(DEADLINE_S):
            head = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            line, *lines = head.removesuffix("\r\n\r\n").split("\r\n")
            headers = dict(line.split(": ", 1) for line in lines)
            body = await self.reader.readexactly(int(headers.get("content-length", 0)))
        return int(line.split()[1]), headers, body

    async def read_all(self) -> bytes:
        async with asyncio.timeout(DEADLINE_S):
            return await self.reader.read()


@asynccontextmanager
async def serving(folder: Path, *, server: dict[str, Any] | None = None, **limits: Any) -> AsyncIterator[Served]:
    """Routes: GET /a, POST /a, GET /b, GET /late (50 ms), GET /big (1 MB) and GET /none (204)."""
    loop = asyncio.get_running_loop()
    async with running_application(folder) as application:
        mock = await create_mock(application, **(server or {}))
        await add_route(application, mock, "GET", "/a", responseBody="plain a")
        await add_route(application, mock, "POST", "/a", responseBody="posted", statusCode=201)
        await add_route(application, mock, "GET", "/b", responseBody="plain b")
        await add_route(application, mock, "GET", "/late", responseBody="late", delay=50)
        await add_route(application, mock, "GET", "/big", responseBody="x" * 1_000_000)
        await add_route(application, mock, "GET", "/none", statusCode=204)
        await application.answer(make_request("HEAD", f"{mock}/a"))  # loads the mock
        timeouts = {"header_timeout_s": 30, "keep_alive_s": 30, "progress_timeout_s": 30}
        given = {**timeouts, "max_connections": 100, "max_in_flight": 64, **limits}
        lane = FastLane(application.worker.responder, tick_s=TICK_S, linger_s=1.0, **given)
        lane.call_later, lane.call_soon = loop.call_later, loop.call_soon
        connect: Callable[[], Connection] = partial(Connection, lane, application, "http")
        listener = await loop.create_server(connect, "127.0.0.1", 0)
        turning = loop.create_task(turn(lane))
        try:
            yield Served(application, lane, mock, listener.sockets[0].getsockname()[1])
        finally:
            turning.cancel()
            listener.close()
            for connection in list(lane.connections):
                connection.transport.abort()


async def turn(lane: FastLane) -> None:
    while True:
        await asyncio.sleep(TICK_S)
        lane.wheel.turn()
