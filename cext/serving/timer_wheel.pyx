"""One timer for all connections of a worker: a wheel of slots, turned by a slot each tick.

Most deadlines are put off before they come: each request puts off its connection's. So putting one off is a store of
`due_tick`, and the connection stays in its slot; when the wheel comes there and finds the deadline later, it moves it
on. Only an earlier deadline moves at once. Each connection lies in one slot, and is looked at once per turn at most.
"""

from libc.stdint cimport int64_t


cdef class Timed:
    """What can lie on a wheel. `on_due` is called when its time has come, and may set another."""

    cdef int on_due(self) except -1:
        raise NotImplementedError


cdef class TimerWheel:
    """Slots of `tick_s` seconds each; whoever owns it calls `turn` as often."""

    def __cinit__(self, double tick_s):
        self.tick_s = tick_s
        self.now_tick = 1
        self.slots = [set() for _ in range(SLOTS)]

    cdef int64_t ticks(self, double seconds) noexcept:
        """So many ticks that at least these seconds go by."""
        return <int64_t>(seconds / self.tick_s) + 2

    cdef int hold(self, Timed timed, int64_t due_tick) except -1:
        """Sets when it is due, 0 for never; takes it onto the wheel where it is not yet."""
        timed.due_tick = due_tick
        if timed.visit_tick == 0:
            self.place(timed)
        elif due_tick and due_tick < timed.visit_tick:
            (<set>self.slots[timed.visit_tick % SLOTS]).discard(timed)
            self.place(timed)
        return 0

    cdef int drop(self, Timed timed) except -1:
        if timed.visit_tick:
            (<set>self.slots[timed.visit_tick % SLOTS]).discard(timed)
            timed.visit_tick = 0
        return 0

    cdef int place(self, Timed timed) except -1:
        cdef int64_t visit = timed.due_tick
        if visit == 0 or visit >= self.now_tick + SLOTS:
            visit = self.now_tick + SLOTS - 1
        elif visit <= self.now_tick:
            visit = self.now_tick + 1
        timed.visit_tick = visit
        (<set>self.slots[visit % SLOTS]).add(timed)
        return 0

    def turn(self) -> None:
        """One tick on: what is due now is told so."""
        cdef Timed timed
        self.now_tick += 1
        cdef Py_ssize_t slot = self.now_tick % SLOTS
        cdef set visited = <set>self.slots[slot]
        self.slots[slot] = set()
        for timed in visited:
            if timed.visit_tick != self.now_tick:
                continue  # it was dropped by one that came before it
            self.place(timed)
            if timed.due_tick and timed.due_tick <= self.now_tick:
                timed.on_due()
