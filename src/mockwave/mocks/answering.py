"""The long way to a Reply, for every request that the plain-hit responder leaves.

The questions, in order:

1. Is it a preflight? Neither a document nor a stopped server refuses one.
2. Is the server running? (If so, the caller tries rules before the rest: `rulings.py`.)
3. Does a route answer, and does it take the request?
4. Is it an OPTIONS that mockwave answers itself?
5. Is the path known with other methods (405), or not at all (404)?
"""

from mockwave._matcher import Match, NotMatched
from mockwave._responder import Reply, Snapshot
from mockwave.mocks.choices import AnyChoice, ConsideredChoice, answer_of, choose_reply
from mockwave.mocks.cross_origin import (
    ALLOW_METHODS,
    ALLOW_ORIGIN,
    OPEN_HEADERS,
    PREFLIGHT_VARIES_BY,
    Headers,
    Preflight,
    complete_headers,
    find_own_headers,
    for_origin,
    read_preflight,
    with_open_headers,
)
from mockwave.mocks.declared import NO_METHOD, find_declared
from mockwave.mocks.mock_requests import MockRequest
from mockwave.mocks.replies import MOCKED_BY_PREFLIGHT, build_problem_reply, without_body
from mockwave.problems import Refusal


def answer_request(snapshot: Snapshot, request: MockRequest) -> Reply:
    """Returns the Reply to any request, problem documents included. It never waits.

    Raises CheckNeeded if the request must first be checked, which takes long; call it again with the Verdict.
    """
    reply = find_reply(snapshot, request)
    suited = suit_reply(reply, snapshot, request)
    if reply.status in (404, 405) and is_always_missed(snapshot, reply, request):
        snapshot.keep_miss(request.method, request.path, reply)
    return suited


def asks_rules(snapshot: Snapshot, request: MockRequest) -> bool:
    """Whether rules apply to the request: it is not a preflight, and the server runs."""
    return snapshot.is_running and not (snapshot.answers_cors and read_preflight(request) is not None)


def answer_refusal(snapshot: Snapshot, request: MockRequest, refusal: Refusal) -> Reply:
    """Returns the Reply to a request that is refused before any route is looked up."""
    return suit_reply(build_problem_reply(refusal, snapshot.answers_cors), snapshot, request)


def answer_unknown(request: MockRequest, refusal: Refusal) -> Reply:
    """Returns the Reply to a request for an unknown mock server. Its preflight is allowed, so that the browser shows
    its script the refusal, not a network error."""
    preflight = read_preflight(request)
    if preflight is not None:
        return _let_through(preflight, b"")
    reply = build_problem_reply(refusal, cors=True)
    origin = request.header(b"origin")
    return reply if origin is None else for_origin(reply, origin, is_kept=False)


def suit_reply(reply: Reply, snapshot: Snapshot, request: MockRequest) -> Reply:
    """Adapts the Reply to this request."""
    origin = request.header(b"origin")
    if origin is not None and snapshot.answers_cors:
        # Only the long way can tell preflights from other OPTIONS.
        reply = for_origin(reply, origin, is_kept=request.method != "OPTIONS")
    return without_body(reply) if request.method == "HEAD" else reply


def is_always_missed(snapshot: Snapshot, reply: Reply, request: MockRequest) -> bool:
    """Whether every request with this method and path gets this Reply."""
    return (
        snapshot.is_running
        and not snapshot.validates_requests
        and not reply.route_id
        and request.method not in ("HEAD", "OPTIONS")
    )


def find_reply(snapshot: Snapshot, request: MockRequest) -> Reply:
    preflight = read_preflight(request) if snapshot.answers_cors else None
    if preflight is not None:
        return answer_preflight(snapshot, request, preflight)
    if not snapshot.is_running:
        return build_problem_reply(not_running(snapshot), snapshot.answers_cors)
    found: Match[Reply] | Match[ConsideredChoice] | NotMatched | Reply
    if snapshot.validates_requests:
        found = find_declared(snapshot, request)
    else:
        found = snapshot.match(request.method, request.path)
    if isinstance(found, Reply):
        return found
    if isinstance(found, Match):
        answer = answer_of(found)
        if isinstance(answer, AnyChoice):
            return choose_reply(answer, request.headers, request.query, snapshot.server)
        return answer
    if request.method == "OPTIONS" and found.allow:
        headers: Headers = ((b"allow", found.allow_header),)
        if snapshot.answers_cors:
            headers = with_open_headers(headers)
        return Reply(204, headers, b"", flags=MOCKED_BY_PREFLIGHT)
    return build_problem_reply(unmatched(request, found), snapshot.answers_cors)


def answer_preflight(snapshot: Snapshot, request: MockRequest, preflight: Preflight) -> Reply:
    """Answers a CORS preflight, even for an unknown path or a stopped server, so that the browser shows its script the
    404 or 503, not a network error.

    An OPTIONS operation that a document declares is ignored, and so are its requirements. A custom route for OPTIONS
    answers itself; missing preflight headers are added.
    """
    found = snapshot.match("OPTIONS", request.path)
    others = snapshot.match(NO_METHOD, request.path) if isinstance(found, Match) else found
    allow = others.allow_header if isinstance(others, NotMatched) else b""
    answer = answer_of(found) if isinstance(found, Match) else None
    if isinstance(answer, Reply) and snapshot.is_running and not isinstance(answer, AnyChoice):
        return answer_as_route(answer, preflight.answer(allow))
    return _let_through(preflight, allow)


def _let_through(preflight: Preflight, allow: bytes) -> Reply:
    """The Reply to a preflight of a path with the methods `allow`."""
    told = preflight.answer(allow)
    if allow:
        told += ((b"allow", allow),)
    return Reply(204, complete_headers((), told, PREFLIGHT_VARIES_BY), b"", flags=MOCKED_BY_PREFLIGHT)


def answer_as_route(reply: Reply, told: Headers) -> Reply:
    """The reply of a route for OPTIONS to a preflight. A route that allows an origin of its own choice is left
    alone."""
    if any(name == ALLOW_ORIGIN and (name, value) != OPEN_HEADERS[0] for name, value in reply.headers):
        return reply
    # With credentials, a browser does not take `*` as "any method".
    own = tuple(pair for pair in find_own_headers(reply) if pair != (ALLOW_METHODS, b"*"))
    return reply.replacing(headers=complete_headers(own, told, PREFLIGHT_VARIES_BY))


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
