"""`mockwave logs SERVER`: the newest entries, oldest first, and with --follow the entries that come later."""

from pathlib import Path

import click
import msgspec
from msgspec import UNSET

from mockwave.cli.client import connect
from mockwave.cli.command_options import client_options, json_option, option, since_option
from mockwave.cli.followed_logs import follow_stream, read_newest
from mockwave.cli.tables import print_json, print_table
from mockwave.client.log_calls import LogFilter
from mockwave.model import LogEntry


@click.command()
@click.argument("server")
@client_options
@option("--follow", "-f", is_flag=True, help="Keep printing entries as they come.")
@option("--limit", "-n", type=click.IntRange(1, 1000), default=50, help="Number of entries to show.")
@option("--method", help="Only this method.")
@option("--path", help="Only this path; a * at the end matches anything.")
@option("--status", help="Only this status (404) or class of statuses (4xx).")
@option("--route", help="Only the route with this id.")
@option("--matched/--unmatched", default=None, help="Only requests that a route answered, or only the others.")
@since_option
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
        if follow:
            for entry in follow_stream(client, mock_server_id, limit, wanted):
                click.echo(msgspec.json.encode(entry) if as_json else "  ".join(cell for cell in _cells(entry) if cell))
            return
        entries = read_newest(client, mock_server_id, limit, wanted)
        if as_json:
            print_json(entries)
        else:
            print_table(("TIME", "METHOD", "PATH", "STATUS", "TOOK", "ROUTE"), [_cells(entry) for entry in entries])


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
