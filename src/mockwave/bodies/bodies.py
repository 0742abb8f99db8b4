"""From a value to the bytes of a body, by media type.

JSON and XML are written in `json_bodies` and `xml_bodies`, what has several parts in `sequences`; text and forms are
text, images and the like a tiny sample of their kind. Everything else takes a string as its bytes, and JSON where the
value is not a string.
"""

from typing import Any, Final
from urllib.parse import urlencode

from mockwave.bodies.json_bodies import write_json, write_text
from mockwave.bodies.media_types import essence_of, is_json, is_xml
from mockwave.bodies.samples import SAMPLES
from mockwave.bodies.sequences import BOUNDARY, find_writer, is_multipart, write_multipart
from mockwave.bodies.xml_bodies import PLAIN, Shapes, write_xml

FORM: Final = "application/x-www-form-urlencoded"


def write_body(value: Any, media_type: str, shapes: Shapes = (PLAIN,), *, is_made: bool = False) -> bytes:
    """`value` as a body of `media_type`; BodyError where it cannot be written.

    `shapes` are those of its XML. A string is the text of the body itself, but where it `is_made`: then it is a value
    as any other, and stands for the bytes of a media type that has a sample.
    """
    essence = essence_of(media_type)
    if is_made and essence in SAMPLES and isinstance(value, str):
        return SAMPLES[essence]
    if is_json(media_type):
        return write_json(value)
    if isinstance(value, str) and not (is_made and is_xml(media_type) and not value.startswith("<")):
        return value.encode("utf-8", "replace")
    if is_xml(media_type):
        return write_xml(value, shapes)
    writer = find_writer(media_type)
    if writer is not None:
        return b"".join(map(writer, value if isinstance(value, list) else [value]))
    if is_multipart(media_type) and isinstance(value, dict | list):
        return write_multipart(value)
    if essence == FORM and isinstance(value, dict):
        return urlencode({name: _form_text(member) for name, member in value.items()}, doseq=True).encode()
    return b"" if value is None else write_json(value)


def has_text(media_type: str) -> bool:
    """Whether values are written in `media_type` by what their schema says, and are not bytes of another kind."""
    essence = essence_of(media_type)
    if essence in SAMPLES:
        return False
    is_form = essence == FORM or is_multipart(essence)
    is_text = essence.startswith("text/") or find_writer(essence) is not None
    return is_json(essence) or is_xml(essence) or is_form or is_text


def with_boundary(media_type: str, body: bytes) -> str:
    """`media_type` as it is sent with `body`: a multipart one that was written here names its boundary."""
    if is_multipart(media_type) and "boundary" not in media_type.lower() and body.startswith(b"--" + BOUNDARY.encode()):
        return f"{media_type}; boundary={BOUNDARY}"
    return media_type


def _form_text(value: Any) -> Any:
    if isinstance(value, list):
        return [write_text(item).encode("utf-8", "replace") for item in value]
    return write_text(value).encode("utf-8", "replace")
