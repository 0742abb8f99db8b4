"""`mockwave export SERVER --format FORMAT`: writes a mock server as a file to stdout, and what the format cannot
express to stderr."""

import sys
from pathlib import Path

import click
import msgspec

from mockwave.cli.client import connect
from mockwave.cli.command_errors import CommandFailed
from mockwave.cli.command_options import client_options, option
from mockwave.model import ImportProblem

FORMATS = ("openapi", "insomnia", "wiremock", "mockoon", "har", "postman")


@click.command()
@click.argument("server")
@option("--format", "format_name", type=click.Choice(FORMATS), required=True, help="Format of the file.")
@option("--output", type=click.Path(path_type=Path, dir_okay=False), help="Write to this file.", show_default="stdout")
@client_options
def command(
    server: str,
    format_name: str,
    output: Path | None,
    data_dir: Path | None,
    server_url: str | None,
    token: str | None,
) -> None:
    """Write a mock server (given by name or id) as a file: its routes with their rules, or for har its log.

    Standard error lists what the format cannot express.
    """
    with connect(data_dir, server_url, token) as client:
        reply = client.export_server(client.find_server(server).id, format_name)
    try:
        if output is None:
            sys.stdout.buffer.write(reply.body)
        else:
            output.write_bytes(reply.body)
    except OSError as error:
        raise CommandFailed(f"{output or 'stdout'}: {error.strerror}") from None
    count = int(reply.headers.get("mockwave-left-out", "0"))
    report = reply.headers.get("mockwave-left-out-report", "[]")
    problems = msgspec.json.decode(report, type=list[ImportProblem])
    for problem in problems:
        click.echo(f"left out: {problem.pointer}: {problem.message}", err=True)
    if count > len(problems):
        click.echo(f"left out: {count - len(problems)} more", err=True)
