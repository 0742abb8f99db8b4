from libc.stdint cimport uint8_t, uint32_t, uint64_t

cdef struct worker_counters:
    uint64_t seen_generation
    uint64_t requests
    uint64_t unmatched
    uint64_t management_requests
    uint64_t drained
    uint64_t process_id
    uint64_t _reserved[10]

cdef struct control_header:
    char magic[8]
    uint64_t slot_count
    char _line_1[112]
    uint64_t generation
    char _line_2[120]

cdef class ControlBlock:
    cdef control_header* header
    cdef worker_counters* slots
    cdef uint64_t mapped_bytes
    cdef readonly str path
