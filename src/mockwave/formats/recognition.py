"""A Specification in another format than OpenAPI: one row for each that becomes an OpenAPI document.

It is what the field `specification` of a mock server takes. Files that are imported as mocks, with rules and more, are
told apart in `table.py`.
"""

from collections.abc import Callable
from typing import Any, Final, NamedTuple

from mockwave.formats.postman.conversion import convert_collection, is_collection
from mockwave.openapi.document.report import Problems


class Format(NamedTuple):
    """How a format is told from all others, and what makes a document of it an OpenAPI document."""

    recognise: Callable[[Any], bool]
    convert: Callable[[dict[str, Any], Problems], dict[str, Any]]


FORMATS: Final = (Format(is_collection, convert_collection),)


def convert_to_openapi(document: Any, problems: Problems) -> Any:
    """The OpenAPI document that stands for `document`; the document itself where it is of no other format.

    What the format says and OpenAPI cannot is added to `problems`.
    """
    for each in FORMATS:
        if each.recognise(document):
            return each.convert(document, problems)
    return document
