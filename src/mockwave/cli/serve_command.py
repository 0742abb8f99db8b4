"""`mockwave serve [SPEC…]`: the server itself. Options become Settings; options that cannot work are reported before
anything starts."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mockwave.cli.command_options import name_as_given, server_options
from mockwave.cli.specification_commands import SpecificationFile, read_specification_file
from mockwave.options import OptionError, build_settings
from mockwave.server.loading import loading
from mockwave.settings import Settings

if TYPE_CHECKING:
    from mockwave.server.presence import RunningServer


@click.command()
@click.argument("specifications", metavar="[SPEC]...", nargs=-1, type=click.Path(path_type=Path))
@server_options
@click.pass_context
def command(context: click.Context, /, specifications: tuple[Path, ...], **given: Any) -> int:
    """Serve mocks and the management API, with a mock server for each OpenAPI document SPEC.

    Without SPEC, serve what the data folder holds. A SPEC that was served before on the same data folder, by its path,
    updates the mock server that it made; routes changed by hand stay.
    """
    files = [read_specification_file(path) for path in specifications]
    values = {key: value for key, value in given.items() if value not in (None, ())}
    try:
        settings = build_settings(
            values, lambda entry: name_as_given(context, entry), workers=len(os.sched_getaffinity(0))
        )
    except OptionError as error:
        raise click.UsageError(str(error)) from None
    return _run(settings, files)


def _run(settings: Settings, files: list[SpecificationFile]) -> int:
    # Imported here, because everything above can refuse without granian, which takes most of the start-up time.
    with loading():
        from mockwave.server.run import run_server

    return run_server(settings, lambda server, final: _announce(server, final, files))


def _announce(server: "RunningServer", settings: Settings, files: list[SpecificationFile]) -> None:
    # Imported here, in the announcing thread, because the client takes long to load, and workers start meanwhile.
    from mockwave.cli.announcement import announce

    announce(server, settings, files)
