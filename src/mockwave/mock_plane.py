"""The mock plane of one worker: every request to a mock that is not a plain hit, answered and put on record.

`mocks/` chooses the response; this file does everything that may have to be waited for: old Snapshots, the request's
body, rules, a long check, and room on record.
"""

import msgspec

from mockwave._responder import Reply, Snapshot
from mockwave.journal.journal import JournalFull
from mockwave.mocks.answering import answer_refusal, answer_request, answer_unknown, asks_rules, suit_reply
from mockwave.mocks.mock_requests import MockRequest
from mockwave.mocks.replies import build_problem_reply
from mockwave.mocks.rulings import Asked
from mockwave.mounts import MockAddress
from mockwave.problems import Refusal
from mockwave.request_bodies import IncomingBody, join_pieces
from mockwave.served_requests import Client, Headers, Request, begin_step, refusal_of
from mockwave.settings import Settings
from mockwave.validation.verdicts import CheckNeeded
from mockwave.worker import Worker

FULL_RING = 0.9
"""If this much of the ring waits to be stored, a request may have to wait for room."""


class MockPlane:
    """Answers the requests to the mocks of one worker."""

    def __init__(self, settings: Settings, worker: Worker) -> None:
        self._settings = settings
        self._worker = worker

    def answer_at_once(
        self,
        address: MockAddress,
        method: str,
        path: bytes,
        query: bytes,
        headers: Headers,
        client: Client,
        content: bytes,
        started_ns: int,
    ) -> Reply | None:
        """Like `Application.answer_at_once`, for a request to the mock at `address`."""
        worker = self._worker
        responder = worker.responder
        if not responder.is_current or worker.slot.ring.fill > FULL_RING:
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

    async def answer(self, address: MockAddress, request: Request, body: IncomingBody, started_ns: int) -> Reply:
        """Answers a request to the mock at `address`: finds the mock, reads the body, chooses the answer, puts it on
        record."""
        worker = self._worker
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
                    needed = self._settings.max_body_bytes
                content = await join_pieces(await body.read(needed))
            # The responder knows of a body only by its headers, and this one may have come without them (HTTP/2).
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
                step = begin_step(worker.steps, address.mock_server_id, request, "this request", [content], shown_path)
                reply = await worker.steps.drive(step, self._ask_rules(snapshot, below, ruled, request.client))
        except Exception as fault:
            reply = answer_refusal(snapshot, below, refusal_of(fault))
            content = body.beginning(self._bytes_on_record)
        return await self._record(snapshot, reply, below, request.client, content, started_ns)

    def _bytes_needed(self, snapshot: Snapshot) -> int:
        """How much of a request's body the mock needs."""
        if snapshot.validates_requests:
            return self._settings.max_body_bytes
        return self._bytes_on_record if snapshot.captures_bodies else 0

    @property
    def _bytes_on_record(self) -> int:
        """How much of a body the ring is handed: a byte more than it takes, since it notes what it cuts."""
        return self._settings.max_captured_body_bytes + 1

    async def _ask_rules(self, snapshot: Snapshot, request: MockRequest, asked: Asked, client: Client) -> Reply:
        """Returns the mock's Reply to a request with rules to try."""
        rulings = self._worker.rulings
        decision, view = await rulings.decide(snapshot, asked, request, client[0] if client else "")
        if decision is None:
            return await self._check_and_choose(snapshot, request)
        reply = await rulings.reply_of(snapshot, asked, decision, view)
        if reply is not None:
            return suit_reply(reply, snapshot, request)
        return rulings.mark(snapshot, await self._check_and_choose(snapshot, request), decision)

    async def _check_and_choose(self, snapshot: Snapshot, request: MockRequest) -> Reply:
        """Returns the Reply without rules."""
        try:
            return answer_request(snapshot, request)
        except CheckNeeded as needed:
            return await self._check_first(snapshot, request, needed)

    async def _choose_reply(
        self, snapshot: Snapshot, address: MockAddress, request: Request, below: MockRequest
    ) -> Reply:
        """Returns the mock's Reply to a request without rules that is not a plain hit."""
        steps, shown_path = self._worker.steps, address.shown_path(request.path)
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
            step = begin_step(steps, address.mock_server_id, request, "this request", [below.body], shown_path)
            return await steps.drive(step, self._check_first(snapshot, below, needed))

    async def _check_first(self, snapshot: Snapshot, request: MockRequest, needed: CheckNeeded) -> Reply:
        """Returns the mock's Reply to a request that takes long to check."""
        verdict = await self._worker.checker.check(snapshot.server.id, needed)
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
        """Puts the request on record and returns its Reply: this one, or, if there is no room on record for too long, a
        refusal that says so."""
        worker = self._worker
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
            if self._settings.log_overflow == "drop":
                worker.responder.leave_out(reply)
                return reply
            try:
                await worker.journal.make_room()
            except JournalFull as fault:
                # It is answered but not on record; that is at least counted.
                reply = build_problem_reply(refusal_of(fault), cors=snapshot.answers_cors)
                worker.responder.leave_out(reply)
                return reply
        return reply
