"""Quick tests of rules at work: finds the first rule of a list that may hold for a request.

    text      the tests as mocks/quick_tests.py writes them, checked once, when the object is made
    index     of a long list: rules by a value that they require, so that a request is tested only against rules that
              require a value it has, and against the others, which require no such value

                  hash(field, name, value) ──► bucket ──► first rule ──► next in the bucket ──► … in the list's order

A rule is in one bucket, that of its rarest value, or among the `others`. Every rule of a bucket is tested in full: the
index only leaves out rules that cannot hold. So it finds the same rule as a scan.
"""

cimport cython
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_GET_SIZE
from libc.stdint cimport uint8_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free
from libc.string cimport memchr, memcmp

from mockwave._ring cimport MAX_HEADER_COUNT, fill_parts, header_part, request_parts

cdef extern from "<string.h>" nogil:
    void* memmem(const void*, size_t, const void*, size_t)

cdef extern from *:
    """
    // Bits of RuleTests.names beside the 32 of headers.
    #define QUERY_BIT (1ULL << 32)
    #define METHOD_BIT (1ULL << 33)
    // FNV-1a, of 64 bits.
    #define FNV_BASIS 0xCBF29CE484222325ULL
    #define FNV_PRIME 0x100000001B3ULL
    """
    const uint64_t QUERY_BIT, METHOD_BIT, FNV_BASIS, FNV_PRIME

cdef enum:
    RULE_HEAD_BYTES = 4
    TEST_HEAD_BYTES = 6
    LONGEST_TEXT = 1024  # of a value in the index: no test has a longer one
    FEWEST_INDEXED = 16  # rules; fewer are as fast to scan
    MOST_CURSORS = 32
    MOST_RULES = 1 << 20

    # Kinds and fields, as in mocks/quick_tests.py.
    EQUAL = 1
    EQUAL_IN_ANY_CASE = 2
    CONTAINED = 3
    NOT_CONTAINED = 4
    ABSENT = 5
    HEADER = 1
    QUERY = 2
    METHOD = 3

cdef enum Outcome:
    FAILS = 0
    PASSES = 1
    UNTOLD = 2  # more is needed to tell: a query with escapes, a letter whose other case is ASCII

# A test at its place in the text.
cdef struct quick_test:
    const uint8_t* name
    const uint8_t* value
    uint32_t name_length
    uint32_t value_length
    uint8_t kind
    uint8_t field


@cython.final
@cython.no_gc
cdef class RuleTests:
    """The tests of one list of rules, with an index if the list is long. Raises ValueError unless they are well-formed.
    """

    def __cinit__(self, bytes text not None):
        self.text = text
        self.rule_count = check_tests(text)
        self.starts = NULL
        if self.rule_count >= FEWEST_INDEXED:
            self.build_index()

    def __dealloc__(self):
        free(self.starts)

    def find(self, str method not None, bytes query not None, list headers not None) -> tuple[int, bool]:
        """Returns the number of the first rule that may hold (-1: none does), and whether it does hold."""
        return self._ask(method, query, headers, True)

    def scan(self, str method not None, bytes query not None, list headers not None) -> tuple[int, bool]:
        """Like `find`, without the index."""
        return self._ask(method, query, headers, False)

    def _ask(self, str method, bytes query, list headers, bint by_index):
        cdef header_part parts[MAX_HEADER_COUNT]
        cdef request_parts request
        cdef tested_request asked
        cdef bint is_whole
        cdef int number, index = 0
        cdef bytes name, value
        if len(headers) > MAX_HEADER_COUNT:
            raise ValueError(f"headers: expected at most {MAX_HEADER_COUNT}, got {len(headers)}")
        for name, value in headers:
            parts[index] = [
                <const uint8_t*>PyBytes_AS_STRING(name), <const uint8_t*>PyBytes_AS_STRING(value),
                <uint32_t>PyBytes_GET_SIZE(name), <uint32_t>PyBytes_GET_SIZE(value),
            ]
            index += 1
        fill_parts(&request, method, query, "", None, 0)
        asked = [&request, parts, <uint32_t>index]
        if by_index:
            number = self.find_first(&asked, &is_whole)
        else:
            number = scan_text(self.text, &asked, &is_whole)
        return number, bool(is_whole)

    cdef int build_index(self) except -1:
        cdef const uint8_t* text = <const uint8_t*>PyBytes_AS_STRING(self.text)
        cdef const uint8_t* at = text
        cdef const uint8_t* inside
        cdef uint32_t size = 2 * self.rule_count, number, bucket = 0, rarest
        cdef int _
        cdef quick_test test, chosen
        cdef dict counts = {}
        cdef uint32_t* last = NULL
        cdef uint64_t code
        self.mask = 1
        while self.mask < size:
            self.mask *= 2
        # One block: starts, next_alike and others have a place for each rule; then the buckets; while it is built, also
        # the last rule of each.
        self.starts = <uint32_t*>calloc(3 * self.rule_count + 2 * self.mask, sizeof(uint32_t))
        if self.starts == NULL:
            raise MemoryError
        self.next_alike = self.starts + self.rule_count
        self.others = self.next_alike + self.rule_count
        self.buckets = self.others + self.rule_count
        last = self.buckets + self.mask
        self.mask -= 1
        # 1. Count the rules that require each value.
        for number in range(self.rule_count):
            self.starts[number] = <uint32_t>(at - text)
            inside = at + RULE_HEAD_BYTES
            for _ in range(at[3]):
                inside = read_test(inside, &test)
                if test.kind == EQUAL:
                    code = hash_value(test.field, test.name, test.name_length, test.value, test.value_length)
                    counts[code] = counts.get(code, 0) + 1
            at = inside
        # 2. Append each rule to the bucket of its rarest value: buckets keep the list's order.
        for number in range(self.rule_count):
            inside = text + self.starts[number] + RULE_HEAD_BYTES
            rarest = 0
            for _ in range((text + self.starts[number])[3]):
                inside = read_test(inside, &test)
                if test.kind != EQUAL:
                    continue
                code = hash_value(test.field, test.name, test.name_length, test.value, test.value_length)
                if rarest == 0 or <uint32_t>counts[code] < rarest:
                    rarest, chosen, bucket = counts[code], test, code & self.mask
            if rarest == 0:
                self.others[self.other_count] = number
                self.other_count += 1
                continue
            self.names |= bit_of_name(chosen.field, chosen.name, chosen.name_length)
            if self.buckets[bucket] == 0:
                self.buckets[bucket] = number + 1
            else:
                self.next_alike[last[bucket] - 1] = number + 1  # in bounds: `last` is set with the bucket
            last[bucket] = number + 1
        return 0

    cdef int find_first(self, const tested_request* asked, bint* is_whole) noexcept:
        cdef const uint8_t* text = <const uint8_t*>PyBytes_AS_STRING(self.text)
        cdef const uint8_t* end = text + PyBytes_GET_SIZE(self.text)
        cdef uint32_t cursors[MOST_CURSORS]  # the next rule, + 1, of each bucket that fits the request
        cdef uint32_t count = 0, index, other = 0, number
        cdef const header_part* part
        cdef const uint8_t* at
        cdef const uint8_t* query
        cdef const uint8_t* query_end
        cdef const uint8_t* pair_end
        cdef const uint8_t* value
        if self.starts == NULL:
            return scan_tests(text, end, asked, is_whole)
        # 1. The buckets of the request's values.
        if self.names & bit_of_name(METHOD, NULL, 0):
            self.look_up(METHOD, NULL, 0, asked.parts.method, asked.parts.method_length, cursors, &count)
        for index in range(asked.header_count):
            part = &asked.headers[index]
            if self.names & bit_of_name(HEADER, part.name, part.name_length):
                if not self.look_up(
                    HEADER, part.name, part.name_length, part.value, part.value_length, cursors, &count
                ):
                    return scan_tests(text, end, asked, is_whole)
        if self.names & QUERY_BIT and asked.parts.query_length:
            query = asked.parts.query
            query_end = query + asked.parts.query_length
            if has_escapes(query, asked.parts.query_length):
                return scan_tests(text, end, asked, is_whole)
            while query < query_end:
                pair_end = <const uint8_t*>memchr(query, c"&", query_end - query)
                if pair_end == NULL:
                    pair_end = query_end
                value = <const uint8_t*>memchr(query, c"=", pair_end - query)
                at = pair_end if value == NULL else value
                value = pair_end if value == NULL else value + 1
                if not self.look_up(QUERY, query, at - query, value, pair_end - value, cursors, &count):
                    return scan_tests(text, end, asked, is_whole)
                query = pair_end + 1
        # 2. The rules of these buckets and the others, in the list's order.
        while True:
            number = self.others[other] if other < self.other_count else self.rule_count
            for index in range(count):
                if cursors[index] and cursors[index] - 1 < number:
                    number = cursors[index] - 1
            if number == self.rule_count:
                is_whole[0] = False
                return NO_RULE
            # In bounds: `number` < rule_count, and `starts` are places of rules in the text.
            if passes_rule(text + self.starts[number], asked, is_whole):
                return number
            if other < self.other_count and self.others[other] == number:
                other += 1
            for index in range(count):
                if cursors[index] == number + 1:
                    cursors[index] = self.next_alike[number]

    cdef bint look_up(
        self, uint8_t field, const uint8_t* name, Py_ssize_t name_length, const uint8_t* value, Py_ssize_t value_length,
        uint32_t* cursors, uint32_t* count,
    ) noexcept:
        """Adds the bucket of this value to the cursors; False if there is no room for another."""
        cdef uint32_t first
        if name_length > LONGEST_TEXT or value_length > LONGEST_TEXT:  # no test has such a value
            return True
        first = self.buckets[hash_value(field, name, name_length, value, value_length) & self.mask]
        if first:
            if count[0] == MOST_CURSORS:
                return False
            cursors[count[0]] = first
            count[0] += 1
        return True


cdef uint32_t check_tests(bytes text) except? 0xFFFFFFFF:
    """Returns the number of rules. Raises ValueError unless each rule and test ends where the next one begins."""
    cdef const uint8_t* at = <const uint8_t*>PyBytes_AS_STRING(text)
    cdef const uint8_t* end = at + PyBytes_GET_SIZE(text)
    cdef const uint8_t* rule_end
    cdef uint32_t count = 0, tests
    cdef quick_test test
    while at < end:
        if end - at < RULE_HEAD_BYTES or end - at - RULE_HEAD_BYTES < read_16(at) or count == MOST_RULES:
            raise ValueError(f"quick tests: rule {count} is cut short")
        rule_end = at + RULE_HEAD_BYTES + read_16(at)
        tests = at[3]
        at += RULE_HEAD_BYTES
        while tests:
            tests -= 1
            if rule_end - at < TEST_HEAD_BYTES:
                raise ValueError(f"quick tests: a test of rule {count} is cut short")
            if rule_end - at - TEST_HEAD_BYTES < read_16(at + 2) + read_16(at + 4):
                raise ValueError(f"quick tests: a text of rule {count} is cut short")
            at = read_test(at, &test)
            if not EQUAL <= test.kind <= ABSENT or not HEADER <= test.field <= METHOD:
                raise ValueError(f"quick tests: rule {count} has a test of kind {test.kind} on field {test.field}")
        if at != rule_end:
            raise ValueError(f"quick tests: rule {count} is longer than its tests")
        count += 1
    return count


cdef inline int read_16(const uint8_t* at) noexcept nogil:
    return at[0] | at[1] << 8


cdef inline const uint8_t* read_test(const uint8_t* at, quick_test* test) noexcept nogil:
    """Reads the test that begins there; returns where it ends. In bounds: `check_tests` has taken the same steps."""
    test.kind = at[0]
    test.field = at[1]
    test.name_length = read_16(at + 2)
    test.value_length = read_16(at + 4)
    test.name = at + TEST_HEAD_BYTES
    test.value = test.name + test.name_length
    return test.value + test.value_length


include "rule_tests_asking.pxi"
