"""The page: static files of one hash, which browsers keep for good, and the HTML that names them."""

import gzip
import hashlib
from functools import cache
from importlib.resources import files

from msgspec import Struct

MEDIA_TYPES = {
    ".html": b"text/html; charset=utf-8",
    ".js": b"text/javascript; charset=utf-8",
    ".css": b"text/css; charset=utf-8",
    ".svg": b"image/svg+xml",
}


class PageFile(Struct, frozen=True):
    """One file: its bytes, plain and compressed."""

    media_type: bytes
    content: bytes
    compressed: bytes


class PageFiles(Struct, frozen=True):
    """All files of the page, and the hash of what is in them."""

    version: str
    html: str
    by_name: dict[str, PageFile]


@cache
def read_page() -> PageFiles:
    """The files as they lie in the package; read at the first request for the page, once per process."""
    found = {}
    for file in sorted(files(__name__).iterdir(), key=lambda each: each.name):
        media_type = MEDIA_TYPES.get(f".{file.name.rpartition('.')[2]}")
        if media_type is not None:
            found[file.name] = media_type, file.read_bytes()
    digest = hashlib.sha256()
    for name, (_, content) in found.items():
        digest.update(b"%b %d\n" % (name.encode(), len(content)))
        digest.update(content)
    # All modules are asked for at once: each names others, and the browser would find them one after the other.
    preloads = [f'<link rel="modulepreload" href="/page/{{version}}/{name}">' for name in found if name.endswith(".js")]
    html = found.pop("index.html")[1].decode().replace("{preloads}", "\n    ".join(preloads))
    by_name = {
        name: PageFile(media_type, content, gzip.compress(content, mtime=0))
        for name, (media_type, content) in found.items()
    }
    return PageFiles(digest.hexdigest()[:16], html, by_name)
