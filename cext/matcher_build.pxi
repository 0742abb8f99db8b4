# Collects patterns into a tree of BuildNodes, one a step; a TreeWriter then makes the Tree of it. Literal children are
# found through one hash table for the whole tree, so that a node may have any number of them.

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_GET_SIZE
from libc.stdlib cimport calloc, realloc
from libc.string cimport memset

cdef enum:
    MAXIMUM_INDEX = 0x7fffffff  # of nodes, entries and bytes of text: all are named by uint32

cdef enum:                      # mockwave.paths.Ending
    PLAIN_END = 0
    SLASH_END = 1
    REST_END = 2

cdef struct BuildNode:
    const unsigned char* text   # LITERAL: borrowed from a step of a pattern, which lives as long as the builder
    PyObject* literals          # PARTLY_LITERAL: the tuple of them, borrowed likewise
    uint64_t hash               # LITERAL: of the text
    uint32_t text_length
    uint32_t parent
    uint32_t first_child        # LITERAL children, the newest first, linked by `sibling`
    uint32_t sibling
    uint32_t child_count
    uint32_t parameter          # the PARAMETER child, or 0
    uint32_t first_entry        # in the order of Node.entries
    uint8_t kind
    uint8_t parameter_count
    uint8_t has_partials

cdef struct BuildEntry:
    uint32_t route
    uint32_t following          # the next entry of the node, or 0
    uint8_t ending
    uint8_t method


cdef class TreeBuilder:
    cdef BuildNode* nodes       # nodes[0] is the root
    cdef uint32_t node_count, node_room
    cdef BuildEntry* entries    # entries[0] is not used: 0 says "none"
    cdef uint32_t entry_count, entry_room
    cdef uint32_t* slots        # LITERAL nodes by parent and text: open addressing, 2 * node_room of them; 0 is empty
    cdef dict partials          # node to a list of (precedence, node) of its PARTLY_LITERAL children
    cdef dict partial_of        # (node, literals) to the child
    cdef list kept              # the steps whose bytes the nodes point into

    def __cinit__(self, Py_ssize_t route_count):
        self.partials = {}
        self.partial_of = {}
        self.kept = []
        self.node_count = self.entry_count = 1
        self.node_room = self.entry_room = 16
        while self.node_room < route_count and self.node_room < MAXIMUM_INDEX // 4:
            self.node_room *= 2
        self.nodes = <BuildNode*>calloc(self.node_room, sizeof(BuildNode))
        self.entries = <BuildEntry*>calloc(self.entry_room, sizeof(BuildEntry))
        self.slots = <uint32_t*>calloc(2 * self.node_room, sizeof(uint32_t))
        if self.nodes == NULL or self.entries == NULL or self.slots == NULL:
            raise MemoryError

    def __dealloc__(self):
        free(self.nodes)
        free(self.entries)
        free(self.slots)

    cdef int64_t add(self, uint32_t route, uint8_t method, tuple steps, uint8_t ending) except -2:
        """Add a route; return -1, or the route that has its method and its path already."""
        cdef uint32_t node = 0
        self.kept.append(steps)
        for step in steps:
            if step is None:
                node = self.parameter_child(node)
            elif type(step) is bytes:
                node = self.literal_child(node, <bytes>step)
            else:
                node = self.partial_child(node, <tuple?>step)
        if self.nodes[node].parameter_count + (ending == REST_END) > MAXIMUM_SPANS:
            raise ValueError(f"a path takes at most {MAXIMUM_SPANS} parameters")
        return self.add_entry(node, route, method, ending)

    cdef uint32_t literal_child(self, uint32_t parent, bytes step) except 0:
        cdef const unsigned char* text = <const unsigned char*>PyBytes_AS_STRING(step)
        if PyBytes_GET_SIZE(step) > MAXIMUM_INDEX:
            raise OverflowError("a segment of more than 2 GB")
        cdef uint32_t length = <uint32_t>PyBytes_GET_SIZE(step)
        cdef SegmentText segment = read_segment(text, 0, length)
        if segment.length != length:
            raise ValueError(f"a segment cannot hold a slash: {step!r}")
        cdef uint32_t* slot = self.find_slot(parent, segment.hash, text, length)
        if slot[0] != 0:
            return slot[0]
        cdef uint32_t child = self.new_node(NodeKind.LITERAL, parent, 0)
        cdef BuildNode* node = self.nodes + child
        node.text = text
        node.text_length = length
        node.hash = segment.hash
        node.sibling = self.nodes[parent].first_child
        self.nodes[parent].first_child = child
        self.nodes[parent].child_count += 1
        self.find_slot(parent, segment.hash, text, length)[0] = child  # new_node may have moved the slots
        return child

    cdef uint32_t* find_slot(
        self, uint32_t parent, uint64_t hash, const unsigned char* text, uint32_t length
    ) noexcept:
        """The slot of the node, or the empty one where it belongs. Half of the slots are always empty."""
        cdef uint32_t mask = 2 * self.node_room - 1  # node_room is a power of two
        cdef uint32_t place = <uint32_t>mix(hash, parent) & mask
        cdef const BuildNode* node
        while self.slots[place] != 0:
            node = self.nodes + self.slots[place]
            if (
                node.hash == hash
                and node.parent == parent
                and node.text_length == length
                and memcmp(node.text, text, length) == 0
            ):
                break
            place = (place + 1) & mask
        return self.slots + place

    cdef uint32_t parameter_child(self, uint32_t parent) except 0:
        cdef uint32_t child = self.nodes[parent].parameter
        if child == 0:
            child = self.new_node(NodeKind.PARAMETER, parent, 1)
            self.nodes[parent].parameter = child
        return child

    cdef uint32_t partial_child(self, uint32_t parent, tuple literals) except 0:
        if len(literals) < 2 or b"" in literals[1:len(literals) - 1]:
            raise ValueError(f"no partly literal segment has these literals: {literals!r}")
        known = self.partial_of.get((parent, literals))
        if known is not None:
            return known
        cdef uint32_t child = self.new_node(NodeKind.PARTLY_LITERAL, parent, len(literals) - 1)
        self.nodes[child].literals = <PyObject*>literals
        self.nodes[parent].has_partials = True
        self.partial_of[parent, literals] = child
        # Less is earlier: more literal characters first, then the longer first literal, then the order of registration.
        precedence = (-sum(map(count_characters, literals)), -count_characters(literals[0]), child)
        self.partials.setdefault(parent, []).append((precedence, child))
        return child

    cdef uint32_t new_node(self, NodeKind kind, uint32_t parent, Py_ssize_t parameters) except 0:
        parameters += self.nodes[parent].parameter_count
        if parameters > MAXIMUM_SPANS:
            raise ValueError(f"a path takes at most {MAXIMUM_SPANS} parameters")
        if self.node_count == self.node_room:
            self.grow_nodes()
        cdef BuildNode* node = self.nodes + self.node_count
        memset(node, 0, sizeof(BuildNode))
        node.kind = kind
        node.parent = parent
        node.parameter_count = <uint8_t>parameters
        self.node_count += 1
        return self.node_count - 1

    cdef int grow_nodes(self) except -1:
        cdef size_t room = 2 * <size_t>self.node_room
        cdef const BuildNode* node
        cdef uint32_t index
        if room > MAXIMUM_INDEX // 2:
            raise OverflowError("too many routes for one Matcher")
        cdef BuildNode* nodes = <BuildNode*>realloc(self.nodes, room * sizeof(BuildNode))
        if nodes == NULL:
            raise MemoryError
        self.nodes = nodes
        cdef uint32_t* slots = <uint32_t*>calloc(2 * room, sizeof(uint32_t))
        if slots == NULL:
            raise MemoryError
        free(self.slots)
        self.slots = slots
        self.node_room = <uint32_t>room
        for index in range(1, self.node_count):
            node = self.nodes + index
            if node.kind == NodeKind.LITERAL:
                self.find_slot(node.parent, node.hash, node.text, node.text_length)[0] = index
        return 0

    cdef int64_t add_entry(self, uint32_t node, uint32_t route, uint8_t method, uint8_t ending) except -2:
        cdef BuildEntry* grown
        if self.entry_count == self.entry_room:
            grown = <BuildEntry*>realloc(self.entries, 2 * <size_t>self.entry_room * sizeof(BuildEntry))
            if grown == NULL:
                raise MemoryError
            self.entries = grown
            self.entry_room *= 2
        cdef uint32_t* link = &self.nodes[node].first_entry
        cdef BuildEntry* other
        while link[0] != 0:
            other = self.entries + link[0]
            if other.ending == ending and other.method == method:
                return other.route
            if other.ending > ending or (other.ending == ending and other.method > method):
                break
            link = &other.following
        cdef BuildEntry* entry = self.entries + self.entry_count
        entry.route = route
        entry.method = method
        entry.ending = ending
        entry.following = link[0]
        link[0] = self.entry_count
        self.entry_count += 1
        return -1


cdef Py_ssize_t count_characters(bytes literal) except -1:
    """Bytes of the literal once decoded: a character beyond ASCII counts for as many as it has in UTF-8."""
    return len(literal) - 2 * literal.count(b"%")
