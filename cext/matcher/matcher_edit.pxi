# Makes a Matcher from the one before it. An edit copies once whatever it changes, from the root down: so a change costs
# as much as its path is deep, and few nodes lie beside each other. It builds on matcher_nodes.pxi, matcher_children.pxi
# and matcher_paths.pxi.

@cython.final
cdef class MatcherEditor(PathEditor):
    """Adds routes to a Matcher and removes others: `finish` returns the Matcher with these changes.

    The original Matcher stays as it is. Only the newest Matcher of a row can be edited, by one editor at a time
    (ValueError). An editor that is given up, as it must be if memory runs out, leaves a Matcher that answers but cannot
    be edited any more.
    """

    cdef Py_ssize_t count  # of routes

    def __cinit__(self, Matcher matcher=None):
        self.version = <Version*>calloc(1, sizeof(Version))
        if self.version == NULL:
            raise MemoryError
        if matcher is None:
            self.parts = Parts()
        else:
            self.parts = <Parts>matcher.parts
            self.count = matcher.count
            if matcher.version != self.parts.newest or self.parts.is_edited:
                raise ValueError("only the newest Matcher can be edited, by one editor at a time")
        self.tree = &self.parts.tree
        self.parts.edits += 1
        self.edit = self.parts.edits
        self.root = self.take(PartKind.NODES, 1)
        if matcher is None:
            self.start_node(self.root, NodeKind.ROOT, 0)
        else:
            self.copy_nodes(matcher.root, self.root, 1)
            self.drop(PartKind.NODES, matcher.root, 1)
        self.parts.is_edited = True

    def __dealloc__(self):
        if self.version != NULL:
            free_version(self.version)

    def __class_getitem__(cls, value_type):
        return GenericAlias(cls, value_type)

    def add(self, method, pattern, value, uint32_t position) -> int:
        """Adds a route and returns its number. Raises DuplicateRoute if the path has a route for the method.

        `pattern` has the `key` and the `parameter_names` of a PathPattern; `position` orders routes that nothing else
        orders. A number is used again once no Matcher has the route any more.
        """
        self.check_open()
        cdef str key = pattern.key
        cdef tuple names = pattern.parameter_names
        number = self.parts.method_numbers.get(method)
        cdef uint8_t method_number = self.parts.number_new_method(method) if number is None else <uint8_t>number
        cdef bint is_known = self.trail_key is not None and key == self.trail_key
        if not is_known:
            self.read_key(key)
        if len(names) != self.span_count and not (self.ending == REST_END and len(names) == self.span_count - 1):
            raise ValueError(f"expected a name for each parameter of {key}, got {names!r}")
        self.position = position
        # If many routes are added, the methods of one path come together: the second is where the first is.
        if not is_known:
            self.descend()
            self.trail_key = key
        cdef uint32_t node = self.trail[self.trail_count - 1]
        cdef Entry entry
        cdef int64_t duplicate = self.find_entry(node, method_number, self.ending)
        if duplicate != -1:
            raise DuplicateRoute(f"{method} {key} is a route already; a path takes one for a method", duplicate, -1)
        entry.route = self.add_route(key, names, value, method_number)
        entry.value = <PyObject*>value
        entry.method = method_number
        self.insert_entry(node, entry, self.ending)
        self.lower_positions()
        self.count += 1
        return entry.route

    def remove(self, uint32_t number):
        """Removes the route of this number and returns its value. Raises KeyError if there is none."""
        self.check_open()
        cdef RoutePart* route = self.find_route(number)
        cdef uint8_t method = route.method
        cdef str key = text_at(self.tree, route.key)[:route.key_length].decode("ascii")
        value = self.parts.values[number]
        self.read_key(key)
        self.position = route.position
        self.descend()
        self.remove_entry(self.trail[self.trail_count - 1], method, self.ending)
        self.prune()
        self.drop(PartKind.TEXT, route.key, text_units(route.key_length))
        route.key_length = 0
        self.drop(PartKind.ROUTES, number + 1, 1)
        self.count -= 1
        return value

    def position_of(self, uint32_t number) -> int:
        """Returns the position of the route of this number. Raises KeyError if there is none."""
        return self.find_route(number).position

    def parameter_names_of(self, uint32_t number) -> tuple:
        """Returns the parameter names of the route of this number. Raises KeyError if there is none."""
        self.find_route(number)
        return self.parts.names[number]

    def finish(self):
        """Returns the Matcher with these changes."""
        cdef Matcher matcher = Matcher.__new__(Matcher, MADE_BY_EDITOR)
        self.finish_into(matcher)
        return matcher

    cdef int finish_into(self, Matcher matcher) except -1:
        self.check_open()
        matcher.parts = self.parts
        matcher.tree = self.tree
        matcher.root = self.root
        matcher.count = self.count
        matcher.version = self.version
        matcher.version.is_alive = True
        self.version = NULL
        self.parts.is_edited = False
        self.parts.append_version(matcher.version)
        return 0

    cdef RoutePart* find_route(self, uint32_t number) except NULL:
        cdef RoutePart* route = <RoutePart*>self.tree.routes.base + number + 1
        # `used` is 0 or one more than there are numbers; a free number has no key.
        if number >= MAXIMUM_INDEX or number + 1 >= self.tree.routes.used or route.key_length == 0:
            raise KeyError(number)
        return route

    cdef uint32_t add_route(self, str key, tuple names, value, uint8_t method) except? 0:
        cdef uint32_t place = self.take(PartKind.ROUTES, 1)
        cdef Py_ssize_t length
        cdef const char* text = PyUnicode_AsUTF8AndSize(key, &length)
        cdef uint32_t number = place - 1
        cdef uint32_t key_place = self.put_text(<const unsigned char*>text, <uint32_t>length)  # read_key has bounded it
        cdef RoutePart* route = <RoutePart*>self.tree.routes.base + place
        route.position = self.position
        route.key = key_place
        route.key_length = <uint32_t>length
        route.method = method
        names = self.parts.shared_names.setdefault(names, names)
        while <uint32_t>len(self.parts.values) <= number:
            self.parts.values.append(None)
            self.parts.names.append(())
        self.parts.values[number] = value
        self.parts.names[number] = names
        return number

    cdef int check_open(self) except -1:
        if self.version == NULL:
            raise ValueError("this editor has finished")
        return 0
