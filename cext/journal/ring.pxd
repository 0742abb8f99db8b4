from libc.stdint cimport uint8_t, uint32_t, uint64_t

cdef struct ring_header:
    char magic[8]
    uint64_t capacity_bytes
    uint8_t ring_id[16]
    char boot_id[40]
    char _line_1[56]
    uint64_t head
    char _line_2[56]
    uint64_t tail
    char _line_3[56]
    uint32_t appending
    uint32_t _padding
    uint64_t appended
    uint64_t dropped
    uint64_t truncated

cdef enum:
    MAX_HEADER_COUNT = 256

    # The findings of Ring.collect among the headers of a request.
    HAS_ORIGIN = 1
    HAS_BODY = 2
    HAS_WISHES = 4  # Prefer, or an Accept that does not take everything
    HAS_PAGE_HOST = 8  # a Host that is the page's own, which serves no mocks

# A header as it is stored. The pointers are borrowed: from the request's bytes objects, or from a read buffer.
cdef struct header_part:
    const uint8_t* name
    const uint8_t* value
    uint32_t name_length
    uint32_t value_length

# The result of collecting a request's headers, in ring_headers.pxi.
cdef struct collected_headers:
    header_part parts[MAX_HEADER_COUNT]
    const uint8_t* origin  # the value of the first Origin among them, borrowed too; set where HAS_ORIGIN was found
    uint32_t origin_length
    uint32_t count
    uint32_t size_bytes  # as they are stored, lengths included
    unsigned int flags  # FLAG_TRUNCATED where some were cut or left out

# The properties of a ring when it was mapped; the first bytes of its header.
cdef struct ring_identity:
    char magic[8]
    uint64_t capacity_bytes
    uint8_t ring_id[16]
    char boot_id[40]

# The stored parts of a request besides its headers. The pointers are borrowed for one call.
cdef struct request_parts:
    const uint8_t* method
    const uint8_t* client
    const uint8_t* path
    const uint8_t* query
    const uint8_t* body  # NULL: not captured
    const uint8_t* rule  # what answered, beside or in place of a route; NULL: nothing did
    Py_ssize_t method_length
    Py_ssize_t client_length
    Py_ssize_t path_length
    Py_ssize_t query_length
    Py_ssize_t body_length
    Py_ssize_t rule_length
    uint8_t fault  # 0: none
    uint64_t started_ns  # CLOCK_MONOTONIC at arrival

cdef class MappedRing:
    cdef ring_identity identity
    cdef uint64_t capacity
    cdef uint64_t next_head  # after the last record that this object has appended
    cdef bint is_mine  # claimed: this object alone appends
    cdef int descriptor
    cdef readonly uint64_t inode
    cdef ring_header* header
    cdef uint8_t* data
    cdef uint64_t mapped_bytes
    cdef uint64_t seed
    cdef readonly str path
    cdef readonly bint redacts_secrets
    cdef readonly uint32_t max_body_bytes

    cdef _identify(self, bytes page, size)

cdef class Ring(MappedRing):
    cdef collected_headers request_headers  # of the request being appended, between collect and append
    cdef list pairs  # what they borrow from

    cdef int collect(self, object headers) except -1
    cdef int measure_collected(self) noexcept
    cdef bint has_room_for_any(self) noexcept
    cdef bytes redact(self, tuple header_names, frozenset query_names, bytes query)
    cdef bint append(
        self,
        const uint8_t* server_id,
        const uint8_t* route_id,
        unsigned int status,
        unsigned int flags,
        const request_parts* request,
        uint32_t extra_us,
    ) noexcept

# The parts of a request that came as Python objects, which the caller keeps until they are used.
cdef int fill_parts(
    request_parts* parts, str method, bytes query, str client, bytes body, uint64_t started_ns
) except -1
