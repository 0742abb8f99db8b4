"""Calls about MockRoutes: list, create, read, update, delete, and their rules."""

from typing import TypedDict, Unpack

from mockwave.client.call_plans import Call, Plan, make_call, read_nothing, reads
from mockwave.client.methods import call, iterates
from mockwave.client.pages import PAGE_ITEMS, Page, give_pages, reads_page
from mockwave.model import MockRoute, MockRouteCreate, MockRules, MockRulesUpdate, RuleObject, SampleRequest

ROUTES = "/mock-servers/{}/routes"
ROUTE = "/mock-servers/{}/routes/{}"


class RouteFilter(TypedDict, total=False):
    """Which routes are wanted: of a `method`, with the text `q` in their path, only `unused` ones; whether to show
    `hits` and `last_used` (`usage`), counted from the log; and whether to leave out what they answer (`brief`)."""

    method: str | None
    q: str | None
    unused: bool | None
    usage: bool | None
    brief: bool | None


@call
def list_routes(
    mock_server_id: str, *, limit: int | None = None, offset: int = 0, **conditions: Unpack[RouteFilter]
) -> Call[list[MockRoute]]:
    """Returns the routes of a mock server, custom and generated, that meet all conditions.

    At most `limit` (1 to 1,000) are returned, from `offset` on; None returns all of them in one answer. Raises
    InvalidRequest, NotFound, Unauthorized.
    """
    query = {**conditions, "limit": limit, "offset": offset or None}
    return make_call("GET", ROUTES, reads(list[MockRoute]), ids=[mock_server_id], query=query)


@iterates(MockRoute)
def iterate_routes(
    mock_server_id: str, *, page_items: int = PAGE_ITEMS, **conditions: Unpack[RouteFilter]
) -> Plan[None]:
    """Like `list_routes`, page by page, so that any number of routes takes little memory. Raises the same as
    `list_routes`."""

    def read_page(offset: int) -> Call[Page[MockRoute]]:
        query = {**conditions, "limit": page_items, "offset": offset}
        return make_call("GET", ROUTES, reads_page(MockRoute), ids=[mock_server_id], query=query)

    return give_pages(read_page)


@call
def create_route(mock_server_id: str, route: MockRouteCreate) -> Call[MockRoute]:
    """Creates a custom route: `delay` is in milliseconds, `response_body` is text. When this returns, the route answers
    on every worker.

    It is not repeated after a 503. Raises InvalidRequest (also if a custom route already has this method and path),
    NotFound, Unauthorized, Forbidden, TooLarge (16 MiB).
    """
    return make_call("POST", ROUTES, reads(MockRoute), ids=[mock_server_id], body=route)


@call
def read_route(mock_server_id: str, route_id: str) -> Call[MockRoute]:
    """Returns the route. Raises NotFound, Unauthorized."""
    return make_call("GET", ROUTE, reads(MockRoute), ids=[mock_server_id, route_id])


@call
def update_route(mock_server_id: str, route_id: str, route: MockRouteCreate) -> Call[MockRoute]:
    """Replaces the whole route, and returns it; a generated route becomes custom. Raises the same as `create_route`."""
    return make_call("PUT", ROUTE, reads(MockRoute), ids=[mock_server_id, route_id], body=route)


@call
def delete_route(mock_server_id: str, route_id: str) -> Call[None]:
    """Deletes the route. Raises NotFound, Unauthorized, Forbidden."""
    return make_call("DELETE", ROUTE, read_nothing, ids=[mock_server_id, route_id])


@call
def sample_request(mock_server_id: str, route_id: str) -> Call[SampleRequest]:
    """A valid request for the route: what its operation asks, or what its first rule wants, as far as that is simple.
    Raises InvalidRequest, NotFound, Unauthorized."""
    return make_call("GET", f"{ROUTE}/sample-request", reads(SampleRequest), ids=[mock_server_id, route_id])


@call
def read_route_rules(mock_server_id: str, route_id: str) -> Call[MockRules]:
    """Returns the route's rules. Raises NotFound, Unauthorized."""
    return make_call("GET", f"{ROUTE}/rules", reads(MockRules), ids=[mock_server_id, route_id])


@call
def update_route_rules(mock_server_id: str, route_id: str, rules: list[RuleObject]) -> Call[MockRules]:
    """Sets only the route's rules; an empty list removes them, and a generated route stays generated. Returns them,
    with `warnings` about anything that will not do what it seems to do. Raises InvalidRequest, NotFound, Unauthorized,
    Forbidden."""
    body = MockRulesUpdate(rules=rules)
    return make_call("PUT", f"{ROUTE}/rules", reads(MockRules), ids=[mock_server_id, route_id], body=body)
