"""Invalid lists of rules: every fault is reported with the pointer of its place."""

from typing import Any

import pytest

from mockwave.model import FAULT_NAMES, MOST_RULES
from mockwave.problems import MAXIMUM_SHOWN_ERRORS
from mockwave.rules.outcomes.then import RouteTraits
from mockwave.rules.rule_reading import RuleFaults, read_rules
from tests.unit.rules.rules_under_test import faults_of, rules_of

OK = {"statusCode": 200}

# What `then` says, and the faults below it.
THENS: list[tuple[Any, dict[str, str]]] = [
    ([], {"": "type"}),
    ({}, {"": "required"}),
    ({"statuscode": 404}, {"/statuscode": "unknown"}),
    ({"statusCode": 99}, {"/statusCode": "range"}),
    ({"statusCode": 100}, {"/statusCode": "range"}),
    ({"statusCode": 1000}, {"/statusCode": "range"}),
    ({"statusCode": "404"}, {"/statusCode": "type"}),
    ({"statusCode": True}, {"/statusCode": "type"}),
    ({"statusCode": 200.5}, {"/statusCode": "type"}),
    ({"statusCode": None}, {"/statusCode": "type"}),
    ({"responseHeaders": []}, {"/responseHeaders": "type"}),
    ({"responseHeaders": {"A B": "x"}}, {"/responseHeaders/A B": "name"}),
    ({"responseHeaders": {"X": "a\r\nb"}}, {"/responseHeaders/X": "value"}),
    ({"responseHeaders": {"X": ["a", "b\n"]}}, {"/responseHeaders/X/1": "value"}),
    ({"responseHeaders": {"X": 1}}, {"/responseHeaders/X": "type"}),
    ({"responseHeaders": {"Content-Length": "1"}}, {"/responseHeaders/Content-Length": "forbidden"}),
    ({"responseHeaders": {"Transfer-Encoding": "x"}}, {"/responseHeaders/Transfer-Encoding": "forbidden"}),
    ({"responseHeaders": {"X": []}}, {"/responseHeaders/X": "minItems"}),
    ({"contentType": "nonsense"}, {"/contentType": "media-type"}),
    ({"contentType": 1}, {"/contentType": "type"}),
    (
        {"contentType": "text/plain", "responseHeaders": {"content-type": "text/html"}},
        {"/responseHeaders/content-type": "contradiction"},
    ),
    ({"responseBody": {"a": 1}}, {"/responseBody": "type"}),
    ({"responseBody": "a", "responseJson": 1}, {"/responseJson": "contradiction"}),
    ({"responseBase64": "%%"}, {"/responseBase64": "format"}),
    ({"responseBase64": 1}, {"/responseBase64": "format"}),
    ({"delay": -1}, {"/delay": "range"}),
    ({"delay": 10**400}, {"/delay": "range"}),
    ({"throttle": {"bytesPerSecond": 10**400}}, {"/throttle/bytesPerSecond": "range"}),
    ({"delay": 600_001}, {"/delay": "range"}),
    ({"delay": "5"}, {"/delay": "type"}),
    ({"delay": {}}, {"/delay/type": "required"}),
    ({"delay": {"type": "weibull"}}, {"/delay/type": "enum"}),
    ({"delay": {"type": "fixed"}}, {"/delay/milliseconds": "required"}),
    ({"delay": {"type": "fixed", "milliseconds": 1, "sigma": 1}}, {"/delay/sigma": "unknown"}),
    ({"delay": {"type": "uniform", "lower": 5, "upper": 4}}, {"/delay/upper": "range"}),
    ({"delay": {"type": "lognormal", "median": 5}}, {"/delay/sigma": "required"}),
    ({"delay": {"type": "lognormal", "median": 5, "p99": 4}}, {"/delay/p99": "range"}),
    ({"delay": {"type": "lognormal", "median": 0, "p99": 4}}, {"/delay/p99": "range"}),
    ({"delay": {"type": "lognormal", "median": 5, "sigma": 1, "p99": 9}}, {"/delay/p99": "contradiction"}),
    ({"delay": {"type": "normal", "mean": "x", "sigma": 1}}, {"/delay/mean": "type"}),
    ({"delay": {"type": "exponential", "mean": 5, "max": 700_000}}, {"/delay/max": "range"}),
    ({"throttle": 5}, {"/throttle": "type"}),
    ({"throttle": {}}, {"/throttle": "required"}),
    ({"throttle": {"bytesPerSecond": 0}}, {"/throttle/bytesPerSecond": "range"}),
    ({"throttle": {"chunks": 5}}, {"/throttle/durationMs": "required"}),
    (
        {"throttle": {"chunks": 5, "durationMs": 5, "bytesPerSecond": 5}},
        {"/throttle/chunks": "contradiction", "/throttle/durationMs": "contradiction"},
    ),
    ({"fault": "NONE"}, {"/fault": "enum"}),
    ({"fault": ["HOLD"]}, {"/fault": "enum"}),
    ({"fault": "HOLD", "responseBody": "x"}, {"/responseBody": "contradiction"}),
    ({"next": False}, {"/next": "enum"}),
    ({"next": True, "statusCode": 200}, {"/statusCode": "contradiction"}),
    ({"template": "handlebars", "responseBody": "x"}, {"/template": "enum"}),
    ({"template": "liquid"}, {"/template": "contradiction"}),
    ({"response": "404"}, {"/response": "custom"}),
    ({"sequence": []}, {"/sequence": "minItems"}),
    ({"sequence": {}}, {"/sequence": "type"}),
    ({"sequence": [1]}, {"/sequence/0": "type"}),
    (
        {"sequence": [{"statusCode": 1}, {"repeat": 0, **OK}]},
        {"/sequence/0/statusCode": "range", "/sequence/1/repeat": "range"},
    ),
    ({"sequence": [{"sequence": [OK]}]}, {"/sequence/0/sequence": "unknown"}),
    ({"sequence": [OK], "onExhausted": "stop"}, {"/onExhausted": "enum"}),
    ({"sequence": [OK], "random": [OK]}, {"/random": "contradiction"}),
    ({"sequence": [OK], "statusCode": 200}, {"/statusCode": "contradiction"}),
    ({"sequence": [OK] * 1001}, {"/sequence": "maxItems"}),
    ({"random": []}, {"/random": "minItems"}),
    ({"random": [{"weight": "x", **OK}]}, {"/random/0/weight": "type"}),
    ({"random": [{"weight": -1, **OK}]}, {"/random/0/weight": "range"}),
    ({"random": [{"weight": 0, **OK}]}, {"/random": "range"}),
    ({"random": [{"weight": 2**70, **OK}]}, {"/random/0/weight": "range"}),
    ({"random": [OK], "onExhausted": "last"}, {"/onExhausted": "unknown"}),
]


@pytest.mark.parametrize(("then", "faults"), THENS, ids=[str(then)[:60] for then, _ in THENS])
def test_what_cannot_be_an_answer_is_refused_by_its_pointer(then: Any, faults: dict[str, str]) -> None:
    assert faults_of({"then": then}) == {f"/rules/0/then{pointer}": rule for pointer, rule in faults.items()}


RULES: list[tuple[Any, dict[str, str]]] = [
    ("rule", {"": "type"}),
    ({}, {"": "required"}),
    ({"then": OK, "chaos": {"rate": 1, "statuses": [503]}}, {"/chaos": "contradiction"}),
    ({"then": OK, "wehn": {}}, {"/wehn": "unknown"}),
    ({"then": OK, "name": ""}, {"/name": "minLength"}),
    ({"then": OK, "name": 5}, {"/name": "type"}),
    ({"then": OK, "name": "é" * 49}, {"/name": "maxLength"}),
    ({"then": OK, "name": "a\nb"}, {"/name": "characters"}),
    ({"then": OK, "name": "#1"}, {"/name": "reserved"}),
    ({"then": OK, "name": "server:x"}, {"/name": "reserved"}),
    ({"then": OK, "probability": 2}, {"/probability": "range"}),
    ({"then": OK, "probability": -0.1}, {"/probability": "range"}),
    ({"then": OK, "probability": "0.5"}, {"/probability": "type"}),
    ({"then": OK, "probability": True}, {"/probability": "type"}),
    ({"then": OK, "times": 0}, {"/times": "range"}),
    ({"then": OK, "times": 1.5}, {"/times": "range"}),
    ({"then": OK, "times": None}, {"/times": "type"}),
    ({"then": OK, "until": "tomorrow"}, {"/until": "format"}),
    ({"then": OK, "until": 5}, {"/until": "type"}),
    ({"then": OK, "seed": "x"}, {"/seed": "type"}),
    ({"then": OK, "seed": 2**63}, {"/seed": "range"}),
    ({"then": OK, "scenario": "order"}, {"/scenario": "type"}),
    ({"then": OK, "scenario": {"name": "order"}}, {"/scenario": "required"}),
    ({"then": OK, "scenario": {"from": "A"}}, {"/scenario/name": "required"}),
    (
        {"then": OK, "scenario": {"name": "order", "from": "", "too": "B"}},
        {"/scenario/from": "minLength", "/scenario/too": "unknown"},
    ),
    ({"then": OK, "key": "session", "times": 1}, {"/key": "type"}),
    ({"then": OK, "key": {}, "times": 1}, {"/key": "oneOf"}),
    ({"then": OK, "key": {"header": ""}, "times": 1}, {"/key/header": "type"}),
    ({"then": OK, "key": {"pathParameter": "id"}, "times": 1}, {"/key/pathParameter": "unknown"}),
    ({"then": OK, "when": {"headers": 5}}, {"/when/headers": "type"}),
    ({"chaos": {}}, {"/chaos/rate": "required", "/chaos": "required"}),
    ({"chaos": {"rate": 2, "statuses": [503]}}, {"/chaos/rate": "range"}),
    ({"chaos": {"rate": 1, "statuses": [100, "x", 503]}}, {"/chaos/statuses/0": "range", "/chaos/statuses/1": "range"}),
    ({"chaos": {"rate": 1, "faults": ["HOLD", "FALL"]}}, {"/chaos/faults/1": "enum"}),
    ({"chaos": {"rate": 1, "latency": {"type": "x"}}}, {"/chaos/latency/type": "enum"}),
    ({"chaos": {"rate": 1, "latency": 5, "retryAfter": 2}}, {"/chaos/retryAfter": "contradiction"}),
    ({"chaos": {"rate": 1, "statuses": [503]}, "probability": 0.5}, {"/probability": "contradiction"}),
    ({"rateLimit": {}}, {"/rateLimit/limit": "required", "/rateLimit/windowMs": "required"}),
    ({"rateLimit": {"limit": 0, "windowMs": 1000}}, {"/rateLimit/limit": "range"}),
    ({"rateLimit": {"limit": 1, "windowMs": 1000, "key": "x"}}, {"/rateLimit/key": "type"}),
    ({"rateLimit": {"limit": 1, "windowMs": 1000}, "key": "client"}, {"/key": "contradiction"}),
    ({"rateLimit": {"limit": 1, "windowMs": 1000}, "times": 5}, {"/times": "contradiction"}),
]


@pytest.mark.parametrize(("rule", "faults"), RULES, ids=[str(rule)[:60] for rule, _ in RULES])
def test_what_cannot_be_a_rule_is_refused_by_its_pointer(rule: Any, faults: dict[str, str]) -> None:
    found = faults_of(rule, route=RouteTraits())

    assert found == {f"/rules/0{pointer}": broken for pointer, broken in faults.items()}


def test_all_faults_of_a_list_are_found_at_once() -> None:
    found = faults_of({"then": {"sequence": []}, "times": 0}, {"then": OK}, {"then": {"statusCode": 5}, "key": {}})

    assert list(found) == ["/rules/0/then/sequence", "/rules/0/times", "/rules/2/then/statusCode", "/rules/2/key"]


def test_two_rules_of_one_name_are_refused() -> None:
    found = faults_of({"name": "a", "then": OK}, {"then": OK}, {"name": "a", "then": OK})

    assert found == {"/rules/2/name": "duplicate"}


def test_what_is_no_list_of_rules_is_refused() -> None:
    with pytest.raises(RuleFaults, match="expected an array of rules, got an object"):
        read_rules({}, at="/rules", of_server=False, route=None, engine_faults=())


def test_more_rules_than_there_may_be_are_refused() -> None:
    assert faults_of(*[{"then": OK}] * (MOST_RULES + 1)) == {"/rules": "maxItems"}
    assert len(rules_of(*[{"when": {"method": "GET"}, "then": OK}] * MOST_RULES).rules) == MOST_RULES


def test_reading_stops_once_there_are_more_faults_than_are_shown() -> None:
    found = faults_of(*[{"then": {"a": 1, "b": 2, "statusCode": 5}}] * MOST_RULES)

    assert MAXIMUM_SHOWN_ERRORS <= len(found) < MAXIMUM_SHOWN_ERRORS + 10


def test_an_engine_refuses_the_fault_that_it_cannot_do_and_names_the_one_that_can() -> None:
    with pytest.raises(RuleFaults, match="--engine uvloop") as refused:
        read_rules(
            [{"then": {"fault": "EMPTY_RESPONSE"}}], at="/rules", of_server=False, route=None, engine_faults=("HOLD",)
        )
    assert refused.value.violations[0].pointer == "/rules/0/then/fault"


DECLARED = RouteTraits(declared={"200": ["cat", "dog"], "404": [], "default": ["oops"]})


@pytest.mark.parametrize(
    ("then", "faults"),
    [
        ({"response": 404}, {}),
        ({"response": "default", "example": "oops"}, {}),
        ({"example": "dog", "dynamic": False}, {}),
        ({"response": 500}, {"/response": "enum"}),
        ({"response": None}, {"/response": "enum"}),
        ({"response": 200, "example": "oops"}, {"/example": "enum"}),
        ({"example": 5}, {"/example": "type"}),
        ({"dynamic": "yes"}, {"/dynamic": "type"}),
        ({"response": 404, "responseBody": "x"}, {"/responseBody": "contradiction"}),
    ],
    ids=str,
)
def test_declared_responses_are_those_of_the_document(then: Any, faults: dict[str, str]) -> None:
    found = faults_of({"then": then}, route=DECLARED)

    assert found == {f"/rules/0/then{pointer}": rule for pointer, rule in faults.items()}


def test_what_does_nothing_is_warned_of() -> None:
    rules = rules_of(
        {"name": "over", "until": "2020-01-01T00:00:00Z", "then": OK},
        {"name": "kept", "key": "client", "then": OK},
        {"name": "hidden", "then": OK},
    )

    assert [(each.pointer, each.rule) for each in rules.warnings] == [
        ("/rules/0/until", "warning"),
        ("/rules/1/key", "warning"),
        ("/rules/2", "warning"),
    ]
    assert "rules[1] answers every request" in rules.warnings[2].message


def test_every_fault_name_is_one_of_the_contract() -> None:
    assert faults_of(*({"when": {"method": "GET"}, "then": {"fault": name}} for name in FAULT_NAMES)) == {}


def test_no_suggestion_is_looked_for_that_nobody_will_see(monkeypatch: pytest.MonkeyPatch) -> None:
    """A `when` of 200,000 unknown members took 17 s: for each a name that is like it was looked for."""
    asked: list[str] = []
    monkeypatch.setattr("mockwave.rules.conditions.operators.find_near", lambda name, known: asked.append(name))
    faults_of({"when": {f"z{number}": 1 for number in range(20_000)}, "then": OK})
    assert 0 < len(asked) <= 1_000
