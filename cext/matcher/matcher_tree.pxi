# The search through trees (`matcher_layout.pxi`). Nothing that a Matcher can reach is ever changed.

cdef enum:
    TURNS_ON_STACK = 24

cdef struct Turn:               # a node with something left to try, and the path's position when it was entered
    const Node* node
    const Node* alternative     # the next one to try, or NULL
    uint32_t position


cdef Outcome search(
    const Tree* tree, const Node* root, const unsigned char* path, uint32_t length, uint8_t method, MatchSpans* spans
) noexcept nogil:
    """Finds the route for a path that is decoded for search; spans are places in that text.

    The search goes depth first, in order of precedence. A node is entered by only one part of the path, hence at most
    once per search: the work is bounded by the nodes whose patterns fit the path so far, and the turns by the path's
    segments.
    """
    cdef Turn on_stack[TURNS_ON_STACK]
    cdef Turn* turns = on_stack
    cdef uint32_t turn_room = TURNS_ON_STACK
    cdef Outcome outcome = search_with(tree, root, path, length, method, spans, &turns, &turn_room)
    if turns != on_stack:
        free(turns)
    return outcome


cdef inline Outcome search_with(
    const Tree* tree,
    const Node* node,
    const unsigned char* path,
    uint32_t length,
    uint8_t method,
    MatchSpans* spans,
    Turn** turns,
    uint32_t* turn_room,
) noexcept nogil:
    cdef const Node* child
    cdef const Node* alternative
    cdef const Entry* entry
    cdef SegmentText segment
    cdef uint32_t turn_count = 0
    cdef uint32_t end = length
    cdef uint32_t position
    cdef uint32_t segment_end = 0
    cdef bint has_final_slash = length > 0 and path[length - 1] == b"/"

    spans.allow = 0
    if has_final_slash:
        end -= 1
    if (length > 0 and path[0] != b"/") or not has_text(tree, node, 0, path, 0, end):
        return missed(spans)
    position = node.text_length

    # Every node ends with a segment: position == end, or path[position] is the slash before the next segment.
    while True:
        # 1. `node` was just entered: the path up to `position` is matched, and the spans of its parameters are written.
        # At the path's end, its entry decides.
        alternative = NULL
        if position == end:
            entry = serve(tree, node, has_final_slash, method, &spans.allow)
            if entry != NULL:
                return found(entry, node.parameter_count, spans)
        else:
            # 2. Literal children come first, and at most one fits. If anything else could fit here, it becomes a turn.
            alternative = alternatives_of(tree, node)
            # Among ten thousand routes a node comes from memory, which takes longer than reading the segment.
            fetch_ahead(alternative)
            if node.child_count == 0:
                segment_end = end_of_segment(path, position + 1, end)
            else:
                if node.child_count != GROUPED:
                    fetch_ahead(node_at(tree, node.inlined.group.first))
                segment = read_segment(path, position + 1, end)
                child = enter_literal(tree, node, &segment, path, position, end)
                if child != NULL:
                    if alternative != NULL or node.rest_count != 0:
                        if turn_count == turn_room[0] and not grow_turns(turns, turn_room):
                            return Outcome.OUT_OF_MEMORY
                        put_turn(&turns[0][turn_count], node, alternative, position)
                        turn_count += 1
                    node = child
                    position += child.text_length
                    continue
                segment_end = position + 1 + segment.length

        while True:
            # 3. No literal child fits, or the search came back to `node`: try its alternatives, best first. Those
            #    after the one entered become a turn, so that each is entered once.
            if alternative != NULL:
                child = enter_alternative(tree, alternative, path, position + 1, segment_end, end, spans)
                if child != NULL:
                    if not child.is_last or node.rest_count != 0:
                        if turn_count == turn_room[0] and not grow_turns(turns, turn_room):
                            return Outcome.OUT_OF_MEMORY
                        # Alternatives lie side by side, up to the one with `is_last`.
                        alternative = NULL
                        if not child.is_last:
                            alternative = child + 1
                        put_turn(&turns[0][turn_count], node, alternative, position)
                        turn_count += 1
                    node = child
                    position = segment_end + child.text_length
                    break
            # 4. Then its rest, which takes the remaining path.
            if node.rest_count != 0:
                entry = choose(entries_of(tree, node) + node.plain_count + node.slash_count, node.rest_count, method,
                               &spans.allow)
                if entry != NULL:
                    # A rest counts as a parameter, so parameter_count < MAXIMUM_SPANS here.
                    spans.items[node.parameter_count].start = min(position + 1, length)
                    spans.items[node.parameter_count].end = length
                    return found(entry, node.parameter_count + 1, spans)
            if turn_count == 0:
                return missed(spans)
            # 5. Nothing is left at `node`: back to the last turn. The spans of its node still hold, since nodes below
            #    it write higher indices only; `spans.allow` has the methods of all entries passed over.
            turn_count -= 1
            node = turns[0][turn_count].node
            alternative = turns[0][turn_count].alternative
            position = turns[0][turn_count].position
            if alternative != NULL:
                segment_end = end_of_segment(path, position + 1, end)


cdef inline void put_turn(Turn* turn, const Node* node, const Node* alternative, uint32_t position) noexcept nogil:
    turn.node = node
    turn.alternative = alternative
    turn.position = position


cdef bint grow_turns(Turn** turns, uint32_t* room) noexcept nogil:
    """Doubles the room, for paths with many segments and something to try at each. The caller frees an array that is
    not on its stack."""
    cdef Turn* grown = <Turn*>malloc(2 * <size_t>room[0] * sizeof(Turn))
    if grown == NULL:
        return False
    memcpy(grown, turns[0], room[0] * sizeof(Turn))
    if room[0] != TURNS_ON_STACK:
        free(turns[0])
    turns[0] = grown
    room[0] *= 2
    return True


cdef inline bint has_text(
    const Tree* tree, const Node* node, uint32_t known, const unsigned char* path, uint32_t at, uint32_t end
) noexcept nogil:
    """Whether the node's text is at `at` <= `end` of the path, up to a segment's end; `known` bytes of it are known to
    match."""
    cdef uint32_t length = node.text_length
    if length == known:
        return True
    if length > end - at:
        return False
    if at + length < end and path[at + length] != b"/":
        return False
    # Both texts have at least `length` bytes: the path was just checked, and set_text wrote the other.
    return memcmp(text_at(tree, node.text), path + at + known, length - known) == 0


cdef inline const Node* enter_literal(
    const Tree* tree,
    const Node* node,
    const SegmentText* segment,
    const unsigned char* path,
    uint32_t position,
    uint32_t end,
) noexcept nogil:
    """Returns the literal child whose text is at `position`, where the segment's slash is; or NULL."""
    cdef const Group* group = &node.inlined.group
    cdef const Node* child
    cdef uint32_t marked
    if node.child_count == GROUPED:
        # The table has 2**bits groups.
        group = group_at(tree, node.inlined.table.first) + (
            segment.hash & ((<uint64_t>1 << node.inlined.table.bits) - 1)
        )
    # A Group is 16 bytes, the first `count` of them tags; it has as many children, from `first` on.
    marked = find_in_16(group.tags, <unsigned char>(segment.hash >> 56)) & ((<uint32_t>1 << group.count) - 1)
    while marked != 0:
        child = node_at(tree, group.first) + lowest_bit(marked)
        if begins_with(child, segment) and has_text(tree, child, known_text(segment), path, position, end):
            return child
        marked &= marked - 1
    if group.count == GROUP_TAGS:
        child = node_at(tree, group.first) + GROUP_TAGS - 1
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
    """Returns how many bytes are already compared of a text that begins with the segment: slash and two words."""
    return 1 + min(segment.length, <uint32_t>INLINE_TEXT)


cdef inline const Node* alternatives_of(const Tree* tree, const Node* node) noexcept nogil:
    return NULL if node.alternatives == 0 else node_at(tree, node.alternatives)


cdef const Node* enter_alternative(
    const Tree* tree,
    const Node* child,
    const unsigned char* path,
    uint32_t start,
    uint32_t segment_end,
    uint32_t end,
    MatchSpans* spans,
) noexcept nogil:
    """Returns the first alternative from `child` on that the segment can enter, with its spans written; or NULL.

    Bounds: 1 <= child.parameter_count <= MAXIMUM_SPANS, and the last step has as many of these as its shape, or one.
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
        shape = shape_of(tree, child)
        if has_text(tree, child, 0, path, segment_end, end) and fits(
            shape, path, start, segment_end, spans.items + child.parameter_count - shape.parameter_count
        ):
            return child
        if child.is_last:
            return NULL
        child += 1


cdef bint fits(
    const Shape* shape, const unsigned char* path, uint32_t start, uint32_t end, Span* items
) noexcept nogil:
    """Whether the segment fits the shape; if so, writes a span for each of the shape's parameters.

    The first piece begins the segment and the last one ends it. The others are placed as far right as possible, from
    the right: that leaves the most to the leftmost parameter, then to the next, as a greedy regular expression would,
    and each piece is searched for once.
    """
    cdef const Piece* pieces = &shape.pieces[0]
    cdef const Piece* first = pieces
    cdef const Piece* last = pieces + shape.parameter_count
    cdef uint32_t index = shape.parameter_count - 1
    cdef uint32_t lowest = start + first.length + 1
    cdef uint32_t stop, place
    # In bounds: in a segment of at least the minimum length, the first and the last piece do not overlap.
    if end - start < shape.minimum_length:
        return False
    stop = end - last.length
    if (
        memcmp(piece_text(shape, first), path + start, first.length) != 0
        or memcmp(piece_text(shape, last), path + stop, last.length) != 0
        or (last.length > 0 and is_inside_escape(path, start, stop))
    ):
        return False
    while index > 0:
        items[index].end = stop
        place = find_last(shape, pieces + index, path, lowest, stop - 1)
        if place == 0:
            return False
        items[index].start = place + pieces[index].length
        stop = place
        index -= 1
    items[0].start = lowest - 1
    items[0].end = stop
    return stop >= lowest


cdef inline const unsigned char* piece_text(const Shape* shape, const Piece* piece) noexcept nogil:
    return <const unsigned char*>shape + piece.text


cdef inline bint is_inside_escape(const unsigned char* path, uint32_t start, uint32_t at) noexcept nogil:
    """Whether `at` > `start` is one of the two digits of an escape; every % of a searched text begins one."""
    return path[at - 1] == b"%" or (at - start >= 2 and path[at - 2] == b"%")


cdef uint32_t find_last(
    const Shape* shape, const Piece* piece, const unsigned char* path, uint32_t lowest, uint32_t stop
) noexcept nogil:
    """Returns the last place from `lowest` >= 1 on where the non-empty piece occurs and ends by `stop`; 0 if there is
    none.

    This is Knuth, Morris and Pratt's search, run backwards: borders[n] is the length of the longest proper border of
    the last n bytes of the piece, so no byte of the path is compared again when a longer match breaks off.
    """
    cdef const unsigned char* text = piece_text(shape, piece)
    cdef const uint32_t* borders = <const uint32_t*>(<const unsigned char*>shape + piece.borders)
    cdef uint32_t matched = 0
    cdef uint32_t at = stop
    # In bounds: matched < piece.length where it indexes text, and 1 <= matched <= piece.length where it indexes
    # borders.
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
    return &node.inlined.entry if node.entry_is_inlined else entry_at(tree, node.entries)


cdef inline const Entry* serve(
    const Tree* tree, const Node* node, bint has_final_slash, uint8_t method, uint64_t* allow
) noexcept nogil:
    """Returns the entry for a path that ends at the node: one with its final slash or, if there are none, another."""
    cdef const Entry* entries = entries_of(tree, node)
    if node.slash_count != 0 and (has_final_slash or node.plain_count == 0):
        return choose(entries + node.plain_count, node.slash_count, method, allow)
    return choose(entries, node.plain_count, method, allow)


cdef inline const Entry* choose(
    const Entry* entries, uint32_t count, uint8_t method, uint64_t* allow
) noexcept nogil:
    """Returns the entry of the method, else GET's for a HEAD, else NULL; adds all methods passed over to `allow`."""
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
