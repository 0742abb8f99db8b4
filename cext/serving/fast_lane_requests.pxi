# Requests of one connection: how they are taken from bytes that have arrived, and which lane answers each. Included by
# the fast lane's module.


cdef class TakingConnection(AnsweringConnection):
    """Takes requests; FastConnection says when, and with which bytes."""

    cdef bint takes_requests(self):
        """Whether the next request may be looked at; it may turn out that it has to wait."""
        cdef Reply last
        cdef Py_ssize_t count
        if self.is_writing_paused or self.state > DELAYING:
            return False
        if self.state == READY:
            return True
        count = len(self.owed)
        last = self.owed[count - 1][0]  # in bounds: while DELAYING, there is one
        if last.flags & IS_PACED or head_of(last).closes:
            return False
        return count < self.lane.max_in_flight and not self.lane.is_draining

    cdef Py_ssize_t take(self, uint8_t* start, Py_ssize_t length) except -1:
        """Takes as many requests as possible from the front of these bytes; returns how many bytes those were."""
        cdef FastLane lane = self.lane
        cdef uint8_t* at = start
        cdef uint8_t* end = start + length
        cdef uint64_t began_ns = monotonic_ns(), now_ns = began_ns
        cdef request_head head
        cdef Reply reply
        cdef Scan outcome
        cdef bint with_body, takes_time = False
        cdef Py_ssize_t head_bytes
        self.is_taking = True
        try:
            while at < end and self.takes_requests():
                # Invariant: all requests before `at` are answered, owed, or with the slow lane.
                # 1. An empty line
                # before a request is skipped (RFC 9112 §2.2).
                if at[0] == c"\r" and at + 1 < end and at[1] == c"\n":
                    at += 2
                    continue
                # 2. A head that comes in pieces is read when it is whole, not again for each piece.
                if self.searched and at == start and self.find_head_end(at, end - at) == 0:
                    break
                outcome = scan_head(at, end, &head, lane.headers)
                if outcome == INCOMPLETE and start == lane.read_bytes:
                    break
                # 3. The slow lane, for a head in doubt or a body that has not arrived. It never runs while answers are
                # owed.
                if self.state == DELAYING and (outcome != TAKEN or end - at - head.size < head.body_length):
                    break
                if outcome != TAKEN or end - at - head.size < head.body_length:
                    self.flush()
                    head_bytes = self.find_head_end(at, end - at)
                    if head_bytes == 0:
                        break
                    self.searched = 0
                    self.begin(PyBytes_FromStringAndSize(<char*>at, head_bytes))
                    at += head_bytes
                    now_ns = monotonic_ns()
                    if self.lets_others_run(now_ns - began_ns):
                        break
                    continue
                # 4. The fast lane: the whole request lies in the buffer, and its headers in the ring's
                # `request_headers`.
                self.searched = 0
                lane.responder.ring.request_headers.count = head.header_count
                reply = self.answer(&head, now_ns)
                with_body = not (head.method_length == 4 and head.method[0] == c"H")
                if reply is None and self.state == DELAYING:
                    break
                if reply is None:
                    self.flush()
                    reply = self.ask_application(&head, now_ns)
                    now_ns = monotonic_ns()
                    takes_time = True
                at += head.size + head.body_length
                if reply is None:
                    break
                if reply.delay_ms or self.state == DELAYING:
                    self.owe(reply, with_body, now_ns)
                elif reply.flags & IS_PACED:
                    self.flush()
                    self.become_busy()
                    self.send_paced(reply, with_body, PERSISTS)
                else:
                    self.put_answer(reply, with_body, PERSISTS, now_ns)
                if self.lets_others_run(now_ns - began_ns):
                    break
        finally:
            self.is_taking = False
            # The next connection uses the same write buffer.
            if takes_time:
                self.hold(now_ns)
            else:
                self.flush()
        if at != start:
            self.searched = 0
            self.is_reading_head = False
        return at - start

    cdef bint lets_others_run(self, uint64_t taken_ns) except -1:
        """Whether this step of the event loop was long enough; if so, schedules another one."""
        if taken_ns <= STEP_NS:
            return False
        self.is_turn_due = True
        self.lane.call_soon(self.go_on)
        return True

    cdef Py_ssize_t find_head_end(self, const uint8_t* start, Py_ssize_t length) except -1:
        """The size of a whole head; 0 if it is incomplete, or was just refused."""
        cdef const uint8_t* end = start + length
        cdef const uint8_t* at = start + self.searched
        if not may_begin(start[0]) and not (start[0] == c"\r" and length == 1):
            self.refuse_head(400, "this is not a request of HTTP/1, which begins with a method", b"")
            return 0
        while True:
            at = <const uint8_t*>memchr(at, c"\n", end - at)
            if at == NULL:
                break
            if at == start or (at - 1)[0] != c"\r":
                self.refuse_head(400, "a line of the head ends with LF alone; end each with CR and LF", start[:length])
                return 0
            # In bounds: at least one more byte stands before the CR and line feed.
            if at - start >= 2 and (at - 2)[0] == c"\n":
                if at + 1 - start > MOST_HEAD_BYTES:
                    return self.refuse_long_head(start, length)
                return at + 1 - start
            at += 1
        if length > MOST_HEAD_BYTES:
            return self.refuse_long_head(start, length)
        self.searched = length
        if not self.is_reading_head:
            self.is_reading_head = True
            self.lane.wheel.hold(self, self.lane.wheel.now_tick + self.lane.header_ticks)
        return 0

    cdef Py_ssize_t refuse_long_head(self, const uint8_t* start, Py_ssize_t length) except -1:
        if memchr(start, c"\n", length) == NULL:
            status, reason = 414, f"the request line exceeds {MOST_HEAD_BYTES} bytes; make it shorter"
        else:
            status, reason = 431, f"the request head exceeds {MOST_HEAD_BYTES} bytes; send fewer or shorter headers"
        self.refuse_head(status, reason, start[:length])
        return 0

    cdef Reply answer(self, const request_head* head, uint64_t now_ns):
        """The Reply to a plain hit, put on record; None for any other request, and nothing was done. The headers lie in
        the ring."""
        cdef Responder responder = self.lane.responder
        cdef request_parts parts
        cdef Snapshot snapshot
        cdef Py_ssize_t path_length = head.path_end - head.target
        snapshot = responder.find_named(head.target, path_length)
        if snapshot is None:
            return None
        parts.method = head.method
        parts.method_length = head.method_length
        parts.client = <const uint8_t*>PyBytes_AS_STRING(self.client_text)
        parts.client_length = PyBytes_GET_SIZE(self.client_text)
        parts.path = head.target + PREFIX_BYTES + ID_BYTES  # in bounds: the path begins with both
        parts.path_length = path_length - PREFIX_BYTES - ID_BYTES
        parts.query = head.target_end
        parts.query_length = 0
        if head.path_end < head.target_end:
            parts.query = head.path_end + 1
            parts.query_length = head.target_end - parts.query
        parts.body = head.method + head.size if head.body_length else NULL  # whole: the caller has checked
        parts.body_length = head.body_length
        parts.rule = NULL
        parts.rule_length = 0
        parts.fault = 0
        parts.started_ns = now_ns
        return responder.answer(snapshot, &parts, None, True)

    cdef Reply ask_application(self, const request_head* head, uint64_t now_ns):
        """Asks the slow lane for the Reply; None if it will come later, and the connection is BUSY."""
        cdef header_part* part
        cdef Py_ssize_t index
        cdef list headers = []
        cdef request_head again
        # Read again, since the responder may already have redacted secrets for the record. The bytes are the same.
        scan_head(<uint8_t*>head.method, head.method + head.size, &again, self.lane.headers)
        for index in range(head.header_count):
            part = &self.lane.headers[index]
            headers.append((part.name[:part.name_length], part.value[:part.value_length]))
        query = b""
        if head.path_end < head.target_end:
            query = (head.path_end + 1)[:head.target_end - head.path_end - 1]
        cdef Reply reply = self.ask(
            (<const char*>head.method)[:head.method_length].decode("ascii"),
            head.target[:head.path_end - head.target],
            query,
            headers,
            (head.method + head.size)[:head.body_length],
            now_ns,
        )
        return reply
