"""`mockwave version`."""

import platform
from importlib.metadata import version

import click


@click.command()
def command() -> None:
    """Print the versions of mockwave and of what it runs on."""
    click.echo(f"mockwave {version('mockwave')} (granian {version('granian')}, Python {platform.python_version()})")
