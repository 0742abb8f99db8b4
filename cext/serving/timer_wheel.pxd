from libc.stdint cimport int64_t

cdef enum:
    SLOTS = 128

cdef class Timed:
    cdef int64_t due_tick  # 0: nothing is due
    cdef int64_t visit_tick  # when the wheel next looks at it; 0: it is on no wheel
    cdef int on_due(self) except -1

cdef class TimerWheel:
    cdef list slots
    cdef readonly int64_t now_tick
    cdef readonly double tick_s
    cdef int64_t ticks(self, double seconds) noexcept
    cdef int hold(self, Timed timed, int64_t due_tick) except -1
    cdef int place(self, Timed timed) except -1
    cdef int drop(self, Timed timed) except -1
