# One builder gathers the segment of one server: its table of distinct strings, found again by a hash, and its entries.
# It is full when either is. Its memory is not Python's, so records are added without the GIL.

cdef enum:
    MAX_TABLE_BYTES = 1 << 20
    MAX_BUILDERS = 512
    BUILDER_SLOTS = 2048  # > MAX_BUILDERS, so that probing always meets an empty slot
    MAX_ENTRY_BYTES = 136  # 13 varints of at most 10 bytes, rounded up
    # A table shorter than either is not worth the time: deflating takes 10 to 15 ns per byte, on the mocks' core.
    DEFLATE_FROM_BYTES = 512
    DEFLATE_FROM_BYTES_AN_ENTRY = 24

cdef struct text_place:
    uint64_t hash
    uint32_t offset  # of the text itself, after its length
    uint32_t length

cdef struct segment_builder:
    uint8_t server_id[16]
    uint8_t* table
    size_t table_used
    size_t table_room
    text_place* texts
    uint32_t text_count
    uint32_t text_room
    uint32_t* slots  # text number, from 1, by hash; 0 = empty; twice text_room
    uint8_t* entries
    size_t entries_used
    size_t entries_room
    uint32_t entry_count
    uint64_t oldest_us
    uint64_t newest_us
    bint full
    bint has_rules
    uint32_t last[TEXTS]  # references of the entry before: most often the same


cdef int start_builder(segment_builder* builder, const uint8_t* server_id) noexcept nogil:
    """Returns 0 if memory ran out; end_builder frees what was allocated in either case."""
    memset(builder, 0, sizeof(segment_builder))
    memcpy(builder.server_id, server_id, 16)
    builder.table_room = 1024
    builder.text_room = 32
    builder.entries_room = 4096
    builder.table = <uint8_t*>malloc(builder.table_room)
    builder.texts = <text_place*>malloc(builder.text_room * sizeof(text_place))
    builder.slots = <uint32_t*>calloc(builder.text_room * 2, sizeof(uint32_t))
    builder.entries = <uint8_t*>malloc(builder.entries_room)
    return builder.table != NULL and builder.texts != NULL and builder.slots != NULL and builder.entries != NULL


cdef void end_builder(segment_builder* builder) noexcept nogil:
    free(builder.table)
    free(builder.texts)
    free(builder.slots)
    free(builder.entries)


cdef int grow_texts(segment_builder* builder) noexcept nogil:
    cdef uint32_t room = builder.text_room * 2
    cdef uint32_t slot, number, mask = room * 2 - 1
    cdef text_place* texts = <text_place*>realloc(builder.texts, room * sizeof(text_place))
    if texts == NULL:
        return 0
    builder.texts = texts
    cdef uint32_t* slots = <uint32_t*>calloc(room * 2, sizeof(uint32_t))
    if slots == NULL:
        return 0
    for number in range(1, builder.text_count + 1):
        slot = <uint32_t>texts[number - 1].hash & mask
        while slots[slot]:
            slot = (slot + 1) & mask
        slots[slot] = number
    free(builder.slots)
    builder.slots = slots
    builder.text_room = room
    return 1


cdef int64_t refer_to(segment_builder* builder, int field, const uint8_t* text, uint32_t length) noexcept nogil:
    """Returns the number of this text in the table, and adds it if it is new; 0: empty; -1: no memory."""
    cdef text_place* place
    cdef uint64_t hash
    cdef uint32_t slot, mask, number = builder.last[field]
    cdef uint8_t* table
    cdef uint8_t* at
    cdef size_t room
    if length == 0:
        return 0
    if number:
        place = &builder.texts[number - 1]
        if place.length == length and memcmp(builder.table + place.offset, text, length) == 0:
            return number
    hash = hash_bytes(text, length, 0)
    mask = builder.text_room * 2 - 1
    slot = <uint32_t>hash & mask
    # At most half of the slots are taken, so an empty one ends the search.
    while builder.slots[slot]:
        number = builder.slots[slot]
        place = &builder.texts[number - 1]
        if place.hash == hash and place.length == length and memcmp(builder.table + place.offset, text, length) == 0:
            builder.last[field] = number
            return number
        slot = (slot + 1) & mask
    if builder.text_count == builder.text_room:
        if not grow_texts(builder):
            return -1
        mask = builder.text_room * 2 - 1
        slot = <uint32_t>hash & mask
        while builder.slots[slot]:
            slot = (slot + 1) & mask
    room = builder.table_used + length + 10
    if room > builder.table_room:
        room = room * 2
        table = <uint8_t*>realloc(builder.table, room)
        if table == NULL:
            return -1
        builder.table = table
        builder.table_room = room
    at = put_varint(builder.table + builder.table_used, length)
    place = &builder.texts[builder.text_count]
    place.hash = hash
    place.offset = <uint32_t>(at - builder.table)
    place.length = length
    memcpy(at, text, length)
    builder.table_used = place.offset + length
    builder.text_count += 1
    builder.slots[slot] = builder.text_count
    builder.last[field] = builder.text_count
    return builder.text_count


cdef int add_record(segment_builder* builder, const request_record* record, int64_t offset_us) noexcept nogil:
    """Returns 0 if memory ran out. The record is sound: its parts lie within its size (record_is_sound)."""
    cdef const uint8_t* at = <const uint8_t*>record + sizeof(request_record)
    cdef int64_t numbers[TEXTS]
    cdef uint64_t time_us = <uint64_t>(<int64_t>(record.received_ns // 1000) + offset_us)
    cdef uint8_t* entries
    cdef uint8_t* out
    cdef bint has_route = False
    cdef int field
    for field in range(16):
        if record.route_id[field]:
            has_route = True
            break
    numbers[METHOD] = refer_to(builder, METHOD, at, record.method_length)
    at += record.method_length
    numbers[CLIENT] = refer_to(builder, CLIENT, at, record.client_length)
    at += record.client_length
    numbers[PATH] = refer_to(builder, PATH, at, record.path_length)
    at += record.path_length
    numbers[QUERY] = refer_to(builder, QUERY, at, record.query_length)
    at += record.query_length
    numbers[HEADERS] = refer_to(builder, HEADERS, at, record.headers_length)
    at += record.headers_length
    numbers[BODY] = refer_to(builder, BODY, at, record.body_length)
    at += record.body_length
    numbers[RULE] = refer_to(builder, RULE, at, record.rule_length)
    numbers[ROUTE] = refer_to(builder, ROUTE, record.route_id, 16) if has_route else 0
    for field in range(TEXTS):
        if numbers[field] < 0:
            return 0
    if builder.entries_used + MAX_ENTRY_BYTES > builder.entries_room:
        entries = <uint8_t*>realloc(builder.entries, builder.entries_room * 2)
        if entries == NULL:
            return 0
        builder.entries = entries
        builder.entries_room *= 2
    if builder.entry_count == 0:
        builder.oldest_us = time_us
        builder.newest_us = 0
    elif time_us < builder.newest_us:
        time_us = builder.newest_us  # rings are merged by time; only a straggler is late, by microseconds
    out = put_varint(builder.entries + builder.entries_used, time_us - builder.newest_us)
    for field in range(RULE):
        out = put_varint(out, <uint64_t>numbers[field])
    out = put_varint(out, record.status)
    out = put_varint(out, record.duration_us)
    out = put_varint(out, record.flags)
    if record.flags & FLAG_RULED:
        builder.has_rules = True
        out = put_varint(out, <uint64_t>numbers[RULE])
        out = put_varint(out, record.fault)
    builder.newest_us = time_us
    builder.entries_used = out - builder.entries
    builder.entry_count += 1
    builder.full = builder.entry_count >= MAX_SEGMENT_ENTRIES or builder.table_used >= MAX_TABLE_BYTES
    return 1


cdef class Builders:
    """The segments built in one pass; owns their memory."""
    cdef segment_builder* items
    cdef uint32_t count
    cdef uint32_t slots[BUILDER_SLOTS]  # item number, from 1, of the server's open segment

    def __cinit__(self):
        memset(self.slots, 0, sizeof(self.slots))
        self.items = <segment_builder*>calloc(MAX_BUILDERS, sizeof(segment_builder))
        if self.items == NULL:
            raise MemoryError

    def __dealloc__(self):
        cdef uint32_t index
        if self.items != NULL:
            for index in range(self.count):
                end_builder(&self.items[index])
            free(self.items)

    cdef segment_builder* open_for(self, const uint8_t* server_id) noexcept nogil:
        """Returns the builder that takes this server's next record; NULL: no memory."""
        cdef uint32_t slot = <uint32_t>hash_bytes(server_id, 16, 0) & (BUILDER_SLOTS - 1)
        cdef uint32_t number
        while self.slots[slot]:
            number = self.slots[slot]
            if memcmp(self.items[number - 1].server_id, server_id, 16) == 0:
                if not self.items[number - 1].full:
                    return &self.items[number - 1]
                break
            slot = (slot + 1) & (BUILDER_SLOTS - 1)
        # The caller stops before MAX_BUILDERS are in use, so items[count] exists and an empty slot does.
        self.count += 1
        if not start_builder(&self.items[self.count - 1], server_id):
            return NULL
        self.slots[slot] = self.count
        return &self.items[self.count - 1]

    cdef list finish(self):
        cdef uint32_t index
        cdef segment_builder* builder
        result = []
        for index in range(self.count):
            builder = &self.items[index]
            result.append((
                PyBytes_FromStringAndSize(<char*>builder.server_id, 16),
                builder.entry_count,
                builder.oldest_us,
                builder.newest_us,
                pack_segment(builder),
            ))
        return result


cdef bytes pack_segment(segment_builder* builder):
    cdef uint8_t start[64]
    cdef uint8_t* at = start
    cdef bytes table = PyBytes_FromStringAndSize(<char*>builder.table, builder.table_used)
    cdef bytes entries = PyBytes_FromStringAndSize(<char*>builder.entries, builder.entries_used)
    cdef bytes packed = table
    cdef uint64_t packed_bytes = 0
    if (
        builder.table_used >= DEFLATE_FROM_BYTES
        and builder.table_used >= <size_t>DEFLATE_FROM_BYTES_AN_ENTRY * builder.entry_count
    ):
        packed = zlib.compress(table, 1)
        if len(packed) < len(table):
            packed_bytes = len(packed)
        else:
            packed = table
    at = put_varint(at, SEGMENT_VERSION_WITH_RULES if builder.has_rules else SEGMENT_VERSION)
    at = put_varint(at, builder.entry_count)
    at = put_varint(at, builder.text_count)
    at = put_varint(at, builder.table_used)
    at = put_varint(at, packed_bytes)
    opening = PyBytes_FromStringAndSize(<char*>start, at - start)
    return b"".join([(len(opening) + len(packed) + len(entries)).to_bytes(4, "little"), opening, packed, entries])
