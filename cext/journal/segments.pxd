"""The form in which LogEntries are stored. segments.pyx writes it, chunks.pyx reads it.

A segment holds consecutive entries of one server, oldest first. Most of a request repeats from one to the next, so
each distinct string (method, path, query, header block, client, route id, body, rule) stands once in the segment's
table, and an entry is a row of references to it:

    segment = u32 length of all after it │ version │ entry count │ string count │ table bytes │ packed table bytes │
              table (deflated where "packed table bytes" is not 0) │ entries
    table   = length, bytes; …                                             (every number but u32 is a LEB128 varint)
    entry   = microseconds since the entry before (the first: since the epoch) │ method, path, query, headers, client,
              route, body references (1 = first string, 0 = none) │ status │ duration µs │ flags │ where the flags
              have FLAG_RULED: rule reference │ fault

A segment without entries of FLAG_RULED is of version 1, the only version before there were rules.

Segments put end to end are a chunk.
"""

cdef enum:
    SEGMENT_VERSION = 1
    SEGMENT_VERSION_WITH_RULES = 2
    MAX_SEGMENT_ENTRIES = 4096

# The texts of an entry, in the order of its references to them; TEXT_NAMES of chunks.pyx names them. The reference of
# RULE follows the flags.
cdef enum:
    METHOD
    PATH
    QUERY
    HEADERS
    CLIENT
    ROUTE
    BODY
    RULE
    TEXTS  # their number
