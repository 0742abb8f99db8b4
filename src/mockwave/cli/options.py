"""Options: each one an environment variable too, and the values they take beyond click's own types.

duration    a number and a unit: 30d, 12h, 15m, 45s
retention   a number of entries, or a duration
size        a number of bytes, or of K, M, G (1024 each): 64K, 16M
"""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click
from msgspec import Struct

UNITS_S: dict[str, int] = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
UNITS_BYTES: dict[str, int] = {"": 1, "K": 1024, "M": 1024**2, "G": 1024**3}

Command = TypeVar("Command", bound=Callable[..., Any])


def option(*declarations: str, **attributes: Any) -> Callable[[Command], Command]:
    """click.option, with the environment variable that its long name stands for: --data-dir, MOCKWAVE_DATA_DIR."""
    long_name = next(declaration for declaration in declarations if declaration.startswith("--")).partition("/")[0]
    variable = f"MOCKWAVE_{long_name[2:].upper().replace('-', '_')}"
    attributes = {"show_default": attributes.get("default") not in (None, ""), **attributes}
    return click.option(*declarations, envvar=variable, **attributes)


class Retention(Struct, frozen=True):
    """How much of a log is kept: a number of entries or an age; the other one is None."""

    entries: int | None = None
    age_s: int | None = None


def read_duration(text: str) -> int:
    """Seconds."""
    found = re.fullmatch(r"([0-9]{1,9})([smhdw])", text.strip())
    if found is None or int(found[1]) == 0:
        raise click.BadParameter(f"{text!r} is no duration; write a number and s, m, h, d or w, such as 12h")
    return int(found[1]) * UNITS_S[found[2]]


def read_retention(text: str) -> Retention:
    if re.fullmatch(r"[0-9]{1,15}", text.strip()):
        return Retention(entries=int(text))
    try:
        return Retention(age_s=read_duration(text))
    except click.BadParameter:
        raise click.BadParameter(
            f"{text!r} is neither a number of entries, such as 100000, nor an age, such as 7d"
        ) from None


def read_size(text: str) -> int:
    """Bytes."""
    found = re.fullmatch(r"([0-9]{1,12})([KMG]?)(?:i?B)?", text.strip(), re.IGNORECASE)
    if found is None:
        raise click.BadParameter(f"{text!r} is no size; write a number of bytes, or of K, M or G, such as 16M")
    return int(found[1]) * UNITS_BYTES[found[2].upper()]


def data_dir_option(command: Command) -> Command:
    return option(
        "--data-dir",
        type=click.Path(file_okay=False, path_type=Path),
        show_default="the user data folder of the platform",
        help="Folder of everything that is stored.",
    )(command)


def jwt_secret_option(command: Command) -> Command:
    return option(
        "--jwt-secret",
        default="",
        show_default="one made at first start, kept in the data folder",
        help="HS256 secret of tokens; better given as the environment variable, which other users cannot see.",
    )(command)


def token_party_options(command: Command) -> Command:
    """What tokens say of who they are for and who they come from. They arrive as `audience` and `issuer`."""
    for decorate in (
        option("--issuer", default="", help="Issuer of tokens (iss): others' are refused."),
        option("--audience", default="", help="Audience of tokens (aud): those for another, or for none, are refused."),
    ):
        command = decorate(command)
    return command


def json_option(command: Command) -> Command:
    return option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")(command)


def client_options(command: Command) -> Command:
    """Where the server is, for commands that call it. They arrive as `data_dir`, `server` and `token`."""
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
