"""What `openapi.yaml` says of rules: the examples of docs/rules.md conform to it and are accepted, and what it has
members for is what the readers know. (Rules that unit tests read are held to it too: `rules_under_test.py`,
`asked_conditions.py`.)"""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from mockwave.management.contract import read_contract
from mockwave.model import FAULT_NAMES
from mockwave.rules.conditions.compiling import READERS
from mockwave.rules.conditions.matchers import begin_reading
from mockwave.rules.outcomes.then import RouteTraits
from mockwave.rules.rule_reading import read_rules
from tests.contract.rule_schemas import find_schema_faults

DOCS = (Path(__file__).parents[2] / "docs" / "rules.md").read_text()
SCHEMAS = json.loads(read_contract())["components"]["schemas"]

THEN_MEMBERS = {"sequence", "random", "delay", "statusCode", "fault", "throttle", "template"}
RULE_MEMBERS = ("chaos", "rateLimit", "scenario", "then", "key", "when", "times", "until", "probability", "seed")
DECLARED = RouteTraits(path_parameters=("id",), declares_any=True)


def find_examples() -> list[dict[str, Any]]:
    """The rules in the page: whole ones, and parts of one, each made a rule."""
    found: list[dict[str, Any]] = []
    for text in [
        *re.findall(r"```json\n(.*?)```", DOCS, re.DOTALL),
        *re.findall(r"`(\{.*?\}|\".*?\}|\w+: .*?)`", DOCS),
    ]:
        try:
            value = json.loads(text if text.startswith("{") else f"{{{text}}}")
        except ValueError:
            continue
        found += as_rules(value)
    return found


def as_rules(value: dict[str, Any]) -> list[dict[str, Any]]:
    """The rules that a part stands for; none if it is a part of something else."""
    if not value or "kind" in value:
        return []
    if "rules" in value:
        return list(value["rules"]) if isinstance(value["rules"], list) else []
    if any(name in value for name in RULE_MEMBERS):
        given = {name: each for name, each in value.items() if name in RULE_MEMBERS}
        return [given if {"then", "chaos", "rateLimit"} & given.keys() else {**given, "then": {"statusCode": 200}}]
    if {"type", "bytesPerSecond", "chunks"} & value.keys():
        return [{"then": {"delay" if "type" in value else "throttle": value}}]
    if value.keys() <= THEN_MEMBERS | {"onExhausted"}:
        return [{"then": value}]
    if value.keys() <= READERS.keys():
        return [{"when": value, "then": {"statusCode": 200}}]
    return []


EXAMPLES = find_examples()


def test_there_are_examples_of_each_part() -> None:
    assert len(EXAMPLES) >= 15
    assert {name for rule in EXAMPLES for name in rule} >= {"when", "then", "chaos", "rateLimit", "scenario"}


@pytest.mark.parametrize("rule", EXAMPLES, ids=lambda rule: json.dumps(rule)[:60])
def test_an_example_of_the_page_is_accepted_and_conforms(rule: dict[str, Any]) -> None:
    assert find_schema_faults(rule) == []
    read_rules([rule], at="/rules", of_server=False, route=DECLARED, engine_faults=FAULT_NAMES)


def test_a_condition_has_the_members_that_are_read() -> None:
    assert SCHEMAS["RuleCondition"]["properties"].keys() == READERS.keys()


def test_a_matcher_has_the_operators_and_options_that_are_read() -> None:
    kinds = begin_reading([])._kinds
    known = {*kinds, *(option for kind in kinds.values() for option in kind.options)}
    assert SCHEMAS["RuleMatcher"]["properties"].keys() == known


@pytest.mark.parametrize(
    "rule",
    [
        {"then": {"statusCod": 200}},
        {"when": {"hedaers": {}}},
        {"when": {"headers": {"X": {"equals": "a"}}}},
        {"when": {"any": []}},
        {"when": {"query": {"q": {"absent": False}}}},
        {"probability": 2},
        {"then": {"sequence": []}},
        {"then": {"random": [{"weight": "x"}]}},
        {"then": {"delay": {"type": "zipf"}}},
        {"key": {"form": "a"}},
        {"key": {"header": "a", "query": "b"}},
        {"chaos": {"statuses": [500]}},
        {"rateLimit": {"limit": 0, "windowMs": 1}},
        {"scenario": {"from": "a"}},
        {"times": 0},
    ],
    ids=json.dumps,
)
def test_what_is_refused_for_its_form_does_not_conform(rule: dict[str, Any]) -> None:
    assert find_schema_faults({"then": {"statusCode": 200}, **rule}) != []
