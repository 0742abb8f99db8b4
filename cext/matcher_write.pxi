# Writes what a TreeBuilder holds into the one block that searches read: measured first, then filled to the last byte,
# breadth first, so that the nodes near the root, which all searches pass, lie together.

from libc.string cimport memcmp, memcpy

cdef extern from "<stdlib.h>":
    void* aligned_alloc(size_t alignment, size_t size)

cdef enum:
    CACHE_LINE = 64
    CHILDREN_A_GROUP = 6        # at most, on average: few groups then have more than GROUP_TAGS

cdef struct Sizes:              # how many of each part there are
    size_t nodes
    size_t entries
    size_t groups
    size_t shapes
    size_t pieces
    size_t borders
    size_t text                 # bytes


cdef class TreeWriter:
    cdef TreeBuilder builder
    cdef tuple values           # whose pointers the entries borrow
    cdef list methods           # names as bytes, in order of their numbers
    cdef Tree* tree             # owned until write() has returned it
    cdef uint32_t* sources      # of each node of the tree: the BuildNode it is made of
    cdef uint32_t* members      # room for the children of a node in order of their groups,
    cdef uint32_t* ends         # and for the end of each group among them
    cdef Sizes room, used

    def __cinit__(self, TreeBuilder builder, tuple values, list methods):
        self.builder = builder
        self.values = values
        self.methods = methods

    def __dealloc__(self):
        free(self.tree)
        free(self.sources)
        free(self.members)
        free(self.ends)

    cdef Tree* write(self) except NULL:
        """The finished tree, which is the caller's to free."""
        cdef uint32_t index = 0
        cdef Tree* tree
        self.measure()
        self.allocate()
        self.write_methods()
        self.place(0, 0)
        # Writing a node places its children behind all that are placed: every node gets its turn.
        while index < self.used.nodes:
            self.write_node(index)
            index += 1
        assert memcmp(&self.used, &self.room, sizeof(Sizes)) == 0
        tree = self.tree
        self.tree = NULL
        return tree

    cdef int measure(self) except -1:
        cdef uint32_t most_children = 0
        cdef uint32_t index
        cdef const BuildNode* node
        cdef bytes literal
        for index in range(self.builder.node_count):
            node = self.builder.nodes + index
            if node.first_entry != 0 and not self.has_inlined_entry(node):
                self.room.entries += self.count_entries(node)
            if node.child_count > GROUP_TAGS:
                self.room.groups += <size_t>1 << group_bits(node.child_count)
            most_children = max(most_children, node.child_count)
            if node.kind == NodeKind.LITERAL and index != 0 and takes_in_child(self.builder.nodes + node.parent):
                self.room.text += 1 + node.text_length
                continue
            self.room.nodes += 1
            self.room.text += node.text_length - min(node.text_length, <uint32_t>INLINE_TEXT)
            if node.kind == NodeKind.PARTLY_LITERAL:
                literals = <tuple>node.literals
                self.room.shapes += 1
                self.room.pieces += len(literals)
                self.room.text += sum(map(len, literals))
                self.room.borders += sum([len(literal) + 1 for literal in literals[1:len(literals) - 1]])
        self.room.text += sum(map(len, self.methods))
        if max(self.room.nodes, self.room.groups, self.room.borders, self.room.text) > MAXIMUM_INDEX:
            raise OverflowError("too many routes for one Matcher")
        self.members = <uint32_t*>calloc(most_children + 1, sizeof(uint32_t))
        self.ends = <uint32_t*>calloc(<size_t>1 << group_bits(most_children), sizeof(uint32_t))
        if self.members == NULL or self.ends == NULL:
            raise MemoryError
        return 0

    cdef uint32_t count_entries(self, const BuildNode* node) noexcept:
        cdef uint32_t count = 0
        cdef uint32_t entry = node.first_entry
        while entry != 0:
            count += 1
            entry = self.builder.entries[entry].following
        return count

    cdef bint has_inlined_entry(self, const BuildNode* node) noexcept:
        """Whether the node's only entry has the place in it that children would take."""
        return node.child_count == 0 and node.first_entry != 0 and self.builder.entries[node.first_entry].following == 0

    cdef int allocate(self) except -1:
        """One block: the Tree, then its parts by falling alignment."""
        cdef size_t nodes_at = (sizeof(Tree) + CACHE_LINE - 1) // CACHE_LINE * CACHE_LINE
        cdef size_t entries_at = nodes_at + self.room.nodes * sizeof(Node)
        cdef size_t groups_at = entries_at + self.room.entries * sizeof(Entry)
        cdef size_t shapes_at = groups_at + self.room.groups * sizeof(Group)
        cdef size_t pieces_at = shapes_at + self.room.shapes * sizeof(Shape)
        cdef size_t borders_at = pieces_at + self.room.pieces * sizeof(Piece)
        cdef size_t text_at = borders_at + self.room.borders * sizeof(uint32_t)
        cdef size_t size = (text_at + self.room.text + CACHE_LINE - 1) // CACHE_LINE * CACHE_LINE
        cdef char* block = <char*>aligned_alloc(CACHE_LINE, size)
        self.sources = <uint32_t*>calloc(self.room.nodes, sizeof(uint32_t))
        if block == NULL or self.sources == NULL:
            free(block)
            raise MemoryError
        memset(block, 0, size)
        self.tree = <Tree*>block
        self.tree.size_bytes = size
        self.tree.nodes = <Node*>(block + nodes_at)
        self.tree.entries = <Entry*>(block + entries_at)
        self.tree.groups = <Group*>(block + groups_at)
        self.tree.shapes = <Shape*>(block + shapes_at)
        self.tree.pieces = <Piece*>(block + pieces_at)
        self.tree.borders = <uint32_t*>(block + borders_at)
        self.tree.text = <unsigned char*>block + text_at
        return 0

    cdef int write_methods(self) except -1:
        cdef uint32_t number
        cdef bytes name
        self.tree.method_count = len(self.methods)
        for number, name in enumerate(self.methods):
            self.tree.methods[number].length = len(name)
            self.tree.methods[number].text = self.tree.text + self.write_text(name, len(name))
        return 0

    cdef uint32_t place(self, uint32_t source, uint32_t parent) except? 0:
        """The index of a new node, which is made of the BuildNode `source` and yet to be written."""
        assert self.used.nodes < self.room.nodes
        cdef uint32_t index = <uint32_t>self.used.nodes
        cdef Node* node = self.tree.nodes + index
        self.sources[index] = source
        node.parent = parent
        node.kind = self.builder.nodes[source].kind
        node.parameter_count = self.builder.nodes[source].parameter_count
        self.used.nodes += 1
        return index

    cdef int write_node(self, uint32_t index) except -1:
        cdef Node* node = self.tree.nodes + index
        cdef uint32_t source = self.write_entrance(node, self.sources[index], index == 0)
        cdef const BuildNode* made_of = self.builder.nodes + source
        if made_of.child_count > 0:
            self.write_children(node, index, made_of)
        if made_of.has_partials or made_of.parameter != 0:
            self.write_alternatives(node, index, source)
        self.write_entries(node, made_of)
        return 0

    cdef uint32_t write_entrance(self, Node* node, uint32_t source, bint is_root) except? 0:
        """Write how the node is entered; return the BuildNode at the end of its text, whose children the node has."""
        cdef const BuildNode* made_of = self.builder.nodes + source
        cdef SegmentText segment
        cdef uint32_t known
        node.text = <uint32_t>self.used.text
        if made_of.kind == NodeKind.PARTLY_LITERAL:
            node.words[0] = self.write_shape(<tuple>made_of.literals)
            node.text = <uint32_t>self.used.text
        elif made_of.kind == NodeKind.LITERAL and not is_root:
            segment = read_segment(made_of.text, 0, made_of.text_length)
            known = min(segment.length, <uint32_t>INLINE_TEXT)
            node.words[0] = segment.words[0]
            node.words[1] = segment.words[1]
            node.segment_length = segment.length
            node.text_length = 1 + segment.length
            self.write_text(made_of.text + known, segment.length - known)
        while takes_in_child(made_of):
            source = made_of.first_child
            made_of = self.builder.nodes + source
            self.write_text(b"/", 1)
            self.write_text(made_of.text, made_of.text_length)
            node.text_length += 1 + made_of.text_length
        return source

    cdef int write_children(self, Node* node, uint32_t index, const BuildNode* made_of) except -1:
        cdef uint32_t group, start, count
        cdef uint32_t child = made_of.first_child
        cdef uint32_t bits = group_bits(made_of.child_count) if made_of.child_count > GROUP_TAGS else 0
        cdef uint32_t mask = (<uint32_t>1 << bits) - 1
        memset(self.ends, 0, (<size_t>mask + 1) * sizeof(uint32_t))
        while child != 0:
            self.ends[self.builder.nodes[child].hash & mask] += 1
            child = self.builder.nodes[child].sibling
        for group in range(1, mask + 1):
            self.ends[group] += self.ends[group - 1]
        # Filled from their ends down, the groups end up with their starts in `ends`.
        child = made_of.first_child
        while child != 0:
            group = self.builder.nodes[child].hash & mask
            self.ends[group] -= 1
            self.members[self.ends[group]] = child
            child = self.builder.nodes[child].sibling
        if made_of.child_count <= GROUP_TAGS:
            node.child_count = <uint8_t>made_of.child_count
            return self.write_group(&node.inlined.group, index, 0, made_of.child_count)
        node.child_count = GROUPED
        node.inlined.table.first = <uint32_t>self.used.groups
        node.inlined.table.bits = <uint8_t>bits
        self.used.groups += <size_t>mask + 1
        for group in range(mask + 1):
            start = self.ends[group]
            count = (self.ends[group + 1] if group < mask else made_of.child_count) - start
            self.write_group(self.tree.groups + node.inlined.table.first + group, index, start, count)
        return 0

    cdef int write_group(self, Group* group, uint32_t parent, uint32_t start, uint32_t count) except -1:
        """Place `count` of the members, from `start` on, as the children in the group."""
        cdef uint32_t offset
        cdef uint32_t child = 0
        group.first = <uint32_t>self.used.nodes
        group.count = <uint8_t>min(count, <uint32_t>GROUP_TAGS)
        for offset in range(count):
            child = self.place(self.members[start + offset], parent)
            if offset < GROUP_TAGS:
                group.tags[offset] = <unsigned char>(self.builder.nodes[self.members[start + offset]].hash >> 56)
        if count > 0:
            self.tree.nodes[child].is_last = True
        return 0

    cdef int write_alternatives(self, Node* node, uint32_t index, uint32_t source) except -1:
        cdef uint32_t child = 0
        node.alternatives = <uint32_t>self.used.nodes
        for _, partial in sorted(self.builder.partials.get(source, ())):
            child = self.place(partial, index)
        if self.builder.nodes[source].parameter != 0:
            child = self.place(self.builder.nodes[source].parameter, index)
        self.tree.nodes[child].is_last = True
        return 0

    cdef uint32_t write_shape(self, tuple literals) except? 0:
        cdef uint32_t shape_index = <uint32_t>self.used.shapes
        cdef Shape* shape = self.tree.shapes + shape_index
        cdef Piece* piece
        cdef bytes literal
        cdef uint32_t index
        shape.pieces = <uint32_t>self.used.pieces
        shape.parameter_count = <uint32_t>len(literals) - 1
        shape.minimum_length = shape.parameter_count
        self.used.shapes += 1
        for index, literal in enumerate(literals):
            piece = self.tree.pieces + self.used.pieces
            self.used.pieces += 1
            shape.minimum_length += <uint32_t>len(literal)
            piece.length = <uint32_t>len(literal)
            piece.text = self.write_text(literal, piece.length)
            if 0 < index < shape.parameter_count:
                piece.borders = self.write_borders(self.tree.text + piece.text, piece.length)
        return shape_index

    cdef uint32_t write_borders(self, const unsigned char* text, uint32_t length) noexcept:
        """For each n, the length of the longest proper border of the last n bytes of the text."""
        cdef uint32_t place = <uint32_t>self.used.borders
        cdef uint32_t* borders = self.tree.borders + place
        cdef uint32_t matched = 0
        cdef uint32_t taken
        self.used.borders += length + 1
        for taken in range(1, length):
            while matched > 0 and text[length - 1 - taken] != text[length - 1 - matched]:
                matched = borders[matched]
            if text[length - 1 - taken] == text[length - 1 - matched]:
                matched += 1
            borders[taken + 1] = matched
        return place

    cdef int write_entries(self, Node* node, const BuildNode* made_of) except -1:
        cdef uint32_t following = made_of.first_entry
        cdef const BuildEntry* source
        cdef Entry* entry = self.tree.entries + self.used.entries
        node.entries = <uint32_t>self.used.entries
        node.entry_is_inlined = self.has_inlined_entry(made_of)
        if node.entry_is_inlined:
            entry = &node.inlined.entry
        else:
            self.used.entries += self.count_entries(made_of)
        while following != 0:
            source = self.builder.entries + following
            entry.value = <PyObject*>self.values[source.route]
            entry.route = source.route
            entry.method = source.method
            node.plain_count += source.ending == PLAIN_END
            node.slash_count += source.ending == SLASH_END
            node.rest_count += source.ending == REST_END
            following = source.following
            entry += 1
        return 0

    cdef uint32_t write_text(self, const unsigned char* text, uint32_t length) noexcept:
        """The place of the text, which measure() has counted."""
        cdef uint32_t place = <uint32_t>self.used.text
        memcpy(self.tree.text + place, text, length)
        self.used.text += length
        return place


cdef bint takes_in_child(const BuildNode* node) noexcept:
    """Whether the node has nothing but one literal child: the two become one, whose text goes on with the child's."""
    return node.child_count == 1 and node.first_entry == 0 and node.parameter == 0 and not node.has_partials


cdef uint32_t group_bits(uint32_t child_count) noexcept:
    """The binary logarithm of the number of groups for so many children."""
    cdef uint32_t bits = 0
    while <uint64_t>CHILDREN_A_GROUP << bits < child_count:
        bits += 1
    return bits
