# Percent-escapes (RFC 3986 §2.1) in the paths of requests.
#
# A path is decoded before it is searched, except for two characters: a decoded slash stays %2F, so that it never
# separates, and a percent sign becomes or stays %25, so that the text is unambiguous. Patterns are kept in the same
# form (mockwave.paths.Segment). A % that begins no escape is a percent sign. A path without % has this form already.

from cpython.bytes cimport PyBytes_FromStringAndSize
from cpython.unicode cimport PyUnicode_DecodeUTF8
from libc.string cimport memchr


cdef inline uint32_t token_width(
    const unsigned char* path, uint32_t length, uint32_t at, unsigned char* value
) noexcept nogil:
    """Returns how many bytes of the path the character at `at` < `length` takes, 1 or 3; `value` is the decoded
    byte."""
    value[0] = path[at]
    if path[at] != b"%" or length - at < 3:
        return 1
    # at + 2 < length, as just checked.
    cdef int high = hexadecimal_value(path[at + 1])
    cdef int low = hexadecimal_value(path[at + 2])
    if high < 0 or low < 0:
        return 1
    value[0] = <unsigned char>(high * 16 + low)
    return 3


cdef inline uint32_t searched_width(uint32_t width, unsigned char value) noexcept nogil:
    """Returns how many bytes the character takes in the searched text."""
    return 3 if value == b"%" or (value == b"/" and width == 3) else 1


cdef uint32_t decode_for_search(const unsigned char* path, uint32_t length, unsigned char* decoded) noexcept nogil:
    """Writes the text to search for `path`; returns its length. `decoded` has room for 3 * `length` bytes."""
    cdef uint32_t at = 0
    cdef uint32_t written = 0
    cdef uint32_t width
    cdef unsigned char value
    # Each turn takes at least one byte of the path and writes at most three: never past 3 * length.
    while at < length:
        width = token_width(path, length, at, &value)
        at += width
        if searched_width(width, value) == 1:
            decoded[written] = value
            written += 1
            continue
        decoded[written] = b"%"
        decoded[written + 1] = b"2"
        decoded[written + 2] = b"F" if value == b"/" else b"5"
        written += 3
    return written


cdef void undecode_spans(const unsigned char* path, uint32_t length, MatchSpans* spans) noexcept nogil:
    """Turns ascending spans of the searched text into spans of the path itself."""
    cdef uint32_t at = 0
    cdef uint32_t searched = 0
    cdef uint32_t index
    for index in range(spans.count):
        at = advance(path, length, at, &searched, spans.items[index].start)
        spans.items[index].start = at
        at = advance(path, length, at, &searched, spans.items[index].end)
        spans.items[index].end = at


cdef inline uint32_t advance(
    const unsigned char* path, uint32_t length, uint32_t at, uint32_t* searched, uint32_t target
) noexcept nogil:
    """Returns the place in the path of `target` in the searched text; starts from `at`, which is `searched` there."""
    cdef uint32_t width
    cdef unsigned char value
    while searched[0] < target and at < length:
        width = token_width(path, length, at, &value)
        at += width
        searched[0] += searched_width(width, value)
    return at


cdef str decode_parameter(const unsigned char* text, Py_ssize_t length):
    if length == 0 or memchr(text, b"%", length) == NULL:
        return PyUnicode_DecodeUTF8(<const char*>text, length, "replace")
    cdef bytes decoded = PyBytes_FromStringAndSize(NULL, length)
    cdef char* written = decoded
    cdef Py_ssize_t count = 0
    cdef uint32_t at = 0
    cdef unsigned char value
    # Each turn takes at least one byte and writes one: never past `length`.
    while at < <uint32_t>length:
        at += token_width(text, <uint32_t>length, at, &value)
        written[count] = <char>value
        count += 1
    return PyUnicode_DecodeUTF8(written, count, "replace")
