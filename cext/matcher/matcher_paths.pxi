# The nodes from the root to the end of a route's path: made when a route is added, removed with the route.
#
# Before and after an edit, a node with one literal child and nothing else (no entries, no alternatives) is merged with
# that child; so is the root.

cdef class PathEditor(ChildEditor):
    """Makes and removes the nodes of a path. `trail` leads to its end."""

    cdef uint32_t root
    cdef list steps             # of the route that is added or removed
    cdef Py_ssize_t span_count  # of a Match of this route
    cdef uint8_t ending         # its Ending
    cdef uint32_t* trail        # the nodes from the root to the end of its path, trail_count of them; owned
    cdef size_t trail_count
    cdef size_t trail_room
    cdef str trail_key          # the key of the pattern that these belong to; None: the next route has to find its own

    def __dealloc__(self):
        free(self.trail)

    # The way to a route

    cdef int read_key(self, str key) except -1:
        """Takes the route's steps from a PathPattern's key: one per segment except the rest. Raises ValueError.

        Bytes are literal text, decoded as searched paths are; a tuple has the literals of a partly literal segment;
        None is a parameter.
        """
        cdef Py_ssize_t length
        cdef const char* text = PyUnicode_AsUTF8AndSize(key, &length)
        cdef const char* slash = NULL
        cdef Py_ssize_t parameter_count = 0
        cdef Py_ssize_t start = 1  # of a segment, after the slash before it
        cdef Py_ssize_t end
        cdef list steps = []
        cdef bytes part
        self.trail_key = None
        self.ending = PLAIN_END
        if length == 0 or text[0] != b"/" or not key.isascii() or length > MAXIMUM_INDEX // 3:
            raise ValueError(f"expected the key of a path pattern, got {key[:200]!r}")
        while start <= length:
            slash = <const char*>memchr(text + start, b"/", length - start)
            end = length if slash == NULL else slash - text
            if slash == NULL and end == start:
                self.ending = SLASH_END
            elif slash == NULL and end - start == 2 and memcmp(text + start, b"**", 2) == 0:
                self.ending = REST_END
                parameter_count += 1
            elif end - start == 2 and memcmp(text + start, b"{}", 2) == 0:
                parameter_count += 1
                steps.append(None)
            else:
                part = PyBytes_FromStringAndSize(text + start, end - start)
                if memchr(text + start, b"{", end - start) == NULL:
                    steps.append(decode_literal(part))
                else:
                    literals = tuple([decode_literal(literal) for literal in part.split(b"{}")])
                    if len(literals) < 2 or b"" in literals[1 : len(literals) - 1]:
                        raise ValueError(f"no partly literal segment has these literals: {literals!r}")
                    parameter_count += len(literals) - 1
                    steps.append(literals)
            start = end + 1
        if parameter_count > MAXIMUM_SPANS:
            raise ValueError(f"a path takes at most {MAXIMUM_SPANS} parameters")
        self.steps = steps
        self.span_count = parameter_count
        return 0

    cdef int descend(self) except -1:
        """Finds or makes the node where the steps end; `trail` leads to it, and its nodes are this edit's own."""
        cdef uint32_t node = self.root
        cdef Py_ssize_t taken = self.follow_text(node, 0)
        cdef Py_ssize_t count = len(self.steps)
        self.start_trail(node, count + 1)
        while taken < count:
            step = self.steps[taken]
            if step is None:
                node = self.parameter_child(node)
            elif type(step) is bytes:
                node = self.literal_child(node, <bytes>step)
            else:
                node = self.partial_child(node, <tuple>step)
            taken = self.follow_text(node, taken + 1)
            # In bounds: each turn takes a step, and there is room for one node per step.
            self.trail[self.trail_count] = node
            self.trail_count += 1
        return 0

    cdef int start_trail(self, uint32_t node, size_t room) except -1:
        """Starts the trail with this node alone, and room for `room` nodes."""
        cdef uint32_t* grown
        if room > self.trail_room:
            grown = <uint32_t*>realloc(self.trail, room * sizeof(uint32_t))
            if grown == NULL:
                raise MemoryError
            self.trail = grown
            self.trail_room = room
        self.trail[0] = node
        self.trail_count = 1
        return 0

    cdef Py_ssize_t follow_text(self, uint32_t place, Py_ssize_t taken) except -1:
        """Follows the node's text after its first segment as far as the steps do, and splits the node there.

        A node that has nothing yet takes in all literals that follow. Returns the number of steps taken so far.
        """
        cdef const Node* node = node_at(self.tree, place)
        cdef uint32_t known = known_length(node)
        cdef uint32_t at = first_length(node)
        cdef Py_ssize_t count = len(self.steps)
        cdef Py_ssize_t first = taken
        cdef const unsigned char* behind
        cdef Py_ssize_t length
        cdef bytes step
        if is_vacant(node):
            while taken < count and type(self.steps[taken]) is bytes:
                taken += 1
            if taken > first:
                self.set_text(place, self.full_text(place) + b"/" + b"/".join(self.steps[first:taken]))
            return taken
        # Reads of `behind` are before text_length - known, which is its length; known <= at.
        behind = text_at(self.tree, node.text)
        while at < node.text_length:
            if taken == count or type(self.steps[taken]) is not bytes:
                break
            step = self.steps[taken]
            length = PyBytes_GET_SIZE(step)
            if (
                length >= node.text_length - at
                or memcmp(behind + at + 1 - known, PyBytes_AS_STRING(step), length) != 0
                or (at + 1 + length < node.text_length and behind[at + 1 + length - known] != b"/")
            ):
                break
            at += 1 + <uint32_t>length
            taken += 1
        if at < node.text_length:
            self.split(place, at)
        return taken

    cdef int split(self, uint32_t place, uint32_t cut) except -1:
        """Leaves the node the first `cut` bytes of its text, and moves everything else to a new literal child."""
        cdef bytes text = self.full_text(place)
        cdef uint32_t lower = self.take(PartKind.NODES, 1)
        cdef Node* node = node_at(self.tree, place)
        cdef Node* child = node_at(self.tree, lower)
        cdef Node whole = node[0]
        child[0] = whole
        child.kind = NodeKind.LITERAL
        child.is_last = True
        child.text = child.text_length = child.segment_length = 0
        child.words[0] = child.words[1] = 0
        child.edit = self.edit
        self.start_node(place, whole.kind, whole.parameter_count)
        node.words[0] = whole.words[0]
        node.words[1] = whole.words[1]
        node.segment_length = whole.segment_length
        node.text = whole.text
        node.text_length = whole.text_length
        node.is_last = whole.is_last
        self.set_text(place, text[:cut])
        self.set_text(lower, text[cut:])
        node = node_at(self.tree, place)
        node.child_count = 1
        node.inlined.group.count = 1
        node.inlined.group.first = lower
        node.inlined.group.tags[0] = <unsigned char>(hash_of(self.tree, node_at(self.tree, lower)) >> 56)
        return 0

    # After a change

    cdef int prune(self) except -1:
        """Removes the nodes of the trail that have nothing left, and merges nodes that have become one."""
        cdef uint32_t node = self.trail[self.trail_count - 1]
        cdef uint32_t parent
        while self.trail_count > 1 and is_vacant(node_at(self.tree, node)):
            parent = self.trail[self.trail_count - 2]
            if node_at(self.tree, node).kind == NodeKind.LITERAL:
                self.drop_text(node)
                self.remove_literal_child(parent, node)
            else:
                self.drop_text(node)
                self.remove_alternative(parent, node)
            self.trail_count -= 1
            node = parent
        if is_vacant(node_at(self.tree, node)):
            self.set_text(node, b"")
        self.take_in_child(node)
        self.order_trail()
        return 0

    cdef int take_in_child(self, uint32_t place) except -1:
        """Merges the node with its only child, if it has nothing else."""
        cdef Node* node = node_at(self.tree, place)
        cdef Node child
        cdef uint32_t lower
        cdef bytes text
        if node.child_count != 1 or node.alternatives != 0 or count_entries(node) != 0:
            return 0
        lower = node.inlined.group.first
        text = self.full_text(place) + self.full_text(lower)
        child = node_at(self.tree, lower)[0]
        self.drop_text(lower)
        self.drop_nodes(lower, 1)
        node.inlined = child.inlined
        node.alternatives = child.alternatives
        node.entries = child.entries
        node.plain_count = child.plain_count
        node.slash_count = child.slash_count
        node.rest_count = child.rest_count
        node.entry_is_inlined = child.entry_is_inlined
        node.child_count = child.child_count
        return self.set_text(place, text)

    cdef int lower_positions(self) except -1:
        """Tells the partly literal nodes of the trail the position of a route that was added below them."""
        cdef size_t index
        cdef uint32_t place, parent
        for index in range(1, self.trail_count):
            place = self.trail[index]
            parent = self.trail[index - 1]
            if node_at(self.tree, place).kind == NodeKind.PARTLY_LITERAL and (
                self.position < node_at(self.tree, place).words[1]
            ):
                node_at(self.tree, place).words[1] = self.position
                self.trail[index] = self.order_alternative(
                    place, node_at(self.tree, parent).alternatives, self.count_alternatives(parent)
                )
        return 0

    cdef int order_trail(self) except -1:
        """Corrects positions and the order of alternatives after the route was removed, from below."""
        cdef size_t index
        cdef uint32_t place, parent
        cdef Node* node
        for index in range(self.trail_count - 1, 0, -1):
            place = self.trail[index]
            parent = self.trail[index - 1]
            node = node_at(self.tree, place)
            if node.kind == NodeKind.PARTLY_LITERAL and node.words[1] == self.position:
                node.words[1] = self.first_position(place)
                self.order_alternative(place, node_at(self.tree, parent).alternatives, self.count_alternatives(parent))
        return 0

    cdef uint32_t first_position(self, uint32_t place) except? 0:
        """Returns the lowest position at the node and below; it is known for partly literal nodes below."""
        cdef list left = [place]
        cdef uint32_t lowest = 0xffffffff
        cdef uint32_t index, at, group_index
        cdef const Node* node
        cdef const Group* group
        cdef const Entry* entries
        while left:
            at = left.pop()
            node = node_at(self.tree, at)
            if node.kind == NodeKind.PARTLY_LITERAL and at != place:
                lowest = min(lowest, <uint32_t>node.words[1])
                continue
            entries = entries_of(self.tree, node)
            for index in range(count_entries(node)):
                lowest = min(lowest, (<RoutePart*>self.tree.routes.base + entries[index].route + 1).position)
            for index in range(self.count_alternatives(at)):
                left.append(node.alternatives + index)
            if node.child_count == GROUPED:
                for group_index in range(<uint32_t>1 << node.inlined.table.bits):
                    group = group_at(self.tree, node.inlined.table.first + group_index)
                    left.extend(range(group.first, group.first + count_run(self.tree, group)))
            elif node.child_count > 0:
                left.extend(range(node.inlined.group.first, node.inlined.group.first + node.child_count))
        return lowest


cdef bytes decode_literal(bytes literal):
    cdef uint32_t length = <uint32_t>PyBytes_GET_SIZE(literal)
    if length == 0 or memchr(PyBytes_AS_STRING(literal), b"%", length) == NULL:
        return literal
    cdef bytes decoded = PyBytes_FromStringAndSize(NULL, 3 * <Py_ssize_t>length)
    cdef uint32_t written = decode_for_search(
        <const unsigned char*>PyBytes_AS_STRING(literal), length, <unsigned char*>PyBytes_AS_STRING(decoded)
    )
    return decoded[:written]
