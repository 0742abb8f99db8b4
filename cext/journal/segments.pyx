"""Ring records → log segments, whose form segments.pxd describes; chunks.pyx reads them.

`encode_rings` merges rings by the time of their records and runs without the GIL; segment_builders.pxi gathers the
segments.

A busy worker's drain takes milliseconds, and its thread shares a core with the event loop: the kernel would let it run
to its end while requests wait. So it can pause after each STEP_NS of work.
"""

import zlib

from cpython.bytes cimport PyBytes_FromStringAndSize
from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free, malloc, realloc
from libc.string cimport memcmp, memcpy, memset

from mockwave._control cimport SLOTS
from mockwave._record cimport (
    FLAG_RULED,
    PAD_MARK,
    hash_bytes,
    monotonic_ns,
    put_varint,
    record_checksum,
    record_is_sound,
    request_record,
)
from mockwave._ring cimport Ring

cdef extern from "unistd.h" nogil:
    int usleep(unsigned int microseconds)

cdef enum:
    MAX_RINGS = SLOTS
    STEP_NS = 50_000  # of work between two pauses
    STEP_ENTRIES = 64  # between two looks at the clock

include "segment_builders.pxi"


cdef struct ring_cursor:
    const uint8_t* data
    uint64_t capacity
    uint64_t seed
    uint64_t position
    uint64_t head
    const request_record* record  # at position; NULL: no record is left
    bint broken


cdef void settle(ring_cursor* cursor) noexcept nogil:
    """Moves the cursor over pads to its next record; `record` is then sound and unchanged, or NULL."""
    cdef const request_record* record
    cdef uint64_t place, space
    cursor.record = NULL
    while cursor.position < cursor.head:
        place = cursor.position % cursor.capacity
        space = cursor.capacity - place
        if space > cursor.head - cursor.position:
            space = cursor.head - cursor.position
        record = <const request_record*>(cursor.data + place)
        if not record_is_sound(record, space):
            cursor.broken = True
            return
        if record.checksum == PAD_MARK:
            cursor.position += record.size
            continue
        if record_checksum(<const uint8_t*>record, record.size, cursor.position, cursor.seed) != record.checksum:
            cursor.broken = True
            return
        cursor.record = record
        return


def encode_rings(
    list rings, list positions, *, uint64_t cut_ns, int64_t offset_us, uint32_t max_entries=65536, bint verify=False,
    uint32_t pause_us=0,
) -> tuple:
    """Reads the records of rings after `positions`, merged by time, into segments.

    `rings` are Ring objects, `positions` offsets in bytes, one per ring. Records later than `cut_ns` (CLOCK_MONOTONIC)
    are left; `offset_us` turns that clock into microseconds since the epoch. Every record's checksum is checked; with
    `verify` only the checksums tell where a ring ends: for a ring whose header cannot be trusted. `pause_us` is how
    long to pause after each STEP_NS of work; 0: not at all.

    Returns (segments, new positions, entry count, whether more is left, indexes of broken rings). A segment is (server
    id, entry count, oldest µs, newest µs, bytes). Raises MemoryError; then no position has moved.
    """
    cdef Py_ssize_t ring_count = len(rings)
    if ring_count != len(positions) or ring_count > MAX_RINGS:
        raise ValueError(f"rings: expected as many positions as rings, at most {MAX_RINGS}, got {ring_count}")
    cdef ring_cursor cursors[MAX_RINGS]
    cdef Builders builders = Builders()
    cdef segment_builder* builder
    cdef ring_cursor* earliest
    cdef Ring ring
    cdef Py_ssize_t index
    cdef uint32_t taken = 0
    cdef bint more = False, out_of_memory = False
    cdef uint64_t began_ns = monotonic_ns()
    for index in range(ring_count):
        ring = rings[index]
        cursors[index].data = ring.data
        cursors[index].capacity = ring.capacity
        cursors[index].seed = ring.seed
        cursors[index].position = positions[index]
        cursors[index].head = ring.head if not verify else cursors[index].position + ring.capacity
        cursors[index].broken = False
        # Proves every read in settle: each is at most a capacity ahead, in steps of 8, and its size is first held
        # against the space that is left there.
        if (
            cursors[index].head < cursors[index].position
            or cursors[index].head - cursors[index].position > cursors[index].capacity
            or cursors[index].head % 8
            or cursors[index].position % 8
        ):
            cursors[index].broken = True
            cursors[index].head = cursors[index].position
    with nogil:
        for index in range(ring_count):
            settle(&cursors[index])
        while True:
            earliest = NULL
            for index in range(ring_count):
                if cursors[index].record != NULL and (
                    earliest == NULL or cursors[index].record.received_ns < earliest.record.received_ns
                ):
                    earliest = &cursors[index]
            if earliest == NULL or earliest.record.received_ns > cut_ns:
                break
            if taken >= max_entries or builders.count >= MAX_BUILDERS - 1:
                more = True
                break
            builder = builders.open_for(earliest.record.server_id)
            if builder == NULL or not add_record(builder, earliest.record, offset_us):
                out_of_memory = True
                break
            taken += 1
            earliest.position += earliest.record.size
            settle(earliest)
            if pause_us and taken % STEP_ENTRIES == 0 and monotonic_ns() - began_ns >= STEP_NS:
                usleep(pause_us)
                began_ns = monotonic_ns()
    if out_of_memory:
        raise MemoryError
    return (
        builders.finish(),
        [cursors[index].position for index in range(ring_count)],
        taken,
        more,
        [index for index in range(ring_count) if cursors[index].broken],
    )


def find_record(Ring ring not None, uint64_t position, uint64_t end) -> int:
    """Returns where the next whole record after `position` begins; `end` if none begins before it.

    For records after damage; searches at most a capacity. A record is recognised by its checksum, which covers its
    place in the ring's life.
    """
    cdef uint64_t place, space
    cdef const request_record* record
    position = (position | 7) + 1
    if end > position + ring.capacity:
        end = position + ring.capacity
    with nogil:
        while position < end:
            place = position % ring.capacity
            space = ring.capacity - place  # a multiple of 8, at least 8: size and checksum are readable
            if space > end - position:
                space = (end - position) & ~<uint64_t>7
            record = <const request_record*>(ring.data + place)
            if (
                space >= 8
                and record.checksum != PAD_MARK
                and record.size >= sizeof(request_record)
                and record_is_sound(record, space)
                and record_checksum(<const uint8_t*>record, record.size, position, ring.seed) == record.checksum
            ):
                break
            position += 8
    return min(position, end)
