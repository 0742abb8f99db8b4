# The headers of a request on their way into a ring: checked, measured, secrets replaced, and searched for what the
# responder has to know. One pass per request does all of it, and nothing is copied.

cdef extern from "Python.h":
    bint PyList_CheckExact(object)
    bint PyTuple_CheckExact(object)
    Py_ssize_t PyList_GET_SIZE(object)
    Py_ssize_t PyTuple_GET_SIZE(object)
    PyObject* PyList_GET_ITEM(object, Py_ssize_t)
    PyObject* PyTuple_GET_ITEM(object, Py_ssize_t)

cdef const uint8_t* REDACTED = <const uint8_t*>b"[redacted]"


cdef inline bint is_page_host(const uint8_t* value) noexcept nogil:
    """Whether these 18 bytes are `mockwave.localhost`, in letters of either case (management/page_host.py)."""
    cdef const char* wanted = b"mockwave.localhost"
    cdef int index
    for index in range(18):
        if (value[index] | 0x20) != wanted[index] and value[index] != wanted[index]:
            return False
    return True


cdef inline int look_at(header_part* part, bint redacts_secrets) noexcept nogil:
    """Returns what the header tells (HAS_…); replaces a secret's value. Lengths first: few comparisons."""
    cdef const uint8_t* name = part.name
    cdef uint32_t length = part.name_length
    cdef bint secret = False, is_foreign = False, takes_all
    if length == 4:
        if part.value_length >= 18 and memcmp(name, b"host", 4) == 0 and is_page_host(part.value):
            return HAS_PAGE_HOST
    elif length == 6:
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
        # The login secret of the Insomnia app, which is nothing of a mock's: no option shows it.
        is_foreign = memcmp(name, b"x-session-id", 12) == 0
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
    if is_foreign or (secret and redacts_secrets):
        part.value = REDACTED
        part.value_length = 10
    return 0


cdef inline int collect_headers(collected_headers* headers, list pairs, bint redacts_secrets) except -1:
    """Fills `headers` with borrowed pointers into `pairs`; returns HAS_… bits.

    A value that does not fit into MAX_PART_BYTES is cut, so that later values are kept. Headers beyond
    MAX_HEADER_COUNT, or without room even for that, are left out. The entry will say so. All are looked at. Raises
    TypeError unless `pairs` are (name, value) pairs of bytes.
    """
    cdef Py_ssize_t count = PyList_GET_SIZE(pairs), index
    cdef PyObject* pair
    cdef PyObject* name
    cdef PyObject* value
    cdef header_part* part
    cdef header_part unrecorded  # what is looked at and not kept
    cdef header_part origin = [NULL, NULL, 0, 0]  # of those that are not kept
    cdef int found, told, found_further = 0
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
        # In bounds: count < MAX_HEADER_COUNT, as just asked.
        part = &headers.parts[headers.count] if headers.count < MAX_HEADER_COUNT else &unrecorded
        part.name = <const uint8_t*>PyBytes_AS_STRING(<object>name)
        part.name_length = <uint32_t>PyBytes_GET_SIZE(<object>name)
        part.value = <const uint8_t*>PyBytes_AS_STRING(<object>value)
        part.value_length = <uint32_t>PyBytes_GET_SIZE(<object>value)
        if part != &unrecorded:
            headers.count += 1
            continue
        told = look_at(part, redacts_secrets)
        if told == HAS_ORIGIN and not found_further & HAS_ORIGIN:
            origin = unrecorded
        found_further |= told
    cdef bint left_out = headers.count < count
    found = measure_headers(headers, redacts_secrets)
    if left_out:
        headers.flags = FLAG_TRUNCATED
        if found_further & HAS_ORIGIN and not found & HAS_ORIGIN:
            headers.origin = origin.value
            headers.origin_length = origin.value_length
    return found | found_further


cdef inline int measure_headers(collected_headers* headers, bint redacts_secrets) noexcept nogil:
    """Looks at the `count` parts that are filled in, exchanges secrets and counts bytes; returns HAS_… bits.

    Parts that do not fit are cut, or left out and the others moved up, as `collect_headers` says.
    """
    cdef header_part* part
    cdef uint64_t total = 0, size
    cdef uint32_t index, kept = 0
    cdef int found = 0, told
    headers.flags = 0
    for index in range(headers.count):
        part = &headers.parts[index]
        told = look_at(part, redacts_secrets)
        if told == HAS_ORIGIN and not found & HAS_ORIGIN:
            headers.origin = part.value
            headers.origin_length = part.value_length
        found |= told
        size = stored_size(part)
        if total + size > MAX_PART_BYTES:
            headers.flags = FLAG_TRUNCATED
            if part.value_length > MAX_CUT_VALUE_BYTES:
                part.value_length = MAX_CUT_VALUE_BYTES
                size = stored_size(part)
            if total + size > MAX_PART_BYTES:
                continue
        total += size
        if kept < index:
            headers.parts[kept] = part[0]
        kept += 1
    headers.count = kept
    headers.size_bytes = <uint32_t>total
    return found


cdef inline uint64_t stored_size(header_part* part) noexcept nogil:
    return (
        <uint64_t>part.name_length + part.value_length
        + varint_size(part.name_length) + varint_size(part.value_length)
    )


cdef void redact_headers(collected_headers* headers, tuple names):
    """Exchanges the values of headers of these names (bytes, lower case): what a document declares as credentials."""
    cdef uint32_t index
    cdef header_part* part
    cdef bytes name
    for index in range(headers.count):
        part = &headers.parts[index]
        for name in names:
            if <Py_ssize_t>part.name_length != PyBytes_GET_SIZE(name):
                continue
            if memcmp(part.name, PyBytes_AS_STRING(name), part.name_length) == 0:
                headers.size_bytes -= <uint32_t>stored_size(part)
                part.value = REDACTED
                part.value_length = 10
                headers.size_bytes += <uint32_t>stored_size(part)
                break


cdef bytes redact_query(bytes query, frozenset names):
    """The query with the values of parameters of these names (bytes, unescaped) exchanged; their names as sent."""
    cdef list pairs = query.split(b"&")
    cdef Py_ssize_t index
    cdef bytes pair, name, value
    for index in range(len(pairs)):
        pair = pairs[index]
        name, _, value = pair.partition(b"=")
        if value and (unescape(name) if b"%" in name or b"+" in name else name) in names:
            pairs[index] = name + b"=[redacted]"
    return b"&".join(pairs)


cdef bytes unescape(bytes name):
    return unquote_to_bytes(name.replace(b"+", b" "))
