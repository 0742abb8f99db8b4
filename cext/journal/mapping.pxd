"""Files that processes share by mapping them into memory."""

from libc.errno cimport errno
from libc.stdint cimport int64_t
from libc.string cimport strerror

cdef extern from "sys/mman.h" nogil:
    void* mmap(void* address, size_t length, int protection, int flags, int fd, int64_t offset)
    int munmap(void* address, size_t length)
    const int PROT_READ, PROT_WRITE, MAP_SHARED
    void* MAP_FAILED


cdef inline void* map_shared(int descriptor, size_t length, str path) except NULL:
    """The first `length` bytes of the file, which the caller unmaps with munmap. Raises OSError.

    A mapping may reach beyond the end of its file, where touching it is a SIGBUS: the caller has asked for the size.
    """
    cdef void* memory = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0)
    if memory == MAP_FAILED:
        raise OSError(f"{path}: cannot be mapped into memory: {strerror(errno).decode()}")
    return memory
