"""Chunks of log segments → entries. segments.pxd describes their form.

`ChunkReader` reads a whole chunk, picks the entries of a query, and makes Python objects of those alone. Lengths and
references are checked as they are read (segment_entries.pxd): damaged bytes end in an exception, never in memory that
is not theirs. chunk_counts.pyx counts entries without reading whole chunks.
"""

import zlib

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from libc.stdint cimport uint8_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free, realloc
from libc.string cimport memcmp, memcpy

from mockwave._record cimport (
    FLAG_BODY_CAPTURED, FLAG_MOCKED_BY_MASK, FLAG_MOCKED_BY_ROUTE, FLAG_MOCKED_BY_RULE, take_varint,
)
from mockwave._segment_entries cimport (
    ENTRIES_CUT_SHORT, NO_STATUS, NO_TEXT, NO_TIME, OPENING_CUT_SHORT, TABLE_CUT_SHORT, UNKNOWN_VERSION,
    segment_entry, segment_opening, take_entry, take_opening,
)
from mockwave._segments cimport (
    BODY, CLIENT, HEADERS, METHOD, PATH, QUERY, ROUTE, RULE, SEGMENT_VERSION_WITH_RULES, TEXTS,
)

TEXT_NAMES = ("method", "path", "query", "headers", "client", "route", "body", "rule")
"""The names that filters use for the texts of an entry, in the order of segments.pxd."""

EQUAL, BEGINNING, HOLDING = range(3)
"""How a text has to match the wanted one: equal it, begin with it, or hold it (ASCII letters in either case, wanted in
lower case)."""


cdef enum:
    DEFLATE_AT_MOST = 1032  # deflated bytes grow at most by this factor (https://zlib.net/zlib_tech.html)


class SegmentFault(Exception):
    """Stored log bytes that are not segments of a version this code knows."""


FAULT_TEXTS = {
    OPENING_CUT_SHORT: "a segment's opening is cut short",
    UNKNOWN_VERSION: f"a segment's version: expected at most {SEGMENT_VERSION_WITH_RULES}",
    TABLE_CUT_SHORT: "a segment's table is cut short",
    ENTRIES_CUT_SHORT: "a segment's entries are cut short",
    NO_TIME: "an entry is of no time",
    NO_TEXT: "an entry refers to no text",
    NO_STATUS: "an entry has no status",
}


cdef object segment_fault(int fault):
    """Returns the exception for a fault found by `take_opening` or `take_entry`."""
    return SegmentFault(FAULT_TEXTS[fault])


cdef bytes inflate(bytes packed, uint64_t size):
    """Inflates to exactly this size; no more memory is taken, whatever damaged bytes claim."""
    if size > DEFLATE_AT_MOST * <uint64_t>PyBytes_GET_SIZE(packed):
        raise SegmentFault("a segment's table is larger than it can be")
    unpacker = zlib.decompressobj()
    try:
        table = unpacker.decompress(packed, size)
    except zlib.error as error:
        raise SegmentFault(f"a segment's table is damaged: {error}") from None
    if <uint64_t>len(table) != size or not unpacker.eof:
        raise SegmentFault("a segment's table is damaged: it has another size")
    return table


cdef struct text_place:
    const uint8_t* at  # in the table of its segment, which `tables` keeps
    uint32_t length


cdef struct text_filter:
    int text  # of an entry, by number
    int kind
    const uint8_t* wanted
    Py_ssize_t wanted_bytes
    uint8_t* verdicts  # by text number of the chunk: 0 not tested yet, 1 passes, 2 does not


cdef inline uint8_t lower(uint8_t letter) noexcept:
    return letter + 32 if c"A" <= letter <= c"Z" else letter


cdef bint fits(const text_filter* wanted, const uint8_t* at, Py_ssize_t length) noexcept:
    """Whether the text of this length at `at` matches the filter."""
    cdef Py_ssize_t start, place, size = wanted.wanted_bytes
    if length < size:
        return False
    if wanted.kind == 0:
        return length == size and memcmp(at, wanted.wanted, size) == 0
    if wanted.kind == 1:
        return memcmp(at, wanted.wanted, size) == 0
    for start in range(length - size + 1):
        for place in range(size):
            if lower(at[start + place]) != wanted.wanted[place]:
                break
        else:
            return True
    return False


cdef class Filters:
    """Filters of one reader's texts; owns their memory. Each distinct text is tested once."""
    cdef text_filter items[TEXTS]
    cdef int count
    cdef list kept  # the wanted bytes that `items` point to

    def __cinit__(self, dict wanted not None, uint32_t text_count):
        cdef text_filter* item
        self.kept = []
        for name, (kind, text) in wanted.items():
            item = &self.items[self.count]  # in bounds: a dict has each name of TEXT_NAMES once
            item.text = TEXT_NAMES.index(name)
            item.kind = kind
            self.kept.append(<bytes?>text)
            item.wanted = <const uint8_t*>PyBytes_AS_STRING(text)
            item.wanted_bytes = PyBytes_GET_SIZE(text)
            item.verdicts = <uint8_t*>calloc(text_count + 1, 1)
            self.count += 1
            if item.verdicts == NULL:
                raise MemoryError

    def __dealloc__(self):
        cdef int number
        for number in range(self.count):
            free(self.items[number].verdicts)

    cdef bint passes(self, int number, const segment_entry* entry, const text_place* texts) noexcept:
        """Whether the entry's text passes the filter of this number; its texts are below `text_count`."""
        cdef text_filter* item = &self.items[number]
        cdef uint32_t text = entry.texts[item.text]
        if item.verdicts[text] == 0:
            if text == 0:
                item.verdicts[text] = 1 if item.wanted_bytes == 0 else 2
            else:
                item.verdicts[text] = 1 if fits(item, texts[text - 1].at, texts[text - 1].length) else 2
        return item.verdicts[text] == 1


cdef class ChunkReader:
    """One chunk, read. `select` finds the entries of a query; `entry` makes Python objects of one."""
    cdef list tables  # of each segment, its table's bytes
    cdef text_place* texts  # of all segments: an entry's texts are numbers in it, from 1
    cdef uint32_t text_count
    cdef segment_entry* entries
    cdef readonly uint32_t entry_count

    def __cinit__(self, bytes data not None):
        self.entries = NULL
        self.texts = NULL
        self.tables = []
        cdef const uint8_t* at = <const uint8_t*>PyBytes_AS_STRING(data)
        cdef const uint8_t* end = at + PyBytes_GET_SIZE(data)
        cdef uint32_t length
        while at < end:
            if end - at < 4:
                raise SegmentFault("a segment is cut short")
            memcpy(&length, at, 4)
            at += 4
            if <uint64_t>(end - at) < length:
                raise SegmentFault("a segment is cut short")
            self._read_segment(at, at + length)
            at += length

    def __dealloc__(self):
        free(self.entries)
        free(self.texts)

    cdef _read_segment(self, const uint8_t* at, const uint8_t* end):
        cdef segment_opening opening
        cdef segment_entry* entry
        cdef uint64_t before_us = 0
        cdef uint32_t _number, first_text = self.text_count
        cdef int text, fault = take_opening(at, end, &opening)
        if fault:
            raise segment_fault(fault)
        self._read_table(&opening)
        # Room for one more than needed, so that there is always some.
        entries = realloc(self.entries, (self.entry_count + opening.entry_count + 1) * sizeof(segment_entry))
        if entries == NULL:
            raise MemoryError
        self.entries = <segment_entry*>entries
        at = opening.entries
        for _number in range(<uint32_t>opening.entry_count):
            entry = &self.entries[self.entry_count]
            fault = take_entry(&at, end, &opening, before_us, entry)
            if fault:
                raise segment_fault(fault)
            before_us = entry.time_us
            for text in range(TEXTS):
                if entry.texts[text]:
                    entry.texts[text] += first_text  # at most text_count, as was checked
            self.entry_count += 1

    cdef _read_table(self, const segment_opening* opening):
        cdef uint64_t length, _number
        cdef bytes table
        table = PyBytes_FromStringAndSize(<const char*>opening.table, opening.packed_bytes or opening.table_bytes)
        if opening.packed_bytes:
            table = inflate(table, opening.table_bytes)
        cdef const uint8_t* at = <const uint8_t*>PyBytes_AS_STRING(table)
        cdef const uint8_t* end = at + PyBytes_GET_SIZE(table)
        if self.text_count + opening.text_count > 0x7FFFFFFF:
            raise segment_fault(TABLE_CUT_SHORT)
        texts = realloc(self.texts, (self.text_count + opening.text_count + 1) * sizeof(text_place))
        if texts == NULL:
            raise MemoryError
        self.texts = <text_place*>texts
        self.tables.append(table)
        for _number in range(opening.text_count):
            if not take_varint(&at, end, &length) or <uint64_t>(end - at) < length:
                raise segment_fault(TABLE_CUT_SHORT)
            self.texts[self.text_count].at = at
            self.texts[self.text_count].length = <uint32_t>min(length, <uint64_t>0xFFFFFFFF)
            self.text_count += 1
            at += length

    cdef bytes _text(self, uint32_t number):
        if number == 0:
            return b""
        return PyBytes_FromStringAndSize(<const char*>self.texts[number - 1].at, self.texts[number - 1].length)

    def select(
        self,
        dict filters not None,
        *,
        matched=None,
        int status_from=0,
        int status_to=1000,
        uint64_t since_us=0,
        uint64_t until_us=0xFFFFFFFFFFFFFFFF,
        faults=None,
        uint32_t below_index=0xFFFFFFFF,
        uint32_t from_index=0,
        uint64_t slower_than_us=0,
        dict either=None,
    ) -> memoryview:
        """Returns indexes in the chunk, oldest first, of the entries from `from_index` to below `below_index` that pass
        every given filter.

        `filters` are (EQUAL, BEGINNING or HOLDING, bytes) by the name of a text (TEXT_NAMES); an entry has to pass at
        least one of those in `either`. Times are inclusive; `status_to` and `slower_than_us` are not. `faults` are the
        fault numbers that pass; None: any or no fault.
        """
        cdef uint32_t index, found = 0
        cdef uint8_t mocked_by
        cdef segment_entry* entry
        cdef int number
        cdef int wanted = -1 if matched is None else bool(matched)
        cdef bint any_fault = faults is None
        cdef Filters every = Filters(filters, self.text_count)
        cdef Filters one_of = Filters(either or {}, self.text_count)
        cdef uint32_t end = min(self.entry_count, below_index)
        cdef bytes indexes = PyBytes_FromStringAndSize(NULL, 4 * (<Py_ssize_t>max(end, from_index) - from_index))
        cdef uint32_t* out = <uint32_t*>PyBytes_AS_STRING(indexes)  # not shared yet, and bytes are aligned
        for index in range(from_index, end):
            entry = &self.entries[index]
            if not since_us <= entry.time_us <= until_us:
                continue
            if <int>entry.status < status_from or <int>entry.status >= status_to:
                continue
            if slower_than_us and entry.duration_us <= slower_than_us:
                continue
            mocked_by = entry.flags & FLAG_MOCKED_BY_MASK
            if wanted >= 0 and (mocked_by == FLAG_MOCKED_BY_ROUTE or mocked_by == FLAG_MOCKED_BY_RULE) != wanted:
                continue
            if not any_fault and entry.fault not in faults:
                continue
            for number in range(one_of.count):
                if one_of.passes(number, entry, self.texts):
                    break
            else:
                if one_of.count:
                    continue
            for number in range(every.count):
                if not every.passes(number, entry, self.texts):
                    break
            else:
                out[found] = index
                found += 1
        return memoryview(indexes).cast("I")[:found]

    def count_classes(self, const uint32_t[::1] indexes) -> tuple:
        """Returns how many of the entries with these indexes have a status that begins with each digit, 0 to 9."""
        cdef uint64_t classes[10]
        cdef Py_ssize_t place
        cdef int digit
        for digit in range(10):
            classes[digit] = 0
        for place in range(indexes.shape[0]):
            if indexes[place] >= self.entry_count:
                raise IndexError(indexes[place])
            classes[self.entries[indexes[place]].status // 100] += 1  # status <= 999, as was checked
        return tuple([classes[digit] for digit in range(10)])

    def entry(self, uint32_t index) -> tuple:
        """Returns one entry: (time µs, method, path, query, header block, client, route id or b"", body or None,
        status, duration µs, flags, rule or b"", fault)."""
        if index >= self.entry_count:
            raise IndexError(index)
        cdef segment_entry* entry = &self.entries[index]
        return (
            entry.time_us,
            self._text(entry.texts[METHOD]),
            self._text(entry.texts[PATH]),
            self._text(entry.texts[QUERY]),
            self._text(entry.texts[HEADERS]),
            self._text(entry.texts[CLIENT]),
            self._text(entry.texts[ROUTE]),
            self._text(entry.texts[BODY]) if entry.flags & FLAG_BODY_CAPTURED else None,
            entry.status,
            entry.duration_us,
            entry.flags,
            self._text(entry.texts[RULE]),
            entry.fault,
        )


def read_header_block(bytes block) -> list:
    """Returns a stored header block as (name, value) pairs of bytes, in their order."""
    cdef const uint8_t* start = <const uint8_t*>PyBytes_AS_STRING(block)
    cdef const uint8_t* at = start
    cdef const uint8_t* end = start + PyBytes_GET_SIZE(block)
    cdef uint64_t name_length, value_length
    result = []
    while at < end:
        if not take_varint(&at, end, &name_length) or not take_varint(&at, end, &value_length):
            raise SegmentFault("a header block is cut short")
        if <uint64_t>(end - at) < name_length or <uint64_t>(end - at) - name_length < value_length:
            raise SegmentFault("a header block is cut short")
        result.append((
            PyBytes_FromStringAndSize(<const char*>at, name_length),
            PyBytes_FromStringAndSize(<const char*>at + name_length, value_length),
        ))
        at += name_length + value_length
    return result
