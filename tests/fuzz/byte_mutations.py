"""Mutations of a file's bytes: other encodings, marks, compression, archives, and what cuts or breaks each of them.

They come after those of the tree and the text (`mutations.py`), and reach what unpacks and decodes a file.
"""

import codecs
import gzip
import io
import zipfile
import zlib
from collections.abc import Callable
from random import Random

ENCODINGS = ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "latin-1", "cp1252", "utf-7")
MARKS = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_LE, codecs.BOM_UTF8 * 2)
HEADS = (b"PK\x03\x04", b"\x1f\x8b", b"\x78\x9c", b"BZh", b"\x28\xb5\x2f\xfd", b"\x00", b" \n", b"//\n")
NAMES = ("a.json", "mappings/a.json", "__files/a.json", "../a.json", "/a.json", "C:\\a.json", "a/./b.json", "é.har")


def mutate_bytes(data: bytes, random: Random) -> bytes:
    """The bytes with one mutation or two."""
    for _ in range(random.randint(1, 2)):
        data = random.choice(BYTE_MUTATIONS)(data, random)
    return data


def cut(data: bytes, random: Random) -> bytes:
    return data[: random.randint(0, len(data))]


def flip(data: bytes, random: Random) -> bytes:
    changed = bytearray(data)
    for _ in range(random.choice((1, 3, 30)) if changed else 0):
        changed[random.randrange(len(changed))] = random.randrange(256)
    return bytes(changed)


def insert(data: bytes, random: Random) -> bytes:
    place = random.randint(0, len(data))
    return data[:place] + random.randbytes(random.choice((1, 2, 40))) + data[place:]


def mark(data: bytes, random: Random) -> bytes:
    return random.choice(MARKS) + data


def lead(data: bytes, random: Random) -> bytes:
    return random.choice(HEADS) + data


def encode(data: bytes, random: Random) -> bytes:
    return data.decode("utf-8", "replace").encode(random.choice(ENCODINGS), "replace")


def compress(data: bytes, random: Random) -> bytes:
    packed = random.choice((gzip.compress, zlib.compress))(data)
    return packed + (gzip.compress(data) if random.random() < 0.2 else b"")


def archive(data: bytes, random: Random) -> bytes:
    """A folder of the file under several names, some of which lead out of it or stand twice."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", random.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED))) as written:
        for name in {random.choice(NAMES) for _ in range(random.randint(1, 3))}:
            written.writestr(name, data)
    return packed.getvalue()


BYTE_MUTATIONS: tuple[Callable[[bytes, Random], bytes], ...] = (
    *(cut, flip, insert, mark, lead, encode, compress, archive),
)
