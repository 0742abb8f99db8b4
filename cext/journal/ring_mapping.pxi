# A mapped ring: how its file is found to be one, and sound, and what its header says. Included by the ring's module.


cdef class MappedRing:
    """One mapped ring, which this object owns and unmaps at its end."""

    def __cinit__(self, str path, *, bint redacts_secrets=True, uint32_t max_body_bytes=65536):
        self.header = NULL
        self.descriptor = -1
        self.path = path
        self.redacts_secrets = redacts_secrets
        self.descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        status = os.fstat(self.descriptor)
        size = status.st_size
        self.inode = status.st_ino
        if size < HEADER_BYTES + MINIMUM_CAPACITY:
            raise RingFault(f"{path}: {size} bytes are too few for a ring")
        self._identify(os.pread(self.descriptor, HEADER_BYTES, 0), size)
        self.mapped_bytes = size
        self.header = <ring_header*>map_shared(self.descriptor, self.mapped_bytes, path)
        self.data = <uint8_t*>self.header + HEADER_BYTES
        # Made a multiple of 8, whatever the header says: append relies on it.
        self.next_head = load_acquire_64(&self.header.head) & ~<uint64_t>7
        memcpy(&self.seed, self.identity.ring_id, 8)
        # A record of the largest parts must fit several times, or the ring could never take it.
        self.max_body_bytes = min(max_body_bytes, <uint32_t>(self.capacity // 8))

    def __dealloc__(self):
        if self.header != NULL:
            munmap(self.header, self.mapped_bytes)
        if self.descriptor >= 0:
            os.close(self.descriptor)

    cdef _identify(self, bytes page, size):
        if len(page) == HEADER_BYTES:  # so both copies lie within it
            memcpy(&self.identity, PyBytes_AS_STRING(page) + COPY_OFFSET, sizeof(ring_identity))
            check_offset = COPY_OFFSET + sizeof(ring_identity)
            is_copy_whole = page[check_offset : check_offset + 8] == identity_check(&self.identity)
            # Rings of older versions have no copy.
            for offset in [COPY_OFFSET, 0] if is_copy_whole else [0]:
                memcpy(&self.identity, PyBytes_AS_STRING(page) + <Py_ssize_t>offset, sizeof(ring_identity))
                if is_identity_of(&self.identity, size):
                    self.capacity = self.identity.capacity_bytes
                    return
        memcpy(&self.identity, PyBytes_AS_STRING(page.ljust(HEADER_BYTES)), sizeof(ring_identity))
        if not is_magic(self.identity.magic):
            raise RingFault(f"{self.path}: not a ring of this version, or its header is damaged")
        raise RingFault(
            f"{self.path}: {size} bytes, but its header says {self.identity.capacity_bytes + HEADER_BYTES}"
        )

    @property
    def is_cut_short(self) -> bool:
        """Whether the file is truncated; then the mapping must not be touched."""
        return os.fstat(self.descriptor).st_size < self.mapped_bytes

    def find_damage(self) -> str:
        """Says what is wrong with the file or its header; empty if nothing is, as far as can be seen.

        The mapping is touched only if the file has its full length.
        """
        cdef uint64_t head, tail
        cdef int _attempt
        size = os.fstat(self.descriptor).st_size
        if size < self.mapped_bytes:
            return f"{self.path}: cut short to {size} bytes; it had {self.mapped_bytes}"
        if memcmp(self.header, &self.identity, sizeof(ring_identity)):
            return f"{self.path}: the identity in its header is damaged"
        for _attempt in range(3):
            tail = load_acquire_64(&self.header.tail)
            head = load_acquire_64(&self.header.head)
            if self.is_mine and head != self.next_head:
                return f"{self.path}: the head in its header is damaged: expected {self.next_head}, got {head}"
            # A head that was read after the tail may lie more than a capacity ahead; then the tail has moved.
            if is_within(tail, head, self.capacity):
                return ""
            if load_acquire_64(&self.header.tail) == tail:
                break
        return f"{self.path}: the positions in its header are damaged: {tail} to {head} of {self.capacity} bytes"

    @property
    def ring_id(self) -> bytes:
        return (<char*>self.identity.ring_id)[:16]

    @property
    def boot_id(self) -> bytes:
        return (<char*>self.identity.boot_id)[:36]

    @property
    def capacity_bytes(self) -> int:
        return self.capacity

    @property
    def head(self) -> int:
        """Offset after the last published record, in bytes since the ring was made."""
        return load_acquire_64(&self.header.head)

    @property
    def next_position(self) -> int:
        """The position of the appender's next record, as the appender knows it without the header."""
        return self.next_head

    @property
    def tail(self) -> int:
        """Offset of the first record whose room is not yet free."""
        return load_acquire_64(&self.header.tail)

    @property
    def fill(self) -> float:
        """Share of the ring that waits to be stored, 0 to 1."""
        cdef uint64_t tail = load_acquire_64(&self.header.tail)
        cdef uint64_t waiting = load_acquire_64(&self.header.head) - tail
        return <double>min(waiting, self.capacity) / <double>self.capacity

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
        """Frees the room before `position`. Only for the drainer, after the Store has committed.

        An impossible position changes nothing: then head or tail is damaged, and find_damage says so. A damaged tail is
        repaired.
        """
        cdef uint64_t tail = load_acquire_64(&self.header.tail)
        cdef uint64_t head = load_acquire_64(&self.header.head)
        if is_within(position, head, self.capacity) and (position >= tail or not is_within(tail, head, self.capacity)):
            store_release_64(&self.header.tail, position)
