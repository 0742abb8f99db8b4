"""Declared media type ranges (`*/*`, `text/*`): as which types of a range a body can honestly be sent.

By default one fixed type is sent (`media_types.RANGES`). Each body also has a Kind, found at import, and FORMS lists
what else may stand in its Content-Type. JSON can be any type that is JSON by its name. A text can be any text type
without a syntax. A text that the document gives as its example for the range can be any type of it. A made text that
stands for bytes can be any type; if that type has a sample (`samples.py`), the sample is sent.

XML is written from the value at the first request for it, as an explicit `application/xml` would be. Writing it at
import would cost time and storage for the many documents that say `*/*` and mean JSON. This way they pay only for the
shapes, and only if they have `xml` objects.
"""

from typing import Any, Final, Literal, NamedTuple

import msgspec

from mockwave.bodies.json_bodies import BodyError
from mockwave.bodies.media_types import covers, essence_of
from mockwave.bodies.samples import SAMPLES
from mockwave.bodies.syntaxes import is_json, is_multipart, is_text, is_xml
from mockwave.bodies.written_bodies import write_body
from mockwave.bodies.xml_bodies import decode_shapes

Kind = Literal[
    "", "json", "json-string", "json-example", "json-octets", "xml", "text", "bytes", "octets", "sample", "parts"
]
"""The kind of a body: nothing but its fixed type; JSON; JSON of a made string, of an example string, or of a string
that stands for bytes; XML; a made text; an example text; a made text that stands for bytes; a sample; multipart."""

XML_TYPES: Final = frozenset(("application/xml", "text/xml"))
PLAIN_TEXTS: Final = frozenset(
    ("text/plain", "text/markdown", "text/x-markdown")
)  # any text is valid Markdown (RFC 7763 §1.1)


class Forms(NamedTuple):
    """The types as which a body may be sent, beside its fixed type: JSON types, XML_TYPES, PLAIN_TEXTS, types with a
    sample, multipart types, any others."""

    json: bool = False
    xml: bool = False
    plain_texts: bool = False
    samples: bool = False
    parts: bool = False
    others: bool = False


FORMS: Final[dict[Kind, Forms]] = {
    "": Forms(),
    "json": Forms(json=True, xml=True),
    "json-string": Forms(json=True, xml=True, plain_texts=True, samples=True),
    "json-example": Forms(json=True, xml=True, plain_texts=True, samples=True, others=True),
    "json-octets": Forms(json=True, xml=True, plain_texts=True, samples=True, others=True),
    "xml": Forms(xml=True),
    "text": Forms(plain_texts=True),
    "bytes": Forms(json=True, xml=True, plain_texts=True, samples=True, others=True),
    "octets": Forms(plain_texts=True, samples=True, others=True),
    "sample": Forms(samples=True),
    "parts": Forms(parts=True),
}
MADE: Final = frozenset(("json-string", "json-octets", "octets", "sample"))
AS_THEY_ARE: Final = frozenset(("text", "bytes", "octets", "xml", "parts"))
"""Bodies of these kinds are never rewritten. Other kinds are JSON, and rewritten for types that are not JSON."""


def find_kind(
    value: Any, media_type: str, *, is_serialized: bool = False, is_made: bool = False, is_binary: bool = False
) -> Kind:
    """Returns the kind of the body of `value`, of the fixed type `media_type` (`bodies.write_body`); `is_binary` if its
    schema says that it is bytes."""
    if is_multipart(media_type):
        return "parts" if isinstance(value, dict | list) and not is_serialized else ""
    if is_serialized:
        return "bytes"
    if is_xml(media_type) and not isinstance(value, str):
        return "xml"
    if isinstance(value, dict | list):
        return "json"
    if not isinstance(value, str):
        return "json" if is_json(media_type) else "text" if is_text(media_type) else ""
    if is_json(media_type):
        return "json-example" if not is_made else "json-octets" if is_binary else "json-string"
    if not is_made:
        return "bytes"
    if is_text(media_type) and not is_binary:
        return "text"
    return "sample" if essence_of(media_type) in SAMPLES else "octets"


def covers_xml(media_range: str) -> bool:
    """Whether `media_range` covers XML."""
    return any(covers(media_range, each) for each in XML_TYPES)


def can_be_sent_as(kind: Kind, media_type: str) -> bool:
    """Whether a body of this kind can be sent as `media_type`, a type of its range other than the fixed one."""
    forms, essence = FORMS[kind], essence_of(media_type)
    if is_json(essence):
        return forms.json
    if essence in XML_TYPES or kind == "xml":
        return forms.xml and is_xml(essence)
    if essence in PLAIN_TEXTS:
        return forms.plain_texts
    if essence in SAMPLES:
        return forms.samples
    return forms.parts if is_multipart(essence) else forms.others


def is_rewritten(kind: Kind, media_type: str) -> bool:
    """Whether a body of this kind has to be rewritten for `media_type`."""
    return kind not in AS_THEY_ARE and not is_json(media_type)


def write_as(body: bytes, kind: Kind, media_type: str, shapes: bytes) -> bytes:
    """Returns the body of this kind as `media_type`, as which it can be sent. Raises BodyError if it is nested too
    deeply."""
    if kind in MADE and essence_of(media_type) in SAMPLES:
        return SAMPLES[essence_of(media_type)]
    if not is_rewritten(kind, media_type):
        return body
    try:
        value = msgspec.json.decode(body)
    except (ValueError, RecursionError):  # empty if it could not be written
        raise BodyError("it is nested too deeply") from None
    return write_body(value, media_type, decode_shapes(shapes), is_made=kind in MADE)
