# Answers of one connection, and its life. Answers go into the write buffer, are held back, wait for their delay, and
# leave by the socket. A connection has deadlines, and closes. Included by the fast lane's module.


cdef class AnsweringConnection(Timed):
    """Everything a connection does except taking requests, with which `go_on` of FastConnection goes on."""

    def __cinit__(self, FastLane lane not None, *_):
        self.lane = lane
        self.state = READY

    # Answers

    cdef int put_answer(self, Reply reply, bint with_body, Persistence persistence, uint64_t now_ns) except -1:
        """Puts the answer into the write buffer; a large body is written at once. The last answer closes."""
        cdef FastLane lane = self.lane
        cdef ReplyHead head = head_of(reply)
        cdef Py_ssize_t body_length = PyBytes_GET_SIZE(reply.body), copied = 0
        cdef Py_ssize_t needed = PyBytes_GET_SIZE(head.text) + LONGEST_LINES
        cdef uint8_t* end
        if (lane.is_draining and self.owed is None) or head.closes:
            persistence = CLOSES
        with_body = with_body and head.has_body and body_length > 0
        if with_body and body_length <= LARGE_BODY_BYTES:
            copied = body_length
        if lane.out_used + needed + copied > OUT_BYTES:
            self.flush()
        if needed + copied > OUT_BYTES:  # headers of a hundred kilobytes
            self.write_at_once(encode_head(reply, persistence, lane.date))
            copied = 0
        else:
            # In bounds: out_used + needed + copied <= OUT_BYTES.
            end = write_head(head, body_length, persistence, lane.date, now_ns, lane.out_bytes + lane.out_used)
            memcpy(end, PyBytes_AS_STRING(reply.body), copied)
            lane.out_used = end + copied - lane.out_bytes
        if with_body and not copied:
            self.flush_with(reply.body)
        if persistence == CLOSES:
            self.flush()
            self.close_softly()
        return 0

    cdef int hold(self, uint64_t now_ns) except -1:
        """Keeps the contents of the buffer, to be sent soon together with those of other connections."""
        cdef FastLane lane = self.lane
        if lane.out_used == 0 or self.held is not None:
            return self.flush()
        if not lane.holding:
            lane.held_since_ns = now_ns
            lane.call_soon(lane.send_held)
        self.held = PyBytes_FromStringAndSize(<char*>lane.out_bytes, lane.out_used)
        lane.out_used = 0
        lane.holding.append(self)
        if now_ns - lane.held_since_ns > MOST_HELD_NS:
            lane.send_held()
        return 0

    cdef int flush(self) except -1:
        """Writes the held bytes, then the contents of the buffer."""
        cdef FastLane lane = self.lane
        cdef Py_ssize_t used = lane.out_used
        cdef bytes held = self.held
        if held is not None:
            self.held = None
            self.write(<const uint8_t*>PyBytes_AS_STRING(held), PyBytes_GET_SIZE(held))
        if used:
            lane.out_used = 0
            self.write(lane.out_bytes, used)
        return 0

    cdef int write(self, const uint8_t* start, Py_ssize_t used) except -1:
        """Writes straight to the socket, as long as the transport has nothing unsent. The transport would do the same,
        after making an object of the bytes."""
        cdef Py_ssize_t sent = 0
        if self.descriptor >= 0:
            if self.has_unsent and self.transport.get_write_buffer_size() == 0:
                self.has_unsent = False
            if not self.has_unsent:
                # The transport owns the descriptor, and closes it after connection_lost, when nothing is written any
                # more.
                sent = send(self.descriptor, start, used, MSG_DONTWAIT | MSG_NOSIGNAL)
                if sent == used:
                    return 0
                sent = max(sent, 0)  # the transport will find any error
        self.has_unsent = True
        if not self.transport.is_closing():
            self.transport.write(PyBytes_FromStringAndSize(<char*>start + sent, used - sent))
        return 0

    cdef int flush_with(self, bytes body) except -1:
        """Writes the contents of the buffer, then this body, without copying it."""
        cdef FastLane lane = self.lane
        if self.held is not None:
            self.flush()
        data = PyBytes_FromStringAndSize(<char*>lane.out_bytes, lane.out_used)
        lane.out_used = 0
        if not self.transport.is_closing():
            self.has_unsent = True
            self.transport.writelines((data, body) if data else (body,))
        return 0

    def write_at_once(self, bytes data not None) -> None:
        """Writes these bytes after all earlier ones."""
        self.flush()
        if not self.transport.is_closing():
            self.has_unsent = True
            self.transport.write(data)

    cdef int owe(self, Reply reply, bint with_body, uint64_t now_ns) except -1:
        """Appends the answer to a plain hit to the owed ones, to be sent after its delay."""
        if self.owed is None:
            self.flush()
            self.owed = []
            self.state = DELAYING
            self.have_no_deadline()
            self.delayed = self.lane.call_later((reply.delay_ms + EARLINESS_MS) / 1000.0, self.send_due)
        self.owed.append((reply, with_body, now_ns + <uint64_t>reply.delay_ms * 1_000_000))
        return 0

    def send_due(self) -> None:
        """Sends the due answers in order, up to the first that is not due."""
        cdef Reply reply
        cdef uint64_t now_ns = monotonic_ns(), due_ns
        self.delayed = None
        if self.state != DELAYING:
            return
        while self.owed is not None and not self.is_writing_paused:
            reply, with_body, due_ns = self.owed[0]  # in bounds: it is never empty
            if due_ns > now_ns:
                self.delayed = self.lane.call_later(
                    (due_ns - now_ns) / 1e9 + EARLINESS_MS / 1000.0, self.send_due
                )
                break
            del self.owed[0]
            if not self.owed:
                self.owed = None
                self.state = READY
            if reply.flags & IS_PACED:  # the last owed answer: no request is taken after it
                self.flush()
                self.become_busy()
                self.send_paced(reply, with_body, PERSISTS)
                return
            self.put_answer(reply, with_body, PERSISTS, now_ns)
            if self.state == CLOSING:
                return
        self.flush()
        self.go_on()

    cdef int wait_for_delay(self, Reply reply, bint with_body, Persistence persistence) except -1:
        self.become_busy()
        self.delayed = self.lane.call_later(
            (reply.delay_ms + EARLINESS_MS) / 1000.0, self.send_delayed, reply, with_body, persistence
        )
        return 0

    def send_delayed(self, Reply reply, bint with_body, Persistence persistence) -> None:
        self.delayed = None
        self.send(reply, with_body, persistence)

    def send(self, Reply reply not None, bint with_body, Persistence persistence) -> None:
        """Sends the answer to the request in flight, and takes the next request; for answers that come later."""
        if self.state == CLOSING:
            return
        if reply.flags & IS_PACED:
            self.send_paced(reply, with_body, persistence)
            return
        self.put_answer(reply, with_body, persistence, monotonic_ns())
        self.flush()
        if self.state == BUSY:
            self.state = READY
        self.go_on()

    def end_answer(self, bytes rest not None, Persistence persistence) -> None:
        """Writes the last bytes of an answer that went out in pieces, and takes the next request."""
        if self.state == CLOSING:
            return
        self.write_at_once(rest)
        if persistence == CLOSES or self.lane.is_draining:
            self.close_softly()
            return
        if self.state == BUSY:
            self.state = READY
        self.go_on()

    def send_after_delay(self, Reply reply not None, bint with_body, Persistence persistence) -> None:
        if self.state == CLOSING:
            return
        if reply.delay_ms:
            self.wait_for_delay(reply, with_body, persistence)
        else:
            self.send(reply, with_body, persistence)

    # Life of the connection

    @property
    def is_closing(self) -> bool:
        return self.state == CLOSING

    def become_busy(self) -> None:
        """A request is in flight, and its body is whole."""
        if self.state != CLOSING:
            self.state = BUSY
            self.have_no_deadline()

    cdef int have_no_deadline(self) except -1:
        """Clears the deadline, since the application has its own. A client that does not read earlier answers keeps its
        deadline."""
        if not self.is_writing_paused:
            self.due_tick = 0
        return 0

    def become_receiving(self) -> None:
        """A request is in flight, and its body is arriving."""
        self.state = RECEIVING
        self.have_no_deadline()
        self.resume_reading()  # the client may have been too far ahead

    def pause_reading(self) -> None:
        if not self.is_reading_paused:
            self.is_reading_paused = True
            self.transport.pause_reading()

    def resume_reading(self) -> None:
        if self.is_reading_paused:
            self.is_reading_paused = False
            if not self.has_input_ended:
                self.transport.resume_reading()

    cdef int settle(self) except -1:
        """Decides what an idle connection does next: wait for a request until a deadline, or close."""
        cdef FastLane lane = self.lane
        if self.state != READY or self.is_writing_paused or self.is_turn_due:
            return 0
        if self.pending is not None:
            # An incomplete head: no answer is owed yet.
            if self.has_input_ended or lane.is_draining:
                self.close()
        elif lane.is_draining or self.has_input_ended:
            self.close()
        else:
            lane.wheel.hold(self, lane.wheel.now_tick + lane.idle_ticks)
        return 0

    cdef int on_due(self) except -1:
        if self.state == CLOSING or self.is_writing_paused:
            self.look_at_unsent()
        elif self.state == READY and self.is_reading_head:
            head = b"" if self.pending is None else bytes(self.pending)
            self.refuse_head(408, "the request head did not arrive in time; send it in one go", head)
        elif self.state == READY:
            self.close()
        return 0

    cdef int be_closing(self) except -1:
        self.state = CLOSING
        self.pending = None
        return self.watch_unsent()

    cdef int watch_unsent(self) except -1:
        """Checks periodically how much the client reads of its answers."""
        self.unsent = self.count_unsent()
        self.progress_tick = self.lane.wheel.now_tick
        return self.lane.wheel.hold(self, self.progress_tick + self.lane.linger_ticks)

    cdef int look_at_unsent(self) except -1:
        """Disconnects a client that has read everything and had a moment to close, or has read nothing for too long."""
        cdef int64_t now_tick = self.lane.wheel.now_tick
        cdef Py_ssize_t unsent = self.count_unsent()
        if unsent < self.unsent:
            self.unsent = unsent
            self.progress_tick = now_tick
        if (unsent == 0 and self.state == CLOSING) or now_tick - self.progress_tick >= self.lane.progress_ticks:
            self.transport.abort()
            return 0
        return self.lane.wheel.hold(self, now_tick + self.lane.linger_ticks)

    cdef Py_ssize_t count_unsent(self) except -1:
        """Returns how many bytes the client has not read: in the transport, and in the kernel (tcp(7), SIOCOUTQ).

        Without the latter a slow reader would seem to read nothing, since the kernel takes more only when a third of
        its room is free."""
        cdef int in_kernel = 0
        if self.descriptor < 0 or ioctl(self.descriptor, SIOCOUTQ, &in_kernel) < 0:
            in_kernel = 0
        return <Py_ssize_t>self.transport.get_write_buffer_size() + in_kernel

    def close(self) -> None:
        """Closes once everything written has gone out, or makes no progress."""
        self.flush()
        self.transport.close()
        self.be_closing()

    def close_softly(self) -> None:
        """Like `close`, but keeps reading what the client sends: otherwise the kernel would answer that with a reset,
        and the last answer could be lost (RFC 9112 §9.6)."""
        self.flush()
        if self.has_input_ended or not self.transport.can_write_eof():
            self.close()
            return
        self.be_closing()
        self.resume_reading()
        if not self.transport.is_closing():
            self.transport.write_eof()
