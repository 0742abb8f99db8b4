# How trees lie in memory: their parts, and how a part is found by its place.
#
# Parts refer to each other by their place in a Pool, half as long as a pointer: a Node is one cache line. Nodes do not
# know the nodes above them, so trees may share them. Place 0 means "none".

from libc.string cimport memcmp

cdef extern from "matcher_pool.h" nogil:
    ctypedef struct Pool:
        unsigned char* base
        uint32_t unit_bytes
        uint32_t used
        uint32_t room
        uint32_t free_units
    uint32_t pool_take(Pool* pool, uint32_t length)
    void pool_give_back(Pool* pool, uint32_t place, uint32_t length)
    void pool_free(Pool* pool)

cdef enum NodeKind:
    LITERAL = 0         # entered by its text, whose first segment is looked up by hash
    PARTLY_LITERAL = 1  # entered by a segment that fits its shape, then by its text
    PARAMETER = 2       # entered by any segment that is not empty, then by its text
    ROOT = 3            # entered by its text

cdef enum:
    GROUP_TAGS = 11     # children of a Group found by a byte of their hash; later ones are tried in turn
    GROUPED = 255       # Node.child_count of a node whose children are in a table of Groups
    GET = 0             # the method numbers with a rule of their own: places in USUAL_METHODS
    HEAD = 1
    OPTIONS = 6
    NO_METHOD = 255
    MAXIMUM_METHODS = 64  # one bit each in MatchSpans.allow
    TEXT_UNIT = 8       # bytes; places of text count these

cdef struct Entry:      # a route
    PyObject* value     # borrowed from Parts.values
    uint32_t route
    uint8_t method

cdef struct Group:      # literal children of a node, side by side; the last has is_last
    unsigned char tags[GROUP_TAGS]  # the top byte of each child's hash
    uint8_t count       # of the tags
    uint32_t first      # a node

cdef struct GroupTable:
    uint32_t first      # one of 2**bits groups; the low bits of a child's hash number its group
    uint32_t child_count
    uint32_t edit       # like Node.edit, but of the groups
    uint8_t bits

cdef union Inlined:     # no node has both children and a single entry inlined
    Group group         # child_count <= GROUP_TAGS
    GroupTable table    # child_count == GROUPED
    Entry entry         # entry_is_inlined

cdef struct Node:
    uint64_t words[2]           # LITERAL: of its first segment; PARTLY_LITERAL: see place_of_shape and first_position
    Inlined inlined
    uint32_t segment_length     # LITERAL: of its first segment, without the slash before it
    uint32_t text_length        # slashes included; LITERAL: with the first segment and the slash before it
    uint32_t text               # place of the text after the words
    uint32_t alternatives       # PARTLY_LITERAL children, best first, then the PARAMETER child, side by side; or 0
    uint32_t entries            # plain ones, then those with a final slash, then those of a rest; each by method number
    uint32_t edit               # the number of the edit that made the node's run
    uint8_t plain_count         # entries that end here
    uint8_t slash_count         # entries that end here with a final slash
    uint8_t rest_count          # entries of a rest that begins here
    uint8_t entry_is_inlined
    uint8_t child_count         # LITERAL children, if there are no more than GROUP_TAGS
    uint8_t parameter_count     # of the pattern up to here
    uint8_t kind
    uint8_t is_last             # of its group, or of its parent's alternatives

cdef struct Piece:              # a literal of a shape
    uint32_t text               # bytes from the start of the shape
    uint32_t length
    uint32_t borders            # likewise; for pieces that are searched for: not the first or the last

cdef struct Shape:              # `piece parameter piece parameter … piece`; borders and text follow the pieces
    uint32_t size_units
    uint32_t parameter_count
    uint32_t minimum_length     # of a segment that fits: every parameter takes a byte
    uint32_t character_count    # of all literals, and
    uint32_t first_count        # of the first: see count_characters
    Piece pieces[1]             # parameter_count + 1 of them

cdef struct MethodName:
    const unsigned char* text   # borrowed from Parts.method_names
    uint32_t length

cdef struct Tree:               # the parts of all trees that share some
    Pool nodes
    Pool entries
    Pool groups
    Pool text                   # and shapes
    Pool routes
    uint32_t method_count
    MethodName methods[MAXIMUM_METHODS]

assert sizeof(Node) == 64 and sizeof(Inlined) == 16


cdef inline Node* node_at(const Tree* tree, uint32_t place) noexcept nogil:
    return <Node*>tree.nodes.base + place


cdef inline Group* group_at(const Tree* tree, uint32_t place) noexcept nogil:
    return <Group*>tree.groups.base + place


cdef inline Entry* entry_at(const Tree* tree, uint32_t place) noexcept nogil:
    return <Entry*>tree.entries.base + place


cdef inline unsigned char* text_at(const Tree* tree, uint32_t place) noexcept nogil:
    return tree.text.base + <size_t>TEXT_UNIT * place


cdef inline Shape* shape_of(const Tree* tree, const Node* node) noexcept nogil:
    """Returns the shape of a PARTLY_LITERAL node. words[1] is the lowest position below it (matcher_paths.pxi)."""
    return <Shape*>text_at(tree, <uint32_t>node.words[0])


cdef inline uint8_t number_method(const Tree* tree, const unsigned char* method, Py_ssize_t length) noexcept nogil:
    cdef uint32_t number
    for number in range(tree.method_count):
        if tree.methods[number].length == length and memcmp(tree.methods[number].text, method, length) == 0:
            return <uint8_t>number
    return NO_METHOD
