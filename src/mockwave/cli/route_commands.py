"""`mockwave routes SERVER`."""

from pathlib import Path

import click

from mockwave.cli.client import connect
from mockwave.cli.command_options import client_options, json_option
from mockwave.cli.tables import print_json, print_table


@click.command()
@click.argument("server")
@client_options
@json_option
def command(server: str, data_dir: Path | None, server_url: str | None, token: str | None, as_json: bool) -> None:
    """List the routes of a mock server, given by id or by name."""
    with connect(data_dir, server_url, token) as client:
        routes = client.list_routes(client.find_server(server).id)
    if as_json:
        print_json(routes)
        return
    rows = [
        (
            route.method,
            route.path,
            route.status_code,
            route.content_type or "",
            f"{route.delay} ms" if route.delay else "",
            "generated" if route.generated else "custom",
            route.id,
        )
        for route in routes
    ]
    print_table(("METHOD", "PATH", "STATUS", "CONTENT TYPE", "DELAY", "SOURCE", "ID"), rows)
