"""The Journal's ring: a file mapping in which one worker appends requests and whoever drains reads them.

    header page │ data: … stored │ not yet stored │ free …
                          tail ──┘         head ──┘        (bytes since the ring was made; place = offset % capacity)

- One appender (the owner of the slot), at most one drainer (the owner of the drain lock).
- `head` is published, with release, when the record is whole: a process killed before that leaves nothing behind.
- `tail` is only a hint that frees room; what was stored is known to the Store, in the transaction that stored it.
- A record never wraps; a pad record fills the end of the ring. Records are multiples of 8, so at least 8 bytes are
  left wherever one is needed.
- `appending` is set, fenced, before the clock is read, so a drainer that reads the clock and then sees it clear knows
  that every record with an earlier time is published. It orders entries of several workers; nothing depends on it else.
- The file is allocated on disk in whole before it is mapped: a full disk is an error here, never a SIGBUS later.
"""

import os

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_GET_SIZE, PyBytes_Check
from cpython.object cimport PyObject
from cpython.unicode cimport PyUnicode_AsUTF8AndSize
from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.string cimport memcmp, memcpy, memset

from mockwave._record cimport (
    FLAG_BODY_CAPTURED,
    FLAG_TRUNCATED,
    PAD_MARK,
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

cdef extern from "sys/mman.h" nogil:
    void* mmap(void* address, size_t length, int protection, int flags, int fd, int64_t offset)
    int munmap(void* address, size_t length)
    const int PROT_READ, PROT_WRITE, MAP_SHARED
    void* MAP_FAILED

cdef extern from "sched.h" nogil:
    int sched_yield()

cdef enum:
    HEADER_BYTES = 4096
    MAX_PART_BYTES = 65536

cdef char* MAGIC = b"MWRING02"

MINIMUM_CAPACITY_BYTES = 1 << 20
MAXIMUM_CAPACITY_BYTES = 1 << 31  # record sizes, pads too, are 32 bits

include "ring_headers.pxi"


class RingFault(Exception):
    """A ring file that cannot be used: not one of ours, of another layout, or cut short."""


def current_boot_id() -> bytes:
    """The kernel's id of this boot, 36 bytes; 36 zeros where the platform has none."""
    try:
        with open("/proc/sys/kernel/random/boot_id", "rb") as source:
            return source.read(36).ljust(36, b"0")
    except OSError:
        return b"0" * 36


def create_ring_file(path: str, capacity_bytes: int, ring_id: bytes) -> None:
    """Makes an empty ring at `path`, in place of what was there, in one step.

    `capacity_bytes` is a multiple of 4096, at least MINIMUM_CAPACITY_BYTES; `ring_id` 16 bytes. Raises OSError (disk
    full, no permission) and then leaves what was there.
    """
    if not MINIMUM_CAPACITY_BYTES <= capacity_bytes <= MAXIMUM_CAPACITY_BYTES or capacity_bytes % HEADER_BYTES:
        raise ValueError(
            f"ring capacity: expected a multiple of 4096 from {MINIMUM_CAPACITY_BYTES} to {MAXIMUM_CAPACITY_BYTES} "
            f"bytes, got {capacity_bytes}"
        )
    if len(ring_id) != 16:
        raise ValueError(f"ring id: expected 16 bytes, got {len(ring_id)}")
    cdef ring_header header
    memset(&header, 0, sizeof(header))
    memcpy(header.magic, MAGIC, 8)
    header.capacity_bytes = capacity_bytes
    cdef bytes identity = ring_id
    cdef bytes boot = current_boot_id()
    memcpy(header.ring_id, PyBytes_AS_STRING(identity), 16)
    memcpy(header.boot_id, PyBytes_AS_STRING(boot), 36)
    temporary = f"{path}.new-{os.getpid()}"
    descriptor = os.open(temporary, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        os.posix_fallocate(descriptor, 0, HEADER_BYTES + capacity_bytes)
        os.pwrite(descriptor, (<char*>&header)[:sizeof(header)], 0)
        os.rename(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise
    finally:
        os.close(descriptor)


cdef check_header(str path, bytes start, size):
    """Raises RingFault where this is not the first page of a ring of this size."""
    cdef ring_header* header = <ring_header*>PyBytes_AS_STRING(start)
    if len(start) < <Py_ssize_t>sizeof(ring_header) or memcmp(header.magic, MAGIC, 8):
        raise RingFault(f"{path}: not a ring of this version; move it away to start with an empty one")
    if header.capacity_bytes + HEADER_BYTES != size or header.capacity_bytes % HEADER_BYTES:
        raise RingFault(f"{path}: {size} bytes, but its header says {header.capacity_bytes + HEADER_BYTES}")


cdef class Ring:
    """One ring, mapped. The mapping belongs to this object, which unmaps it when it goes.

    Raises RingFault where the file is no ring, OSError where it cannot be opened.
    """

    def __cinit__(self, str path, *, bint redacts_secrets=True, uint32_t max_body_bytes=65536):
        self.header = NULL
        self.path = path
        self.redacts_secrets = redacts_secrets
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        try:
            size = os.fstat(descriptor).st_size
            if size < HEADER_BYTES + MINIMUM_CAPACITY_BYTES:
                raise RingFault(f"{path}: {size} bytes are too few for a ring")
            start = os.pread(descriptor, sizeof(ring_header), 0)
            check_header(path, start, size)
            self.mapped_bytes = size
            memory = mmap(NULL, self.mapped_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0)
            if memory == MAP_FAILED:
                raise OSError(f"{path}: cannot be mapped")
        finally:
            os.close(descriptor)
        self.header = <ring_header*>memory
        self.data = <uint8_t*>memory + HEADER_BYTES
        memcpy(&self.seed, self.header.ring_id, 8)
        # A record of the largest parts must fit several times over, or a full ring could never take it.
        self.max_body_bytes = min(max_body_bytes, <uint32_t>(self.header.capacity_bytes // 8))

    def __dealloc__(self):
        if self.header != NULL:
            munmap(self.header, self.mapped_bytes)

    @property
    def ring_id(self) -> bytes:
        return (<char*>self.header.ring_id)[:16]

    @property
    def boot_id(self) -> bytes:
        return (<char*>self.header.boot_id)[:36]

    @property
    def capacity_bytes(self) -> int:
        return self.header.capacity_bytes

    @property
    def head(self) -> int:
        """Offset behind the last published record, in bytes since the ring was made."""
        return load_acquire_64(&self.header.head)

    @property
    def tail(self) -> int:
        """Offset of the first record whose room is not free yet."""
        return load_acquire_64(&self.header.tail)

    @property
    def fill(self) -> float:
        """Share of the ring that waits to be stored, 0 to 1."""
        return <double>(load_acquire_64(&self.header.head) - load_acquire_64(&self.header.tail)) / (
            <double>self.header.capacity_bytes
        )

    @property
    def appended(self) -> int:
        return self.header.appended

    @property
    def dropped(self) -> int:
        return self.header.dropped

    @property
    def truncated(self) -> int:
        return self.header.truncated

    def count_dropped(self) -> None:
        self.header.dropped += 1

    def release(self, uint64_t position) -> None:
        """Frees the room before `position`. For the drainer alone, after the Store has committed."""
        if position < load_acquire_64(&self.header.tail) or position > load_acquire_64(&self.header.head):
            raise ValueError(f"ring position: expected {self.tail} to {self.head}, got {position}")
        store_release_64(&self.header.tail, position)

    def claim(self) -> None:
        """Makes this process the appender: clears what an owner killed midway left. For the holder of the slot."""
        store_release_32(&self.header.appending, 0)

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
    ) -> bool:
        """Appends one request; False: the ring is full and nothing was written.

        `server_id` is 16 bytes, `route_id` 16 bytes or empty for none; `headers` (name, value) pairs of bytes;
        `started_ns` CLOCK_MONOTONIC at arrival; `extra_us` is the delay still to come.
        """
        if len(server_id) != 16 or len(route_id) not in (0, 16):
            raise ValueError("ids: expected 16 bytes")
        cdef const uint8_t* route = <const uint8_t*>PyBytes_AS_STRING(route_id) if len(route_id) else NULL
        cdef request_parts parts
        fill_parts(&parts, method, query, client, body, started_ns)
        parts.path = <const uint8_t*>PyBytes_AS_STRING(path)
        parts.path_length = PyBytes_GET_SIZE(path)
        self.collect(headers)
        return self.append(
            <const uint8_t*>PyBytes_AS_STRING(server_id), route, status, flags, &parts, extra_us
        )

    cdef int collect(self, object headers) except -1:
        """Takes a request's headers for the append that follows at once; returns HAS_… bits."""
        cdef list pairs = <list>headers if type(headers) is list else list(headers)
        self.pairs = pairs
        return collect_headers(&self.request_headers, pairs, self.redacts_secrets)

    cdef int measure_collected(self) noexcept:
        """As `collect`, where the parts of `request_headers` have been filled in already, names in lower case."""
        return measure_headers(&self.request_headers, self.redacts_secrets)

    cdef bint append(
        self,
        const uint8_t* server_id,
        const uint8_t* route_id,
        unsigned int status,
        unsigned int flags,
        const request_parts* request,
        uint32_t extra_us,
    ) noexcept:
        """Appends the request whose headers were collected just before; False: the ring is full.

        Pointers are read before it returns and never kept. Parts beyond MAX_PART_BYTES are cut and the entry says so
        (FLAG_TRUNCATED): no request can outgrow the ring.
        """
        cdef Py_ssize_t method_length = request.method_length, client_length = request.client_length
        cdef Py_ssize_t path_length = request.path_length, query_length = request.query_length, body_length = 0
        cdef ring_header* header = self.header
        cdef uint64_t capacity = header.capacity_bytes
        cdef uint64_t head = header.head  # this process alone writes it
        cdef uint64_t place, space, needed, pad
        cdef uint8_t* at
        cdef request_record* record
        cdef header_part* part
        cdef uint32_t index
        cdef uint64_t now

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

        needed = sizeof(request_record) + method_length + client_length + path_length
        needed = (needed + query_length + self.request_headers.size_bytes + body_length + 7) & ~<uint64_t>7
        place = head % capacity
        space = capacity - place
        pad = space if needed > space else 0
        # Proves every write below: [head, head + pad + needed) holds no unstored byte and lies within the mapping,
        # because place + needed <= capacity once the pad is taken.
        if head + pad + needed - load_acquire_64(&header.tail) > capacity:
            return False
        if pad:
            record = <request_record*>(self.data + place)  # 8 bytes are left at least: everything is a multiple of 8
            record.size = <uint32_t>pad
            record.checksum = PAD_MARK
            head += pad
            place = 0

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
        record.reserved = 0
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
            # Exactly the bytes that measure_headers counted into size_bytes.
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
        memset(at, 0, <uint8_t*>record + needed - at)
        record.checksum = record_checksum(<uint8_t*>record, record.size, head, self.seed)
        header.appended += 1
        header.truncated += (flags & FLAG_TRUNCATED) != 0
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
    if body is not None:
        parts.body = <const uint8_t*>PyBytes_AS_STRING(body)
        parts.body_length = PyBytes_GET_SIZE(body)
    parts.started_ns = started_ns
    return 0


def monotonic_now_ns() -> int:
    """CLOCK_MONOTONIC, the clock of `started_ns`."""
    return monotonic_ns()


def monotonic_to_realtime_us() -> int:
    """What to add to CLOCK_MONOTONIC microseconds to get microseconds since the epoch, as of now."""
    return realtime_offset_us()


def wait_for_appender(Ring ring, uint64_t patience_ns=2_000_000) -> None:
    """Returns when no append is in progress, or after the patience: an appender killed midway never ends."""
    cdef uint64_t until = monotonic_ns() + patience_ns
    with nogil:
        while load_acquire_32(&ring.header.appending) and monotonic_ns() < until:
            sched_yield()
