# The making of a Matcher from the one before it. An edit copies what it changes from the root down, once: nodes that
# bear its number are its own. A change costs the depth of its path, times the few nodes that lie beside one another.
#
# What holds for every node, before an edit and after it:
# - A node without entries, alternatives and other children than one literal child is one with it (the root too).
# - Alternatives stand best first: more literal characters, then the longer first literal, then the lowest position of a
#   route below; so workers that learned of the same routes in different order agree.
# - The literal children of a node are in one Group, or in a table with CHILDREN_A_GROUP or less a Group on average.

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_GET_SIZE
from libc.stdlib cimport calloc, realloc
from libc.string cimport memmove, memset

cdef enum:
    MAXIMUM_INDEX = 0x7fffffff  # bytes of a text, and of a path
    CHILDREN_A_GROUP = 6        # at most, on average: few groups then have more than GROUP_TAGS

cdef enum:                      # mockwave.paths.Ending
    PLAIN_END = 0
    SLASH_END = 1
    REST_END = 2


@cython.final
cdef class MatcherEditor:
    """Adds routes to a Matcher and removes some: `finish` gives the Matcher that has these changes.

    The one it was made from stays as it is. Only the newest Matcher of a row can be edited, by one editor at a time
    (ValueError). An editor that is given up, as it must be where memory ran out, leaves a Matcher that answers but
    cannot be edited any more.
    """

    cdef Parts parts
    cdef Tree* tree             # of parts
    cdef Version* version       # owned until finish; NULL: finished
    cdef uint32_t root
    cdef uint32_t edit
    cdef Py_ssize_t count
    cdef list steps             # of the route that is added or removed
    cdef Py_ssize_t span_count  # of a Match of it
    cdef uint32_t position
    cdef list trail             # the nodes from the root to where its path ends

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
        """Adds a route and gives its number. Raises DuplicateRoute where the path has one for the method.

        `pattern` has the `key` and the `parameter_names` of a PathPattern; `position` orders routes that nothing else
        does. A number is used again once no Matcher has the route any more.
        """
        self.check_open()
        cdef str key = pattern.key
        cdef tuple names = pattern.parameter_names
        number = self.parts.method_numbers.get(method)
        cdef uint8_t method_number = self.parts.number_new_method(method) if number is None else <uint8_t>number
        cdef uint8_t ending = self.read_key(key)
        if len(names) != self.span_count and not (ending == REST_END and len(names) == self.span_count - 1):
            raise ValueError(f"expected a name for each parameter of {key}, got {names!r}")
        self.position = position
        cdef uint32_t node = self.descend()
        cdef Entry entry
        cdef int64_t duplicate = self.find_entry(node, method_number, ending)
        if duplicate != -1:
            raise DuplicateRoute(f"{method} {key} is a route already; a path takes one for a method", duplicate, -1)
        entry.route = self.add_route(key, names, value, method_number)
        entry.value = <PyObject*>value
        entry.method = method_number
        self.insert_entry(node, entry, ending)
        self.lower_positions()
        self.count += 1
        return entry.route

    def remove(self, uint32_t number):
        """Removes the route of this number and gives its value. Raises KeyError where there is none."""
        self.check_open()
        cdef RoutePart* route = self.find_route(number)
        cdef uint8_t method = route.method
        cdef str key = text_at(self.tree, route.key)[:route.key_length].decode("ascii")
        cdef uint8_t ending = self.read_key(key)
        value = self.parts.values[number]
        self.position = route.position
        self.remove_entry(self.descend(), method, ending)
        self.prune()
        self.drop(PartKind.TEXT, route.key, text_units(route.key_length))
        route.key_length = 0
        self.drop(PartKind.ROUTES, number + 1, 1)
        self.count -= 1
        return value

    def position_of(self, uint32_t number) -> int:
        """Of the route of this number. Raises KeyError where there is none."""
        return self.find_route(number).position

    def parameter_names_of(self, uint32_t number) -> tuple:
        """Of the route of this number. Raises KeyError where there is none."""
        self.find_route(number)
        return self.parts.names[number]

    def finish(self):
        """The Matcher with these changes."""
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
        # used is 0 or one more than there are numbers; a number that is free has no key.
        if number >= MAXIMUM_INDEX or number + 1 >= self.tree.routes.used or route.key_length == 0:
            raise KeyError(number)
        return route

    cdef int check_open(self) except -1:
        if self.version == NULL:
            raise ValueError("this editor has finished")
        return 0

    # Room

    cdef uint32_t take(self, uint8_t kind, uint32_t length) except 0:
        """A run of parts; addresses got before are no longer good."""
        cdef uint32_t place = pool_take(self.parts.pool_of(kind), length)
        if place == 0:
            raise MemoryError
        return place

    cdef int drop(self, uint8_t kind, uint32_t place, uint32_t length) except -1:
        """The run is not seen by the Matcher to come; those before it may still see it."""
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
            pool_give_back(&self.tree.nodes, place, length)  # made by this edit: nobody else has seen them
            return 0
        return self.drop(PartKind.NODES, place, length)

    cdef int drop_groups(self, const GroupTable* table) except -1:
        if table.edit == self.edit:
            pool_give_back(&self.tree.groups, table.first, <uint32_t>1 << table.bits)
            return 0
        return self.drop(PartKind.GROUPS, table.first, <uint32_t>1 << table.bits)

    cdef void copy_nodes(self, uint32_t source, uint32_t target, uint32_t count) noexcept:
        cdef Node* nodes = node_at(self.tree, target)
        cdef uint32_t index
        memcpy(nodes, node_at(self.tree, source), count * sizeof(Node))
        for index in range(count):
            nodes[index].edit = self.edit

    cdef void start_node(self, uint32_t place, uint8_t kind, uint8_t parameter_count) noexcept:
        cdef Node* node = node_at(self.tree, place)
        memset(node, 0, sizeof(Node))
        node.kind = kind
        node.parameter_count = parameter_count
        node.edit = self.edit

    # Patterns

    cdef uint8_t read_key(self, str key) except 255:
        """The steps of a PathPattern's key, one a segment but for the rest, and the Ending. Raises ValueError.

        Bytes are literal text, decoded as searched paths are; a tuple the literals of a partly literal segment; None is
        a parameter.
        """
        cdef uint8_t ending = PLAIN_END
        cdef Py_ssize_t parameter_count = 0
        cdef list parts = key.split("/")
        cdef list steps = []
        cdef str part
        cdef str last = parts.pop()
        if not parts or parts.pop(0) != "" or not key.isascii() or len(key) > MAXIMUM_INDEX // 3:
            raise ValueError(f"expected the key of a path pattern, got {key[:200]!r}")
        if last == "":
            ending = SLASH_END
        elif last == "**":
            ending = REST_END
            parameter_count = 1
        else:
            parts.append(last)
        for part in parts:
            if part == "{}":
                parameter_count += 1
                steps.append(None)
            elif "{" in part:
                literals = tuple([decode_literal(literal.encode()) for literal in part.split("{}")])
                if len(literals) < 2 or b"" in literals[1 : len(literals) - 1]:
                    raise ValueError(f"no partly literal segment has these literals: {literals!r}")
                parameter_count += len(literals) - 1
                steps.append(literals)
            else:
                steps.append(decode_literal(part.encode()))
        if parameter_count > MAXIMUM_SPANS:
            raise ValueError(f"a path takes at most {MAXIMUM_SPANS} parameters")
        self.steps = steps
        self.span_count = parameter_count
        return ending

    cdef uint32_t descend(self) except 0:
        """The node where the steps end, this edit's own as all above it, made if need be; `trail` leads to it."""
        cdef uint32_t node = self.root
        cdef Py_ssize_t taken = self.follow_text(node, 0)
        cdef Py_ssize_t count = len(self.steps)
        self.trail = [node]
        while taken < count:
            step = self.steps[taken]
            if step is None:
                node = self.parameter_child(node)
            elif type(step) is bytes:
                node = self.literal_child(node, <bytes>step)
            else:
                node = self.partial_child(node, <tuple>step)
            taken = self.follow_text(node, taken + 1)
            self.trail.append(node)
        return node

    cdef Py_ssize_t follow_text(self, uint32_t place, Py_ssize_t taken) except -1:
        """Goes along the node's text behind its first segment as far as the steps do, and parts the node there.

        A node that has nothing yet takes in all the literals that follow. Gives the number of steps taken by then.
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
        # What is read of `behind` lies before text_length - known, which is its length; known <= at.
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
        """Leaves the node the first `cut` bytes of its text, and what it has to a new literal child with the others."""
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

    cdef bytes full_text(self, uint32_t place):
        cdef const Node* node = node_at(self.tree, place)
        cdef uint32_t known = known_length(node)
        cdef const unsigned char* behind = text_at(self.tree, node.text)
        if known == 0:
            return behind[:node.text_length]
        return b"/" + (<const unsigned char*>node.words)[:known - 1] + behind[:node.text_length - known]

    cdef int set_text(self, uint32_t place, bytes text) except -1:
        """Makes this the text of the node, its own; what it had is dropped."""
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
            node.text = self.put_text(source, behind)  # which may move nodes' addresses no more: another pool
        return 0

    cdef uint32_t put_text(self, const unsigned char* text, uint32_t length) except 0:
        cdef uint32_t place = self.take(PartKind.TEXT, text_units(length))
        memcpy(text_at(self.tree, place), text, length)
        return place

    # Literal children

    cdef Group* group_of(self, uint32_t place, uint64_t hash) noexcept:
        """The group of the node, which has its children as the hash says, or an empty one; the node is no leaf's."""
        cdef Node* node = node_at(self.tree, place)
        if node.child_count != GROUPED:
            return &node.inlined.group
        return group_at(self.tree, node.inlined.table.first) + (
            hash & ((<uint64_t>1 << node.inlined.table.bits) - 1)
        )

    cdef uint32_t literal_child(self, uint32_t parent, bytes step) except 0:
        """The child that begins with the step, made if need be."""
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
                text_at(self.tree, child.text), text + length - tail, tail  # what the words do not hold
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

    cdef uint32_t own_run(self, uint32_t* first, uint32_t count) except 0:
        """Makes the run of `count` nodes this edit's own; `first`, which names it, lies in no pool that nodes move."""
        cdef uint32_t place = first[0]
        cdef uint32_t run
        if node_at(self.tree, place).edit == self.edit:
            return place
        # `first` may lie in a node: it is found again, should the nodes move.
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

    cdef int own_table(self, uint32_t place) except -1:
        """Makes the table of the node's groups this edit's own, if it has one."""
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
        """Lays the `count` literal children of the node out anew, in as many groups as `wanted` children take."""
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
        # The children in order of their groups: `starts` of each group among them.
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
                            # Filled from their starts on, groups end where the next began.
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

    cdef int remove_literal_child(self, uint32_t parent, uint32_t child) except -1:
        """Takes the child, which lies in a run of this edit's own, away from the node."""
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
        # A quarter of what made the table grow, so that no two changes in a row both lay children out anew.
        if 4 * <uint64_t>children <= children_of_table(&node_at(self.tree, parent).inlined.table):
            self.regroup(parent, children, children)
        return 0

    # Alternatives

    cdef uint32_t count_alternatives(self, uint32_t parent) noexcept:
        cdef const Node* first = node_at(self.tree, node_at(self.tree, parent).alternatives)
        cdef uint32_t count = 1
        if node_at(self.tree, parent).alternatives == 0:
            return 0
        while not first[count - 1].is_last:
            count += 1
        return count

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
        """Moves the partly literal node to where it belongs in its run, this edit's own; gives its place there."""
        cdef Node* nodes = node_at(self.tree, first)
        cdef uint32_t index = place - first
        while index > 0 and goes_before(self.tree, nodes + index, nodes + index - 1):
            swap_nodes(nodes + index, nodes + index - 1)
            index -= 1
        while index + 1 < count and goes_before(self.tree, nodes + index + 1, nodes + index):
            swap_nodes(nodes + index + 1, nodes + index)
            index += 1
        return first + index

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

    # Entries and routes

    cdef uint32_t add_route(self, str key, tuple names, value, uint8_t method) except? 0:
        cdef uint32_t place = self.take(PartKind.ROUTES, 1)
        cdef bytes text = key.encode()
        cdef uint32_t number = place - 1
        cdef uint32_t key_place = self.put_text(<const unsigned char*>PyBytes_AS_STRING(text), <uint32_t>len(text))
        cdef RoutePart* route = <RoutePart*>self.tree.routes.base + place
        route.position = self.position
        route.key = key_place
        route.key_length = <uint32_t>len(text)
        route.method = method
        names = self.parts.shared_names.setdefault(names, names)
        while <uint32_t>len(self.parts.values) <= number:
            self.parts.values.append(None)
            self.parts.names.append(())
        self.parts.values[number] = value
        self.parts.names[number] = names
        return number

    cdef int64_t find_entry(self, uint32_t place, uint8_t method, uint8_t ending) noexcept:
        """The route that ends at the node this way and serves the method, or -1."""
        cdef const Node* node = node_at(self.tree, place)
        cdef const Entry* entries = entries_of(self.tree, node)
        cdef uint32_t index
        for index in range(count_entries(node)):
            if entries[index].method == method and ending_of(node, index) == ending:
                return entries[index].route
        return -1

    cdef int insert_entry(self, uint32_t place, Entry entry, uint8_t ending) except -1:
        cdef Entry entries[3 * MAXIMUM_METHODS + 1]  # a node has one for each ending and method at most
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
            index += 1  # < count: a route that has a number has an entry
            assert index < count
        memmove(entries + index, entries + index + 1, (count - index - 1) * sizeof(Entry))
        self.write_entries(place, entries, count, count - 1)
        node = node_at(self.tree, place)
        node.plain_count -= ending == PLAIN_END
        node.slash_count -= ending == SLASH_END
        node.rest_count -= ending == REST_END
        return 0

    cdef int write_entries(self, uint32_t place, const Entry* entries, uint32_t before, uint32_t count) except -1:
        """Exchanges the `before` entries of the node for `count` others. One alone stands in the node, where it can."""
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

    # What a removal leaves

    cdef int prune(self) except -1:
        """Removes the nodes of the trail that have nothing left, and makes one of two that have become one."""
        cdef uint32_t node = self.trail.pop()
        cdef uint32_t parent
        while self.trail and is_vacant(node_at(self.tree, node)):
            parent = self.trail[len(self.trail) - 1]
            if node_at(self.tree, node).kind == NodeKind.LITERAL:
                self.drop_text(node)
                self.remove_literal_child(parent, node)
            else:
                self.drop_text(node)
                self.remove_alternative(parent, node)
            node = self.trail.pop()
        if is_vacant(node_at(self.tree, node)):
            self.set_text(node, b"")
        self.take_in_child(node)
        self.trail.append(node)
        self.order_trail()
        return 0

    cdef int drop_text(self, uint32_t place) except -1:
        cdef const Node* node = node_at(self.tree, place)
        if node.text_length > known_length(node):
            self.drop(PartKind.TEXT, node.text, text_units(node.text_length - known_length(node)))
        return 0

    cdef int take_in_child(self, uint32_t place) except -1:
        """Makes the node one with its child, where that is all it has."""
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
        """Tells the partly literal nodes of the trail of the position of a route that was added below them."""
        cdef Py_ssize_t index
        cdef uint32_t place, parent
        for index in range(1, len(self.trail)):
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
        """Sets right what the removed route has told of positions and of the order of alternatives, from below."""
        cdef Py_ssize_t index
        cdef uint32_t place, parent
        cdef Node* node
        for index in range(len(self.trail) - 1, 0, -1):
            place = self.trail[index]
            parent = self.trail[index - 1]
            node = node_at(self.tree, place)
            if node.kind == NodeKind.PARTLY_LITERAL and node.words[1] == self.position:
                node.words[1] = self.first_position(place)
                self.order_alternative(place, node_at(self.tree, parent).alternatives, self.count_alternatives(parent))
        return 0

    cdef uint32_t first_position(self, uint32_t place) except? 0:
        """The lowest position among the routes at the node and below; those of partly literal nodes below are known."""
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


cdef inline uint32_t text_units(uint32_t length) noexcept:
    return (length + TEXT_UNIT - 1) // TEXT_UNIT


cdef inline uint32_t first_length(const Node* node) noexcept:
    """How much of a node's text its first segment is, by which it is found, with the slash before it."""
    return 1 + node.segment_length if node.kind == NodeKind.LITERAL else 0


cdef inline uint32_t known_length(const Node* node) noexcept:
    """How much of a node's text stands in its words, with the slash before it."""
    if node.kind != NodeKind.LITERAL or node.text_length == 0:
        return 0
    return 1 + min(node.segment_length, <uint32_t>INLINE_TEXT)


cdef inline uint64_t hash_of(const Tree* tree, const Node* node) noexcept:
    """Of the first segment of a LITERAL node, whose text behind the words starts with what they do not hold of it."""
    return hash_segment(node.words, text_at(tree, node.text), node.segment_length)


cdef inline uint32_t count_entries(const Node* node) noexcept:
    return <uint32_t>node.plain_count + node.slash_count + node.rest_count


cdef inline uint8_t ending_of(const Node* node, uint32_t index) noexcept:
    """Of the entry at this index of the node."""
    if index < node.plain_count:
        return PLAIN_END
    return SLASH_END if index < <uint32_t>node.plain_count + node.slash_count else REST_END


cdef inline bint is_vacant(const Node* node) noexcept:
    return count_entries(node) == 0 and node.child_count == 0 and node.alternatives == 0


cdef inline uint32_t count_run(const Tree* tree, const Group* group) noexcept:
    """How many nodes the group has: more than it has tags, if there are as many as tags can be."""
    cdef uint32_t count = group.count
    if count == GROUP_TAGS:
        while not node_at(tree, group.first + count - 1).is_last:
            count += 1
    return count


cdef inline uint64_t children_of_table(const GroupTable* table) noexcept:
    """How many children the table is made for."""
    return <uint64_t>CHILDREN_A_GROUP << table.bits


cdef uint32_t group_bits(uint32_t child_count) noexcept:
    """The binary logarithm of the number of groups for so many children."""
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
    """For each n, the length of the longest proper border of the last n bytes of the text."""
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
    """Bytes of the literal once decoded: a character beyond ASCII counts for as many as it has in UTF-8."""
    return <uint32_t>(len(literal) - 2 * literal.count(b"%"))
