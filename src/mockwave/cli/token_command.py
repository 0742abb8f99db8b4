"""`mockwave token`: makes a token from the data folder's secret; no server needs to run."""

from pathlib import Path

import click

from mockwave.cli.command_errors import CommandFailed
from mockwave.cli.command_options import audience_option, data_dir_option, issuer_option, jwt_secret_option, option
from mockwave.data_folder import DataFolder
from mockwave.option_values import DURATION
from mockwave.settings import default_data_dir

TOKEN_LIVES = "30d"


@click.command()
@data_dir_option
@jwt_secret_option
@audience_option
@issuer_option
@option(
    "--workspace",
    "workspaces",
    multiple=True,
    help="A workspace that the bearer sees; by default all. May be repeated.",
)
@option("--scope", type=click.Choice(["read", "write"]), default="write", help="What the bearer may do.")
@option(
    "--expires",
    "expires_in_s",
    kind=DURATION,
    default=TOKEN_LIVES,
    help="How long the token is valid.",
)
def command(
    data_dir: Path | None,
    jwt_secret: str | None,
    audience: str | None,
    issuer: str | None,
    workspaces: tuple[str, ...],
    scope: str,
    expires_in_s: int,
) -> None:
    """Print a bearer token for the management API.

    Unless they are given, audience and issuer are those of the server that runs on the data folder.
    """
    # Imported here, because the help of all commands need not load cryptography.
    from mockwave.management.keys import KeyFileError, find_secret
    from mockwave.management.tokens import mint_token
    from mockwave.server.presence import find_running_server

    folder = DataFolder(data_dir or default_data_dir())
    try:
        folder.create()
        secret = find_secret(folder, jwt_secret or "")
    except OSError as error:
        raise CommandFailed(f"{error.filename}: {error.strerror}") from None
    except KeyFileError as error:
        raise CommandFailed(str(error)) from None
    running = find_running_server(folder)
    click.echo(
        mint_token(
            secret,
            workspaces=workspaces or None,
            scope=scope,
            expires_in_s=expires_in_s,
            subject="mockwave token",
            audience=audience or (running.audience if running else ""),
            issuer=issuer or (running.issuer if running else ""),
        )
    )
