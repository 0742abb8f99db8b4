# The Matcher as compiled callers see it; matcher.pyx tells how a path finds its route.
#
# A lookup on a plain path allocates nothing and touches no Python object:
#
#     cdef MatchSpans spans
#     outcome = matcher.find(path, path_length, method, method_length, &spans)
#     if outcome == Outcome.FOUND:
#         value = <object>spans.value                # borrowed: it lives as long as the Matcher
#         path[spans.items[0].start : spans.items[0].end]   # the first parameter, as it was sent

from cpython.object cimport PyObject
from libc.stdint cimport uint32_t, uint64_t


cdef enum:
    MAXIMUM_SPANS = 64  # mockwave.paths.MAXIMUM_PARAMETERS: no pattern has more


cdef enum Outcome:
    FOUND = 0
    NOT_FOUND = 1           # no pattern matches the path
    METHOD_NOT_ALLOWED = 2  # patterns match the path, none of them serves the method
    OUT_OF_MEMORY = 3       # only for a path over 1,365 bytes that holds a %, or one of very many segments (see find)


cdef struct Span:
    uint32_t start          # byte offsets into the path that was given
    uint32_t end


cdef struct MatchSpans:
    PyObject* value         # FOUND: the value of the route, borrowed from the Matcher
    uint64_t allow          # METHOD_NOT_ALLOWED: what Matcher.refusal() takes
    uint32_t route          # FOUND: the route's number
    uint32_t count          # FOUND: how many of the items are set
    Span items[MAXIMUM_SPANS]   # in the order of the pattern's names; a rest is the last, named or not


cdef struct Tree            # its parts are in matcher_layout.pxi
cdef struct Version         # matcher_parts.pxi


cdef class NotMatched:
    cdef readonly tuple allow           # methods as str, for 405; empty for 404
    cdef readonly bytes allow_header    # the same as the value of an Allow header


cdef class Matcher:
    cdef object parts                   # the Parts that it shares with those it was made from, and from it
    cdef Tree* tree                     # of the Parts
    cdef Version* version               # likewise
    cdef uint32_t root                  # place of a node
    cdef Py_ssize_t count               # of its routes

    # Look up `path` (`length` bytes from the first slash on, without the query; it may lie inside a bigger buffer) for
    # `method`, which is compared as it is. `spans` is the caller's and needs no initial value. A path that holds a % is
    # decoded into 4 KB of stack, or into borrowed memory when it might not fit. With the GIL: while another Matcher is
    # made, parts may move.
    cdef Outcome find(
        self,
        const unsigned char* path,
        Py_ssize_t length,
        const char* method,
        Py_ssize_t method_length,
        MatchSpans* spans,
    ) noexcept

    # The NotMatched for `allow` of a METHOD_NOT_ALLOWED (made once, then shared), or for 0: the path is unknown.
    cdef NotMatched refusal(self, uint64_t allow)

    # The names of a route's parameters; an unnamed rest has a span and no name.
    cdef tuple parameter_names(self, uint32_t route)


# The text of a parameter: the bytes of its span with escapes decoded, UTF-8 with U+FFFD for what is not.
cdef str decode_parameter(const unsigned char* text, Py_ssize_t length)
