"""Quick tests never say anything else than the rules: a request gets the same answer with them and without."""

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
from mockwave._state_table import StateTable, create_state_table
from mockwave.judging.judge import Judge
from mockwave.mocks.listed_rules import ListedRules
from mockwave.mocks.quick_tests import write_tests
from mockwave.mocks.rulings import Rulings
from mockwave.model import FAULT_NAMES
from mockwave.paths import parse_path
from mockwave.rendering.renderer import Renderer
from mockwave.rules.outcomes.then import RouteTraits
from mockwave.rules.rule_reading import RuleFaults, read_rules
from mockwave.store.records import ServerRecord

SERVER = ServerRecord(
    id="mock_" + "ab" * 16, name="x", workspace_id="w", created_us=0, modified_us=0, log_requests=False, cors=False
)
PATH = f"/bin/{SERVER.id}/it".encode()

names = st.sampled_from(["X-A", "x-b", "X-C", "host"])
values = st.sampled_from(["", "a", "A", "ab", "b", "é", "a b"])
matchers = st.one_of(
    st.builds(lambda value: {"equalTo": value}, values),
    st.builds(lambda value: {"contains": value}, values),
    st.just({"absent": True}),
    st.builds(lambda value: {"equalTo": value, "caseInsensitive": True}, values),
    st.builds(lambda value: {"contains": "a", "doesNotContain": value or "x"}, values),
)
header_conditions = st.builds(lambda given: {"headers": given}, st.dictionaries(names, matchers, max_size=2))
conditions: st.SearchStrategy[Any] = st.recursive(
    header_conditions | st.just({"method": "GET"}) | st.just({}),
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
        st.sampled_from([b"", b"a", b"A", b"ab", b"\xe9", "é".encode(), b"b"]),
    ),
    max_size=5,
)


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


def serve(responder: Responder, rules: list[Any], *, quickly: bool, of_server: bool) -> None:
    stored = json.dumps(rules).encode()
    tests = write_tests(stored) if quickly else b""
    own = Reply(200, (), b"own", route_id=b"r" * 16)
    if of_server:
        ruled = RuledAnswer(None, ListedRules(stored, b"s" * 16, of_server=True), tests)
        snapshot = Snapshot(Matcher([("GET", parse_path("/it"), own)]), SERVER, 1, None, None, ruled)
    else:
        answer: Any = RuledAnswer(own, ListedRules(stored, b"r" * 16, of_server=False), tests)
        snapshot = Snapshot(Matcher([("GET", parse_path("/it"), answer)]), SERVER, 1, has_ruled_routes=True)
    responder.snapshots[SERVER.id.encode()] = snapshot
    responder.set_generation(1)


def ask(responder: Responder, given: list[tuple[bytes, bytes]]) -> int:
    reply = responder.respond("GET", PATH, b"", given, None)
    assert reply is not None
    return reply.status


@settings(
    max_examples=300,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.filter_too_much],
)
@given(
    whens=st.lists(conditions, min_size=1, max_size=4),
    asked=st.lists(headers, min_size=1, max_size=6),
    of_server=st.booleans(),
)
def test_a_request_gets_the_same_answer_with_quick_tests_and_without(
    responder: Responder, whens: list[Any], asked: list[list[tuple[bytes, bytes]]], of_server: bool
) -> None:
    rules = [{"when": when, "then": {"statusCode": 201 + number}} for number, when in enumerate(whens)]
    assume(can_be_stored(rules))
    answers = []
    for quickly in (False, True):
        serve(responder, rules, quickly=quickly, of_server=of_server)
        # Twice: what was kept of the first round answers the second.
        answers.append([ask(responder, given) for _ in range(2) for given in asked])
    assert answers[0] == answers[1]
