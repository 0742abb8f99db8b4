"""`mockwave import FILE|DIRECTORY|-…`: makes the mock servers that files of any format describe. A refused file does
not stop the others."""

import sys
from pathlib import Path

import click
from msgspec import UNSET, Struct

from mockwave.cli.client import connect, describe_failure
from mockwave.cli.command_options import client_options, json_option, option
from mockwave.cli.source_files import CannotRead, read_source
from mockwave.cli.specification_commands import LOCAL_WORKSPACE
from mockwave.cli.tables import print_json, print_table
from mockwave.client.clients import MockwaveClient
from mockwave.client.errors import MockwaveError
from mockwave.model import FileReport, ImportProblem, MockServer

MAXIMUM_LINES = 20
"""How many lines are printed about one file; --json shows all."""


class Imported(Struct, rename="camel", omit_defaults=True):
    """The result of importing one source; `mock_server` is set if it made exactly one."""

    file: str
    format: str = ""
    dry_run: bool = False
    mock_server: MockServer | None = None
    mock_servers: list[MockServer] = []
    report: FileReport | None = None
    errors: list[str] = []


class Wishes(Struct, frozen=True):
    """What the command line says about all sources."""

    workspace: str
    format: str
    name: str
    host: str
    environments: tuple[Path, ...]
    dry_run: bool


@click.command()
@click.argument("sources", metavar="FILE|DIRECTORY|-...", nargs=-1, required=True)
@client_options
@option("--workspace", default=LOCAL_WORKSPACE, help="Workspace of the new mock servers.")
@option("--format", "format_name", metavar="FORMAT", help="The format, if it cannot be recognised.")
@option("--name", help="Name of the mock server, instead of the file's name.")
@option("--host", help="Which host of a recording to mock.", show_default="the one called most")
@option(
    "--environment",
    "environments",
    multiple=True,
    type=click.Path(path_type=Path),
    help="A Postman environment, for the variables of a collection; may be given more than once.",
)
@option("--dry-run", is_flag=True, help="Report what would be made, but make nothing.")
@json_option
def command(
    sources: tuple[str, ...],
    data_dir: Path | None,
    server_url: str | None,
    token: str | None,
    workspace: str,
    format_name: str | None,
    name: str | None,
    host: str | None,
    environments: tuple[Path, ...],
    dry_run: bool,
    as_json: bool,
) -> int:
    """Create mock servers from files, on a running server.

    OpenAPI and Swagger documents, Postman collections, Insomnia files, HTTP archives (HAR), WireMock mappings, Mockoon
    environments, MockServer expectations, Hoverfly simulations, mountebank imposters and Pact files; a folder of them;
    or standard input (-).

    Exits with 1 if any file could not be imported; the others are imported.
    """
    wishes = Wishes(workspace, format_name or "", name or "", host or "", environments, dry_run)
    progress = click.progressbar(sources, label="importing", file=sys.stderr, hidden=len(sources) < 2)
    with connect(data_dir, server_url, token) as client, progress:
        results = [_import_source(client, source, wishes) for source in progress]
    if as_json:
        print_json(results)
    else:
        _print_results(results)
    return 1 if any(result.errors for result in results) else 0


def _import_source(client: MockwaveClient, source: str, wishes: Wishes) -> Imported:
    try:
        read = read_source(source, wishes.environments)
        made = client.import_mocks(
            read.content,
            format=wishes.format,
            name=wishes.name,
            workspace_id=wishes.workspace,
            dry_run=wishes.dry_run,
            host=wishes.host,
            file_name=read.name,
        )
    except CannotRead as error:
        return Imported(file=source, errors=[str(error)])
    except MockwaveError as error:
        return Imported(file=source, errors=[f"{source}: {line}" for line in describe_failure(error)])
    return Imported(
        file=source,
        format=made.format,
        dry_run=made.dry_run,
        mock_server=made.mock_servers[0] if len(made.mock_servers) == 1 else None,
        mock_servers=made.mock_servers,
        report=made.report,
    )


def _print_results(results: list[Imported]) -> None:
    rows = [_cells(server, result) for result in results for server in result.mock_servers]
    if rows:
        print_table(("NAME", "ROUTES", "LEFT OUT", "ID", "URL"), rows)
    for result in results:
        _tell_report(result)
        for line in result.errors:
            click.echo(f"mockwave: error: {line}", err=True)
    done = sum(not result.errors for result in results)
    verb = "would import" if any(result.dry_run for result in results) else "imported"
    click.echo(f"{verb} {done} of {len(results)} files", err=True)


def _tell_report(result: Imported) -> None:
    """Prints to stderr what differs from the file."""
    report = result.report
    if report is None:
        return
    if result.dry_run:
        click.echo(f"{result.file}: {result.format}: {report.routes} routes, {report.rules} rules")
    lines = [
        *_lines(result.file, "left out", report.left_out),
        *_lines(result.file, "changed", report.changed),
    ]
    for line in lines[:MAXIMUM_LINES]:
        click.echo(line, err=True)
    if len(lines) > MAXIMUM_LINES:
        click.echo(f"{result.file}: {len(lines) - MAXIMUM_LINES} more such lines (--json shows all)", err=True)


def _lines(file: str, what: str, problems: list[ImportProblem]) -> list[str]:
    return [f"{file}: {what}: {f'{each.pointer}: ' if each.pointer else ''}{each.message}" for each in problems]


def _cells(server: MockServer, result: Imported) -> tuple[object, ...]:
    left_out = len(result.report.left_out) if result.report is not None and len(result.mock_servers) == 1 else 0
    report = server.import_report
    routes = server.route_count if server.route_count is not UNSET else ""
    if report is not UNSET:
        left_out += len(report.problems)
    return (server.name, routes, left_out, server.id, server.url)
