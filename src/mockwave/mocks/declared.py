"""Requests to servers that validate them: only the document says what exists.

An operation answers valid requests, and refuses the rest. HEAD is answered only if the document declares it. A path
that lacks only the value of a parameter is an invalid request, not an unknown path.
"""

from mockwave._matcher import Match, NotMatched
from mockwave._responder import Reply, Snapshot
from mockwave.mocks.choices import AnyChoice, ConsideredChoice, answer_of, read_accept_header
from mockwave.mocks.mock_requests import MockRequest
from mockwave.mocks.preferences import read_request_preferences
from mockwave.mocks.route_options import Options
from mockwave.validation.parameters import MISSING

NO_METHOD = "UNDECLARED"
"""A method that no route has, so that the NotMatched names all existing ones."""

Route = Match[Reply] | Match[ConsideredChoice]


def find_declared(snapshot: Snapshot, request: MockRequest) -> Route | NotMatched | Reply:
    """Returns the route that takes the request, the Reply that refuses it, or why there is neither. Raises
    CheckNeeded."""
    found = snapshot.match(request.method, request.path)
    if isinstance(found, Match) and not (request.method == "HEAD" and is_of_get(found)):
        return check_request(found, request) or found
    if isinstance(found, Match):
        found = snapshot.match(NO_METHOD, request.path)
        assert isinstance(found, NotMatched)
    if not found.allow:
        return refuse_missing_parameter(snapshot, request) or found
    head = snapshot.match("HEAD", request.path)
    return found.without("HEAD") if isinstance(head, Match) and is_of_get(head) else found


def check_request(found: Route, request: MockRequest) -> Reply | None:
    """Returns the Reply to a request that its operation refuses; None if it takes the request. Raises CheckNeeded."""
    answer = answer_of(found)
    if not isinstance(answer, AnyChoice):
        return None
    options: Options = answer.options
    if not options.asks_of_requests and not request.body:
        return None
    verdict = request.verdict or options.check(found.raw_parameters(), request)
    if verdict.unchecked is not None:
        return options.decline(verdict.unchecked)
    if verdict.faults is None:
        return None
    preferences = read_request_preferences(request.headers, request.query)
    return options.refuse(verdict.faults, read_accept_header(request.headers), preferences)


def is_of_get(found: Route) -> bool:
    """Whether the route is an operation for GET. Custom routes answer HEAD as usual."""
    answer = answer_of(found)
    return isinstance(answer, AnyChoice) and answer.options.method == "GET"


def refuse_missing_parameter(snapshot: Snapshot, request: MockRequest) -> Reply | None:
    """Returns the Reply to a path with an empty parameter; None if something else is wrong with it."""
    segments = request.path.split(b"/")[1:]
    if b"" not in segments:
        return None
    found = snapshot.match(request.method, b"/" + b"/".join([segment or MISSING for segment in segments]))
    return check_request(found, request) if isinstance(found, Match) else None
