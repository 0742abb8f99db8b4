# How an edit writes a node: its room, its text, its entries. It may change nodes that bear its number; it copies any
# other node first, and drops the original.

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_GET_SIZE
from libc.stdlib cimport calloc, realloc
from libc.string cimport memmove, memset

cdef enum:
    MAXIMUM_INDEX = 0x7fffffff  # bytes of a text, and of a path

cdef enum:                      # mockwave.paths.Ending
    PLAIN_END = 0
    SLASH_END = 1
    REST_END = 2


cdef class NodeEditor:
    cdef Parts parts
    cdef Tree* tree             # of parts
    cdef Version* version       # owned until it is handed on; NULL: the edit has finished
    cdef uint32_t edit

    # Room

    cdef uint32_t take(self, uint8_t kind, uint32_t length) except 0:
        """Returns a run of parts; addresses obtained before are no longer valid."""
        cdef uint32_t place = pool_take(self.parts.pool_of(kind), length)
        if place == 0:
            raise MemoryError
        return place

    cdef int drop(self, uint8_t kind, uint32_t place, uint32_t length) except -1:
        """Drops the run, which the next Matcher will not see; earlier ones may still see it."""
        cdef Version* version = self.version
        cdef Drop* grown
        if version.drop_count == version.drop_room:
            version.drop_room = 2 * version.drop_room + 16
            grown = <Drop*>realloc(version.drops, version.drop_room * sizeof(Drop))
            if grown == NULL:
                version.drop_room = version.drop_count
                raise MemoryError
            version.drops = grown
        version.drops[version.drop_count].kind = kind
        version.drops[version.drop_count].place = place
        version.drops[version.drop_count].length = length
        version.drop_count += 1
        return 0

    cdef int drop_nodes(self, uint32_t place, uint32_t length) except -1:
        if node_at(self.tree, place).edit == self.edit:
            pool_give_back(&self.tree.nodes, place, length)  # made by this edit: no Matcher has seen them
            return 0
        return self.drop(PartKind.NODES, place, length)

    cdef int drop_groups(self, const GroupTable* table) except -1:
        if table.edit == self.edit:
            pool_give_back(&self.tree.groups, table.first, <uint32_t>1 << table.bits)
            return 0
        return self.drop(PartKind.GROUPS, table.first, <uint32_t>1 << table.bits)

    cdef uint32_t own_run(self, uint32_t* first, uint32_t count) except 0:
        """Makes the run of `count` nodes from `first` on this edit's own. `first` may be a field of such a node."""
        cdef uint32_t place = first[0]
        cdef uint32_t run
        if node_at(self.tree, place).edit == self.edit:
            return place
        # Taking the run may move nodes, and `first` with them.
        cdef size_t offset = <unsigned char*>first - self.tree.nodes.base
        cdef bint is_in_node = self.tree.nodes.base <= <unsigned char*>first < (
            self.tree.nodes.base + <size_t>self.tree.nodes.used * sizeof(Node)
        )
        run = self.take(PartKind.NODES, count)
        self.copy_nodes(place, run, count)
        self.drop(PartKind.NODES, place, count)
        if is_in_node:
            first = <uint32_t*>(self.tree.nodes.base + offset)
        first[0] = run
        return run

    # Nodes and their text

    cdef void start_node(self, uint32_t place, uint8_t kind, uint8_t parameter_count) noexcept:
        cdef Node* node = node_at(self.tree, place)
        memset(node, 0, sizeof(Node))
        node.kind = kind
        node.parameter_count = parameter_count
        node.edit = self.edit

    cdef void copy_nodes(self, uint32_t source, uint32_t target, uint32_t count) noexcept:
        cdef Node* nodes = node_at(self.tree, target)
        cdef uint32_t index
        memcpy(nodes, node_at(self.tree, source), count * sizeof(Node))
        for index in range(count):
            nodes[index].edit = self.edit

    cdef bytes full_text(self, uint32_t place):
        cdef const Node* node = node_at(self.tree, place)
        cdef uint32_t known = known_length(node)
        cdef const unsigned char* behind = text_at(self.tree, node.text)
        cdef unsigned char start[INLINE_TEXT]
        if known == 0:
            return behind[:node.text_length]
        write_words(node.words, start)
        return b"/" + start[:known - 1] + behind[:node.text_length - known]

    cdef int set_text(self, uint32_t place, bytes text) except -1:
        """Sets the text of the node, which is this edit's own, and drops the earlier text."""
        cdef Node* node = node_at(self.tree, place)
        cdef const unsigned char* source = <const unsigned char*>PyBytes_AS_STRING(text)
        cdef SegmentText segment
        cdef uint32_t behind
        if PyBytes_GET_SIZE(text) > MAXIMUM_INDEX:
            raise OverflowError("a text of more than 2 GB")
        if node.text_length > known_length(node):
            self.drop(PartKind.TEXT, node.text, text_units(node.text_length - known_length(node)))
        node.text = 0
        node.text_length = <uint32_t>PyBytes_GET_SIZE(text)
        if node.kind == NodeKind.LITERAL:
            segment = read_segment(source, 1, node.text_length)
            node.words[0] = segment.words[0]
            node.words[1] = segment.words[1]
            node.segment_length = segment.length
        if node.text_length > known_length(node):
            behind = node.text_length - known_length(node)
            source += known_length(node)
            node.text = self.put_text(source, behind)  # moves no nodes: texts have another pool
        return 0

    cdef uint32_t put_text(self, const unsigned char* text, uint32_t length) except 0:
        cdef uint32_t place = self.take(PartKind.TEXT, text_units(length))
        memcpy(text_at(self.tree, place), text, length)
        return place

    cdef int drop_text(self, uint32_t place) except -1:
        cdef const Node* node = node_at(self.tree, place)
        if node.text_length > known_length(node):
            self.drop(PartKind.TEXT, node.text, text_units(node.text_length - known_length(node)))
        return 0

    # Entries

    cdef int64_t find_entry(self, uint32_t place, uint8_t method, uint8_t ending) noexcept:
        """Returns the route with this ending and method at the node, or -1."""
        cdef const Node* node = node_at(self.tree, place)
        cdef const Entry* entries = entries_of(self.tree, node)
        cdef uint32_t index
        for index in range(count_entries(node)):
            if entries[index].method == method and ending_of(node, index) == ending:
                return entries[index].route
        return -1

    cdef int insert_entry(self, uint32_t place, Entry entry, uint8_t ending) except -1:
        cdef Entry entries[3 * MAXIMUM_METHODS + 1]  # a node has at most one per ending and method
        cdef Node* node = node_at(self.tree, place)
        cdef uint32_t count = count_entries(node)
        cdef uint32_t index = 0
        memcpy(entries, entries_of(self.tree, node), count * sizeof(Entry))
        while index < count and (
            ending_of(node, index) < ending
            or (ending_of(node, index) == ending and entries[index].method < entry.method)
        ):
            index += 1
        memmove(entries + index + 1, entries + index, (count - index) * sizeof(Entry))
        entries[index] = entry
        self.write_entries(place, entries, count, count + 1)
        node = node_at(self.tree, place)
        node.plain_count += ending == PLAIN_END
        node.slash_count += ending == SLASH_END
        node.rest_count += ending == REST_END
        return 0

    cdef int remove_entry(self, uint32_t place, uint8_t method, uint8_t ending) except -1:
        cdef Entry entries[3 * MAXIMUM_METHODS + 1]
        cdef Node* node = node_at(self.tree, place)
        cdef uint32_t count = count_entries(node)
        cdef uint32_t index = 0
        memcpy(entries, entries_of(self.tree, node), count * sizeof(Entry))
        while entries[index].method != method or ending_of(node, index) != ending:
            index += 1  # < count: a route with a number has an entry
            assert index < count
        memmove(entries + index, entries + index + 1, (count - index - 1) * sizeof(Entry))
        self.write_entries(place, entries, count, count - 1)
        node = node_at(self.tree, place)
        node.plain_count -= ending == PLAIN_END
        node.slash_count -= ending == SLASH_END
        node.rest_count -= ending == REST_END
        return 0

    cdef int write_entries(self, uint32_t place, const Entry* entries, uint32_t before, uint32_t count) except -1:
        """Replaces the `before` entries of the node with `count` others. A single one is inlined, if possible."""
        cdef Node* node = node_at(self.tree, place)
        cdef uint32_t run = 0
        if before > 0 and not node.entry_is_inlined:
            self.drop(PartKind.ENTRIES, node.entries, before)
        node.entry_is_inlined = count == 1 and node.child_count == 0
        if node.entry_is_inlined:
            node.inlined.entry = entries[0]
        elif count > 0:
            run = self.take(PartKind.ENTRIES, count)
            memcpy(entry_at(self.tree, run), entries, count * sizeof(Entry))
        node.entries = run
        if count == 0 and node.child_count == 0:
            memset(&node.inlined, 0, sizeof(Inlined))
        return 0

    cdef int spill_entry(self, uint32_t place) except -1:
        """Makes room for children in a node that has none yet."""
        cdef Node* node = node_at(self.tree, place)
        cdef Entry entry = node.inlined.entry
        if node.entry_is_inlined:
            node.entries = self.take(PartKind.ENTRIES, 1)
            entry_at(self.tree, node.entries)[0] = entry
            node.entry_is_inlined = False
        memset(&node.inlined, 0, sizeof(Inlined))
        return 0


cdef inline uint32_t text_units(uint32_t length) noexcept:
    return (length + TEXT_UNIT - 1) // TEXT_UNIT


cdef inline uint32_t first_length(const Node* node) noexcept:
    """Returns how much of a node's text is its first segment, by which it is found, with the slash before it."""
    return 1 + node.segment_length if node.kind == NodeKind.LITERAL else 0


cdef inline uint32_t known_length(const Node* node) noexcept:
    """Returns how much of a node's text is in its words, with the slash before it."""
    if node.kind != NodeKind.LITERAL or node.text_length == 0:
        return 0
    return 1 + min(node.segment_length, <uint32_t>INLINE_TEXT)


cdef inline uint64_t hash_of(const Tree* tree, const Node* node) noexcept:
    """Returns the hash of a LITERAL node's first segment; the text after the words begins with the rest of it."""
    return hash_segment(node.words, text_at(tree, node.text), node.segment_length)


cdef inline uint32_t count_entries(const Node* node) noexcept:
    return <uint32_t>node.plain_count + node.slash_count + node.rest_count


cdef inline uint8_t ending_of(const Node* node, uint32_t index) noexcept:
    """Returns the ending of the entry at this index of the node."""
    if index < node.plain_count:
        return PLAIN_END
    return SLASH_END if index < <uint32_t>node.plain_count + node.slash_count else REST_END


cdef inline bint is_vacant(const Node* node) noexcept:
    return count_entries(node) == 0 and node.child_count == 0 and node.alternatives == 0
