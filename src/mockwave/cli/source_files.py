"""What a command imports: a file, standard input, or a folder, which is sent as one archive.

A folder is read without leaving it: a link that leads out is refused, whatever it leads to. What is sent is bounded
before it is read, since the server would refuse it anyway.
"""

import io
import os
import sys
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NoReturn

from msgspec import Struct

from mockwave.settings import MAX_SPECIFICATION_BYTES

STANDARD_INPUT = "-"
MAXIMUM_FILES = 20_000
HIDDEN = frozenset((".git", ".hg", ".svn", ".DS_Store", "__MACOSX", "node_modules"))


class CannotRead(Exception):
    """A source that cannot be sent; the text says why."""


class Source(Struct, frozen=True):
    """What is sent of a source, and what it is called."""

    name: str
    content: bytes


def read_source(path: str, beside: Sequence[Path] = ()) -> Source:
    """The source, with the files `beside` it, which make it an archive. Raises CannotRead."""
    if path == STANDARD_INPUT:
        content = sys.stdin.buffer.read(MAX_SPECIFICATION_BYTES + 1)
        _refuse_size(path, len(content))
        return Source("", content)
    file = Path(path)
    if _is_folder(file):
        return Source(file.resolve().name, _pack(file, list(_walk(file)), beside))
    if beside:
        return Source(file.name, _pack(file.parent, [file], beside))
    return Source(file.name, _read(file))


def _is_folder(file: Path) -> bool:
    try:
        return file.is_dir()
    except OSError as error:  # the folder that it is in may not be entered
        raise CannotRead(f"{file}: {error.strerror}") from None


def _read(file: Path) -> bytes:
    try:
        _refuse_size(str(file), file.stat().st_size)
        return file.read_bytes()
    except OSError as error:
        raise CannotRead(f"{file}: {error.strerror}") from None


def _refuse_size(name: str, size: int) -> None:
    if size > MAX_SPECIFICATION_BYTES:
        raise CannotRead(f"{name}: {size:,} bytes; a file of mocks may have {MAX_SPECIFICATION_BYTES:,}")


def _walk(folder: Path) -> Iterator[Path]:
    """The files of a folder, in the order of their names. Raises CannotRead."""

    def refuse(error: OSError) -> NoReturn:
        raise CannotRead(f"{error.filename}: {error.strerror}") from None

    root = folder.resolve()
    for parent, names, files in os.walk(folder, onerror=refuse):
        names[:] = sorted(name for name in names if name not in HIDDEN)
        for name in (*names, *files):
            path = Path(parent, name)
            if path.is_symlink() and not _leads_into(root, path):
                raise CannotRead(f"{path}: a link that leads out of {folder}; put what it leads to there itself")
        for name in sorted(set(files) - HIDDEN):
            path = Path(parent, name)
            if path.exists() and not path.is_file():  # a pipe would be waited for
                raise CannotRead(f"{path}: not a file, but a pipe, a socket or a device")
            yield path


def _leads_into(root: Path, link: Path) -> bool:
    try:
        return link.resolve().is_relative_to(root)
    except RuntimeError:  # a link that leads to itself
        raise CannotRead(f"{link}: a link that leads to itself") from None


def _pack(root: Path, files: Sequence[Path], beside: Sequence[Path]) -> bytes:
    """The files as a zip archive, by their paths in the folder."""
    if len(files) > MAXIMUM_FILES:
        raise CannotRead(f"{root}: {len(files):,} files; a folder of mocks may have {MAXIMUM_FILES:,}")
    packed = io.BytesIO()
    size = 0
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for file, name in (
            *((file, file.relative_to(root).as_posix()) for file in files),
            *((file, f"environments/{number}-{file.name}") for number, file in enumerate(beside)),
        ):
            content = _read(file)
            size += len(content)
            _refuse_size(str(root), size)
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return packed.getvalue()
