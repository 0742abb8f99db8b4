"""Header fields are found by their whole names, in the order sent."""

import pytest

from mockwave._header_fields import first_value, values_of

HEADERS = [(b"accept", b"a/b"), (b"accept-language", b"de"), (b"accept", b"c/d"), (b"x", b"")]


def test_fields_are_found_by_their_whole_names() -> None:
    assert first_value(HEADERS, b"accept") == b"a/b"
    assert values_of(HEADERS, b"accept") == [b"a/b", b"c/d"]
    assert first_value(HEADERS, b"x") == b""


def test_a_field_that_is_not_there_has_no_value() -> None:
    assert first_value(HEADERS, b"accep") is None
    assert values_of([], b"accept") == []


@pytest.mark.parametrize("field", [(b"a",), (b"a", b"b", b"c"), ("a", b"b"), (None, b"b"), b"ab"])
def test_what_is_not_a_field_is_told_and_not_read(field: object) -> None:
    with pytest.raises((TypeError, ValueError)):
        first_value([field], b"a")  # type: ignore[list-item]
