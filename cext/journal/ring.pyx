"""The Journal's ring: a file mapping in which one worker appends requests, and the drainer reads them.

    header page │ data: … stored │ not yet stored │ free …
                          tail ──┘         head ──┘        (bytes since the ring was made; place = offset % capacity)

- One appender (the owner of the slot), at most one drainer (the owner of the drain lock).
- `head` is published, with release, when the record is whole: a process killed before that leaves no trace.
- `tail` is only a hint that frees room; the Store knows what was stored, by the transaction that stored it.
- A record never wraps; a pad record fills the end of the ring. Records are multiples of 8, so a pad has at least 8
  bytes.
- `appending` is set, fenced, before the clock is read. So a drainer that reads the clock and then sees `appending`
  clear knows that every record with an earlier time is published. It orders entries of several workers; nothing else
  depends on it.
- The whole file is allocated on disk before it is mapped: a full disk is an error here, never a SIGBUS later.
- The mapping is shared, so its header is checked wherever it is read: sizes and identity are kept from the moment of
  mapping, the appender knows its own head, and head and tail must lie within a capacity of each other. A copy of the
  identity stands in the second half of the header page, in case the first one is damaged.
- A file may be truncated while its pages are read, which is a SIGBUS. So the file's size is checked before each drain,
  five times a second by the owner, and before a ring is mapped. A worker that dies of it is replaced by one that leaves
  this ring alone.
"""

import os
from urllib.parse import unquote_to_bytes

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_GET_SIZE, PyBytes_Check
from cpython.object cimport PyObject
from cpython.unicode cimport PyUnicode_AsUTF8AndSize
from libc.stdint cimport uint8_t, uint32_t, uint64_t
from libc.string cimport memcmp, memcpy, memset

from mockwave._mapping cimport map_shared, munmap
from mockwave._record cimport (
    FLAG_BODY_CAPTURED,
    FLAG_RULED,
    FLAG_TRUNCATED,
    PAD_MARK,
    hash_bytes,
    load_acquire_32,
    load_acquire_64,
    monotonic_ns,
    put_varint,
    realtime_offset_us,
    record_checksum,
    request_record,
    store_fenced_32,
    store_release_32,
    store_release_64,
    varint_size,
)

from mockwave.shared_files import create_shared_file

cdef extern from "sched.h" nogil:
    int sched_yield()

cdef enum:
    HEADER_BYTES = 4096
    COPY_OFFSET = 2048  # of the identity's copy in the header page, after sizeof(ring_header)
    MAX_PART_BYTES = 65536
    MAX_RULE_BYTES = 1024
    MAX_CUT_VALUE_BYTES = 1024  # kept of a header's value that does not fit

include "ring_files.pxi"
include "ring_mapping.pxi"
include "ring_headers.pxi"


cdef class Ring(MappedRing):
    """One mapped ring, to which its owner appends.

    Raises RingFault if the file is not a ring, or its header is damaged beyond repair; OSError if it cannot be opened.
    If only the first identity is damaged, the copy is used, and nothing is repaired: find_damage reports it.
    """

    def claim(self) -> None:
        """Makes this object the appender, and clears what a killed owner left. Only for the holder of the slot.

        Raises RingFault if the header is damaged, since appended records could not be found again.
        """
        damage = self.find_damage()
        if damage:
            raise RingFault(damage)
        self.next_head = load_acquire_64(&self.header.head)
        self.is_mine = True
        store_release_32(&self.header.appending, 0)

    def exchange(self, Ring other not None) -> None:
        """Exchanges the files of two objects: users of this one go on in the other's ring, and vice versa.

        Do not call it between collecting a request's headers and its append.
        """
        self.header, other.header = other.header, self.header
        self.data, other.data = other.data, self.data
        self.mapped_bytes, other.mapped_bytes = other.mapped_bytes, self.mapped_bytes
        self.identity, other.identity = other.identity, self.identity
        self.capacity, other.capacity = other.capacity, self.capacity
        self.next_head, other.next_head = other.next_head, self.next_head
        self.is_mine, other.is_mine = other.is_mine, self.is_mine
        self.descriptor, other.descriptor = other.descriptor, self.descriptor
        self.inode, other.inode = other.inode, self.inode
        self.seed, other.seed = other.seed, self.seed
        self.path, other.path = other.path, self.path
        self.max_body_bytes, other.max_body_bytes = other.max_body_bytes, self.max_body_bytes

    def append_request(
        self,
        bytes server_id,
        bytes route_id,
        unsigned int status,
        unsigned int flags,
        uint64_t started_ns,
        str method,
        bytes path,
        bytes query,
        object headers,
        str client,
        bytes body=None,
        uint32_t extra_us=0,
        bytes rule=None,
        uint8_t fault=0,
    ) -> bool:
        """Appends one request. Returns False if the ring is full; then nothing was written.

        `server_id` is 16 bytes, `route_id` 16 bytes or empty for none; `headers` (name, value) pairs of bytes;
        `started_ns` CLOCK_MONOTONIC at arrival; `extra_us` is the delay still to come; `rule` is the one that answered.
        """
        if len(server_id) != 16 or len(route_id) not in (0, 16):
            raise ValueError("ids: expected 16 bytes")
        cdef const uint8_t* route = <const uint8_t*>PyBytes_AS_STRING(route_id) if len(route_id) else NULL
        cdef request_parts parts
        fill_parts(&parts, method, query, client, body, started_ns)
        if rule is not None:
            parts.rule = <const uint8_t*>PyBytes_AS_STRING(rule)
            parts.rule_length = PyBytes_GET_SIZE(rule)
        parts.fault = fault
        parts.path = <const uint8_t*>PyBytes_AS_STRING(path)
        parts.path_length = PyBytes_GET_SIZE(path)
        self.collect(headers)
        return self.append(
            <const uint8_t*>PyBytes_AS_STRING(server_id), route, status, flags, &parts, extra_us
        )

    cdef int collect(self, object headers) except -1:
        """Collects a request's headers for the append that follows at once; returns HAS_… bits."""
        cdef list pairs = <list>headers if type(headers) is list else list(headers)
        self.pairs = pairs
        return collect_headers(&self.request_headers, pairs, self.redacts_secrets)

    cdef bytes redact(self, tuple header_names, frozenset query_names, bytes query):
        """Redacts the API keys of the request whose headers were just collected; returns its query.

        Names are bytes, those of headers in lower case. The append has to follow at once.
        """
        if not self.redacts_secrets:
            return query
        redact_headers(&self.request_headers, header_names)
        if not query_names or not query:
            return query
        if PyBytes_GET_SIZE(query) > MAX_PART_BYTES:
            query = query[:MAX_PART_BYTES]
            self.request_headers.flags |= FLAG_TRUNCATED
        return redact_query(query, query_names)

    cdef int measure_collected(self) noexcept:
        """Like `collect`, for parts of `request_headers` that are already filled in, with names in lower case."""
        return measure_headers(&self.request_headers, self.redacts_secrets)

    cdef bint has_room_for_any(self) noexcept:
        """Whether the next append cannot fail: there is room for the largest record after a pad."""
        cdef uint64_t largest = sizeof(request_record) + 2 * 255 + 3 * MAX_PART_BYTES + MAX_RULE_BYTES
        largest += self.max_body_bytes
        return self.capacity - (self.next_head - load_acquire_64(&self.header.tail)) >= 2 * (largest + 8)

    cdef bint append(
        self,
        const uint8_t* server_id,
        const uint8_t* route_id,
        unsigned int status,
        unsigned int flags,
        const request_parts* request,
        uint32_t extra_us,
    ) noexcept:
        """Appends the request whose headers were just collected. Returns False if the ring is full.

        Pointers are read before it returns and never kept. Parts beyond MAX_PART_BYTES are cut off, and the entry says
        so (FLAG_TRUNCATED), so no request can outgrow the ring.
        """
        cdef Py_ssize_t method_length = request.method_length, client_length = request.client_length
        cdef Py_ssize_t path_length = request.path_length, query_length = request.query_length, body_length = 0
        cdef Py_ssize_t rule_length = 0
        cdef ring_header* header = self.header
        cdef uint64_t capacity = self.capacity
        cdef uint64_t head = self.next_head  # only this object appends
        cdef uint64_t place, space, needed, pad
        cdef uint8_t* at
        cdef request_record* record
        cdef header_part* part
        cdef uint32_t index
        cdef uint64_t now

        # 1. Cut each part to its limit. From here on every length is bounded, and so is their sum, `needed`.
        flags |= self.request_headers.flags
        if method_length > 255:
            method_length = 255
            flags |= FLAG_TRUNCATED
        if client_length > 255:
            client_length = 255
            flags |= FLAG_TRUNCATED
        if path_length > MAX_PART_BYTES:
            path_length = MAX_PART_BYTES
            flags |= FLAG_TRUNCATED
        if query_length > MAX_PART_BYTES:
            query_length = MAX_PART_BYTES
            flags |= FLAG_TRUNCATED
        if request.body != NULL:
            body_length = request.body_length
            flags |= FLAG_BODY_CAPTURED
            if body_length > self.max_body_bytes:
                body_length = self.max_body_bytes
                flags |= FLAG_TRUNCATED

        if request.rule != NULL:
            rule_length = min(request.rule_length, <Py_ssize_t>MAX_RULE_BYTES)  # a name of bounded length
            flags |= FLAG_RULED
        if request.fault:
            flags |= FLAG_RULED

        # 2. Where the record goes. It never wraps: if it does not fit before the ring's end, a pad record fills that.
        needed = sizeof(request_record) + method_length + client_length + path_length
        needed += query_length + self.request_headers.size_bytes + body_length + rule_length
        needed = (needed + 7) & ~<uint64_t>7
        place = head % capacity
        space = capacity - place
        pad = space if needed > space else 0
        # This proves every write below: [head, head + pad + needed) lies within the mapping, because place + needed <=
        # capacity once the pad is taken. With a sound tail it contains no unstored byte; even with a damaged one, no
        # byte beyond the mapping is written.
        if head + pad + needed - load_acquire_64(&header.tail) > capacity:
            return False
        if pad:
            record = <request_record*>(self.data + place)  # at least 8 bytes: all are multiples of 8
            record.size = <uint32_t>pad
            record.checksum = PAD_MARK
            head += pad
            place = 0

        # 3. Announce the append before the clock is read: a drainer that reads a later time waits for it. The record is
        # not visible yet: `head` still ends before it, so a kill here loses only this request, which has no answer yet.
        store_fenced_32(&header.appending, 1)
        now = monotonic_ns()
        record = <request_record*>(self.data + place)
        record.size = <uint32_t>needed
        record.received_ns = now
        memcpy(record.server_id, server_id, 16)
        if route_id == NULL:
            memset(record.route_id, 0, 16)
        else:
            memcpy(record.route_id, route_id, 16)
        record.duration_us = extra_us
        if now > request.started_ns:
            record.duration_us += <uint32_t>((now - request.started_ns) // 1000)
        record.status = <unsigned short>status
        record.flags = <uint8_t>flags
        record.method_length = <uint8_t>method_length
        record.client_length = <uint32_t>client_length
        record.path_length = <uint32_t>path_length
        record.query_length = <uint32_t>query_length
        record.headers_length = self.request_headers.size_bytes
        record.body_length = <uint32_t>body_length
        record.rule_length = <unsigned short>rule_length
        record.fault = request.fault
        record.reserved = 0
        # 4. The parts follow in the order of their lengths above: together with the header they take at most `needed`.
        at = <uint8_t*>record + sizeof(request_record)
        memcpy(at, request.method, method_length)
        at += method_length
        memcpy(at, request.client, client_length)
        at += client_length
        memcpy(at, request.path, path_length)
        at += path_length
        memcpy(at, request.query, query_length)
        at += query_length
        for index in range(self.request_headers.count):
            # In bounds: exactly the bytes that measure_headers counted into size_bytes.
            part = &self.request_headers.parts[index]
            at = put_varint(at, part.name_length)
            at = put_varint(at, part.value_length)
            memcpy(at, part.name, part.name_length)
            at += part.name_length
            memcpy(at, part.value, part.value_length)
            at += part.value_length
        if body_length:
            memcpy(at, request.body, body_length)
            at += body_length
        if rule_length:
            memcpy(at, request.rule, rule_length)
            at += rule_length
        memset(at, 0, <uint8_t*>record + needed - at)
        record.checksum = record_checksum(<uint8_t*>record, record.size, head, self.seed)
        # 5. Publish it: a reader of this head sees the whole record. Only then is the append over.
        header.appended += 1
        header.truncated += (flags & FLAG_TRUNCATED) != 0
        self.next_head = head + needed
        store_release_64(&header.head, head + needed)
        store_release_32(&header.appending, 0)
        return True


cdef int fill_parts(
    request_parts* parts, str method, bytes query, str client, bytes body, uint64_t started_ns
) except -1:
    parts.method = <const uint8_t*>PyUnicode_AsUTF8AndSize(method, &parts.method_length)
    parts.client = <const uint8_t*>PyUnicode_AsUTF8AndSize(client, &parts.client_length)
    parts.query = <const uint8_t*>PyBytes_AS_STRING(query)
    parts.query_length = PyBytes_GET_SIZE(query)
    parts.body = NULL
    parts.body_length = 0
    parts.rule = NULL
    parts.rule_length = 0
    parts.fault = 0
    if body is not None:
        parts.body = <const uint8_t*>PyBytes_AS_STRING(body)
        parts.body_length = PyBytes_GET_SIZE(body)
    parts.started_ns = started_ns
    return 0


def monotonic_now_ns() -> int:
    """CLOCK_MONOTONIC, the clock of `started_ns`."""
    return monotonic_ns()


def monotonic_to_realtime_us() -> int:
    """The current offset from CLOCK_MONOTONIC microseconds to microseconds since the epoch."""
    return realtime_offset_us()


def wait_for_appender(Ring ring, uint64_t patience_ns=2_000_000) -> None:
    """Returns when no append is in progress, or after the patience: a killed appender never ends."""
    cdef uint64_t until = monotonic_ns() + patience_ns
    with nogil:
        while load_acquire_32(&ring.header.appending) and monotonic_ns() < until:
            sched_yield()
