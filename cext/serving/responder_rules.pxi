# Rules: the part of the Responder that tries them, or leaves that to the long way. Included at the end of its module.
# They may change counters and states that all workers share, once for each request. So they are tried last, when
# nothing can send the request the long way any more, where they would be tried again.


cdef Reply answer_by_rules(
    Responder responder, Snapshot snapshot, request_parts* request, object headers, bint body_was_read,
):
    """Like `answer`, for a server or a route with rules.

    `rule_on(snapshot, RuledAnswer of the route or None, Reply without rules, method, path, query, headers, body,
    client)` returns the request's Reply, or None if that cannot be decided at once, and nothing was done.
    """
    cdef MatchSpans spans
    cdef Reply reply
    cdef object ruled = None
    cdef PyObject* value = NULL
    cdef int found
    if responder.rule_on is None or (request.method_length == 7 and memcmp(request.method, b"OPTIONS", 7) == 0):
        return None
    if snapshot.find(
        request.path, request.path_length, <const char*>request.method, request.method_length, &spans
    ) == FOUND:
        value = spans.value
        if type(<object>value) is RuledAnswer:
            ruled = <object>value
            value = <PyObject*>(<RuledAnswer>value).default
    # The headers as they were sent: in the record, secrets are redacted.
    cdef list pairs = list_headers(responder) if headers is None else list(headers)
    found = responder.ring.measure_collected() if headers is None else responder.ring.collect(headers)
    reply = snapshot.find_miss(request) if value == NULL else responder.choose(value, found, request)
    if reply is None or (found & HAS_BODY and (snapshot.validates_requests or not body_was_read)):
        return None
    if found & HAS_PAGE_HOST or (found & HAS_ORIGIN and snapshot.answers_cors) or not responder.ring.has_room_for_any():
        return None
    body = b"" if request.body == NULL else PyBytes_FromStringAndSize(<const char*>request.body, request.body_length)
    decided = responder.rule_on(
        snapshot,
        ruled,
        reply,
        (<const char*>request.method)[:request.method_length].decode("ascii", "replace"),
        PyBytes_FromStringAndSize(<const char*>request.path, request.path_length),
        query_of(request),
        pairs,
        body,
        (<const char*>request.client)[:request.client_length].decode("ascii", "replace"),
    )
    return None if decided is None else responder.put_on_record(snapshot, <Reply?>decided, request)


cdef list list_headers(Responder responder):
    """The headers in the ring's `request_headers`, before they are measured."""
    cdef list pairs = []
    cdef header_part* part
    cdef uint32_t index
    for index in range(responder.ring.request_headers.count):
        part = &responder.ring.request_headers.parts[index]
        pairs.append((
            PyBytes_FromStringAndSize(<const char*>part.name, part.name_length),
            PyBytes_FromStringAndSize(<const char*>part.value, part.value_length),
        ))
    return pairs


cdef int find_rule(RuledAnswer ruled, const collected_headers* collected, object headers, bint* is_whole) except -2:
    """The number of the first rule that may hold according to its quick tests; NO_RULE if none holds.

    If `is_whole`, it certainly holds. The headers are the (name, value) pairs of `headers`, or, without those, lie in
    `collected`, before they are measured: names in lower case, values as sent.
    """
    cdef const unsigned char* at = <const unsigned char*>PyBytes_AS_STRING(ruled.tests)
    cdef const unsigned char* end = at + PyBytes_GET_SIZE(ruled.tests)
    cdef Py_ssize_t name_length, value_length
    cdef int number = 0, count, kind
    cdef bint passes
    is_whole[0] = False
    if at == end:
        return 0
    while end - at >= 2:
        is_whole[0] = at[0]
        count = at[1]
        at += 2
        passes = True
        while count:
            count -= 1
            if end - at < 5:
                raise ValueError("quick tests are cut short")
            kind = at[0]
            name_length = at[1] | at[2] << 8
            value_length = at[3] | at[4] << 8
            at += 5
            if end - at < name_length + value_length:
                raise ValueError("quick tests are cut short")
            if passes:
                passes = has_header(collected, headers, kind, at, name_length, at + name_length, value_length)
            at += name_length + value_length
        if passes:
            return number
        number += 1
    return NO_RULE


cdef bint has_header(
    const collected_headers* collected, object headers, int kind, const unsigned char* name, Py_ssize_t name_length,
    const unsigned char* value, Py_ssize_t value_length,
) except -1:
    """Whether the test of this kind passes: a value of this name equals or contains the text, or there is none."""
    cdef const header_part* part
    cdef Py_ssize_t index
    if headers is None:
        for index in range(collected.count):
            part = &collected.parts[index]
            if part.name_length == name_length and memcmp(part.name, name, name_length) == 0:
                if kind == ABSENT:
                    return False
                if fits(kind, part.value, part.value_length, value, value_length):
                    return True
        return kind == ABSENT
    for given_name, given_value in <list>headers:
        if PyBytes_GET_SIZE(<bytes?>given_name) != name_length:
            continue
        if memcmp(PyBytes_AS_STRING(given_name), name, name_length) == 0:
            if kind == ABSENT:
                return False
            if fits(
                kind, <const unsigned char*>PyBytes_AS_STRING(<bytes?>given_value), PyBytes_GET_SIZE(given_value),
                value, value_length,
            ):
                return True
    return kind == ABSENT


cdef inline bint fits(
    int kind, const unsigned char* found, Py_ssize_t found_length, const unsigned char* wanted, Py_ssize_t wanted_length
) noexcept:
    if kind == EQUAL:
        return found_length == wanted_length and memcmp(found, wanted, wanted_length) == 0
    return wanted_length == 0 or memmem(found, found_length, wanted, wanted_length) != NULL
