"""Variants: all the responses that an Operation declares, with their bodies written, as they travel to the mocks.

A route answers with one of them unless a request asks for another: for a status (`Prefer: code=`), an example
(`Prefer: example=`), or a media type (`Accept`). Encoded as MessagePack, they are opaque to whoever passes them on.
"""

from typing import Literal

import msgspec
from msgspec import Struct

Fault = Literal["", "too-large", "no-text"]


class NamedBody(Struct, frozen=True, array_like=True):
    """A body, by the name of its example; "" for one that has no name or was made from the schema."""

    name: str
    body: bytes


class VariantContent(Struct, frozen=True, array_like=True):
    """A media type of a response, and its bodies: at least one, the first unless an example is asked for.

    `plan` are the encoded Plans of its dynamic values (`mockwave.dynamic`); empty where it has none. `shapes` are the
    encoded shapes of its XML (`xml_bodies`), for those values. `fault` says what is wrong with the bodies: `too-large`,
    every value that conforms to the schema is too large to be made; `no-text`, the value made from the schema is an
    object or array, which has no form as text, and is written as JSON.
    """

    media_type: str
    bodies: tuple[NamedBody, ...]
    plan: bytes = b""
    shapes: bytes = b""
    fault: Fault = ""


class Variant(Struct, frozen=True, array_like=True):
    """A declared response: its `key` (a status, a range such as `5XX`, or `default`) and the status sent for it.

    `headers` are without Content-Type; no `contents`: it has no body.
    """

    key: str
    status_code: int
    headers: tuple[tuple[str, str], ...]
    contents: tuple[VariantContent, ...]


class GeneratedRoute(Struct, frozen=True):
    """Variants together with what the operation asks of a request: RequestRules, encoded (`requests.py`).

    A map in MessagePack, so that it is told apart from variants alone, which are an array.
    """

    variants: list[Variant]
    rules: bytes


_encode = msgspec.msgpack.Encoder().encode
_decoder = msgspec.msgpack.Decoder(list[Variant] | GeneratedRoute)


def encode_variants(variants: list[Variant], rules: bytes = b"") -> bytes:
    """Variants as bytes, with the encoded `rules` of requests where there are any."""
    return _encode(GeneratedRoute(variants, rules) if rules else variants)


def decode_variants(data: bytes) -> list[Variant]:
    decoded = _decoder.decode(data)
    return decoded.variants if isinstance(decoded, GeneratedRoute) else decoded


def has_request_rules(data: bytes) -> bool:
    """Whether rules of requests stand beside the variants, told without decoding them: a map is, an array is not."""
    return 0x80 <= data[0] <= 0x8F


def decode_request_rules(data: bytes) -> bytes:
    """The encoded rules of requests that stand beside the variants; b"" without any."""
    decoded = _decoder.decode(data)
    return decoded.rules if isinstance(decoded, GeneratedRoute) else b""
