"""Content negotiation: which of the media types that a response has a request accepts most (RFC 9110 §12.5.1).

A media type gets the quality of the most specific range that covers it; among equals the more specific range counts,
then the one named first, then the response's own order. Parameters of media types do not count, but for `q`.
"""

import re
from collections.abc import Sequence

from msgspec import Struct

_QUALITY = re.compile(r";\s*q\s*=\s*([01](?:\.[0-9]{0,3})?)", re.IGNORECASE)


class AcceptedRange(Struct, frozen=True):
    """One element of Accept: `*/*`, `type/*` or `type/subtype`, in lower case."""

    type: str
    subtype: str
    quality: float
    position: int

    @property
    def specificity(self) -> int:
        return (self.type != "*") + (self.subtype != "*")

    def covers(self, media_type: str) -> bool:
        kind, _, subtype = media_type.partition("/")
        return self.type in ("*", kind) and self.subtype in ("*", subtype)


def read_accept(value: bytes) -> list[AcceptedRange]:
    """The ranges of an Accept header; what is no media range is left out."""
    ranges = []
    for position, element in enumerate(value.decode("latin-1").split(",")):
        name = element.partition(";")[0].strip().lower()
        kind, slash, subtype = name.partition("/")
        quality = _QUALITY.search(element)
        if slash and kind and subtype:
            ranges.append(AcceptedRange(kind, subtype, float(quality[1]) if quality else 1.0, position))
    return ranges


def choose_media_type(media_types: Sequence[str], accept: bytes | None) -> int | None:
    """The index of the media type to send; None: none is acceptable. `media_types` holds at least one.

    Without Accept the first one is sent; with an empty one, JSON if there is some.
    """
    essences = [media_type.partition(";")[0].strip().lower() for media_type in media_types]
    if accept is None:
        return 0
    if not accept.strip():
        return essences.index("application/json") if "application/json" in essences else 0
    ranges = read_accept(accept)
    best: tuple[float, int, int, int] | None = None
    for index, essence in enumerate(essences):
        covering = [accepted for accepted in ranges if accepted.covers(essence)]
        if not covering:
            continue
        nearest = max(covering, key=lambda accepted: (accepted.specificity, -accepted.position))
        rank = (nearest.quality, nearest.specificity, -nearest.position, -index)
        if nearest.quality > 0 and (best is None or rank > best):
            best = rank
    return None if best is None else -best[3]
