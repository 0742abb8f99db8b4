# Files of state tables: how one is made, measured, and opened or replaced. Included by StateTable's module.


def create_state_table(path: str, size_bytes: int) -> None:
    """Makes an empty table of about `size_bytes` at `path`, and replaces an earlier one. Raises OSError."""
    cdef state_header header
    memset(&header, 0, sizeof(header))
    size = min(max(size_bytes, MINIMUM_STATE_BYTES), MAXIMUM_STATE_BYTES)
    bucket_count = 16
    # About one bucket per slot, as a power of two.
    while bucket_count * 2 * (sizeof(state_slot) + 4) <= size:
        bucket_count *= 2
    memcpy(header.magic, MAGIC, 8)
    header.slot_count = (size - STATE_HEADER_BYTES - bucket_count * 4) // sizeof(state_slot)
    header.bucket_count = bucket_count
    header.hash_seed = int.from_bytes(os.urandom(8), "little")
    total = STATE_HEADER_BYTES + header.slot_count * sizeof(state_slot) + bucket_count * 4
    create_shared_file(path, total, [(0, (<char*>&header)[:sizeof(header)])])


def read_measures(path: str, descriptor: int) -> tuple[int, int, int, int]:
    """Returns slots, buckets, hash seed and bytes of a sound table. Raises StateFault."""
    cdef bytes start = os.pread(descriptor, sizeof(state_header), 0)
    cdef state_header* header = <state_header*>PyBytes_AS_STRING(start)
    size = os.fstat(descriptor).st_size
    if len(start) < <Py_ssize_t>sizeof(state_header) or memcmp(header.magic, MAGIC, 8):
        raise StateFault(f"{path}: not a table of state of this version")
    slot_count, bucket_count = header.slot_count, header.bucket_count
    if not (
        MINIMUM_SLOTS <= slot_count <= MAXIMUM_STATE_BYTES
        and 0 < bucket_count <= MAXIMUM_STATE_BYTES
        and bucket_count & (bucket_count - 1) == 0
        and size == STATE_HEADER_BYTES + slot_count * sizeof(state_slot) + bucket_count * 4
    ):
        raise StateFault(f"{path}: a table of state of {slot_count} slots does not have {size} bytes")
    return slot_count, bucket_count, header.hash_seed, size


def open_sound_table(path: str, size_bytes: int) -> int:
    """Returns a descriptor of the table at `path`. If it is unusable, one process makes a new one; those that have the
    old one mapped find its magic gone, and open the new one. Raises OSError."""
    lock = os.open(f"{path}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError:
            create_state_table(path, size_bytes)
            return os.open(path, os.O_RDWR | os.O_CLOEXEC)
        try:
            read_measures(path, descriptor)
        except StateFault as fault:
            logger.error("%s; it is made anew, so rules and scenarios start over", fault)
            try:
                if os.fstat(descriptor).st_size >= 8:
                    os.pwrite(descriptor, bytes(8), 0)
                create_state_table(path, size_bytes)
            finally:
                os.close(descriptor)
            descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        return descriptor
    finally:
        os.close(lock)
