"""From a value to the bytes of a body, by the syntax of its media type (`syntaxes.py`).

For a media type with a tiny sample (images and the like), the sample is sent. In a media type without a syntax, a
string is the bytes of the body, and any other value is written as JSON.
"""

from typing import Any

from mockwave.bodies.json_bodies import write_json
from mockwave.bodies.media_types import essence_of
from mockwave.bodies.samples import SAMPLES
from mockwave.bodies.sequences import BOUNDARY
from mockwave.bodies.syntaxes import BINARY, is_multipart, syntax_of
from mockwave.bodies.xml_bodies import PLAIN, Shapes


def write_body(value: Any, media_type: str, shapes: Shapes = (PLAIN,), *, is_made: bool = False) -> bytes:
    """Writes `value` as a body of `media_type`. Raises BodyError if it cannot be written.

    `shapes` are those of its XML. A string is the text of the body itself, unless it `is_made`: then it is a value like
    any other, and stands for the bytes of a media type with a sample.
    """
    syntax = syntax_of(media_type)
    if isinstance(value, str):
        if is_made and essence_of(media_type) in SAMPLES:
            return SAMPLES[essence_of(media_type)]
        if not syntax.quotes(value, is_made):
            return value.encode("utf-8", "replace")
    if syntax.write is not None and isinstance(value, syntax.written):
        return syntax.write(value, media_type, shapes)
    return b"" if value is None else write_json(value)


def has_text(media_type: str) -> bool:
    """Whether values in `media_type` are written by their schema, and are not bytes of another kind."""
    return syntax_of(media_type) is not BINARY and essence_of(media_type) not in SAMPLES


def with_boundary(media_type: str, body: bytes) -> str:
    """The Content-Type for `body`: `media_type`, with the boundary if it is a multipart body written here."""
    if is_multipart(media_type) and "boundary" not in media_type.lower() and body.startswith(b"--" + BOUNDARY.encode()):
        return f"{media_type}; boundary={BOUNDARY}"
    return media_type
