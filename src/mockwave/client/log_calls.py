"""Calls about the log of a MockServer: pages, all of it, and entries as they come.

A page shows the newest entries first, with every request answered before the call. Entries that come between two calls
only move others to later pages: whoever goes on there meets them again, and knows them by their ids.
"""

from collections import deque
from collections.abc import Mapping
from typing import TypedDict, Unpack

from mockwave.client.call_plans import Call, Give, Pause, Plan, make_call, read_nothing, reads
from mockwave.client.methods import call, iterates
from mockwave.client.pages import Page, reads_page
from mockwave.model import Figures, LogEntry

LOGS = "/mock-servers/{}/logs"

PAGE_ENTRIES = 1000
FOLLOW_INTERVAL_S = 0.5

KEPT_ENTRIES = 20_000
"""How many entries are kept while one looks for those that were given before: the oldest that were found."""

KNOWN_ENTRIES = 1000
"""How many ids of entries given last are known. One is enough, unless just that one is deleted or damaged."""


class LogFilter(TypedDict, total=False):
    """Which entries: all conditions that are given have to hold.

    `path` is compared with the path below the mock's base, whole, or its beginning where it ends in `*`; `status` is
    one (404, "404") or a class of them ("4xx"); `matched`: whether a route answered; `since` and `until` are RFC 3339
    date-times or seconds since the epoch, both inclusive; `rule` is the name of the one that answered, `fault` one
    of mockwave's faults, or `*` for any; `slower_than` are milliseconds; `text` stands in the path, the query or the
    body, in letters of either case.
    """

    method: str | None
    path: str | None
    status: int | str | None
    route_id: str | None
    matched: bool | None
    since: str | float | None
    until: str | float | None
    rule: str | None
    fault: str | None
    slower_than: float | None
    text: str | None


PARAMETERS = {"route_id": "routeId", "slower_than": "slowerThan"}
"""Names of conditions in the query, where they differ."""


@call
def read_log_page(
    mock_server_id: str, *, limit: int = 50, offset: int = 0, **conditions: Unpack[LogFilter]
) -> Call[Page[LogEntry]]:
    """One page of the log, newest first: at most `limit` (1 to 1,000) entries, fewer where they are long (8 MiB);
    `next_offset` leads to the next one. Raises InvalidRequest, NotFound, Unauthorized."""
    query = {**write_conditions(conditions), "limit": limit, "offset": offset}
    return make_call("GET", LOGS, reads_page(LogEntry), ids=[mock_server_id], query=query)


@iterates(LogEntry)
def iterate_logs(
    mock_server_id: str, *, page_entries: int = PAGE_ENTRIES, **conditions: Unpack[LogFilter]
) -> Plan[None]:
    """All entries of the log, newest first, each once, as it was when the first page was read: of those that come
    meanwhile none is given. Reads them page by page, of `page_entries` (1 to 1,000). Raises as `read_log_page`."""
    last_id = ""
    is_moved = False  # whether the entry given last is still to be met again
    start = 0
    while True:
        page = yield from read_log_page(mock_server_id, limit=page_entries, offset=start, **conditions)
        fresh = page.items
        if is_moved:
            # What came meanwhile has moved that entry to a later place, and stands before it now.
            places = [place for place, entry in enumerate(fresh) if entry.id == last_id]
            fresh = fresh[places[0] + 1 :] if places else []
            is_moved = not places
        if fresh:
            yield Give(fresh)
            last_id = fresh[-1].id
        if page.next_offset is None:
            return
        if is_moved:
            start = page.next_offset
            continue
        # The next page begins with the entry given last, so that it tells how far that has been moved.
        again = start + len(page.items) - 1
        is_moved = last_id != "" and again > start
        start = again if is_moved else page.next_offset


@call
def list_logs(
    mock_server_id: str, *, limit: int = 50, offset: int = 0, **conditions: Unpack[LogFilter]
) -> Call[list[LogEntry]]:
    """The newest entries of the log, newest first: `limit` of them (1 to 1,000) if there are so many and they fit on a
    page (8 MiB). Raises InvalidRequest, NotFound, Unauthorized."""
    query = {**write_conditions(conditions), "limit": limit, "offset": offset}
    return make_call("GET", LOGS, lambda reply: reads_page(LogEntry)(reply).items, ids=[mock_server_id], query=query)


@call
def read_entry(mock_server_id: str, entry_id: str) -> Call[LogEntry]:
    """One entry of the log. Raises NotFound (old entries may be removed), Unauthorized."""
    return make_call("GET", f"{LOGS}/{{}}", reads(LogEntry), ids=[mock_server_id, entry_id])


@call
def clear_log(mock_server_id: str) -> Call[None]:
    """Removes the entries of all requests answered before. Raises NotFound, Unauthorized, Forbidden."""
    return make_call("DELETE", LOGS, read_nothing, ids=[mock_server_id])


@call
def read_figures(mock_server_id: str, *, since: str | float | None = None, step_s: int | None = None) -> Call[Figures]:
    """Requests by steps of `step_s` seconds (1 to 86,400, usually 5), with their status classes and durations in
    milliseconds; `since` an RFC 3339 date-time or seconds since the epoch, usually the last quarter of an hour, 1,000
    steps at most. Raises InvalidRequest, NotFound, Unauthorized."""
    query = {"since": since, "step": step_s}
    return make_call("GET", "/mock-servers/{}/figures", reads(Figures), ids=[mock_server_id], query=query)


@iterates(LogEntry)
def follow(
    mock_server_id: str,
    *,
    after: str | None = None,
    interval_s: float = FOLLOW_INTERVAL_S,
    **conditions: Unpack[LogFilter],
) -> Plan[None]:
    """Entries as they come, oldest first, each exactly once, without end.

    Begins with the first request that is not answered yet; `after` an entry (by its id) it begins with the one after
    that, and with an empty `after` at the beginning of the log. Asks every `interval_s` seconds while nothing comes.
    However many entries wait, at most 20,000 are held in memory. Raises as `read_log_page`.
    """
    known: deque[str] = deque(maxlen=KNOWN_ENTRIES)
    if after is None:
        page = yield from read_log_page(mock_server_id, limit=1, **conditions)
        known.extend(entry.id for entry in page.items)
    elif after:
        known.append(after)
    while True:
        fresh = yield from _read_fresh(mock_server_id, frozenset(known), conditions)
        if fresh:
            yield Give(fresh)
            known.extend(entry.id for entry in fresh)
        if len(fresh) < KEPT_ENTRIES:
            yield Pause(interval_s)


def _read_fresh(mock_server_id: str, known: frozenset[str], conditions: LogFilter) -> Plan[list[LogEntry]]:
    """The oldest entries after the known ones, oldest first, KEPT_ENTRIES at most.

    The log is in one order on all workers and in all pages, so that what stands before a known entry is new.
    """
    fresh: dict[str, LogEntry] = {}
    offset: int | None = 0
    while offset is not None:
        page = yield from read_log_page(mock_server_id, limit=PAGE_ENTRIES, offset=offset, **conditions)
        offset = page.next_offset
        for entry in page.items:
            if entry.id in known:
                offset = None
                break
            fresh[entry.id] = entry  # one met again stays where it stood
        while len(fresh) > KEPT_ENTRIES:
            del fresh[next(iter(fresh))]  # the newest; it is met again later
    return list(fresh.values())[::-1]


def write_conditions(conditions: LogFilter) -> Mapping[str, object]:
    """The conditions as the query has them."""
    return {PARAMETERS.get(name, name): value for name, value in conditions.items()}
