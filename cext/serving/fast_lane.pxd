from libc.stdint cimport int64_t, uint8_t, uint64_t

from mockwave._reply_head cimport DateLine, Persistence
from mockwave._request_head cimport request_head
from mockwave._responder cimport Reply, Responder
from mockwave._ring cimport header_part
from mockwave._timer_wheel cimport Timed, TimerWheel

cdef class FastLane:
    cdef Responder responder
    cdef header_part* headers
    cdef readonly DateLine date
    cdef readonly TimerWheel wheel
    cdef bytearray read_buffer
    cdef uint8_t* read_bytes
    cdef bytearray out_buffer
    cdef uint8_t* out_bytes
    cdef Py_ssize_t out_used
    cdef int64_t header_ticks
    cdef int64_t idle_ticks
    cdef int64_t progress_ticks
    cdef int64_t linger_ticks
    cdef readonly Py_ssize_t max_connections
    cdef readonly Py_ssize_t max_in_flight  # of a connection
    cdef readonly set connections
    cdef readonly set refused  # beyond max_connections, until they have been told so
    cdef list holding  # connections whose answers are held back
    cdef uint64_t held_since_ns
    cdef public object call_later
    cdef public object call_soon
    cdef public bint is_draining

cdef class AnsweringConnection(Timed):
    cdef readonly FastLane lane
    cdef readonly object transport
    cdef readonly object client
    cdef bytes client_text
    cdef bytearray pending
    cdef bytes held  # answers that are held back
    cdef Py_ssize_t searched
    cdef Py_ssize_t unsent  # when the client took something last, at progress_tick
    cdef int64_t progress_tick
    cdef object delayed  # the timer of the answer that is sent next
    cdef list owed  # (Reply, whether with its body, when it is due), while DELAYING; else None
    cdef int state
    cdef int descriptor  # of the socket that may be written to past the transport; -1: there is none
    cdef bint has_unsent  # the transport may have bytes that it could not write yet
    cdef bint is_taking
    cdef bint is_turn_due  # `go_on` is to be called soon
    cdef bint is_reading_head
    cdef readonly bint is_writing_paused
    cdef bint is_reading_paused
    cdef bint has_input_ended

    cdef int put_answer(self, Reply reply, bint with_body, Persistence persistence, uint64_t now_ns) except -1
    cdef int hold(self, uint64_t now_ns) except -1
    cdef int flush(self) except -1
    cdef int write(self, const uint8_t* start, Py_ssize_t used) except -1
    cdef int flush_with(self, bytes body) except -1
    cdef int settle(self) except -1
    cdef int have_no_deadline(self) except -1
    cdef Py_ssize_t count_unsent(self) except -1
    cdef int watch_unsent(self) except -1
    cdef int look_at_unsent(self) except -1
    cdef int be_closing(self) except -1
    cdef int owe(self, Reply reply, bint with_body, uint64_t now_ns) except -1
    cdef int wait_for_delay(self, Reply reply, bint with_body, Persistence persistence) except -1

cdef class TakingConnection(AnsweringConnection):
    cdef bint takes_requests(self)
    cdef Py_ssize_t take(self, uint8_t* start, Py_ssize_t length) except -1
    cdef Py_ssize_t find_head_end(self, const uint8_t* start, Py_ssize_t length) except -1
    cdef Py_ssize_t refuse_long_head(self, const uint8_t* start, Py_ssize_t length) except -1
    cdef Reply answer(self, const request_head* head, uint64_t now_ns)
    cdef Reply ask_application(self, const request_head* head, uint64_t now_ns)
    cdef bint lets_others_run(self, uint64_t taken_ns) except -1

cdef class FastConnection(TakingConnection):
    pass
