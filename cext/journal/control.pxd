from libc.stdint cimport uint8_t, uint32_t, uint64_t

cdef enum:
    STEP_TEXT_BYTES = 120
    SLOTS = 256
    FAULT_KINDS = 8  # with none, which has number 0
    FILLS = 256  # steps of time for which it is known how full rings were

cdef struct worker_counters:
    # The counters of the owner: a line that plain hits write to.
    uint64_t seen_generation
    uint64_t requests
    uint64_t unmatched
    uint64_t management_requests
    uint64_t drained
    uint64_t process_id
    uint64_t ruled
    uint64_t faults[FAULT_KINDS]
    uint64_t unreadable
    # The owner's current step; times are CLOCK_MONOTONIC, 0 for none.
    uint64_t beat_ns
    uint64_t draining_since_ns
    uint64_t writing_since_ns
    uint64_t step_since_ns
    uint64_t step_key
    uint64_t step_text_length
    uint64_t former_process_id
    uint64_t former_step_key
    # Written by others, not by the owner.
    uint64_t ring_is_damaged
    uint64_t _watch[7]
    char step_text[STEP_TEXT_BYTES]
    uint64_t _text

cdef struct control_header:
    char magic[8]
    uint64_t slot_count
    uint64_t key_seed
    char _line_1[104]
    uint64_t generation
    char _line_2[120]
    uint64_t stuck_workers
    uint64_t last_refusal_ends_ns
    uint64_t damaged_rings
    uint64_t ring_damaged_ns
    uint64_t damaged_slot
    uint64_t refused_requests
    uint64_t stopping
    uint64_t store_failed_ns
    uint64_t _line_3[8]

# A refused request; empty once ends_ns has passed.
cdef struct refused_step:
    uint64_t key
    uint64_t ends_ns

cdef class ControlBlock:
    cdef control_header* header
    cdef refused_step* refused
    cdef worker_counters* slots
    cdef uint64_t* fills
    cdef uint64_t mapped_bytes
    cdef readonly str path
    cdef worker_counters* _slot(self, unsigned int slot) except NULL
    cdef uint64_t _key_of_body(
        self, str owner, uint64_t size, const uint8_t* first, size_t first_size, const uint8_t* last, size_t last_size
    ) except 0
    cpdef uint64_t key_of_request(
        self, str owner, str method, bytes path, bytes query, object headers, bytes body
    ) except 0
    cpdef int refused_for(self, uint64_t key) except -1
