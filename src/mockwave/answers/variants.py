"""Variants: all the responses that an Operation declares, with their bodies written, as they travel to the mocks.

A route answers with one of them unless a request asks for another: for a status (`Prefer: code=`), an example
(`Prefer: example=`), or a media type (`Accept`). Encoded as MessagePack, they are opaque to whoever passes them on.
What routes share is in parts (`parts.py`): each response, each body, each plan, and what is asked of requests.
"""

from typing import Literal

import msgspec
from msgspec import Struct

from mockwave.answers.parts import NO_PART, PartPool, Parts
from mockwave.answers.request_rules import complete_rules, encode_rules
from mockwave.bodies.header_values import Style
from mockwave.bodies.media_ranges import Kind

Fault = Literal["", "too-large", "no-text"]


class NamedBody(Struct, frozen=True, array_like=True):
    """A body, by the name of its example; "" for one that has no name or was made from the schema."""

    name: str
    body: bytes


class DeclaredRange(Struct, frozen=True, array_like=True):
    """The range that a media type was declared as, and of each body what it can be sent as (`media_ranges`); the part
    of the shapes for what of that is XML."""

    name: str
    kinds: tuple[Kind, ...]
    shapes: int = NO_PART


class VariantContent(Struct, frozen=True, array_like=True):
    """A media type of a response, and its bodies: at least one, the first unless an example is asked for.

    `plan` is the part that its dynamic values are made by (`mockwave.dynamic`); None if it has none. `shapes` are
    the encoded shapes of its XML (`xml_bodies`), for those values, and for what a `range` can be sent as. `fault` says
    what is wrong with the bodies: `too-large`, every value that conforms to the schema is too large to be made;
    `no-text`, the value made from the schema is an object or array, which has no form as text, and is written as JSON.
    `range` is the range of media types that it was declared as; None if it was declared as `media_type`.
    """

    media_type: str
    bodies: tuple[NamedBody, ...]
    plan: int | None = None
    shapes: bytes = b""
    fault: Fault = ""
    range: DeclaredRange | None = None


class GeneratedHeader(Struct, frozen=True, array_like=True):
    """What a dynamic answer replaces `count` headers of a response by, from the `first` on: values of the plan that is
    the part `plan`, written in `style`."""

    first: int
    plan: int
    style: Style = ""
    count: int = 1


class HeaderExamples(Struct, frozen=True, array_like=True):
    """What `count` headers of a response, from the `first` on, are replaced by where an example is asked for by name:
    the values by the names of the header's examples."""

    first: int
    count: int
    examples: tuple[tuple[str, tuple[str, ...]], ...]


class Variant(Struct, frozen=True, array_like=True):
    """A declared response: its `key` (a status, a range such as `5XX`, or `default`) and the status sent for it.

    `headers` are without Content-Type; no `contents`: it has no body.
    """

    key: str
    status_code: int
    headers: tuple[tuple[str, str], ...]
    contents: tuple[VariantContent, ...]
    generated_headers: tuple[GeneratedHeader, ...] = ()
    header_examples: tuple[HeaderExamples, ...] = ()


class PackedContent(Struct, frozen=True, array_like=True):
    """VariantContent with the names of its bodies and the parts that they are."""

    media_type: str
    bodies: tuple[tuple[str, int], ...]
    plan: int | None = None
    shapes: bytes = b""
    fault: Fault = ""
    range: DeclaredRange | None = None


class PackedVariant(Struct, frozen=True, array_like=True):
    """Variant in its parts: itself a part."""

    key: str
    status_code: int
    headers: tuple[tuple[str, str], ...]
    contents: tuple[PackedContent, ...]
    generated_headers: tuple[GeneratedHeader, ...] = ()
    header_examples: tuple[HeaderExamples, ...] = ()


class PackedRoute(Struct, frozen=True, array_like=True):
    """A route in its parts: its responses, what is asked of requests, and headers that all its responses have."""

    variants: tuple[int, ...]
    rules: int = NO_PART
    headers: tuple[tuple[str, str], ...] = ()


_encode = msgspec.msgpack.Encoder().encode
_route_decoder = msgspec.msgpack.Decoder(PackedRoute)
_variant_decoder = msgspec.msgpack.Decoder(PackedVariant)


def pack_variant(variant: PackedVariant, pool: PartPool) -> int:
    """The part that `variant` is."""
    return pool.add(_encode(variant))


def encode_variants(
    variants: tuple[int, ...], rules: int = NO_PART, headers: tuple[tuple[str, str], ...] = ()
) -> bytes:
    """Variants as bytes, given their parts, with the part of the `rules` of requests where there are any."""
    return _encode(PackedRoute(variants, rules, headers))


def decode_variants(data: bytes, parts: Parts) -> list[Variant]:
    route = _route_decoder.decode(data)
    return [_unpack_variant(parts[number], route.headers, parts) for number in route.variants]


def _unpack_variant(data: bytes, headers: tuple[tuple[str, str], ...], parts: Parts) -> Variant:
    packed = _variant_decoder.decode(data)
    contents = tuple(
        VariantContent(
            content.media_type,
            tuple(NamedBody(name, parts[number]) for name, number in content.bodies),
            content.plan,
            _unpack_shapes(content, parts),
            content.fault,
            content.range,
        )
        for content in packed.contents
    )
    return Variant(
        packed.key,
        packed.status_code,
        packed.headers + headers,
        contents,
        packed.generated_headers,
        packed.header_examples,
    )


def _unpack_shapes(content: PackedContent, parts: Parts) -> bytes:
    if content.range is None or content.range.shapes == NO_PART:
        return content.shapes
    return parts[content.range.shapes]


def has_request_rules(data: bytes) -> bool:
    """Whether rules of requests stand beside the variants."""
    return bool(data) and _route_decoder.decode(data).rules != NO_PART


def decode_request_rules(data: bytes, parts: Parts) -> bytes:
    """The encoded rules of requests that stand beside the variants; b"" without any."""
    route = _route_decoder.decode(data)
    return b"" if route.rules == NO_PART else encode_rules(complete_rules(parts[route.rules], parts))
