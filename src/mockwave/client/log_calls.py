"""Calls about the log of a MockServer: pages, the whole log, and entries as they come.

A page shows the newest entries first, including every request answered before the call. Entries that come between two
calls only move others to later pages: a reader who goes on there meets some again, and recognises them by their ids.
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
"""How many entries are kept while looking for known ones: the oldest found."""

KNOWN_ENTRIES = 1000
"""How many ids of the last entries are remembered. One is enough, unless it is deleted or damaged."""


class LogFilter(TypedDict, total=False):
    """Which entries are wanted: all given conditions have to hold.

    `path` is compared with the whole path below the mock's base, or with its beginning if it ends in `*`; `status` is
    one status (404, "404") or a class ("4xx"); `matched` says whether a route answered; `since` and `until` are RFC
    3339 date-times or seconds since the epoch, both inclusive; `rule` is the name of the rule that answered; `fault` is
    one of mockwave's faults, or `*` for any; `slower_than` is in milliseconds; `text` is searched in path, query and
    body, ignoring case.
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
"""Names of conditions that differ in the query."""


@call
def read_log_page(
    mock_server_id: str, *, limit: int = 50, offset: int = 0, **conditions: Unpack[LogFilter]
) -> Call[Page[LogEntry]]:
    """Returns one page of the log, newest first: at most `limit` (1 to 1,000) entries, fewer if they are long (8 MiB);
    `next_offset` leads to the next page. Raises InvalidRequest, NotFound, Unauthorized."""
    query = {**write_conditions(conditions), "limit": limit, "offset": offset}
    return make_call("GET", LOGS, reads_page(LogEntry), ids=[mock_server_id], query=query)


@iterates(LogEntry)
def iterate_logs(
    mock_server_id: str, *, page_entries: int = PAGE_ENTRIES, **conditions: Unpack[LogFilter]
) -> Plan[None]:
    """Yields all entries of the log, newest first, each once, as it was when the first page was read; entries that come
    meanwhile are not included. Reads pages of `page_entries` (1 to 1,000). Raises the same as `read_log_page`."""
    last_id = ""
    is_moved = False  # whether the last yielded entry has not been met again yet
    start = 0
    while True:
        page = yield from read_log_page(mock_server_id, limit=page_entries, offset=start, **conditions)
        fresh = page.items
        if is_moved:
            # New entries have moved that entry to a later place, and stand before it now.
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
        # The next page begins with the last yielded entry, to tell how far that has moved.
        again = start + len(page.items) - 1
        is_moved = last_id != "" and again > start
        start = again if is_moved else page.next_offset


@call
def list_logs(
    mock_server_id: str, *, limit: int = 50, offset: int = 0, **conditions: Unpack[LogFilter]
) -> Call[list[LogEntry]]:
    """Returns the newest entries of the log, newest first: at most `limit` (1 to 1,000), fewer if they do not fit on a
    page (8 MiB). Raises InvalidRequest, NotFound, Unauthorized."""
    query = {**write_conditions(conditions), "limit": limit, "offset": offset}
    return make_call("GET", LOGS, lambda reply: reads_page(LogEntry)(reply).items, ids=[mock_server_id], query=query)


@call
def read_entry(mock_server_id: str, entry_id: str) -> Call[LogEntry]:
    """Returns one entry of the log. Raises NotFound (old entries may be removed), Unauthorized."""
    return make_call("GET", f"{LOGS}/{{}}", reads(LogEntry), ids=[mock_server_id, entry_id])


@call
def clear_log(mock_server_id: str) -> Call[None]:
    """Removes the entries of all requests answered before. Raises NotFound, Unauthorized, Forbidden."""
    return make_call("DELETE", LOGS, read_nothing, ids=[mock_server_id])


@call
def read_figures(mock_server_id: str, *, since: str | float | None = None, step_s: int | None = None) -> Call[Figures]:
    """Returns requests by steps of `step_s` seconds (1 to 86,400, by default 5), with their status classes and
    durations in milliseconds. `since` is an RFC 3339 date-time or seconds since the epoch, by default a quarter of an
    hour ago; at most 1,000 steps. Raises InvalidRequest, NotFound, Unauthorized."""
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
    """Yields entries as they come, oldest first, each exactly once, without end.

    It begins with the first request that is not answered yet; with `after` (an entry's id) it begins after that entry,
    and with an empty `after` at the beginning of the log. It asks every `interval_s` seconds while nothing comes.
    However many entries wait, at most 20,000 are held in memory. Raises the same as `read_log_page`.
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
    """The oldest entries after the known ones, oldest first, at most KEPT_ENTRIES.

    The log has one order on all workers and in all pages, so entries before a known one are new.
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
            del fresh[next(iter(fresh))]  # the newest; it will be met again
    return list(fresh.values())[::-1]


def write_conditions(conditions: LogFilter) -> Mapping[str, object]:
    """The conditions as query parameters."""
    return {PARAMETERS.get(name, name): value for name, value in conditions.items()}
