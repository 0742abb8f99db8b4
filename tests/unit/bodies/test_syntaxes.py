"""The table of syntaxes: each media type is of one, whatever its letters and parameters are."""

import pytest

from mockwave.bodies.syntaxes import SYNTAXES, Syntax, syntax_of
from mockwave.bodies.xml_bodies import PLAIN

OF_EACH = {
    "json": ["application/json", "text/json", "application/problem+json"],
    "xml": ["application/xml", "text/xml", "image/svg+xml"],
    "sequence": ["application/jsonl", "text/event-stream", "application/geo+json-seq"],
    "form": ["application/x-www-form-urlencoded"],
    "multipart": ["multipart/form-data", "multipart/mixed"],
    "text": ["text/plain", "text/csv"],
    "binary": ["application/octet-stream", "image/png", "application/cbor", "", "json"],
}
NAMED = [(name, media_type) for name, media_types in OF_EACH.items() for media_type in media_types]


def test_every_syntax_has_media_types_here() -> None:
    assert [syntax.name for syntax in SYNTAXES] == list(OF_EACH)


@pytest.mark.parametrize(("name", "media_type"), NAMED)
def test_a_media_type_is_of_its_syntax_in_any_letters_and_with_any_parameters(name: str, media_type: str) -> None:
    assert syntax_of(media_type).name == name
    assert syntax_of(f"{media_type.upper()} ; charset=utf-8").name == name


def test_no_media_type_is_named_by_two_syntaxes() -> None:
    names = [media_type for syntax in SYNTAXES for media_type in syntax.media_types]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("syntax", [each for each in SYNTAXES if each.write is not None], ids=lambda each: each.name)
def test_what_a_syntax_can_write_becomes_bytes(syntax: Syntax) -> None:
    assert syntax.write is not None
    value = {"name": "Rex"} if isinstance({}, syntax.written) else ["Rex"]
    assert b"Rex" in syntax.write(value, OF_EACH[syntax.name][0], (PLAIN,))
