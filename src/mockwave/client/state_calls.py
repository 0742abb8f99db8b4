"""Calls about the state of a MockServer's rules: shown page by page, set, reset."""

from collections.abc import Mapping
from typing import TypedDict, Unpack

from mockwave.client.methods import call
from mockwave.client.pages import Page, reads_page
from mockwave.client.plans import Call, make_call, read_nothing, reads
from mockwave.model import MockState, MockStateUpdate, StateKind

STATE = "/mock-servers/{}/state"


class StateFilter(TypedDict, total=False):
    """Which of it: all that are given have to fit. ValueError for an empty one."""

    kind: StateKind | None
    name: str | None
    key: str | None
    route_id: str | None


@call
def list_state(
    mock_server_id: str, *, limit: int = 50, offset: int = 0, **conditions: Unpack[StateFilter]
) -> Call[Page[MockState]]:
    """One page of what is kept for scenarios and rules, in no order: at most `limit` (1 to 1,000) entries;
    `next_offset` leads to the next one. Raises InvalidRequest, NotFound, Unauthorized."""
    query = {**_write(conditions), "limit": limit, "offset": offset}
    return make_call("GET", STATE, reads_page(MockState), ids=[mock_server_id], query=query)


@call
def set_state(mock_server_id: str, update: MockStateUpdate) -> Call[MockState]:
    """Puts a scenario into a state, or sets how often a rule has answered. Raises InvalidRequest, NotFound,
    Unauthorized."""
    return make_call("PUT", STATE, reads(MockState), ids=[mock_server_id], body=update)


@call
def reset_state(mock_server_id: str, **conditions: Unpack[StateFilter]) -> Call[None]:
    """Has scenarios and rules start over; without conditions, all of them. Raises InvalidRequest, NotFound,
    Unauthorized."""
    return make_call("DELETE", STATE, read_nothing, ids=[mock_server_id], query=_write(conditions))


def _write(conditions: StateFilter) -> Mapping[str, object]:
    """The conditions as the query has them, which leaves out what is empty: a reset of one would be one of all."""
    empty = [name for name, value in conditions.items() if value == ""]
    if empty:
        raise ValueError(f"{empty[0]}: expected a text, got an empty one; leave it out for any")
    return {{"route_id": "routeId"}.get(name, name): value for name, value in conditions.items()}
