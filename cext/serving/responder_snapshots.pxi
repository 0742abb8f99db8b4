# The Snapshot: what one MockServer answers with. Included by the Responder's module.


cdef class Snapshot:
    """The answers of one MockServer at one revision. It is immutable; a change makes another one.

    `matcher` leads from method and path to a Reply, or to a value from which the mock plane makes one; `server` is its
    record. A path that misses is looked up again among the routes that are `prefixed` with base paths of their own, and
    then, without the document's base path if it begins with one, among those `at_root`. So of two routes that a path
    could mean, the one that it spells out answers. If no route has base paths of its own, `prefixed` is None, and all
    routes are at the root. `rules` are those of the server, or None. `header_keys` and `query_keys` are the names of
    declared API keys, whose values are not logged.
    """

    def __cinit__(
        self, Matcher matcher not None, server, revision, Matcher at_root=None, Matcher prefixed=None, rules=None,
        bint has_ruled_routes=False,
    ):
        self.matcher = matcher
        self.at_root = matcher if at_root is None else at_root
        self.prefixed = prefixed
        self.server = server
        self.rules = rules
        self.has_ruled_routes = has_ruled_routes
        self.revision = revision
        self.is_running = server.status == "running"
        self.logs_requests = server.log_requests
        self.captures_bodies = server.capture_bodies
        self.answers_cors = server.cors
        self.validates_requests = server.validate_requests
        self.base_paths = tuple([base_path.encode() for base_path in server.base_paths])
        self.header_keys = tuple([name.lower().encode() for name in server.header_keys])
        self.query_keys = frozenset([name.encode() for name in server.query_keys])
        self.declares_keys = bool(self.header_keys or self.query_keys)
        self.misses = {}
        server_id = bytes.fromhex(server.id.removeprefix("mock_"))
        if len(server_id) != 16:
            raise ValueError(f"mock server id: expected mock_ and 32 hexadecimal digits, got {server.id!r}")
        memcpy(self.server_id_bytes, PyBytes_AS_STRING(server_id), 16)
        self.server_id = server_id

    def match(self, str method not None, bytes path not None) -> Match | NotMatched:
        """Returns the Match of a path below the mock's base, or the NotMatched that says why there is none."""
        found = self.matcher.match(method, path)
        if isinstance(found, Match):
            return found
        if self.prefixed is not None:
            below = self.prefixed.match(method, path)
            if isinstance(below, Match):
                return below
            if not found.allow:
                found = below
        for base_path in self.base_paths:
            if path.startswith(base_path) and path[len(base_path):len(base_path) + 1] in (b"", b"/"):
                below = self.at_root.match(method, path[len(base_path):] or EMPTY_PATH)
                if isinstance(below, Match):
                    return below
                if not found.allow:
                    found = below
        return found

    def keep_miss(self, str method not None, bytes path not None, Reply reply not None) -> None:
        """Keeps this Reply for every request with this method and path below the mock's base, which no route answers. A
        program that repeats a wrong path should not slow the others down.
        """
        question = method.encode() + b" " + path
        if len(question) <= MOST_KEPT_BYTES:
            if len(self.misses) >= MOST_KEPT:
                self.misses.clear()
            self.misses[question] = reply

    cdef Reply find_miss(self, const request_parts* request):
        if not self.misses or request.method_length + 1 + request.path_length > MOST_KEPT_BYTES:
            return None
        cdef char question[MOST_KEPT_BYTES]
        # In bounds: the sum of the three lengths was just checked.
        memcpy(question, request.method, request.method_length)
        question[request.method_length] = c" "
        memcpy(question + request.method_length + 1, request.path, request.path_length)
        return <Reply>self.misses.get(
            PyBytes_FromStringAndSize(question, request.method_length + 1 + request.path_length)
        )

    cdef Outcome find(
        self, const unsigned char* path, Py_ssize_t length, const char* method, Py_ssize_t method_length,
        MatchSpans* spans,
    ):
        """Like `match`, for the plain-hit responder: whether a route is found, and its value."""
        cdef Outcome outcome = self.matcher.find(path, length, method, method_length, spans)
        cdef bytes base_path
        cdef Py_ssize_t base_length
        if outcome == FOUND:
            return outcome
        if self.prefixed is not None:
            outcome = self.prefixed.find(path, length, method, method_length, spans)
            if outcome == FOUND:
                return outcome
        for base_path in self.base_paths:
            base_length = PyBytes_GET_SIZE(base_path)
            if length < base_length or memcmp(path, PyBytes_AS_STRING(base_path), base_length):
                continue
            if length == base_length:
                outcome = self.at_root.find(
                    <const unsigned char*>PyBytes_AS_STRING(EMPTY_PATH), 1, method, method_length, spans
                )
            elif path[base_length] == c"/":
                outcome = self.at_root.find(
                    path + base_length, length - base_length, method, method_length, spans
                )
            else:
                continue
            if outcome == FOUND:
                return FOUND
        return outcome
