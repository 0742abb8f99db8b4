"""The engine for granian, and for any other ASGI server: scope → Request, Reply → messages, lifespan (ASGI 3.0).

A plain hit is answered inside the call, without a coroutine. `send` is awaited only where a server's `send` is a
coroutine: granian's does its work when it is called.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, MutableMapping
from types import CoroutineType
from typing import Any
from urllib.parse import quote

from mockwave._responder import Reply
from mockwave.app import Application, Request, Respond, delay_s
from mockwave.options import OptionError, read_environment
from mockwave.request_bodies import BrokenBody, announced_bytes, announces_body
from mockwave.settings import Settings
from mockwave.streamed_replies import StreamedReply
from mockwave.worker import FORESEEN

logger = logging.getLogger("mockwave.asgi")

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

MAXIMUM_STARTS = 1024
"""Messages kept for replies to come."""

BODILESS_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "DELETE", "TRACE"})
"""Methods whose requests have no body worth reading (RFC 9110 §9.3), unless they announce one."""

CUT_SHORT = "the request body ended before it was whole, or its framing is malformed; send it again"


class AsgiApplication:
    """mockwave as an ASGI 3 application. Lifespan messages are required: they open and close the worker's parts."""

    def __init__(self, settings: Settings) -> None:
        self._application = Application(settings)
        self._respond: Respond
        self._body_message: Message = {"type": "http.response.body", "body": b""}
        self._done: asyncio.Future[None]  # returned by a call that has done its work already

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        if scope["type"] != "http":
            return self._lifespan(scope, receive, send)
        reply = self._respond(
            scope["method"], scope["raw_path"], scope["query_string"], scope["headers"], scope["client"]
        )
        if reply is None:
            return self._answer(scope, receive, send)
        if reply.delay_ms:
            return _send_later(reply, send)
        sent = send(reply.prepared or prepare(reply))
        if sent.__class__ is CoroutineType:
            return _await_both(sent, send, reply)
        # The server has read the message when `send` returns: one for all spares each Reply its own.
        message = self._body_message
        message["body"] = reply.body
        send(message)
        return self._done

    def call_of_any_version(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Like __call__, for servers that speak HTTP/2: a body need not be announced there, so it is looked for."""
        if scope["type"] == "http" and scope["method"] not in BODILESS_METHODS and _may_have_body(scope):
            return self._answer(scope, receive, send)
        return self(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
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
        else:
            await _send_later(reply, send)

    async def _lifespan(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            raise ValueError(f"expected an http or lifespan scope, got {scope['type']!r}")
        await receive()
        try:
            await self._application.start()
        except Exception as fault:
            logger.error("a worker cannot start: %s", fault, exc_info=None if isinstance(fault, FORESEEN) else fault)
            await send({"type": "lifespan.startup.failed", "message": str(fault)})
            return
        self._done = asyncio.get_running_loop().create_future()
        self._done.set_result(None)
        self._respond = self._application.respond
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self._application.stop()
        await send({"type": "lifespan.shutdown.complete"})


class AsgiBody:
    """A request's body by ASGI's `receive`: a RequestBody."""

    __slots__ = ("_has_ended", "_receive", "is_there")

    def __init__(self, receive: Receive, is_there: bool) -> None:
        self._receive = receive
        self.is_there = is_there
        self._has_ended = not is_there

    async def read_piece(self) -> bytes:
        while not self._has_ended:
            message = await self._receive()
            if message["type"] != "http.request":
                # A server tells a client that has gone and a body that is broken in one word, and may still answer.
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
    # RFC 9113 §8.1.1: the frames tell, and of those ASGI knows nothing.
    return scope.get("http_version", "1.1") >= "2" and announced_bytes(headers) is None


async def _send_later(reply: Reply, send: Send) -> None:
    if reply.delay_ms:
        await asyncio.sleep(delay_s(reply))
    await _await_both(send(reply.prepared or begin(reply)), send, reply)


async def _await_both(first: Awaitable[None], send: Send, reply: Reply) -> None:
    await first
    await send({"type": "http.response.body", "body": reply.body})


async def _send_pieces(reply: StreamedReply, receive: Receive, send: Send) -> None:
    """Sends an answer of unknown length, as long as its client is there."""

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


async def _wait_until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def prepare(reply: Reply) -> Message:
    """The message that starts a Reply of a Snapshot, found when it is first sent; Replies that are alike share one."""
    key = reply.status, reply.headers
    start = _starts.get(key)
    if start is None:
        if len(_starts) >= MAXIMUM_STARTS:
            _starts.clear()
        start = _starts[key] = begin(reply)
    reply.prepared = start
    return start


def begin(reply: Reply) -> Message:
    return {"type": "http.response.start", "status": reply.status, "headers": reply.headers}


_starts: dict[tuple[int, tuple[tuple[bytes, bytes], ...]], Message] = {}


def create_app(settings: Settings) -> Callable[[Scope, Receive, Send], Awaitable[None]]:
    """The application with these settings; granian's workers run this one."""
    application = AsgiApplication(settings)
    # A method is called faster than an object that has one.
    return application.call_of_any_version if settings.http2 else application.__call__


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
        # What ASGI leaves to the server; granian has all of it.
        scope.setdefault("raw_path", quote(scope["path"]).encode())
        scope.setdefault("client", None)
        scope.setdefault("scheme", "http")
    await _standalone.call_of_any_version(scope, receive, send)


_standalone: AsgiApplication | None = None
