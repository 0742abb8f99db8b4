"""C declarations of record.h: the layout of a request in a ring and the primitives around it."""

from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t

cdef extern from "record.h" nogil:
    ctypedef struct request_record:
        uint32_t size
        uint32_t checksum
        uint64_t received_ns
        uint8_t server_id[16]
        uint8_t route_id[16]
        uint32_t duration_us
        uint16_t status
        uint8_t flags
        uint8_t method_length
        uint32_t client_length
        uint32_t path_length
        uint32_t query_length
        uint32_t headers_length
        uint32_t body_length
        uint16_t rule_length
        uint8_t fault
        uint8_t reserved

    const uint32_t PAD_MARK
    const uint8_t FLAG_MOCKED_BY_MASK
    const uint8_t FLAG_MOCKED_BY_ROUTE
    const uint8_t FLAG_MOCKED_BY_PREFLIGHT
    const uint8_t FLAG_MOCKED_BY_NONE
    const uint8_t FLAG_MOCKED_BY_RULE
    const uint8_t FLAG_BODY_CAPTURED
    const uint8_t FLAG_TRUNCATED
    const uint8_t FLAG_RULED

    uint64_t monotonic_ns() noexcept
    int64_t realtime_offset_us() noexcept
    uint64_t hash_bytes(const uint8_t* data, size_t length, uint64_t seed) noexcept
    uint32_t record_checksum(const uint8_t* record, uint32_t size, uint64_t position, uint64_t seed) noexcept
    int record_is_sound(const request_record* record, uint64_t space) noexcept
    uint64_t load_acquire_64(const uint64_t* place) noexcept
    void store_release_64(uint64_t* place, uint64_t value) noexcept
    uint64_t add_64(uint64_t* place, uint64_t more) noexcept
    uint32_t load_acquire_32(const uint32_t* place) noexcept
    void store_release_32(uint32_t* place, uint32_t value) noexcept
    void store_fenced_32(uint32_t* place, uint32_t value) noexcept
    uint32_t varint_size(uint64_t value) noexcept
    uint8_t* put_varint(uint8_t* place, uint64_t value) noexcept
    int take_varint(const uint8_t** place, const uint8_t* end, uint64_t* value) noexcept
