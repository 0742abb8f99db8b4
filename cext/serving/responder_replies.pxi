# Replies, and the values that stand for one in the Matcher. Included by the Responder's module.
#
# A server may have a hundred thousand of these, and each object on the way to an answer costs a plain hit a memory
# access. So where possible, what stands for a Reply is a Reply.


@cython.no_gc  # a server has a hundred thousand of these, and their members do not refer back to them
cdef class Reply:
    """A response ready to send. It is immutable, except for `prepared`, where the engine keeps its own form, and
    `crossing`: an Origin, and the Reply that it gets instead of this one.

    `headers` are (name, value) pairs of bytes, names in lower case, with Content-Type but without Content-Length.
    `route_id` is 16 bytes, or empty if no route matched; `flags` name what mocked it (FLAG_MOCKED_BY_… of record.h).
    """

    def __init__(
        self, unsigned int status, tuple headers, bytes body, *, uint32_t delay_ms=0, bytes route_id=b"",
        unsigned int flags=0,
    ):
        if len(route_id) not in (0, 16):
            raise ValueError(f"route id: expected 16 bytes or none, got {len(route_id)}")
        self.status = check_status(status)
        self.headers = headers
        self.body = body
        self.delay_ms = delay_ms
        self.flags = flags & ~<unsigned int>OF_A_RULE
        self.has_route = len(route_id) == 16
        if self.has_route:
            memcpy(self.route_id_bytes, PyBytes_AS_STRING(route_id), 16)
        else:
            memset(self.route_id_bytes, 0, 16)

    @property
    def route_id(self) -> bytes:
        return PyBytes_FromStringAndSize(<char*>self.route_id_bytes, 16) if self.has_route else b""

    def replacing(self, *, status=None, tuple headers=None, bytes body=None, delay_ms=None) -> Reply:
        """Returns a copy of this Reply with the given changes."""
        cdef Reply made = self.twin()
        if status is not None:
            made.status = check_status(status)
        if headers is not None:
            made.headers = headers
        if body is not None:
            made.body = body
        if delay_ms is not None:
            made.delay_ms = delay_ms
        return made

    cdef Reply twin(self):
        cdef Reply made = Reply.__new__(Reply)
        copy_reply(made, self)
        return made


cdef inline void copy_reply(Reply made, Reply source) noexcept:
    """Copies `source` to `made`, except `prepared` and `crossing`, which were made from `source`."""
    made.status = source.status
    made.headers = source.headers
    made.body = source.body
    made.delay_ms = source.delay_ms
    made.flags = source.flags & ~<unsigned int>OF_A_RULE
    made.has_route = source.has_route
    memcpy(made.route_id_bytes, source.route_id_bytes, 16)


cdef inline unsigned int check_status(unsigned int status) except 0:
    # A status outside these aborts granian's process; validation refuses it long before.
    if not 200 <= status <= 999:
        raise ValueError(f"status: expected 200 to 999, got {status}")
    return status


@cython.final
cdef class RuledReply(Reply):
    """The Reply of a rule: `rule` is its name on record, `fault` the number of its fault (0 for none), and `pacing`
    spreads its bytes over time (None for no pacing). An engine looks at the last two if `is_paced`. A Reply that
    `sends_nothing` has status 0, on record too. It is a separate class so that other Replies stay within two cache
    lines.
    """

    def __init__(
        self, Reply reply not None, bytes rule not None, *, uint8_t fault=0, pacing=None, bint sends_nothing=False
    ):
        copy_reply(self, reply)
        if sends_nothing:
            self.status = 0
        self.rule = rule
        self.fault = fault
        self.pacing = pacing
        self.flags |= FLAG_RULED
        if fault or pacing is not None:
            self.flags |= IS_PACED

    @property
    def is_paced(self) -> bool:
        return self.flags & IS_PACED != 0

    cdef Reply twin(self):
        cdef RuledReply made = RuledReply.__new__(RuledReply)
        copy_reply(made, self)
        made.rule = self.rule
        made.fault = self.fault
        made.pacing = self.pacing
        made.flags = self.flags
        return made


@cython.final
@cython.no_gc  # like Replies: its rules do not refer back to them
cdef class RuledAnswer(Reply):
    """Stands in the Matcher for a route with rules. `rules` are tried by `Responder.rule_on`; `default` would stand
    there without them. Plain hits of other routes do not meet it. The rules of a server are in such an object too,
    without a `default`.

    For most requests, quick tests (rule_tests.pyx) tell that no rule holds, or which is the first that does; its Reply
    may have been kept. A route without them always goes the long way. Like Choice, it is the Reply that it stands for,
    if that is a plain one, and it contains short tests. With twenty thousand such routes none is in the processor's
    caches: a request whose rule does not hold needs only the two cache lines of a plain hit and the next one.
    """

    def __init__(self, default, rules not None, RuleTests tests=None):
        self.is_itself = type(default) is Reply
        if self.is_itself:
            copy_reply(self, <Reply>default)
        self.other = None if self.is_itself else default
        self.rules = rules
        self.replies = {}
        if tests is not None:
            self.use_tests(tests)

    def use_tests(self, RuleTests tests not None) -> None:
        """Uses these tests from now on: those of a long list are written when its rules are read."""
        cdef Py_ssize_t size = PyBytes_GET_SIZE(tests.text)
        self.has_tests = size > 0
        if size <= NEAR_BYTES:
            memcpy(self.near, PyBytes_AS_STRING(tests.text), size)
            self.near_bytes = size
        else:
            self.tests = tests

    @property
    def default(self):
        return self if self.is_itself else self.other

    def keep(self, int number, Reply reply not None) -> None:
        """Keeps this Reply for every request for which this rule is the first that may hold, if its tests are its whole
        condition."""
        self.replies[number] = reply


@cython.final
@cython.no_gc  # like Replies: `options` may refer to `default`, but not back here
cdef class Choice(Reply):
    """The default Reply of a route with several, sent unless the request wants another. `options` finds that one, and
    may name `parts` that it shares with other routes; its owner may exchange it for another form of the same. `kept`
    has the Replies found so far, by the wishes that led to them; its owner may remove them at any time.

    It is a Reply, instead of having one, because with many routes neither is in the processor's caches: each object on
    the way to an answer costs a plain hit a memory access.
    """

    def __init__(self, Reply default not None, options, parts=()):
        copy_reply(self, default)
        self.options = options
        self.parts = parts
        self.kept = None

    def keep(self, list headers not None, bytes query not None, Reply reply not None) -> None:
        """Keeps this Reply for every request with the wishes of these headers and this query."""
        cdef bytes wishes = b""
        for name, value in headers:
            if name == b"accept" or name == b"prefer":
                wishes += name[:1] + value + b"\0"
        if b"__" in query:
            wishes += query
        if self.kept is None:
            self.kept = {}
        if len(self.kept) < MOST_KEPT and len(wishes) <= MOST_KEPT_BYTES:
            self.kept[wishes] = reply

    @property
    def default(self) -> Reply:
        """Returns a new Reply like this one, without the others."""
        return self.replacing()
