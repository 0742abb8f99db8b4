"""The head of a response: status line and headers are made once for all replies that begin alike; date, Content-Length
and Connection are added when it is sent.

- A response has one Date and one Server: its own, if it has them.
- 204 and 304 end with their head and state no length (RFC 9110 §8.6); every other response states its Content-Length,
  which is 0 for 205 (§15.3.6), unless its body comes in chunks (RFC 9112 §7.1).
- The answer to HEAD is that of GET without the body (RFC 9110 §9.3.2).
- The date line is renewed by a request that finds it a second old, so it needs no timer.
"""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_GET_SIZE
from libc.stdint cimport uint8_t, uint64_t
from libc.string cimport memcpy
from libc.time cimport time, time_t

from mockwave._record cimport monotonic_ns
from mockwave._responder cimport Reply

from email.utils import formatdate
from http import HTTPStatus

cdef enum:
    MOST_HEADS = 1024  # kept for later replies
    MOST_KEPT_BYTES = 4096  # of a kept head
    SECOND_NS = 1_000_000_000
    MOST_DIGITS = 20

# Persistence, by its names in Python.
STAYS_OPEN, ENDS, STAYS_OPEN_AS_ASKED = PERSISTS, CLOSES, KEEPS_ALIVE

cdef dict HEADS = {}  # (status, headers) → ReplyHead
cdef dict PHRASES = {status.value: status.phrase for status in HTTPStatus}
cdef bytes SERVER_LINE = b"server: mockwave\r\n"


cdef class ReplyHead:
    """Status line and header lines of a reply, without what write_head adds."""

    def __cinit__(self, int status, tuple headers):
        lines = [f"HTTP/1.1 {status} {PHRASES.get(status, '')}\r\n".encode()]
        names = {name for name, _ in headers}
        if b"server" not in names:
            lines.append(SERVER_LINE)
        self.closes = (b"connection", b"close") in headers
        lines += [name + b": " + value + b"\r\n" for name, value in headers if name != b"connection"]
        if status == 205:
            lines.append(b"content-length: 0\r\n")
        self.text = b"".join(lines)
        self.has_date = b"date" in names
        self.has_body = status not in (204, 205, 304)
        self.has_length = b"content-length" in names or b"transfer-encoding" in names or not self.has_body


cdef class DateLine:
    """The Date header of now, to the second."""

    def __cinit__(self):
        self.good_until_ns = 0

    cdef void renew(self, uint64_t now_ns) noexcept:
        cdef time_t now_s = time(NULL)
        cdef bytes line = f"date: {formatdate(now_s, usegmt=True)}\r\n".encode()
        if PyBytes_GET_SIZE(line) == DATE_LINE_BYTES:  # until the year 9999
            memcpy(self.text, PyBytes_AS_STRING(line), DATE_LINE_BYTES)
        # The clocks' seconds do not begin together: a date may be up to a tenth of a second late.
        self.good_until_ns = now_ns + SECOND_NS // 10


cdef ReplyHead head_of(Reply reply):
    cdef object prepared = reply.prepared
    if type(prepared) is ReplyHead:
        return <ReplyHead>prepared
    question = reply.status, reply.headers
    cdef ReplyHead head = HEADS.get(question)
    if head is None:
        if len(HEADS) >= MOST_HEADS:
            HEADS.clear()
        head = ReplyHead(reply.status, reply.headers)
        if PyBytes_GET_SIZE(head.text) <= MOST_KEPT_BYTES:
            HEADS[question] = head
    reply.prepared = head
    return head


cdef uint8_t* write_head(
    ReplyHead head, Py_ssize_t body_length, Persistence persistence, DateLine date, uint64_t now_ns, uint8_t* out
) noexcept:
    # In bounds: the text, and 37 + 38 + 24 + 2 < LONGEST_LINES bytes after it.
    out = put(out, PyBytes_AS_STRING(head.text), PyBytes_GET_SIZE(head.text))
    if not head.has_date:
        if now_ns >= date.good_until_ns:
            date.renew(now_ns)
        out = put(out, <const char*>date.text, DATE_LINE_BYTES)
    if not head.has_length:
        out = put(out, b"content-length: ", 16)
        out = put_number(out, body_length)
        out = put(out, b"\r\n", 2)
    if persistence == CLOSES:
        out = put(out, b"connection: close\r\n", 19)
    elif persistence == KEEPS_ALIVE:
        out = put(out, b"connection: keep-alive\r\n", 24)
    return put(out, b"\r\n", 2)


cdef inline uint8_t* put(uint8_t* out, const char* text, Py_ssize_t length) noexcept:
    memcpy(out, text, length)
    return out + length


cdef inline uint8_t* put_number(uint8_t* out, uint64_t number) noexcept:
    cdef uint8_t digits[MOST_DIGITS]
    cdef int place = MOST_DIGITS
    while True:
        place -= 1  # >= 0: 64 bits have 20 digits
        digits[place] = <uint8_t>(c"0" + number % 10)
        number //= 10
        if number == 0:
            return put(out, <const char*>digits + place, MOST_DIGITS - place)


def encode_head(Reply reply not None, Persistence persistence, DateLine date not None) -> bytes:
    """Returns the head of this reply as it is sent, for callers without a buffer."""
    cdef ReplyHead head = head_of(reply)
    cdef bytearray buffer = bytearray(PyBytes_GET_SIZE(head.text) + LONGEST_LINES)
    cdef uint8_t* start = <uint8_t*><char*>buffer
    cdef uint8_t* end = write_head(head, PyBytes_GET_SIZE(reply.body), persistence, date, monotonic_ns(), start)
    return start[:end - start]
