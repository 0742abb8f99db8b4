"""`mockwave servers`."""

from pathlib import Path

import click
from msgspec import UNSET

from mockwave.cli.client import connect
from mockwave.cli.command_options import client_options, json_option, option
from mockwave.cli.tables import print_json, print_table


@click.command()
@client_options
@option("--workspace", help="Only servers of this workspace.")
@json_option
def command(
    data_dir: Path | None, server_url: str | None, token: str | None, workspace: str | None, as_json: bool
) -> None:
    """List the mock servers."""
    with connect(data_dir, server_url, token) as client:
        servers = client.list_servers(workspace or "")
    if as_json:
        print_json(servers)
        return
    rows = [
        (
            server.id,
            server.name,
            server.workspace_id,
            server.status,
            "" if server.route_count is UNSET else server.route_count,
            server.url,
        )
        for server in servers
    ]
    print_table(("ID", "NAME", "WORKSPACE", "STATUS", "ROUTES", "URL"), rows)
