# Rules: the part of the Responder that tries them, or leaves that to the long way. Included at the end of its module.
# Rules may change shared counters and states, once per request. So they are tried last: a request sent the long way
# after that would try them twice.


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
            if not (<RuledAnswer>value).is_itself:
                value = <PyObject*>(<RuledAnswer>value).other
    # As sent: the record has secrets replaced.
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
    """Returns the headers in the ring's `request_headers`, before they are measured."""
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


cdef int find_rule(
    Responder responder, RuledAnswer ruled, const request_parts* request, object headers, bint* is_whole
) except -2:
    """Returns the number of the first rule that may hold, as far as its quick tests tell; NO_RULE: none holds.

    `is_whole`: it does hold. Headers are the (name, value) pairs of `headers`, or else lie in the ring, before they are
    measured: names in lower case, values as sent.
    """
    cdef tested_request asked
    is_whole[0] = False
    if not ruled.has_tests or (headers is not None and not lay_out_headers(responder, headers)):
        return 0
    asked.parts = request
    asked.headers = responder.ring.request_headers.parts
    asked.header_count = responder.ring.request_headers.count
    if ruled.near_bytes:
        return scan_tests(ruled.near, ruled.near + ruled.near_bytes, &asked, is_whole)
    return ruled.tests.find_first(&asked, is_whole)


cdef bint lay_out_headers(Responder responder, object headers) except -1:
    """Copies the headers to the ring's place for them, until it collects its own; returns False if they are too many.

    The parts point into objects that live as long as `headers`."""
    cdef header_part* part
    cdef uint32_t count = 0
    cdef bytes name, value
    if len(headers) > MAX_HEADER_COUNT:
        return False
    for name, value in headers:
        part = &responder.ring.request_headers.parts[count]  # in bounds: there are at most MAX_HEADER_COUNT
        part.name = <const uint8_t*>PyBytes_AS_STRING(<bytes?>name)
        part.value = <const uint8_t*>PyBytes_AS_STRING(<bytes?>value)
        part.name_length = <uint32_t>PyBytes_GET_SIZE(name)
        part.value_length = <uint32_t>PyBytes_GET_SIZE(value)
        count += 1
    responder.ring.request_headers.count = count
    return True
