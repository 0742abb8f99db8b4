"""`mockwave logs SERVER`: the newest entries, the oldest of them first, and with --follow those that come later."""

from collections.abc import Iterable
from itertools import islice
from pathlib import Path

import click
import msgspec
from msgspec import UNSET

from mockwave.cli.client import connect
from mockwave.cli.command_options import client_options, json_option, option
from mockwave.cli.tables import print_json, print_table
from mockwave.client.log_calls import LogFilter
from mockwave.model import LogEntry


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
    wanted = LogFilter(
        method=method, path=path, status=status, route_id=route, matched=matched, since=since, until=until
    )
    with connect(data_dir, server_url, token) as client:
        mock_server_id = client.find_server(server).id
        newest_first = islice(client.iterate_logs(mock_server_id, page_entries=limit, **wanted), limit)
        entries = list(newest_first)[::-1]
        if follow:
            _print_lines(entries, as_json)
            for entry in client.follow(mock_server_id, after=entries[-1].id if entries else "", **wanted):
                _print_lines([entry], as_json)
        elif as_json:
            print_json(entries)
        else:
            print_table(("TIME", "METHOD", "PATH", "STATUS", "TOOK", "ROUTE"), [_cells(entry) for entry in entries])


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
