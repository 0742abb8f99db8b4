"""What rules do: answers, sequences, draws, lives, scenarios, chaos, rate limits, delays."""

from collections import Counter
from typing import Any

import pytest

from mockwave.rules.draws import DELAY, SeededDraws
from mockwave.rules.outcomes.answers import (
    NO_ANSWER,
    ROUTE_ANSWER,
    DeclaredAnswer,
    StaticAnswer,
    TemplatedAnswer,
)
from mockwave.rules.outcomes.delays import Delay
from mockwave.rules.outcomes.then import RouteTraits
from mockwave.rules.outcomes.throttles import Throttle
from tests.unit.rules.rules_under_test import OWNER, SERVER, Asked, faults_of, rules_of, view_of
from tests.unit.state.model_states import ModelStates

POLL = {"sequence": [{"statusCode": 202, "repeat": 3}, {"statusCode": 200}]}


def answer_of(then: dict[str, Any]) -> Any:
    decision = Asked({"then": then}).decide()
    assert decision is not None
    return decision.answer


def test_an_answer_has_what_then_says() -> None:
    answer = answer_of(
        {
            "statusCode": 201,
            "responseHeaders": {"X-A": ["1", "2"], "Content-Type": "text/csv"},
            "responseBody": "a;b",
        }
    )

    assert (answer.status, answer.headers, answer.content_type, answer.body) == (
        201,
        (("X-A", "1"), ("X-A", "2")),
        "text/csv",
        b"a;b",
    )


@pytest.mark.parametrize(
    ("then", "content_type", "body"),
    [
        ({"statusCode": 404}, "application/json", b""),
        ({"responseJson": {"a": [1, None, "é"]}}, "application/json", '{"a":[1,null,"é"]}'.encode()),
        ({"responseJson": None}, "application/json", b"null"),
        ({"responseBase64": "AP8="}, "application/octet-stream", b"\0\xff"),
        ({"responseBase64": "AP8=", "contentType": "image/png"}, "image/png", b"\0\xff"),
        ({"responseBody": "x", "contentType": ""}, "", b"x"),
    ],
)
def test_bodies_are_text_json_or_bytes(then: dict[str, Any], content_type: str, body: bytes) -> None:
    answer = answer_of(then)

    assert (answer.status, answer.content_type, answer.body) == (then.get("statusCode", 200), content_type, body)


def test_what_says_no_answer_leaves_it_to_the_route() -> None:
    slow = Asked({"then": {"delay": 5, "throttle": {"bytesPerSecond": 10}}}).decide()

    assert slow is not None
    assert (slow.answer, slow.delay_ms, slow.throttle) == (ROUTE_ANSWER, 5, Throttle(bytes_per_second=10))
    assert not slow.goes_on, "the rules below are not asked"


def test_a_fault_has_a_response_only_where_it_befalls_one() -> None:
    reset, cut = Asked({"then": {"fault": "CONNECTION_RESET_BY_PEER"}}), Asked({"then": {"fault": "TRUNCATED_BODY"}})

    assert [(each.answer, each.fault) for each in (reset.decide(), cut.decide()) if each is not None] == [
        (NO_ANSWER, "CONNECTION_RESET_BY_PEER"),
        (ROUTE_ANSWER, "TRUNCATED_BODY"),
    ]


def test_a_generated_route_can_answer_with_what_its_document_declares() -> None:
    route = RouteTraits(declared={"404": ["lost"]})

    decision = Asked({"then": {"response": 404, "example": "lost", "dynamic": True}}, route=route).decide()

    assert decision is not None
    assert isinstance(decision.answer, DeclaredAnswer)
    assert (decision.answer.response, decision.answer.example, decision.answer.dynamic) == ("404", "lost", True)


# Which rule answers


def test_the_first_rule_that_holds_answers_and_its_name_is_told() -> None:
    rules = (
        {"when": {"method": "POST"}, "then": {"statusCode": 201}},
        {"name": "other", "then": {"statusCode": 202}},
    )
    asked, of_server = Asked(*rules), Asked(*rules, of_server=True)

    assert [each.rule for method in ("POST", "PUT") if (each := asked.decide(method=method))] == ["#0", "other"]
    assert [each.rule for method in ("POST", "PUT") if (each := of_server.decide(method=method))] == [
        "server:#0",
        "server:other",
    ]


def test_no_rule_that_holds_is_no_decision() -> None:
    assert Asked({"when": {"method": "POST"}, "then": {"statusCode": 201}}).decide() is None


def test_next_adds_its_delay_to_whoever_answers() -> None:
    asked = Asked(
        {"then": {"next": True, "delay": 100}},
        {"then": {"next": True, "delay": 20, "throttle": {"bytesPerSecond": 5}}},
        {"when": {"method": "PUT"}, "then": {"statusCode": 404, "delay": 3}},
    )

    answered, left = asked.decide(method="PUT"), asked.decide()

    assert answered is not None and left is not None
    assert (answered.rule, answered.delay_ms, answered.throttle) == ("#2", 123, Throttle(bytes_per_second=5))
    assert (left.rule, left.delay_ms, left.goes_on, left.answer) == ("#1", 120, True, ROUTE_ANSWER)


def test_what_a_servers_rules_carry_is_added_in_those_of_its_route() -> None:
    server = rules_of({"then": {"next": True, "delay": 100}}, of_server=True)
    route = rules_of({"then": {"statusCode": 404, "delay": 5}})
    states = ModelStates()

    carried = server.decide(view_of(), states, SERVER, SERVER)
    decision = route.decide(view_of(), states, SERVER, OWNER, carried)

    assert decision is not None
    assert (decision.rule, decision.delay_ms, decision.goes_on) == ("#0", 105, False)


def test_delays_that_add_up_are_never_longer_than_one_may_be() -> None:
    decision = Asked(*[{"then": {"next": True, "delay": 600_000}}] * 3).decide()

    assert decision is not None
    assert decision.delay_ms == 600_000


# Sequences


@pytest.mark.parametrize(
    ("on_exhausted", "statuses"),
    [
        ("last", [202, 202, 202, 200, 200, 200, 200, 200]),
        ("cycle", [202, 202, 202, 200, 202, 202, 202, 200]),
        ("next", [202, 202, 202, 200, None, None, None, None]),
    ],
)
def test_a_sequence_is_handed_out_in_turn(on_exhausted: str, statuses: list[int | None]) -> None:
    assert Asked({"then": {**POLL, "onExhausted": on_exhausted}}).statuses(8) == statuses


def test_a_sequence_that_is_over_leaves_requests_to_the_rules_below() -> None:
    asked = Asked({"then": {**POLL, "onExhausted": "next"}}, {"then": {"statusCode": 410}})

    assert asked.statuses(6) == [202, 202, 202, 200, 410, 410]


def test_a_sequence_goes_on_for_each_key() -> None:
    asked = Asked({"then": POLL, "key": {"header": "X-Session"}})
    sessions = [[(b"x-session", name)] for name in (b"a", b"b", b"a", b"a", b"a", b"b")]

    assert [asked.status(headers=headers) for headers in sessions] == [202, 202, 202, 202, 200, 202]


def test_a_step_can_leave_its_turn_to_the_route() -> None:
    asked = Asked({"then": {"sequence": [{"statusCode": 503, "repeat": 2}, {"next": True}]}})

    assert asked.statuses(4) == [503, 503, None, None]


def test_pace_beside_a_sequence_is_that_of_steps_without_one() -> None:
    asked = Asked({"then": {"sequence": [{"statusCode": 200}, {"statusCode": 200, "delay": 1}], "delay": 9}})

    assert [each.delay_ms for _ in range(2) if (each := asked.decide())] == [9, 1]


def test_a_step_may_be_drawn() -> None:
    """A `random` within a `sequence` was unknown."""
    drawn = {"random": [{"statusCode": 500, "weight": 0}, {"statusCode": 503}], "repeat": 2, "delay": 7}
    asked = Asked({"then": {"sequence": [drawn, {"statusCode": 200}], "onExhausted": "cycle", "delay": 9}})

    made = [each for _ in range(4) if (each := asked.decide())]

    assert [(each.answer.status, each.delay_ms) for each in made if isinstance(each.answer, StaticAnswer)] == [
        (503, 7),
        (503, 7),
        (200, 9),
        (503, 7),
    ]


def test_drawn_steps_of_a_seed_are_the_same_each_time() -> None:
    drawn = {"random": [{"statusCode": 500}, {"statusCode": 503}], "repeat": 30}
    first, again = (Asked({"then": {"sequence": [drawn]}, "seed": 5}).statuses(30) for _ in range(2))

    assert first == again
    assert set(first) == {500, 503}


@pytest.mark.parametrize(
    ("step", "pointer", "rule"),
    [
        ({"random": []}, "/random", "minItems"),
        ({"random": [{"weight": "x", "statusCode": 200}]}, "/random/0/weight", "type"),
        ({"random": [{"statusCode": 200}], "statusCode": 201}, "/statusCode", "contradiction"),
        ({"random": [{"statusCode": 200, "repeat": 2}]}, "/random/0/repeat", "unknown"),
        ({"random": [{"random": [{"statusCode": 200}]}]}, "/random/0/random", "unknown"),
        ({"sequence": [{"statusCode": 200}]}, "/sequence", "unknown"),
        ({"random": [{"statusCode": 200}], "repeat": 0}, "/repeat", "range"),
    ],
)
def test_a_faulty_drawn_step_is_named(step: dict[str, Any], pointer: str, rule: str) -> None:
    assert faults_of({"then": {"sequence": [step]}}) == {f"/rules/0/then/sequence/0{pointer}": rule}


def test_a_sequence_has_so_many_answers_with_those_that_its_steps_draw_from() -> None:
    drawn = {"random": [{"statusCode": 200}] * 600}
    assert faults_of({"then": {"sequence": [drawn]}}) == {}
    assert "maxItems" in faults_of({"then": {"sequence": [drawn, drawn]}}).values()


# Draws


def test_random_answers_come_by_their_weights() -> None:
    choices = [{"statusCode": 200, "weight": 6}, {"statusCode": 500, "weight": 0}, {"statusCode": 503, "weight": 2}]
    counts = Counter(Asked({"then": {"random": choices}, "seed": 1}).statuses(4000))

    assert counts[500] == 0
    assert 850 < counts[503] < 1150
    assert counts[200] + counts[503] == 4000


def test_a_seed_draws_the_same_again_and_another_seed_does_not() -> None:
    rule = {"then": {"random": [{"statusCode": 200}, {"statusCode": 503}]}, "probability": 0.7}

    first, again, other = (Asked({**rule, "seed": seed}).statuses(60) for seed in (7, 7, 8))

    assert first == again != other
    assert {200, 503, None} == set(first)


def test_a_rule_without_seed_is_struck_by_chance() -> None:
    struck = Asked({"then": {"statusCode": 503}, "probability": 0.3}).statuses(4000).count(503)

    assert 1000 < struck < 1400


@pytest.mark.parametrize(("probability", "count"), [(0, 0), (1, 50)])
def test_never_and_always_are_certain(probability: float, count: int) -> None:
    for seed in ({}, {"seed": 3}):
        assert Asked({"then": {"statusCode": 503}, "probability": probability, **seed}).statuses(50).count(503) == count


# Limits of life


def test_a_rule_answers_so_many_times() -> None:
    assert Asked({"then": {"statusCode": 503}, "times": 2}).statuses(4) == [503, 503, None, None]


def test_the_smaller_limit_ends_a_sequence() -> None:
    assert Asked({"then": {**POLL, "onExhausted": "next"}, "times": 2}).statuses(3) == [202, 202, None]
    assert Asked({"then": {**POLL, "onExhausted": "next"}, "times": 9}).statuses(5) == [202, 202, 202, 200, None]


def test_a_request_that_is_not_struck_does_not_count() -> None:
    asked = Asked({"then": {"statusCode": 503}, "times": 3, "probability": 0.5, "seed": 1})

    assert asked.statuses(60).count(503) == 3


def test_a_rule_ends_at_its_time() -> None:
    over, not_yet = ("2020-01-01T00:00:00Z", "2999-01-01T00:00:00+02:00")

    assert Asked({"then": {"statusCode": 503}, "until": over}).status() is None
    assert Asked({"then": {"statusCode": 503}, "until": not_yet}).status() == 503


# Scenarios


def order_rules() -> list[dict[str, Any]]:
    moves: list[tuple[str, dict[str, str], int]] = [
        ("POST", {"from": "Started", "to": "Paid"}, 201),
        ("PUT", {"from": "Paid", "to": "Sent"}, 202),
        ("GET", {"from": "Sent"}, 200),
        ("DELETE", {"to": "Started"}, 204),
    ]
    return [
        {"when": {"method": method}, "scenario": {"name": "order", **states}, "then": {"statusCode": status}}
        for method, states, status in moves
    ]


def test_a_scenario_moves_through_its_states() -> None:
    asked = Asked(*order_rules(), {"then": {"statusCode": 409}})
    methods = ["GET", "PUT", "POST", "POST", "PUT", "GET", "GET", "DELETE", "GET", "POST"]

    statuses = [asked.status(method=method) for method in methods]

    assert statuses == [409, 409, 201, 409, 202, 200, 200, 204, 409, 201]


def test_a_scenario_has_a_state_for_each_key() -> None:
    rules = [{**rule, "key": {"query": "session"}} for rule in order_rules()]
    asked = Asked(*rules, {"then": {"statusCode": 409}})

    statuses = [asked.status(method="POST", query=query) for query in (b"session=a", b"session=b", b"session=a", b"")]

    assert statuses == [201, 201, 409, 201]


def test_a_rule_that_answers_so_many_times_does_not_move_its_scenario_any_more() -> None:
    """What is decided together is done together: neither may happen without the other."""
    states = ModelStates()
    flip = {"name": "flip", "then": {"statusCode": 201}, "times": 1, "scenario": {"name": "s", "to": "B"}}
    back = {"name": "back", "then": {"statusCode": 202}, "scenario": {"name": "s", "from": "B", "to": "A"}}
    asked = Asked(flip, back, {"then": {"statusCode": 409}}, states=states)

    assert asked.statuses(3) == [201, 202, 409]
    assert states.read_state("s", SERVER, b"") == "A"


# Chaos and rate limits


def test_chaos_strikes_its_share_with_each_status_and_fault() -> None:
    chaos = {"rate": 0.5, "statuses": [500, 503], "faults": ["HOLD"], "latency": 7, "retryAfter": 2}
    asked = Asked({"name": "chaos", "chaos": chaos, "seed": 5})
    decisions = [asked.decide() for _ in range(3000)]

    struck = [each for each in decisions if each is not None]
    assert 1400 < len(struck) < 1600
    kinds = Counter(each.fault or each.answer.status for each in struck)  # type: ignore[union-attr]
    assert set(kinds) == {500, 503, "HOLD"}
    assert min(kinds.values()) > 400
    assert {each.delay_ms for each in struck} == {7}
    answers = [each.answer for each in struck if isinstance(each.answer, StaticAnswer)]
    assert {each.headers for each in answers} == {(("Retry-After", "2"),)}


def test_chaos_that_only_delays_goes_on() -> None:
    decision = Asked({"chaos": {"rate": 1, "latency": 50}}).decide()

    assert decision is not None
    assert (decision.goes_on, decision.delay_ms) == (True, 50)


def test_a_rate_limit_refuses_what_is_above_it_and_says_when_to_come_back() -> None:
    states = ModelStates()
    asked = Asked({"name": "rate", "rateLimit": {"limit": 2, "windowMs": 1500}}, states=states)

    assert asked.statuses(3) == [None, None, 429]
    decision = asked.decide()
    assert decision is not None and isinstance(decision.answer, StaticAnswer)
    assert dict(decision.answer.headers) == {
        "Retry-After": "2",
        "RateLimit-Policy": '"default";q=2;w=2',
        "RateLimit": '"default";r=0;t=2',
        "RateLimit-Limit": "2",
        "RateLimit-Remaining": "0",
        "RateLimit-Reset": "2",
    }
    states.now_ms += 1500
    assert asked.statuses(3) == [None, None, 429]


def test_a_rate_limit_counts_each_key_by_itself() -> None:
    asked = Asked({"rateLimit": {"limit": 1, "windowMs": 1000, "key": "client"}})

    assert [asked.status(client=each) for each in ("10.0.0.1", "10.0.0.2", "10.0.0.1")] == [None, None, 429]


# Delays


@pytest.mark.parametrize(
    ("delay", "quantiles"),
    [
        ({"type": "uniform", "lower": 10, "upper": 20}, {0.0: 10, 0.5: 15, 0.99: 20}),
        ({"type": "normal", "mean": 100, "sigma": 10}, {0.5: 100, 0.841345: 110, 0.000001: 52}),
        ({"type": "normal", "mean": 10, "sigma": 10}, {0.0: 0, 0.5: 10}),
        ({"type": "lognormal", "median": 80, "sigma": 0.4}, {0.5: 80, 0.841345: 119}),
        ({"type": "lognormal", "median": 80, "p99": 400}, {0.5: 80, 0.99: 400}),
        ({"type": "lognormal", "median": 80, "sigma": 0.4, "max": 100}, {0.5: 80, 0.99: 100}),
        ({"type": "exponential", "mean": 50}, {0.0: 0, 0.632121: 50}),
        ({"type": "fixed", "milliseconds": 7}, {0.1: 7, 0.9: 7}),
        ({"type": "lognormal", "median": 600_000, "sigma": 10}, {1 - 2**-53: 600_000}),
    ],
    ids=str,
)
def test_a_delay_has_the_quantiles_of_its_distribution(delay: dict[str, Any], quantiles: dict[float, int]) -> None:
    (rule,) = rules_of({"then": {"delay": delay, "statusCode": 200}}).rules
    drawn: Delay = rule.outcome.delay  # type: ignore[union-attr, assignment]

    assert {each: drawn.draw(each) for each in quantiles} == quantiles


def test_the_delays_of_a_seed_are_the_same_each_time() -> None:
    rule = {"then": {"statusCode": 200, "delay": {"type": "uniform", "lower": 0, "upper": 1000}}, "seed": 9}
    asked = Asked(rule)

    delays = [each.delay_ms for _ in range(20) if (each := asked.decide())]

    assert delays == [int(1000 * SeededDraws(9, turn).number(DELAY) + 0.5) for turn in range(20)]


# Templates


def test_an_answer_with_tags_is_a_template_and_one_without_is_not() -> None:
    then = {"template": "liquid", "responseHeaders": {"X-Id": "{{ request.id }}"}, "responseBody": "plain {x}"}

    templated, plain = answer_of(then), answer_of({"template": "liquid", "responseBody": "plain {x}"})

    assert isinstance(templated, TemplatedAnswer)
    assert (templated.headers[0][1].text, templated.body) == ("{{ request.id }}", b"plain {x}")
    assert isinstance(plain, StaticAnswer)


def test_a_status_can_be_a_template() -> None:
    answer = answer_of({"template": "liquid", "statusCode": "{{ request.query.status }}", "responseBody": "x"})

    assert answer.status.text == "{{ request.query.status }}"


def test_the_places_of_templates_are_known() -> None:
    """Whoever stores rules has the templates checked, which takes its time, and names the places of those at fault."""
    rules = rules_of(
        {"then": {"template": "liquid", "responseBody": "{% if %}", "responseHeaders": {"X": ["a", "{{b}}"]}}}
    )

    assert [each.at for each in rules.templates] == ["/rules/0/then/responseBody", "/rules/0/then/responseHeaders/X/1"]
