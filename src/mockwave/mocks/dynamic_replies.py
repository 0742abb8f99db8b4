"""Dynamic replies: body and headers are generated for each request.

Bodies are written in their media type, headers in their style. If a generated header value is illegal, or would exceed
the bounds of the header section, the static value is sent.
"""

from collections.abc import Callable, Sequence
from random import Random

import msgspec

from mockwave._responder import Reply
from mockwave.answers.variants import Variant
from mockwave.bodies.header_values import (
    MAXIMUM_HEADER_BYTES,
    MAXIMUM_HEADERS,
    count_bytes,
    find_fault_of_value,
    write_header,
)
from mockwave.bodies.json_bodies import BodyError
from mockwave.bodies.syntaxes import is_json
from mockwave.bodies.written_bodies import write_body
from mockwave.bodies.xml_bodies import decode_shapes
from mockwave.dynamic.generators import Generator
from mockwave.dynamic.stored_plans import Plans, decode_plans
from mockwave.mocks.cross_origin import Headers

DeclaredHeaders = tuple[tuple[str, str], ...]


class BodyGenerator:
    """Makes the bodies of one content; `static` is sent if a body cannot be written."""

    def __init__(self, plans: Plans, random: Random, media_type: str, shapes: bytes, static: bytes) -> None:
        self._generator = Generator(plans, random)
        self._media_type = media_type
        self._is_json = is_json(media_type)
        self._shapes = decode_shapes(shapes)
        self._static = static

    def make(self) -> bytes:
        if self._is_json:
            return self._generator.make_body()
        value = msgspec.json.decode(self._generator.make_text())
        try:
            return write_body(value, self._media_type, self._shapes, is_made=True)
        except BodyError:  # the value is nested too deeply for its media type
            return self._static


class HeaderGenerator:
    """Makes the headers of one declared response."""

    def __init__(self, variant: Variant, parts: Sequence[bytes], random: Random) -> None:
        self._static = variant.headers
        plans = [decode_plans(header.plan, parts) for header in variant.generated_headers]
        self.encoded_bytes = sum(each.encoded_bytes for each in plans)
        self._generated = [
            (header, Generator(each, random)) for header, each in zip(variant.generated_headers, plans, strict=True)
        ]

    def make(self) -> DeclaredHeaders:
        """Returns all headers of the response, in order, with new values for generated ones."""
        headers = list(self._static)
        left_bytes = MAXIMUM_HEADER_BYTES - count_bytes(headers)
        left = MAXIMUM_HEADERS - len(headers)
        for header, generator in reversed(self._generated):  # from the end, so that the positions hold
            replaced = headers[header.first : header.first + header.count]
            texts = write_header(msgspec.json.decode(generator.make_text()), header.style)
            made = [(replaced[0][0], text) for text in texts]
            more, more_bytes = len(made) - len(replaced), count_bytes(made) - count_bytes(replaced)
            if not made or any(map(find_fault_of_value, texts)) or more > left or more_bytes > left_bytes:
                continue
            headers[header.first : header.first + header.count] = made
            left, left_bytes = left - more, left_bytes - more_bytes
        return tuple(headers)


class DynamicReply:
    """A Reply without its body, its headers, or both. `build_headers` completes the declared ones."""

    def __init__(
        self,
        reply: Reply,
        body: BodyGenerator | None,
        headers: HeaderGenerator | None,
        build_headers: Callable[[DeclaredHeaders], Headers],
    ) -> None:
        self._reply = reply
        self._body = body
        self._headers = headers
        self._build_headers = build_headers

    def make(self) -> Reply:
        return self._reply.replacing(
            headers=None if self._headers is None else self._build_headers(self._headers.make()),
            body=None if self._body is None else self._body.make(),
        )
