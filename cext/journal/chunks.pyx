"""Chunks of log segments → entries. segments.pxd describes their form.

`ChunkReader` reads a chunk whole, picks the entries a query asks for, and makes Python objects of those alone. Lengths
and references are checked as they are read: damaged bytes end in an exception, never in memory that is not theirs.
"""

import zlib

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from libc.stdint cimport uint8_t, uint32_t, uint64_t
from libc.stdlib cimport free, realloc
from libc.string cimport memcpy

from mockwave._record cimport (
    FLAG_BODY_CAPTURED, FLAG_MOCKED_BY_MASK, FLAG_MOCKED_BY_ROUTE, FLAG_MOCKED_BY_RULE, FLAG_RULED, take_varint,
)
from mockwave._segments cimport (
    BODY, CLIENT, HEADERS, MAX_SEGMENT_ENTRIES, METHOD, PATH, QUERY, ROUTE, RULE, SEGMENT_VERSION,
    SEGMENT_VERSION_WITH_RULES, TEXTS,
)

TEXT_NAMES = ("method", "path", "query", "headers", "client", "route", "body", "rule")
"""What filters call the texts of an entry, in the order of segments.pxd."""


cdef enum:
    DEFLATE_AT_MOST = 1032  # times its size is what deflated bytes can become (https://zlib.net/zlib_tech.html)

cdef uint64_t LATEST_US = 253_402_300_799_999_999  # the end of the year 9999, the last that a date can be of


class SegmentFault(Exception):
    """Stored log bytes that are not segments of a version this code knows."""


cdef bytes inflate(bytes packed, uint64_t size):
    """What was packed, which has this size; memory for no more is taken, whatever damaged bytes ask for."""
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


cdef struct decoded_entry:
    uint64_t time_us
    uint64_t texts[TEXTS]
    uint64_t status
    uint64_t duration_us
    uint64_t flags
    uint64_t fault
    uint32_t segment
    uint32_t index  # in the chunk


BUCKETS = 8 * 33
"""Of durations: eight to each power of two, up to some two hours."""


cdef inline uint32_t bucket_of(uint64_t duration_us) noexcept:
    """The bucket of a duration: those below 8 µs have one each, those above share one with the next eighth."""
    cdef uint32_t bits = 0
    cdef uint64_t rest = duration_us
    if duration_us < 8:
        return <uint32_t>duration_us
    while rest >= 16:
        rest >>= 1
        bits += 1
    return min(8 * (bits + 1) + <uint32_t>(rest - 8), 8 * 33 - 1)


cdef class ChunkReader:
    """One chunk, read. `select` finds the entries a query asks for; `entry` makes objects of one."""
    cdef list tables  # of each segment, its table's bytes
    cdef list places  # of each segment, a list of (offset, length) by text number - 1
    cdef decoded_entry* entries
    cdef readonly uint32_t entry_count
    cdef uint32_t room

    def __cinit__(self, bytes data):
        self.entries = NULL
        self.tables = []
        self.places = []
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

    cdef _read_segment(self, const uint8_t* at, const uint8_t* end):
        cdef uint64_t version, entry_count, text_count, table_bytes, packed_bytes, length, field
        cdef uint64_t number, _number, time_us = 0
        cdef const uint8_t* table_end
        cdef const uint8_t* table_at
        cdef decoded_entry* entry
        cdef decoded_entry* entries
        cdef uint64_t opening[5]
        cdef bytes table
        cdef list places = []
        for number in range(5):
            if not take_varint(&at, end, &opening[number]):
                raise SegmentFault("a segment's opening is cut short")
        version, entry_count, text_count, table_bytes, packed_bytes = opening
        if version not in (SEGMENT_VERSION, SEGMENT_VERSION_WITH_RULES):
            raise SegmentFault(f"segment version: expected at most {SEGMENT_VERSION_WITH_RULES}, got {version}")
        length = packed_bytes or table_bytes
        if <uint64_t>(end - at) < length or entry_count > MAX_SEGMENT_ENTRIES:
            raise SegmentFault("a segment's table is cut short")
        table = PyBytes_FromStringAndSize(<const char*>at, length)
        if packed_bytes:
            table = inflate(table, table_bytes)
        at += length
        table_at = <const uint8_t*>PyBytes_AS_STRING(table)
        table_end = table_at + PyBytes_GET_SIZE(table)
        for _number in range(text_count):
            if not take_varint(&table_at, table_end, &length) or <uint64_t>(table_end - table_at) < length:
                raise SegmentFault("a segment's table is cut short")
            places.append((table_at - <const uint8_t*>PyBytes_AS_STRING(table), length))
            table_at += length
        if self.entry_count + entry_count > self.room:
            entries = <decoded_entry*>realloc(self.entries, (self.entry_count + entry_count) * sizeof(decoded_entry))
            if entries == NULL:
                raise MemoryError
            self.entries = entries
            self.room = <uint32_t>(self.entry_count + entry_count)
        for _number in range(entry_count):
            entry = &self.entries[self.entry_count]  # < room, as just made
            if not take_varint(&at, end, &length):
                raise SegmentFault("a segment's entries are cut short")
            time_us += length
            if length > LATEST_US or time_us > LATEST_US:
                raise SegmentFault("an entry is of no time")
            entry.time_us = time_us
            for field in range(<uint64_t>RULE):
                if not take_varint(&at, end, &entry.texts[field]) or entry.texts[field] > text_count:
                    raise SegmentFault("an entry refers to no text")
            if (
                not take_varint(&at, end, &entry.status)
                or not take_varint(&at, end, &entry.duration_us)
                or not take_varint(&at, end, &entry.flags)
            ):
                raise SegmentFault("a segment's entries are cut short")
            entry.texts[RULE] = 0
            entry.fault = 0
            if version == SEGMENT_VERSION_WITH_RULES and entry.flags & FLAG_RULED:
                if not take_varint(&at, end, &entry.texts[RULE]) or entry.texts[RULE] > text_count:
                    raise SegmentFault("an entry refers to no text")
                if not take_varint(&at, end, &entry.fault):
                    raise SegmentFault("a segment's entries are cut short")
            if entry.status > 999:
                raise SegmentFault("an entry has no status")
            entry.segment = <uint32_t>len(self.tables)
            entry.index = self.entry_count
            self.entry_count += 1
        self.tables.append(table)
        self.places.append(places)

    cdef bytes _text(self, uint32_t segment, uint64_t number):
        if number == 0:
            return b""
        offset, length = self.places[segment][number - 1]
        return self.tables[segment][offset : offset + length]

    cdef list _allowed(self, int segment, object accepts):
        """By text number, whether `accepts` takes that text; number 0 stands for the empty one."""
        cdef bytes table = self.tables[segment]
        return [accepts(b""), *(accepts(table[offset : offset + length]) for offset, length in self.places[segment])]

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
    ) -> list:
        """Indexes in the chunk, oldest first, of the entries from `from_index` to below `below_index` that pass every
        filter given.

        `filters` are functions of bytes by the name of a text (TEXT_NAMES), asked once per distinct text; of those in
        `either` an entry passes one at least. Times are inclusive; `status_to` and `slower_than_us` are not. `faults`
        are the numbers of those that pass; None: any, and none.
        """
        cdef uint32_t index
        cdef uint8_t mocked_by
        cdef decoded_entry* entry
        cdef list result = []
        cdef int filtered[TEXTS]  # the texts that filters look at
        cdef list allowed = []  # for each of them, by segment, what `_allowed` says
        cdef int number, count = 0
        for name, accepts in filters.items():
            filtered[count] = TEXT_NAMES.index(name)  # in bounds: a dict has each name once
            allowed.append([self._allowed(segment, accepts) for segment in range(len(self.tables))])
            count += 1
        cdef int any_of[TEXTS]
        cdef list taken = []  # as `allowed`, for the filters of which one is enough
        cdef int any_count = 0
        for name, accepts in (either or {}).items():
            any_of[any_count] = TEXT_NAMES.index(name)  # in bounds as above
            taken.append([self._allowed(segment, accepts) for segment in range(len(self.tables))])
            any_count += 1
        cdef int wanted = -1 if matched is None else bool(matched)
        for index in range(from_index, min(self.entry_count, below_index)):
            entry = &self.entries[index]
            if not since_us <= entry.time_us <= until_us:
                continue
            if <int>entry.status < status_from or <int>entry.status >= status_to:
                continue
            if slower_than_us and entry.duration_us <= slower_than_us:
                continue
            for number in range(any_count):
                if (<list>(<list>taken[number])[entry.segment])[entry.texts[any_of[number]]]:
                    break
            else:
                if any_count:
                    continue
            mocked_by = entry.flags & FLAG_MOCKED_BY_MASK
            if wanted >= 0 and (mocked_by == FLAG_MOCKED_BY_ROUTE or mocked_by == FLAG_MOCKED_BY_RULE) != wanted:
                continue
            if faults is not None and entry.fault not in faults:
                continue
            for number in range(count):
                if not (<list>(<list>allowed[number])[entry.segment])[entry.texts[filtered[number]]]:
                    break
            else:
                result.append(index)
        return result

    def tally(self, list indexes=None, uint64_t since_us=0, uint64_t step_us=0xFFFFFFFFFFFFFFFF) -> list:
        """Counts of the entries with these indexes (None: of all) that came at `since_us` or later, by steps of time.

        A list of (step, classes, durations): step 0 begins at `since_us`; `classes` are counts by the first digit of
        the status, 10 of them; `durations` counts by bucket (`bucket_of`, BUCKETS of them).
        """
        cdef dict steps = {}
        cdef uint32_t index
        cdef decoded_entry* entry
        cdef list counts
        if step_us == 0:
            raise ValueError("step_us: expected at least 1")
        for index in range(self.entry_count) if indexes is None else indexes:
            if index >= self.entry_count:
                raise IndexError(index)
            entry = &self.entries[index]
            if entry.time_us < since_us:
                continue
            step = (entry.time_us - since_us) // step_us
            counts = <list>steps.get(step)
            if counts is None:
                counts = steps[step] = [0] * (10 + BUCKETS)
            counts[entry.status // 100] += 1  # status <= 999, as was checked when it was read
            counts[10 + bucket_of(entry.duration_us)] += 1
        return [(step, counts[:10], counts[10:]) for step, counts in sorted(steps.items())]

    def count_texts(self, str name not None) -> dict:
        """How often each text of this name (TEXT_NAMES) stands among the entries, and when last: text → (count, µs)."""
        cdef int text = TEXT_NAMES.index(name)
        cdef uint32_t index
        cdef decoded_entry* entry
        cdef dict numbers = {}  # (segment, text number) → [count, µs]
        cdef list found
        for index in range(self.entry_count):
            entry = &self.entries[index]
            # Both are below 2 ** 32: so many entries fit no chunk.
            key = (<uint64_t>entry.segment << 32) | entry.texts[text]
            found = <list>numbers.get(key)
            if found is None:
                numbers[key] = [1, entry.time_us]
            else:
                found[0] += 1
                found[1] = max(found[1], entry.time_us)
        result = {}
        for key, (count, latest_us) in numbers.items():
            value = self._text(key >> 32, key & 0xFFFFFFFF)
            known_count, known_us = result.get(value, (0, 0))
            result[value] = known_count + count, max(known_us, latest_us)
        return result

    def entry(self, uint32_t index) -> tuple:
        """One entry: (time µs, method, path, query, header block, client, route id or b"", body or None, status,
        duration µs, flags, rule or b"", fault)."""
        if index >= self.entry_count:
            raise IndexError(index)
        cdef decoded_entry* entry = &self.entries[index]
        cdef uint32_t segment = entry.segment
        return (
            entry.time_us,
            self._text(segment, entry.texts[METHOD]),
            self._text(segment, entry.texts[PATH]),
            self._text(segment, entry.texts[QUERY]),
            self._text(segment, entry.texts[HEADERS]),
            self._text(segment, entry.texts[CLIENT]),
            self._text(segment, entry.texts[ROUTE]),
            self._text(segment, entry.texts[BODY]) if entry.flags & FLAG_BODY_CAPTURED else None,
            entry.status,
            entry.duration_us,
            entry.flags,
            self._text(segment, entry.texts[RULE]),
            entry.fault,
        )


def read_header_block(bytes block) -> list:
    """A stored header block as (name, value) pairs of bytes, in the order they came."""
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
