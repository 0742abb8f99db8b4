from cpython.object cimport PyObject
from libc.stdint cimport uint8_t, uint32_t, uint64_t

from mockwave._control cimport ControlBlock, worker_counters
from mockwave._matcher cimport Matcher, MatchSpans, Outcome
from mockwave._ring cimport Ring, request_parts
from mockwave._rule_tests cimport RuleTests

cdef enum:
    PREFIX_BYTES = 5  # of "/bin/"
    ID_BYTES = 37  # of "mock_" and 32 hexadecimal digits
    NEAR_BYTES = 47  # of quick tests, as two rules on a header take

cdef class Reply:
    cdef readonly tuple headers
    cdef readonly bytes body
    cdef public object prepared
    cdef public tuple crossing
    cdef uint8_t route_id_bytes[16]
    cdef readonly unsigned int status
    cdef readonly uint32_t delay_ms
    cdef readonly unsigned int flags
    cdef bint has_route

    cdef Reply twin(self)

cdef enum:
    IS_PACED = 256  # of Reply.flags, beyond those of a record: the engine looks at its fault and its pacing

cdef class RuledReply(Reply):
    cdef readonly bytes rule
    cdef readonly uint8_t fault
    cdef readonly object pacing

cdef class RuledAnswer(Reply):
    # First what a request reads whose rules do not hold: `near` begins in the second cache line.
    cdef bint is_itself  # the Reply without rules; else `other` is what answers then
    cdef readonly bint has_tests
    cdef uint8_t near_bytes  # of short tests; 0: there are none, or they are in `tests`
    cdef uint8_t near[NEAR_BYTES]
    cdef RuleTests tests
    cdef object other
    cdef readonly object rules
    cdef dict replies

cdef class Choice(Reply):
    cdef public object options
    cdef readonly object parts
    cdef readonly dict kept

cdef class Snapshot:
    cdef readonly Matcher matcher
    cdef readonly Matcher at_root
    cdef readonly Matcher prefixed
    cdef readonly object server
    cdef readonly object rules  # of the server; None: it has none
    cdef readonly bint has_ruled_routes
    cdef readonly bytes server_id
    cdef readonly object revision
    cdef readonly bint is_running
    cdef readonly bint logs_requests
    cdef readonly bint captures_bodies
    cdef readonly bint answers_cors
    cdef readonly bint validates_requests
    cdef bint declares_keys
    cdef readonly tuple base_paths
    cdef readonly tuple header_keys
    cdef readonly frozenset query_keys
    cdef dict misses
    cdef uint8_t server_id_bytes[16]
    cdef Reply find_miss(self, const request_parts* request)
    cdef Outcome find(
        self, const unsigned char* path, Py_ssize_t length, const char* method, Py_ssize_t method_length,
        MatchSpans* spans,
    )

cdef class Responder:
    cdef ControlBlock control
    cdef Ring ring
    cdef worker_counters* counters
    cdef readonly dict snapshots
    cdef readonly uint64_t generation
    cdef public object rule_on
    cdef Snapshot last  # found by find_named, at last_generation, for the path that begins with last_prefix
    cdef uint64_t last_generation
    cdef uint8_t last_prefix[PREFIX_BYTES + ID_BYTES]
    cpdef Reply respond(self, str method, bytes path, bytes query, headers, client)
    cdef Reply _respond(
        self, Snapshot snapshot, Py_ssize_t start, str method, bytes path, bytes query, object headers,
        object client, bytes body, uint64_t started_ns, bint body_was_read,
    )
    cdef void _count(self, Reply reply) noexcept
    cdef Snapshot find_serving(self, bytes mock_server_id)
    cdef Snapshot find_named(self, const unsigned char* path, Py_ssize_t length)
    cdef Reply answer(self, Snapshot snapshot, request_parts* request, object headers, bint body_was_read)
    cdef Reply put_on_record(self, Snapshot snapshot, Reply reply, request_parts* request)
    cdef Reply choose(self, PyObject* value, int found, const request_parts* request)
    cdef bytes wishes_of(self, const request_parts* asking)
    cdef bint is_origin(self, bytes known)

cdef bytes named_in_path(const unsigned char* path, Py_ssize_t length)
