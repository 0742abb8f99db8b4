"""Calls about the state of a MockServer's rules: counters of rules, states of scenarios, by key."""

from typing import TypedDict, Unpack

from mockwave.client.call_plans import Call, Plan, make_call, read_nothing, reads
from mockwave.client.methods import call, iterates
from mockwave.client.pages import PAGE_ITEMS, Page, give_pages, reads_page
from mockwave.model import MockState, MockStateUpdate, StateKind

STATE = "/mock-servers/{}/state"


class StateFilter(TypedDict, total=False):
    """Which state is wanted: all given conditions have to fit. An empty `key` is that of rules without one; `route_id`
    is the route whose rule it is."""

    kind: StateKind | None
    name: str | None
    key: str | None
    route_id: str | None


@call
def list_state(
    mock_server_id: str, *, limit: int = 50, offset: int = 0, **conditions: Unpack[StateFilter]
) -> Call[list[MockState]]:
    """Returns the state of rules and scenarios: at most `limit` (1 to 1,000) entries, from `offset` on. It ends with
    the server process. Raises InvalidRequest, NotFound, Unauthorized, Unavailable."""
    query = {**_write(conditions), "limit": limit, "offset": offset}
    return make_call("GET", STATE, reads(list[MockState]), ids=[mock_server_id], query=query)


@iterates(MockState)
def iterate_state(
    mock_server_id: str, *, page_items: int = PAGE_ITEMS, **conditions: Unpack[StateFilter]
) -> Plan[None]:
    """Yields all state, page by page. Raises the same as `list_state`."""

    def read_page(offset: int) -> Call[Page[MockState]]:
        query = {**_write(conditions), "limit": page_items, "offset": offset}
        return make_call("GET", STATE, reads_page(MockState), ids=[mock_server_id], query=query)

    return give_pages(read_page)


@call
def set_state(mock_server_id: str, state: MockStateUpdate) -> Call[MockState]:
    """Puts a scenario in a `state`, or sets how often a rule has answered (`hits`), for one `key`. The next request to
    any worker sees it. Raises InvalidRequest, NotFound, Unauthorized, Forbidden, Unavailable."""
    return make_call("PUT", STATE, reads(MockState), ids=[mock_server_id], body=state)


@call
def reset_state(mock_server_id: str, **conditions: Unpack[StateFilter]) -> Call[None]:
    """Forgets all state, or the state that the conditions name. Raises the same as `set_state`."""
    return make_call("DELETE", STATE, read_nothing, ids=[mock_server_id], query=_write(conditions))


def _write(conditions: StateFilter) -> dict[str, object]:
    return {"routeId" if name == "route_id" else name: value for name, value in conditions.items()}
