"""What answers: one request in, the right plane picked, one Reply out. No engine and no protocol is known here.

    /bin/{mockServerId}/…, or Host: mock-<hex>.<mock domain>    the mock plane
    /healthz  /readyz  /metrics                                 monitoring
    everything else                                             the management plane

An engine (engines/) makes one Application per worker, awaits `start`, and of each request asks in turn:

1. `respond`, synchronously: the Reply to a plain hit, which is then on record already; None for all others.
2. `answer_at_once`, synchronously, where it has the body already: the Reply to a request to a mock for which nothing
   has to be waited for; None for all others. An engine may leave this out.
3. `answer`, awaited: the Reply to any request, which reads the body if there is one.

It then waits for the Reply's delay (`delay_s`) and sends it as it stands, with a Content-Length where the Reply has
none. Whatever these return is on record by then, where it was for a mock. How large a body may be, and how long it may
take to come, is looked after here (request_bodies.py); heads and connections are the engine's.
"""

import importlib
import logging
import secrets
from collections.abc import Callable, Coroutine, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes

import msgspec
from msgspec import Struct

from mockwave._responder import Reply, Snapshot
from mockwave._ring import monotonic_now_ns
from mockwave.journal.journal import JournalFull
from mockwave.liveness.steps import Step
from mockwave.management.exchange import Answer, ManagementRequest, ReadBody
from mockwave.management.page_host import is_for_page_host
from mockwave.mocks.answering import answer_refusal, answer_request, answer_unknown, asks_rules, suit_reply
from mockwave.mocks.mock_addresses import address_by_host
from mockwave.mocks.mock_requests import MockRequest
from mockwave.mocks.replies import build_problem_reply, without_body
from mockwave.mocks.rulings import Asked
from mockwave.monitoring.monitored_paths import MONITORING_PATHS, answer_monitoring
from mockwave.mounts import ControlAddress, MockAddress, Mounts
from mockwave.problems import Refusal, refuse_for_memory
from mockwave.request_bodies import BodyReader, IncomingBody, RequestBody
from mockwave.settings import Settings
from mockwave.store.protocol import StoreError
from mockwave.streamed_replies import StreamedReply
from mockwave.tools import PREFIX as TOOLS_PREFIX
from mockwave.tools import ToolRequest, answer_tool
from mockwave.validation.verdicts import CheckNeeded
from mockwave.worker import Worker

logger = logging.getLogger("mockwave.app")

Headers = list[tuple[bytes, bytes]]
Client = tuple[str, int] | None

Respond = Callable[[str, bytes, bytes, Headers, Client], Reply | None]
"""(method, path, query, headers, client), each as in a Request, to the Reply of a plain hit."""

AnswerCall = Callable[[ManagementRequest, ReadBody | None], Coroutine[Any, Any, Answer]]

FULL_RING = 0.9
"""Where so much of the ring waits to be stored, a request may have to wait for room."""

EARLINESS_MS = 1
"""uvloop's timers count whole milliseconds of a cached clock and fire up to one early; a delay is never cut short."""


class Request(Struct, frozen=True, kw_only=True):
    """A request as it was sent.

    `path` is that of the target, escapes kept, without the query; `*` for `OPTIONS *`. Of `headers`, names are in lower
    case, and all fields are there, repeated ones in their order. `client` is (address, port), or None if it has
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
        self._bodies: BodyReader
        self._domain = settings.mock_domain.lower().encode()
        self._mounts = Mounts(settings.path_prefix, settings.insomnia_key)

    async def start(self) -> None:
        """Opens what the worker needs. Raises FolderInUse, StoreError, OSError, RingFault."""
        self.worker = await Worker.start(self.settings)
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
        """Stores what is not stored yet and lets go of everything; to be called when the last request is answered."""
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
        """The Reply to a request to a mock whose body, if it has one, is whole; to HEAD it has no body.

        None, with nothing done, where something has to be waited for, or something is wrong: `answer` will say what.
        `started_ns` is when the request came (CLOCK_MONOTONIC).
        """
        worker = self.worker
        responder = worker.responder
        address = self._find_mock(path, headers)
        if address is None or not responder.is_current or worker.slot.ring.fill > FULL_RING:
            return None
        snapshot = responder.snapshots.get(address.mock_server_id.encode())
        if snapshot is None:
            return None
        if not self._bytes_needed(snapshot):
            content = b""
        below = MockRequest(
            method=method,
            path=path[address.start :] or b"/",
            query=query,
            headers=headers,
            body=content,
            limits=worker.request_limits,
        )
        if worker.rulings.find_asked(snapshot, below) is not None:
            return None
        try:
            reply = worker.steps.run_request(
                address.mock_server_id,
                method,
                path,
                query,
                headers,
                content,
                address.shown_path(path),
                answer_request,
                snapshot,
                below,
            )
        except Exception:
            return None
        is_recorded = responder.record(snapshot, reply, started_ns, method, below.path, query, headers, client, content)
        return reply if is_recorded else None

    def note_refused(
        self, method: str, path: bytes, query: bytes, headers: Headers, client: Client, reply: Reply
    ) -> None:
        """Puts on record what an engine refuses by itself with this Reply, as far as it was read: as a request to the
        mock that it names, or else by its number."""
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
        """Counts what an engine refuses by itself before it can be told whom it was for."""
        self.worker.control.count_unreadable(self.worker.slot.number)

    async def answer(self, request: Request) -> Reply:
        """The Reply to any request, problem documents included; to HEAD it has no body. It never raises.

        An engine whose client has gone need not wait for it: the task may be cancelled, and writes that were begun end
        all the same.
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
            return await self._answer_mock(address, request, body, started_ns)
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

    # Mocks: which one is asked, then its body, then its answer, then the record

    async def _answer_mock(self, address: MockAddress, request: Request, body: IncomingBody, started_ns: int) -> Reply:
        worker = self.worker
        responder = worker.responder
        content = b""
        below = MockRequest(
            method=request.method,
            path=request.path[address.start :] or b"/",
            query=request.query,
            headers=request.headers,
            limits=worker.request_limits,
        )
        snapshot = responder.snapshots.get(address.mock_server_id.encode()) if responder.is_current else None
        if snapshot is None:
            try:
                await worker.keeper.refresh()
                snapshot = await worker.keeper.find_snapshot(address.mock_server_id)
            except Exception as fault:
                reply = answer_unknown(below, refusal_of(fault))
                snapshot = worker.keeper.last_known_snapshot(address.mock_server_id)
                if snapshot is None:
                    return reply
                return await self._record(snapshot, reply, below, request.client, b"", started_ns)
        if snapshot is None:
            refusal = Refusal(404, "unknown-mock-server", f"there is no mock server {address.mock_server_id}")
            return answer_unknown(below, refusal)
        try:
            ruled = worker.rulings.find_asked(snapshot, below) if asks_rules(snapshot, below) else None
            if request.body.is_there:
                needed = self._bytes_needed(snapshot)
                if ruled is not None and ruled.may_read_body:
                    needed = self.settings.max_body_bytes
                content = b"".join(await body.read(needed))
            # The responder knows of a body by its headers alone, and this one may have come without (HTTP/2).
            if not (content and snapshot.validates_requests):
                hit: Reply | None = responder.respond_below(
                    address.mock_server_id.encode(),
                    address.start,
                    request.method,
                    request.path,
                    request.query,
                    request.headers,
                    request.client,
                    content,
                    started_ns,
                    True,
                )
                if hit is not None:
                    return hit
            if content:
                below = msgspec.structs.replace(below, body=content)
            if ruled is None:
                reply = await self._choose_reply(snapshot, address, request, below)
            else:
                shown_path = address.shown_path(request.path)
                step = self._begin_step(address.mock_server_id, request, "this request", [content], shown_path)
                reply = await worker.steps.drive(step, self._ask_rules(snapshot, below, ruled, request.client))
        except Exception as fault:
            reply = answer_refusal(snapshot, below, refusal_of(fault))
            content = body.beginning(self.settings.max_captured_body_bytes)
        return await self._record(snapshot, reply, below, request.client, content, started_ns)

    def _bytes_needed(self, snapshot: Snapshot) -> int:
        """How much of a request's body the mock needs."""
        if snapshot.validates_requests:
            return self.settings.max_body_bytes
        return self.settings.max_captured_body_bytes if snapshot.captures_bodies else 0

    async def _ask_rules(self, snapshot: Snapshot, request: MockRequest, asked: Asked, client: Client) -> Reply:
        """The mock's Reply to a request for which there are rules to ask."""
        rulings = self.worker.rulings
        decision, view = await rulings.decide(snapshot, asked, request, client[0] if client else "")
        if decision is None:
            return await self._check_and_choose(snapshot, request)
        reply = await rulings.reply_of(snapshot, asked, decision, view)
        if reply is not None:
            return suit_reply(reply, snapshot, request)
        return rulings.mark(snapshot, await self._check_and_choose(snapshot, request), decision)

    async def _check_and_choose(self, snapshot: Snapshot, request: MockRequest) -> Reply:
        """The Reply that the request gets without rules."""
        try:
            return answer_request(snapshot, request)
        except CheckNeeded as needed:
            return await self._check_first(snapshot, request, needed)

    async def _choose_reply(
        self, snapshot: Snapshot, address: MockAddress, request: Request, below: MockRequest
    ) -> Reply:
        """The mock's Reply to a request that is not a plain hit, and that no rule is asked for."""
        steps, shown_path = self.worker.steps, address.shown_path(request.path)
        try:
            return steps.run_request(
                address.mock_server_id,
                request.method,
                request.path,
                request.query,
                request.headers,
                below.body,
                shown_path,
                answer_request,
                snapshot,
                below,
            )
        except CheckNeeded as needed:
            step = self._begin_step(address.mock_server_id, request, "this request", [below.body], shown_path)
            return await steps.drive(step, self._check_first(snapshot, below, needed))

    async def _check_first(self, snapshot: Snapshot, request: MockRequest, needed: CheckNeeded) -> Reply:
        """The mock's Reply to a request that takes long to check."""
        verdict = await self.worker.checker.check(snapshot.server.id, needed)
        return answer_request(snapshot, msgspec.structs.replace(request, verdict=verdict))

    async def _record(
        self,
        snapshot: Snapshot,
        reply: Reply,
        request: MockRequest,
        client: Client,
        content: bytes,
        started_ns: int,
    ) -> Reply:
        """Puts the request on record, with the Reply that it gets: this one, or if there is no room for it on record
        for too long, one that says so."""
        worker = self.worker
        while not worker.responder.record(
            snapshot,
            reply,
            started_ns,
            request.method,
            request.path,
            request.query,
            request.headers,
            client,
            content,
        ):
            if self.settings.log_overflow == "drop":
                worker.responder.leave_out(reply)
                return reply
            try:
                await worker.journal.make_room()
            except JournalFull as fault:
                # Answered, and not on record: that at least is counted.
                reply = build_problem_reply(refusal_of(fault), cors=snapshot.answers_cors)
                worker.responder.leave_out(reply)
                return reply
        return reply

    # Management: who asks for what, then the body

    async def _answer_management(self, request: Request, body: IncomingBody) -> Reply:
        def answer(call: ManagementRequest, read_body: ReadBody | None) -> Coroutine[Any, Any, Answer]:
            return self.worker.management.answer(call, read_body)

        return await self._answer_call(request, request.path, body, answer)

    async def _answer_control(self, address: ControlAddress, request: Request, body: IncomingBody) -> Reply:
        """The answer to a call of the Insomnia app."""

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
        """The answer of a plane that writes. `shown_path` is what of the path may be noted."""
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
        step = self._begin_step(call_name, request, "this call", [], shown_path)

        async def read_body(keep_bytes: int, limit_bytes: int | None = None) -> Sequence[bytes]:
            chunks = await body.read(keep_bytes, limit_bytes)
            step.key = self._begin_step(call_name, request, "this call", chunks).key
            return chunks

        answering = answer_call(call, read_body if request.body.is_there else None)
        answer = await worker.steps.drive(step, answering)
        if answer.pieces is not None:
            return StreamedReply(answer.status, tuple(answer.headers), answer.pieces)
        return Reply(answer.status, tuple(answer.headers), answer.body)

    def _begin_step(
        self, owner: str, request: Request, what: str, body: Sequence[bytes], shown_path: bytes | None = None
    ) -> Step:
        """The key under which answering this request is noted, by as much of its body as is known. Raises Refusal for a
        request that made a worker hang a while ago."""
        steps = self.worker.steps
        key = steps.key_of_request(owner, request.method, request.path, request.query, request.headers, body)
        steps.refuse_known(key, what)
        return Step(key, _step_text(request.method, request.path if shown_path is None else shown_path))

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
    """The Reply with the paths of its own that its headers lead to below --path-prefix, as that of the request was."""
    begins = {b"location": b"/", b"link": b"</"}
    headers = tuple(
        (name, value.replace(b"/", base + b"/", 1) if value.startswith(begins.get(name, b" ")) else value)
        for name, value in reply.headers
    )
    return reply if headers == reply.headers else reply.replacing(headers=headers)


def _step_text(method: str, path: bytes) -> bytes:
    return b"%s %s" % (method.encode(), path)


def delay_s(reply: Reply) -> float:
    """How long an engine waits before it sends the Reply, which has a `delay_ms`."""
    return (reply.delay_ms + EARLINESS_MS) / 1000


def _unescaped(path: bytes) -> str:
    return (unquote_to_bytes(path) if b"%" in path else path).decode("latin-1")


def refusal_of(fault: Exception) -> Refusal:
    """The Refusal for a request that could not be answered."""
    if isinstance(fault, Refusal):
        return fault
    if isinstance(fault, JournalFull | StoreError):
        return Refusal(503, "store-unavailable", str(fault), headers=[(b"retry-after", b"1")])
    refusal = refuse_for_memory(fault)
    if refusal is not None:
        logger.error("a request was refused for want of memory: %s", fault)
        return refusal
    fault_id = secrets.token_hex(8)
    logger.error("fault %s", fault_id, exc_info=fault)
    return Refusal(500, "internal-fault", f"this is a fault of the server; its log tells more under {fault_id}")


if not TYPE_CHECKING:  # mypy would take any name for one of this module

    def __getattr__(name: str) -> Any:
        """`mockwave.app:app`, the ASGI application by the name that docs/running.md promises to other servers.

        It is `mockwave.engines.asgi.app`, looked up when a server asks for it and not sooner: nothing here needs it.
        """
        if name == "app":
            return importlib.import_module("mockwave.engines.asgi").app
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
