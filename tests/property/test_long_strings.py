"""A JSON string read part by part is the same as when read whole, wherever it is cut; so is one that is written."""

import asyncio
import json
from collections.abc import Sequence
from itertools import pairwise

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockwave.management.long_strings import PART_BYTES, cut_string, read_string, write_string
from mockwave.pauses import Pauses
from mockwave.reading.source_texts import NotAString

PIECES = st.sampled_from([
    b"a", b" ", b"\\\\", b"\\n", b'\\"', b"\\u00e9", b"\\ud83d\\ude00", b"\\\\ud83d", b"\\/", b"0", b"u", b"d83d",
    "\u00e9".encode(), "\u20ac".encode(), "\U0001f600".encode(),
])  # fmt: skip
TEXTS = st.lists(PIECES, max_size=60).map(b"".join)


def cut(text: bytes, places: Sequence[int]) -> list[bytes]:
    bounds = [0, *sorted(place % (len(text) + 1) for place in places), len(text)]
    return [text[start:end] for start, end in pairwise(bounds)]


def read(pieces: Sequence[bytes]) -> bytes:
    return asyncio.run(read_string(pieces, Pauses(lambda: 0)))


@given(TEXTS, st.lists(st.integers(0, 1000), max_size=8))
def test_where_a_string_is_cut_makes_no_difference(text: bytes, places: list[int]) -> None:
    pieces = cut(text, places)
    assert b"".join(cut_string(pieces)) == text
    assert read(pieces) == json.loads(b'"%b"' % text).encode()


@given(TEXTS, st.sampled_from([b"\\x", b"\\u12", b"\x01", b"\xff", b"\\ud83d", b"\\", b"\xc3"]), st.integers(0, 500))
def test_what_is_not_a_string_is_not_one_in_parts(text: bytes, fault: bytes, place: int) -> None:
    with pytest.raises(NotAString):
        read([text, fault, b"-", text[:place]])


@pytest.mark.parametrize("unit", [b"\\", b"\\\\", b"\\u0041", b"\\ud83d\\ude00", "\u20ac".encode(), b"\\ud83d"])
def test_parts_stay_short_whatever_is_sent(unit: bytes) -> None:
    """One that was cut at its commas alone would be read in one go where it has none."""
    text = unit * (4 * PART_BYTES // len(unit))
    pieces = [text[start : start + PART_BYTES] for start in range(0, len(text), PART_BYTES)]
    assert max(map(len, cut_string(pieces))) <= PART_BYTES + 12


@given(st.text(max_size=50), st.integers(0, 2 * PART_BYTES))
def test_a_string_that_is_written_in_parts_is_the_one_written_whole(text: str, length: int) -> None:
    content = (text or "\u20ac").encode() * (length // max(len(text.encode()), 3))
    assert b"".join(write_string(content)) == msgspec.json.encode(content.decode())


def test_bytes_that_are_not_text_are_written_as_the_character_for_that() -> None:
    assert b"".join(write_string(b"a\xff" * PART_BYTES)) == msgspec.json.encode("a\ufffd" * PART_BYTES)
