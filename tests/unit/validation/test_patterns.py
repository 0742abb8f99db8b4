"""Patterns written for JavaScript, as the regular expression engine is given them."""

import pytest

from mockwave.validation.patterns import mend_pattern


@pytest.mark.parametrize(
    ("pattern", "mended"),
    [
        ("^a{2,3}$", "^a{2,3}$"),
        (r"^{[0-9]{4}}$", r"^\{[0-9]{4}\}$"),
        (r"^a{,3}[{}]\{$", r"^a\{,3\}[{}]\{$"),
        (r"^\p{L}{x}$", r"^\p{L}\{x\}$"),
        (r"^a\Z", None),
        ("(", None),
    ],
)
def test_a_brace_that_begins_no_quantifier_stands_for_itself(pattern: str, mended: str | None) -> None:
    assert mend_pattern(pattern) == mended
