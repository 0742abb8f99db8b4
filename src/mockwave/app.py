"""What answers: one request in, the right plane picked, one Reply out. No engine and no protocol is known here.

    /bin/{mockServerId}/…, or Host: mock-<hex>.<mock domain>    the mock plane
    /healthz  /readyz  /metrics                                 monitoring
    everything else                                             the management plane

An engine (engines/) makes one Application per worker, awaits `start`, and of each request asks two things in turn:

1. `respond`, synchronously: the Reply to a plain hit, which is then on record already; None for all others.
2. `answer`, awaited: the Reply to any request, which reads the body if there is one.

It then waits for the Reply's delay (`delay_s`) and sends it as it stands, with a Content-Length where the Reply has
none. Whatever `respond` and `answer` return is on record by then, where it was for a mock.
"""

import importlib
import logging
import secrets
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes

import msgspec
from msgspec import Struct

from mockwave._responder import Reply
from mockwave._ring import monotonic_now_ns
from mockwave.journal.journal import JournalFull
from mockwave.management.exchange import ManagementRequest
from mockwave.mocks.addresses import MockAddress, address_by_host, address_by_path
from mockwave.mocks.plane import answer_request
from mockwave.mocks.replies import build_problem_reply
from mockwave.mocks.requests import MockRequest
from mockwave.monitoring import MONITORING_PATHS, answer_monitoring
from mockwave.pauses import Pauses
from mockwave.problems import Refusal
from mockwave.request_bodies import BodyTooLarge, BrokenBody, RequestBody, read_body, read_chunks
from mockwave.settings import Settings
from mockwave.store.protocol import StoreError
from mockwave.worker import Worker

logger = logging.getLogger("mockwave.app")

Headers = list[tuple[bytes, bytes]]
Client = tuple[str, int] | None

Respond = Callable[[str, bytes, bytes, Headers, Client], Reply | None]
"""(method, path, query, headers, client), each as in a Request, to the Reply of a plain hit."""

EARLINESS_MS = 1
"""uvloop's timers count whole milliseconds of a cached clock and fire up to one early; a delay is never cut short."""


class Request(Struct, frozen=True, kw_only=True):
    """A request as it was sent.

    `path` is that of the target, escapes kept, without the query; `*` for `OPTIONS *`. Of `headers`, names are in lower
    case, and all fields are there, repeated ones in their order. `client` is (address, port), or None where it has
    neither; `scheme` is http or https, as the client sees it.
    """

    method: str
    path: bytes
    query: bytes
    headers: Headers
    client: Client
    scheme: str
    body: RequestBody


class Application:
    """All of mockwave in one worker process, for one engine.

    `respond` is callable from `start` on: the responder's own method where that will do, as a call between would cost
    a plain hit more than to be matched. Its path may be that of any request. It never waits, and where it returns None
    it has done nothing. A request with a body is a plain hit only where an engine that has the body already passes it
    to the responder itself (Responder.respond_below).
    """

    respond: Respond

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.worker: Worker
        self._domain = settings.mock_domain.lower().encode()

    async def start(self) -> None:
        """Opens what the worker needs. Raises FolderInUse, StoreError, OSError, RingFault."""
        self.worker = await Worker.start(self.settings)
        self.respond = self._respond_by_host if self._domain else self.worker.responder.respond

    async def stop(self) -> None:
        """Stores what is not stored yet and lets go of everything; to be called when the last request is answered."""
        await self.worker.stop()

    async def answer(self, request: Request) -> Reply:
        """The Reply to any request, problem documents included. It never raises.

        An engine whose client has gone need not wait for it: the task may be cancelled, and writes that were begun end
        all the same.
        """
        started_ns = monotonic_now_ns()
        try:
            address = self._find_mock(request)
            if address is not None:
                return await self._answer_mock(address, request, started_ns)
            path = _unescaped(request.path)
            if path in MONITORING_PATHS:
                return await answer_monitoring(request.method, path, self.worker)
            return await self._answer_management(request)
        except Exception as fault:
            return build_problem_reply(_refusal_of(fault), cors=False)

    def _find_mock(self, request: Request) -> MockAddress | None:
        address = address_by_path(request.path)
        if address is None and self._domain:
            address = address_by_host(request.headers, self._domain)
        return address

    async def _answer_mock(self, address: MockAddress, request: Request, started_ns: int) -> Reply:
        worker = self.worker
        method, path, query = request.method, request.path, request.query
        headers, client = request.headers, request.client
        body = b""
        if request.body.is_there:
            body = await read_body(request.body, self.settings.max_body_bytes)
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
        reply = answer_request(
            snapshot, MockRequest(method=method, path=below, query=query, headers=headers, body=body)
        )
        while not worker.responder.record(snapshot, reply, started_ns, method, below, query, headers, client, body):
            if self.settings.log_overflow == "drop":
                worker.slot.ring.count_dropped()
                break
            await worker.journal.make_room()
        return reply

    async def _answer_management(self, request: Request) -> Reply:
        worker = self.worker
        worker.control.count_management_request(worker.slot.number)
        call = ManagementRequest(
            method=request.method,
            path=request.path,
            query=request.query,
            headers=request.headers,
            scheme=request.scheme,
            client=request.client[0] if request.client else "",
        )
        if request.body.is_there:
            worker.management.expect_body(call)
            pauses = Pauses(worker.responder.count_answered)
            chunks = await read_chunks(request.body, self.settings.max_body_bytes, pauses)
            call = msgspec.structs.replace(call, chunks=chunks)
        answer = await worker.management.answer(call)
        return Reply(answer.status, tuple(answer.headers), answer.body)

    def _respond_by_host(
        self, method: str, path: bytes, query: bytes, headers: Headers, client: Client
    ) -> Reply | None:
        responder = self.worker.responder
        reply: Reply | None = responder.respond(method, path, query, headers, client)
        if reply is not None or path.startswith(b"/bin/"):
            return reply
        address = address_by_host(headers, self._domain)
        if address is None:
            return None
        return responder.respond_below(address.mock_server_id.encode(), 0, method, path, query, headers, client)


def delay_s(reply: Reply) -> float:
    """How long an engine waits before it sends the reply; for one with a `delay_ms`."""
    return (reply.delay_ms + EARLINESS_MS) / 1000


def _unescaped(path: bytes) -> str:
    return (unquote_to_bytes(path) if b"%" in path else path).decode("latin-1")


def _refusal_of(fault: Exception) -> Refusal:
    """What a request is told that could not be answered."""
    if isinstance(fault, Refusal):
        return fault
    if isinstance(fault, BodyTooLarge):
        return Refusal(413, "body-too-large", str(fault))
    if isinstance(fault, BrokenBody):
        return Refusal(400, "broken-body", str(fault))
    if isinstance(fault, JournalFull | StoreError):
        return Refusal(503, "store-unavailable", str(fault), headers=[(b"retry-after", b"1")])
    fault_id = secrets.token_hex(8)
    logger.error("fault %s", fault_id, exc_info=fault)
    return Refusal(500, "internal-fault", f"this is a fault of the server; its log tells more under {fault_id}")


if not TYPE_CHECKING:  # mypy would take any name for one of this module

    def __getattr__(name: str) -> Any:
        """`mockwave.app:app`, the ASGI application by the name that the README promises to other servers.

        It is `mockwave.engines.asgi.app`, looked up when a server asks for it and not sooner: nothing here needs it.
        """
        if name == "app":
            return importlib.import_module("mockwave.engines.asgi").app
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
