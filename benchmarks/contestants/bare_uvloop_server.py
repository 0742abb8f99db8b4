"""The program of contestant bare_uvloop: `PORT BODY_FILE`. A Protocol as one writes it, of one process.

It reads each head with httptools, as any server in Python on uvloop does, looks nothing up, and sends the same bytes as
the others; the date is renewed once a second.
"""

import asyncio
import sys
from email.utils import formatdate
from pathlib import Path
from typing import cast

import httptools
import uvloop

from benchmarks.sites import RESPONSE_HEADERS


class Answer:
    def __init__(self, body: bytes) -> None:
        self._lines = b"HTTP/1.1 200 OK\r\nserver: bare\r\n" + b"".join(
            name + b": " + value + b"\r\n" for name, value in RESPONSE_HEADERS
        )
        self._rest = b"content-length: %d\r\n\r\n" % len(body) + body
        self.data = b""

    async def renew(self) -> None:
        while True:
            self.data = self._lines + f"date: {formatdate(usegmt=True)}\r\n".encode() + self._rest
            await asyncio.sleep(1)


class HttpProtocol(asyncio.Protocol):
    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self._parser = httptools.HttpRequestParser(self)
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_url(self, target: bytes) -> None:
        self.target = target
        self.headers: list[tuple[bytes, bytes]] = []

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers.append((name.lower(), value))

    def on_message_complete(self) -> None:
        self._transport.write(self._answer.data)


async def serve(port: int, body: bytes) -> None:
    answer = Answer(body)
    loop = asyncio.get_running_loop()
    renewing = loop.create_task(answer.renew())
    await asyncio.sleep(0)
    server = await loop.create_server(lambda: HttpProtocol(answer), "127.0.0.1", port, backlog=4096)
    await server.serve_forever()
    renewing.cancel()


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[1]), Path(sys.argv[2]).read_bytes()))
