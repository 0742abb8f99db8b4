"""`mockwave import FILE…`: one mock server per document; a document that is refused does not stop the others."""

import sys
from pathlib import Path

import click
from msgspec import UNSET, Struct

from mockwave.cli.client import connect, describe_failure
from mockwave.cli.command_options import client_options, json_option, option
from mockwave.cli.specification_commands import LOCAL_WORKSPACE, read_specification_file
from mockwave.cli.tables import print_json, print_table
from mockwave.client.clients import MockwaveClient
from mockwave.client.errors import MockwaveError
from mockwave.model import MockServer, MockServerCreate


class Imported(Struct, rename="camel", omit_defaults=True):
    """What became of one file."""

    file: str
    mock_server: MockServer | None = None
    errors: list[str] = []


@click.command()
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path))
@client_options
@option("--workspace", default=LOCAL_WORKSPACE, help="Workspace of the new mock servers.")
@json_option
def command(
    files: tuple[Path, ...],
    data_dir: Path | None,
    server_url: str | None,
    token: str | None,
    workspace: str,
    as_json: bool,
) -> int:
    """Create a mock server from each OpenAPI document, on a running server.

    Exit code 1 if any of them could not be imported; the others are.
    """
    progress = click.progressbar(files, label="importing", file=sys.stderr, hidden=len(files) < 2)
    with connect(data_dir, server_url, token) as client, progress:
        results = [_import_file(client, path, workspace) for path in progress]
    if as_json:
        print_json(results)
    else:
        _print_results(results)
    return 1 if any(result.errors for result in results) else 0


def _import_file(client: MockwaveClient, path: Path, workspace: str) -> Imported:
    try:
        file = read_specification_file(path)
        server = client.create_server(MockServerCreate(name=file.name, workspace_id=workspace, specification=file.text))
    except click.ClickException as error:
        return Imported(file=str(path), errors=[error.message])
    except MockwaveError as error:
        return Imported(file=str(path), errors=[f"{path}: {line}" for line in describe_failure(error)])
    return Imported(file=str(path), mock_server=server)


def _print_results(results: list[Imported]) -> None:
    servers = [result.mock_server for result in results if result.mock_server is not None]
    if servers:
        print_table(("NAME", "ROUTES", "LEFT OUT", "ID", "URL"), [_cells(server) for server in servers])
    for result in results:
        for line in result.errors:
            click.echo(f"mockwave: error: {line}", err=True)
    click.echo(f"imported {len(servers)} of {len(results)} files", err=True)


def _cells(server: MockServer) -> tuple[object, ...]:
    report = server.import_report
    routes, left_out = ("", "") if report is UNSET else (report.routes, len(report.problems))
    return (server.name, routes, left_out, server.id, server.url)
