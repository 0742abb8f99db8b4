# Quick tests of a list of rules at work. mocks/quick_tests.py describes how they are written.

from libc.stdint cimport uint8_t, uint32_t, uint64_t

from mockwave._ring cimport header_part, request_parts

cdef enum:
    NO_RULE = -1

# A request as tests see it: method and query are in `parts`; of the headers, names are in lower case and values as
# sent.
cdef struct tested_request:
    const request_parts* parts
    const header_part* headers
    uint32_t header_count

cdef class RuleTests:
    cdef readonly bytes text
    cdef readonly uint32_t rule_count
    # of a list long enough for an index, else NULL: one block, which begins at `starts`
    cdef uint32_t* starts  # the start of each rule in `text`
    cdef uint32_t* next_alike  # of each rule: the next rule of its bucket, + 1; 0: there is none
    cdef uint32_t* buckets  # the first rule of each, + 1; 0: there is none
    cdef uint32_t* others  # numbers of the rules that are in no bucket
    cdef uint32_t other_count
    cdef uint32_t mask  # the number of buckets, a power of two, - 1
    cdef uint64_t names  # a bit for each name of a header or parameter that the index uses

    cdef int build_index(self) except -1
    cdef int find_first(self, const tested_request* asked, bint* is_whole) noexcept
    cdef bint look_up(
        self, uint8_t field, const uint8_t* name, Py_ssize_t name_length, const uint8_t* value, Py_ssize_t value_length,
        uint32_t* cursors, uint32_t* count,
    ) noexcept

# Returns the number of the first rule that may hold, as far as the tests in [at, end) tell, or NO_RULE. `is_whole`: it
# does hold. The tests are not checked: a RuleTests was made of the same bytes.
cdef int scan_tests(
    const uint8_t* at, const uint8_t* end, const tested_request* asked, bint* is_whole
) noexcept nogil
