"""Compiled conditions hold exactly where the slow reference says so; JSONPath finds what its library finds."""

from typing import Any

import jsonpath_rfc9535
import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from mockwave.model import Violation
from mockwave.patterns.bounded import BoundedPattern, PatternRefused
from mockwave.patterns.whole_texts import compile_whole, is_proven_harmless
from mockwave.rules.conditions import compile_condition
from mockwave.rules.json_paths import compile_path
from mockwave.rules.json_values import are_equal
from mockwave.rules.request_view import RequestView
from mockwave.rules.step_budget import Steps
from tests.property import reference_conditions

WORDS = ["a", "b", "ab", "A", "", "1", "1.0", "10", "-2", '{"a":1}', '{"a": 1.0}', "[1,true]", "null"]
NAMES = ["x", "y"]
words = st.sampled_from(WORDS)
json_values = st.sampled_from([1, True, None, [1, True], {"a": 1}, {"a": 1.0, "b": []}, "a"])

plain_operators = st.one_of(
    st.fixed_dictionaries({"equalTo": words}),
    st.fixed_dictionaries({"equalTo": words, "caseInsensitive": st.booleans()}),
    st.fixed_dictionaries({"contains": words}),
    st.fixed_dictionaries({"doesNotContain": words}),
    st.fixed_dictionaries({"matches": st.sampled_from(["a+", "a|b", "[0-9.]+", "(ab|1)*", ".*a.*"])}),
    st.fixed_dictionaries({"doesNotMatch": st.sampled_from(["a+", "[^a]*", "(a|b){2}"])}),
    st.just({"absent": True}),
    st.just({"anything": True}),
    st.builds(
        lambda name, number: {name: number},
        st.sampled_from(
            ["equalToNumber", "greaterThanNumber", "greaterThanEqualNumber", "lessThanNumber", "lessThanEqualNumber"]
        ),
        st.integers(-2, 10),
    ),
    st.builds(lambda value: {"equalToJson": value}, json_values.filter(lambda value: not isinstance(value, str))),
)
operators = st.recursive(
    plain_operators,
    lambda inner: st.one_of(
        st.builds(lambda each: {"not": each}, inner),
        st.builds(lambda each: {"and": each}, st.lists(inner, max_size=3)),
        st.builds(lambda each: {"or": each}, st.lists(inner, min_size=1, max_size=3)),
        st.builds(lambda one, other: {**one, **other}, inner, inner),
    ),
    max_leaves=4,
)
matchers = st.one_of(
    operators,
    st.builds(lambda each: {"hasExactly": each}, st.lists(plain_operators, max_size=3)),
    st.builds(lambda each: {"includes": each}, st.lists(plain_operators, max_size=3)),
)
named = st.dictionaries(st.sampled_from(NAMES), matchers, max_size=2)
leaves = st.fixed_dictionaries(
    {},
    optional={
        "method": st.sampled_from(["GET", "PUT"]),
        "headers": named,
        "query": st.builds(lambda one, other: {**one, **other}, named, st.sampled_from([{}, {}, {"strict": True}])),
        "pathParameters": st.dictionaries(st.sampled_from(NAMES), operators, max_size=2),
        "body": st.lists(operators, max_size=2),
    },
)
conditions = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.builds(lambda each: {"all": each}, st.lists(inner, max_size=3)),
        st.builds(lambda each: {"any": each}, st.lists(inner, min_size=1, max_size=3)),
        st.builds(lambda each: {"not": each}, inner.filter(bool)),
        st.builds(lambda one, other: {**one, **other}, inner, inner),
    ),
    max_leaves=5,
)


def _quote(text: str) -> str:
    return text.replace("%", "%25").replace("&", "%26").replace("+", "%2B").replace(" ", "+")


requests = st.builds(
    lambda method, headers, query, parameters, body: RequestView(
        method=method,
        path=b"/",
        query="&".join(f"{name}={_quote(value)}" for name, value in query).encode(),
        headers=[(name.encode(), value.encode()) for name, value in headers],
        body=body.encode(),
        path_parameters=parameters,
    ),
    st.sampled_from(["GET", "PUT"]),
    st.lists(st.tuples(st.sampled_from(NAMES), words), max_size=4),
    st.lists(st.tuples(st.sampled_from(NAMES), words), max_size=4),
    st.dictionaries(st.sampled_from(NAMES), words, max_size=2),
    words,
)


@given(matchers, st.lists(st.lists(words, max_size=3), min_size=5, max_size=8))
@settings(max_examples=400)
def test_a_matcher_holds_for_repeated_values_where_the_reference_says_so(
    matcher: Any, queries: list[list[str]]
) -> None:
    faults: list[Violation] = []
    when = {"query": {"q": matcher}}
    condition = compile_condition(when, at="", of_server=False, path_parameters=None, faults=faults)
    expected = [reference_conditions.any_holds(matcher, values) for values in queries]

    if faults:
        assert {fault.rule for fault in faults} == {"never"}
        assert not any(expected)
    else:
        views = [
            RequestView(
                method="GET",
                path=b"/",
                query="&".join(f"q={_quote(value)}" for value in values).encode(),
                headers=[],
                body=b"",
            )
            for values in queries
        ]
        assert [condition.holds(view) for view in views] == expected


@given(conditions, st.lists(requests, min_size=1, max_size=5))
@settings(max_examples=300)
def test_a_condition_holds_where_the_reference_says_so(when: Any, views: list[RequestView]) -> None:
    faults: list[Violation] = []
    condition = compile_condition(when, at="", of_server=True, path_parameters=None, faults=faults)
    expected = [reference_conditions.holds(when, view) for view in views]

    assert {fault.rule for fault in faults} <= {"never"}
    if faults:
        assert not any(expected)  # refused as what can never hold
    else:
        assert [condition.holds(view) for view in views] == expected
        assert [condition.explain(view) is None for view in views] == expected


documents = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-2, 2), st.sampled_from([1.0, "a", "b", "ab"])),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.sampled_from("abc"), inner, max_size=3)),
    max_leaves=12,
)
steps = st.sampled_from([".a", ".b", "[0]", "[-1]", "[*]", ".*", "..a", "..*", "[1:]", "[::-1]", "['a','b']", "[0,0]"])
comparable = st.sampled_from(
    ["@", "@.a", "@[0]", "$.a", "1", "'a'", "true", "null", "length(@)", "count(@.*)", "value(@..a)"]
)
tests = st.recursive(
    st.one_of(
        st.builds(
            lambda one, sign, other: f"{one} {sign} {other}",
            comparable,
            st.sampled_from(["==", "!=", "<", ">", "<=", ">="]),
            comparable,
        ),
        st.sampled_from(["@.a", "@..b", "$.a[0]", "match(@, 'a.*')", "search(@.a, 'b')"]),
    ),
    lambda inner: st.one_of(
        st.builds(lambda one: f"!({one})", inner),
        st.builds(lambda one, sign, other: f"({one}) {sign} ({other})", inner, st.sampled_from(["&&", "||"]), inner),
    ),
    max_leaves=3,
)
paths = st.builds(
    lambda parts: "$" + "".join(parts),
    st.lists(st.one_of(steps, st.builds(lambda test: f"[?{test}]", tests)), max_size=4),
)


@given(paths, documents)
def test_a_json_path_finds_what_its_library_finds(path: str, document: Any) -> None:
    found = compile_path(path).find(document, Steps())
    expected = [node.value for node in jsonpath_rfc9535.find(path, document)]

    assert len(found) == len(expected)
    assert all(are_equal(one, other, Steps()) for one, other in zip(found, expected, strict=True))


@given(documents, documents)
def test_json_is_equal_to_itself_and_to_nothing_else(one: Any, other: Any) -> None:
    condition = compile_condition(
        {"body": [{"equalToJson": msgspec.json.encode(one).decode()}]},
        at="",
        of_server=False,
        path_parameters=None,
        faults=[],
    )

    def is_equal(value: Any) -> bool:
        body = msgspec.json.encode(value)
        return condition.holds(RequestView(method="GET", path=b"/", query=b"", headers=[], body=body))

    assert is_equal(one)
    assert is_equal(other) is are_equal(one, other, Steps())


@given(st.text("ab0(|)[]{}*+?^$,-2 :/", max_size=10), st.lists(st.text("ab0-\n ", max_size=6), min_size=1, max_size=5))
def test_a_pattern_proven_harmless_means_the_same_to_both_engines(pattern: str, texts: list[str]) -> None:
    if not is_proven_harmless(pattern):
        return
    try:
        bounded = BoundedPattern(f"^(?:{pattern})$")
    except PatternRefused:
        return

    assert [compile_whole(pattern)(text) for text in texts] == [bounded.is_found_in(text) for text in texts]
