"""Looking for header fields among those of one request: pairs of bytes, names in lower case, in the order sent.

Every request is asked for a handful of names, and a loop over its fields costs the interpreter a microsecond each.
"""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_GET_SIZE
from libc.string cimport memcmp


def first_value(headers not None, bytes name not None) -> bytes | None:
    """The value of the first field of that name; None without one."""
    cdef bytes key, value
    for key, value in headers:
        if is_equal(key, name):
            return value
    return None


def values_of(headers not None, bytes name not None) -> list:
    """The values of all fields of that name, in order."""
    cdef list found = []
    cdef bytes key, value
    for key, value in headers:
        if is_equal(key, name):
            found.append(value)
    return found


cdef inline bint is_equal(bytes one, bytes other) except -1:
    # Cython lets None pass as bytes; a field that is not two bytes objects is the engine's fault, and is told.
    if one is None:
        raise TypeError("expected bytes as the name of a header field, got None")
    # Both have as many bytes.
    return PyBytes_GET_SIZE(one) == PyBytes_GET_SIZE(other) and not memcmp(
        PyBytes_AS_STRING(one), PyBytes_AS_STRING(other), PyBytes_GET_SIZE(one)
    )
