"""The plain-hit responder: a request with only one possible answer is matched, put on record and answered here.

Bytes in, a Reply out, synchronously; no HTTP server is known here. A hit is plain when

- the worker's Snapshots are up to date, and the server runs and is loaded;
- path and method lead to a Reply; or to a Choice, if the request wants its default, or a Reply chosen for the same
  wishes before; or to no route, if the same method and path missed before;
- the request has no body that is unread or may have to be checked, and no Origin except one that got this Reply before;
- rules, if the server or the route has some, can be tried at once (`rule_on`, responder_rules.pxi).

For everything else `respond` returns None, having done nothing, and the mock plane answers the long way.
"""

cimport cython
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_GET_SIZE
from cpython.object cimport PyObject
from libc.stdint cimport uint8_t, uint32_t, uint64_t
from libc.string cimport memchr, memcmp, memcpy, memset

from mockwave._control cimport FAULT_KINDS, SLOTS, ControlBlock
from mockwave._matcher cimport FOUND, Matcher, MatchSpans, Outcome
from mockwave._prefetch cimport fetch_ahead
from mockwave._record cimport (
    FLAG_MOCKED_BY_MASK, FLAG_MOCKED_BY_RULE, FLAG_RULED, FLAG_TRUNCATED, load_acquire_64, monotonic_ns,
    store_release_64,
)
from mockwave._ring cimport (
    HAS_BODY, HAS_ORIGIN, HAS_PAGE_HOST, HAS_WISHES, MAX_HEADER_COUNT, Ring, fill_parts, header_part, request_parts,
)
from mockwave._rule_tests cimport NO_RULE, RuleTests, scan_tests, tested_request

from mockwave._matcher import Match, NotMatched

cdef extern from "Python.h":
    object PyBytes_FromStringAndSize(const char*, Py_ssize_t)

cdef enum:
    MOST_KEPT = 64  # answers that a Choice, or a Snapshot, keeps for repeated questions
    MOST_KEPT_BYTES = 1024  # bytes of such a question

cdef bytes EMPTY_PATH = b"/"

cdef enum:
    OF_A_RULE = 16 | IS_PACED  # FLAG_RULED is 16. These flags say that a Reply is a RuledReply: no other ever has them


include "responder_replies.pxi"
include "responder_snapshots.pxi"


cdef class Responder:
    """Answers plain hits of one worker, from `snapshots`: mock server id (bytes) → Snapshot.

    `generation` is the one at which the snapshots were read; their keeper sets it after a refresh.
    """

    def __cinit__(self, ControlBlock control not None, Ring ring not None, unsigned int slot):
        if slot >= SLOTS:
            raise IndexError(slot)
        self.control = control
        self.ring = ring
        self.counters = &control.slots[slot]  # lives as long as the mapping, which `control` keeps
        self.snapshots = {}
        self.generation = 0

    @property
    def is_current(self) -> bool:
        """Whether no management write has been made since the snapshots were read."""
        return load_acquire_64(&self.control.header.generation) == self.generation

    def count_answered(self) -> int:
        """The mock requests that this worker has answered, including those of the slot's previous owners."""
        return self.counters.requests

    def count_in(self, unsigned int slot) -> None:
        """Continues with the counters of another slot."""
        if slot >= SLOTS:
            raise IndexError(slot)
        self.counters = &self.control.slots[slot]
        store_release_64(&self.counters.seen_generation, self.generation)

    def set_generation(self, uint64_t generation) -> None:
        self.generation = generation
        self.last = None  # its Snapshot may be outdated
        store_release_64(&self.counters.seen_generation, generation)

    cpdef Reply respond(self, str method, bytes path, bytes query, headers, client):
        """Answers a request below /bin and appends it to the ring; None if it is not a plain hit, and nothing was done.

        `path` is as sent, without the query; `headers` a list of (name, value) bytes pairs, names in lower case;
        `client` is (address, port) or None. The caller waits for the delay.
        """
        if method is None or path is None or query is None:
            raise TypeError("method, path and query: expected str and bytes, got None")
        cdef Snapshot snapshot = self.find_named(
            <const unsigned char*>PyBytes_AS_STRING(path), PyBytes_GET_SIZE(path)
        )
        if snapshot is None:
            return None
        return self._respond(snapshot, PREFIX_BYTES + ID_BYTES, method, path, query, headers, client, None, 0, False)

    def respond_below(
        self, bytes mock_server_id not None, Py_ssize_t start, str method not None, bytes path not None,
        bytes query not None, headers, client, bytes body=None, uint64_t started_ns=0, bint body_was_read=False,
    ) -> Reply | None:
        """Like `respond`, for the named server; the mock's path starts at `start` of `path`.

        With `body_was_read` a request with a body may be a plain hit; `body` is kept if the server captures bodies.
        `started_ns` is the request's arrival; 0 means now.
        """
        if start < 0 or start > PyBytes_GET_SIZE(path):
            raise IndexError(start)
        cdef Snapshot snapshot = self.find_serving(mock_server_id)
        if snapshot is None:
            return None
        return self._respond(
            snapshot, start, method, path, query, headers, client, body, started_ns, body_was_read
        )

    cdef Reply _respond(
        self, Snapshot snapshot, Py_ssize_t start, str method, bytes path, bytes query, object headers,
        object client, bytes body, uint64_t started_ns, bint body_was_read,
    ):
        cdef request_parts parts
        fill_parts(&parts, method, query, client_address(client), body, started_ns)
        if parts.method_length == 4 and memcmp(parts.method, b"HEAD", 4) == 0:
            return None
        # In bounds: the callers have checked start, so both lengths are >= 0.
        parts.path = <const unsigned char*>PyBytes_AS_STRING(path) + start
        parts.path_length = PyBytes_GET_SIZE(path) - start
        return self.answer(snapshot, &parts, headers, body_was_read)

    cdef Snapshot find_serving(self, bytes mock_server_id):
        """The Snapshot of a running server; None if there is none, or this worker's may be old."""
        if load_acquire_64(&self.control.header.generation) != self.generation:
            return None
        cdef Snapshot snapshot = <Snapshot>self.snapshots.get(mock_server_id)
        return None if snapshot is None or not snapshot.is_running else snapshot

    cdef Snapshot find_named(self, const unsigned char* path, Py_ssize_t length):
        """Like `find_serving`, for the server that a path /bin/{mockServerId}/… names; None also if it names none.

        Most requests are for the same server as the previous one, which is remembered while the generation holds.
        """
        cdef Snapshot snapshot
        cdef bytes mock_server_id
        if (
            self.last is not None
            and self.last_generation == self.generation
            and length >= PREFIX_BYTES + ID_BYTES
            and memcmp(path, self.last_prefix, PREFIX_BYTES + ID_BYTES) == 0
            and (length == PREFIX_BYTES + ID_BYTES or path[PREFIX_BYTES + ID_BYTES] == c"/")
            and load_acquire_64(&self.control.header.generation) == self.generation
        ):
            return self.last
        mock_server_id = named_in_path(path, length)
        snapshot = None if mock_server_id is None else self.find_serving(mock_server_id)
        if snapshot is not None:
            memcpy(self.last_prefix, path, PREFIX_BYTES + ID_BYTES)  # in bounds: the path names a server
            self.last = snapshot
            self.last_generation = self.generation
        return snapshot

    cdef Reply answer(self, Snapshot snapshot, request_parts* request, object headers, bint body_was_read):
        """Answers a request with these parts and appends it to the ring; None if it is not a plain hit, and nothing was
        done.

        `path` is below the mock's base; a `started_ns` of 0 means now. Without `headers` they already lie in the ring's
        `request_headers`. A HEAD gets the Reply of its GET, or of its own route.
        """
        cdef int found
        cdef int rule
        cdef bint is_whole
        cdef RuledAnswer ruled
        cdef Outcome outcome
        cdef Reply reply
        cdef MatchSpans spans
        if request.path_length == 0:
            request.path = <const unsigned char*>PyBytes_AS_STRING(EMPTY_PATH)
            request.path_length = 1
        # 1. Rules of the server come first. If none of them may hold, the request goes on as if there were none.
        if snapshot.rules is not None and find_rule(
            self, <RuledAnswer>snapshot.rules, request, headers, &is_whole
        ) != NO_RULE:
            return answer_by_rules(self, snapshot, request, headers, body_was_read)
        # 2. The route, or a miss that was kept. Up to step 5 nothing has side effects, so None leaves no trace.
        outcome = snapshot.find(
            request.path, request.path_length, <const char*>request.method, request.method_length, &spans
        )
        if outcome == FOUND:
            # One of ten thousand Replies is in no cache; its lines come from memory while the headers are
            # looked at.
            fetch_ahead(spans.value)
            fetch_ahead(<char*>spans.value + 64)
            fetch_ahead(<char*>spans.value + 112)  # of one that does not begin with a line; short quick tests end there
            if type(<object>spans.value) is RuledAnswer:
                ruled = <RuledAnswer>spans.value
                rule = find_rule(self, ruled, request, headers, &is_whole)
                if rule == NO_RULE:
                    if not ruled.is_itself:
                        spans.value = <PyObject*>ruled.other  # which `ruled` keeps
                elif is_whole and rule in ruled.replies:
                    spans.value = <PyObject*>ruled.replies[rule]
                else:
                    return answer_by_rules(self, snapshot, request, headers, body_was_read)
            found = self.ring.measure_collected() if headers is None else self.ring.collect(headers)
            reply = self.choose(spans.value, found, request)
        else:
            reply = snapshot.find_miss(request)
            if reply is None:
                return None
            found = self.ring.measure_collected() if headers is None else self.ring.collect(headers)
        # 4. The headers are measured, and `found` says which of them send a request the long way.
        if reply is None or (found & HAS_BODY and (snapshot.validates_requests or not body_was_read)):
            return None
        if found & HAS_PAGE_HOST:
            return None
        if found & HAS_ORIGIN and snapshot.answers_cors:
            # `origin` is valid until the next collect: the ring, or the read buffer, holds the headers.
            if reply.crossing is None or not self.is_origin(<bytes?>reply.crossing[0]):
                return None
            reply = <Reply?>reply.crossing[1]
        fetch_ahead(<void*>reply.body)  # the caller needs it next
        # 5. On record before the Reply is returned; only a full ring still sends the request the long way.
        return self.put_on_record(snapshot, reply, request)

    cdef Reply put_on_record(self, Snapshot snapshot, Reply reply, request_parts* request):
        """Appends the request, whose headers were just collected, with its Reply; None if the ring is full."""
        if request.started_ns == 0:
            request.started_ns = monotonic_ns()
        if not snapshot.captures_bodies:
            request.body = NULL
        if reply.flags & FLAG_RULED:
            say_rule(request, <RuledReply?>reply)
        cdef bytes shown  # lives until the request is appended
        if snapshot.declares_keys:
            shown = self.ring.redact(snapshot.header_keys, snapshot.query_keys, query_of(request))
            request.query = <const uint8_t*>PyBytes_AS_STRING(shown)
            request.query_length = PyBytes_GET_SIZE(shown)
        if snapshot.logs_requests and not self.ring.append(
            snapshot.server_id_bytes,
            reply.route_id_bytes if reply.has_route else NULL,
            reply.status,
            reply.flags,
            request,
            delay_us(reply.delay_ms),
        ):
            return None
        self._count(reply)
        return reply

    cdef Reply choose(self, PyObject* value, int found, const request_parts* request):
        """The Reply that is the value of a route, or that it keeps for this request's wishes; None if neither
        exists."""
        cdef Choice choice
        if type(<object>value) is Reply or type(<object>value) is RuledReply:
            return <Reply>value
        if type(<object>value) is RuledAnswer and (<RuledAnswer>value).is_itself:  # none of whose rules holds
            return <Reply>value
        if type(<object>value) is not Choice:
            return None
        choice = <Choice>value
        cdef bint asks = has_reserved_names(request.query, request.query_length)
        if not (found & HAS_WISHES or asks):
            return choice
        if choice.kept is None or self.ring.request_headers.flags & FLAG_TRUNCATED:  # a wish may have been cut off
            return None
        return <Reply>choice.kept.get(self.wishes_of(request if asks else NULL))

    cdef bytes wishes_of(self, const request_parts* asking):
        """The key of Choice.keep for the headers in `request_headers`, and the query of `asking` unless that is NULL.

        None if they are too long to be kept."""
        cdef char wishes[MOST_KEPT_BYTES]
        cdef Py_ssize_t length = 0
        cdef header_part* part
        cdef uint32_t index
        for index in range(self.ring.request_headers.count):
            part = &self.ring.request_headers.parts[index]
            if part.name_length != 6 or (memcmp(part.name, b"accept", 6) and memcmp(part.name, b"prefer", 6)):
                continue
            if length + part.value_length + 2 > MOST_KEPT_BYTES:
                return None
            wishes[length] = part.name[0]
            memcpy(wishes + length + 1, part.value, part.value_length)
            wishes[length + 1 + part.value_length] = 0
            length += part.value_length + 2
        if asking != NULL:
            if length + asking.query_length > MOST_KEPT_BYTES:
                return None
            memcpy(wishes + length, asking.query, asking.query_length)
            length += asking.query_length
        return PyBytes_FromStringAndSize(wishes, length)

    cdef bint is_origin(self, bytes known):
        """Whether the request whose headers were collected last has this Origin."""
        cdef uint32_t length = self.ring.request_headers.origin_length
        return PyBytes_GET_SIZE(known) == length and (
            memcmp(PyBytes_AS_STRING(known), self.ring.request_headers.origin, length) == 0
        )

    def record(
        self, Snapshot snapshot not None, Reply reply not None, uint64_t started_ns, str method not None,
        bytes path_below not None, bytes query not None, headers, client, bytes body=None,
    ) -> bool:
        """Puts a request that was answered the long way on record; False if the ring is full, and nothing was done."""
        cdef request_parts parts
        fill_parts(
            &parts, method, query, client_address(client), body if snapshot.captures_bodies else None, started_ns
        )
        parts.path = <const uint8_t*>PyBytes_AS_STRING(path_below)
        parts.path_length = PyBytes_GET_SIZE(path_below)
        self.ring.collect(headers)
        return self.put_on_record(snapshot, reply, &parts) is not None

    def leave_out(self, Reply reply not None) -> None:
        """Counts an answered request that is left out of the log because its ring is full."""
        self.ring.count_dropped()
        self._count(reply)

    cdef void _count(self, Reply reply) noexcept:
        """Counts an answer by what its Reply tells; by what the request tells, put_on_record would have to."""
        self.counters.requests += 1
        if reply.flags & FLAG_RULED:
            self.counters.ruled += 1
            self.counters.faults[(<RuledReply>reply).fault % FAULT_KINDS] += 1
            if reply.flags & FLAG_MOCKED_BY_MASK == FLAG_MOCKED_BY_RULE:
                return
        self.counters.unmatched += not reply.has_route


cdef inline void say_rule(request_parts* request, RuledReply reply) noexcept:
    """Puts rule and fault into the record. The name lives as long as the reply."""
    request.rule = <const uint8_t*>PyBytes_AS_STRING(reply.rule)
    request.rule_length = PyBytes_GET_SIZE(reply.rule)
    request.fault = reply.fault

include "responder_rules.pxi"


cdef bytes query_of(const request_parts* request):
    return PyBytes_FromStringAndSize(<const char*>request.query, request.query_length)


cdef bytes named_in_path(const unsigned char* path, Py_ssize_t length):
    """The id of the mock server in a path /bin/{mockServerId}/…; None if the path does not begin like this."""
    if length < PREFIX_BYTES + ID_BYTES or memcmp(path, b"/bin/", PREFIX_BYTES):
        return None
    if length > PREFIX_BYTES + ID_BYTES and path[PREFIX_BYTES + ID_BYTES] != c"/":
        return None
    # In bounds: PREFIX_BYTES + ID_BYTES <= length.
    return PyBytes_FromStringAndSize(<const char*>path + PREFIX_BYTES, ID_BYTES)


cdef bint has_reserved_names(const unsigned char* query, Py_ssize_t length) noexcept:
    """Whether two underscores stand together, as at the start of parameters that choose among answers."""
    cdef const unsigned char* end = query + length
    cdef const unsigned char* at = query
    while end - at >= 2:
        at = <const unsigned char*>memchr(at, c"_", end - at - 1)
        if at == NULL:
            return False
        if at[1] == c"_":  # in bounds: memchr did not search the last byte
            return True
        at += 1
    return False


cdef inline uint32_t delay_us(uint32_t delay_ms) noexcept:
    return delay_ms * 1000 if delay_ms < 4_000_000 else 4_000_000_000


cdef inline str client_address(object client):
    if client is None:
        return ""
    return <str?>client[0]
