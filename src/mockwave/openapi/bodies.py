"""From a value to the bytes of a body, by media type.

JSON as JSON.stringify writes it: compact, UTF-8, 1.0 as 1. XML with an element for each member and for each item (the
OpenAPI `xml` object is not read yet, but for the root's name). Text and forms as text. Everything else takes a string
as its bytes, and JSON where the value is no string.
"""

import json
import re
from typing import Any, Final
from urllib.parse import urlencode
from xml.etree import ElementTree

import msgspec

from mockwave.openapi.media_types import essence_of, is_json, is_xml

DEFAULT_ROOT: Final = "xml"
MAXIMUM_XML_DEPTH: Final = 200

_XML_NAME = re.compile(r"[A-Za-z_][\w.\-]*(?::[A-Za-z_][\w.\-]*)?")
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class BodyError(ValueError):
    """The value cannot be written in the media type; the message says why."""


def write_body(value: Any, media_type: str, xml_root: str = DEFAULT_ROOT) -> bytes:
    """`value` as a body of `media_type`; BodyError where it cannot be written."""
    if is_json(media_type):
        return write_json(value)
    if isinstance(value, str):
        return value.encode("utf-8", "replace")
    if is_xml(media_type):
        return write_xml(value, xml_root)
    if essence_of(media_type) == "application/x-www-form-urlencoded" and isinstance(value, dict):
        return urlencode({name: _form_text(member) for name, member in value.items()}, doseq=True).encode()
    return b"" if value is None else write_json(value)


# The ends of floats as msgspec writes them that JSON.stringify would write as integers. A string may look the same:
# then trimming is in vain. Two patterns, since each begins with a character that is fast to search for.
_WHOLE_FLOAT = re.compile(rb"\.0(?:[,\]}]|\Z)")
_LARGE_FLOAT = re.compile(rb"e\+?[0-9]+(?:[,\]}]|\Z)")


def write_json(value: Any) -> bytes:
    """`value` as JSON.stringify would write it."""
    try:
        text = msgspec.json.encode(value)
        has_whole_float = _WHOLE_FLOAT.search(text) or _LARGE_FLOAT.search(text)
        return msgspec.json.encode(_trim(value)) if has_whole_float else text
    except RecursionError:
        raise BodyError("it is nested too deeply") from None
    except (ValueError, TypeError, OverflowError):  # half a surrogate pair has no UTF-8
        return json.dumps(value, separators=(",", ":")).encode()


def _trim(value: Any) -> Any:
    """`value` with whole floats as integers, as JavaScript writes them."""
    if isinstance(value, dict):
        return {name: _trim(member) for name, member in value.items()}
    if isinstance(value, list):
        return [_trim(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() and abs(value) < 1e21 else value


def write_text(value: Any) -> str:
    """A scalar as plain text; JSON for what is none."""
    if isinstance(value, str):
        return value
    return "" if value is None else write_json(value).decode()


def _form_text(value: Any) -> Any:
    if isinstance(value, list):
        return [write_text(item).encode("utf-8", "replace") for item in value]
    return write_text(value).encode("utf-8", "replace")


def write_xml(value: Any, root: str) -> bytes:
    """`value` below an element named `root`; a list becomes one element for each item, under the list's name."""
    element = ElementTree.Element(_xml_name(root))
    _fill(element, value, 0)
    return ElementTree.tostring(element, encoding="unicode").encode("utf-8", "replace")


def _fill(element: ElementTree.Element, value: Any, depth: int) -> None:
    if depth > MAXIMUM_XML_DEPTH:
        raise BodyError("it is nested too deeply for XML")
    if isinstance(value, dict):
        for name, member in value.items():
            for item in member if isinstance(member, list) else [member]:
                _fill(ElementTree.SubElement(element, _xml_name(name)), item, depth + 1)
    elif isinstance(value, list):
        for item in value:
            _fill(ElementTree.SubElement(element, "item"), item, depth + 1)
    else:
        element.text = _NOT_XML.sub("\ufffd", write_text(value))


def _xml_name(name: str) -> str:
    """`name` as the name of an element, with what XML forbids there replaced."""
    if _XML_NAME.fullmatch(name) and ":" not in name:
        return name
    cleaned = re.sub(r"[^\w.\-]", "_", name)
    return cleaned if re.match(r"[A-Za-z_]", cleaned) else f"_{cleaned}"
