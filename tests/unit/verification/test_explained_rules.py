"""Explanations of rules: of a long list so many as somebody can read, and among them those that matter."""

import json
from typing import Any

from mockwave.rules.request_view import RequestView
from mockwave.verification.explaining import MOST_EXPLAINED, explain_rules


def asked_for(value: bytes) -> RequestView:
    return RequestView(method="GET", path=b"/", query=b"", headers=[(b"x-a", value)], body=None)


def stored(count: int, **last: Any) -> bytes:
    rules: list[Any] = [
        {"when": {"headers": {"X-A": {"equalTo": str(n)}}}, "then": {"statusCode": 201}} for n in range(count)
    ]
    rules[-1] |= last
    return json.dumps(rules).encode()


def test_of_a_long_list_the_first_rules_are_explained_and_the_others_counted() -> None:
    explained = explain_rules("route", stored(10_000), asked_for(b"none"), "")
    assert [rule.name for rule in explained.rules] == [f"#{number}" for number in range(MOST_EXPLAINED)]
    assert explained.left_out == 10_000 - MOST_EXPLAINED
    assert not explained.is_over


def test_the_rule_that_answered_is_explained_wherever_it_stands() -> None:
    explained = explain_rules("route", stored(2_000, name="last"), asked_for(b"1999"), "last")
    assert [rule.name for rule in explained.rules[-2:]] == [f"#{MOST_EXPLAINED - 1}", "last"]
    assert (explained.rules[-1].answered, explained.rules[-1].holds, explained.is_over) == (True, True, True)
    assert explained.left_out == 1_999 - MOST_EXPLAINED


def test_rules_that_hold_are_explained_beyond_those_but_not_without_end() -> None:
    rules = [{"when": {}, "probability": 0.5, "then": {"statusCode": 201}}] * 3_000
    explained = explain_rules("route", json.dumps(rules).encode(), asked_for(b""), "")
    assert len(explained.rules) == 2 * MOST_EXPLAINED
    assert explained.left_out == 3_000 - 2 * MOST_EXPLAINED


def test_a_short_list_is_explained_whole() -> None:
    explained = explain_rules("route", stored(3), asked_for(b"1"), "")
    assert [rule.holds for rule in explained.rules] == [False, True, False]
    assert explained.left_out == 0
