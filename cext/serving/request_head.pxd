# The head of a request, as the fast lane reads it in place.

from libc.stdint cimport int64_t, uint8_t, uint32_t

from mockwave._ring cimport header_part

cdef enum Scan:
    TAKEN = 0       # a whole head, beyond doubt: `request_head` is filled
    INCOMPLETE = 1  # no doubt so far, but its end is not there yet
    LEFT = 2        # for llhttp to judge

cdef enum:
    MOST_HEADERS = 200  # of a request; MAX_HEADER_COUNT of the ring is more
    MOST_TARGET_BYTES = 65535
    MOST_BODY_BYTES = 65536  # of a request whose body comes with its head

cdef struct request_head:
    const uint8_t* method
    const uint8_t* target  # path and query, as sent
    const uint8_t* path_end  # the question mark, or the end of the target
    const uint8_t* target_end
    const uint8_t* host
    uint32_t method_length
    uint32_t host_length
    uint32_t header_count
    uint32_t body_length  # from Content-Length; at most MOST_BODY_BYTES
    uint32_t size  # of the head, with its empty line

# Whether a request may begin with this byte: methods are tokens.
cdef bint may_begin(uint8_t byte) noexcept nogil

# Reads [at, end); `headers` has room for MOST_HEADERS; names are changed to lower case in place.
cdef Scan scan_head(uint8_t* at, const uint8_t* end, request_head* head, header_part* headers) noexcept nogil
