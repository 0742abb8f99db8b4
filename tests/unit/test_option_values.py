"""Values of options: what they mean, and that others are refused with the way out."""

import pytest

from mockwave.option_values import (
    OptionError,
    Retention,
    read_duration,
    read_flag,
    read_retention,
    read_size,
    show_duration,
    show_size,
)


@pytest.mark.parametrize(
    ("text", "seconds"), [("45s", 45), ("15m", 900), ("12h", 43_200), ("7d", 604_800), ("2w", 1_209_600)]
)
def test_a_duration_is_a_number_and_a_unit(text: str, seconds: int) -> None:
    assert read_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "7", "d", "-1d", "0d", "7 d", "1.5h", "7days", "٣d" * 9])
def test_anything_else_is_no_duration(text: str) -> None:
    with pytest.raises(OptionError, match="such as 12h"):
        read_duration(text)


def test_a_retention_is_a_number_of_entries_or_an_age() -> None:
    assert read_retention("100000") == Retention(entries=100_000)
    assert read_retention("7d") == Retention(age_s=604_800)


@pytest.mark.parametrize("text", ["", "many", "-5", "7y"])
def test_anything_else_is_no_retention(text: str) -> None:
    with pytest.raises(OptionError, match="100000"):
        read_retention(text)


@pytest.mark.parametrize(
    ("text", "size"), [("4096", 4096), ("64K", 65_536), ("16M", 16_777_216), ("1GiB", 1_073_741_824), ("2kb", 2048)]
)
def test_a_size_is_in_bytes_or_a_power_of_1024(text: str, size: int) -> None:
    assert read_size(text) == size


@pytest.mark.parametrize("text", ["", "big", "-1", "1T", "1.5M"])
def test_anything_else_is_no_size(text: str) -> None:
    with pytest.raises(OptionError, match="such as 16M"):
        read_size(text)


@pytest.mark.parametrize("text", ["45s", "15m", "12h", "6d", "2w"])
def test_a_duration_is_shown_as_it_is_typed(text: str) -> None:
    assert show_duration(read_duration(text)) == text


@pytest.mark.parametrize("text", ["1000", "64K", "16M", "1G"])
def test_a_size_is_shown_as_it_is_typed(text: str) -> None:
    assert show_size(read_size(text)) == text


@pytest.mark.parametrize(
    ("text", "value"), [("1", True), ("Yes", True), (" on ", True), ("FALSE", False), ("0", False)]
)
def test_a_flag_is_a_word_for_true_or_false(text: str, value: bool) -> None:
    assert read_flag(text) is value


@pytest.mark.parametrize("text", ["", "2", "maybe"])
def test_anything_else_is_no_flag(text: str) -> None:
    with pytest.raises(OptionError, match="1 or 0"):
        read_flag(text)
