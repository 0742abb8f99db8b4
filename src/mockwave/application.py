"""The application: one request in, the right plane chosen, one Reply out. It knows no engine and no protocol.

    /bin/{mockServerId}/…, or Host: mock-<hex>.<mock domain>    the mock plane (mock_plane.py)
    /healthz  /readyz  /metrics                                 monitoring
    everything else                                             the management plane

An engine (engines/) makes one Application per worker, awaits `start`, and calls for each request, in this order:

1. `respond`, synchronously: the Reply to a plain hit, which is then on record already; None for all others.
2. `answer_at_once`, synchronously, if it already has the body: the Reply to a mock's request that needs no waiting;
   None for all others. An engine may leave this out.
3. `answer`, awaited: the Reply to any request, which reads the body if there is one.

The engine then waits for the Reply's delay (`delay_s`) and sends it unchanged, adding a Content-Length if it has none.
By then a request to a mock is on record. The Application limits the size of bodies and the time they may take
(request_bodies.py); the engine is responsible for heads and connections.
"""

from collections.abc import Callable, Coroutine, Sequence
from typing import Any
from urllib.parse import unquote_to_bytes

import msgspec

from mockwave._responder import Reply
from mockwave._ring import monotonic_now_ns
from mockwave.management.exchange import Answer, ManagementRequest, ReadBody
from mockwave.management.page_host import is_for_page_host
from mockwave.mock_plane import MockPlane
from mockwave.mocks.mock_addresses import address_by_host
from mockwave.mocks.replies import build_problem_reply, without_body
from mockwave.monitoring.monitored_paths import MONITORING_PATHS, answer_monitoring
from mockwave.mounts import ControlAddress, MockAddress, Mounts
from mockwave.request_bodies import BodyReader, IncomingBody
from mockwave.served_requests import Client, Headers, Request, begin_step, refusal_of
from mockwave.settings import Settings
from mockwave.streamed_replies import StreamedReply
from mockwave.tools import PREFIX as TOOLS_PREFIX
from mockwave.tools import ToolRequest, answer_tool
from mockwave.worker import Worker

Respond = Callable[[str, bytes, bytes, Headers, Client], Reply | None]
"""From (method, path, query, headers, client), each as in a Request, to the Reply of a plain hit."""

AnswerCall = Callable[[ManagementRequest, ReadBody | None], Coroutine[Any, Any, Answer]]

EARLINESS_MS = 1
"""uvloop's timers count whole milliseconds of a cached clock and fire up to one early; a delay is never cut short."""


class Application:
    """All of mockwave in one worker process, for one engine.

    `respond` may be called after `start`. If possible it is the responder's own method, since a call in between would
    cost a plain hit more than matching it. It takes any path. It never waits, and if it returns None it has done
    nothing. A request with a body is a plain hit only if an engine that already has the body passes it to the responder
    itself (Responder.respond_below).
    """

    respond: Respond

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.worker: Worker
        self._mocks: MockPlane
        self._bodies: BodyReader
        self._domain = settings.mock_domain.lower().encode()
        self._mounts = Mounts(settings.path_prefix, settings.insomnia_key)

    async def start(self) -> None:
        """Opens the parts of the worker. Raises FolderInUse, StoreError, OSError, RingFault."""
        self.worker = await Worker.start(self.settings)
        self._mocks = MockPlane(self.settings, self.worker)
        self._bodies = BodyReader(
            room_bytes=self.settings.body_memory_bytes,
            largest_bytes=self.settings.max_body_bytes,
            timeout_s=self.settings.body_timeout_s,
            count_answered=self.worker.responder.count_answered,
        )
        self.respond = self._respond_by_host if self._domain else self.worker.responder.respond

    @property
    def free_body_bytes(self) -> int:
        """How much of the room for request bodies is free."""
        return self._bodies.free_bytes

    async def stop(self) -> None:
        """Stores unstored entries and releases everything. Call it after the last request is answered."""
        await self.worker.stop()

    def answer_at_once(
        self,
        method: str,
        path: bytes,
        query: bytes,
        headers: Headers,
        client: Client,
        content: bytes,
        started_ns: int,
    ) -> Reply | None:
        """Returns the Reply to a mock's request whose body, if any, is whole; for HEAD it has no body.

        Returns None, with nothing done, if it would have to wait, or something is wrong, which `answer` will report.
        `started_ns` is the arrival of the request (CLOCK_MONOTONIC).
        """
        address = self._find_mock(path, headers)
        if address is None:
            return None
        return self._mocks.answer_at_once(address, method, path, query, headers, client, content, started_ns)

    def note_refused(
        self, method: str, path: bytes, query: bytes, headers: Headers, client: Client, reply: Reply
    ) -> None:
        """Puts a request on record that an engine itself refuses with this Reply, as far as it was read: as a request
        to the mock that it names, or else only in the counters."""
        address, worker = self._find_mock(path, headers), self.worker
        snapshot = None if address is None else worker.keeper.last_known_snapshot(address.mock_server_id)
        if address is None or snapshot is None:
            self.count_unreadable()
            return
        below = path[address.start :] or b"/"
        is_recorded = worker.responder.record(
            snapshot, reply, monotonic_now_ns(), method, below, query, headers, client, None
        )
        if not is_recorded:  # nobody can wait here for room
            worker.responder.leave_out(reply)

    def count_unreadable(self) -> None:
        """Counts a request that an engine itself refuses before its target is known."""
        self.worker.control.count_unreadable(self.worker.slot.number)

    async def answer(self, request: Request) -> Reply:
        """Returns the Reply to any request, problem documents included; for HEAD it has no body. It never raises.

        If the client has gone, the engine may cancel the task; writes that have begun still finish.
        """
        started_ns = monotonic_now_ns()
        with self._bodies.expect(request.body, request.headers, self.settings.max_body_bytes) as body:
            try:
                reply = await self._answer(request, body, started_ns)
            except Exception as fault:
                reply = build_problem_reply(refusal_of(fault), cors=False)
            if not body.is_over:
                await body.discard()
        return without_body(reply) if request.method == "HEAD" else reply

    async def _answer(self, request: Request, body: IncomingBody, started_ns: int) -> Reply:
        address = self._find_mock(request.path, request.headers)
        if address is not None:
            return await self._mocks.answer(address, request, body, started_ns)
        control = self._mounts.find_control(request.path)
        if control is not None:
            return await self._answer_control(control, request, body)
        below = self._mounts.without_prefix(request.path)
        if below.startswith(TOOLS_PREFIX):
            return await self._answer_tool(request, below, body)
        full_path, request = request.path, msgspec.structs.replace(request, path=below)
        path = _unescaped(request.path)
        if path in MONITORING_PATHS:
            return await answer_monitoring(request.method, path, self.worker.watched)
        reply = await self._answer_management(request, body)
        base = full_path[: len(full_path) - len(request.path)]
        return with_links_below(reply, base) if base else reply

    def _find_mock(self, path: bytes, headers: Headers) -> MockAddress | None:
        address = self._mounts.find_mock(path)
        if address is None and self._domain:
            address = address_by_host(headers, self._domain)
        if address is not None and is_for_page_host(headers):
            return None
        return address

    # Management: the caller and the target first, then the body

    async def _answer_management(self, request: Request, body: IncomingBody) -> Reply:
        def answer(call: ManagementRequest, read_body: ReadBody | None) -> Coroutine[Any, Any, Answer]:
            return self.worker.management.answer(call, read_body)

        return await self._answer_call(request, request.path, body, answer)

    async def _answer_control(self, address: ControlAddress, request: Request, body: IncomingBody) -> Reply:
        """Answers a call of the Insomnia app."""

        def answer(call: ManagementRequest, read_body: ReadBody | None) -> Coroutine[Any, Any, Answer]:
            return self.worker.insomnia.answer(call, address, read_body)

        return await self._answer_call(request, address.shown_path(request.path), body, answer)

    async def _answer_tool(self, request: Request, below: bytes, body: IncomingBody) -> Reply:
        async def read_content(limit_bytes: int) -> bytes:
            if not request.body.is_there:
                return b""
            return b"".join(await body.read(limit_bytes, limit_bytes))

        return await answer_tool(
            ToolRequest(
                method=request.method,
                base=request.path[: len(request.path) - len(below)],
                path=below.removeprefix(TOOLS_PREFIX),
                query=request.query,
                headers=request.headers,
                client=request.client[0] if request.client else "",
                read_content=read_content,
            )
        )

    async def _answer_call(
        self, request: Request, shown_path: bytes, body: IncomingBody, answer_call: AnswerCall
    ) -> Reply:
        """Answers a call to a plane that writes. `shown_path` is the part of the path that may be noted."""
        worker = self.worker
        worker.control.count_management_request(worker.slot.number)
        call = ManagementRequest(
            method=request.method,
            path=request.path,
            query=request.query,
            headers=request.headers,
            scheme=request.scheme,
            client=request.client[0] if request.client else "",
            wait_until_gone=request.body.wait_until_gone,
        )
        call_name = f"{request.method} {request.path!r}"
        step = begin_step(worker.steps, call_name, request, "this call", [], shown_path)

        async def read_body(keep_bytes: int, limit_bytes: int | None = None) -> Sequence[bytes]:
            chunks = await body.read(keep_bytes, limit_bytes)
            step.key = begin_step(worker.steps, call_name, request, "this call", chunks).key
            return chunks

        answering = answer_call(call, read_body if request.body.is_there else None)
        answer = await worker.steps.drive(step, answering)
        if answer.pieces is not None:
            return StreamedReply(answer.status, tuple(answer.headers), answer.pieces)
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


def with_links_below(reply: Reply, base: bytes) -> Reply:
    """The Reply with the server's own paths in its headers below --path-prefix, like the request's path."""
    begins = {b"location": b"/", b"link": b"</"}
    headers = tuple(
        (name, value.replace(b"/", base + b"/", 1) if value.startswith(begins.get(name, b" ")) else value)
        for name, value in reply.headers
    )
    return reply if headers == reply.headers else reply.replacing(headers=headers)


def delay_s(reply: Reply) -> float:
    """How long an engine waits before it sends the Reply, which has a `delay_ms`."""
    return (reply.delay_ms + EARLINESS_MS) / 1000


def _unescaped(path: bytes) -> str:
    return (unquote_to_bytes(path) if b"%" in path else path).decode("latin-1")
