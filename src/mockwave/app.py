"""The ASGI application: one request in, the right plane picked, one response out.

    /bin/{mockServerId}/…, or Host: mock-<hex>.<mock domain>    the mock plane
    /healthz  /readyz  /metrics                                 monitoring
    everything else                                             the management plane

A plain hit is answered inside the call, without a coroutine. `send` is awaited only where a server's `send` is a
coroutine: granian's does its work when it is called.
"""

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable, MutableMapping
from types import CoroutineType
from typing import Any

import msgspec

from mockwave._responder import Reply
from mockwave._ring import monotonic_now_ns
from mockwave.bodies import BodyTooLarge, ClientGone, Receive, has_body, read_body, read_chunks
from mockwave.journal.journal import JournalFull
from mockwave.management.exchange import ManagementRequest
from mockwave.mocks.addresses import MockAddress, address_by_host, address_by_path
from mockwave.mocks.plane import answer_request
from mockwave.mocks.replies import build_problem_reply
from mockwave.mocks.requests import MockRequest
from mockwave.monitoring import MONITORING_PATHS, answer_monitoring
from mockwave.pauses import Pauses
from mockwave.problems import Refusal
from mockwave.settings import Settings, read_settings
from mockwave.store.protocol import StoreError
from mockwave.validation.verdicts import CheckNeeded
from mockwave.worker import Worker

logger = logging.getLogger("mockwave.app")

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]

EARLINESS_MS = 1
"""uvloop's timers count whole milliseconds of a cached clock and fire up to one early; a delay is never cut short."""

MAXIMUM_STARTS = 1024
"""Messages kept for replies to come."""


class Application:
    """mockwave as an ASGI 3 application. Lifespan messages are required: they open and close the worker's parts."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._domain = settings.mock_domain.lower().encode()
        self._worker: Worker
        self._respond: Callable[..., Reply | None]
        self._body_message: Message = {"type": "http.response.body", "body": b""}
        self._done: asyncio.Future[None]  # what a call gives that has done its work already

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        if scope["type"] != "http":
            return self._lifespan(scope, receive, send)
        reply = self._respond(
            scope["method"], scope["raw_path"], scope["query_string"], scope["headers"], scope["client"]
        )
        if reply is None:
            return self._answer(scope, receive, send)
        if reply.delay_ms:
            return self._send_later(reply, send)
        sent = send(reply.prepared or prepare(reply))
        if sent.__class__ is CoroutineType:
            return _await_both(sent, send, reply)
        # The server has read the message when `send` returns: one for all spares each Reply its own.
        message = self._body_message
        message["body"] = reply.body
        send(message)
        return self._done

    # The long way

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        started_ns = monotonic_now_ns()
        try:
            address = self._find_mock(scope)
            if address is not None:
                reply = await self._answer_mock(address, scope, receive, started_ns)
            elif scope["path"] in MONITORING_PATHS:
                reply = await answer_monitoring(scope["method"], scope["path"], self._worker)
            else:
                reply = await self._answer_management(scope, receive)
        except ClientGone:
            return
        except Exception as fault:
            reply = build_problem_reply(self._refusal(fault), cors=False)
        await self._send_later(reply, send)

    def _find_mock(self, scope: Scope) -> MockAddress | None:
        address = address_by_path(scope["raw_path"])
        if address is None and self._domain:
            address = address_by_host(scope["headers"], self._domain)
        return address

    async def _answer_mock(self, address: MockAddress, scope: Scope, receive: Receive, started_ns: int) -> Reply:
        worker = self._worker
        method, path, query = scope["method"], scope["raw_path"], scope["query_string"]
        headers, client = scope["headers"], scope["client"]
        body = b""
        if has_body(headers):
            body = await read_body(receive, self._settings.max_body_bytes)
        await worker.keeper.refresh()
        reply: Reply | None = worker.responder.respond_below(
            address.mock_server_id.encode(), address.start, method, path, query, headers, client, body, started_ns, True
        )
        if reply is not None:
            return reply
        snapshot = await worker.keeper.find_snapshot(address.mock_server_id)
        if snapshot is None:
            refusal = Refusal(404, "unknown-mock-server", f"there is no mock server {address.mock_server_id}")
            return build_problem_reply(refusal, cors=True)
        below = path[address.start :] or b"/"
        request = MockRequest(
            method=method, path=below, query=query, headers=headers, body=body, limits=worker.request_limits
        )
        try:
            reply = answer_request(snapshot, request)
        except CheckNeeded as needed:
            verdict = await worker.checker.check(needed)
            reply = answer_request(snapshot, msgspec.structs.replace(request, verdict=verdict))
        while not worker.responder.record(snapshot, reply, started_ns, method, below, query, headers, client, body):
            if self._settings.log_overflow == "drop":
                worker.slot.ring.count_dropped()
                break
            await worker.journal.make_room()
        return reply

    async def _answer_management(self, scope: Scope, receive: Receive) -> Reply:
        self._worker.control.count_management_request(self._worker.slot.number)
        client = scope["client"]
        request = ManagementRequest(
            method=scope["method"],
            path=scope["raw_path"],
            query=scope["query_string"],
            headers=scope["headers"],
            scheme=scope["scheme"],
            client=client[0] if client else "",
        )
        if has_body(request.headers):
            self._worker.management.expect_body(request)
            pauses = Pauses(self._worker.responder.count_answered)
            chunks = await read_chunks(receive, self._settings.max_body_bytes, pauses)
            request = msgspec.structs.replace(request, chunks=chunks)
        answer = await self._worker.management.answer(request)
        return Reply(answer.status, tuple(answer.headers), answer.body)

    def _refusal(self, fault: Exception) -> Refusal:
        """What a request is told that could not be answered."""
        if isinstance(fault, Refusal):
            return fault
        if isinstance(fault, BodyTooLarge):
            return Refusal(413, "body-too-large", str(fault))
        if isinstance(fault, JournalFull | StoreError):
            return Refusal(503, "store-unavailable", str(fault), headers=[(b"retry-after", b"1")])
        fault_id = secrets.token_hex(8)
        logger.error("fault %s", fault_id, exc_info=fault)
        return Refusal(500, "internal-fault", f"this is a fault of the server; its log tells more under {fault_id}")

    async def _send_later(self, reply: Reply, send: Send) -> None:
        if reply.delay_ms:
            await asyncio.sleep((reply.delay_ms + EARLINESS_MS) / 1000)
        await _await_both(send(reply.prepared or begin(reply)), send, reply)

    # Life of the worker

    async def _lifespan(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            raise ValueError(f"expected an http or lifespan scope, got {scope['type']!r}")
        await receive()
        try:
            self._worker = await Worker.start(self._settings)
        except Exception as fault:
            logger.error("a worker cannot start: %s", fault, exc_info=fault)
            await send({"type": "lifespan.startup.failed", "message": str(fault)})
            return
        self._done = asyncio.get_running_loop().create_future()
        self._done.set_result(None)
        self._respond = self._worker.responder.respond
        if self._domain:
            self._respond = self._respond_by_host
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self._worker.stop()
        await send({"type": "lifespan.shutdown.complete"})

    def _respond_by_host(
        self, method: str, path: bytes, query: bytes, headers: list[tuple[bytes, bytes]], client: tuple[str, int] | None
    ) -> Reply | None:
        responder = self._worker.responder
        reply: Reply | None = responder.respond(method, path, query, headers, client)
        if reply is not None or path.startswith(b"/bin/"):
            return reply
        address = address_by_host(headers, self._domain)
        if address is None:
            return None
        return responder.respond_below(address.mock_server_id.encode(), 0, method, path, query, headers, client)


def prepare(reply: Reply) -> Message:
    """The message that begins a reply of a Snapshot, found when that is first sent; replies alike share one."""
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


async def _await_both(first: Awaitable[None], send: Send, reply: Reply) -> None:
    await first
    await send({"type": "http.response.body", "body": reply.body})


def create_app(settings: Settings) -> Callable[[Scope, Receive, Send], Awaitable[None]]:
    """The application with these settings; granian's workers run this one."""
    return Application(settings).__call__  # a method is called faster than an object that has one


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """The application for any other ASGI server, `mockwave.app:app`, set up by MOCKWAVE_… variables; one worker."""
    global _standalone
    if _standalone is None:
        _standalone = Application(read_settings())
    await _standalone(scope, receive, send)


_standalone: Application | None = None
