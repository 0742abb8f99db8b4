"""Syntaxes of bodies: which media types are written in each, and how. There is one row per syntax; a new one needs a
row here and a file with its writer beside `json_bodies`.

A media type belongs to the first row that names it, else to the first row whose suffix (RFC 6838 §4.2.8) or beginning
it has. Otherwise it is binary: its bodies are bytes that no schema describes.
"""

from collections.abc import Callable
from typing import Any, Final
from urllib.parse import urlencode

from msgspec import Struct

from mockwave.bodies.json_bodies import write_json, write_text
from mockwave.bodies.media_types import essence_of
from mockwave.bodies.sequences import SEQUENCE_TYPES, write_multipart, write_sequence
from mockwave.bodies.xml_bodies import Shapes, write_xml

FORM_TYPE: Final = "application/x-www-form-urlencoded"


class Syntax(Struct, frozen=True, eq=False):
    """One syntax: its media types by name, by `suffix` or by `beginning`, and how values are written.

    `write` takes a value of one of the types `written`, the media type, and the shapes of XML; None if the syntax has
    only text and bytes. A string is the text of a body, unless `quotes` (called with the string, and whether it was
    made) says that it is a value to be written.
    """

    name: str
    media_types: frozenset[str] = frozenset()
    suffix: str = ""
    beginning: str = ""
    write: Callable[[Any, str, Shapes], bytes] | None = None
    written: tuple[type, ...] = (object,)
    quotes: Callable[[str, bool], bool] = lambda text, is_made: False


def _write_form(value: Any, media_type: str, shapes: Shapes) -> bytes:
    return urlencode({name: _form_text(member) for name, member in value.items()}, doseq=True).encode()


def _form_text(value: Any) -> Any:
    if isinstance(value, list):
        return [write_text(item).encode("utf-8", "replace") for item in value]
    return write_text(value).encode("utf-8", "replace")


JSON: Final = Syntax(  # RFC 6839 §3.1
    "json",
    frozenset(("application/json", "text/json")),
    suffix="+json",
    write=lambda value, media_type, shapes: write_json(value),
    quotes=lambda text, is_made: True,
)
XML: Final = Syntax(  # RFC 7303
    "xml",
    frozenset(("application/xml", "text/xml")),
    suffix="+xml",
    write=lambda value, media_type, shapes: write_xml(value, shapes),
    quotes=lambda text, is_made: is_made and not text.startswith("<"),
)
SEQUENCE: Final = Syntax(  # OpenAPI 3.2 §4.14.4
    "sequence",
    SEQUENCE_TYPES,
    suffix="+json-seq",
    write=lambda value, media_type, shapes: write_sequence(value, media_type),
)
FORM: Final = Syntax("form", frozenset((FORM_TYPE,)), write=_write_form, written=(dict,))
MULTIPART: Final = Syntax(  # RFC 7578
    "multipart",
    beginning="multipart/",
    write=lambda value, media_type, shapes: write_multipart(value),
    written=(dict, list),
)
TEXT: Final = Syntax("text", beginning="text/")
BINARY: Final = Syntax("binary")

SYNTAXES: Final = (JSON, XML, SEQUENCE, FORM, MULTIPART, TEXT, BINARY)

_BY_NAME: Final = {name: syntax for syntax in SYNTAXES for name in syntax.media_types}
_BY_SUFFIX: Final = tuple((syntax.suffix, syntax) for syntax in SYNTAXES if syntax.suffix)
_BY_BEGINNING: Final = tuple((syntax.beginning, syntax) for syntax in SYNTAXES if syntax.beginning)


def syntax_of(media_type: str) -> Syntax:
    """Returns the syntax of bodies of `media_type`."""
    syntax = _BY_NAME.get(media_type)  # which most are as they stand
    if syntax is not None:
        return syntax
    essence = essence_of(media_type)
    syntax = _BY_NAME.get(essence)
    if syntax is not None:
        return syntax
    for suffix, syntax in _BY_SUFFIX:
        if essence.endswith(suffix):
            return syntax
    for beginning, syntax in _BY_BEGINNING:
        if essence.startswith(beginning):
            return syntax
    return BINARY


def is_json(media_type: str) -> bool:
    return syntax_of(media_type) is JSON


def is_xml(media_type: str) -> bool:
    return syntax_of(media_type) is XML


def is_multipart(media_type: str) -> bool:
    return syntax_of(media_type) is MULTIPART


def is_text(media_type: str) -> bool:
    """Whether bodies of `media_type` are plain text."""
    return syntax_of(media_type) is TEXT
