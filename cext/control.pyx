"""The control block: what all workers share without asking one another, in one small file mapping.

The generation is the number that every management write raises, after its commit; a worker whose Snapshots are older
refreshes before it answers. Each worker slot has a line of counters that its owner alone writes.
"""

import os

from libc.stdint cimport int64_t, uint64_t
from libc.string cimport memcmp, memcpy

from mockwave._record cimport add_64, load_acquire_64, store_release_64

cdef extern from "sys/mman.h" nogil:
    void* mmap(void* address, size_t length, int protection, int flags, int fd, int64_t offset)
    int munmap(void* address, size_t length)
    const int PROT_READ, PROT_WRITE, MAP_SHARED
    void* MAP_FAILED

cdef char* MAGIC = b"MWCTRL01"

SLOT_COUNT = 256


class ControlFault(Exception):
    """A control block that cannot be used."""


def create_control_block(path: str) -> None:
    """Makes a fresh control block at `path`, generation 1, in place of what was there. Raises OSError."""
    cdef control_header header
    header.slot_count = SLOT_COUNT
    header.generation = 1
    memcpy(header.magic, MAGIC, 8)
    temporary = f"{path}.new-{os.getpid()}"
    descriptor = os.open(temporary, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        # Allocated, not sparse: a full disk must fail here, not as a SIGBUS in a worker.
        os.posix_fallocate(descriptor, 0, sizeof(control_header) + SLOT_COUNT * sizeof(worker_counters))
        os.pwrite(descriptor, (<char*>&header)[:8], 0)
        os.pwrite(descriptor, (<char*>&header.slot_count)[:8], <char*>&header.slot_count - <char*>&header)
        os.pwrite(descriptor, (<char*>&header.generation)[:8], <char*>&header.generation - <char*>&header)
        os.rename(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise
    finally:
        os.close(descriptor)


cdef class ControlBlock:
    """The mapped control block; the mapping is unmapped with this object. Raises ControlFault, OSError."""

    def __cinit__(self, str path):
        self.header = NULL
        self.path = path
        size = sizeof(control_header) + SLOT_COUNT * sizeof(worker_counters)
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        try:
            if os.fstat(descriptor).st_size != size:
                raise ControlFault(f"{path}: not a control block of this version")
            self.mapped_bytes = size
            memory = mmap(NULL, self.mapped_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0)
            if memory == MAP_FAILED:
                raise OSError(f"{path}: cannot be mapped")
        finally:
            os.close(descriptor)
        self.header = <control_header*>memory
        self.slots = <worker_counters*>(<char*>memory + sizeof(control_header))
        if memcmp(self.header.magic, MAGIC, 8):
            raise ControlFault(f"{path}: not a control block of this version")

    def __dealloc__(self):
        if self.header != NULL:
            munmap(self.header, self.mapped_bytes)

    @property
    def generation(self) -> int:
        return load_acquire_64(&self.header.generation)

    def raise_generation(self) -> int:
        """Called by whoever learns of a change, once it can be read from the Store. Gives the new generation."""
        return add_64(&self.header.generation, 1)

    def claim_slot(self, unsigned int slot, uint64_t process_id) -> None:
        """Marks the slot as this process's. Counters go on from where its last owner left them."""
        if slot >= SLOT_COUNT:
            raise IndexError(slot)
        store_release_64(&self.slots[slot].process_id, process_id)

    def count_management_request(self, unsigned int slot) -> None:
        if slot >= SLOT_COUNT:
            raise IndexError(slot)
        self.slots[slot].management_requests += 1

    def count_drained(self, unsigned int slot, uint64_t entries) -> None:
        if slot >= SLOT_COUNT:
            raise IndexError(slot)
        self.slots[slot].drained += entries

    def counters(self) -> list:
        """Of each slot ever claimed: (slot, process id, seen generation, requests, unmatched, management, drained)."""
        return [
            (
                slot,
                self.slots[slot].process_id,
                self.slots[slot].seen_generation,
                self.slots[slot].requests,
                self.slots[slot].unmatched,
                self.slots[slot].management_requests,
                self.slots[slot].drained,
            )
            for slot in range(SLOT_COUNT)
            if self.slots[slot].process_id
        ]
