"""One timer for all connections of a worker: a wheel of slots that turns by one slot per tick.

Most deadlines are put off before they come: each request puts off its connection's. To do so is to store `due_tick`;
the connection keeps its slot. When the wheel finds a later deadline there, it moves the connection. Only an earlier
deadline moves it at once. Each connection is in one slot, and looked at at most once per turn.
"""

from libc.stdint cimport int64_t


cdef class Timed:
    """An object that can be on a wheel. `on_due` is called when its time has come, and may set another."""

    cdef int on_due(self) except -1:
        raise NotImplementedError


cdef class TimerWheel:
    """Slots of `tick_s` seconds each; its owner calls `turn` as often."""

    def __cinit__(self, double tick_s):
        self.tick_s = tick_s
        self.now_tick = 1
        self.slots = [set() for _ in range(SLOTS)]

    cdef int64_t ticks(self, double seconds) noexcept:
        """Returns the number of ticks after which at least these seconds have passed."""
        return <int64_t>(seconds / self.tick_s) + 2

    cdef int hold(self, Timed timed, int64_t due_tick) except -1:
        """Sets when it is due (0: never), and puts it onto the wheel if it is not there yet."""
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
        """Advances by one tick, and calls everything that is due."""
        cdef Timed timed
        self.now_tick += 1
        cdef Py_ssize_t slot = self.now_tick % SLOTS
        cdef set visited = <set>self.slots[slot]
        self.slots[slot] = set()
        for timed in visited:
            if timed.visit_tick != self.now_tick:
                continue  # one called before has dropped it
            self.place(timed)
            if timed.due_tick and timed.due_tick <= self.now_tick:
                timed.on_due()
