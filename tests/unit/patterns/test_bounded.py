"""Patterns from documents match as ECMA-262 says, within bounds; the caller learns when a bound is reached."""

import pytest

from mockwave.patterns.bounded import (
    COMPILED_BYTES,
    SMALL_BYTES,
    BoundedPattern,
    PatternRefused,
    compile_pattern,
    measure_pattern,
)


@pytest.mark.parametrize(
    ("pattern", "text", "is_found"),
    [
        ("a+", "xaay", True),
        ("^a+$", "xaay", False),
        (r"^(a+)+$", "a" * 5000 + "!", False),
        (r"^(a|a)*$", "a" * 5000 + "!", False),
        (r"^(\w+\s?)+$", "a" * 5000 + "!", False),
        (r"^(?=.*\d)[a-z\d]+$", "abc1", True),
        (r"(\w)\1", "abb", True),
        (r"\d", "\u0663", False),
        ("a", "\ud800", False),
    ],
)
def test_a_pattern_is_found_or_not(pattern: str, text: str, is_found: bool) -> None:
    """`re` took 5 s for the third, twice as long with each letter."""
    assert BoundedPattern(pattern).is_found_in(text) is is_found


def test_it_is_told_where_telling_takes_too_long() -> None:
    assert BoundedPattern(r"^(?:(?=a)a|a)*b$").is_found_in("a" * 60 + "!") is None


@pytest.mark.parametrize("pattern", ["(", "[z-a]", "(((a{100}){100}){100})", r"^\p{L}{1,9000}$", "a" * 20_000])
def test_what_is_no_pattern_or_too_large_a_one_is_refused(pattern: str) -> None:
    with pytest.raises(PatternRefused):
        BoundedPattern(pattern)
    assert compile_pattern(pattern) is None


def test_a_pattern_that_others_may_wait_for_is_refused_where_none_may() -> None:
    large = r"^\p{L}{1,50}$"
    assert measure_pattern(large).size_bytes > COMPILED_BYTES
    assert compile_pattern(large) is None
    with pytest.raises(PatternRefused):
        measure_pattern(large, SMALL_BYTES)


@pytest.mark.parametrize(
    ("pattern", "is_linear"), [("^a+$", True), (r"\\1", True), ("(?:a)", True), ("(?=a)", False), (r"(a)\1", False)]
)
def test_only_what_needs_backtracking_may_backtrack(pattern: str, is_linear: bool) -> None:
    assert measure_pattern(pattern).is_linear is is_linear
