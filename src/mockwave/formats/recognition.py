"""Which format a document is of: one row for each that is read besides OpenAPI."""

from collections.abc import Callable
from typing import Any, Final, NamedTuple

from mockwave.formats.postman import convert_collection, is_collection


class Format(NamedTuple):
    """How a format is told from all others, and what makes a document of it an OpenAPI document."""

    recognise: Callable[[Any], bool]
    convert: Callable[[dict[str, Any]], dict[str, Any]]


FORMATS: Final = (Format(is_collection, convert_collection),)


def convert_to_openapi(document: Any) -> Any:
    """The OpenAPI document that stands for `document`; itself where it is of no other format."""
    for each in FORMATS:
        if each.recognise(document):
            return each.convert(document)
    return document
