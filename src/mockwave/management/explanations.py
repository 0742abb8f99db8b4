"""`GET …/logs/{entryId}/explanation`: why a request was answered as it was."""

import asyncio

from msgspec import UNSET

from mockwave.management.calls import Call
from mockwave.management.exchange import Answer, answer_json
from mockwave.management.logs import no_such_entry
from mockwave.model import LogEntry
from mockwave.store.records import RouteRecord, ServerRecord
from mockwave.timestamps import read_instant
from mockwave.verification.closest_routes import RouteLine, find_closest
from mockwave.verification.explaining import Explanation, explain_rules, find_reason
from mockwave.verification.logged_requests import LoggedRequests


async def explain_entry(call: Call) -> Answer:
    server = await call.read_server()
    entry = await call.services.logs.read_entry(server.id, call.entry_id)
    if entry is None:
        raise no_such_entry(call)
    store = call.services.store
    route = None if entry.route_id is UNSET else await store.read_route(server.id, entry.route_id)
    lines = [] if route is not None else await store.read_route_lines(server.id)
    return answer_json(200, await asyncio.to_thread(explain, entry, server, route, lines))


def explain(
    entry: LogEntry, server: ServerRecord, route: RouteRecord | None, lines: list[tuple[str, str, str]]
) -> Explanation:
    """Returns the explanation; `lines` are (id, method, path) of all routes, if none answered."""
    view = LoggedRequests({} if route is None else {route.id: route.path}).view(entry)
    answered_by = entry.rule or ""
    explained = explain_rules("server", server.rules, view, answered_by)
    rules, left_out = explained.rules, explained.left_out
    if route is not None and not explained.is_over:
        explained = explain_rules("route", route.rules, view, answered_by)
        rules, left_out = rules + explained.rules, left_out + explained.left_out
    closest = []
    if not entry.matched:
        routes = (RouteLine(*line) for line in lines)
        closest = find_closest(entry.request_method, entry.request_path, routes, server.base_paths)
    return Explanation(
        entry_id=entry.id,
        reason=find_reason(entry, closest, rules, is_route_gone=route is None and bool(entry.route_id)),
        changed_since=max(server.modified_us, server.routes_modified_us) > read_instant(entry.timestamp),
        route=UNSET if route is None else RouteLine(route.id, route.method, route.path),
        rules=rules,
        rules_left_out=left_out,
        closest=closest or UNSET,
        truncated=entry.truncated,
    )
