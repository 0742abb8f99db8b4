"""The fast lane: one connection's bytes in, requests beyond doubt answered at once, all others handed to the slow lane.

    read buffer of the worker ──► scan_head ──TAKEN──► Responder ──Reply──► write buffer of the worker ──► transport
                                    │ LEFT                  │ None
                                    ▼                       ▼
                            begin(head), llhttp       ask(request)           methods of the slow lane, which inherits

Answers leave in the order of their requests, whichever lane those took. The slow lane has one request of a connection
under way at most. Of plain hits behind one that has a delay each has its own, from when it came: DELAYING, up to
`max_in_flight` of them are `owed` their answers at once, and anything else waits until those have gone. What a client
sends ahead of that waits in `pending`, and beyond MOST_AHEAD_BYTES in the kernel. All requests of one read are answered
with one write. Answers that took some time to make are sent together, when the event loop has read from all connections
that are ready, and MOST_HELD_NS after the first of them at the latest: each alone would wake a client that sleeps again
before the next one comes, and that costs the server more than to send it.

States: READY takes requests; DELAYING takes plain hits alone; BUSY waits for one answer; RECEIVING does that too,
and hands on the body; CLOSING has said its last, and throws away what still comes in.

Bounds: one read buffer and one write buffer per worker; a connection owns memory only for a request that did not come
in one piece. A client that does not read its answers is given no more of them (pause_writing), and is let go where it
makes no progress; heads, idle connections and closing ones have deadlines too, on one timer wheel.
"""

from cpython.bytearray cimport PyByteArray_AS_STRING, PyByteArray_GET_SIZE
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_GET_SIZE
from libc.stdint cimport uint8_t, uint64_t
from libc.string cimport memchr, memcpy

from mockwave._record cimport monotonic_ns
from mockwave._reply_head cimport CLOSES, LONGEST_LINES, PERSISTS, DateLine, Persistence, ReplyHead, head_of, write_head
from mockwave._request_head cimport INCOMPLETE, MOST_HEADERS, TAKEN, Scan, may_begin, request_head, scan_head
from mockwave._responder cimport ID_BYTES, IS_PACED, PREFIX_BYTES, Reply, Responder, Snapshot
from mockwave._ring cimport MAX_HEADER_COUNT, header_part, request_parts
from mockwave._timer_wheel cimport Timed, TimerWheel

from mockwave._reply_head import encode_head

cdef extern from "Python.h":
    bytes PyBytes_FromStringAndSize(const char*, Py_ssize_t)

cdef extern from "sys/ioctl.h" nogil:
    int ioctl(int descriptor, unsigned long request, ...)

cdef extern from "linux/sockios.h" nogil:
    const unsigned long SIOCOUTQ

cdef extern from "sys/socket.h" nogil:
    Py_ssize_t send(int descriptor, const void* data, size_t length, int flags)
    const int MSG_DONTWAIT, MSG_NOSIGNAL

assert <int>MOST_HEADERS <= <int>MAX_HEADER_COUNT

cdef enum:
    READY = 0
    DELAYING = 1
    BUSY = 2
    RECEIVING = 3
    CLOSING = 4

    READ_BYTES = 131_072
    MOST_HEAD_BYTES = 131_072  # of a request
    OUT_BYTES = 131_072
    LARGE_BODY_BYTES = 32_768  # of an answer that is not copied into the write buffer
    MOST_AHEAD_BYTES = 65_536  # sent ahead by a client, and read
    EARLINESS_MS = 1  # by which uvloop's timers may fire too early
    MOST_HELD_NS = 500_000  # between an answer and its sending
    STEP_NS = 5_000_000  # after which a connection with more requests lets others have a turn

HEADER_LIMIT = MOST_HEADERS
"""Header lines of a request, at most."""


cdef class FastLane:
    """What the connections of one worker share: the responder, buffers, deadlines.

    Timeouts are in seconds. Whoever owns it calls `wheel.turn` each `tick_s`, and sets `call_later` and `call_soon` to
    the event loop's.
    """

    def __cinit__(
        self, Responder responder not None, *, double tick_s, double header_timeout_s, double keep_alive_s,
        double progress_timeout_s, double linger_s, Py_ssize_t max_connections, Py_ssize_t max_in_flight,
    ):
        self.responder = responder
        self.headers = responder.ring.request_headers.parts  # lives as long as the ring, which the responder keeps
        self.date = DateLine()
        self.wheel = TimerWheel(tick_s)
        # Neither is ever resized, so the pointers stay good.
        self.read_buffer = bytearray(READ_BYTES)
        self.read_bytes = <uint8_t*>PyByteArray_AS_STRING(self.read_buffer)
        self.out_buffer = bytearray(OUT_BYTES)
        self.out_bytes = <uint8_t*>PyByteArray_AS_STRING(self.out_buffer)
        self.header_ticks = self.wheel.ticks(header_timeout_s)
        self.idle_ticks = self.wheel.ticks(keep_alive_s)
        self.progress_ticks = self.wheel.ticks(progress_timeout_s)
        self.linger_ticks = self.wheel.ticks(linger_s)
        self.max_connections = max_connections
        self.max_in_flight = max_in_flight
        self.connections = set()
        self.refused = set()
        self.holding = []

    def send_held(self) -> None:
        """Sends the answers that are held back."""
        cdef list holding = self.holding
        self.holding = []
        for connection in holding:
            (<FastConnection>connection).flush()

    def drain(self) -> None:
        """From now on each answer is its connection's last; connections without a request under way close now."""
        self.is_draining = True
        for connection in list(self.connections):
            (<FastConnection>connection).settle()


cdef class FastConnection(Timed):
    """One connection: an asyncio.BufferedProtocol, once a Python class has inherited from that too (uvloop asks).

    That class has `begin(head)`, which takes a head that is LEFT; `ask(…)`, which answers a request that is not a plain
    hit, or makes the connection BUSY; `receive(data)`, which takes bytes of a body and returns those after it;
    `send_paced(reply, with_body, persistence)`, which sends an answer that a rule spoils or slows down, while BUSY;
    `refuse_head(status, reason, head)`, `refuse_connection()`, `notice_end()` and `lose()`.
    """

    def __cinit__(self, FastLane lane not None, *_):
        self.lane = lane
        self.state = READY

    # What uvloop calls

    def connection_made(self, transport):
        cdef FastLane lane = self.lane
        self.transport = transport
        peer = transport.get_extra_info("peername")
        self.client = peer[:2] if peer else None
        self.client_text = peer[0].encode() if peer else b""
        socket = None if transport.get_extra_info("sslcontext") else transport.get_extra_info("socket")
        self.descriptor = -1 if socket is None else socket.fileno()
        lane.wheel.hold(self, lane.wheel.now_tick + lane.idle_ticks)
        if len(lane.connections) >= lane.max_connections:
            lane.refused.add(self)
            self.refuse_connection()
            return
        lane.connections.add(self)
        if lane.is_draining:
            self.close()

    def get_buffer(self, size_hint):
        return self.lane.read_buffer

    def buffer_updated(self, Py_ssize_t length):
        cdef FastLane lane = self.lane
        cdef Py_ssize_t used = 0
        if self.state == CLOSING:
            return
        if self.pending is None and self.takes_requests():
            used = self.take(lane.read_bytes, length)
            if used == length:
                self.settle()
                return
            if self.state == CLOSING:
                return
        if self.pending is None:
            self.pending = bytearray()
        self.pending += PyBytes_FromStringAndSize(<char*>lane.read_bytes + used, length - used)
        self.go_on()

    def eof_received(self) -> bool:
        """True keeps a client's other half open: what it asked before it closed its own is answered."""
        self.has_input_ended = True
        if self.state == RECEIVING:
            self.receive(b"")
        self.notice_end()
        self.settle()
        if self.state == CLOSING or not self.transport.can_write_eof():
            return False
        return self.state != READY or self.is_writing_paused or self.pending is not None

    def connection_lost(self, exception):
        self.state = CLOSING
        self.pending = None
        self.lane.connections.discard(self)
        self.lane.refused.discard(self)
        self.lane.wheel.drop(self)
        self.held = None  # the descriptor will be another connection's
        self.owed = None
        if self.delayed is not None:
            self.delayed.cancel()
            self.delayed = None
        self.lose()

    def pause_writing(self):
        self.is_writing_paused = True
        self.watch_unsent()
        self.pause_reading()

    def resume_writing(self):
        self.is_writing_paused = False
        if self.state != CLOSING:
            self.due_tick = 0
        self.resume_reading()
        # Not from within the write that was the last to be paused.
        self.is_turn_due = True
        self.lane.call_soon(self.go_on)

    # Requests

    def go_on(self) -> None:
        """Takes what waits in `pending`, as far as it can be taken now."""
        cdef Py_ssize_t used
        cdef bytearray waiting
        if self.is_taking:
            return
        self.is_turn_due = False
        if self.state == DELAYING and self.delayed is None and not self.is_writing_paused:
            self.send_due()  # which waited for the client to read
            return
        while self.pending is not None and not self.is_turn_due:
            waiting = self.pending
            if self.state == RECEIVING:
                rest = self.receive(bytes(waiting))
                self.pending = bytearray(rest) if rest and self.state != CLOSING else None
            elif self.takes_requests():
                # Nothing is added to these bytes while they are taken: that would need an event.
                used = self.take(<uint8_t*>PyByteArray_AS_STRING(waiting), PyByteArray_GET_SIZE(waiting))
                if self.state == CLOSING or used == PyByteArray_GET_SIZE(waiting):
                    self.pending = None
                elif used == 0:
                    break
                else:
                    del waiting[:used]
            else:
                break
        if (
            (self.state == BUSY or self.state == DELAYING)
            and self.pending is not None and PyByteArray_GET_SIZE(self.pending) > MOST_AHEAD_BYTES
        ):
            self.pause_reading()
        elif self.state <= DELAYING and not self.is_writing_paused:
            self.resume_reading()
        self.settle()

    cdef bint takes_requests(self):
        """Whether the next request may be looked at: it may still be one that has to wait."""
        cdef Reply last
        cdef Py_ssize_t count
        if self.is_writing_paused or self.state > DELAYING:
            return False
        if self.state == READY:
            return True
        count = len(self.owed)
        last = self.owed[count - 1][0]  # in bounds: while it is DELAYING, there is one
        if last.flags & IS_PACED or head_of(last).closes:
            return False
        return count < self.lane.max_in_flight and not self.lane.is_draining

    cdef Py_ssize_t take(self, uint8_t* start, Py_ssize_t length) except -1:
        """Takes requests from the front of these bytes as long as it can; returns how many bytes those were."""
        cdef FastLane lane = self.lane
        cdef uint8_t* at = start
        cdef uint8_t* end = start + length
        cdef uint64_t began_ns = monotonic_ns(), now_ns = began_ns
        cdef request_head head
        cdef Reply reply
        cdef Scan outcome
        cdef bint with_body, takes_time = False
        cdef Py_ssize_t head_bytes
        self.is_taking = True
        try:
            while at < end and self.takes_requests():
                # 1. An empty line before a request is passed over (RFC 9112 §2.2).
                if at[0] == c"\r" and at + 1 < end and at[1] == c"\n":
                    at += 2
                    continue
                # 2. A head that comes in pieces is read when it is whole: not once more for each piece.
                if self.searched and at == start and self.find_head_end(at, end - at) == 0:
                    break
                outcome = scan_head(at, end, &head, lane.headers)
                if outcome == INCOMPLETE and start == lane.read_bytes:
                    break
                # 3. The slow lane.
                if self.state == DELAYING and (outcome != TAKEN or end - at - head.size < head.body_length):
                    break
                if outcome != TAKEN or end - at - head.size < head.body_length:
                    self.flush()
                    head_bytes = self.find_head_end(at, end - at)
                    if head_bytes == 0:
                        break
                    self.searched = 0
                    self.begin(PyBytes_FromStringAndSize(<char*>at, head_bytes))
                    at += head_bytes
                    now_ns = monotonic_ns()
                    if self.lets_others_run(now_ns - began_ns):
                        break
                    continue
                # 4. The fast lane.
                self.searched = 0
                lane.responder.ring.request_headers.count = head.header_count
                reply = self.answer(&head, now_ns)
                with_body = not (head.method_length == 4 and head.method[0] == c"H")
                if reply is None and self.state == DELAYING:
                    break
                if reply is None:
                    self.flush()
                    reply = self.ask_application(&head, now_ns)
                    now_ns = monotonic_ns()
                    takes_time = True
                at += head.size + head.body_length
                if reply is None:
                    break
                if reply.delay_ms or self.state == DELAYING:
                    self.owe(reply, with_body, now_ns)
                elif reply.flags & IS_PACED:
                    self.flush()
                    self.become_busy()
                    self.send_paced(reply, with_body, PERSISTS)
                else:
                    self.put_answer(reply, with_body, PERSISTS, now_ns)
                if self.lets_others_run(now_ns - began_ns):
                    break
        finally:
            self.is_taking = False
            # The next connection has the same buffer.
            if takes_time:
                self.hold(now_ns)
            else:
                self.flush()
        if at != start:
            self.searched = 0
            self.is_reading_head = False
        return at - start

    cdef bint lets_others_run(self, uint64_t taken_ns) except -1:
        """Whether a step of the event loop has been long enough, and another one is to go on."""
        if taken_ns <= STEP_NS:
            return False
        self.is_turn_due = True
        self.lane.call_soon(self.go_on)
        return True

    cdef Py_ssize_t find_head_end(self, const uint8_t* start, Py_ssize_t length) except -1:
        """The size of a head that is whole; 0: it is not yet, or it has just been refused."""
        cdef const uint8_t* end = start + length
        cdef const uint8_t* at = start + self.searched
        if not may_begin(start[0]) and not (start[0] == c"\r" and length == 1):
            self.refuse_head(400, "this is not a request of HTTP/1, which begins with a method", b"")
            return 0
        while True:
            at = <const uint8_t*>memchr(at, c"\n", end - at)
            if at == NULL:
                break
            if at == start or (at - 1)[0] != c"\r":
                self.refuse_head(400, "a line of the head ends with LF alone; end each with CR and LF", start[:length])
                return 0
            # In bounds: a line feed after CR that has at least one more byte before it.
            if at - start >= 2 and (at - 2)[0] == c"\n":
                if at + 1 - start > MOST_HEAD_BYTES:
                    return self.refuse_long_head(start, length)
                return at + 1 - start
            at += 1
        if length > MOST_HEAD_BYTES:
            return self.refuse_long_head(start, length)
        self.searched = length
        if not self.is_reading_head:
            self.is_reading_head = True
            self.lane.wheel.hold(self, self.lane.wheel.now_tick + self.lane.header_ticks)
        return 0

    cdef Py_ssize_t refuse_long_head(self, const uint8_t* start, Py_ssize_t length) except -1:
        if memchr(start, c"\n", length) == NULL:
            status, reason = 414, f"the request line exceeds {MOST_HEAD_BYTES} bytes; make it shorter"
        else:
            status, reason = 431, f"the request head exceeds {MOST_HEAD_BYTES} bytes; send fewer or shorter headers"
        self.refuse_head(status, reason, start[:length])
        return 0

    cdef Reply answer(self, const request_head* head, uint64_t now_ns):
        """The Reply to a plain hit, on record; None: it is none, and nothing was done. The headers lie in the ring."""
        cdef Responder responder = self.lane.responder
        cdef request_parts parts
        cdef Snapshot snapshot
        cdef Py_ssize_t path_length = head.path_end - head.target
        snapshot = responder.find_named(head.target, path_length)
        if snapshot is None:
            return None
        parts.method = head.method
        parts.method_length = head.method_length
        parts.client = <const uint8_t*>PyBytes_AS_STRING(self.client_text)
        parts.client_length = PyBytes_GET_SIZE(self.client_text)
        parts.path = head.target + PREFIX_BYTES + ID_BYTES  # in bounds: the path begins with both
        parts.path_length = path_length - PREFIX_BYTES - ID_BYTES
        parts.query = head.target_end
        parts.query_length = 0
        if head.path_end < head.target_end:
            parts.query = head.path_end + 1
            parts.query_length = head.target_end - parts.query
        parts.body = head.method + head.size if head.body_length else NULL  # whole, as the caller has asked
        parts.body_length = head.body_length
        parts.rule = NULL
        parts.rule_length = 0
        parts.fault = 0
        parts.started_ns = now_ns
        return responder.answer(snapshot, &parts, None, True)

    cdef Reply ask_application(self, const request_head* head, uint64_t now_ns):
        """Asks the slow lane for the Reply; None: it will come later, and the connection is BUSY."""
        cdef header_part* part
        cdef Py_ssize_t index
        cdef list headers = []
        cdef request_head again
        # Read anew: for the record, the responder may have exchanged secrets already. The bytes are the same.
        scan_head(<uint8_t*>head.method, head.method + head.size, &again, self.lane.headers)
        for index in range(head.header_count):
            part = &self.lane.headers[index]
            headers.append((part.name[:part.name_length], part.value[:part.value_length]))
        query = b""
        if head.path_end < head.target_end:
            query = (head.path_end + 1)[:head.target_end - head.path_end - 1]
        cdef Reply reply = self.ask(
            (<const char*>head.method)[:head.method_length].decode("ascii"),
            head.target[:head.path_end - head.target],
            query,
            headers,
            (head.method + head.size)[:head.body_length],
            now_ns,
        )
        return reply

    # Answers

    cdef int put_answer(self, Reply reply, bint with_body, Persistence persistence, uint64_t now_ns) except -1:
        """Puts the answer into the write buffer; a large body is written at once. The last answer closes."""
        cdef FastLane lane = self.lane
        cdef ReplyHead head = head_of(reply)
        cdef Py_ssize_t body_length = PyBytes_GET_SIZE(reply.body), copied = 0
        cdef Py_ssize_t needed = PyBytes_GET_SIZE(head.text) + LONGEST_LINES
        cdef uint8_t* end
        if (lane.is_draining and self.owed is None) or head.closes:
            persistence = CLOSES
        with_body = with_body and head.has_body and body_length > 0
        if with_body and body_length <= LARGE_BODY_BYTES:
            copied = body_length
        if lane.out_used + needed + copied > OUT_BYTES:
            self.flush()
        if needed + copied > OUT_BYTES:  # headers of a hundred kilobytes
            self.write_at_once(encode_head(reply, persistence, lane.date))
            copied = 0
        else:
            # In bounds: out_used + needed + copied <= OUT_BYTES.
            end = write_head(head, body_length, persistence, lane.date, now_ns, lane.out_bytes + lane.out_used)
            memcpy(end, PyBytes_AS_STRING(reply.body), copied)
            lane.out_used = end + copied - lane.out_bytes
        if with_body and not copied:
            self.flush_with(reply.body)
        if persistence == CLOSES:
            self.flush()
            self.close_softly()
        return 0

    cdef int hold(self, uint64_t now_ns) except -1:
        """Keeps what is in the buffer, to be sent soon together with what other connections hold."""
        cdef FastLane lane = self.lane
        if lane.out_used == 0 or self.held is not None:
            return self.flush()
        if not lane.holding:
            lane.held_since_ns = now_ns
            lane.call_soon(lane.send_held)
        self.held = PyBytes_FromStringAndSize(<char*>lane.out_bytes, lane.out_used)
        lane.out_used = 0
        lane.holding.append(self)
        if now_ns - lane.held_since_ns > MOST_HELD_NS:
            lane.send_held()
        return 0

    cdef int flush(self) except -1:
        """Writes what is held back, and what is in the buffer."""
        cdef FastLane lane = self.lane
        cdef Py_ssize_t used = lane.out_used
        cdef bytes held = self.held
        if held is not None:
            self.held = None
            self.write(<const uint8_t*>PyBytes_AS_STRING(held), PyBytes_GET_SIZE(held))
        if used:
            lane.out_used = 0
            self.write(lane.out_bytes, used)
        return 0

    cdef int write(self, const uint8_t* start, Py_ssize_t used) except -1:
        """Writes straight to the socket, as long as the transport has nothing unsent. It would do the same after it had
        made an object of the bytes."""
        cdef Py_ssize_t sent = 0
        if self.descriptor >= 0:
            if self.has_unsent and self.transport.get_write_buffer_size() == 0:
                self.has_unsent = False
            if not self.has_unsent:
                # The descriptor is the transport's, which closes it after connection_lost, and then nothing is written.
                sent = send(self.descriptor, start, used, MSG_DONTWAIT | MSG_NOSIGNAL)
                if sent == used:
                    return 0
                sent = max(sent, 0)  # what is wrong, if anything, the transport finds out
        self.has_unsent = True
        if not self.transport.is_closing():
            self.transport.write(PyBytes_FromStringAndSize(<char*>start + sent, used - sent))
        return 0

    cdef int flush_with(self, bytes body) except -1:
        """Writes what is in the buffer and this body after it, which is not copied."""
        cdef FastLane lane = self.lane
        if self.held is not None:
            self.flush()
        data = PyBytes_FromStringAndSize(<char*>lane.out_bytes, lane.out_used)
        lane.out_used = 0
        if not self.transport.is_closing():
            self.has_unsent = True
            self.transport.writelines((data, body) if data else (body,))
        return 0

    def write_at_once(self, bytes data not None) -> None:
        """Writes these bytes after what was written before."""
        self.flush()
        if not self.transport.is_closing():
            self.has_unsent = True
            self.transport.write(data)

    cdef int owe(self, Reply reply, bint with_body, uint64_t now_ns) except -1:
        """Puts the answer to a plain hit at the end of those that are owed, to be sent after its delay."""
        if self.owed is None:
            self.flush()
            self.owed = []
            self.state = DELAYING
            self.have_no_deadline()
            self.delayed = self.lane.call_later((reply.delay_ms + EARLINESS_MS) / 1000.0, self.send_due)
        self.owed.append((reply, with_body, now_ns + <uint64_t>reply.delay_ms * 1_000_000))
        return 0

    def send_due(self) -> None:
        """Sends, in their order, the answers whose time has come, up to one whose time has not."""
        cdef Reply reply
        cdef uint64_t now_ns = monotonic_ns(), due_ns
        self.delayed = None
        if self.state != DELAYING:
            return
        while self.owed is not None and not self.is_writing_paused:
            reply, with_body, due_ns = self.owed[0]  # in bounds: it is never empty
            if due_ns > now_ns:
                self.delayed = self.lane.call_later(
                    (due_ns - now_ns) / 1e9 + EARLINESS_MS / 1000.0, self.send_due
                )
                break
            del self.owed[0]
            if not self.owed:
                self.owed = None
                self.state = READY
            if reply.flags & IS_PACED:  # the last that is owed: no request is taken after it
                self.flush()
                self.become_busy()
                self.send_paced(reply, with_body, PERSISTS)
                return
            self.put_answer(reply, with_body, PERSISTS, now_ns)
            if self.state == CLOSING:
                return
        self.flush()
        self.go_on()

    cdef int wait_for_delay(self, Reply reply, bint with_body, Persistence persistence) except -1:
        self.become_busy()
        self.delayed = self.lane.call_later(
            (reply.delay_ms + EARLINESS_MS) / 1000.0, self.send_delayed, reply, with_body, persistence
        )
        return 0

    def send_delayed(self, Reply reply, bint with_body, Persistence persistence) -> None:
        self.delayed = None
        self.send(reply, with_body, persistence)

    def send(self, Reply reply not None, bint with_body, Persistence persistence) -> None:
        """Sends the answer to the request under way, and takes the next one; for answers that come later."""
        if self.state == CLOSING:
            return
        if reply.flags & IS_PACED:
            self.send_paced(reply, with_body, persistence)
            return
        self.put_answer(reply, with_body, persistence, monotonic_ns())
        self.flush()
        if self.state == BUSY:
            self.state = READY
        self.go_on()

    def end_answer(self, bytes rest not None, Persistence persistence) -> None:
        """Writes the last bytes of an answer that went out in pieces, and takes the next request."""
        if self.state == CLOSING:
            return
        self.write_at_once(rest)
        if persistence == CLOSES or self.lane.is_draining:
            self.close_softly()
            return
        if self.state == BUSY:
            self.state = READY
        self.go_on()

    def send_after_delay(self, Reply reply not None, bint with_body, Persistence persistence) -> None:
        if self.state == CLOSING:
            return
        if reply.delay_ms:
            self.wait_for_delay(reply, with_body, persistence)
        else:
            self.send(reply, with_body, persistence)

    # Life of the connection

    @property
    def is_closing(self) -> bool:
        return self.state == CLOSING

    def become_busy(self) -> None:
        """A request is under way, its body is whole."""
        if self.state != CLOSING:
            self.state = BUSY
            self.have_no_deadline()

    cdef int have_no_deadline(self) except -1:
        """The application has its own. A client that does not read what it was sent before keeps that one."""
        if not self.is_writing_paused:
            self.due_tick = 0
        return 0

    def become_receiving(self) -> None:
        """A request is under way, and its body comes."""
        self.state = RECEIVING
        self.have_no_deadline()
        self.resume_reading()  # it may have been too far ahead

    def pause_reading(self) -> None:
        if not self.is_reading_paused:
            self.is_reading_paused = True
            self.transport.pause_reading()

    def resume_reading(self) -> None:
        if self.is_reading_paused:
            self.is_reading_paused = False
            if not self.has_input_ended:
                self.transport.resume_reading()

    cdef int settle(self) except -1:
        """Sees to what a connection without a request under way does next: wait for one until a deadline, or close."""
        cdef FastLane lane = self.lane
        if self.state != READY or self.is_writing_paused or self.is_turn_due:
            return 0
        if self.pending is not None:
            # A head that is not whole: nobody is owed an answer yet.
            if self.has_input_ended or lane.is_draining:
                self.close()
        elif lane.is_draining or self.has_input_ended:
            self.close()
        else:
            lane.wheel.hold(self, lane.wheel.now_tick + lane.idle_ticks)
        return 0

    cdef int on_due(self) except -1:
        if self.state == CLOSING or self.is_writing_paused:
            self.look_at_unsent()
        elif self.state == READY and self.is_reading_head:
            head = b"" if self.pending is None else bytes(self.pending)
            self.refuse_head(408, "the request head did not arrive in time; send it in one go", head)
        elif self.state == READY:
            self.close()
        return 0

    cdef int be_closing(self) except -1:
        self.state = CLOSING
        self.pending = None
        return self.watch_unsent()

    cdef int watch_unsent(self) except -1:
        """Looks every now and then how much the client takes of what it was sent."""
        self.unsent = self.count_unsent()
        self.progress_tick = self.lane.wheel.now_tick
        return self.lane.wheel.hold(self, self.progress_tick + self.lane.linger_ticks)

    cdef int look_at_unsent(self) except -1:
        """Lets go of a client that has taken all and had a moment to close, or takes nothing for too long."""
        cdef int64_t now_tick = self.lane.wheel.now_tick
        cdef Py_ssize_t unsent = self.count_unsent()
        if unsent < self.unsent:
            self.unsent = unsent
            self.progress_tick = now_tick
        if (unsent == 0 and self.state == CLOSING) or now_tick - self.progress_tick >= self.lane.progress_ticks:
            self.transport.abort()
            return 0
        return self.lane.wheel.hold(self, now_tick + self.lane.linger_ticks)

    cdef Py_ssize_t count_unsent(self) except -1:
        """Bytes that the client has not taken yet: those of the transport, and those of the kernel (tcp(7), SIOCOUTQ).

        Without the latter a slow reader would seem to do nothing: the kernel asks for more when a third of its room is
        free, not before."""
        cdef int in_kernel = 0
        if self.descriptor < 0 or ioctl(self.descriptor, SIOCOUTQ, &in_kernel) < 0:
            in_kernel = 0
        return <Py_ssize_t>self.transport.get_write_buffer_size() + in_kernel

    def close(self) -> None:
        """Closes once what was written has gone out, or makes no progress."""
        self.flush()
        self.transport.close()
        self.be_closing()

    def close_softly(self) -> None:
        """As `close`, and reads on meanwhile what the client sends: else the kernel would answer that with a reset, and
        the last answer could be lost on its way (RFC 9112 §9.6)."""
        self.flush()
        if self.has_input_ended or not self.transport.can_write_eof():
            self.close()
            return
        self.be_closing()
        self.resume_reading()
        if not self.transport.is_closing():
            self.transport.write_eof()
