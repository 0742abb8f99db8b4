"""The fast lane: takes one connection's bytes, answers requests beyond doubt at once, and hands all others to the slow
lane.

    read buffer of the worker ──► scan_head ──TAKEN──► Responder ──Reply──► write buffer of the worker ──► transport
                                    │ LEFT                  │ None
                                    ▼                       ▼
                            begin(head), llhttp       ask(request)           methods of the slow lane, which inherits

Answers leave in the order of their requests, whichever lane those took. The slow lane has at most one request per
connection in flight. After a plain hit with a delay, each further plain hit's delay counts from its arrival: while
DELAYING, up to `max_in_flight` answers are `owed`, and any other request waits until those have gone. Bytes that a
client sends ahead wait in `pending`, and beyond MOST_AHEAD_BYTES in the kernel. All requests of one read are answered
with one write. Answers that took some time to make are sent together, when the event loop has read from all ready
connections, at the latest MOST_HELD_NS after the first. Sent alone, each would wake a client that sleeps again before
the next one comes, and that costs the server more than the sending.

States: READY takes requests; DELAYING takes only plain hits; BUSY waits for one answer; RECEIVING does so too, and
passes the body on; CLOSING has sent its last answer, and throws away further input.

Bounds: there is one read buffer and one write buffer per worker; a connection owns memory only for a request that did
not come in one piece. A client that does not read its answers gets no more (pause_writing), and is disconnected if it
makes no progress. Heads, idle connections and closing ones have deadlines too, on one timer wheel.
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
    MOST_HEAD_BYTES = 131_072  # bytes of a request's head
    OUT_BYTES = 131_072
    LARGE_BODY_BYTES = 32_768  # a larger body is not copied into the write buffer
    MOST_AHEAD_BYTES = 65_536  # read of what a client sends ahead
    EARLINESS_MS = 1  # uvloop's timers may fire this much too early
    MOST_HELD_NS = 500_000  # between an answer and its sending
    STEP_NS = 5_000_000  # after this a connection with more requests lets others have a turn

HEADER_LIMIT = MOST_HEADERS
"""The most header lines of a request."""


cdef class FastLane:
    """Shared by the connections of one worker: the responder, buffers, deadlines.

    Timeouts are in seconds. The owner calls `wheel.turn` every `tick_s`, and sets `call_later` and `call_soon` to the
    event loop's.
    """

    def __cinit__(
        self, Responder responder not None, *, double tick_s, double header_timeout_s, double keep_alive_s,
        double progress_timeout_s, double linger_s, Py_ssize_t max_connections, Py_ssize_t max_in_flight,
    ):
        self.responder = responder
        self.headers = responder.ring.request_headers.parts  # lives as long as the ring, which the responder keeps
        self.date = DateLine()
        self.wheel = TimerWheel(tick_s)
        # Neither buffer is ever resized, so the pointers stay valid.
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
        """From now on each answer is its connection's last; connections without a request in flight close now."""
        self.is_draining = True
        for connection in list(self.connections):
            (<FastConnection>connection).settle()


include "fast_lane_answers.pxi"
include "fast_lane_requests.pxi"


cdef class FastConnection(TakingConnection):
    """One connection: an asyncio.BufferedProtocol, once a Python subclass also inherits from that (uvloop checks).

    The subclass has `begin(head)`, which takes a head that is LEFT; `ask(…)`, which answers a request that is not a
    plain hit, or makes the connection BUSY; `receive(data)`, which takes bytes of a body and returns the bytes after
    it; `send_paced(reply, with_body, persistence)`, which sends an answer that a rule spoils or slows down, while BUSY;
    `refuse_head(status, reason, head)`, `refuse_connection()`, `notice_end()` and `lose()`.
    """

    # Called by uvloop

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
        """Returns True to keep the connection half open: requests sent before the client closed its half are
        answered."""
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
        self.held = None  # the descriptor may be reused for another connection
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
        # Not called directly, since this may run within the last paused write.
        self.is_turn_due = True
        self.lane.call_soon(self.go_on)

    # Requests

    def go_on(self) -> None:
        """Takes as much of `pending` as possible now."""
        cdef Py_ssize_t used
        cdef bytearray waiting
        if self.is_taking:
            return
        self.is_turn_due = False
        if self.state == DELAYING and self.delayed is None and not self.is_writing_paused:
            self.send_due()  # they waited for the client to read
            return
        while self.pending is not None and not self.is_turn_due:
            waiting = self.pending
            if self.state == RECEIVING:
                rest = self.receive(bytes(waiting))
                self.pending = bytearray(rest) if rest and self.state != CLOSING else None
            elif self.takes_requests():
                # Nothing can be added to these bytes meanwhile: that would need another event.
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
