"""Patterns in the strict spelling: what Annex B of ECMA-262 lets pass, and what must stay as it is."""

import jsonschema_rs
import pytest

from mockwave.openapi.requests.request_patterns import spell_strictly


@pytest.mark.parametrize(
    ("pattern", "spelled"),
    [
        ("^{[0-9a-f]{4}}$", r"^\{[0-9a-f]{4}\}$"),
        ("{a}|{2}", r"\{a\}|\{2\}"),
        ("a{,5}", r"a\{,5\}"),
        (r"^[\w-.]+$", r"^[\w\-.]+$"),
        (r"[a-\d]", r"[a\-\d]"),
        ("[[a]", r"[\[a]"),
        ("[a&&b]", r"[a\&\&b]"),
        ("]", r"\]"),
        ("[^]", r"[\s\S]"),
        ("a[]", "a(?!)"),
        ("(?P<n>a)", "(?<n>a)"),
    ],
)
def test_what_stands_for_itself_is_escaped(pattern: str, spelled: str) -> None:
    assert spell_strictly(pattern) == spelled
    jsonschema_rs.Draft202012Validator({"pattern": spelled}, offline=True)


@pytest.mark.parametrize(
    "pattern",
    [
        "^a{2}$",
        "a{2,}?",
        "(?:ab){2,3}",
        r"\p{L}{2}",
        r"[\p{L}a-z]",
        "[a-z-]",
        "[a-c]{2}",
        r"(?<n>a)\k<n>",
        r"\{a\}",
        "(?=a)b",
    ],
)
def test_what_is_strict_stays_as_it_is(pattern: str) -> None:
    assert spell_strictly(pattern) == pattern


@pytest.mark.parametrize(
    ("pattern", "text", "matches"),
    [
        ("^{[0-9]{2}}$", "{12}", True),
        ("^{[0-9]{2}}$", "12", False),
        (r"^[\w-.]+$", "a-b.c", True),
        (r"^[\w-.]+$", "a b", False),
        ("^[a&&b]+$", "a&b", True),
    ],
)
def test_the_spelling_changes_no_meaning(pattern: str, text: str, matches: bool) -> None:
    validator = jsonschema_rs.Draft202012Validator({"pattern": spell_strictly(pattern)}, offline=True)
    assert validator.is_valid(text) is matches
