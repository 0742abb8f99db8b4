# The headers of a request on their way into a ring: checked, secrets exchanged, measured, and looked at for what the
# responder has to know. Once a request, so one pass does all of it and nothing is copied.

cdef extern from "Python.h":
    bint PyList_CheckExact(object)
    bint PyTuple_CheckExact(object)
    Py_ssize_t PyList_GET_SIZE(object)
    Py_ssize_t PyTuple_GET_SIZE(object)
    PyObject* PyList_GET_ITEM(object, Py_ssize_t)
    PyObject* PyTuple_GET_ITEM(object, Py_ssize_t)

cdef const uint8_t* REDACTED = <const uint8_t*>b"[redacted]"


cdef inline int look_at(header_part* part, bint redacts_secrets) noexcept nogil:
    """What the header tells (HAS_…); a secret's value is exchanged. Lengths first: few comparisons."""
    cdef const uint8_t* name = part.name
    cdef uint32_t length = part.name_length
    cdef bint secret = False, takes_all
    if length == 6:
        if memcmp(name, b"origin", 6) == 0:
            return HAS_ORIGIN
        if memcmp(name, b"prefer", 6) == 0:
            return HAS_WISHES
        if memcmp(name, b"accept", 6) == 0:
            takes_all = part.value_length == 3 and memcmp(part.value, b"*/*", 3) == 0
            return 0 if takes_all else HAS_WISHES
        secret = memcmp(name, b"cookie", 6) == 0
    elif length == 9:
        secret = memcmp(name, b"x-api-key", 9) == 0
    elif length == 12:
        secret = memcmp(name, b"x-session-id", 12) == 0
    elif length == 13:
        secret = memcmp(name, b"authorization", 13) == 0
    elif length == 14:
        if memcmp(name, b"content-length", 14) == 0 and not (part.value_length == 1 and part.value[0] == c"0"):
            return HAS_BODY
    elif length == 17:
        if memcmp(name, b"transfer-encoding", 17) == 0:
            return HAS_BODY
    elif length == 19:
        secret = memcmp(name, b"proxy-authorization", 19) == 0
    if secret and redacts_secrets:
        part.value = REDACTED
        part.value_length = 10
    return 0


cdef inline int collect_headers(collected_headers* headers, list pairs, bint redacts_secrets) except -1:
    """Fills `headers` with borrowed pointers into `pairs`; returns HAS_… bits.

    Headers beyond MAX_HEADER_COUNT or MAX_PART_BYTES are left out, and the entry will say so. Raises TypeError where
    `pairs` are not (name, value) pairs of bytes.
    """
    cdef Py_ssize_t count = PyList_GET_SIZE(pairs), index
    cdef PyObject* pair
    cdef PyObject* name
    cdef PyObject* value
    cdef header_part* part
    headers.count = 0
    for index in range(count):
        pair = PyList_GET_ITEM(pairs, index)
        if PyTuple_CheckExact(<object>pair) and PyTuple_GET_SIZE(<object>pair) == 2:
            name = PyTuple_GET_ITEM(<object>pair, 0)
            value = PyTuple_GET_ITEM(<object>pair, 1)
        elif PyList_CheckExact(<object>pair) and PyList_GET_SIZE(<object>pair) == 2:
            name = PyList_GET_ITEM(<object>pair, 0)
            value = PyList_GET_ITEM(<object>pair, 1)
        else:
            raise TypeError("headers: expected (name, value) pairs")
        if not PyBytes_Check(<object>name) or not PyBytes_Check(<object>value):
            raise TypeError("headers: expected names and values as bytes")
        if headers.count == MAX_HEADER_COUNT:
            break
        part = &headers.parts[headers.count]  # < MAX_HEADER_COUNT, as just asked
        part.name = <const uint8_t*>PyBytes_AS_STRING(<object>name)
        part.name_length = <uint32_t>PyBytes_GET_SIZE(<object>name)
        part.value = <const uint8_t*>PyBytes_AS_STRING(<object>value)
        part.value_length = <uint32_t>PyBytes_GET_SIZE(<object>value)
        headers.count += 1
    cdef bint left_out = headers.count < count
    cdef int found = measure_headers(headers, redacts_secrets)
    if left_out:
        headers.flags = FLAG_TRUNCATED
    return found


cdef inline int measure_headers(collected_headers* headers, bint redacts_secrets) noexcept nogil:
    """Looks at the `count` parts that are filled in, exchanges secrets and counts bytes; returns HAS_… bits."""
    cdef header_part* part
    cdef uint64_t total = 0
    cdef uint32_t index
    cdef int found = 0, told
    headers.flags = 0
    headers.size_bytes = 0
    for index in range(headers.count):
        part = &headers.parts[index]
        told = look_at(part, redacts_secrets)
        if told == HAS_ORIGIN and not found & HAS_ORIGIN:
            headers.origin = part.value
            headers.origin_length = part.value_length
        found |= told
        total += part.name_length + part.value_length
        total += varint_size(part.name_length) + varint_size(part.value_length)
        if total > MAX_PART_BYTES:
            headers.flags = FLAG_TRUNCATED
            headers.count = index
            break
        headers.size_bytes = <uint32_t>total
    return found
