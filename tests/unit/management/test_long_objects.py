"""Objects and arrays read in pieces have the same members, wherever a comma or a bracket stands."""

import json
from typing import Any

import pytest

from mockwave.management.long_objects import SLICE_BYTES, make_member_decoder, read_items, read_values
from mockwave.pauses import Pauses

LONG = SLICE_BYTES * 3
MEMBERS: dict[str, list[Any]] = {
    "numbers": list(range(LONG // 4)),
    "strings with commas and quotes": ['a,"b":1,"' * 9] * (LONG // 50),
    "strings that end in a comma": ["x,"] * LONG,
    "nested": [[{"a": [1, {"b": ",", "c": [[], {}]}], "d": "}]"}] * 20] * (LONG // 600),
    "one long item": [1, list(range(LONG)), 2],
    "one long object at the end": [{"a": 1}, {str(n): {"x": n} for n in range(LONG // 4)}],
    "a long string": ["y" * LONG, "z"],
    "none": [],
    "literals": [True, False, None, -1.5, 1e9] * (LONG // 8),
}


@pytest.mark.parametrize("separators", [(",", ":"), (", ", " : "), (" ,\n\t", ":\r\n")])
@pytest.mark.parametrize("name", MEMBERS)
async def test_all_members_are_read(name: str, separators: tuple[str, str]) -> None:
    given = MEMBERS[name]
    pauses = Pauses(lambda: 0)
    text = json.dumps(given, separators=separators).encode()
    items = [json.loads(bytes(item)) async for piece in read_items(text + b" \n", pauses) for item in piece]
    assert items == given
    named = {f"k{number},": value for number, value in enumerate(given)}
    read: dict[str, Any] = {}
    async for piece in read_values(json.dumps(named, separators=separators).encode(), pauses):
        read |= piece
    assert read == named


async def test_pieces_are_short() -> None:
    text = json.dumps(MEMBERS["numbers"]).encode()
    sizes = [sum(map(len, piece)) async for piece in read_items(text, Pauses(lambda: 0))]
    assert len(sizes) >= 3
    assert max(sizes) <= SLICE_BYTES


def test_wanted_members_are_read_and_no_others() -> None:
    decode = make_member_decoder(["a", "b-c", "d"])
    assert {name: bytes(raw) for name, raw in decode(b'{"x": {"a": 2}, "b-c": [1, 2], "a": 0, "a": "1"}').items()} == {
        "a": b'"1"',
        "b-c": b"[1, 2]",
    }
