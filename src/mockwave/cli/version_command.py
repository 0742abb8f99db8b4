"""`mockwave version`, and `mockwave --version`."""

import platform
from importlib.metadata import PackageNotFoundError, version

import click


@click.command()
def command() -> None:
    """Print the versions of mockwave and of what it runs on."""
    click.echo(describe_versions())


def describe_versions() -> str:
    try:
        own = version("mockwave")
    except PackageNotFoundError:
        own = "0.0.0+checkout"  # run from a checkout, not installed
    return f"mockwave {own} (granian {version('granian')}, Python {platform.python_version()})"
