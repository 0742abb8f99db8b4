"""What a worker puts off when it reads rules, and how requests are tried on it."""

import json
from typing import Any

import pytest

from mockwave.model import Violation
from mockwave.patterns import bounded, whole_texts
from mockwave.patterns.bounded import AT_ONCE_BYTES
from mockwave.rules.conditions import Condition, compile_condition
from mockwave.rules.deferral import AT_ONCE_SCHEMA_BYTES, Deferral
from mockwave.rules.request_view import RequestView
from mockwave.rules.rule_reading import check_in_steps, finish_reading
from mockwave.validation.check_limits import TooLongForLoop

LARGE = r"\p{L}{1,5}"
SCHEMA = {"enum": ["b" * AT_ONCE_SCHEMA_BYTES, "abc"]}
XML = "<a>${xmlunit.matchesRegex(\\p{L}{1,5})}</a>"

CASES: dict[str, tuple[dict[str, Any], str, str]] = {
    "matches": ({"query": {"q": {"matches": LARGE}}}, "abc", "123"),
    "doesNotMatch": ({"query": {"q": {"doesNotMatch": LARGE}}}, "123", "abc"),
    "not": ({"query": {"q": {"not": {"matches": LARGE}}}}, "123", "abc"),
    "and": ({"query": {"q": {"and": [{"matches": LARGE}, {"contains": "b"}]}}}, "abc", "acc"),
    "includes": ({"query": {"q": {"includes": [{"matches": LARGE}]}}}, "abc", "123"),
    "matchesJsonSchema": ({"query": {"q": {"matchesJsonSchema": SCHEMA}}}, '"abc"', '"d"'),
    "in a JSONPath": (
        {"query": {"q": {"matchesJsonPath": {"expression": "$.a", "matches": LARGE}}}},
        '{"a":"abc"}',
        "{}",
    ),
    "equalToJson": ({"query": {"q": {"equalToJson": {"a": "${json-unit.regex}" + LARGE}}}}, '{"a":"abc"}', '{"a":"1"}'),
    "equalToXml": (
        {"query": {"q": {"equalToXml": XML, "enablePlaceholders": True}}},
        "<a>abc</a>",
        "<a>123</a>",
    ),
}


def compile_deferred(when: Any) -> tuple[Condition, int]:
    faults: list[Violation] = []
    deferral = Deferral()
    condition = compile_condition(when, at="", of_server=True, path_parameters=None, faults=faults, deferral=deferral)
    assert faults == []
    return condition, deferral.count


def ask(value: str, *, is_on_loop: bool) -> RequestView:
    query = f"q={value}".encode()
    return RequestView(method="GET", path=b"/", query=query, headers=(), body=b"", is_on_loop=is_on_loop)


@pytest.mark.parametrize("name", CASES)
def test_what_takes_long_to_compile_is_tried_elsewhere_with_the_same_result(name: str) -> None:
    when, good, bad = CASES[name]
    condition, count = compile_deferred(when)
    assert count == 1
    with pytest.raises(TooLongForLoop):
        condition.holds(ask(good, is_on_loop=True))
    assert condition.holds(ask(good, is_on_loop=False))
    assert not condition.holds(ask(bad, is_on_loop=False))


@pytest.mark.parametrize(("operator", "holds"), [("matches", False), ("doesNotMatch", True)])
def test_a_missing_value_is_told_without_compiling(operator: str, holds: bool) -> None:
    condition, _ = compile_deferred({"query": {"other": {operator: LARGE}}})
    assert condition.holds(ask("abc", is_on_loop=True)) is holds


@pytest.mark.parametrize(
    "operator",
    [
        {"matches": r"\p{L}+"},
        {"matches": r"[^@\s]+@[^@\s]+\.[a-z]{2,}"},
        {"matches": r"(?=.*\d)(?=.*[a-z]).{8,}"},
        {"matchesJsonSchema": {"type": "object", "properties": {"a": {"pattern": "^[a-z]{1,9}$"}}}},
        {"equalToJson": {"a": "${json-unit.regex}[a-z]+"}},
    ],
)
def test_usual_expressions_are_not_put_off(operator: dict[str, Any]) -> None:
    assert compile_deferred({"query": {"q": operator}})[1] == 0


def test_no_large_pattern_is_compiled_where_requests_are_served(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each took more than a millisecond, several times, in which the event loop waited for the interpreter."""
    compiled: list[int] = []
    compile_one = bounded._compile

    def note(pattern: str, is_linear: bool, size_bytes: int) -> Any:
        compiled.append(size_bytes)
        return compile_one(pattern, is_linear, size_bytes)

    monkeypatch.setattr(bounded, "_compile", note)
    whole_texts.compile_whole_at_once.cache_clear()
    rules = [
        {
            "when": {"all": [when, {"query": {"p": {"matches": rf"(\p{{L}}{{1,100}}){{1,50}}{n}"}}}]},
            "then": {"statusCode": 201},
        }
        for n, (when, _, _) in enumerate(CASES.values())
    ]
    deferral = Deferral()
    finish_reading(
        check_in_steps(
            json.loads(json.dumps(rules)), at="", of_server=True, route=None, engine_faults=(), deferral=deferral
        )
    )
    assert deferral.count == 2 * len(CASES)
    assert compiled
    assert max(compiled) <= AT_ONCE_BYTES
