"""The command line: one file per command, loaded when its command runs, so that no command pays for the others.
`version_command.py` is the shortest.

Every error ends here as one line, `mockwave: error: …`, on stderr. Exit code 2 means that the command cannot be carried
out as given; 1 means that it was tried and failed.
"""

import importlib
import os
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

import click

from mockwave.errors import ForeseenError

INTERRUPTED_EXIT_CODE = 130

COMMANDS: dict[str, str] = {
    "serve": "mockwave.cli.serve_command",
    "stop": "mockwave.cli.stop_command",
    "token": "mockwave.cli.token_command",
    "import": "mockwave.cli.import_command",
    "export": "mockwave.cli.export_command",
    "servers": "mockwave.cli.server_commands",
    "routes": "mockwave.cli.route_commands",
    "logs": "mockwave.cli.log_commands",
    "verify": "mockwave.cli.verify_command",
    "doctor": "mockwave.cli.doctor_command",
    "version": "mockwave.cli.version_command",
}
"""Command → the module that defines it, as `command`."""


class CommandTable(click.Group):
    """The commands of COMMANDS, in that order."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        module = COMMANDS.get(cmd_name)
        if module is None:
            return None
        command: click.Command = importlib.import_module(module).command
        return command


def _print_version(context: click.Context, _: click.Parameter, is_asked: bool) -> None:
    if is_asked and not context.resilient_parsing:
        click.echo(importlib.import_module(COMMANDS["version"]).describe_versions())
        context.exit()


@click.command(cls=CommandTable, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_version,
    help="Show the versions of mockwave and of what it runs on, and exit.",
)
def mockwave() -> None:
    """A mock API server whose mocks answer at the speed of the HTTP server under it, with every request on record.

    Every option can also be given as an environment variable: --data-dir as MOCKWAVE_DATA_DIR, and so on.
    """


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Runs the command line and exits."""
    try:
        exit_code: Any = mockwave.main(arguments, prog_name="mockwave", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message())
        exit_code = 2
    except click.UsageError as error:
        exit_code = _report(_with_help(error), 2)
    except ForeseenError as error:
        exit_code = _report(str(error), error.exit_code)
    except click.ClickException as error:
        exit_code = _report(str(error), 2)
    except (click.Abort, KeyboardInterrupt):
        exit_code = INTERRUPTED_EXIT_CODE
    except BrokenPipeError:
        # The reader of our output has gone; there is nobody to tell, and nothing left to flush.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        exit_code = 1
    sys.exit(exit_code or 0)


def _report(message: str, exit_code: int) -> int:
    for line in message.splitlines():
        click.echo(f"mockwave: error: {line}", err=True)
    return exit_code


def _with_help(error: click.UsageError) -> str:
    command = error.ctx.command_path if error.ctx is not None else "mockwave"
    message = " ".join(error.format_message().split())
    return f"{message.rstrip('.')} (see `{command} --help`)"
