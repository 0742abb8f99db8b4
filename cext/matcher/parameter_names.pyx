"""The names of a stored path's parameters: `{name}` each, or `{name:*}` for the rest (mockwave/paths.py).

A server of twenty thousand routes has all its paths read at its first request, which waits for that.
"""

from libc.string cimport memchr, memcmp

cdef extern from "Python.h":
    object PyUnicode_DecodeUTF8(const char*, Py_ssize_t, const char*)
    const char* PyUnicode_AsUTF8AndSize(object text, Py_ssize_t* size) except NULL


def read_parameter_names(str path not None) -> tuple:
    """Returns the names in order, of a path parsed before: a brace in it is a parameter's, or escaped."""
    cdef Py_ssize_t length
    cdef const char* at = PyUnicode_AsUTF8AndSize(path, &length)
    cdef const char* end = at + length
    cdef const char* close  # of the brace that ends the name
    cdef list names = []
    while True:
        # at <= end, and close < end where it is found: nothing after the text is read.
        at = <const char*>memchr(at, b"{", end - at)
        if at == NULL:
            return tuple(names)
        close = <const char*>memchr(at, b"}", end - at)
        if close == NULL:
            raise ValueError(f"no path that was parsed: {path[:200]!r}")
        at += 1
        length = close - at
        if close + 1 == end and length >= 2 and memcmp(close - 2, b":*", 2) == 0:
            length -= 2
        names.append(PyUnicode_DecodeUTF8(at, length, NULL))
        at = close + 1
