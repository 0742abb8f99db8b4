"""`mockwave logs SERVER`: the newest entries, the oldest of them first, and with --follow those that come later.

The API returns pages, newest first, without a cursor. Following asks again and again for the newest page, and goes on
to older ones until it finds a known entry; entries that arrive meanwhile only move others to later pages.
"""

import time
from collections import deque
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import click
import msgspec
from msgspec import UNSET

from mockwave.cli.client import ManagementClient, connect
from mockwave.cli.command_options import client_options, json_option, option
from mockwave.cli.tables import print_json, print_table
from mockwave.model import LogEntry

FOLLOW_INTERVAL_S = 0.5
FOLLOW_PAGE = 200
KNOWN_ENTRIES = 10_000


@click.command()
@click.argument("server")
@client_options
@option("--follow", "-f", is_flag=True, help="Go on with entries as they come.")
@option("--limit", "-n", type=click.IntRange(1, 1000), default=50, help="Entries to show.")
@option("--method", help="Only this method.")
@option("--path", help="Only this path; a * at its end stands for anything.")
@option("--status", help="Only this status: 404, or a class of them: 4xx.")
@option("--route", help="Only the route with this id.")
@option("--matched/--unmatched", default=None, help="Only requests that a route answered, or only the others.")
@option("--since", help="Only from this time on (RFC 3339), such as 2026-01-31T12:00:00Z.")
@option("--until", help="Only up to this time.")
@json_option
def command(
    server: str,
    data_dir: Path | None,
    server_url: str | None,
    token: str | None,
    follow: bool,
    limit: int,
    method: str | None,
    path: str | None,
    status: str | None,
    route: str | None,
    matched: bool | None,
    since: str | None,
    until: str | None,
    as_json: bool,
) -> None:
    """Show the requests that a mock server, given by id or by name, has received."""
    query = {
        "method": method,
        "path": path,
        "status": status,
        "routeId": route,
        "matched": None if matched is None else str(matched).lower(),
        "since": since,
        "until": until,
    }
    with connect(data_dir, server_url, token) as client:
        mock_server_id = client.find_server(server).id
        newest_first = client.list_logs(mock_server_id, limit, 0, **query)
        entries = newest_first[::-1]
        if follow:
            _print_lines(entries, as_json)
            _follow(client, mock_server_id, query, [entry.id for entry in entries], as_json)
        elif as_json:
            print_json(entries)
        else:
            print_table(("TIME", "METHOD", "PATH", "STATUS", "TOOK", "ROUTE"), [_cells(entry) for entry in entries])


def _follow(
    client: ManagementClient, mock_server_id: str, query: dict[str, Any], known: list[str], as_json: bool
) -> None:
    """Until Ctrl-C."""
    printed = deque(known, maxlen=KNOWN_ENTRIES)
    while True:
        fresh = _read_fresh(lambda **page: client.list_logs(mock_server_id, **page, **query), set(printed))
        _print_lines(fresh, as_json)
        printed.extend(entry.id for entry in fresh)
        time.sleep(FOLLOW_INTERVAL_S)


def _read_fresh(read_page: Callable[..., list[LogEntry]], known: set[str]) -> list[LogEntry]:
    """Entries newer than the known ones, oldest first."""
    fresh: dict[str, LogEntry] = {}
    offset = 0
    while True:
        page = read_page(limit=FOLLOW_PAGE, offset=offset)
        fresh.update((entry.id, entry) for entry in page if entry.id not in known)
        if len(page) < FOLLOW_PAGE or any(entry.id in known for entry in page):
            return [fresh[key] for key in sorted(fresh)]
        offset += FOLLOW_PAGE


def _print_lines(entries: Iterable[LogEntry], as_json: bool) -> None:
    """One line per entry, which can be read by itself."""
    for entry in entries:
        click.echo(msgspec.json.encode(entry) if as_json else "  ".join(cell for cell in _cells(entry) if cell))


def _cells(entry: LogEntry) -> tuple[str, ...]:
    query = "" if entry.request_query is UNSET or not entry.request_query else f"?{entry.request_query}"
    took = "" if entry.response_time_ms is UNSET else f"{entry.response_time_ms:.1f} ms"
    route = "no route" if entry.route_id is UNSET else entry.route_id
    return (
        entry.timestamp,
        entry.request_method,
        f"{entry.request_path}{query}",
        str(entry.response_status_code),
        took,
        route,
    )
