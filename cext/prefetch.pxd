"""Memory asked for ahead of its use. It does nothing else: any address will do, a wrong one is no fault."""

cdef extern from *:
    """
    #define fetch_ahead(at) __builtin_prefetch(at)
    """
    void fetch_ahead(const void* at) noexcept nogil
