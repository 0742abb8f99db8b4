# The tree's parts, and the search through them. Nothing here is changed once a TreeWriter has written it.
#
# All parts lie in one block, which starts with the Tree. They name one another by index, half as long as a pointer: a
# Node is one cache line. The root is node 0 and nobody's child, so that an index of 0 says "none".

from libc.string cimport memcmp

cdef enum NodeKind:
    LITERAL = 0         # entered by its text, whose first segment is looked up by hash; also the root
    PARTLY_LITERAL = 1  # entered by a segment that fits its shape, then by its text
    PARAMETER = 2       # entered by any segment that is not empty, then by its text

cdef enum:
    GROUP_TAGS = 11     # children of a Group that are found by a byte of their hash; those behind are tried in turn
    GROUPED = 255       # Node.child_count of a node whose children are in a table of Groups
    GET = 0             # the method numbers with a rule of their own: places in USUAL_METHODS
    HEAD = 1
    OPTIONS = 6
    NO_METHOD = 255
    MAXIMUM_METHODS = 64  # one bit each in MatchSpans.allow

cdef struct Entry:      # a route
    PyObject* value     # borrowed from Matcher.values
    uint32_t route
    uint8_t method

cdef struct Group:      # literal children of a node, side by side; the last has is_last
    unsigned char tags[GROUP_TAGS]  # the top byte of each one's hash
    uint8_t count       # of the tags
    uint32_t first      # a node

cdef struct GroupTable:
    uint32_t first      # a group of 2**bits; a child is in the one that the low bits of its hash name
    uint8_t bits

cdef union Inlined:     # no node has both children and a single entry inlined
    Group group         # child_count <= GROUP_TAGS
    GroupTable table    # child_count == GROUPED
    Entry entry         # entry_is_inlined

cdef struct Node:
    uint64_t words[2]           # LITERAL: of its first segment; PARTLY_LITERAL: words[0] is the place of its shape
    Inlined inlined
    uint32_t segment_length     # LITERAL: of its first segment, without the slash before it
    uint32_t text_length        # slashes included; LITERAL: with the first segment and the slash before it
    uint32_t text               # place in Tree.text of the text behind the words
    uint32_t alternatives       # PARTLY_LITERAL children, best first, then the PARAMETER child, side by side; or 0
    uint32_t entries            # plain ones, then those for a final slash, then those of a rest; each by method number
    uint32_t parent
    uint8_t plain_count         # entries that end here
    uint8_t slash_count         # entries that end here with a final slash
    uint8_t rest_count          # entries of a rest that begins here
    uint8_t entry_is_inlined
    uint8_t child_count         # LITERAL children, if they are no more than GROUP_TAGS
    uint8_t parameter_count     # of the pattern up to here
    uint8_t kind
    uint8_t is_last             # of its group, or of its parent's alternatives

cdef struct Piece:              # a literal of a shape
    uint32_t text               # place in Tree.text
    uint32_t length
    uint32_t borders            # place in Tree.borders, for pieces that are searched for: neither first nor last

cdef struct Shape:              # `piece parameter piece parameter … piece`
    uint32_t pieces
    uint32_t parameter_count
    uint32_t minimum_length     # of a segment that fits: every parameter takes a byte

cdef struct MethodName:
    const unsigned char* text
    uint32_t length

cdef struct Tree:
    Node* nodes
    Entry* entries
    Group* groups
    Shape* shapes
    Piece* pieces
    uint32_t* borders           # see find_last
    unsigned char* text
    size_t size_bytes
    uint32_t method_count
    MethodName methods[MAXIMUM_METHODS]

assert sizeof(Node) == 64


cdef inline uint8_t number_method(const Tree* tree, const unsigned char* method, Py_ssize_t length) noexcept nogil:
    cdef uint32_t number
    for number in range(tree.method_count):
        if tree.methods[number].length == length and memcmp(tree.methods[number].text, method, length) == 0:
            return <uint8_t>number
    return NO_METHOD


cdef Outcome search(
    const Tree* tree, const unsigned char* path, uint32_t length, uint8_t method, MatchSpans* spans
) noexcept nogil:
    """Find the route for a path that is decoded for search; spans are places in that text.

    Depth first in order of precedence. What was entered last is left first, so that no stack is needed: a node knows
    its parent, and where its segment began is known from its text or from its first span. A node is entered by one
    part of the path only, hence at most once in a search: the work is bounded by the nodes whose patterns fit the path
    so far.
    """
    cdef const Node* node = tree.nodes
    cdef const Node* child
    cdef const Node* parent
    cdef const Entry* entry
    cdef SegmentText segment
    cdef uint32_t end = length
    cdef const Node* alternative
    cdef uint32_t position
    cdef uint32_t segment_end = 0
    cdef bint has_final_slash = length > 0 and path[length - 1] == b"/"

    spans.allow = 0
    if has_final_slash:
        end -= 1
    if (length > 0 and path[0] != b"/") or not has_text(tree, node, 0, path, 0, end):
        return missed(spans)
    position = node.text_length

    # Every node ends where a segment does: position == end, or path[position] is the slash before the next segment.
    while True:
        # Just entered `node`; the path up to `position` is accounted for.
        alternative = NULL
        if position == end:
            entry = serve(tree, node, has_final_slash, method, &spans.allow)
            if entry != NULL:
                return found(entry, node.parameter_count, spans)
        elif node.child_count == 0:
            alternative = alternatives_of(tree, node)
            segment_end = end_of_segment(path, position + 1, end)
        else:
            segment = read_segment(path, position + 1, end)
            child = enter_literal(tree, node, &segment, path, position, end)
            if child != NULL:
                node = child
                position += child.text_length
                continue
            alternative = alternatives_of(tree, node)
            segment_end = position + 1 + segment.length

        while True:
            # What is left to try at `node`, and then at those above it.
            if alternative != NULL:
                child = enter_alternative(tree, alternative, path, position + 1, segment_end, end, spans)
                if child != NULL:
                    node = child
                    position = segment_end + child.text_length
                    break
            if node.rest_count != 0:
                entry = choose(entries_of(tree, node) + node.plain_count + node.slash_count, node.rest_count, method,
                               &spans.allow)
                if entry != NULL:
                    # A rest counts as a parameter, so parameter_count < MAXIMUM_SPANS here.
                    spans.items[node.parameter_count].start = min(position + 1, length)
                    spans.items[node.parameter_count].end = length
                    return found(entry, node.parameter_count + 1, spans)
            if node == tree.nodes:
                return missed(spans)
            parent = tree.nodes + node.parent
            alternative = NULL
            if node.kind == NodeKind.LITERAL:
                position -= node.text_length
                alternative = alternatives_of(tree, parent)
            else:
                # The span was written when `node` was entered; those written since have higher indices.
                position = spans.items[parent.parameter_count].start - 1
                if node.kind == NodeKind.PARTLY_LITERAL:
                    position -= tree.pieces[tree.shapes[node.words[0]].pieces].length
                # Alternatives lie side by side up to the one that says it is the last.
                if not node.is_last:
                    alternative = node + 1
            if alternative != NULL:
                segment_end = end_of_segment(path, position + 1, end)
            node = parent


cdef inline bint has_text(
    const Tree* tree, const Node* node, uint32_t known, const unsigned char* path, uint32_t at, uint32_t end
) noexcept nogil:
    """Whether the node's text stands at `at` <= `end` of the path, up to a segment's end; `known` bytes of it do."""
    cdef uint32_t length = node.text_length
    if length == known:
        return True
    if length > end - at:
        return False
    if at + length < end and path[at + length] != b"/":
        return False
    # Both texts are there up to `length`, as was just seen of the path and as TreeWriter.measure counted for the other.
    return memcmp(tree.text + node.text, path + at + known, length - known) == 0


cdef inline const Node* enter_literal(
    const Tree* tree,
    const Node* node,
    const SegmentText* segment,
    const unsigned char* path,
    uint32_t position,
    uint32_t end,
) noexcept nogil:
    """The literal child whose text stands at `position`, where the segment's slash is; or NULL."""
    cdef const Group* group = &node.inlined.group
    cdef const Node* child
    cdef uint32_t marked
    if node.child_count == GROUPED:
        # The table has 2**bits groups.
        group = tree.groups + node.inlined.table.first + (
            segment.hash & ((<uint64_t>1 << node.inlined.table.bits) - 1)
        )
    # A Group is 16 bytes, of which the first `count` are tags; there are as many children, `first` and those behind it.
    marked = find_in_16(group.tags, <unsigned char>(segment.hash >> 56)) & ((<uint32_t>1 << group.count) - 1)
    while marked != 0:
        child = tree.nodes + group.first + lowest_bit(marked)
        if begins_with(child, segment) and has_text(tree, child, known_text(segment), path, position, end):
            return child
        marked &= marked - 1
    if group.count == GROUP_TAGS:
        child = tree.nodes + group.first + GROUP_TAGS - 1
        while not child.is_last:
            child += 1
            if begins_with(child, segment) and has_text(tree, child, known_text(segment), path, position, end):
                return child
    return NULL


cdef inline bint begins_with(const Node* child, const SegmentText* segment) noexcept nogil:
    return (
        child.words[0] == segment.words[0]
        and child.words[1] == segment.words[1]
        and child.segment_length == segment.length
    )


cdef inline uint32_t known_text(const SegmentText* segment) noexcept nogil:
    """How much of the text of a node that begins with the segment is compared: the slash and what the words hold."""
    return 1 + min(segment.length, <uint32_t>INLINE_TEXT)


cdef inline const Node* alternatives_of(const Tree* tree, const Node* node) noexcept nogil:
    return NULL if node.alternatives == 0 else tree.nodes + node.alternatives


cdef const Node* enter_alternative(
    const Tree* tree,
    const Node* child,
    const unsigned char* path,
    uint32_t start,
    uint32_t segment_end,
    uint32_t end,
    MatchSpans* spans,
) noexcept nogil:
    """The first from `child` on that the segment can enter, its spans written; or NULL.

    1 <= child.parameter_count <= MAXIMUM_SPANS, and its last step has as many of these as its shape, or one.
    """
    cdef const Shape* shape
    if start == segment_end:
        return NULL
    while True:
        if child.kind == NodeKind.PARAMETER:
            if not has_text(tree, child, 0, path, segment_end, end):
                return NULL
            spans.items[child.parameter_count - 1].start = start
            spans.items[child.parameter_count - 1].end = segment_end
            return child
        shape = tree.shapes + child.words[0]
        if has_text(tree, child, 0, path, segment_end, end) and fits(
            tree, shape, path, start, segment_end, spans.items + child.parameter_count - shape.parameter_count
        ):
            return child
        if child.is_last:
            return NULL
        child += 1


cdef bint fits(
    const Tree* tree, const Shape* shape, const unsigned char* path, uint32_t start, uint32_t end, Span* items
) noexcept nogil:
    """Whether the segment fits the shape; if so, a span for each of the shape's parameters is written.

    The first piece begins the segment and the last one ends it. The others are put as far right as they go, from the
    right on: that leaves the most to the leftmost parameter, then to the next, as a greedy regular expression would,
    and each piece is looked for once.
    """
    cdef const Piece* pieces = tree.pieces + shape.pieces
    cdef const Piece* first = pieces
    cdef const Piece* last = pieces + shape.parameter_count
    cdef uint32_t index = shape.parameter_count - 1
    cdef uint32_t lowest = start + first.length + 1
    cdef uint32_t stop, place
    # In a segment no shorter than the minimum the first and the last piece lie side by side.
    if end - start < shape.minimum_length:
        return False
    stop = end - last.length
    if (
        memcmp(tree.text + first.text, path + start, first.length) != 0
        or memcmp(tree.text + last.text, path + stop, last.length) != 0
        or (last.length > 0 and is_inside_escape(path, start, stop))
    ):
        return False
    while index > 0:
        items[index].end = stop
        place = find_last(tree, pieces + index, path, lowest, stop - 1)
        if place == 0:
            return False
        items[index].start = place + pieces[index].length
        stop = place
        index -= 1
    items[0].start = lowest - 1
    items[0].end = stop
    return stop >= lowest


cdef inline bint is_inside_escape(const unsigned char* path, uint32_t start, uint32_t at) noexcept nogil:
    """Whether `at` > `start` is one of the two digits of an escape; every % of a searched text begins one."""
    return path[at - 1] == b"%" or (at - start >= 2 and path[at - 2] == b"%")


cdef uint32_t find_last(
    const Tree* tree, const Piece* piece, const unsigned char* path, uint32_t lowest, uint32_t stop
) noexcept nogil:
    """The last place from `lowest` >= 1 on where the piece, which is not empty, stands and ends by `stop`; 0 if none.

    Knuth, Morris and Pratt's search, run backwards: borders[n] is the length of the longest proper border of the last n
    bytes of the piece, so that no byte of the path is compared anew when a longer match breaks off.
    """
    cdef const unsigned char* text = tree.text + piece.text
    cdef const uint32_t* borders = tree.borders + piece.borders
    cdef uint32_t matched = 0
    cdef uint32_t at = stop
    # matched < piece.length where it indexes text, and 1 <= matched <= piece.length where it indexes borders.
    while at > lowest:
        at -= 1
        while matched > 0 and path[at] != text[piece.length - 1 - matched]:
            matched = borders[matched]
        if path[at] == text[piece.length - 1 - matched]:
            matched += 1
        if matched == piece.length:
            if not is_inside_escape(path, lowest - 1, at):
                return at
            matched = borders[matched]
    return 0


cdef inline const Entry* entries_of(const Tree* tree, const Node* node) noexcept nogil:
    return &node.inlined.entry if node.entry_is_inlined else tree.entries + node.entries


cdef inline const Entry* serve(
    const Tree* tree, const Node* node, bint has_final_slash, uint8_t method, uint64_t* allow
) noexcept nogil:
    """The entry for a path that ends at the node: of those with its final slash or, failing these, of the others."""
    cdef const Entry* entries = entries_of(tree, node)
    if node.slash_count != 0 and (has_final_slash or node.plain_count == 0):
        return choose(entries + node.plain_count, node.slash_count, method, allow)
    return choose(entries, node.plain_count, method, allow)


cdef inline const Entry* choose(
    const Entry* entries, uint32_t count, uint8_t method, uint64_t* allow
) noexcept nogil:
    """The entry of the method, else that of GET for a HEAD, else NULL; all methods passed over are added to `allow`."""
    cdef const Entry* fallback = NULL
    cdef uint32_t index
    for index in range(count):
        if entries[index].method == method:
            return entries + index
        if entries[index].method == GET and method == HEAD:
            fallback = entries + index
        allow[0] |= <uint64_t>1 << entries[index].method
    return fallback


cdef inline Outcome found(const Entry* entry, uint32_t count, MatchSpans* spans) noexcept nogil:
    spans.value = entry.value
    spans.route = entry.route
    spans.count = count
    return Outcome.FOUND


cdef inline Outcome missed(MatchSpans* spans) noexcept nogil:
    spans.value = NULL
    spans.count = 0
    if spans.allow == 0:
        return Outcome.NOT_FOUND
    if spans.allow & (<uint64_t>1 << GET):
        spans.allow |= <uint64_t>1 << HEAD
    spans.allow |= <uint64_t>1 << OPTIONS
    return Outcome.METHOD_NOT_ALLOWED
