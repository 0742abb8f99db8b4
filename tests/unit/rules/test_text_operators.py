"""Operators on texts, numbers and repeated values, as WireMock documents them."""

from typing import Any

import pytest

from tests.unit.rules.asked_conditions import compile_when, find_faults, view


def holds_for_query(matcher: dict[str, Any], query: str) -> bool:
    return compile_when({"query": {"q": matcher}}).holds(view(query=query))


@pytest.mark.parametrize(
    ("matcher", "query", "expected"),
    [
        ({"equalTo": "a"}, "q=a", True),
        ({"equalTo": "a"}, "q=A", False),
        ({"equalTo": "a"}, "", False),
        ({"equalTo": ""}, "q=", True),
        ({"equalTo": ""}, "q", True),
        ({"equalTo": ""}, "", False),
        ({"equalTo": "ÄB", "caseInsensitive": True}, "q=%C3%A4b", True),
        ({"contains": "b"}, "q=abc", True),
        ({"contains": "b"}, "q=ac", False),
        ({"contains": "b"}, "", False),
        ({"doesNotContain": "b"}, "q=ac", True),
        ({"doesNotContain": "b"}, "q=abc", False),
        ({"doesNotContain": "b"}, "", True),
        ({"matches": "[a-z]+"}, "q=abc", True),
        ({"matches": "[a-z]+"}, "q=abc1", False),
        ({"matches": "a|bc"}, "q=bc", True),
        ({"matches": "a|bc"}, "q=abc", False),
        ({"matches": "(?i)ABC"}, "q=abc", True),
        ({"matches": "a.c"}, "q=a%0Ac", False),
        ({"matches": "abc$"}, "q=abc%0A", False),
        ({"matches": "^abc$"}, "q=abc", True),
        ({"matches": "(?=.*1).*"}, "q=a1", True),
        ({"matches": ".*"}, "", False),
        ({"matches": r"\Qa.c\E"}, "q=a.c", True),
        ({"matches": r"\Qa.c\E"}, "q=abc", False),
        ({"matches": r"x\Q(*)"}, "q=x(*)", True),
        ({"matches": r"[\Q^]\E]+"}, "q=%5D%5E", True),
        ({"matches": r"a\hb[\h.]"}, "q=a%09b%C2%A0", True),
        ({"matches": r"a\\hb"}, "q=a%5Chb", True),
        ({"matches": r"\[&&\["}, "q=%5B%26%26%5B", True),
        ({"doesNotMatch": "[a-z]+"}, "q=abc", False),
        ({"doesNotMatch": "[a-z]+"}, "q=abc1", True),
        ({"doesNotMatch": "[a-z]+"}, "", True),
        ({"absent": True}, "", True),
        ({"absent": True}, "q", False),
        ({"absent": True}, "q=", False),
        ({"anything": True}, "", True),
        ({"anything": "(always)"}, "q=1", True),
        ({"binaryEqualTo": "YWI="}, "q=ab", True),
        ({"binaryEqualTo": "YWI="}, "q=ba", False),
    ],
)
def test_an_operator_on_texts_holds_for_what_wiremocks_does(
    matcher: dict[str, Any], query: str, expected: bool
) -> None:
    r"""`\Q…\E` and `\h`, which only Java has, were refused."""
    assert holds_for_query(matcher, query) is expected


def test_an_intersection_of_characters_is_refused_and_not_misread() -> None:
    """`[a-z&&[^z]]+` of Java was taken for the class `[a-z&[^]` and brackets, which matched something else."""
    faults = find_faults({"query": {"q": {"matches": "[a-z&&[^z]]+"}}})
    assert faults["/query/q/matches"][0] == "pattern"
    assert "&&" in faults["/query/q/matches"][1]


@pytest.mark.parametrize(
    ("matcher", "query", "expected"),
    [
        ({"equalTo": "b"}, "q=a&q=b", True),
        ({"equalTo": "c"}, "q=a&q=b", False),
        ({"not": {"equalTo": "a"}}, "q=a&q=b", True),
        ({"not": {"equalTo": "a"}}, "q=a", False),
        ({"not": {"equalTo": "a"}}, "", True),
        ({"not": {"absent": True}}, "", False),
        ({"not": {"absent": True}}, "q=1", True),
        ({"not": {"contains": "a"}}, "", True),
        ({"or": [{"equalTo": "a"}, {"absent": True}]}, "", True),
        ({"or": [{"equalTo": "a"}, {"absent": True}]}, "q=a", True),
        ({"or": [{"equalTo": "a"}, {"absent": True}]}, "q=b", False),
        ({"and": [{"contains": "a"}, {"contains": "b"}]}, "q=ab", True),
        ({"and": [{"contains": "a"}, {"contains": "b"}]}, "q=a&q=b", False),
        ({"contains": "a", "doesNotContain": "b"}, "q=a", True),
        ({"contains": "a", "doesNotContain": "b"}, "q=ab&q=b", False),
        ({"absent": True}, "q=a&q=b", False),
        ({"hasExactly": [{"equalTo": "a"}, {"equalTo": "b"}]}, "q=b&q=a", True),
        ({"hasExactly": [{"equalTo": "a"}, {"equalTo": "b"}]}, "q=a", False),
        ({"hasExactly": [{"equalTo": "a"}, {"equalTo": "b"}]}, "q=a&q=b&q=c", False),
        ({"hasExactly": [{"equalTo": "a"}, {"equalTo": "a"}]}, "q=a&q=b", False),
        ({"hasExactly": [{"equalTo": "a"}, {"equalTo": "a"}]}, "q=a&q=a", True),
        ({"hasExactly": [{"matches": "a.*"}, {"equalTo": "ab"}]}, "q=ab&q=ac", True),
        ({"hasExactly": [{"matches": ".*"}, {"matches": "a.*"}, {"equalTo": "ab"}]}, "q=ab&q=ac&q=b", True),
        ({"hasExactly": [{"equalTo": "a"}]}, "", False),
        ({"hasExactly": []}, "", True),
        ({"includes": [{"equalTo": "a"}, {"matches": "[0-9]"}]}, "q=1&q=x&q=a", True),
        ({"includes": [{"equalTo": "a"}, {"matches": "[0-9]"}]}, "q=x&q=a", False),
        ({"includes": [{"equalTo": "a"}]}, "", False),
        ({"not": {"includes": [{"equalTo": "a"}]}}, "q=x&q=a", False),
        ({"not": {"includes": [{"equalTo": "a"}]}}, "q=x&q=b", True),
        ({"includes": [{"equalTo": "a"}], "matches": "."}, "q=x&q=a", True),
    ],
)
def test_of_repeated_values_any_counts_and_lists_ask_for_all(
    matcher: dict[str, Any], query: str, expected: bool
) -> None:
    assert holds_for_query(matcher, query) is expected


@pytest.mark.parametrize(
    ("matcher", "text", "expected"),
    [
        ({"equalToNumber": 1}, "1.0", True),
        ({"equalToNumber": 1.0}, "1", True),
        ({"equalToNumber": "1e2"}, "100", True),
        ({"equalToNumber": 1}, "+1", True),
        ({"equalToNumber": 0.1}, "0.10", True),
        ({"equalToNumber": 1}, "one", False),
        ({"equalToNumber": 1}, "", False),
        ({"equalToNumber": 9007199254740993}, "9007199254740992", False),
        ({"greaterThanNumber": 10}, "9", False),
        ({"greaterThanNumber": 10}, "10", False),
        ({"greaterThanNumber": 10}, "10.001", True),
        ({"greaterThanEqualNumber": 10}, "10.0", True),
        ({"greaterThanEqualNumber": 10}, "-10", False),
        ({"lessThanNumber": 10}, "9", True),
        ({"lessThanNumber": 10}, "nine", False),
        ({"lessThanEqualNumber": 10}, "1e1", True),
        ({"lessThanEqualNumber": 10}, "1e999999999", False),
        ({"greaterThanNumber": 1, "lessThanNumber": 2}, "1.5", True),
        ({"greaterThanNumber": 1}, "1_000", False),
        ({"greaterThanNumber": 1}, "\u0661\u0660", False),
        ({"not": {"greaterThanNumber": 1}}, "x", True),
    ],
)
def test_numbers_are_compared_by_what_they_amount_to(matcher: dict[str, Any], text: str, expected: bool) -> None:
    condition = compile_when({"headers": {"X": matcher}})

    assert condition.holds(view(headers=[("x", text)])) is expected


@pytest.mark.parametrize("name", ["equalToNumber", "greaterThanNumber", "lessThanEqualNumber"])
def test_what_is_not_there_is_no_number(name: str) -> None:
    assert not holds_for_query({name: 1}, "")


@pytest.mark.parametrize(
    ("matcher", "rule"),
    [
        ({"equalToNumber": "x"}, "type"),
        ({"equalToNumber": True}, "type"),
        ({"lessThanNumber": None}, "type"),
        ({"greaterThanNumber": [1]}, "type"),
    ],
)
def test_what_is_no_number_is_refused(matcher: dict[str, Any], rule: str) -> None:
    (name,) = matcher

    assert {at: found for at, (found, _) in find_faults({"query": {"q": matcher}}).items()} == {
        f"/query/q/{name}": rule
    }


@pytest.mark.parametrize(
    "matcher",
    [
        {"absent": True, "contains": "a"},
        {"absent": True, "not": {"absent": True}},
        {"equalTo": "a", "doesNotContain": "a"},
        {"equalTo": "a", "doesNotMatch": "[a-z]"},
        {"equalTo": "a", "binaryEqualTo": "YmI="},
        {"equalTo": "a", "greaterThanNumber": 1},
        {"equalTo": "{}", "matchesJsonPath": "$.a"},
        {"equalTo": "a", "not": {"equalTo": "a"}},
        {"and": [{"equalTo": "a"}, {"and": [{"equalTo": "b"}]}]},
        {"contains": "abc", "doesNotContain": "b"},
        {"matches": "a+", "doesNotMatch": "a+"},
        {"greaterThanNumber": 2, "lessThanNumber": 2},
        {"greaterThanNumber": 2, "lessThanEqualNumber": 2},
        {"equalToNumber": 2, "lessThanNumber": 2},
        {"greaterThanEqualNumber": 3, "lessThanEqualNumber": 2},
        {"after": "2024-01-02T00:00:00Z", "before": "2024-01-01T00:00:00Z"},
        {"after": "2024-01-02T00:00:00Z", "equalToDateTime": "2024-01-02T00:00:00Z"},
    ],
)
def test_operators_that_never_hold_at_once_are_refused(matcher: dict[str, Any]) -> None:
    assert {at: rule for at, (rule, _) in find_faults({"query": {"q": matcher}}).items()} == {"/query/q": "never"}


@pytest.mark.parametrize(
    "matcher",
    [
        {"greaterThanEqualNumber": 2, "lessThanEqualNumber": 2},
        {"equalTo": "ab", "contains": "a", "matches": "[a-z]+"},
        {"equalTo": "a", "caseInsensitive": True, "matches": "A"},
        {"after": "2024-01-01T00:00:00Z", "before": "2024-01-02T00:00:00Z"},
        {"absent": True, "doesNotContain": "a", "not": {"equalTo": "b"}},
        {"includes": [{"equalTo": "a"}, {"equalTo": "b"}], "equalTo": "c"},
    ],
)
def test_operators_that_may_hold_at_once_are_taken(matcher: dict[str, Any]) -> None:
    assert find_faults({"query": {"q": matcher}}) == {}


def test_a_single_valued_name_that_is_asked_to_be_two_things_is_refused() -> None:
    when = {
        "pathParameters": {"id": {"equalTo": "1"}},
        "all": [{"pathParameters": {"id": {"equalTo": "2"}}}, {"cookies": {"s": {"absent": True}}}],
        "cookies": {"s": {"contains": "a"}},
    }

    faults = find_faults(when)

    assert {at: rule for at, (rule, _) in faults.items()} == {
        "/all/0/pathParameters/id": "never",
        "/cookies/s": "never",
    }


@pytest.mark.parametrize(
    ("when", "query", "headers", "expected"),
    [
        ({"query": {"strict": True, "a": {"equalTo": "1"}}}, "a=1", [], True),
        ({"query": {"strict": True, "a": {"equalTo": "1"}}}, "a=1&b=2", [], False),
        ({"query": {"strict": True}}, "", [], True),
        ({"query": {"strict": True}}, "b", [], False),
        ({"query": {"strict": False, "a": {"equalTo": "1"}}}, "a=1&b=2", [], True),
        ({"query": {"strict": {"equalTo": "1"}}}, "strict=1&b=2", [], True),
        ({"headers": {"strict": True, "X-A": {"anything": True}}}, "", [("X-A", "1"), ("Host", "a")], True),
        ({"headers": {"strict": True, "X-A": {"anything": True}}}, "", [("X-A", "1"), ("X-B", "1")], False),
        ({"headers": {"strict": True}}, "", [("Content-Length", "0"), ("Connection", "close")], True),
    ],
)
def test_strict_refuses_what_is_not_named(
    when: dict[str, Any], query: str, headers: list[tuple[str, str]], expected: bool
) -> None:
    condition = compile_when(when)
    request = view(query=query, headers=headers)

    assert condition.holds(request) is expected
    assert (condition.explain(request) is None) is expected
