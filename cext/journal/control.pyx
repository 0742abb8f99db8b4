"""The control block: a small file mapping that all workers share.

    header │ refused steps │ slots, one per worker: its counters and its current step │ how full rings were

The generation is the number that every management write raises, after its commit; a worker with older Snapshots
refreshes before it answers. Only its owner writes to a worker slot. A *step* is a piece of work that somebody asked for
and that keeps the event loop. Its key and a short description are in the slot while it runs. So the parent can tell
where a worker hangs, and has steps with that key refused for a while.

No number in the mapping is used as an offset or a length before it is held against a constant. The parent never maps
the file but reads it (control_file.pxi): a file that was cut short is an error there, not a SIGBUS.
"""

import os
from collections import namedtuple

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_GET_SIZE
from cpython.unicode cimport PyUnicode_AsUTF8AndSize
from libc.stdint cimport uint8_t, uint64_t
from libc.string cimport memcmp, memcpy, memset

from mockwave._mapping cimport map_shared, munmap
from mockwave._record cimport add_64, hash_bytes, load_acquire_64, monotonic_ns, store_release_64

from mockwave.shared_files import create_shared_file

cdef enum:
    REFUSED_STEPS = 64
    KEY_BYTES = 16_384  # of a body, from either end: hashing them takes microseconds, however much is sent
    SLOTS_OFFSET = sizeof(control_header) + REFUSED_STEPS * sizeof(refused_step)
    FILLS_OFFSET = SLOTS_OFFSET + SLOTS * sizeof(worker_counters)
    FILE_BYTES = FILLS_OFFSET + FILLS * sizeof(uint64_t)
    FILL_BITS = 20
    FULL = 1_000_000  # < 2 ** FILL_BITS

cdef char* MAGIC = b"MWCTRL03"

SLOT_COUNT = SLOTS
FILL_STEPS = FILLS
KEY_BYTES_OF_BODIES = KEY_BYTES


# The counts of a slot's owner, with those of earlier owners. `faults` are by number.
WorkerCounts = namedtuple(
    "WorkerCounts",
    "slot process_id seen_generation requests unmatched management_requests drained ruled unreadable faults",
)
# The process that holds a lock, and for how many seconds; 0.0: it does not hold this one.
LockHolder = namedtuple("LockHolder", "process_id draining_s writing_s")
# The current step of a slot's owner, and the last one of the owner before; a key of 0: none.
WorkerSteps = namedtuple("WorkerSteps", "process_id beat_ns key text former_process_id former_key")


class ControlFault(Exception):
    """A control block that cannot be used."""


def create_control_block(path: str) -> None:
    """Makes a fresh control block at `path`, generation 1, and replaces an earlier one. Raises OSError."""
    cdef control_header header
    memset(&header, 0, sizeof(header))
    memcpy(header.magic, MAGIC, 8)
    header.slot_count = SLOTS
    header.key_seed = int.from_bytes(os.urandom(8), "little")
    header.generation = 1
    create_shared_file(path, FILE_BYTES, [(0, (<char*>&header)[:sizeof(header)])])


cdef check_file(str path, bytes start, size):
    """Raises ControlFault unless this is the start of a control block of this size and version."""
    cdef control_header* header = <control_header*>PyBytes_AS_STRING(start)
    if size != FILE_BYTES or len(start) < <Py_ssize_t>sizeof(control_header):
        raise ControlFault(f"{path}: expected a control block of {FILE_BYTES} bytes, got {size}")
    if memcmp(header.magic, MAGIC, 8) or header.slot_count != SLOTS:
        raise ControlFault(f"{path}: not a control block of this version")


cdef inline uint64_t hash_part(bytes part, uint64_t key):
    return hash_bytes(<const uint8_t*>PyBytes_AS_STRING(part), PyBytes_GET_SIZE(part), key)


cdef uint64_t hash_text(str text, uint64_t key) except? 0:
    cdef Py_ssize_t size
    cdef const char* start = PyUnicode_AsUTF8AndSize(text, &size)
    return hash_bytes(<const uint8_t*>start, size, key)


cdef class ControlBlock:
    """The mapped control block; it is unmapped with this object. Raises ControlFault, OSError."""

    def __cinit__(self, str path):
        self.header = NULL
        self.path = path
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        try:
            check_file(path, os.pread(descriptor, sizeof(control_header), 0), os.fstat(descriptor).st_size)
            self.mapped_bytes = FILE_BYTES
            self.header = <control_header*>map_shared(descriptor, self.mapped_bytes, path)
        finally:
            os.close(descriptor)
        self.refused = <refused_step*>(<char*>self.header + sizeof(control_header))
        self.slots = <worker_counters*>(<char*>self.header + SLOTS_OFFSET)
        self.fills = <uint64_t*>(<char*>self.header + FILLS_OFFSET)

    def __dealloc__(self):
        if self.header != NULL:
            munmap(self.header, self.mapped_bytes)

    cdef worker_counters* _slot(self, unsigned int slot) except NULL:
        if slot >= SLOTS:
            raise IndexError(slot)
        return &self.slots[slot]

    @property
    def generation(self) -> int:
        return load_acquire_64(&self.header.generation)

    def raise_generation(self) -> int:
        """Called by whoever learns of a change, once it can be read from the Store. Returns the new generation."""
        return add_64(&self.header.generation, 1)

    def claim_slot(self, unsigned int slot, uint64_t process_id) -> None:
        """Marks the slot as this process's. Its counters continue from the last owner's. The last step of that owner is
        kept, for the parent, in `former_…`."""
        cdef worker_counters* mine = self._slot(slot)
        mine.former_step_key = mine.step_key
        mine.former_process_id = mine.process_id
        mine.step_key = 0
        mine.step_since_ns = 0
        mine.draining_since_ns = 0
        mine.writing_since_ns = 0
        mine.ring_is_damaged = 0
        mine.beat_ns = monotonic_ns()
        store_release_64(&mine.process_id, process_id)

    def leave_slot(self, unsigned int slot) -> None:
        """The owner changes to another slot. The counters stay, under its process id."""
        cdef worker_counters* mine = self._slot(slot)
        mine.step_key = 0
        mine.step_since_ns = 0
        mine.draining_since_ns = 0
        mine.writing_since_ns = 0

    # How full rings were

    def note_fill(self, uint64_t step, double share) -> None:
        """The fullest ring was full to this share, 0 to 1, in this step of time. The highest share of each of
        FILL_STEPS steps is kept. If two workers note at once, one share may be lost; each notes many times per step."""
        cdef uint64_t* place = &self.fills[step % FILLS]
        cdef uint64_t noted = (step << FILL_BITS) | <uint64_t>(min(max(share, 0.0), 1.0) * FULL)
        cdef uint64_t known = load_acquire_64(place)
        if known >> FILL_BITS != step or known < noted:
            store_release_64(place, noted)

    def fills_since(self, uint64_t step) -> list:
        """Returns the known (step, share), in order, from this step on."""
        cdef uint64_t noted
        cdef int place
        result = []
        for place in range(FILLS):
            noted = load_acquire_64(&self.fills[place])
            if noted and noted >> FILL_BITS >= step:
                result.append((noted >> FILL_BITS, (noted & ((1 << FILL_BITS) - 1)) / <double>FULL))
        return sorted(result)

    # Counting

    def count_management_request(self, unsigned int slot) -> None:
        self._slot(slot).management_requests += 1

    def count_drained(self, unsigned int slot, uint64_t entries) -> None:
        self._slot(slot).drained += entries

    def count_unreadable(self, unsigned int slot) -> None:
        self._slot(slot).unreadable += 1

    def count_refused(self) -> None:
        add_64(&self.header.refused_requests, 1)

    def counters(self) -> list:
        """Returns the WorkerCounts of each slot ever claimed."""
        return [
            WorkerCounts(
                slot,
                self.slots[slot].process_id,
                self.slots[slot].seen_generation,
                self.slots[slot].requests,
                self.slots[slot].unmatched,
                self.slots[slot].management_requests,
                self.slots[slot].drained,
                self.slots[slot].ruled,
                self.slots[slot].unreadable,
                tuple([self.slots[slot].faults[number] for number in range(FAULT_KINDS)]),
            )
            for slot in range(SLOTS)
            if self.slots[slot].process_id
        ]

    @property
    def stuck_workers(self) -> int:
        """Returns how many workers the parent has killed because they no longer beat."""
        return load_acquire_64(&self.header.stuck_workers)

    @property
    def refused_requests(self) -> int:
        return load_acquire_64(&self.header.refused_requests)

    # The current step of a worker

    @property
    def is_stopping(self) -> bool:
        """Whether the parent is about to end the workers: work without an end then ends."""
        return load_acquire_64(&self.header.stopping) != 0

    def beat(self, unsigned int slot) -> None:
        """Says that the owner's event loop runs."""
        store_release_64(&self._slot(slot).beat_ns, monotonic_ns())

    def begin_step(self, unsigned int slot, uint64_t key, bytes text not None) -> None:
        """Notes what the event loop is about to do; `text` describes it in the log."""
        cdef worker_counters* mine = self._slot(slot)
        cdef Py_ssize_t length = min(PyBytes_GET_SIZE(text), STEP_TEXT_BYTES)
        memcpy(mine.step_text, PyBytes_AS_STRING(text), length)
        mine.step_text_length = length
        mine.step_since_ns = monotonic_ns()
        store_release_64(&mine.step_key, key)

    def begin_request(
        self,
        unsigned int slot,
        str owner not None,
        str method not None,
        bytes path not None,
        bytes query not None,
        headers,
        bytes body not None,
        bytes shown_path not None,
    ) -> int:
        """Notes, as `begin_step` does, that the event loop is about to answer this request, under its key
        (key_of_request); the log names it by `shown_path`. Returns for how many more seconds it is refused; 0: it is
        not."""
        cdef worker_counters* mine = self._slot(slot)
        cdef uint64_t key = self.key_of_request(owner, method, path, query, headers, body)
        cdef Py_ssize_t verb_size, path_size
        cdef const char* verb = PyUnicode_AsUTF8AndSize(method, &verb_size)
        # verb_size + 1 + path_size <= STEP_TEXT_BYTES
        verb_size = min(verb_size, STEP_TEXT_BYTES - 1)
        path_size = min(PyBytes_GET_SIZE(shown_path), STEP_TEXT_BYTES - 1 - verb_size)
        memcpy(mine.step_text, verb, verb_size)
        mine.step_text[verb_size] = b" "
        memcpy(mine.step_text + verb_size + 1, PyBytes_AS_STRING(shown_path), path_size)
        mine.step_text_length = verb_size + 1 + path_size
        mine.step_since_ns = monotonic_ns()
        store_release_64(&mine.step_key, key)
        return self.refused_for(key)

    def end_step(self, unsigned int slot) -> None:
        store_release_64(&self._slot(slot).step_key, 0)

    def note_draining(self, unsigned int slot, bint begins) -> None:
        """Notes that the owner has taken the drain lock, or released it."""
        self._slot(slot).draining_since_ns = monotonic_ns() if begins else 0

    def note_writing(self, unsigned int slot, bint begins) -> None:
        """Notes that the owner has taken the Store's write lock, or released it."""
        self._slot(slot).writing_since_ns = monotonic_ns() if begins else 0

    def holders(self) -> list:
        """Returns who holds the drain lock or the Store's write lock."""
        cdef uint64_t now = monotonic_ns()
        return [
            LockHolder(
                self.slots[slot].process_id,
                seconds_since(self.slots[slot].draining_since_ns, now),
                seconds_since(self.slots[slot].writing_since_ns, now),
            )
            for slot in range(SLOTS)
            if self.slots[slot].draining_since_ns or self.slots[slot].writing_since_ns
        ]

    # Refused steps

    def key_of(self, *parts) -> int:
        """Returns the key of a step, made of the bytes that identify it. Never 0; other servers have other keys."""
        cdef uint64_t key = self.header.key_seed
        cdef bytes part
        for part in parts:
            key = hash_part(part, key)
        return key or 1

    def key_of_body(self, str owner not None, uint64_t size, bytes first not None, bytes last not None) -> int:
        """Returns the key of a request with a body of `size` bytes in all, from its first and its last KEY_BYTES."""
        return self._key_of_body(
            owner,
            size,
            <const uint8_t*>PyBytes_AS_STRING(first),
            PyBytes_GET_SIZE(first),
            <const uint8_t*>PyBytes_AS_STRING(last),
            PyBytes_GET_SIZE(last),
        )

    cdef uint64_t _key_of_body(
        self, str owner, uint64_t size, const uint8_t* first, size_t first_size, const uint8_t* last, size_t last_size
    ) except 0:
        cdef uint64_t key = hash_bytes(<const uint8_t*>&size, sizeof(size), hash_text(owner, self.header.key_seed))
        return hash_bytes(last, last_size, hash_bytes(first, first_size, key)) or 1

    cpdef uint64_t key_of_request(
        self, str owner, str method, bytes path, bytes query, object headers, bytes body
    ) except 0:
        """Returns the key of a request to `owner` with these headers, pairs of bytes. It is made of the body, or if
        that is empty, of the whole rest of the request."""
        cdef uint64_t key
        cdef Py_ssize_t size = PyBytes_GET_SIZE(body)
        cdef Py_ssize_t end_size = min(size, KEY_BYTES)
        cdef const uint8_t* first = <const uint8_t*>PyBytes_AS_STRING(body)
        cdef bytes name, value
        if size:
            # Both ends lie in the body: end_size <= size.
            return self._key_of_body(owner, size, first, end_size, first + (size - end_size), end_size)
        key = hash_part(query, hash_part(path, hash_text(method, hash_text(owner, self.header.key_seed))))
        for name, value in headers:
            key = hash_part(value, hash_part(name, key))
        return key or 1

    cpdef int refused_for(self, uint64_t key) except -1:
        """Returns for how many more seconds such a step is refused; 0: it is not."""
        cdef uint64_t now = monotonic_ns()
        cdef int index
        if load_acquire_64(&self.header.last_refusal_ends_ns) <= now:
            return 0
        for index in range(REFUSED_STEPS):
            if self.refused[index].key == key and self.refused[index].ends_ns > now:
                return (self.refused[index].ends_ns - now) // 1_000_000_000 + 1
        return 0

    # Damaged rings

    def report_ring_damage(self, unsigned int slot) -> None:
        """Reports to the slot's owner, and to readiness checks, that its ring is damaged."""
        cdef worker_counters* owned = self._slot(slot)
        if owned.ring_is_damaged == 0:
            owned.ring_is_damaged = 1
            self.header.damaged_slot = slot
            self.header.ring_damaged_ns = monotonic_ns()
            add_64(&self.header.damaged_rings, 1)

    def has_damaged_ring(self, unsigned int slot) -> bool:
        return self._slot(slot).ring_is_damaged != 0

    @property
    def damaged_rings(self) -> int:
        return load_acquire_64(&self.header.damaged_rings)

    @property
    def last_ring_damage(self) -> tuple[int, float] | None:
        """Returns (slot, seconds ago) of the ring last found damaged; None: no ring was."""
        if load_acquire_64(&self.header.damaged_rings) == 0:
            return None
        return self.header.damaged_slot, seconds_since(self.header.ring_damaged_ns, monotonic_ns())

    # An unreadable Store

    def report_store_failure(self) -> None:
        """Reports to readiness checks that the Store could not be used just now."""
        store_release_64(&self.header.store_failed_ns, monotonic_ns())

    @property
    def store_failed_ago_s(self) -> float | None:
        """Returns how many seconds ago a worker last failed to use the Store; None: never."""
        cdef uint64_t since_ns = load_acquire_64(&self.header.store_failed_ns)
        return seconds_since(since_ns, monotonic_ns()) if since_ns else None


cdef double seconds_since(uint64_t since_ns, uint64_t now_ns):
    """Returns 0 if the time is not set, or in the future."""
    return <double>(now_ns - since_ns) / 1e9 if since_ns and since_ns < now_ns else 0.0


include "control_file.pxi"
