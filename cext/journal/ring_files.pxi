# Files of rings: how one is made, and what tells that a file is one. Sizes and identity that stand in a file are held
# against these before anything is read by them.

cdef char* MAGIC = b"MWRING03"
cdef char* MAGIC_WITHOUT_RULES = b"MWRING02"  # the same layout, with zeros in place of rules

cdef enum:
    MINIMUM_CAPACITY = 1 << 20
cdef uint64_t MAXIMUM_CAPACITY = 1 << 31  # record sizes, pads too, are 32 bits

MINIMUM_CAPACITY_BYTES = MINIMUM_CAPACITY
MAXIMUM_CAPACITY_BYTES = MAXIMUM_CAPACITY


class RingFault(Exception):
    """A ring file cannot be used: it is not a ring, has another layout, or is cut short."""


def current_boot_id() -> bytes:
    """The kernel's id of this boot, 36 bytes; 36 zeros if the platform has none."""
    try:
        with open("/proc/sys/kernel/random/boot_id", "rb") as source:
            return source.read(36).ljust(36, b"0")
    except OSError:
        return b"0" * 36


def create_ring_file(path: str, capacity_bytes: int, ring_id: bytes) -> None:
    """Makes an empty ring at `path`, which replaces any old file in one step.

    `capacity_bytes` is a multiple of 4096, at least MINIMUM_CAPACITY_BYTES; `ring_id` 16 bytes. Raises OSError (disk
    full, no permission) and then leaves the old file.
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
    create_shared_file(path, HEADER_BYTES + capacity_bytes, [
        (0, (<char*>&header)[:sizeof(header)]),
        (COPY_OFFSET, (<char*>&header)[:sizeof(ring_identity)] + identity_check(&header)),
    ])


cdef bint is_magic(const char* magic) noexcept:
    return memcmp(magic, MAGIC, 8) == 0 or memcmp(magic, MAGIC_WITHOUT_RULES, 8) == 0


cdef bint is_identity_of(const ring_identity* identity, uint64_t file_bytes) noexcept:
    """Whether this is the identity of a ring with a file of this size."""
    return (
        is_magic(identity.magic)
        and identity.capacity_bytes % HEADER_BYTES == 0
        and MINIMUM_CAPACITY <= identity.capacity_bytes <= MAXIMUM_CAPACITY
        and identity.capacity_bytes + HEADER_BYTES == file_bytes
    )


cdef bytes identity_check(const void* identity):
    """The checksum after the identity's copy: if the two identities differ, it tells which one is right."""
    return <object>hash_bytes(<const uint8_t*>identity, sizeof(ring_identity), 0).to_bytes(8, "little")


cdef bint is_within(uint64_t tail, uint64_t head, uint64_t capacity) noexcept nogil:
    """Whether `head` lies at most a capacity ahead of `tail`. Both are 8-byte aligned, like every record."""
    return tail <= head and head - tail <= capacity and head % 8 == 0 and tail % 8 == 0
