"""The index of a long list leaves out no rule that holds, whatever its rules ask for, and keeps their order."""

import json
from collections.abc import Sequence
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from mockwave.model import FAULT_NAMES
from mockwave.paths import PathError, parse_path
from mockwave.rules.outcomes.then import RouteTraits
from mockwave.rules.request_view import RequestView
from mockwave.rules.rule_index import RuleIndex
from mockwave.rules.rule_reading import RuleFaults, read_rules
from mockwave.rules.rules import FEWEST_INDEXED, RuleSet
from mockwave.state.states import Step

texts = st.sampled_from(["a", "b", "A", "é", "a b", "", "x/y"])
matchers = st.one_of(
    st.builds(lambda text: {"equalTo": text}, texts),
    st.builds(lambda text: {"equalTo": text, "caseInsensitive": True}, texts),
    st.builds(lambda text: {"equalTo": text, "contains": text[:1]}, texts),
    st.builds(lambda text: {"or": [{"equalTo": text}, {"absent": True}]}, texts),
    st.builds(lambda text: {"includes": [{"equalTo": text}]}, texts),
    st.builds(lambda text: {"not": {"equalTo": text}}, texts),
    st.just({"absent": True}),
)
names = st.sampled_from(["a", "B", "id"])
SEGMENTS = ["/", "/a", "/a/", "/a/b", "//a", "/a//b", "/é", "/a%20b", "/a b", "/%61", "/x%2Fy", "/A", "/{id}", "/a/**"]
paths = st.sampled_from(SEGMENTS)
members: st.SearchStrategy[Any] = st.one_of(
    st.builds(lambda name, each: {"headers": {name: each}}, names, matchers),
    st.builds(lambda name, each: {"query": {name: each}}, names, matchers),
    st.builds(lambda name, each: {"cookies": {name: each}}, names, matchers),
    st.builds(lambda each: {"method": each}, st.sampled_from(["GET", "POST", "ANY", {"equalTo": "GET"}])),
    st.builds(lambda each: {"client": each}, matchers),
)
of_routes = members | st.builds(lambda each: {"pathParameters": {"id": each}}, matchers)
of_servers = st.one_of(
    members,
    st.builds(lambda each: {"path": each}, paths | matchers),
    st.builds(lambda each: {"path": "/{id}", "pathParameters": {"id": each}}, matchers),
)


def whens(of: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Any]]:
    both = st.builds(lambda one, other: {"all": [one, other]}, of, of)
    others = st.builds(lambda one: {"not": one}, of) | st.builds(lambda one, other: {"any": [one, other]}, of, of)
    return st.lists(of | both | others, min_size=FEWEST_INDEXED, max_size=30)


views = st.builds(
    lambda method, path, query, headers, client, parameter: RequestView(
        method=method,
        path=path.encode(),
        query=query,
        headers=headers,
        body=b"",
        client=client,
        path_parameters={"id": parameter},
    ),
    st.sampled_from(["GET", "POST"]),
    st.sampled_from([path for path in SEGMENTS if "{" not in path and "*" not in path]),
    st.sampled_from([b"", b"a=a&a=b", b"a=a%20b&B=", b"id=a&B=b", b"a=%C3%A9"]),
    st.lists(
        st.tuples(
            st.sampled_from([b"a", b"b", b"id", b"cookie"]),
            st.sampled_from([b"a", b"b", "é".encode(), b"\xe9", b"a=a; B=b", b"id=x/y"]),
        ),
        max_size=4,
    ),
    st.sampled_from(["", "a", "b"]),
    texts,
)


def readable(given_whens: Sequence[Any], *, of_server: bool) -> list[Any]:
    """Rules of those that may be stored."""
    found = []
    for when in given_whens:
        rule = {"when": when, "then": {"statusCode": 201}}
        try:
            read([rule], of_server=of_server)
        except RuleFaults:
            continue
        found.append(rule)
    return found


def read(rules: list[Any], *, of_server: bool) -> RuleSet:
    route = None if of_server else RouteTraits(path_parameters=("id",))
    return read_rules(rules, at="", of_server=of_server, route=route, engine_faults=FAULT_NAMES)


def check(rules: RuleSet, view: RequestView) -> None:
    conditions = [rule.condition for rule in rules.rules]
    holding = [number for number, each in enumerate(conditions) if each is None or each.holds(view)]
    indexed: Any = conditions
    index = RuleIndex()
    assert len(list(index.take_in_steps(list(map(RuleIndex.find_asked, indexed))))) > 0
    candidates = list(index.find_candidates(view))
    assert candidates == sorted(set(candidates))
    assert set(holding) <= set(candidates)
    assert list(rules.find_holding(view)) == holding


@settings(max_examples=150)
@given(given_whens=whens(of_routes), asked=st.lists(views, min_size=1, max_size=5))
def test_no_rule_of_a_route_that_holds_is_left_out(given_whens: list[Any], asked: list[RequestView]) -> None:
    rules = read(readable(given_whens, of_server=False), of_server=False)
    for view in asked:
        check(rules, view)


def test_a_path_that_is_sent_unescaped_is_found() -> None:
    """`/é` as two bytes: its text is another one than the pattern's."""
    rules = read([{"when": {"path": "/é"}, "then": {"statusCode": 201}}] * FEWEST_INDEXED, of_server=True)
    check(rules, RequestView(method="GET", path="/é".encode(), query=b"", headers=[], body=b""))


@settings(max_examples=150)
@given(given_whens=whens(of_servers), asked=st.lists(views, min_size=1, max_size=5))
def test_no_rule_of_a_server_that_holds_is_left_out(given_whens: list[Any], asked: list[RequestView]) -> None:
    rules = read(readable(given_whens, of_server=True), of_server=True)
    for view in asked:
        check(rules, view)


class CountedStates:
    """States that hand out each rule's turns, and note who was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def advance(self, step: Step, server_id: bytes, owner: bytes, key: bytes, /) -> tuple[int, int] | None:
        self.asked.append(step.rule)
        hits = self.asked.count(step.rule) - 1
        return (hits, 0) if not step.hits_limit or hits < step.hits_limit else None

    def count(self, *_: Any) -> tuple[bool, int, int]:
        raise NotImplementedError

    def read_state(self, *_: Any) -> str | None:
        return None


@settings(max_examples=100)
@given(
    given_whens=whens(of_routes),
    asked=st.lists(views, min_size=1, max_size=6),
    shapes=st.lists(st.sampled_from(["plain", "times", "next"]), min_size=30, max_size=30),
)
def test_rules_with_state_and_those_that_go_on_are_asked_as_one_after_the_other(
    given_whens: list[Any], asked: list[RequestView], shapes: list[str]
) -> None:
    """Each step of the state is taken by the same rules, in the same order, and no other is."""
    shaped = []
    for number, (rule, shape) in enumerate(zip(readable(given_whens, of_server=False), shapes, strict=False)):
        then = {"delay": number + 1, "next": True} if shape == "next" else {"statusCode": 201, "delay": number + 1}
        shaped.append({**rule, "then": then, **({"times": 1} if shape == "times" else {})})
    indexed, plain = read(shaped, of_server=False), read(shaped, of_server=False)
    plain._index = None
    answers = []
    for rules in (indexed, plain):
        states = CountedStates()
        decisions = [rules.decide(view, states, b"s" * 16, b"o" * 16) for view in asked]
        told = [None if each is None else (each.rule, each.delay_ms, each.goes_on) for each in decisions]
        answers.append((json.dumps(told), states.asked))
    assert answers[0] == answers[1]


def test_each_path_of_these_tests_is_one_that_a_rule_may_have_or_is_refused() -> None:
    refused = 0
    for path in SEGMENTS:
        try:
            parse_path(path)
        except PathError:
            refused += 1
    assert refused < len(SEGMENTS) // 2
