"""The engine for granian, and for any other ASGI server: scope → Request, Reply → messages, lifespan (ASGI 3.0).

A plain hit is answered inside the call, without a coroutine, by compiled code (cext/serving/asgi_call.pyx).
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import quote

from mockwave._asgi_call import AsgiCall
from mockwave._responder import Reply, RuledReply
from mockwave.application import EARLINESS_MS, Application, delay_s
from mockwave.engines.held_requests import HeldRequests
from mockwave.model import FAULT_NAMES
from mockwave.options import OptionError, read_environment
from mockwave.request_bodies import BrokenBody, announced_bytes, announces_body
from mockwave.served_requests import Request
from mockwave.settings import Settings
from mockwave.streamed_replies import StreamedReply
from mockwave.worker import FORESEEN

logger = logging.getLogger("mockwave.asgi")

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

HOLD = FAULT_NAMES.index("HOLD") + 1
TRUNCATED = FAULT_NAMES.index("TRUNCATED_BODY") + 1

MAXIMUM_STARTS = 1024
"""The most messages kept for later replies."""

BODILESS_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "DELETE", "TRACE"})
"""Methods whose requests have no body (RFC 9110 §9.3), unless they announce one."""

CUT_SHORT = "the request body ended before it was whole, or its framing is malformed; send it again"


class AsgiApplication(AsgiCall):
    """mockwave as an ASGI 3 application. Lifespan messages are required: they open and close the worker's parts."""

    def __init__(self, settings: Settings) -> None:
        self._application = Application(settings)
        self._held = HeldRequests(lambda: self._application.worker.control.is_stopping)

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        return self.call(scope, receive, send)

    def call_of_any_version(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Like __call__, for servers that speak HTTP/2, where a body need not be announced and has to be looked for."""
        if scope["type"] == "http" and scope["method"] not in BODILESS_METHODS and _may_have_body(scope):
            return self.answer(scope, receive, send)
        return self.call(scope, receive, send)

    async def answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(
            method=scope["method"],
            path=scope["raw_path"],
            query=scope["query_string"],
            headers=scope["headers"],
            client=scope["client"],
            scheme=scope["scheme"],
            body=AsgiBody(receive, _may_have_body(scope)),
        )
        reply = await self._application.answer(request)
        if isinstance(reply, StreamedReply) and scope["method"] != "HEAD":
            await _send_pieces(reply, receive, send)
        elif isinstance(reply, RuledReply) and reply.is_paced:
            await self.send_paced(reply, receive, send)
        else:
            await self.send_later(reply, send)

    async def lifespan(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            raise ValueError(f"expected an http or lifespan scope, got {scope['type']!r}")
        await receive()
        try:
            await self._application.start()
        except Exception as fault:
            logger.error("a worker cannot start: %s", fault, exc_info=None if isinstance(fault, FORESEEN) else fault)
            await send({"type": "lifespan.startup.failed", "message": str(fault)})
            return
        done = asyncio.get_running_loop().create_future()
        done.set_result(None)
        self.respond, self.done = self._application.respond, done
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self._application.stop()
        await send({"type": "lifespan.shutdown.complete"})

    async def send_later(self, reply: Reply, send: Send) -> None:
        if reply.delay_ms:
            await asyncio.sleep(delay_s(reply))
        await self.await_both(send(reply.prepared or begin(reply)), send, reply)

    async def send_paced(self, reply: RuledReply, receive: Receive, send: Send) -> None:
        if reply.delay_ms:
            await asyncio.sleep(delay_s(reply))
        if reply.fault == HOLD:
            await self._held.wait(_wait_until_gone(receive))
        else:
            await send_paced(reply, send)

    async def await_both(self, first: Awaitable[None], send: Send, reply: Reply) -> None:
        await first
        await send({"type": "http.response.body", "body": reply.body})

    def prepare(self, reply: Reply) -> Message:
        """The start message of a Reply of a Snapshot, made when it is first sent; equal Replies share one."""
        key = reply.status, reply.headers
        start = _starts.get(key)
        if start is None:
            if len(_starts) >= MAXIMUM_STARTS:
                _starts.clear()
            start = _starts[key] = begin(reply)
        reply.prepared = start
        return start


class AsgiBody:
    """A request's body, read by ASGI's `receive`: a RequestBody."""

    __slots__ = ("_has_ended", "_receive", "is_there")

    def __init__(self, receive: Receive, is_there: bool) -> None:
        self._receive = receive
        self.is_there = is_there
        self._has_ended = not is_there

    async def read_piece(self) -> bytes:
        while not self._has_ended:
            message = await self._receive()
            if message["type"] != "http.request":
                # A server reports a gone client and a broken body alike, and may still be able to answer.
                self._has_ended = True
                raise BrokenBody(CUT_SHORT)
            self._has_ended = not message.get("more_body", False)
            piece: bytes = message.get("body", b"")
            if piece:
                return piece
        return b""

    async def wait_until_gone(self) -> None:
        await _wait_until_gone(self._receive)


def _may_have_body(scope: Scope) -> bool:
    headers = scope["headers"]
    if announces_body(headers):
        return True
    # RFC 9113 §8.1.1: only the frames tell, and ASGI does not show them.
    return scope.get("http_version", "1.1") >= "2" and announced_bytes(headers) is None


async def _send_pieces(reply: StreamedReply, receive: Receive, send: Send) -> None:
    """Sends an answer of unknown length, as long as its client stays."""

    async def send_all() -> None:
        await send(begin(reply))
        async for piece in reply.pieces:
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    sending = asyncio.ensure_future(send_all())
    leaving = asyncio.ensure_future(_wait_until_gone(receive))
    try:
        await asyncio.wait((sending, leaving), return_when=asyncio.FIRST_COMPLETED)
    finally:
        sending.cancel()
        leaving.cancel()
        await asyncio.gather(sending, leaving, return_exceptions=True)
        await reply.pieces.aclose()


async def send_paced(reply: RuledReply, send: Send) -> None:
    """Sends an answer that a rule spoils or slows down, as far as ASGI can express that.

    TRUNCATED_BODY sends the length of the whole, half of it, and the end."""
    body = reply.body
    announced = len(body) or (1 if reply.fault == TRUNCATED else 0)
    has_length = any(name == b"content-length" for name, _ in reply.headers)
    headers = reply.headers if has_length else (*reply.headers, (b"content-length", b"%d" % announced))
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    if reply.fault == TRUNCATED:
        await send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})
        return
    began_s = time.monotonic()
    for due_s, piece in reply.pacing.cut(body):
        wait_s = began_s + due_s - time.monotonic()
        await asyncio.sleep(wait_s + EARLINESS_MS / 1000 if wait_s > 0 else 0)
        await send({"type": "http.response.body", "body": piece, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


async def _wait_until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def begin(reply: Reply) -> Message:
    return {"type": "http.response.start", "status": reply.status, "headers": reply.headers}


_starts: dict[tuple[int, tuple[tuple[bytes, bytes], ...]], Message] = {}


def create_app(settings: Settings) -> Callable[[Scope, Receive, Send], Awaitable[None]]:
    """The application with these settings; granian's workers run this one."""
    application = AsgiApplication(settings)
    # A method is called faster than an object that has one.
    return application.call_of_any_version if settings.http2 else application.call


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """The application for any other ASGI server, `mockwave.app:app`, set up by MOCKWAVE_… variables; one worker."""
    global _standalone
    if _standalone is None:
        try:
            _standalone = AsgiApplication(read_environment())
        except OptionError as error:
            if scope["type"] != "lifespan":
                raise
            await receive()
            await send({"type": "lifespan.startup.failed", "message": f"mockwave: error: {error}"})
            return
    if scope["type"] == "http":
        # Features that ASGI leaves to the server; granian has them all.
        scope.setdefault("raw_path", quote(scope["path"]).encode())
        scope.setdefault("client", None)
        scope.setdefault("scheme", "http")
    await _standalone.call_of_any_version(scope, receive, send)


_standalone: AsgiApplication | None = None
