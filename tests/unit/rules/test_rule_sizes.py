"""How many values a rule may have, and what counts as one."""

import json
from typing import Any

import pytest

from mockwave.rules import rule_sizes
from mockwave.rules.rule_sizes import MOST_VALUES, count_values, has_too_many_values
from tests.unit.rules.asked_conditions import find_faults


@pytest.mark.parametrize(
    ("value", "count"),
    [
        ([], 0),
        ({"a": {}, "b": []}, 2),
        ([[1, 2], {"a": [3]}], 6),
        (["a,b,[c", "\\", '\\",[1', "{"], 4),
        ({"[,": "{,"}, 1),
    ],
)
@pytest.mark.parametrize("indent", [None, 2])
def test_members_and_items_are_counted_and_nothing_within_texts(
    value: Any, count: int, indent: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rule_sizes, "MOST_VALUES", -1)

    assert list(count_values(json.dumps(value, indent=indent).encode()))[-1] == count


def test_a_rule_may_have_so_many_values_and_no_more() -> None:
    assert not has_too_many_values(json.dumps([1] * MOST_VALUES).encode())
    assert has_too_many_values(json.dumps([1] * (MOST_VALUES + 1)).encode())
    assert not has_too_many_values(json.dumps({"then": {"responseBody": "[," * 1_000_000}}).encode())


def test_json_as_a_text_may_have_no_more_values_either() -> None:
    """Its 400,000 items were decoded in one go of 40 ms, in which no other thread runs."""
    faults = find_faults({"body": [{"equalToJson": json.dumps([1] * (MOST_VALUES + 1))}]})

    assert faults == {"/body/0/equalToJson": ("limit", f"it may have {MOST_VALUES} members and items in all")}
