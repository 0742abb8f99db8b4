# What successive Matchers share, and when a part of it becomes free again.
#
# Each edit makes one Matcher from the newest one. It copies the nodes that it changes, and those above them. Only
# earlier Matchers still see the nodes that it dropped. So Parts keeps the versions in order of age, each with the runs
# its edit dropped; these are freed once all earlier versions are gone.

cdef enum PartKind:
    NODES = 0
    ENTRIES = 1
    GROUPS = 2
    TEXT = 3
    ROUTES = 4

cdef struct Drop:               # a run that no Matcher from this version on sees
    uint32_t place
    uint32_t length
    uint8_t kind

cdef struct Version:
    Version* newer              # owned by Parts.oldest, in a row
    Drop* drops                 # owned
    uint32_t drop_count
    uint32_t drop_room
    bint is_alive               # its Matcher exists

cdef struct RoutePart:          # of a route, by its number + 1, since place 0 means "none"
    uint32_t position           # orders routes that nothing else orders
    uint32_t key                # place of its text
    uint32_t key_length
    uint8_t method


@cython.final
@cython.no_gc_clear  # Matchers give back their parts when they go, even while a cycle is taken apart
cdef class Parts:
    cdef Tree tree              # owns everything in its pools
    cdef list values            # of each route by number; entries borrow them. None: a free number
    cdef list names             # of each route: the tuple of its parameter names
    cdef dict shared_names
    cdef list methods           # str of each method number
    cdef dict method_numbers
    cdef list method_names      # the same as bytes, into which Tree.methods points
    cdef dict refusals          # allow mask to NotMatched
    cdef Version* oldest
    cdef Version* newest
    cdef uint32_t edits         # the number of the last edit; it may change nodes that bear it
    cdef bint is_edited

    def __cinit__(self):
        self.values = []
        self.names = []
        self.shared_names = {}
        self.methods = []
        self.method_numbers = {}
        self.method_names = []
        self.refusals = {}
        self.tree.nodes.unit_bytes = sizeof(Node)
        self.tree.entries.unit_bytes = sizeof(Entry)
        self.tree.groups.unit_bytes = sizeof(Group)
        self.tree.text.unit_bytes = TEXT_UNIT
        self.tree.routes.unit_bytes = sizeof(RoutePart)
        for method in USUAL_METHODS:
            self.number_new_method(method)

    def __dealloc__(self):
        cdef Version* version = self.oldest
        while version != NULL:
            self.oldest = version.newer
            free_version(version)
            version = self.oldest
        pool_free(&self.tree.nodes)
        pool_free(&self.tree.entries)
        pool_free(&self.tree.groups)
        pool_free(&self.tree.text)
        pool_free(&self.tree.routes)

    def __sizeof__(self):
        return (
            sizeof(Parts) + pool_size(&self.tree.nodes) + pool_size(&self.tree.entries) + pool_size(&self.tree.groups)
            + pool_size(&self.tree.text) + pool_size(&self.tree.routes)
            + self.values.__sizeof__() + self.names.__sizeof__() + self.shared_names.__sizeof__()
            + sum([names.__sizeof__() for names in self.shared_names])
        )

    cdef uint8_t number_new_method(self, method) except? 255:
        if not isinstance(method, str) or not method or not method.isascii():
            raise ValueError(f"a method is a token such as GET, not {method!r}")
        cdef uint32_t number = len(self.methods)
        if number >= MAXIMUM_METHODS:
            raise ValueError(f"a Matcher takes at most {MAXIMUM_METHODS} different methods, and {method!r} is one more")
        cdef bytes name = method.encode()
        self.methods.append(method)
        self.method_names.append(name)
        self.method_numbers[method] = number
        self.tree.methods[number].text = <const unsigned char*>PyBytes_AS_STRING(name)
        self.tree.methods[number].length = <uint32_t>len(name)
        self.tree.method_count = number + 1
        return <uint8_t>number

    cdef Pool* pool_of(self, uint8_t kind) noexcept:
        if kind == PartKind.NODES:
            return &self.tree.nodes
        if kind == PartKind.ENTRIES:
            return &self.tree.entries
        if kind == PartKind.GROUPS:
            return &self.tree.groups
        return &self.tree.text if kind == PartKind.TEXT else &self.tree.routes

    cdef void append_version(self, Version* version) noexcept:
        """Takes ownership of the version, as the newest."""
        if self.newest == NULL:
            self.oldest = version
        else:
            self.newest.newer = version
        self.newest = version
        self.give_back_unseen()

    cdef void give_back_unseen(self) noexcept:
        """Frees what was dropped up to the oldest version alive. The newest version stays: others are appended to
        it."""
        cdef Version* version
        self.give_back(self.oldest)
        while not self.oldest.is_alive and self.oldest.newer != NULL:
            version = self.oldest
            self.oldest = version.newer
            free_version(version)
            self.give_back(self.oldest)

    cdef void give_back(self, Version* version) noexcept:
        cdef Drop* drops = version.drops
        cdef uint32_t count = version.drop_count
        cdef uint32_t index
        version.drops = NULL
        version.drop_count = version.drop_room = 0
        for index in range(count):
            if drops[index].kind != PartKind.ROUTES:
                pool_give_back(self.pool_of(drops[index].kind), drops[index].place, drops[index].length)
        # Last, when nothing is left half done: a value that goes may run any code.
        for index in range(count):
            if drops[index].kind == PartKind.ROUTES:
                self.forget_value(drops[index].place - 1)
                pool_give_back(&self.tree.routes, drops[index].place, 1)
        free(drops)

    cdef void forget_value(self, uint32_t number) noexcept:
        if number < len(self.values):  # the collector may have emptied the list, once nothing can use it
            self.values[number] = None
            self.names[number] = ()


cdef void free_version(Version* version) noexcept:
    free(version.drops)
    free(version)


cdef size_t pool_size(const Pool* pool) noexcept:
    """Returns the bytes that were ever written to; the rest of its room takes little memory or none."""
    return <size_t>pool.used * pool.unit_bytes
