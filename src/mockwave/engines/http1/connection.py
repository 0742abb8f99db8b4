"""One connection: the fast lane's, with the slow lane's methods.

A request that the fast lane does not answer itself comes in by `begin` (a head that llhttp has to judge, or whose body
has not arrived) or by `ask` (a head beyond doubt, with its whole body). The application answers it at once, or in a
task. cext/serving/fast_lane.pyx does the rest of a connection's work.
"""

import asyncio
import contextlib
import logging
from http import HTTPStatus

from mockwave._fast_lane import FastConnection, FastLane
from mockwave._reply_head import ENDS, STAYS_OPEN, encode_head
from mockwave._responder import Reply, RuledReply
from mockwave.application import Application
from mockwave.engines.http1.heads import BadHead, read_head
from mockwave.engines.http1.incoming_bodies import ConnectionBody, WholeBody
from mockwave.engines.http1.refused_heads import read_refused
from mockwave.engines.http1.spoilt_answers import FAULT_ACTS, HOLD, send_pieces, whole
from mockwave.mocks.replies import build_problem_reply
from mockwave.problems import Refusal
from mockwave.request_bodies import RequestBody
from mockwave.served_requests import Request
from mockwave.streamed_replies import StreamedReply

logger = logging.getLogger("mockwave.engine")

MAX_REFUSED_CONNECTIONS = 64
"""Beyond the limit of connections, so many at a time get a refusal; further ones are just closed."""

CHUNKED = (b"transfer-encoding", b"chunked")
LAST_CHUNK = b"0\r\n\r\n"

Headers = list[tuple[bytes, bytes]]


class Connection(FastConnection, asyncio.BufferedProtocol):
    """uvloop recognises a BufferedProtocol only by inheritance."""

    __slots__ = ("_application", "_body", "_gone", "_has_ended", "_is_old", "_room", "_scheme", "_stream", "_task")

    def __init__(self, lane: FastLane, application: Application, scheme: str) -> None:
        self._application = application
        self._scheme = scheme
        self._body: ConnectionBody | None = None
        self._task: asyncio.Task[None] | None = None
        self._stream: asyncio.Task[None] | None = None
        self._room: asyncio.Event | None = None
        self._gone: asyncio.Future[None] | None = None
        self._has_ended = False
        self._is_old = False

    # Called by the fast lane

    def begin(self, head: bytes) -> None:
        """Takes a request with a whole head."""
        try:
            found = read_head(head)
        except BadHead as fault:
            self.refuse_head(fault.status, fault.reason, head)
            return
        self._is_old = found.is_old
        if found.content_length or found.chunks is not None:
            body: RequestBody = ConnectionBody(found.content_length, found.chunks, found.expects_continue, self)
            self._body = body  # type: ignore[assignment]
            self.become_receiving()
        else:
            reply = self._application.respond(found.method, found.path, found.query, found.headers, self.client)
            self.become_busy()
            if reply is not None:
                self.send_after_delay(reply, True, found.persistence)
                return
            body = WholeBody(b"", self)
        self._answer_later(found.method, found.path, found.query, found.headers, body, found.persistence, found.is_old)

    def ask(
        self, method: str, path: bytes, query: bytes, headers: Headers, content: bytes, started_ns: int
    ) -> Reply | None:
        """Returns the Reply to a request that came whole; None if it will be sent later."""
        reply = self._application.answer_at_once(method, path, query, headers, self.client, content, started_ns)
        if reply is None:
            self.become_busy()
            self._answer_later(method, path, query, headers, WholeBody(content, self), STAYS_OPEN)
        return reply

    def receive(self, data: bytes) -> bytes:
        """Takes bytes of the awaited body; returns the bytes after it. Empty data means that no more will come."""
        body = self._body
        if body is None:
            return data
        rest = body.take(data)
        if body.is_complete:
            self._body = None
            self.become_busy()
        return rest

    def refuse_head(self, status: int, reason: str, head: bytes) -> None:
        """Answers what cannot be read, of which there is so much, and closes: nobody knows where the next request would
        begin. It is on record where it names a mock."""
        name = HTTPStatus(status).phrase.lower().replace(" ", "-")
        reply = build_problem_reply(Refusal(status, name, reason), cors=False)
        found = read_refused(head)
        if found is None:
            self._application.count_unreadable()
        else:
            self._application.note_refused(found.method, found.path, found.query, found.headers, self.client, reply)
        self.send(reply, True, ENDS)

    def refuse_connection(self) -> None:
        lane = self.lane
        self._application.count_unreadable()
        if len(lane.refused) > MAX_REFUSED_CONNECTIONS:
            self.close()
            return
        reason = (
            f"all {lane.max_connections} connections of this worker are taken; try again, or raise --max-connections"
        )
        refusal = Refusal(503, "too-many-connections", reason, headers=[(b"retry-after", b"1")])
        self.send(build_problem_reply(refusal, cors=False), True, ENDS)

    def lose(self) -> None:
        """The connection is gone. A request in flight ends, and is on record, though nobody waits for it."""
        if self._body is not None:
            self._body.fail("the client went away before the request body was whole")
        self.end_stream()
        self.notice_end()

    def end_stream(self) -> None:
        """Ends an answer of unknown length: the client has gone, or the server stops."""
        if self._stream is not None:
            self._stream.cancel()

    def resume_writing(self) -> None:
        super().resume_writing()
        if self._room is not None:
            self._room.set()

    def notice_end(self) -> None:
        """The client sends no more. A half-closed client looks like one that has gone: it gets its answer, but no work
        is begun that perhaps nobody waits for."""
        self._has_ended = True
        if self._gone is not None and not self._gone.done():
            self._gone.set_result(None)

    # Called by a body

    async def wait_until_gone(self) -> None:
        if self._has_ended:
            return
        if self._gone is None:
            self._gone = asyncio.get_running_loop().create_future()
        await asyncio.shield(self._gone)

    # Parts of the above

    def _answer_later(
        self,
        method: str,
        path: bytes,
        query: bytes,
        headers: Headers,
        body: RequestBody,
        persistence: int,
        is_old: bool = False,
    ) -> None:
        request = Request(
            method=method,
            path=path,
            query=query,
            headers=headers,
            client=self.client,
            scheme=self._scheme,
            body=body,
        )
        self._task = asyncio.get_running_loop().create_task(self._answer(request, persistence, is_old))

    async def _answer(self, request: Request, persistence: int, is_old: bool) -> None:
        reply = await self._application.answer(request)
        self._task = None
        if self._body is not None:
            # It was answered before the rest of its body, whose end is unknown.
            persistence = ENDS
        if isinstance(reply, StreamedReply) and request.method != "HEAD":
            await self._send_pieces(reply, persistence, not is_old)
        else:
            self.send_after_delay(reply, request.method != "HEAD", persistence)

    async def _send_pieces(self, reply: StreamedReply, persistence: int, is_chunked: bool) -> None:
        """Sends an answer of unknown length: in chunks, or, to an HTTP/1.0 client, up to the end of the connection."""
        if not is_chunked:
            persistence = ENDS
        head = reply.replacing(headers=(*reply.headers, CHUNKED)) if is_chunked else reply
        self._stream = asyncio.current_task()
        try:
            if not self.is_closing:
                self.write_at_once(encode_head(head, persistence, self.lane.date))
            async for piece in reply.pieces:
                if self.is_closing:
                    return
                self.write_at_once(b"%x\r\n%b\r\n" % (len(piece), piece) if is_chunked else piece)
                await self.wait_for_room()
        except asyncio.CancelledError:
            persistence = ENDS
        except Exception:
            # Cut off before its end, so that the client does not mistake it for the whole.
            logger.exception("an answer ended early")
            self.close()
            return
        finally:
            self._stream = None
            await reply.pieces.aclose()
        self.end_answer(LAST_CHUNK if is_chunked else b"", persistence)

    def send_paced(self, reply: RuledReply, with_body: bool, persistence: int) -> None:
        """Sends an answer that a rule spoils or slows down, after its delay."""
        if reply.fault == HOLD:
            self._stream = asyncio.get_running_loop().create_task(self._hold())
            return
        head = b"" if reply.status == 0 else encode_head(whole(reply, with_body), persistence, self.lane.date)
        act = FAULT_ACTS.get(reply.fault)
        if act is not None:
            # Only HTTP/1.1 persists without being asked to; such a request may come past `begin`.
            act(self, reply, head, self._is_old and persistence != STAYS_OPEN)
            return
        if not with_body or not reply.body:
            self.write_at_once(head)
            self.end_answer(b"", persistence)
            return
        self._task = asyncio.get_running_loop().create_task(self._send_slowly(reply, head, persistence))

    async def _hold(self) -> None:
        """Sends nothing until the client has gone, or the server stops."""
        with contextlib.suppress(asyncio.CancelledError):
            await self.wait_until_gone()
        self._stream = None
        if not self.is_closing:
            self.close()

    async def _send_slowly(self, reply: RuledReply, head: bytes, persistence: int) -> None:
        is_whole = await send_pieces(self, reply, head)
        self._task = None
        if is_whole:
            self.end_answer(b"", persistence)

    async def wait_for_room(self) -> None:
        while self.is_writing_paused and not self.is_closing:
            self._room = asyncio.Event()
            await self._room.wait()
        self._room = None
