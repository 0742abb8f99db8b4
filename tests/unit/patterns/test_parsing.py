"""Strings for patterns: what is made matches, what cannot be made is reported, and no pattern takes long."""

import re

import pytest

from mockwave.openapi.schemas.pattern_strings import make_string, matches

PATTERNS = [
    r"^[A-Z]{3}-[0-9]{4}$",
    r"^(?=.*[A-Z])(?=.*\d)[A-Za-z\d]{8,}$",
    r"^(?!abc)[a-c]{3}$",
    r"^\S+@\S+\.\S+$",
    r"(a|b$|^c)+",
    r"^\+?[1-9]\d{1,14}$",
    r"^(19|20)\d\d-(0[1-9]|1[012])-(0[1-9]|[12][0-9]|3[01])$",
    r"^arn:aws[a-z-]*:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+$",
    r"^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$",
    r"^(\w+\s?)+$",
    r"^$",
]


@pytest.mark.parametrize("pattern", PATTERNS)
@pytest.mark.parametrize("variant", [0, 1, 7])
def test_a_string_made_for_a_pattern_matches_it(pattern: str, variant: int) -> None:
    made = make_string([pattern], 0, None, variant)
    assert made is not None
    assert re.search(pattern, made)


@pytest.mark.parametrize(
    ("pattern", "minimum", "maximum"),
    [(r"^[a-z]*$", 12, 12), (r"^(aa)*$", 5, 7), (r"^[\w.-]{1,64}$", 40, 64), (r"x", 3, 3), (r"^a+b+$", 9, 10)],
)
def test_a_string_made_for_a_pattern_keeps_the_lengths(pattern: str, minimum: int, maximum: int) -> None:
    made = make_string([pattern], minimum, maximum)
    assert made is not None
    assert minimum <= len(made) <= maximum
    assert re.search(pattern, made)


@pytest.mark.parametrize(
    "patterns",
    [
        [r"^[a-f0-9]+$", r"^.{4}$"],
        [r"^.{4}$", r"^[a-f0-9]+$"],
        [r"^[a-z]+$", r"a", r"^.{3,5}$"],
        [r"^[A-Z]{2}[0-9]{3}$", r"0"],
    ],
)
def test_a_string_can_match_several_patterns_at_once(patterns: list[str]) -> None:
    """It was only asserted that there is a string."""
    made = make_string(patterns, 0, None)
    assert made is not None
    assert [pattern for pattern in patterns if not re.search(pattern, made)] == []


def test_where_no_string_matches_all_patterns_there_is_none() -> None:
    assert make_string([r"^[a-f]+$", r"^[0-9]+$"], 0, None) is None


@pytest.mark.parametrize("pattern", [r"^\p{L}+$", r"^\p{Lu}\p{Ll}{2}$", r"^[\p{L}\p{M}]{2}$"])
def test_unicode_properties_are_understood(pattern: str) -> None:
    made = make_string([pattern], 0, None)
    assert made is not None
    assert made.isalpha()


@pytest.mark.parametrize("pattern", ["(", "a{2,1}", "[z-a]", "[", "*", r"(\w)\1", "(" * 5000 + ")" * 5000, r"\p{Nope}"])
def test_what_is_not_understood_is_said_and_not_guessed(pattern: str) -> None:
    assert make_string([pattern], 0, None) is None
    assert matches("a", pattern) is None


@pytest.mark.parametrize(
    ("text", "pattern", "found"),
    [
        ("a" * 40 + "!", r"^(a+)+$", False),
        ("a" * 40, r"^(a+)+$", True),
        ("xay", r"a", True),
        ("ab", r"^a$", False),
        ("foo bar", r"\bbar\b", True),
        ("²", r"\d", False),
        ("a\nb", r"a.b", False),
        ("b", r"(?<=a)b", False),
        ("ab", r"(?<=a)b", True),
    ],
)
def test_matching_follows_ecma_without_backtracking(text: str, pattern: str, found: bool) -> None:
    assert matches(text, pattern) is found


@pytest.mark.parametrize(
    "pattern", [r"((a{1000}){1000}){1000}", r"^((((((a*)*)*)*)*)*)*b$", r"^(([a-z])+.)+[A-Z]([a-z])+$"]
)
def test_a_pattern_beyond_the_bounds_is_given_up(pattern: str) -> None:
    assert make_string([pattern], 5000, None) is None
