"""Formats are checked alike in all versions of OpenAPI."""

import pytest

from tests.unit.validation.checked_bodies import VERSIONS, conforms, import_body

SAMPLES = [
    ("uuid", "497f6eca-6276-4993-bfeb-53cbbbba6f08", "497f6eca"),
    ("duration", "P3DT4H", "3 days"),
    ("uri-reference", "../a?b#c", "\\a b"),
    ("uri-template", "/a/{b}", "/a/{b"),
    ("iri", "http://ex\u00e4mple.com/\u00e4", "not an iri"),
    ("iri-reference", "../\u00e4", "\\a b"),
    ("json-pointer", "/a/~0b", "a/b"),
    ("relative-json-pointer", "1/a", "/a"),
    ("regex", "^a+$", "("),
    ("idn-email", "\u00e4@ex\u00e4mple.com", "nobody"),
    ("idn-hostname", "ex\u00e4mple.com", "\u3002"),
    ("time", "14:15:22Z", "25:00"),
    ("date", "2019-08-24", "24.8.2019"),
    ("date-time", "2019-08-24T14:15:22Z", "yesterday"),
    ("email", "a@example.com", "nobody"),
    ("hostname", "example.com", "-a-"),
    ("ipv4", "192.168.0.1", "192.168.0"),
    ("ipv6", "::1", "1"),
    ("uri", "http://example.com/", "no uri"),
    ("byte", "c3RyaW5n", "*"),
]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(("name", "valid", "invalid"), SAMPLES)
def test_a_format_is_checked_whatever_the_version(name: str, valid: str, invalid: str, version: str) -> None:
    """Those that Draft 4 does not know went unchecked in 3.0 and 2.0."""
    imported = import_body({"type": "string", "format": name}, version)

    assert conforms(imported, valid)
    assert not conforms(imported, invalid)


@pytest.mark.parametrize("version", VERSIONS)
def test_an_integer_written_with_a_fraction_of_nothing_is_one(version: str) -> None:
    assert conforms(import_body({"type": "integer"}, version), 1.0)
