# Quick tests of one request. Included at the end of RuleTests' module.
#
# Places in a text are not checked here: `check_tests` has taken the same steps from rule to rule and test to test.


cdef inline int scan_text(bytes text, const tested_request* asked, bint* is_whole) noexcept:
    cdef const uint8_t* at = <const uint8_t*>PyBytes_AS_STRING(text)
    return scan_tests(at, at + PyBytes_GET_SIZE(text), asked, is_whole)


cdef int scan_tests(
    const uint8_t* at, const uint8_t* end, const tested_request* asked, bint* is_whole
) noexcept nogil:
    cdef int number = 0
    while at < end:
        if passes_rule(at, asked, is_whole):
            return number
        at += RULE_HEAD_BYTES + read_16(at)
        number += 1
    is_whole[0] = False
    return NO_RULE


cdef inline bint passes_rule(const uint8_t* at, const tested_request* asked, bint* is_whole) noexcept nogil:
    """Whether the rule that begins there may hold; `is_whole`: it does."""
    cdef quick_test test
    cdef uint32_t tests = at[3]
    cdef Outcome outcome
    is_whole[0] = at[2]
    at += RULE_HEAD_BYTES
    while tests:
        tests -= 1
        at = read_test(at, &test)
        if test.field == HEADER:
            outcome = ask_headers(&test, asked.headers, asked.header_count)
        elif test.field == QUERY:
            outcome = ask_query(&test, asked.parts.query, asked.parts.query_length)
        else:
            outcome = ask_value(&test, asked.parts.method, asked.parts.method_length)
        if outcome == FAILS:
            return False
        if outcome == UNTOLD:
            is_whole[0] = False
    return True


cdef inline Outcome ask_headers(const quick_test* test, const header_part* headers, uint32_t count) noexcept nogil:
    """Whether the test passes: for any value of that name, or for none if the name is missing."""
    cdef const header_part* part
    cdef uint32_t index
    cdef Outcome outcome
    cdef bint is_there = False, is_told = True
    for index in range(count):
        part = &headers[index]
        if part.name_length != test.name_length or memcmp(part.name, test.name, test.name_length):
            continue
        outcome = ask_value(test, part.value, part.value_length)
        if outcome == PASSES:
            return PASSES
        is_there = True
        is_told = is_told and outcome == FAILS
    if not is_there:
        return ask_nothing(test)
    return FAILS if is_told else UNTOLD


cdef inline Outcome ask_query(const quick_test* test, const uint8_t* at, Py_ssize_t length) noexcept nogil:
    """Like `ask_headers`, for the parameters of a query without escapes."""
    cdef const uint8_t* end = at + length
    cdef const uint8_t* pair_end
    cdef const uint8_t* name_end
    cdef const uint8_t* value
    cdef Outcome outcome
    cdef bint is_there = False, is_told = True
    if length == 0:
        return ask_nothing(test)
    if has_escapes(at, length):
        return UNTOLD
    while at < end:
        pair_end = <const uint8_t*>memchr(at, c"&", end - at)
        if pair_end == NULL:
            pair_end = end
        name_end = <const uint8_t*>memchr(at, c"=", pair_end - at)
        value = name_end + 1
        if name_end == NULL:
            name_end = value = pair_end
        # An empty pair is not a parameter; a test with an empty name looks only at pairs "=…".
        if pair_end > at and name_end - at == test.name_length and memcmp(at, test.name, test.name_length) == 0:
            outcome = ask_value(test, value, pair_end - value)
            if outcome == PASSES:
                return PASSES
            is_there = True
            is_told = is_told and outcome == FAILS
        at = pair_end + 1
    if not is_there:
        return ask_nothing(test)
    return FAILS if is_told else UNTOLD


cdef inline Outcome ask_nothing(const quick_test* test) noexcept nogil:
    return PASSES if test.kind == ABSENT or test.kind == NOT_CONTAINED else FAILS


cdef inline Outcome ask_value(const quick_test* test, const uint8_t* found, Py_ssize_t length) noexcept nogil:
    """Whether the test passes for this value. The test's text is ASCII, so bytes are enough, in any encoding."""
    cdef Py_ssize_t index
    cdef uint8_t letter
    if test.kind == EQUAL:
        return PASSES if length == test.value_length and memcmp(found, test.value, length) == 0 else FAILS
    if test.kind == ABSENT:
        return FAILS
    if test.kind == EQUAL_IN_ANY_CASE:
        for index in range(length):
            if found[index] >= 0x80:  # of another alphabet; its lower case may be ASCII (U+212A)
                return UNTOLD
            if index >= test.value_length:
                return FAILS
            letter = found[index]
            if letter >= c"A" and letter <= c"Z":
                letter |= 0x20
            if letter != test.value[index]:
                return FAILS
        return PASSES if length == test.value_length else FAILS
    if (test.value_length == 0 or memmem(found, length, test.value, test.value_length) != NULL) == (
        test.kind == CONTAINED
    ):
        return PASSES
    return FAILS


cdef inline bint has_escapes(const uint8_t* query, Py_ssize_t length) noexcept nogil:
    return memchr(query, c"%", length) != NULL or memchr(query, c"+", length) != NULL


cdef inline uint64_t bit_of_name(uint8_t field, const uint8_t* name, Py_ssize_t length) noexcept nogil:
    """Returns a bit for the name: it excludes most headers of most requests from the look-up."""
    if field == HEADER:
        return (<uint64_t>1) << ((length + 7 * name[0]) & 31) if length else 1
    return QUERY_BIT if field == QUERY else METHOD_BIT


cdef inline uint64_t hash_value(
    uint8_t field, const uint8_t* name, Py_ssize_t name_length, const uint8_t* value, Py_ssize_t value_length
) noexcept nogil:
    """Returns the FNV-1a hash. An author of rules can make many share a bucket, which is then scanned."""
    cdef uint64_t code = FNV_BASIS ^ field
    cdef Py_ssize_t index
    for index in range(name_length):
        code = (code ^ name[index]) * FNV_PRIME
    code = (code ^ 0xFF) * FNV_PRIME
    for index in range(value_length):
        code = (code ^ value[index]) * FNV_PRIME
    return code ^ code >> 29
