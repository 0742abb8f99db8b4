"""Heads of requests that are beyond doubt: a strict subset of RFC 9112, so that no reader of HTTP reads them otherwise.

    method SP /path?query SP HTTP/1.1 CRLF        a method that is known, a target in origin-form of bytes that RFC 3986
    *( name ":" OWS value OWS CRLF ) CRLF         has there; names are tokens, values without control bytes

with one Host; with no Transfer-Encoding, Expect or Upgrade; no Connection but keep-alive; and at most one
Content-Length, of plain digits, up to MOST_BODY_BYTES. A head that is LEFT is not refused: llhttp reads it again, in
the slow lane. tests/property/test_fast_lane_promises.py and tests/fuzz/heads.py compare this with llhttp and h11: they
accept every head that is TAKEN, and read it alike.
"""

from cpython.bytes cimport PyBytes_GET_SIZE
from libc.stdint cimport uint8_t, uint32_t
from libc.string cimport memcmp

from mockwave._ring cimport header_part

cdef extern from "scan_bytes.h" nogil:
    const uint8_t IN_PATH, IN_QUERY, IN_HOST
    const uint8_t[256] TOKEN_IN_LOWER_CASE
    const uint8_t* pass_bytes(const uint8_t* at, const uint8_t* end, uint8_t kind)
    uint8_t* pass_token(uint8_t* at, const uint8_t* end)
    const uint8_t* pass_value(const uint8_t* at, const uint8_t* end)

cdef enum:
    LONGEST_METHOD = 7
    MOST_LENGTH_DIGITS = 9  # of Content-Length: they fit 32 bits


cdef Scan scan_head(uint8_t* at, const uint8_t* end, request_head* head, header_part* headers) noexcept nogil:
    """Every read and write is within [at, end): each loop stops at `end`, and each look at a byte checks that first."""
    cdef const uint8_t* start = at
    cdef header_part* part
    cdef uint8_t* name
    cdef const uint8_t* value
    cdef const uint8_t* value_end
    cdef bint has_length = False
    cdef Scan outcome = scan_method(at, end, head)
    if outcome != TAKEN:
        return outcome
    head.target = at + head.method_length + 1
    head.path_end = pass_bytes(head.target, end, IN_PATH)
    head.target_end = head.path_end
    if head.path_end < end and head.path_end[0] == c"?":
        head.target_end = pass_bytes(head.path_end, end, IN_QUERY)
    if (head.target < end and head.target[0] != c"/") or head.target_end - head.target > MOST_TARGET_BYTES:
        return LEFT
    outcome = expect_bytes(head.target_end, end, b" HTTP/1.1\r\n", 11)
    if outcome != TAKEN:
        return outcome
    at = <uint8_t*>head.target_end + 11
    head.host = NULL
    head.header_count = 0
    head.body_length = 0
    while True:
        if at == end:
            return INCOMPLETE
        if at[0] == c"\r":
            break
        if head.header_count == MOST_HEADERS:
            return LEFT
        # 1. The name, up to its colon.
        name = at
        at = pass_token(at, end)
        if at == end:
            return INCOMPLETE
        if at[0] != c":" or at == name:
            return LEFT
        # 2. The value, without the spaces around it.
        value = at + 1
        value_end = pass_value(value, end)
        outcome = expect_bytes(value_end, end, b"\r\n", 2)
        if outcome != TAKEN:
            return outcome
        part = &headers[head.header_count]  # < MOST_HEADERS, as checked above
        part.name = name
        part.name_length = <uint32_t>(at - name)
        at = <uint8_t*>value_end + 2
        while value < value_end and (value[0] == c" " or value[0] == c"\t"):
            value += 1
        while value < value_end and ((value_end - 1)[0] == c" " or (value_end - 1)[0] == c"\t"):
            value_end -= 1
        part.value = value
        part.value_length = <uint32_t>(value_end - value)
        head.header_count += 1
        # 3. The meaning of the header for the message.
        if not heed(part, head, &has_length):
            return LEFT
    outcome = expect_bytes(at, end, b"\r\n", 2)
    if outcome != TAKEN:
        return outcome
    if head.host == NULL:
        return LEFT
    head.size = <uint32_t>(at + 2 - start)
    return TAKEN


cdef bint may_begin(uint8_t byte) noexcept nogil:
    return TOKEN_IN_LOWER_CASE[byte] != 0


cdef inline Scan scan_method(const uint8_t* at, const uint8_t* end, request_head* head) noexcept nogil:
    cdef uint32_t length = 0
    while at + length < end and length <= LONGEST_METHOD and at[length] != c" ":
        if not c"A" <= at[length] <= c"Z":
            return LEFT
        length += 1
    if length > LONGEST_METHOD:
        return LEFT
    if at + length == end:
        return INCOMPLETE
    head.method = at
    head.method_length = length
    return TAKEN if is_known_method(at, length) else LEFT


cdef inline bint is_known_method(const uint8_t* method, uint32_t length) noexcept nogil:
    if length == 3:
        return memcmp(method, b"GET", 3) == 0 or memcmp(method, b"PUT", 3) == 0
    if length == 4:
        return memcmp(method, b"POST", 4) == 0 or memcmp(method, b"HEAD", 4) == 0
    if length == 5:
        return memcmp(method, b"PATCH", 5) == 0
    if length == 6:
        return memcmp(method, b"DELETE", 6) == 0
    return length == 7 and memcmp(method, b"OPTIONS", 7) == 0


cdef inline Scan expect_bytes(
    const uint8_t* at, const uint8_t* end, const char* wanted, Py_ssize_t length
) noexcept nogil:
    """Whether these bytes come next; INCOMPLETE if the available ones could be their beginning."""
    if end - at >= length:
        return TAKEN if memcmp(at, wanted, length) == 0 else LEFT
    return INCOMPLETE if memcmp(at, wanted, end - at) == 0 else LEFT


cdef inline bint heed(const header_part* part, request_head* head, bint* has_length) noexcept nogil:
    """Notes what a header means for the message; False: the message is not for the fast lane. Lengths are compared
    first, so few names are."""
    cdef const uint8_t* name = part.name
    cdef uint32_t length = part.name_length
    if length == 4:
        if memcmp(name, b"host", 4) == 0:
            if head.host != NULL or part.value_length == 0:
                return False
            head.host = part.value
            head.host_length = part.value_length
            return pass_bytes(part.value, part.value + part.value_length, IN_HOST) == part.value + part.value_length
    elif length == 6:
        return memcmp(name, b"expect", 6) != 0
    elif length == 7:
        return memcmp(name, b"upgrade", 7) != 0
    elif length == 10:
        if memcmp(name, b"connection", 10) == 0:
            return is_keep_alive(part.value, part.value_length)
    elif length == 14:
        if memcmp(name, b"content-length", 14) == 0:
            if has_length[0]:
                return False
            has_length[0] = True
            return read_length(part.value, part.value_length, &head.body_length)
    elif length == 16:
        return memcmp(name, b"proxy-connection", 16) != 0
    elif length == 17:
        return memcmp(name, b"transfer-encoding", 17) != 0
    return True


cdef inline bint is_keep_alive(const uint8_t* value, uint32_t length) noexcept nogil:
    cdef const char* wanted = b"keep-alive"
    cdef uint32_t index
    if length != 10:
        return False
    for index in range(10):
        # Among the bytes of a value, only the two cases of a letter differ in this bit alone.
        if (value[index] | 0x20) != <uint8_t>wanted[index]:
            return False
    return value[4] == c"-"


cdef inline bint read_length(const uint8_t* digits, uint32_t length, uint32_t* number) noexcept nogil:
    cdef uint32_t index
    if not 1 <= length <= MOST_LENGTH_DIGITS:
        return False
    number[0] = 0
    for index in range(length):
        if not c"0" <= digits[index] <= c"9":
            return False
        number[0] = number[0] * 10 + (digits[index] - c"0")
    return number[0] <= MOST_BODY_BYTES


TARGET_LIMIT_BYTES = MOST_TARGET_BYTES
"""The longest target of a request, in either lane."""


def read_head(bytes data not None):
    """Returns how the fast lane reads these bytes, for tests: "incomplete", "left", or the request's method, target,
    headers, body length and size of the head."""
    cdef request_head head
    cdef header_part headers[MOST_HEADERS]
    cdef header_part* part
    cdef bytearray own = bytearray(data)  # names are changed to lower case in place
    cdef uint8_t* start = <uint8_t*><char*>own
    cdef Scan outcome = scan_head(start, start + PyBytes_GET_SIZE(data), &head, headers)
    if outcome != TAKEN:
        return "incomplete" if outcome == INCOMPLETE else "left"
    pairs = []
    cdef uint32_t index
    for index in range(head.header_count):
        part = &headers[index]
        pairs.append((part.name[:part.name_length], part.value[:part.value_length]))
    method = head.method[:head.method_length]
    return method, head.target[:head.target_end - head.target], pairs, head.body_length, head.size
