"""The Matcher: (method, path) to the value of a route and the spans of its parameters, through a radix tree in C.

How a path finds its route. Path and patterns are split at slashes, then escapes are decoded: %2F never splits. `//`
holds an empty segment, which only literal text or a rest can match. Case counts. Of all patterns that match the path
and serve the method, the best is decided segment by segment from the left:

    1. literal
    2. partly literal: the one with more literal characters (counted as bytes of UTF-8), then with the longer literal
       before its first parameter, then the one that was given first. Of several ways to split such a segment, the
       leftmost parameter takes all it can, then the next: in `{name}.{ext}`, `a.b.c` is `a.b` and `c`.
    3. parameter: one whole segment that is not empty
    4. rest: what is left, which may be nothing: `/a/**` matches `/a`, `/a/` and `/a/b/c`

A final slash is no segment. `/a/` is answered by the pattern `/a` where there is no `/a/`, and the reverse; where there
are both, each answers for itself. A pattern that serves GET serves HEAD, unless it has a route for it. A pattern that
does not serve the method lets the next best try; if none does, the path is known (405), and the methods of all that
match it are allowed, with HEAD where GET is, and OPTIONS. If none matches, the path is unknown (404).

The tree of these routes, `·` where one ends:

    /users  /users/me  /users/{id}  /users/{id}/posts  /users/{name}.{ext}  /upload/**  /v1/{org}/items/all

    ─┬─ /users ·
     │   ├── /me ·                  literal children: any number, found by a hash of their first segment
     │   ├── /{}.{} ·               alternatives, best first: partly literal children, one a shape,
     │   └── /{} ·                      then the parameter child
     │        └── /posts ·
     ├─ /upload ·/**                a rest belongs to the node before it
     └─ /v1
         └── /{}/items/all ·        a node that has nothing but one literal child is one with it

It is a radix tree whose digits are segments. Each step down reads the next segment of the path as two words, looks for
its hash among the node's tags, and compares the words with one child's: one cache line, and another where children are
many. A final slash is left out of text; each route at a `·` is plain, or for a final slash, or a rest. Names of
parameters stay with the route, so that `/users/{id}` and `/users/{user}/posts` share nodes. Values, names and methods
are tuples that the Matcher owns; the tree, which is never changed, borrows from them.

Files: matcher_layout.pxi how trees lie in memory, matcher_tree.pxi the search, matcher_escapes.pxi decoding,
matcher_edit.pxi the edits, with matcher_nodes.pxi, matcher_children.pxi and matcher_paths.pxi, matcher_parts.pxi what
trees share, matcher_bytes.h the reading of segments.
"""

cimport cython
from cpython.object cimport PyObject
from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport free, malloc
from libc.string cimport memchr, memcpy

from mockwave._prefetch cimport fetch_ahead

from os import urandom
from types import GenericAlias

from mockwave.paths import MAXIMUM_PARAMETERS, Ending

cdef extern from "matcher_bytes.h" nogil:
    cdef enum:
        INLINE_TEXT
    ctypedef struct SegmentText:
        uint64_t words[2]
        uint64_t hash
        uint32_t length
    SegmentText read_segment(const unsigned char* path, uint32_t at, uint32_t end)
    uint32_t end_of_segment(const unsigned char* path, uint32_t at, uint32_t end)
    uint32_t find_in_16(const unsigned char* bytes, unsigned char wanted)
    uint32_t lowest_bit(uint32_t bits)
    void write_words(const uint64_t* words, unsigned char* bytes)
    uint64_t hash_segment(const uint64_t* words, const unsigned char* behind, uint32_t length)
    void seed_hashes(uint64_t first, uint64_t second)

cdef extern from "hexadecimal.h" nogil:
    int hexadecimal_value(unsigned char digit)

cdef extern from "Python.h":
    const char* PyUnicode_AsUTF8AndSize(object text, Py_ssize_t* size) except NULL

include "matcher_escapes.pxi"
include "matcher_layout.pxi"
include "matcher_tree.pxi"
include "matcher_parts.pxi"
include "matcher_nodes.pxi"
include "matcher_children.pxi"
include "matcher_paths.pxi"
include "matcher_edit.pxi"

# In the order in which Allow names them. The numbers GET, HEAD and OPTIONS of matcher_layout.pxi are places in it.
USUAL_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT")
assert (USUAL_METHODS[GET], USUAL_METHODS[HEAD], USUAL_METHODS[OPTIONS]) == ("GET", "HEAD", "OPTIONS")

assert (Ending.PLAIN, Ending.SLASH, Ending.REST) == (PLAIN_END, SLASH_END, REST_END)
assert MAXIMUM_PARAMETERS == MAXIMUM_SPANS
seed_hashes(int.from_bytes(urandom(8), "little"), int.from_bytes(urandom(8), "little"))

cdef enum:
    MOST_REFUSALS_KEPT = 1024
    DECODED_ON_STACK = 4096
    FEW_SPANS = 4

cdef object MADE_BY_EDITOR = object()


class DuplicateRoute(ValueError):
    """Two routes with one method and one path, by number.

    `first` is there already; `second` is the other one's place among the routes a Matcher was to be made of, else -1.
    """

    def __init__(self, message: str, first: int, second: int) -> None:
        super().__init__(message)
        self.first = first
        self.second = second


@cython.final
@cython.freelist(64)
cdef class Match:
    """A route found: its `value`, its number `route`, and its parameters, decoded on demand."""

    cdef readonly object value
    cdef readonly unsigned int route
    cdef Matcher matcher
    cdef bytes path
    cdef Span few[FEW_SPANS]    # a new Match is cleared, and most have few spans:
    cdef bytes many             # more are kept here, all of them

    def __class_getitem__(cls, value_type):
        return GenericAlias(cls, value_type)

    def parameters(self):
        """Each named parameter's text: escapes decoded, then UTF-8 (U+FFFD where it is none). An empty rest is ""."""
        cdef dict parameters = self.raw_parameters()
        cdef bytes raw
        for name, raw in parameters.items():
            parameters[name] = decode_parameter(raw, PyBytes_GET_SIZE(raw))  # no key is added: the loop may go on
        return parameters

    @cython.nonecheck(True)  # a Match can be made empty, from Python
    def raw_parameters(self):
        """Returns each named parameter's bytes as sent: separators must stay distinct from escaped ones."""
        cdef dict parameters = {}
        cdef const unsigned char* path = self.path
        cdef const Span* span = self.few
        if self.many is not None:
            span = <const Span*>PyBytes_AS_STRING(self.many)
        # A route has as many spans as names, or one more, and spans lie within the path they were found in.
        for name in (<Parts>self.matcher.parts).names[self.route]:
            parameters[name] = PyBytes_FromStringAndSize(<const char*>path + span.start, span.end - span.start)
            span += 1
        return parameters


@cython.final
cdef class NotMatched:
    """No route: `allow` names the methods of the path (405), or is empty if no pattern matches it (404)."""

    def without(self, str method not None):
        """Returns the same without one method, which is not allowed either."""
        cdef NotMatched narrowed = NotMatched.__new__(NotMatched)
        narrowed.allow = tuple([allowed for allowed in self.allow if allowed != method])
        narrowed.allow_header = ", ".join(narrowed.allow).encode()
        return narrowed

    def __repr__(self):
        return f"NotMatched(allow={self.allow!r})"


@cython.final
@cython.no_gc_clear  # it gives back what only it saw, even while a cycle is taken apart
cdef class Matcher:
    """Finds routes, as described above.

    `routes` are of (method, PathPattern, value); a method is any token, upper case as it will be sent. A route's number
    is its place among them, and its place decides where nothing else does. DuplicateRoute names two that are one; more
    than 64 different methods are a ValueError.
    """

    def __cinit__(self, routes):
        if routes is MADE_BY_EDITOR:
            return
        cdef list given = list(routes)
        cdef MatcherEditor editor = MatcherEditor()
        for place, (method, pattern, value) in enumerate(given):
            try:
                editor.add(method, pattern, value, place)
            except DuplicateRoute as fault:
                raise DuplicateRoute(
                    f"{method} {pattern.text} is the same path as {method} {given[fault.first][1].text}; "
                    "a path takes one route for a method", fault.first, place
                ) from None
        editor.finish_into(self)

    def __dealloc__(self):
        if self.version != NULL:
            self.version.is_alive = False
            (<Parts>self.parts).give_back_unseen()

    def __class_getitem__(cls, value_type):
        return GenericAlias(cls, value_type)

    def __len__(self):
        return self.count

    def __sizeof__(self):
        """All that Matchers made from one another share, but not the values and the strings of names and methods."""
        return sizeof(Matcher) + self.parts.__sizeof__()

    @property
    def values(self):
        """The values of its routes, unless it has been edited since: then those of the newest Matcher as well."""
        return tuple([value for value in (<Parts>self.parts).values if value is not None])

    def match(self, str method not None, bytes path not None):
        """Returns the Match of a path as sent, without its query, or the NotMatched that says why there is none."""
        cdef Py_ssize_t method_length
        cdef const char* method_text = PyUnicode_AsUTF8AndSize(method, &method_length)
        cdef MatchSpans spans
        cdef Outcome outcome = self.find(path, len(path), method_text, method_length, &spans)
        if outcome == Outcome.FOUND:
            return new_match(self, path, &spans)
        if outcome == Outcome.OUT_OF_MEMORY:
            raise MemoryError
        return self.refusal(spans.allow)

    cdef Outcome find(
        self,
        const unsigned char* path,
        Py_ssize_t length,
        const char* method,
        Py_ssize_t method_length,
        MatchSpans* spans,
    ) noexcept:
        cdef const Tree* tree = self.tree
        cdef uint8_t number = number_method(tree, <const unsigned char*>method, method_length)
        spans.allow = 0
        spans.count = 0
        if length > MAXIMUM_INDEX // 3:  # decoded for search, it may be three times as long
            return Outcome.NOT_FOUND
        if length == 0 or memchr(path, b"%", length) == NULL:
            return search(tree, node_at(tree, self.root), path, <uint32_t>length, number, spans)
        return find_escaped(tree, node_at(tree, self.root), path, <uint32_t>length, number, spans)

    cdef NotMatched refusal(self, uint64_t allow):
        cdef Parts parts = <Parts>self.parts
        cdef NotMatched refusal = parts.refusals.get(allow)
        if refusal is None:
            refusal = NotMatched.__new__(NotMatched)
            refusal.allow = tuple([method for number, method in enumerate(parts.methods) if allow >> number & 1])
            refusal.allow_header = ", ".join(refusal.allow).encode()
            if len(parts.refusals) < MOST_REFUSALS_KEPT:
                parts.refusals[allow] = refusal
        return refusal

    cdef tuple parameter_names(self, uint32_t route):
        return (<Parts>self.parts).names[route]


cdef Match new_match(Matcher matcher, bytes path, const MatchSpans* spans):
    cdef Match match = Match.__new__(Match)
    if spans.count > FEW_SPANS:
        match.many = PyBytes_FromStringAndSize(<const char*>spans.items, spans.count * sizeof(Span))
    else:
        memcpy(match.few, spans.items, FEW_SPANS * sizeof(Span))  # a fixed length: those after the count are unused
    match.value = <object>spans.value
    match.route = spans.route
    match.matcher = matcher
    match.path = path
    return match


cdef Outcome find_escaped(
    const Tree* tree, const Node* root, const unsigned char* path, uint32_t length, uint8_t method, MatchSpans* spans
) noexcept nogil:
    cdef unsigned char on_stack[DECODED_ON_STACK]
    cdef unsigned char* decoded = on_stack
    cdef uint32_t decoded_length
    cdef Outcome outcome
    on_stack[0] = 0  # gcc cannot tell that a path with a % in it is decoded to something
    if length > DECODED_ON_STACK // 3:
        decoded = <unsigned char*>malloc(3 * <size_t>length)
        if decoded == NULL:
            return Outcome.OUT_OF_MEMORY
    decoded_length = decode_for_search(path, length, decoded)
    outcome = search(tree, root, decoded, decoded_length, method, spans)
    if decoded != on_stack:
        free(decoded)
    if outcome == Outcome.FOUND:
        undecode_spans(path, length, spans)
    return outcome
