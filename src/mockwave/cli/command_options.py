"""Options of commands; each is also an environment variable. The options of a server are in the table of
mockwave.options.

A value that an option does not accept is reported in one line, which names the option, or the variable if the value
came from there.
"""

from collections.abc import Callable
from typing import Any, TypeVar

import click
from click.core import ParameterSource

from mockwave.option_values import FLAG, Kind, OptionError
from mockwave.options import OPTIONS, Option, find_option

Command = TypeVar("Command", bound=Callable[..., Any])


class KindType(click.ParamType[Any]):
    """A Kind for click."""

    def __init__(self, kind: Kind) -> None:
        self.name = kind.metavar
        self._kind = kind

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if not isinstance(value, str):
            return value
        try:
            return self._kind.read(value)
        except OptionError as error:
            raise click.UsageError(f"{_name_of(param, ctx)}: {error}", ctx) from None


class FlagType(click.types.BoolParamType):
    """KindType for flags: click treats an option as a flag if it has this type."""

    convert = KindType(FLAG).convert


def option(*declarations: str, **attributes: Any) -> Callable[[Command], Command]:
    """click.option, with an environment variable named after its long name: --data-dir, MOCKWAVE_DATA_DIR.

    A `kind` sets click's type and metavar.
    """
    long_name = next(declaration for declaration in declarations if declaration.startswith("--")).partition("/")[0]
    variable = f"MOCKWAVE_{long_name[2:].upper().replace('-', '_')}"
    kind = attributes.pop("kind", None)
    if kind is not None:
        attributes = {"type": KindType(kind), "metavar": kind.metavar, **attributes}
    if attributes.get("is_flag"):
        attributes = {"type": FlagType(), **attributes}
    attributes = {"show_default": attributes.get("default") not in (None, ""), **attributes}
    return click.option(*declarations, envvar=variable, **attributes)


def server_option(name: str) -> Callable[[Command], Command]:
    """An option of the table, for a command that takes the value as read, or None."""
    entry = find_option(name)
    if entry.kind is FLAG:
        return option(entry.flag, is_flag=True, default=None, help=entry.help)
    default = f"  [default: {entry.shown_default}]" if entry.shown_default else ""
    return option(entry.flag, kind=entry.kind, multiple=entry.is_repeatable, help=entry.help + default)


def server_options(command: Command) -> Command:
    """Adds all options of the table, in its order; the command receives them by their keys."""
    for entry in reversed(OPTIONS):
        command = server_option(entry.name)(command)
    return command


def name_as_given(context: click.Context, entry: Option) -> str:
    """--name, or the variable if the value came from there."""
    source = context.get_parameter_source(entry.key)
    return entry.variable if source is ParameterSource.ENVIRONMENT else entry.flag


def _name_of(param: click.Parameter | None, ctx: click.Context | None) -> str:
    if param is None or param.name is None:
        return "value"
    if ctx is not None and ctx.get_parameter_source(param.name) is ParameterSource.ENVIRONMENT:
        return str(param.envvar)
    return param.opts[0] if param.param_type_name == "option" else param.name


data_dir_option = server_option("data-dir")
jwt_secret_option = server_option("jwt-secret")
audience_option = server_option("audience")
issuer_option = server_option("issuer")


def json_option(command: Command) -> Command:
    return option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")(command)


def since_option(command: Command) -> Command:
    return option("--since", help="Only from this time on (RFC 3339), such as 2026-01-31T12:00:00Z.")(command)


def client_options(command: Command) -> Command:
    """Adds the options that say where the server is. The command receives them as `data_dir`, `server_url` and
    `token`."""
    for decorate in (
        option("--token", help="Bearer token.", show_default="one made from the data folder's secret"),
        option(
            "--server",
            "server_url",
            metavar="URL",
            show_default="the one that runs on the data folder",
            help="Base URL of the server.",
        ),
        data_dir_option,
    ):
        command = decorate(command)
    return command
