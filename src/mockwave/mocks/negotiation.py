"""Content negotiation: which of a response's media types a request prefers (RFC 9110 §12.5.1).

A media type gets the quality of the most specific range that covers it; among equals the more specific range wins, then
the one named first, then the response's order. Parameters count: `application/json; version=2` covers only that
version.

Before a 406 is sent, looser matches are tried, as §12.5.1 allows. First a range covers its type without regard to
parameters (`application/json; charset=utf-8` covers `application/json`). Then JSON covers types that are JSON by their
suffix (RFC 6839 §3.1: `application/vnd.api+json`), XML likewise, and a range of a syntax (`application/*+json`) covers
that syntax itself. A type refused with q=0 is never sent.
"""

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from msgspec import Struct

from mockwave.mocks.header_lists import split_list

_PARAMETER = re.compile(r';\s*+([^\s;=,]++)\s*+=\s*+("(?:[^"\\]|\\.)*+"|[^\s;,]*+)')
_RESTRICTED_NAME = re.compile(r"[0-9A-Za-z][0-9A-Za-z!#$&^_.+-]{0,126}")  # RFC 6838 §4.2
_QUALITY = re.compile(r"[01](?:\.[0-9]{0,3})?")

MAXIMUM_CONCRETE_TYPES: Final = 16  # each one is compared with every range of Accept

Parameters = frozenset[tuple[str, str]]


class MediaType(Struct, frozen=True):
    """A media type, in lower case except for the values of its parameters."""

    type: str
    subtype: str
    parameters: Parameters


class AcceptedRange(Struct, frozen=True):
    """One element of Accept: `*/*`, `type/*`, `type/*+suffix` or `type/subtype`, and its quality."""

    media_type: MediaType
    quality: float
    position: int

    @property
    def specificity(self) -> tuple[int, int]:
        kind, subtype = self.media_type.type, self.media_type.subtype
        return (kind != "*") + (subtype != "*") + (not subtype.startswith("*")), len(self.media_type.parameters)


def covers(accepted: MediaType, offered: MediaType) -> bool:
    """Whether the range covers the media type, including all its parameters."""
    return covers_without_parameters(accepted, offered) and accepted.parameters <= offered.parameters


def covers_without_parameters(accepted: MediaType, offered: MediaType) -> bool:
    if accepted.type not in ("*", offered.type):
        return False
    return accepted.subtype in ("*", offered.subtype) or (
        accepted.subtype.startswith("*+") and offered.subtype.endswith(accepted.subtype[1:])
    )


def covers_by_suffix(accepted: MediaType, offered: MediaType) -> bool:
    """Whether the media type has the accepted syntax as its suffix (RFC 6839 §2), or is that syntax."""
    if accepted.subtype == f"*+{offered.subtype}":
        return accepted.type in ("*", offered.type)
    suffix = offered.subtype.rpartition("+")[2]
    return accepted.subtype == suffix and accepted.type in ("application", "text") and suffix in ("json", "xml")


COVERINGS: Final[tuple[Callable[[MediaType, MediaType], bool], ...]] = (
    covers,
    covers_without_parameters,
    covers_by_suffix,
)


def read_media_type(text: str) -> MediaType:
    kind, _, subtype = text.partition(";")[0].strip().lower().partition("/")
    parameters = [(name.lower(), value.strip('"')) for name, value in _PARAMETER.findall(text)]
    return MediaType(kind, subtype, frozenset(pair for pair in parameters if pair[0] != "q"))


def read_accept(value: bytes) -> list[AcceptedRange]:
    """Reads the ranges of an Accept header; elements that are not media ranges are left out."""
    ranges = []
    for position, element in enumerate(split_list(value.decode("latin-1"))):
        media_type = read_media_type(element)
        weights = [text for name, text in _PARAMETER.findall(element) if name.lower() == "q"]
        quality = float(weights[0]) if weights and _QUALITY.fullmatch(weights[0]) else 1.0
        if media_type.type and media_type.subtype:
            ranges.append(AcceptedRange(media_type, quality, position))
    return ranges


def name_concrete_types(accept: bytes | None) -> list[str]:
    """The media types that an Accept header names in full, without q=0, best first; only some of them if there are
    many.

    Only the parameter charset=UTF-8 is kept: the meaning of others is unknown.
    """
    liked = [each for each in read_accept(accept or b"") if each.quality > 0 and _is_concrete(each.media_type)]
    liked.sort(key=lambda each: (-each.quality, each.position))
    named = dict.fromkeys(_show(each.media_type) for each in liked)
    return list(named)[:MAXIMUM_CONCRETE_TYPES]


def _is_concrete(media_type: MediaType) -> bool:
    return bool(_RESTRICTED_NAME.fullmatch(media_type.type) and _RESTRICTED_NAME.fullmatch(media_type.subtype))


def _show(media_type: MediaType) -> str:
    charsets = [value for name, value in media_type.parameters if name == "charset" and value.lower() == "utf-8"]
    return f"{media_type.type}/{media_type.subtype}" + "".join(f"; charset={value}" for value in charsets[:1])


def rank_media_types(media_types: Sequence[str], accept: bytes | None) -> list[int]:
    """The indices of the acceptable media types, best first.

    Without Accept they keep their own order; with an empty one, JSON comes first if there is any.
    """
    order = list(range(len(media_types)))
    if accept is None:
        return order
    offered = [_read_offered(media_type) for media_type in media_types]
    if not accept.strip():
        return sorted(order, key=lambda index: offered[index].name != ("application", "json"))
    ranges = _group(read_accept(accept))
    # The ranges that may cover it by one of COVERINGS.
    near = [[accepted for name in each.covered_by for accepted in ranges.get(name, ())] for each in offered]
    refused: set[int] = set()
    for covering in COVERINGS:
        ranks: dict[int, tuple[float, tuple[int, int], int]] = {}
        for index in order:
            media_type = offered[index].media_type
            found = [accepted for accepted in near[index] if covering(accepted.media_type, media_type)]
            if not found or index in refused:
                continue
            nearest = max(found, key=lambda accepted: (accepted.specificity, -accepted.position))
            if nearest.quality > 0:
                ranks[index] = nearest.quality, nearest.specificity, -nearest.position
            else:
                refused.add(index)
        if ranks:
            return sorted(ranks, key=ranks.__getitem__, reverse=True)
    return []


Name = tuple[str, str]
"""Type and subtype."""


class Offered(NamedTuple):
    """A media type that can be sent, and the names of all ranges that may cover it."""

    media_type: MediaType
    name: Name
    covered_by: tuple[Name, ...]


@lru_cache(maxsize=4096)
def _read_offered(text: str) -> Offered:
    media_type = read_media_type(text)
    kind, subtype = media_type.type, media_type.subtype
    pieces = subtype.split("+")
    suffixes = ["+" + "+".join(pieces[start:]) for start in range(1, len(pieces))]
    subtypes = dict.fromkeys(("*", subtype, f"*+{subtype}", *(f"*{suffix}" for suffix in suffixes)))
    names = [(each, name) for each in ("*", kind) for name in subtypes]
    syntax = [(each, pieces[-1]) for each in ("application", "text")] if pieces[-1] in ("json", "xml") else []
    return Offered(media_type, (kind, subtype), tuple(dict.fromkeys([*names, *syntax])))


def _group(ranges: Sequence[AcceptedRange]) -> dict[Name, list[AcceptedRange]]:
    """Groups the ranges by type and subtype, so that a media type is compared only with those that may cover it."""
    groups: dict[Name, list[AcceptedRange]] = {}
    for each in ranges:
        groups.setdefault((each.media_type.type, each.media_type.subtype), []).append(each)
    return groups
