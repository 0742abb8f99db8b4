"""Quick tests and indexes never disagree with the rules: a request gets the same answer with them and without,
and from a long list the answer of the first rule that holds.
"""

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from mockwave._control import ControlBlock, create_control_block
from mockwave._matcher import Matcher
from mockwave._responder import Reply, Responder, RuledAnswer, Snapshot
from mockwave._ring import Ring, create_ring_file
from mockwave._rule_tests import RuleTests
from mockwave._state_table import StateTable, create_state_table
from mockwave.judging.judge import Judge
from mockwave.mocks.listed_rules import ListedRules
from mockwave.mocks.quick_tests import write_tests
from mockwave.mocks.rulings import Rulings
from mockwave.model import FAULT_NAMES
from mockwave.paths import parse_path
from mockwave.pauses import Pauses
from mockwave.rendering.renderer import Renderer
from mockwave.rules.outcomes.then import RouteTraits
from mockwave.rules.request_view import RequestView
from mockwave.rules.rule_reading import RuleFaults, read_rules
from mockwave.rules.rules import FEWEST_INDEXED
from mockwave.store.records import ServerRecord

SERVER = ServerRecord(
    id="mock_" + "ab" * 16, name="x", workspace_id="w", created_us=0, modified_us=0, log_requests=False, cors=False
)
PATH = f"/bin/{SERVER.id}/it".encode()

AskedRequest = tuple[str, bytes, list[tuple[bytes, bytes]]]

names = st.sampled_from(["X-A", "x-b", "X-C", "host"])
values = st.sampled_from(["", "a", "A", "ab", "b", "é", "a b"])
matchers = st.one_of(
    st.builds(lambda value: {"equalTo": value}, values),
    st.builds(lambda value: {"contains": value}, values),
    st.builds(lambda value: {"doesNotContain": value or "x"}, values),
    st.just({"absent": True}),
    st.just({"not": {"absent": True}}),
    st.just({"anything": True}),
    st.builds(lambda value: {"equalTo": value, "caseInsensitive": True}, st.sampled_from(["k", "AB", "é", "a"])),
    st.builds(lambda value: {"contains": "a", "doesNotContain": value or "x"}, values),
    st.builds(
        lambda value: {"matches": value}, st.sampled_from(["ab?", "a|b", "^ab*", "a+b", "A{1,2}", "(?i)AB", ".*b", ""])
    ),
    st.builds(lambda value: {"not": {"matches": value}}, st.sampled_from(["ab?", "b"])),
    st.builds(lambda name: {name: 1}, st.sampled_from(["equalToNumber", "lessThanNumber"])),
)
header_conditions = st.builds(lambda given: {"headers": given}, st.dictionaries(names, matchers, max_size=2))
query_conditions = st.builds(
    lambda given: {"query": given}, st.dictionaries(st.sampled_from(["q", "Q", "", "a b"]), matchers, max_size=2)
)
cookie_conditions = st.builds(lambda value: {"cookies": {"c": {"equalTo": value}}}, values)
methods = st.sampled_from(["GET", "get", "ANY", "POST"])
method_conditions = st.builds(lambda given: {"method": given}, methods | matchers)
conditions: st.SearchStrategy[Any] = st.recursive(
    header_conditions | query_conditions | cookie_conditions | method_conditions | st.just({}),
    lambda inner: st.one_of(
        st.builds(lambda each: {"all": each}, st.lists(inner, min_size=1, max_size=2)),
        st.builds(lambda each: {"not": each}, inner),
        st.builds(lambda one, more: {**one, "all": more}, header_conditions, st.lists(inner, min_size=1, max_size=2)),
    ),
    max_leaves=4,
)
headers = st.lists(
    st.tuples(
        st.sampled_from([b"x-a", b"x-b", b"x-c", b"host", b"authorization"]),
        st.sampled_from([b"", b"a", b"A", b"ab", b"\xe9", "é".encode(), "\N{KELVIN SIGN}".encode(), b"K", b"b", b"1"]),
    )
    | st.tuples(st.just(b"cookie"), st.sampled_from([b"c=a", b"c=ab; c=b", b'c="b"', b"c"])),
    max_size=5,
)
queries = st.lists(
    st.sampled_from(
        [b"", b"q", b"q=", b"q=a", b"q=ab", b"Q=A", b"=a", b"q=%61", b"a+b=a", b"q=\xc3\xa9", b"q=a=b", b"q=k"]
    ),
    max_size=4,
).map(b"&".join)
requests = st.tuples(st.sampled_from(["GET", "POST"]), queries, headers)


@pytest.fixture(scope="module")
def responder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Responder]:
    folder = tmp_path_factory.mktemp("responder")
    create_control_block(str(folder / "control"))
    create_ring_file(str(folder / "ring"), 1 << 21, b"i" * 16)
    create_state_table(str(folder / "states"), 1 << 20)
    ring = Ring(str(folder / "ring"), max_body_bytes=1024)
    ring.claim()
    control = ControlBlock(str(folder / "control"))
    responder = Responder(control, ring, 0)
    states = StateTable(str(folder / "states"), 1 << 20)
    rulings = Rulings(states, FAULT_NAMES, Renderer(), Judge(), responder.count_answered)
    responder.rule_on = rulings.rule_on
    yield responder


def can_be_stored(rules: list[Any]) -> bool:
    """Whether none of them contradicts itself."""
    try:
        read_rules(rules, at="", of_server=False, route=RouteTraits(), engine_faults=FAULT_NAMES)
    except RuleFaults:
        return False
    return True


def holds_alone(rule: Any, request: AskedRequest) -> bool:
    method, query, headers = request
    view = RequestView(method=method, path=b"/it", query=query, headers=headers, body=b"")
    read = read_rules([rule], at="", of_server=False, route=RouteTraits(), engine_faults=FAULT_NAMES)
    condition = read.rules[0].condition
    return condition is None or condition.holds(view)


def serve(responder: Responder, rules: list[Any], *, quickly: bool, of_server: bool) -> None:
    stored = json.dumps(rules).encode()
    listed = ListedRules(stored, b"s" * 16 if of_server else b"r" * 16, of_server=of_server)
    asyncio.run(listed.read(Pauses(responder.count_answered)))
    listed.tests = write_tests(stored) if quickly else None
    own = Reply(200, (), b"own", route_id=b"r" * 16)
    ruled = RuledAnswer(None if of_server else own, listed, listed.tests)
    answer: Any = own if of_server else ruled
    matcher: Matcher[Any] = Matcher([(method, parse_path("/it"), answer) for method in ("GET", "POST")])
    server_rules = ruled if of_server else None
    snapshot = Snapshot(matcher, SERVER, 1, rules=server_rules, has_ruled_routes=not of_server)
    responder.snapshots[SERVER.id.encode()] = snapshot
    responder.set_generation(1)


def ask(responder: Responder, method: str, query: bytes, given: list[tuple[bytes, bytes]]) -> int:
    reply = responder.respond(method, PATH, query, given, None)
    assert reply is not None
    return reply.status


def rules_of(whens: list[Any]) -> list[Any]:
    """Rules whose answers tell them apart."""
    return [{"when": when, "then": {"statusCode": 201 + number}} for number, when in enumerate(whens)]


@settings(
    max_examples=300,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.filter_too_much],
)
@given(
    whens=st.lists(conditions, min_size=1, max_size=4),
    asked=st.lists(requests, min_size=1, max_size=6),
    of_server=st.booleans(),
)
def test_a_request_gets_the_same_answer_with_quick_tests_and_without(
    responder: Responder, whens: list[Any], asked: list[AskedRequest], of_server: bool
) -> None:
    rules = rules_of(whens)
    assume(can_be_stored(rules))
    answers = []
    for quickly in (False, True):
        serve(responder, rules, quickly=quickly, of_server=of_server)
        # Twice: what was kept of the first round answers the second.
        answers.append([ask(responder, *request) for _ in range(2) for request in asked])
    assert answers[0] == answers[1]


long_lists = st.lists(conditions, min_size=FEWEST_INDEXED, max_size=40)
SETTINGS = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.filter_too_much, HealthCheck.too_slow],
)


@SETTINGS
@given(whens=long_lists, asked=st.lists(requests, min_size=1, max_size=6), of_server=st.booleans())
def test_of_a_long_list_the_first_rule_that_holds_answers(
    responder: Responder, whens: list[Any], asked: list[AskedRequest], of_server: bool
) -> None:
    """It is looked up by value, in compiled code and where that cannot tell; the list is asked rule by rule beside."""
    rules = [rule for rule in rules_of(whens) if can_be_stored([rule])]
    for quickly in (False, True):
        serve(responder, rules, quickly=quickly, of_server=of_server)
        for request in asked:
            expected = next((rule["then"]["statusCode"] for rule in rules if holds_alone(rule, request)), 200)
            # Twice: what was kept of the first time answers the second.
            assert [ask(responder, *request) for _ in range(2)] == [expected, expected]


@SETTINGS
@given(whens=long_lists, asked=st.lists(requests, min_size=1, max_size=6))
def test_an_index_finds_what_a_scan_finds(whens: list[Any], asked: list[AskedRequest]) -> None:
    tests = write_tests(json.dumps(rules_of(whens)).encode())
    assume(tests is not None)
    assert tests is not None
    for request in asked:
        assert tests.find(*request) == tests.scan(*request)


@SETTINGS
@given(text=st.binary(max_size=60))
def test_tests_that_are_not_well_formed_are_refused_or_harmless(text: bytes) -> None:
    try:
        tests = RuleTests(text)
    except ValueError:
        return
    assert tests.find("GET", b"q=a", [(b"x-a", b"a")]) == tests.scan("GET", b"q=a", [(b"x-a", b"a")])


@SETTINGS
@given(whens=long_lists, request=requests, cuts=st.integers(1, 40))
def test_tests_that_are_cut_short_are_refused(whens: list[Any], request: AskedRequest, cuts: int) -> None:
    whole = write_tests(json.dumps(rules_of(whens)).encode())
    assume(whole is not None)
    assert whole is not None
    try:
        tests = RuleTests(whole.text[:-cuts])
    except ValueError:
        return
    assert tests.rule_count < whole.rule_count
    assert tests.find(*request) == tests.scan(*request)
