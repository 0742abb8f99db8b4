"""What the JSON reader reads is what `json` reads of the same text; the rest it leaves to `json`."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockwave._json_reader import Unusual, read

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
TREES = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=40)
# Pieces that JSON is made of, and what looks like them.
MARKS = '{}[],: \n\x0b\0\x1f"-019.e'
WORDS = ("01", ".5", "1e5", "1E-3", "-0.0", "1.", "1e400", "9" * 18, "9" * 19, "true", "null", "tru", "NaN", "Infinity")
STRINGS = ('"a":', '"a"', '"é"', '"\\n\\/\\\\\\""', '"\\x"', '"\\u00e9"')
SURROGATES = ('"\\ud83d\\ude00"', '"\\ud83d"', '"\\ude00"', '"\\ud83d\\u0041"', "\ud800")
PIECES = st.sampled_from((*MARKS, *WORDS, *STRINGS, *SURROGATES))


def read_by_json(text: str) -> Any:
    """The tree, and in place of a fault None: told from a tree by the list around each."""

    def build(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len(dict(pairs)) < len(pairs):
            raise ValueError("a key is repeated")
        return dict(pairs)

    def refuse(name: str) -> None:
        raise ValueError(name)

    try:
        return [json.loads(text, object_pairs_hook=build, parse_constant=refuse)]
    except ValueError:
        return None


def read_here(text: str) -> Any:
    try:
        return [read(text.encode("utf-8", "surrogatepass"))]
    except Unusual:
        return None


@given(TREES, st.booleans(), st.sampled_from([None, 1]))
def test_what_json_writes_is_read_back(tree: Any, ascii_only: bool, indent: int | None) -> None:
    text = json.dumps(tree, ensure_ascii=ascii_only, indent=indent)
    assert repr(read(text.encode())) == repr(json.loads(text))


@given(st.lists(PIECES, max_size=12).map("".join))
def test_nothing_is_read_that_json_reads_in_another_way(text: str) -> None:
    found = read_here(text)
    assert found is None or repr(found) == repr(read_by_json(text))


@given(TREES, st.data())
def test_nothing_is_read_of_json_with_a_fault(tree: Any, data: st.DataObject) -> None:
    text = json.dumps(tree, ensure_ascii=data.draw(st.booleans()))
    at = data.draw(st.integers(0, len(text)))
    text = text[:at] + data.draw(PIECES) + text[at + data.draw(st.integers(0, 2)) :]
    found = read_here(text)
    assert found is None or repr(found) == repr(read_by_json(text))


@pytest.mark.parametrize(
    "text",
    ["[" * 401 + "]" * 401, '{"a": 1, "a": 2}', '"\\ud800"', '"\ud800"', "9" * 1001],
)
def test_what_json_may_read_in_its_own_way_is_left_to_it(text: str) -> None:
    with pytest.raises(Unusual):
        read(text.encode("utf-8", "surrogatepass"))


def test_equal_strings_are_one_object_however_many_there_are() -> None:
    names = [f"name {number}" for number in range(5_000)]
    tree = read(json.dumps([names, names, {name: name for name in names}]).encode())
    assert isinstance(tree, list)
    first, second, members = tree
    assert first == names
    assert all(
        one is other is name is member
        for one, other, (name, member) in zip(first, second, members.items(), strict=True)
    )
