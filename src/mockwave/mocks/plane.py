"""The long way to a Reply: whatever the plain-hit responder leaves.

The order of the questions: is the server running; does a route answer, and is the request one that it takes; is it a
preflight, or an OPTIONS that mockwave answers itself; is the path known with other methods (405) or not at all (404).

Where requests are validated, the document alone says what there is: HEAD is answered where it declares HEAD, and a path
that lacks nothing but the value of a parameter is an invalid request rather than an unknown path.
"""

from msgspec import Struct

from mockwave._matcher import Match, NotMatched
from mockwave._responder import Choice, Reply, Snapshot
from mockwave.mocks.choices import ConsideredChoice, Options, choose_reply, read_accept_header
from mockwave.mocks.cross_origin import Headers, for_origin, preflight_headers, with_open_headers
from mockwave.mocks.preferences import read_request_preferences
from mockwave.mocks.replies import MOCKED_BY_PREFLIGHT, build_problem_reply, without_body
from mockwave.problems import Refusal
from mockwave.validation.parameters import MISSING


class MockRequest(Struct, frozen=True, kw_only=True):
    """A request to a mock: `path` as sent, below the mock's base, at least `/`; header names in lower case."""

    method: str
    path: bytes
    query: bytes
    headers: list[tuple[bytes, bytes]]
    body: bytes = b""

    def header(self, name: bytes) -> bytes | None:
        """The first value of the header, None where there is none."""
        return next((value for key, value in self.headers if key == name), None)


def answer_request(snapshot: Snapshot, request: MockRequest) -> Reply:
    """The Reply to any request, problem documents included. It never fails and never waits."""
    reply = find_reply(snapshot, request)
    origin = request.header(b"origin")
    if origin is not None and snapshot.answers_cors:
        reply = for_origin(reply, origin)
    return without_body(reply) if request.method == "HEAD" else reply


def find_reply(snapshot: Snapshot, request: MockRequest) -> Reply:
    if not snapshot.is_running:
        return build_problem_reply(not_running(snapshot), snapshot.answers_cors)
    found = snapshot.match(request.method, request.path)
    if isinstance(found, Match):
        answer = found.value
        if isinstance(answer, Reply):
            return answer
        if not snapshot.validates_requests:
            return choose_reply(answer, request.headers, request.query)
        if request.method != "HEAD" or answer.options.method == "HEAD":
            return check_request(answer, found, request) or choose_reply(answer, request.headers, request.query)
        # A method that no route has, so that the answer names those there are.
        found = snapshot.match("UNDECLARED", request.path)
        assert isinstance(found, NotMatched)
    if snapshot.validates_requests:
        found = without_undeclared_head(snapshot, request, found)
    if request.method == "OPTIONS":
        preflight = answer_preflight(snapshot, request, found)
        if preflight is not None:
            return preflight
        if found.allow:
            headers: Headers = ((b"allow", found.allow_header),)
            if snapshot.answers_cors:
                headers = with_open_headers(headers)
            return Reply(204, headers, b"", flags=MOCKED_BY_PREFLIGHT)
    if snapshot.validates_requests and not found.allow:
        refusal = refuse_missing_parameter(snapshot, request)
        if refusal is not None:
            return refusal
    return build_problem_reply(unmatched(request, found), snapshot.answers_cors)


def check_request(
    answer: Choice | ConsideredChoice, found: Match[Reply | Choice], request: MockRequest
) -> Reply | None:
    """The Reply to a request that its operation does not take; None: it takes it."""
    options: Options = answer.options
    if not options.asks_of_requests and not request.body:
        return None
    faults = options.find_faults(found.raw_parameters(), request.query, request.headers, request.body)
    if faults is None:
        return None
    preferences = read_request_preferences(request.headers, request.query)
    return options.refuse(faults, read_accept_header(request.headers), preferences)


def without_undeclared_head(snapshot: Snapshot, request: MockRequest, found: NotMatched) -> NotMatched:
    """`found` without HEAD, where that would be answered by an operation that declares GET."""
    head = snapshot.match("HEAD", request.path) if found.allow else found
    if isinstance(head, NotMatched) or isinstance(head.value, Reply) or head.value.options.method == "HEAD":
        return found
    return found.without("HEAD")


def refuse_missing_parameter(snapshot: Snapshot, request: MockRequest) -> Reply | None:
    """The Reply to a path in which a parameter is left empty; None where that is not what is wrong with it."""
    segments = request.path.split(b"/")
    if b"" not in segments[1:]:
        return None
    found = snapshot.match(request.method, b"/".join([b"", *(segment or MISSING for segment in segments[1:])]))
    if not isinstance(found, Match) or isinstance(found.value, Reply):
        return None
    return check_request(found.value, found, request)


def answer_preflight(snapshot: Snapshot, request: MockRequest, found: NotMatched) -> Reply | None:
    """What a CORS preflight is told; None: it is none, or the server does without CORS.

    It is let through for an unknown path too: the browser shows its script the 404 that way, not a network error.
    """
    origin = request.header(b"origin")
    method = request.header(b"access-control-request-method")
    if origin is None or method is None or not snapshot.answers_cors:
        return None
    headers = preflight_headers(
        origin,
        found.allow_header or method,
        request.header(b"access-control-request-headers") or b"",
        request.header(b"access-control-request-private-network") == b"true",
    )
    if found.allow:
        headers += ((b"allow", found.allow_header),)
    return Reply(204, headers, b"", flags=MOCKED_BY_PREFLIGHT)


def not_running(snapshot: Snapshot) -> Refusal:
    server = snapshot.server
    if server.status == "error":
        return Refusal(503, "mock-server-in-error", f"mock server {server.id} cannot serve: {server.status_reason}")
    return Refusal(
        503, "mock-server-stopped", f'mock server {server.id} is stopped; PUT {{"status": "running"}} to start it'
    )


def unmatched(request: MockRequest, found: NotMatched) -> Refusal:
    path = request.path.decode("utf-8", "replace")
    if found.allow:
        return Refusal(
            405,
            "method-not-mocked",
            f"{path} is mocked for {', '.join(found.allow)}, not for {request.method}",
            headers=[(b"allow", found.allow_header)],
        )
    return Refusal(404, "path-not-mocked", f"no route of this mock server matches {path}")
