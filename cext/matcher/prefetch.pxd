"""Prefetches memory ahead of its use. It does nothing else: any address will do, even a wrong one."""

cdef extern from *:
    """
    #define fetch_ahead(at) __builtin_prefetch(at)
    """
    void fetch_ahead(const void* at) noexcept nogil
