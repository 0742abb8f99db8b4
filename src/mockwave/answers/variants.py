"""Variants: all the responses that an Operation declares, with their bodies written, as they travel to the mocks.

A route answers with one of them unless a request asks for another: by status (`Prefer: code=`), example (`Prefer:
example=`), or media type (`Accept`). Encoded as MessagePack, they are opaque to the code that passes them on. Routes
share parts (`parts.py`): each response, each body, each plan, and the request rules.
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
    """A body and the name of its example; "" if the example has no name or the body was made from the schema."""

    name: str
    body: bytes


class DeclaredRange(Struct, frozen=True, array_like=True):
    """The range under which a media type was declared, and the kind of each body (`media_ranges`); with the part of the
    XML shapes, if a body can be XML."""

    name: str
    kinds: tuple[Kind, ...]
    shapes: int = NO_PART


class VariantContent(Struct, frozen=True, array_like=True):
    """A media type of a response, and its bodies: at least one, of which the first is sent unless a request names an
    example.

    `plan` is the part with the plan of its dynamic values (`mockwave.dynamic`); None if there is none. `shapes` are the
    encoded shapes of its XML (`xml_bodies`), for those values and for the types of a `range`. `fault` says what is
    wrong with the bodies: `too-large` means that every conforming value is too large to be made; `no-text` means that
    the made value is an object or array, which has no text form, and is written as JSON. `range` is the range under
    which it was declared; None if it was declared as `media_type`.
    """

    media_type: str
    bodies: tuple[NamedBody, ...]
    plan: int | None = None
    shapes: bytes = b""
    fault: Fault = ""
    range: DeclaredRange | None = None


class GeneratedHeader(Struct, frozen=True, array_like=True):
    """How a dynamic answer replaces `count` headers of a response, from `first` on: by values of the plan in the part
    `plan`, written in `style`."""

    first: int
    plan: int
    style: Style = ""
    count: int = 1


class HeaderExamples(Struct, frozen=True, array_like=True):
    """How `count` headers of a response, from `first` on, are replaced if a request names an example: the values by the
    names of the header's examples."""

    first: int
    count: int
    examples: tuple[tuple[str, tuple[str, ...]], ...]


class Variant(Struct, frozen=True, array_like=True):
    """A declared response: its `key` (a status, a range such as `5XX`, or `default`) and the status sent for it.

    `headers` do not include Content-Type. Without `contents` it has no body.
    """

    key: str
    status_code: int
    headers: tuple[tuple[str, str], ...]
    contents: tuple[VariantContent, ...]
    generated_headers: tuple[GeneratedHeader, ...] = ()
    header_examples: tuple[HeaderExamples, ...] = ()


class PackedContent(Struct, frozen=True, array_like=True):
    """VariantContent, with the names of its bodies and the parts that contain them."""

    media_type: str
    bodies: tuple[tuple[str, int], ...]
    plan: int | None = None
    shapes: bytes = b""
    fault: Fault = ""
    range: DeclaredRange | None = None


class PackedVariant(Struct, frozen=True, array_like=True):
    """A part: a Variant, in parts."""

    key: str
    status_code: int
    headers: tuple[tuple[str, str], ...]
    contents: tuple[PackedContent, ...]
    generated_headers: tuple[GeneratedHeader, ...] = ()
    header_examples: tuple[HeaderExamples, ...] = ()


class PackedRoute(Struct, frozen=True, array_like=True):
    """A route, in parts: its responses, its request rules, and the headers that all its responses have."""

    variants: tuple[int, ...]
    rules: int = NO_PART
    headers: tuple[tuple[str, str], ...] = ()


_encode = msgspec.msgpack.Encoder().encode
_route_decoder = msgspec.msgpack.Decoder(PackedRoute)
_variant_decoder = msgspec.msgpack.Decoder(PackedVariant)


def pack_variant(variant: PackedVariant, pool: PartPool) -> int:
    """Encodes `variant` as a part."""
    return pool.add(_encode(variant))


def encode_variants(
    variants: tuple[int, ...], rules: int = NO_PART, headers: tuple[tuple[str, str], ...] = ()
) -> bytes:
    """Encodes variants, given their parts, with the part of the request `rules` if there are any."""
    return _encode(PackedRoute(variants, rules, headers))


def decode_variants(data: bytes, parts: Parts) -> list[Variant]:
    route = _route_decoder.decode(data)
    return [_unpack_variant(parts[number], route.headers, parts) for number in route.variants]


def count_variant_bytes(data: bytes, parts: Parts) -> int:
    """The bytes of the encoded variants, without their bodies."""
    return sum(len(parts[number]) for number in _route_decoder.decode(data).variants)


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
    """Whether the variants come with request rules."""
    return bool(data) and _route_decoder.decode(data).rules != NO_PART


def decode_request_rules(data: bytes, parts: Parts) -> bytes:
    """Returns the encoded request rules that come with the variants; b"" if there are none."""
    route = _route_decoder.decode(data)
    return b"" if route.rules == NO_PART else encode_rules(complete_rules(parts[route.rules], parts))
