# The head of a response, as our own engine writes it.

from libc.stdint cimport uint8_t, uint64_t

from mockwave._responder cimport Reply

cdef enum:
    DATE_LINE_BYTES = 37  # "date: Thu, 26 Nov 2026 01:20:26 GMT" and CRLF
    LONGEST_LINES = 128  # added by write_head to the text: date, content-length, connection, the empty line

# How the connection goes on after the response (RFC 9112 §9.3).
cdef enum Persistence:
    PERSISTS = 0       # HTTP/1.1: no Connection header
    CLOSES = 1         # "connection: close"
    KEEPS_ALIVE = 2    # HTTP/1.0: "connection: keep-alive"

cdef class ReplyHead:
    cdef bytes text
    cdef bint has_date
    cdef bint has_length
    cdef bint has_body
    cdef bint closes  # whether the connection closes after this reply

cdef class DateLine:
    cdef uint8_t text[DATE_LINE_BYTES + 1]
    cdef uint64_t good_until_ns
    cdef void renew(self, uint64_t now_ns) noexcept

# Returns the same object for replies that begin alike, kept in `reply.prepared`.
cdef ReplyHead head_of(Reply reply)

# Writes the head to `out`, which has room for the text and LONGEST_LINES; returns the place after it.
cdef uint8_t* write_head(
    ReplyHead head, Py_ssize_t body_length, Persistence persistence, DateLine date, uint64_t now_ns, uint8_t* out
) noexcept
