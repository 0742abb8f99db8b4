"""Offers: the types as which a response can be sent, and which of them a request prefers.

A content is offered as its own media type. A content declared as a range (`*/*`) is also offered as each type that
Accept names in full, if the range is the response's most specific key for it (OpenAPI 3.1 §4.8.17) and its body can be
of that type (`bodies/media_ranges`).
"""

from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from mockwave.answers.variants import Variant, VariantContent
from mockwave.bodies.json_bodies import BodyError
from mockwave.bodies.media_ranges import XML_TYPES, can_be_sent_as, is_rewritten, write_as
from mockwave.bodies.media_types import DeclaredRanges, essence_of
from mockwave.bodies.written_bodies import with_boundary
from mockwave.mocks.negotiation import (
    covers_without_parameters,
    name_concrete_types,
    rank_media_types,
    read_accept,
    read_media_type,
)
from mockwave.problems import Refusal

MAXIMUM_REWRITTEN_BYTES: Final = 32 << 10
"""The longest body that is rewritten as XML on request, which takes some ten milliseconds. A longer one is sent only as
it is."""


class Offer(Struct, frozen=True):
    """A content of a response, as `media_type`, with one of its bodies, possibly rewritten."""

    content: VariantContent
    media_type: str
    body: bytes
    is_rewritten: bool = False


def choose_offer(variant: Variant, accept: bytes | None, example: str | None) -> Offer | None:
    """Chooses what to send of a response; None if it has no content. Raises Refusal (404, 406)."""
    if not variant.contents:
        if example is not None:
            raise no_such_example(example, "this response has no content")
        return None
    ranked = rank_offers(variant.contents, accept, example)
    having_it = [pair for pair in ranked if find_example(pair[0], example) is not None]
    for content, media_type in having_it or ranked:
        try:
            return make_offer(content, media_type, example)
        except BodyError:
            continue
    produced = ", ".join(content.media_type for content in variant.contents)
    wanted = (accept or b"").decode("latin-1")[:200]
    detail = f"nothing here is acceptable as {wanted}; there is {produced}"
    raise Refusal(406, "not-acceptable", detail, headers=[(b"vary", b"accept")])


def choose_offer_anyway(variant: Variant, accept: bytes | None, example: str | None) -> Offer | None:
    """Chooses what to send of a response, even if it is not acceptable. Raises Refusal (404)."""
    try:
        return choose_offer(variant, accept, example)
    except Refusal as refusal:
        if refusal.status != 406:
            raise
    content = variant.contents[0]
    return make_offer(content, content.media_type, example)


def rank_offers(
    contents: Sequence[VariantContent], accept: bytes | None, example: str | None
) -> list[tuple[VariantContent, str]]:
    """Ranks the contents, with the types as which they are acceptable, best first."""
    offers = [(content, content.media_type) for content in contents]
    if accept and any(content.range is not None for content in contents):
        offers = _offer_ranges(contents, accept, example)
    return [offers[index] for index in rank_media_types([media_type for _, media_type in offers], accept)]


def _offer_ranges(
    contents: Sequence[VariantContent], accept: bytes, example: str | None
) -> list[tuple[VariantContent, str]]:
    """Offers the contents as their own types, then the ranges as the types that Accept names."""
    declared = DeclaredRanges([content.range.name if content.range else content.media_type for content in contents])
    offers = [
        (content, content.media_type)
        for content in contents
        if content.range is None or not is_shadowed(content, contents, declared)
    ]
    for media_type in name_concrete_types(accept):
        nearest = declared.nearest(media_type)
        if nearest is None or not _is_sendable_as(contents[nearest], media_type, example):
            continue
        if essence_of(media_type) in XML_TYPES and _is_incidental(media_type, contents[nearest], accept):
            continue
        offers.append((contents[nearest], media_type))
    return offers


def is_shadowed(content: VariantContent, contents: Sequence[VariantContent], declared: DeclaredRanges) -> bool:
    """Whether the response declares its fixed type, or a more specific range for it."""
    nearest = declared.nearest(content.media_type)
    if nearest is None or content.range is None:
        return False
    other = contents[nearest]
    return essence_of(other.range.name if other.range else other.media_type) != content.range.name


def _is_incidental(media_type: str, content: VariantContent, accept: bytes) -> bool:
    """Whether the type is one of several that Accept ranks below its best, while the fixed type would do as well.

    Browsers prefer XML to anything that is not a page; a person who looks at JSON in a browser does not want XML.
    """
    offered = read_media_type(media_type)
    accepted = read_accept(accept)
    best = max(each.quality for each in accepted)
    is_liked_best = any(
        each.quality == best and covers_without_parameters(each.media_type, offered) for each in accepted
    )
    return not is_liked_best and bool(rank_media_types([content.media_type], accept))


def _is_sendable_as(content: VariantContent, media_type: str, example: str | None) -> bool:
    if content.range is None or essence_of(media_type) == essence_of(content.media_type):
        return False
    index = find_example(content, example) or 0
    kind = content.range.kinds[index]
    is_too_long = len(content.bodies[index].body) > MAXIMUM_REWRITTEN_BYTES and is_rewritten(kind, media_type)
    return not is_too_long and can_be_sent_as(kind, media_type)


def make_offer(content: VariantContent, media_type: str, example: str | None) -> Offer:
    """Offers the content as `media_type`, with the body of this example, else its first body. Raises Refusal (404),
    BodyError."""
    index = 0 if example is None else find_example(content, example)
    if index is None:
        names = ", ".join(body.name for body in content.bodies if body.name) or "none"
        raise no_such_example(example or "", f"examples of {content.media_type} are: {names}")
    declared = body = content.bodies[index].body
    if content.range is not None and media_type != content.media_type:
        body = write_as(body, content.range.kinds[index], media_type, content.shapes)
        media_type = with_boundary(media_type, body)
    return Offer(content, media_type, body, body is not declared)


def find_example(content: VariantContent, name: str | None) -> int | None:
    """The index of the body of the named example; None if there is none."""
    if not name:
        return None
    return next((index for index, body in enumerate(content.bodies) if body.name == name), None)


def no_such_example(name: str, reason: str) -> Refusal:
    return Refusal(404, "no-such-example", f"there is no example {name[:100]!r}; {reason}")


def is_named(accept: bytes | None, media_type: str) -> bool:
    """Whether Accept names the media type itself, or its kind."""
    offered = read_media_type(media_type)
    ranges = [each.media_type for each in read_accept(accept or b"")]
    return any(each.type != "*" and covers_without_parameters(each, offered) for each in ranges)
