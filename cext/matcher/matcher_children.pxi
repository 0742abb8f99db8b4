# How an edit finds a child of a node, makes one, and takes one away.
#
# - The literal children of a node are in one Group, or in a table with CHILDREN_A_GROUP or less a Group on average.
# - Alternatives stand best first: more literal characters, then the longer first literal, then the lowest position of a
#   route below. So workers that learned of the same routes in different order agree.
#
# A child that is returned is this edit's own. Its parent must be so before.

cdef enum:
    CHILDREN_A_GROUP = 6        # at most, on average: few groups then have more than GROUP_TAGS


cdef class ChildEditor(NodeEditor):
    cdef uint32_t position      # of the route that is added or removed

    # Literal children

    cdef uint32_t literal_child(self, uint32_t parent, bytes step) except 0:
        """Returns the child that begins with the step; makes it if need be."""
        cdef uint32_t length = <uint32_t>PyBytes_GET_SIZE(step)
        cdef const unsigned char* text = <const unsigned char*>PyBytes_AS_STRING(step)
        cdef SegmentText segment = read_segment(text, 0, length)
        cdef Group* group
        cdef uint32_t count, run, offset, tail
        cdef const Node* child
        if segment.length != length:
            raise ValueError(f"a segment cannot hold a slash: {step!r}")
        if node_at(self.tree, parent).child_count == 0:
            self.spill_entry(parent)
        self.own_table(parent)
        group = self.group_of(parent, segment.hash)
        count = count_run(self.tree, group)
        tail = length - min(length, <uint32_t>INLINE_TEXT)
        for offset in range(count):
            child = node_at(self.tree, group.first) + offset
            if begins_with(child, &segment) and memcmp(
                text_at(self.tree, child.text), text + length - tail, tail  # the rest, after the words
            ) == 0:
                return self.own_run(&group.first, count) + offset
        if node_at(self.tree, parent).child_count != GROUPED:
            if count == GROUP_TAGS:
                self.regroup(parent, GROUP_TAGS, GROUP_TAGS + 1)
                return self.literal_child(parent, step)
        elif node_at(self.tree, parent).inlined.table.child_count == children_of_table(
            &node_at(self.tree, parent).inlined.table
        ):
            count = node_at(self.tree, parent).inlined.table.child_count
            self.regroup(parent, count, count + 1)
            return self.literal_child(parent, step)
        run = self.take(PartKind.NODES, count + 1)
        group = self.group_of(parent, segment.hash)
        if count > 0:
            self.copy_nodes(group.first, run, count)
            self.drop_nodes(group.first, count)
            node_at(self.tree, run + count - 1).is_last = False
        self.start_node(run + count, NodeKind.LITERAL, node_at(self.tree, parent).parameter_count)
        node_at(self.tree, run + count).is_last = True
        group.first = run
        if count < GROUP_TAGS:
            group.tags[count] = <unsigned char>(segment.hash >> 56)
            group.count = <uint8_t>(count + 1)
        if node_at(self.tree, parent).child_count != GROUPED:
            node_at(self.tree, parent).child_count = <uint8_t>(count + 1)
        else:
            node_at(self.tree, parent).inlined.table.child_count += 1
        self.set_text(run + count, b"/" + step)
        return run + count

    cdef int remove_literal_child(self, uint32_t parent, uint32_t child) except -1:
        """Removes the child, which lies in a run of this edit's own, from the node."""
        cdef Group* group
        cdef uint64_t hash = hash_of(self.tree, node_at(self.tree, child))
        cdef uint32_t count, run, offset, children
        group = self.group_of(parent, hash)
        count = count_run(self.tree, group)
        offset = child - group.first
        run = 0
        if count > 1:
            run = self.take(PartKind.NODES, count - 1)
            group = self.group_of(parent, hash)
            self.copy_nodes(group.first, run, offset)
            self.copy_nodes(group.first + offset + 1, run + offset, count - 1 - offset)
            node_at(self.tree, run + count - 2).is_last = True
        self.drop_nodes(group.first, count)
        group.first = run
        group.count = <uint8_t>min(count - 1, <uint32_t>GROUP_TAGS)
        self.write_tags(group)
        if node_at(self.tree, parent).child_count != GROUPED:
            node_at(self.tree, parent).child_count = <uint8_t>(count - 1)
            return 0
        children = node_at(self.tree, parent).inlined.table.child_count - 1
        node_at(self.tree, parent).inlined.table.child_count = children
        # A quarter of the number that made the table grow: so two changes in a row never both lay children out anew.
        if 4 * <uint64_t>children <= children_of_table(&node_at(self.tree, parent).inlined.table):
            self.regroup(parent, children, children)
        return 0

    cdef Group* group_of(self, uint32_t place, uint64_t hash) noexcept:
        """Returns the group of the node that the hash selects, or an empty one; the node is not a leaf."""
        cdef Node* node = node_at(self.tree, place)
        if node.child_count != GROUPED:
            return &node.inlined.group
        return group_at(self.tree, node.inlined.table.first) + (
            hash & ((<uint64_t>1 << node.inlined.table.bits) - 1)
        )

    cdef int own_table(self, uint32_t place) except -1:
        """Makes the table of the node's groups, if it has one, this edit's own."""
        cdef GroupTable* table = &node_at(self.tree, place).inlined.table
        cdef uint32_t size, copy
        if node_at(self.tree, place).child_count != GROUPED or table.edit == self.edit:
            return 0
        size = <uint32_t>1 << table.bits
        copy = self.take(PartKind.GROUPS, size)
        memcpy(group_at(self.tree, copy), group_at(self.tree, table.first), size * sizeof(Group))
        self.drop(PartKind.GROUPS, table.first, size)
        table.first = copy
        table.edit = self.edit
        return 0

    cdef int regroup(self, uint32_t place, uint32_t count, uint32_t wanted) except -1:
        """Lays the `count` literal children of the node out anew, in as many groups as `wanted` children need."""
        cdef Node* node = node_at(self.tree, place)
        cdef Inlined before = node.inlined
        cdef bint was_table = node.child_count == GROUPED
        cdef uint32_t group_count = <uint32_t>1 << before.table.bits if was_table else 1
        cdef bint is_table = wanted > GROUP_TAGS
        cdef uint32_t bits = group_bits(wanted) if is_table else 0
        cdef uint32_t mask = (<uint32_t>1 << bits) - 1
        cdef uint32_t group_index, offset, length, run, target
        cdef uint64_t hash
        cdef const Group* source
        cdef Group* group
        cdef GroupTable table
        # The children in order of their groups: `starts` has where each group begins among them.
        cdef uint32_t* starts = <uint32_t*>calloc(<size_t>mask + 2, sizeof(uint32_t))
        cdef uint32_t* members = <uint32_t*>calloc(<size_t>count + 1, sizeof(uint32_t))
        try:
            if starts == NULL or members == NULL:
                raise MemoryError
            for turn in range(2):
                for group_index in range(group_count):
                    source = group_at(self.tree, before.table.first) + group_index if was_table else &before.group
                    length = count_run(self.tree, source)
                    for offset in range(length):
                        hash = hash_of(self.tree, node_at(self.tree, source.first + offset))
                        if turn == 0:
                            starts[(hash & mask) + 1] += 1
                        else:
                            # filled from their starts on, groups end where the next began
                            members[starts[hash & mask]] = source.first + offset
                            starts[hash & mask] += 1
                if turn == 0:
                    for group_index in range(1, mask + 2):
                        starts[group_index] += starts[group_index - 1]
            memset(&table, 0, sizeof(GroupTable))
            table.bits = <uint8_t>bits
            table.edit = self.edit
            table.child_count = count
            if is_table:
                table.first = self.take(PartKind.GROUPS, mask + 1)
                memset(group_at(self.tree, table.first), 0, (<size_t>mask + 1) * sizeof(Group))
            for group_index in range(mask + 1):
                offset = starts[group_index - 1] if group_index > 0 else 0
                length = starts[group_index] - offset
                if length == 0:
                    continue
                run = self.take(PartKind.NODES, length)
                group = group_at(self.tree, table.first) + group_index if is_table else (
                    &node_at(self.tree, place).inlined.group
                )
                memset(group, 0, sizeof(Group))
                group.first = run
                group.count = <uint8_t>min(length, <uint32_t>GROUP_TAGS)
                for target in range(length):
                    self.copy_nodes(members[offset + target], run + target, 1)
                    node_at(self.tree, run + target).is_last = target == length - 1
                self.write_tags(group)
            for group_index in range(group_count):
                source = group_at(self.tree, before.table.first) + group_index if was_table else &before.group
                if source.count > 0:
                    self.drop_nodes(source.first, count_run(self.tree, source))
            if was_table:
                self.drop_groups(&before.table)
            node = node_at(self.tree, place)
            node.child_count = GROUPED if is_table else <uint8_t>count
            if is_table:
                node.inlined.table = table
        finally:
            free(starts)
            free(members)
        return 0

    cdef void write_tags(self, Group* group) noexcept:
        cdef uint32_t index
        for index in range(group.count):
            group.tags[index] = <unsigned char>(hash_of(self.tree, node_at(self.tree, group.first + index)) >> 56)

    # Alternatives

    cdef uint32_t parameter_child(self, uint32_t parent) except 0:
        cdef uint32_t count = self.count_alternatives(parent)
        cdef uint32_t place = node_at(self.tree, parent).alternatives + count - 1
        if count > 0 and node_at(self.tree, place).kind == NodeKind.PARAMETER:
            return self.own_run(&node_at(self.tree, parent).alternatives, count) + count - 1
        return self.insert_alternative(parent, count, count, NodeKind.PARAMETER, 1)

    cdef uint32_t partial_child(self, uint32_t parent, tuple literals) except 0:
        cdef uint32_t count = self.count_alternatives(parent)
        cdef uint32_t index, place
        cdef Node* node
        for index in range(count):
            node = node_at(self.tree, node_at(self.tree, parent).alternatives + index)
            if node.kind == NodeKind.PARTLY_LITERAL and has_literals(shape_of(self.tree, node), literals):
                return self.own_run(&node_at(self.tree, parent).alternatives, count) + index
        cdef uint32_t shape = self.write_shape(literals)
        index = 0
        while index < count and not is_better(
            <Shape*>text_at(self.tree, shape), self.position, self.tree,
            node_at(self.tree, node_at(self.tree, parent).alternatives + index),
        ):
            index += 1
        place = self.insert_alternative(parent, count, index, NodeKind.PARTLY_LITERAL, len(literals) - 1)
        node_at(self.tree, place).words[0] = shape
        node_at(self.tree, place).words[1] = self.position
        return place

    cdef uint32_t insert_alternative(
        self, uint32_t parent, uint32_t count, uint32_t index, uint8_t kind, uint32_t parameters
    ) except 0:
        cdef uint32_t run = self.take(PartKind.NODES, count + 1)
        cdef uint32_t first = node_at(self.tree, parent).alternatives
        # read_key has counted them: no more than MAXIMUM_SPANS
        parameters += node_at(self.tree, parent).parameter_count
        self.start_node(run + index, kind, <uint8_t>parameters)
        if count > 0:
            self.copy_nodes(first, run, index)
            self.copy_nodes(first + index, run + index + 1, count - index)
            self.drop_nodes(first, count)
            node_at(self.tree, run + count - 1).is_last = False
        node_at(self.tree, run + count).is_last = True
        node_at(self.tree, parent).alternatives = run
        return run + index

    cdef int remove_alternative(self, uint32_t parent, uint32_t child) except -1:
        cdef uint32_t count = self.count_alternatives(parent)
        cdef uint32_t first = node_at(self.tree, parent).alternatives
        cdef uint32_t index = child - first
        cdef uint32_t run = 0
        if node_at(self.tree, child).kind == NodeKind.PARTLY_LITERAL:
            self.drop(PartKind.TEXT, <uint32_t>node_at(self.tree, child).words[0],
                      shape_of(self.tree, node_at(self.tree, child)).size_units)
        if count > 1:
            run = self.take(PartKind.NODES, count - 1)
            self.copy_nodes(first, run, index)
            self.copy_nodes(first + index + 1, run + index, count - 1 - index)
            node_at(self.tree, run + count - 2).is_last = True
        self.drop_nodes(first, count)
        node_at(self.tree, parent).alternatives = run
        return 0

    cdef uint32_t order_alternative(self, uint32_t place, uint32_t first, uint32_t count) noexcept:
        """Moves the partly literal node to its place in its run, which is this edit's own; returns that place."""
        cdef Node* nodes = node_at(self.tree, first)
        cdef uint32_t index = place - first
        while index > 0 and goes_before(self.tree, nodes + index, nodes + index - 1):
            swap_nodes(nodes + index, nodes + index - 1)
            index -= 1
        while index + 1 < count and goes_before(self.tree, nodes + index + 1, nodes + index):
            swap_nodes(nodes + index + 1, nodes + index)
            index += 1
        return first + index

    cdef uint32_t count_alternatives(self, uint32_t parent) noexcept:
        cdef const Node* first = node_at(self.tree, node_at(self.tree, parent).alternatives)
        cdef uint32_t count = 1
        if node_at(self.tree, parent).alternatives == 0:
            return 0
        while not first[count - 1].is_last:
            count += 1
        return count

    cdef uint32_t write_shape(self, tuple literals) except 0:
        cdef uint32_t parameter_count = <uint32_t>len(literals) - 1
        cdef size_t size = sizeof(Shape) + parameter_count * sizeof(Piece)
        cdef size_t borders_at = size
        cdef size_t text_at_byte, place_of_text
        cdef uint32_t place, index
        cdef Shape* shape
        cdef Piece* piece
        cdef bytes literal
        size += sum([(len(literal) + 1) * sizeof(uint32_t) for literal in literals[1 : len(literals) - 1]])
        text_at_byte = size
        size += sum(map(len, literals))
        if size > MAXIMUM_INDEX:
            raise OverflowError("a segment of more than 2 GB")
        place = self.take(PartKind.TEXT, text_units(<uint32_t>size))
        shape = <Shape*>text_at(self.tree, place)
        shape.size_units = text_units(<uint32_t>size)
        shape.parameter_count = parameter_count
        shape.minimum_length = parameter_count
        shape.character_count = 0
        shape.first_count = count_characters(literals[0])
        for index, literal in enumerate(literals):
            piece = shape.pieces + index
            shape.minimum_length += <uint32_t>len(literal)
            shape.character_count += count_characters(literal)
            piece.length = <uint32_t>len(literal)
            piece.text = <uint32_t>text_at_byte
            memcpy(<unsigned char*>shape + text_at_byte, PyBytes_AS_STRING(literal), piece.length)
            text_at_byte += piece.length
            piece.borders = 0
            if 0 < index < parameter_count:
                piece.borders = <uint32_t>borders_at
                write_borders(<unsigned char*>shape + piece.text, piece.length,
                              <uint32_t*>(<unsigned char*>shape + borders_at))
                borders_at += (piece.length + 1) * sizeof(uint32_t)
        return place


cdef inline uint32_t count_run(const Tree* tree, const Group* group) noexcept:
    """Returns how many nodes the group has: if all its tags are in use, there may be more nodes than tags."""
    cdef uint32_t count = group.count
    if count == GROUP_TAGS:
        while not node_at(tree, group.first + count - 1).is_last:
            count += 1
    return count


cdef inline uint64_t children_of_table(const GroupTable* table) noexcept:
    """Returns how many children the table is made for."""
    return <uint64_t>CHILDREN_A_GROUP << table.bits


cdef uint32_t group_bits(uint32_t child_count) noexcept:
    """Returns the binary logarithm of the number of groups for so many children."""
    cdef uint32_t bits = 0
    while <uint64_t>CHILDREN_A_GROUP << bits < child_count:
        bits += 1
    return bits


cdef bint has_literals(const Shape* shape, tuple literals) except -1:
    cdef uint32_t index
    cdef bytes literal
    if shape.parameter_count + 1 != len(literals):
        return False
    for index, literal in enumerate(literals):
        if shape.pieces[index].length != len(literal) or memcmp(
            piece_text(shape, shape.pieces + index), PyBytes_AS_STRING(literal), len(literal)
        ) != 0:
            return False
    return True


cdef bint is_better(const Shape* shape, uint64_t position, const Tree* tree, const Node* other) noexcept:
    """Whether a partly literal node of this shape stands before the other alternative."""
    cdef const Shape* others
    if other.kind == NodeKind.PARAMETER:
        return True
    others = shape_of(tree, other)
    if shape.character_count != others.character_count:
        return shape.character_count > others.character_count
    if shape.first_count != others.first_count:
        return shape.first_count > others.first_count
    return position < other.words[1]


cdef bint goes_before(const Tree* tree, const Node* node, const Node* other) noexcept:
    return node.kind == NodeKind.PARTLY_LITERAL and is_better(shape_of(tree, node), node.words[1], tree, other)


cdef void swap_nodes(Node* one, Node* other) noexcept:
    cdef Node kept = one[0]
    cdef uint8_t one_is_last = one.is_last
    one[0] = other[0]
    one.is_last = one_is_last
    kept.is_last = other.is_last
    other[0] = kept


cdef void write_borders(const unsigned char* text, uint32_t length, uint32_t* borders) noexcept:
    """Writes, for each n, the length of the longest proper border of the last n bytes of the text."""
    cdef uint32_t matched = 0
    cdef uint32_t taken
    memset(borders, 0, (length + 1) * sizeof(uint32_t))
    for taken in range(1, length):
        while matched > 0 and text[length - 1 - taken] != text[length - 1 - matched]:
            matched = borders[matched]
        if text[length - 1 - taken] == text[length - 1 - matched]:
            matched += 1
        borders[taken + 1] = matched


cdef uint32_t count_characters(bytes literal) except? 0:
    """Returns the bytes of the literal once decoded: a character beyond ASCII counts as many as it has in UTF-8."""
    return <uint32_t>(len(literal) - 2 * literal.count(b"%"))
