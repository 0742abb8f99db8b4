"""Specification files: read here, understood only by the server."""

import codecs
from pathlib import Path

import click
from msgspec import Struct

from mockwave.settings import MAX_SPECIFICATION_BYTES

LOCAL_WORKSPACE = "wrk_local"
"""Workspace of everything that the command line creates, unless another one is named."""


class SpecificationFile(Struct, frozen=True):
    path: Path
    text: str

    @property
    def name(self) -> str:
        """Name of the mock server made from it."""
        return self.path.stem


def read_specification_file(path: Path) -> SpecificationFile:
    """Raises ClickException if the file cannot be read, is too large, or is not text."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise click.ClickException(f"{path}: {error.strerror}") from None
    if len(content) > MAX_SPECIFICATION_BYTES:
        raise click.ClickException(
            f"{path}: {len(content):,} bytes; a specification may have {MAX_SPECIFICATION_BYTES:,}"
        )
    # YAML 1.2 §5.2: UTF-8, or UTF-16 with a byte order mark.
    is_utf16 = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        return SpecificationFile(path, content.decode("utf-16" if is_utf16 else "utf-8-sig"))
    except UnicodeDecodeError as error:
        raise click.ClickException(f"{path}: not text in UTF-8 (byte {error.start} is {error.reason})") from None
