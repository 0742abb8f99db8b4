"""How a command gets a client of its server, and how a failed call ends the command."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mockwave.cli.command_errors import CommandFailed
from mockwave.client.clients import MockwaveClient
from mockwave.client.errors import MockwaveError, NoAnswer, Unauthorized
from mockwave.local_access import find_access
from mockwave.management.keys import KeyFileError


@contextmanager
def connect(data_dir: Path | None, server_url: str | None, token: str | None) -> Iterator[MockwaveClient]:
    """The client for the options of `client_options`. Errors name the options that help."""
    try:
        access = find_access(data_dir, server_url or "", token or "", subject="mockwave command")
        with MockwaveClient(access.url, access.token, tls=access.tls) as client:
            yield client
    except KeyFileError as error:
        raise CommandFailed(f"{error}; give a token with --token") from None
    except ValueError as error:
        raise CommandFailed(str(error)) from None
    except MockwaveError as error:
        raise CommandFailed("\n".join(describe_failure(error))) from None


def describe_failure(error: MockwaveError) -> list[str]:
    """What went wrong, a line for each fault, with the options that help, if any do."""
    hint = ""
    if isinstance(error, Unauthorized):
        hint = " (give the token of that server with --token, or its folder with --data-dir)"
    if isinstance(error, NoAnswer) and error.is_refused:
        hint = " (start one with `mockwave serve`, or name it with --server)"
    return [f"{line}{hint}" for line in str(error).splitlines()]
