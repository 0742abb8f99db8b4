"""Counts the entries of a chunk without reading it: by status class, duration, fault and route, in steps of time.

An entry is a row of small numbers, most of which are skipped here. The table of texts is unpacked only to count routes.
So a log can be counted while it is written, at full load (segments.pxd has its form).
"""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from libc.stdint cimport uint8_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free
from libc.string cimport memcpy, memset

from mockwave._chunks cimport inflate, segment_fault
from mockwave._record cimport take_varint
from mockwave._segment_entries cimport (
    OPENING_CUT_SHORT, TABLE_CUT_SHORT, segment_entry, segment_opening, take_entry, take_opening,
)
from mockwave._segments cimport ROUTE

cdef enum:
    CLASSES = 10
    DURATIONS = 8 * 33
    FAULTED = CLASSES + DURATIONS  # the place of the count of entries with a fault
    COUNTS

BUCKETS = DURATIONS
"""The number of buckets for durations: eight per power of two, up to some two hours."""


cdef inline uint32_t bucket_of(uint64_t duration_us) noexcept nogil:
    """Returns the bucket of a duration: below 8 µs one for each, above that one for each eighth of a power of two."""
    cdef uint32_t bits = 0
    cdef uint64_t rest = duration_us
    if duration_us < 8:
        return <uint32_t>duration_us
    while rest >= 16:
        rest >>= 1
        bits += 1
    return min(8 * (bits + 1) + <uint32_t>(rest - 8), DURATIONS - 1)


cdef struct chunk_walk:
    const uint8_t* at  # after the entries already taken
    const uint8_t* segment_end
    const uint8_t* end
    uint64_t left  # entries of this segment
    uint64_t before_us
    segment_opening opening
    int fault


cdef void begin_walk(chunk_walk* walk, bytes data) noexcept:
    """`data` must outlive the walk."""
    memset(walk, 0, sizeof(chunk_walk))
    walk.at = <const uint8_t*>PyBytes_AS_STRING(data)
    walk.segment_end = walk.at
    walk.end = walk.at + PyBytes_GET_SIZE(data)


cdef bint enter_segment(chunk_walk* walk) noexcept nogil:
    """Goes on to the next segment; False if there is none, or `fault` says what is wrong with it."""
    cdef uint32_t length
    walk.at = walk.segment_end
    if walk.at == walk.end:
        return False
    if walk.end - walk.at < 4:
        walk.fault = OPENING_CUT_SHORT
        return False
    memcpy(&length, walk.at, 4)
    walk.at += 4
    if <uint64_t>(walk.end - walk.at) < length:
        walk.fault = OPENING_CUT_SHORT
        return False
    walk.segment_end = walk.at + length
    walk.fault = take_opening(walk.at, walk.segment_end, &walk.opening)
    if walk.fault:
        return False
    walk.at = walk.opening.entries
    walk.left = walk.opening.entry_count
    walk.before_us = 0
    return True


cdef bint take_next(chunk_walk* walk, segment_entry* entry) noexcept nogil:
    """Takes the next entry of the chunk; False if there is none, or `fault` says what is wrong with it."""
    while walk.left == 0:
        if not enter_segment(walk):
            return False
    walk.fault = take_entry(&walk.at, walk.segment_end, &walk.opening, walk.before_us, entry)
    if walk.fault:
        return False
    walk.before_us = entry.time_us
    walk.left -= 1
    return True


def count_entries(
    bytes data not None,
    uint32_t from_index=0,
    uint32_t below_index=0xFFFFFFFF,
    uint64_t since_us=0,
    uint64_t step_us=0xFFFFFFFFFFFFFFFF,
) -> list:
    """Counts a chunk's entries from `from_index` to below `below_index` that came at `since_us` or later, by steps of
    time. A step may be in the list more than once.

    Returns a list of (step, classes, durations, faults): step 0 begins at `since_us`; `classes` are 10 counts by the
    first digit of the status; `durations` are counts by bucket (`bucket_of`, below BUCKETS); `faults` counts the
    entries with one. Raises SegmentFault.
    """
    cdef chunk_walk walk
    cdef segment_entry entry
    cdef uint64_t counts[COUNTS]
    cdef uint64_t step, open_step = 0
    cdef uint32_t index = 0
    cdef bint is_open = False, is_taken = True
    cdef list result = []
    if step_us == 0:
        raise ValueError("step_us: expected at least 1")
    begin_walk(&walk, data)
    memset(counts, 0, sizeof(counts))
    while is_taken:
        step = open_step
        with nogil:
            while index < below_index:
                is_taken = take_next(&walk, &entry)
                if not is_taken:
                    break
                index += 1
                if index <= from_index or entry.time_us < since_us:
                    continue
                step = (entry.time_us - since_us) // step_us
                if is_open and step != open_step:
                    break
                is_open = True
                open_step = step
                add_entry(counts, &entry)
            else:
                is_taken = False
        if walk.fault:
            raise segment_fault(walk.fault)
        if is_open:
            result.append(show_counts(open_step, counts))
        if is_taken:  # the entry taken last is in another step
            memset(counts, 0, sizeof(counts))
            open_step = step
            add_entry(counts, &entry)
    return result


cdef inline void add_entry(uint64_t* counts, const segment_entry* entry) noexcept nogil:
    counts[entry.status // 100] += 1  # below CLASSES: status <= 999, as was checked when it was taken
    counts[CLASSES + bucket_of(entry.duration_us)] += 1
    counts[FAULTED] += entry.fault != 0


cdef tuple show_counts(uint64_t step, const uint64_t* counts):
    cdef int number
    classes = tuple([counts[number] for number in range(CLASSES)])
    durations = {number: counts[CLASSES + number] for number in range(DURATIONS) if counts[CLASSES + number]}
    return step, classes, durations, counts[FAULTED]


cdef struct route_count:
    uint64_t hits
    uint64_t latest_us


def count_routes(bytes data not None, uint32_t from_index=0, uint32_t below_index=0xFFFFFFFF) -> dict:
    """Returns how often each route (16 bytes, or b"" for none) occurs among a chunk's entries from `from_index` to
    below `below_index`, and when last: route → (count, µs). Raises SegmentFault."""
    cdef chunk_walk walk
    cdef segment_entry entry
    cdef route_count* counts
    cdef uint32_t index = 0
    cdef dict result = {}
    begin_walk(&walk, data)
    while index < below_index and enter_segment(&walk):
        counts = <route_count*>calloc(walk.opening.text_count + 1, sizeof(route_count))
        if counts == NULL:
            raise MemoryError
        try:
            with nogil:
                # A reference is at most text_count, as was checked when the entry was taken.
                while walk.left and index < below_index and take_next(&walk, &entry):
                    index += 1
                    if index > from_index:
                        counts[entry.texts[ROUTE]].hits += 1
                        counts[entry.texts[ROUTE]].latest_us = max(counts[entry.texts[ROUTE]].latest_us, entry.time_us)
            if walk.fault:
                raise segment_fault(walk.fault)
            add_routes(result, &walk.opening, counts)
        finally:
            free(counts)
    if walk.fault:
        raise segment_fault(walk.fault)
    return result


cdef add_routes(dict result, const segment_opening* opening, const route_count* counts):
    """Adds a segment's counts, which are by the number of the route's text, to those by route."""
    cdef bytes table
    cdef uint64_t length, number = 0
    cdef const uint8_t* at
    cdef const uint8_t* end
    if counts[0].hits:
        add_route(result, b"", counts[0])
    table = PyBytes_FromStringAndSize(<const char*>opening.table, opening.packed_bytes or opening.table_bytes)
    if opening.packed_bytes:
        table = inflate(table, opening.table_bytes)
    at = <const uint8_t*>PyBytes_AS_STRING(table)
    end = at + PyBytes_GET_SIZE(table)
    for number in range(1, opening.text_count + 1):
        if not take_varint(&at, end, &length) or <uint64_t>(end - at) < length:
            raise segment_fault(TABLE_CUT_SHORT)
        if counts[number].hits:
            add_route(result, PyBytes_FromStringAndSize(<const char*>at, length), counts[number])
        at += length


cdef add_route(dict result, bytes route, route_count more):
    known = result.get(route)
    if known is None:
        result[route] = more.hits, more.latest_us
    else:
        result[route] = known[0] + more.hits, max(<uint64_t>known[1], more.latest_us)
