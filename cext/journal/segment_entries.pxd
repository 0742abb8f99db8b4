"""Reads a segment number by number, in the form of segments.pxd: for chunks.pyx, which keeps the entries, and
chunk_counts.pyx, which only counts them.

Nothing is read beyond `end`, whatever damaged bytes say: every number is read by take_varint, which stops there.
"""

from libc.stdint cimport uint8_t, uint32_t, uint64_t

from mockwave._record cimport FLAG_RULED, take_varint
from mockwave._segments cimport MAX_SEGMENT_ENTRIES, RULE, SEGMENT_VERSION, SEGMENT_VERSION_WITH_RULES, TEXTS

cdef enum:
    # What is wrong with a segment; 0 is nothing. FAULT_TEXTS of chunks.pyx has the words.
    OPENING_CUT_SHORT = 1
    UNKNOWN_VERSION
    TABLE_CUT_SHORT
    ENTRIES_CUT_SHORT
    NO_TIME
    NO_TEXT
    NO_STATUS

cdef struct segment_opening:
    uint64_t version
    uint64_t entry_count
    uint64_t text_count
    uint64_t table_bytes
    uint64_t packed_bytes
    const uint8_t* table  # table_bytes of it, or packed_bytes unless that is 0
    const uint8_t* entries

cdef struct segment_entry:
    uint64_t time_us
    uint64_t duration_us
    uint64_t flags
    uint64_t fault
    uint32_t texts[TEXTS]
    uint32_t status  # at most 999

cdef inline int take_opening(const uint8_t* at, const uint8_t* end, segment_opening* opening) noexcept nogil:
    """Reads the beginning of a segment; `at` is after its length, `end` is its end. Returns 0 or the fault."""
    cdef uint64_t length
    if (
        not take_varint(&at, end, &opening.version)
        or not take_varint(&at, end, &opening.entry_count)
        or not take_varint(&at, end, &opening.text_count)
        or not take_varint(&at, end, &opening.table_bytes)
        or not take_varint(&at, end, &opening.packed_bytes)
    ):
        return OPENING_CUT_SHORT
    if opening.version != SEGMENT_VERSION and opening.version != SEGMENT_VERSION_WITH_RULES:
        return UNKNOWN_VERSION
    length = opening.packed_bytes or opening.table_bytes
    # A text has a length of at least one byte, so there are at most as many texts as bytes.
    if (
        <uint64_t>(end - at) < length
        or opening.entry_count > MAX_SEGMENT_ENTRIES
        or opening.text_count > opening.table_bytes
        or opening.text_count > 0x7FFFFFFF
    ):
        return TABLE_CUT_SHORT
    opening.table = at
    opening.entries = at + length
    return 0


cdef inline int take_entry(
    const uint8_t** at, const uint8_t* end, const segment_opening* opening, uint64_t before_us, segment_entry* entry
) noexcept nogil:
    """Reads the entry at `at`, and moves `at` after it; `before_us` is the time of the entry before. Returns 0 or the
    fault."""
    cdef uint64_t number
    cdef uint64_t latest_us = 253_402_300_799_999_999  # the end of the year 9999, the last possible date
    cdef int field
    if not take_varint(at, end, &number):
        return ENTRIES_CUT_SHORT
    if number > latest_us or before_us + number > latest_us:
        return NO_TIME
    entry.time_us = before_us + number
    for field in range(RULE):
        if not take_varint(at, end, &number) or number > opening.text_count:
            return NO_TEXT
        entry.texts[field] = <uint32_t>number
    if not take_varint(at, end, &number):
        return ENTRIES_CUT_SHORT
    if number > 999:
        return NO_STATUS
    entry.status = <uint32_t>number
    if not take_varint(at, end, &entry.duration_us) or not take_varint(at, end, &entry.flags):
        return ENTRIES_CUT_SHORT
    entry.texts[RULE] = 0
    entry.fault = 0
    if opening.version == SEGMENT_VERSION_WITH_RULES and entry.flags & FLAG_RULED:
        if not take_varint(at, end, &number) or number > opening.text_count:
            return NO_TEXT
        entry.texts[RULE] = <uint32_t>number
        if not take_varint(at, end, &entry.fault):
            return ENTRIES_CUT_SHORT
    return 0
