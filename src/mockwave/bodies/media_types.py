"""Media types as documents name them: which can be sent, and which ones a range covers. `syntaxes.py` says how values
are written in each.

Ranges (`application/*`) are keys of a `content` map too (OpenAPI 3.1 §4.8.17). One type of the range has to be sent, by
default the one listed here (`media_ranges`). A name that is not a media type by RFC 9110 §8.3.1 cannot be sent, unless
it is a word that can only mean one (`json`).
"""

import re
from collections.abc import Sequence
from typing import Final

from mockwave.http_grammar import TOKEN

_MEDIA_TYPE = re.compile(rf"({TOKEN})/({TOKEN})((?:\s*;\s*(?:{TOKEN}=(?:{TOKEN}|\"[^\"\x00-\x1f\x7f]*\"))?)*)\s*")

# The type that is sent for a range of media types.
RANGES: Final[dict[str, str]] = {
    "*/*": "application/json",
    "application/*": "application/json",
    "audio/*": "audio/mpeg",
    "font/*": "font/woff2",
    "haptics/*": "haptics/ivs",
    "image/*": "image/png",
    "image/*+xml": "image/svg+xml",
    "message/*": "message/rfc822",
    "model/*": "model/stl",
    "model/*+json": "model/gltf+json",
    "multipart/*": "multipart/mixed",
    "text/*": "text/plain",
    "video/*": "video/mp4",
}

# Words that are not media types, as generators and people write them, and the types that they mean.
MEANT: Final[dict[str, str]] = {
    "*": "*/*",
    "applicationjson": "application/json",
    "applicationxml": "application/xml",
    "binary": "application/octet-stream",
    "csv": "text/csv",
    "form": "application/x-www-form-urlencoded",
    "form-data": "multipart/form-data",
    "formdata": "multipart/form-data",
    "gif": "image/gif",
    "html": "text/html",
    "javascript": "text/javascript",
    "jpeg": "image/jpeg",
    "jpg": "image/jpeg",
    "json": "application/json",
    "multipart": "multipart/form-data",
    "octet-stream": "application/octet-stream",
    "pdf": "application/pdf",
    "plain": "text/plain",
    "png": "image/png",
    "svg": "image/svg+xml",
    "text": "text/plain",
    "txt": "text/plain",
    "urlencoded": "application/x-www-form-urlencoded",
    "x-www-form-urlencoded": "application/x-www-form-urlencoded",
    "xml": "application/xml",
    "yaml": "application/yaml",
    "yml": "application/yaml",
    "zip": "application/zip",
}


def find_meant(name: str) -> str:
    """The media type or range that `name`, which is not one, means; "" if that is unclear."""
    word = name.partition(",")[0].strip().strip("\"'").rstrip("; ").strip()  # a list names the best first
    essence, *parameters = word.split(";", 1)
    meant = ";".join((MEANT.get(essence.strip().lower().removeprefix("."), essence), *parameters))
    if "/" not in meant and "+" in meant:
        meant = f"application/{meant}"  # a suffix (RFC 6838 §4.2.8)
    if _MEDIA_TYPE.fullmatch(meant) is None:
        meant = essence_of(meant)  # its parameters are invalid
    return meant if meant.isascii() and _MEDIA_TYPE.fullmatch(meant) is not None else ""


def sendable_media_type(name: str) -> str | None:
    """The media type to send for `name`, a media type or a range; None if it is neither."""
    match = _MEDIA_TYPE.fullmatch(name.strip())
    if match is None or not name.isascii():
        return None
    media_range = range_of(name)
    return _type_within(media_range) + match[3].rstrip() if media_range else name.strip()


def _type_within(media_range: str) -> str:
    """The type that is sent for `media_range`; for the range of a syntax (`application/*+json`), that syntax itself
    (RFC 6838 §4.2.8)."""
    if media_range in RANGES:
        return RANGES[media_range]
    kind, _, subtype = media_range.partition("/")
    _, plus, suffix = subtype.rpartition("+")
    is_of_syntax = plus and suffix and "*" not in suffix
    return f"{'application' if '*' in kind else kind}/{suffix if is_of_syntax else 'octet-stream'}"


def range_of(name: str) -> str:
    """The range that `name` names, in lower case, without parameters; "" if it is a single type."""
    if "*" not in name:
        return ""
    essence = essence_of(name)
    return essence if "*" in essence else ""


def essence_of(media_type: str) -> str:
    """Type and subtype of `media_type`, in lower case, without parameters."""
    return media_type.partition(";")[0].strip().lower()


def covers(media_range: str, media_type: str) -> bool:
    """Whether `media_type` is in `media_range`. Parameters do not count."""
    return closeness(media_range, media_type) > 0


def closeness(media_range: str, media_type: str) -> int:
    """How narrowly `media_range` covers `media_type`; 0 if it does not."""
    wanted, given = essence_of(media_range), essence_of(media_type)
    if wanted == given:
        return 4
    wanted_type, _, wanted_subtype = wanted.partition("/")
    given_type, _, given_subtype = given.partition("/")
    if wanted_type not in ("*", given_type) or not given_subtype:
        return 0
    if wanted_subtype.startswith("*+"):
        return 3 if given_subtype.endswith(wanted_subtype[1:]) else 0
    if wanted_subtype != "*":
        return 0
    return 2 if wanted_type != "*" else 1


def choose_range(media_ranges: Sequence[str], media_type: str) -> int | None:
    """The index of the narrowest range that covers `media_type`; None if there is none."""
    best = max(range(len(media_ranges)), key=lambda index: closeness(media_ranges[index], media_type), default=None)
    return None if best is None or not closeness(media_ranges[best], media_type) else best


class DeclaredRanges:
    """Media types and ranges, looked up by the types they cover: `choose_range` for many media types."""

    def __init__(self, names: Sequence[str]) -> None:
        self._indices: dict[str, int] = {}
        for index, name in enumerate(names):
            self._indices.setdefault(essence_of(name), index)

    def nearest(self, media_type: str) -> int | None:
        """The index of the narrowest range that covers `media_type`; None if there is none."""
        essence = essence_of(media_type)
        kind, _, subtype = essence.partition("/")
        if essence in self._indices or not subtype:
            return self._indices.get(essence)
        suffixes = [subtype[start:] for start, character in enumerate(subtype) if character == "+"]
        of_syntax = [f"{each}/*{suffix}" for suffix in suffixes for each in (kind, "*")]
        for names in (of_syntax, [f"{kind}/*"], ["*/*"]):
            found = [self._indices[name] for name in names if name in self._indices]
            if found:
                return min(found)
        return None


def is_shadowed(media_range: str, media_type: str, declared: Sequence[str]) -> bool:
    """Whether `declared` has a more specific key for `media_type` than `media_range` ("" if that is not a range)."""
    nearest = choose_range(declared, media_type) if media_range else None
    return nearest is not None and essence_of(declared[nearest]) != media_range
