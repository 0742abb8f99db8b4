"""Weights of schemas: schemas whose cost may double with each level are recognised."""

from typing import Any

import pytest

from mockwave.validation.weights import UNBOUNDED, weigh

SELF = {"$ref": "#/$defs/1"}

LINEAR: dict[str, Any] = {
    "a tree": {"properties": {"name": {"type": "string"}, "children": {"items": SELF}}},
    "a list": {"properties": {"next": SELF, "other": SELF}},
    "one alternative that leads back": {"anyOf": [{"type": "string"}, {"items": SELF}]},
    "a map": {"additionalProperties": SELF},
}
DOUBLING: dict[str, Any] = {
    "two alternatives": {"anyOf": [{"properties": {"a": SELF}}, {"required": ["b"], "properties": {"a": SELF}}]},
    "two demands": {"allOf": [{"items": SELF}, {"items": SELF}]},
    "two dependencies": {"dependencies": {"a": {"items": SELF}, "b": {"items": SELF}}},
    "a condition": {"if": {"items": SELF}, "then": {"items": SELF}},
    "a pattern beside a property": {"properties": {"a": SELF}, "patternProperties": {"^a": SELF}},
    "contained and listed": {"items": SELF, "contains": SELF},
    "what is not": {"not": {"items": SELF}, "items": SELF},
}


@pytest.mark.parametrize("name", LINEAR)
def test_a_schema_that_leads_back_once_weighs_little(name: str) -> None:
    assert weigh(SELF, {"1": LINEAR[name]}).most <= 10


@pytest.mark.parametrize("name", DOUBLING)
def test_a_schema_that_leads_back_twice_has_no_bound(name: str) -> None:
    weight = weigh(SELF, {"1": DOUBLING[name]})

    assert weight.most == UNBOUNDED
    assert weight.at(2) < 100, "a shallow value is checked at once"
    assert weight.at(14) > 10_000


def test_a_chain_that_doubles_is_weighed_without_following_each_way() -> None:
    definitions: dict[str, Any] = {"0": {"type": "integer"}}
    for number in range(1, 60):
        part = {"$ref": f"#/$defs/{number - 1}"}
        definitions[str(number)] = {"allOf": [part, part]}

    assert weigh({"$ref": "#/$defs/59"}, definitions).most == UNBOUNDED


@pytest.mark.parametrize("schema", [True, {}, {"$ref": "#/$defs/1"}, {"$ref": "#/$defs/none"}])
def test_what_says_nothing_weighs_next_to_nothing(schema: Any) -> None:
    assert weigh(schema, {"1": {"$ref": "#/$defs/1"}}).most <= 3


def nested(schema: dict[str, Any], levels: int) -> dict[str, Any]:
    for _ in range(levels):
        schema = {"items": schema}
    return schema


def chained(schema: dict[str, Any], levels: int) -> dict[str, Any]:
    links = {str(number): {"items": {"$ref": f"#/$defs/{number + 1}"}} for number in range(1, levels)}
    return {**links, str(levels): schema}


MANY = {"anyOf": [{"multipleOf": number} for number in range(2, 90)]}


def test_alternatives_further_down_than_levels_are_counted_weigh_too() -> None:
    """20 levels down they were not seen: a body of 2 KB, checked against them, held up a worker for a second and a
    half."""
    weights = [weigh(nested(MANY, 20), {}), weigh(SELF, chained(MANY, 20))]

    assert min(weight.at(20) for weight in weights) >= weigh(MANY, {}).at(0)
    assert max(weight.at(3) for weight in weights) < 10


@pytest.mark.parametrize("levels", [0, 1, 20])
def test_a_pattern_that_may_take_long_on_one_text_is_found_wherever_it_is(levels: int) -> None:
    """It counted as a millisecond, which is so for short texts: one of 30 KB hung a worker until it was killed."""
    pattern = "(?=.*[a-z])(?=.*[0-9])^[^x]*x$"

    assert weigh(nested({"pattern": pattern}, levels), {}).is_hard
    assert weigh(nested({"patternProperties": {pattern: True}}, levels), {}).is_hard
    assert weigh(SELF, {"1": nested({"pattern": pattern}, levels)}).is_hard
    assert not weigh(nested({"pattern": "^(?=.*[a-z])[a-z]+$"}, levels), {}).is_hard
