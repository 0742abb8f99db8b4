"""The plain-hit responder: a request that can only be answered one way is matched, put on record and answered here.

Bytes in, a Reply out, synchronously; no HTTP server is known here. A hit is plain when the worker's Snapshots are up
to date, the server runs and is loaded, the path and method lead to a Reply, if it is a Choice one of which the request
wants none other, and it brings no body that is unread or may have to be checked, and no Origin but the one that asked
for this Reply before. For everything else `respond` gives None, having done nothing, and the mock plane answers the
long way.
"""

cimport cython
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_GET_SIZE
from cpython.unicode cimport PyUnicode_AsUTF8AndSize
from libc.stdint cimport uint8_t, uint32_t, uint64_t
from libc.string cimport memcmp, memcpy, memset

from mockwave._control cimport SLOTS, ControlBlock
from mockwave._matcher cimport FOUND, Matcher, MatchSpans, Outcome
from mockwave._prefetch cimport fetch_ahead
from mockwave._record cimport load_acquire_64, monotonic_ns, store_release_64
from mockwave._ring cimport HAS_BODY, HAS_ORIGIN, HAS_WISHES, Ring

from mockwave._matcher import Match, NotMatched

cdef extern from "Python.h":
    object PyBytes_FromStringAndSize(const char*, Py_ssize_t)

cdef enum:
    PREFIX_BYTES = 5  # of "/bin/"
    ID_BYTES = 37  # of "mock_" and 32 hexadecimal digits

cdef bytes EMPTY_PATH = b"/"


@cython.no_gc  # a server has a hundred thousand of these, and what they hold does not lead back to them
cdef class Reply:
    """A response ready to send. Immutable but for `prepared`, where the engine that sends it keeps its own form, and
    `crossing`: an Origin, and the Reply that it gets instead of this one, which has none.

    `headers` are (name, value) pairs of bytes, names in lower case, Content-Type among them and Content-Length not.
    `route_id` is 16 bytes, or empty where no route matched; `flags` say what mocked it (FLAG_MOCKED_BY_… of record.h).
    """

    def __init__(
        self, unsigned int status, tuple headers, bytes body, *, uint32_t delay_ms=0, bytes route_id=b"",
        unsigned int flags=0,
    ):
        if len(route_id) not in (0, 16):
            raise ValueError(f"route id: expected 16 bytes or none, got {len(route_id)}")
        self.status = check_status(status)
        self.headers = headers
        self.body = body
        self.delay_ms = delay_ms
        self.flags = flags
        self.has_route = len(route_id) == 16
        if self.has_route:
            memcpy(self.route_id_bytes, PyBytes_AS_STRING(route_id), 16)
        else:
            memset(self.route_id_bytes, 0, 16)

    @property
    def route_id(self) -> bytes:
        return PyBytes_FromStringAndSize(<char*>self.route_id_bytes, 16) if self.has_route else b""

    def replacing(self, *, status=None, tuple headers=None, bytes body=None) -> Reply:
        """A Reply like this one, but for what is given."""
        cdef Reply made = Reply.__new__(Reply)
        copy_reply(made, self)
        if status is not None:
            made.status = check_status(status)
        if headers is not None:
            made.headers = headers
        if body is not None:
            made.body = body
        return made


cdef inline void copy_reply(Reply made, Reply source) noexcept:
    """Makes `made` say what `source` says. `prepared` and `crossing` are not copied: they were made of `source`."""
    made.status = source.status
    made.headers = source.headers
    made.body = source.body
    made.delay_ms = source.delay_ms
    made.flags = source.flags
    made.has_route = source.has_route
    memcpy(made.route_id_bytes, source.route_id_bytes, 16)


cdef inline unsigned int check_status(unsigned int status) except 0:
    # A status outside these aborts granian's process; validation refuses it long before.
    if not 200 <= status <= 999:
        raise ValueError(f"status: expected 200 to 999, got {status}")
    return status


@cython.final
@cython.no_gc  # as Replies: what `options` holds may lead to `default`, but not back here
cdef class Choice(Reply):
    """The Reply of a route that has others: sent unless the request asks for one of those. `options` finds that one,
    and may name `parts` that it shares with other routes; its owner may exchange it for another form of the same.

    It is a Reply, instead of having one, because a server of many routes has neither in the processor's caches: each
    object on the way to an answer costs a plain hit an access to memory.
    """

    def __init__(self, Reply default not None, options, parts=()):
        copy_reply(self, default)
        self.options = options
        self.parts = parts

    @property
    def default(self) -> Reply:
        """The same Reply without the others, made anew."""
        return self.replacing()


cdef class Snapshot:
    """What one MockServer answers with, at one revision. Immutable; a change makes another one.

    `matcher` leads from method and path to a Reply, or to what the mock plane makes one of; `server` is the record it
    was built from. A path that does not lead to one is looked up once more, among the routes that are `prefixed` with
    base paths of their own, and then without the document's base path, if it begins with one, among those `at_root`: of
    two routes that a path could mean, the one that it spells out answers. Where no route has base paths of its own,
    `prefixed` is None, and all are at the root. `header_keys` and
    `query_keys` are the names of API keys that the document declares, whose values no log shows.
    """

    def __cinit__(
        self, Matcher matcher not None, server, revision, Matcher at_root=None, Matcher prefixed=None
    ):
        self.matcher = matcher
        self.at_root = matcher if at_root is None else at_root
        self.prefixed = prefixed
        self.server = server
        self.revision = revision
        self.is_running = server.status == "running"
        self.logs_requests = server.log_requests
        self.captures_bodies = server.capture_bodies
        self.answers_cors = server.cors
        self.validates_requests = server.validate_requests
        self.base_paths = tuple([base_path.encode() for base_path in server.base_paths])
        self.header_keys = tuple([name.lower().encode() for name in server.header_keys])
        self.query_keys = frozenset([name.encode() for name in server.query_keys])
        self.declares_keys = bool(self.header_keys or self.query_keys)
        server_id = bytes.fromhex(server.id.removeprefix("mock_"))
        if len(server_id) != 16:
            raise ValueError(f"mock server id: expected mock_ and 32 hexadecimal digits, got {server.id!r}")
        memcpy(self.server_id_bytes, PyBytes_AS_STRING(server_id), 16)

    def match(self, str method not None, bytes path not None) -> Match | NotMatched:
        """The Match of a path below the mock's base, or the NotMatched that says why there is none."""
        found = self.matcher.match(method, path)
        if isinstance(found, Match):
            return found
        if self.prefixed is not None:
            below = self.prefixed.match(method, path)
            if isinstance(below, Match):
                return below
            if not found.allow:
                found = below
        for base_path in self.base_paths:
            if path.startswith(base_path) and path[len(base_path):len(base_path) + 1] in (b"", b"/"):
                below = self.at_root.match(method, path[len(base_path):] or EMPTY_PATH)
                if isinstance(below, Match):
                    return below
                if not found.allow:
                    found = below
        return found

    cdef Outcome find(
        self, const unsigned char* path, Py_ssize_t length, const char* method, Py_ssize_t method_length,
        MatchSpans* spans,
    ):
        """As `match`, for what the plain-hit responder needs: whether a route is found, and its value."""
        cdef Outcome outcome = self.matcher.find(path, length, method, method_length, spans)
        cdef bytes base_path
        cdef Py_ssize_t base_length
        if outcome == FOUND:
            return outcome
        if self.prefixed is not None:
            outcome = self.prefixed.find(path, length, method, method_length, spans)
            if outcome == FOUND:
                return outcome
        for base_path in self.base_paths:
            base_length = PyBytes_GET_SIZE(base_path)
            if length < base_length or memcmp(path, PyBytes_AS_STRING(base_path), base_length):
                continue
            if length == base_length:
                outcome = self.at_root.find(
                    <const unsigned char*>PyBytes_AS_STRING(EMPTY_PATH), 1, method, method_length, spans
                )
            elif path[base_length] == c"/":
                outcome = self.at_root.find(
                    path + base_length, length - base_length, method, method_length, spans
                )
            else:
                continue
            if outcome == FOUND:
                return FOUND
        return outcome


cdef class Responder:
    """Answers plain hits of one worker, from `snapshots`: mock server id (bytes) → Snapshot.

    `generation` is the one the snapshots were read at; its keeper sets it after a refresh.
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
        """The mock requests that this worker has answered; those of the slot's owners before it among them."""
        return self.counters.requests

    def count_in(self, unsigned int slot) -> None:
        """Goes on with the counters of another slot."""
        if slot >= SLOTS:
            raise IndexError(slot)
        self.counters = &self.control.slots[slot]
        store_release_64(&self.counters.seen_generation, self.generation)

    def set_generation(self, uint64_t generation) -> None:
        self.generation = generation
        store_release_64(&self.counters.seen_generation, generation)

    def respond(self, str method not None, bytes path not None, bytes query not None, headers, client) -> Reply | None:
        """The Reply to a request below /bin, appended to the ring; None: not a plain hit, and nothing was done.

        `path` is as sent, without the query; `headers` a list of (name, value) bytes pairs, names in lower case;
        `client` (address, port) or None. A delay is still to be waited for.
        """
        cdef Py_ssize_t length = PyBytes_GET_SIZE(path)
        cdef const char* text = PyBytes_AS_STRING(path)
        if length < PREFIX_BYTES + ID_BYTES or memcmp(text, b"/bin/", PREFIX_BYTES):
            return None
        if length > PREFIX_BYTES + ID_BYTES and text[PREFIX_BYTES + ID_BYTES] != c"/":
            return None
        # In bounds: PREFIX_BYTES + ID_BYTES <= length.
        cdef bytes mock_server_id = PyBytes_FromStringAndSize(text + PREFIX_BYTES, ID_BYTES)
        return self._respond(
            mock_server_id, PREFIX_BYTES + ID_BYTES, method, path, query, headers, client, None, 0, False
        )

    def respond_below(
        self, bytes mock_server_id not None, Py_ssize_t start, str method not None, bytes path not None,
        bytes query not None, headers, client, bytes body=None, uint64_t started_ns=0, bint body_was_read=False,
    ) -> Reply | None:
        """As `respond`, for the server named, where the mock's path starts at `start` of `path`.

        With `body_was_read` a request's body does not keep it from being a plain hit; `body` is kept where the
        server captures bodies. `started_ns` is when the request came, 0: now.
        """
        if start < 0 or start > PyBytes_GET_SIZE(path):
            raise IndexError(start)
        return self._respond(
            mock_server_id, start, method, path, query, headers, client, body, started_ns, body_was_read
        )

    cdef Reply _respond(
        self, bytes mock_server_id, Py_ssize_t start, str method, bytes path, bytes query, object headers,
        object client, bytes body, uint64_t started_ns, bint body_was_read,
    ):
        cdef int found
        cdef Snapshot snapshot
        cdef Reply reply
        cdef MatchSpans spans
        cdef const unsigned char* below = <const unsigned char*>PyBytes_AS_STRING(path) + start
        cdef Py_ssize_t below_length = PyBytes_GET_SIZE(path) - start  # >= 0: the callers have checked start
        cdef Py_ssize_t method_length
        cdef const char* method_text
        if load_acquire_64(&self.control.header.generation) != self.generation:
            return None
        snapshot = <Snapshot>self.snapshots.get(mock_server_id)
        if snapshot is None or not snapshot.is_running:
            return None
        if below_length == 0:
            below = <const unsigned char*>PyBytes_AS_STRING(EMPTY_PATH)
            below_length = 1
        method_text = PyUnicode_AsUTF8AndSize(method, &method_length)
        if method_length == 4 and memcmp(method_text, b"HEAD", 4) == 0:
            return None
        if snapshot.find(below, below_length, method_text, method_length, &spans) != FOUND:
            return None
        # One of ten thousand Replies is in no cache; both lines of it come from memory while the headers are looked at.
        fetch_ahead(spans.value)
        fetch_ahead(<char*>spans.value + 64)
        found = self.ring.collect(headers)
        if found & HAS_BODY and (snapshot.validates_requests or not body_was_read):
            return None
        if started_ns == 0:
            started_ns = monotonic_ns()
        if type(<object>spans.value) is Choice:
            if found & HAS_WISHES or (PyBytes_GET_SIZE(query) and b"__" in query):
                return None
        elif type(<object>spans.value) is not Reply:
            return None
        reply = <Reply>spans.value
        if found & HAS_ORIGIN and snapshot.answers_cors:
            # What origin points to lives until the next collect: the ring holds the headers.
            if reply.crossing is None or reply.crossing[0] != <object>self.ring.request_headers.origin:
                return None
            reply = <Reply?>reply.crossing[1]
        fetch_ahead(<void*>reply.body)  # which the caller needs next
        if snapshot.declares_keys:
            query = self.ring.redact(snapshot.header_keys, snapshot.query_keys, query)
        self.counters.requests += 1
        if snapshot.logs_requests and not self.ring.append(
            snapshot.server_id_bytes,
            reply.route_id_bytes if reply.has_route else NULL,
            reply.status,
            reply.flags,
            started_ns,
            method,
            below,
            below_length,
            query,
            client_address(client),
            body if snapshot.captures_bodies else None,
            delay_us(reply.delay_ms),
        ):
            self.counters.requests -= 1
            return None
        return reply

    def record(
        self, Snapshot snapshot not None, Reply reply not None, uint64_t started_ns, str method not None,
        bytes path_below not None, bytes query not None, headers, client, bytes body=None,
    ) -> bool:
        """Puts a request that was answered the long way on record; False: the ring is full and nothing was done."""
        self.ring.collect(headers)
        if snapshot.declares_keys:
            query = self.ring.redact(snapshot.header_keys, snapshot.query_keys, query)
        if snapshot.logs_requests and not self.ring.append(
            snapshot.server_id_bytes,
            reply.route_id_bytes if reply.has_route else NULL,
            reply.status,
            reply.flags,
            started_ns,
            method,
            <const uint8_t*>PyBytes_AS_STRING(path_below),
            PyBytes_GET_SIZE(path_below),
            query,
            client_address(client),
            body if snapshot.captures_bodies else None,
            delay_us(reply.delay_ms),
        ):
            return False
        self._count(reply)
        return True

    def leave_out(self, Reply reply not None) -> None:
        """Counts a request that was answered and is left out of the log, since its ring is full."""
        self.ring.count_dropped()
        self._count(reply)

    cdef int _count(self, Reply reply) except -1:
        self.counters.requests += 1
        if not reply.has_route:
            self.counters.unmatched += 1
        return 0


cdef inline uint32_t delay_us(uint32_t delay_ms) noexcept:
    return delay_ms * 1000 if delay_ms < 4_000_000 else 4_000_000_000


cdef inline str client_address(object client):
    if client is None:
        return ""
    return <str?>client[0]
