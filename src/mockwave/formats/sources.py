"""Bytes received → files: compressed bytes are unpacked within bounds, and an archive becomes a folder.

A compressed file may unpack to a thousand times its size, so the limit for uncompressed files applies to the result. An
archive is a folder in one piece: its names must lead into it, and a link in it is refused.
"""

import codecs
import io
import posixpath
import stat
import zipfile
import zlib
from typing import Final

from mockwave.formats.notes import refuse

MAXIMUM_FILES: Final = 20_000
PIECE_BYTES: Final = 1 << 16

# The first bytes of files in compressions that are not supported.
REFUSED: Final = {
    b"\x28\xb5\x2f\xfd": "zstd",
    b"BZh": "bzip2",
    b"\xfd7zXZ\x00": "xz",
    b"7z\xbc\xaf": "7-Zip",
    b"Rar!": "RAR",
}
ZLIB_HEADS: Final = (b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda")
GZIP_HEAD: Final = b"\x1f\x8b"
ZIP_HEADS: Final = (b"PK\x03\x04", b"PK\x05\x06")  # the second of an archive without files
NOISE: Final = ("__MACOSX", ".git", ".DS_Store", "Thumbs.db")


def unpack(data: bytes, name: str, limit_bytes: int) -> dict[str, bytes]:
    """Returns the files by their paths: those of an archive, otherwise one of that name. Raises SpecificationError."""
    if data.startswith((GZIP_HEAD, *ZLIB_HEADS)):
        data = _inflate(data, limit_bytes)
        name = name.removesuffix(".gz")
    for head, method in REFUSED.items():
        if data.startswith(head):
            refuse("", f"the file is compressed by {method}; send it as it is, or compressed by gzip")
    if data.startswith(ZIP_HEADS):
        return _unpack_zip(data, limit_bytes)
    if _is_tar(data):
        refuse("", "the file is a tar archive; send the folder as a zip archive (mockwave import FOLDER does)")
    return {name: data}


def _inflate(data: bytes, limit_bytes: int) -> bytes:
    """Returns the content of gzip (RFC 1952) or zlib (RFC 1950); several gzip members are concatenated."""
    pieces: list[bytes] = []
    size = 0
    left = data
    while left:
        inflating = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)
        while not inflating.eof:
            try:
                piece = inflating.decompress(left, PIECE_BYTES)
            except zlib.error as error:
                refuse("", f"the compressed file cannot be unpacked: {error}", error)
            left = inflating.unconsumed_tail
            if not piece and not left and not inflating.eof:
                refuse("", "the compressed file ends too early")
            size += len(piece)
            if size > limit_bytes:
                _refuse_size(limit_bytes)
            pieces.append(piece)
        left = inflating.unused_data if inflating.unused_data.startswith(GZIP_HEAD) else b""
    return b"".join(pieces)


def _unpack_zip(data: bytes, limit_bytes: int) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    left_bytes = limit_bytes
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            if len(entries) > MAXIMUM_FILES:
                refuse("", f"expected at most {MAXIMUM_FILES} files in a folder, got {len(entries)}")
            for entry in entries:
                path = _check_name(entry)
                if entry.is_dir() or any(part in NOISE for part in path.split("/")):
                    continue
                with archive.open(entry) as stream:
                    content = stream.read(left_bytes + 1)
                left_bytes -= len(content)
                if left_bytes < 0:
                    _refuse_size(limit_bytes)
                files[path] = content
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, zlib.error, OSError, ValueError) as error:
        refuse("", f"the archive cannot be unpacked: {error}", error)
    if not files:
        refuse("", "the archive holds no file")
    return files


def _check_name(entry: zipfile.ZipInfo) -> str:
    """Returns the path of an entry; it leads into the folder."""
    name = entry.filename.replace("\\", "/")
    if stat.S_ISLNK(entry.external_attr >> 16):
        refuse(name[:200], "is a link; a folder is read without following any, so put the file there itself")
    path = posixpath.normpath(name)
    if name.startswith("/") or ":" in name.split("/")[0] or path == ".." or path.startswith("../"):
        refuse(name[:200], "leads out of the folder")
    return path


def _is_tar(data: bytes) -> bool:
    return data[257:262] == b"ustar"


def _refuse_size(limit_bytes: int) -> None:
    refuse("", f"the file holds more than {limit_bytes:,} bytes once it is unpacked, which is the limit")


def decode_text(data: bytes, place: str) -> bytes:
    """Returns a text file in UTF-8 without a byte order mark. Raises SpecificationError."""
    if data.startswith(codecs.BOM_UTF8):
        return data[len(codecs.BOM_UTF8) :]
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        try:
            return data.decode("utf-16").encode()
        except UnicodeDecodeError as error:
            refuse(place, f"not text in UTF-16 (byte {error.start} is {error.reason})", error)
    return data
