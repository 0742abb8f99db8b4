"""What an import costs: it does not grow with the square of a document's alternatives, names, patterns or values.

Steps are counted, not seconds: each limit is several times what is taken, and far below what a square would take.
"""

import json
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from mockwave.openapi import Import, read_specification
from mockwave.openapi.schemas import conformance, equality, merging, schemas

Count = Callable[[Any, str], Counter[str]]


@pytest.fixture
def count_calls(monkeypatch: pytest.MonkeyPatch) -> Count:
    """Counts how often a function of a module or class is called from now on."""

    def count(owner: Any, name: str) -> Counter[str]:
        calls: Counter[str] = Counter()
        function = getattr(owner, name)

        def counted(*arguments: Any) -> Any:
            calls[name] += 1
            return function(*arguments)

        monkeypatch.setattr(owner, name, counted)
        return calls

    return count


def import_response(schema: Any, components: dict[str, Any] | None = None) -> Import:
    content = {"application/json": {"schema": schema}}
    get = {"responses": {"200": {"description": "d", "content": content}}}
    return read_specification(
        json.dumps({"openapi": "3.1.0", "paths": {"/a": {"get": get}}, "components": {"schemas": components or {}}})
    )


def import_responses(responses: list[Any], components: dict[str, Any]) -> Import:
    paths = {
        f"/{number}": {"get": {"responses": {"200": {"description": "d", "content": {"application/json": content}}}}}
        for number, content in enumerate(responses)
    }
    return read_specification(json.dumps({"openapi": "3.1.0", "paths": paths, "components": {"schemas": components}}))


def messages_of(imported: Import) -> str:
    return " ".join(problem.message for problem in imported.report.problems)


def alternative(number: int, **further: Any) -> dict[str, Any]:
    name = f"p{number}"
    return {"type": "object", "properties": {name: {"type": "string"}, **further}, "required": [name]}


def test_many_alternatives_are_tried_up_to_a_limit_and_reported_beyond(count_calls: Count) -> None:
    """Each of 16 alternatives was sampled 24 times, and each sample checked against all 2,000: 6.4 s."""
    calls = count_calls(conformance.Conformance, "check")
    imported = import_response({"oneOf": [alternative(number) for number in range(2000)]})

    assert calls["check"] < 4 * conformance.MAXIMUM_ALL_CHECKS
    assert "too many alternatives" in messages_of(imported)
    assert b'{"p0":"string"}' in imported.parts


@pytest.mark.parametrize("count", [16, 200])
def test_alternatives_that_lead_back_to_all_of_them_end(count_calls: Count, count: int) -> None:
    """`oneOf` of 200 objects that each may hold the whole again did not end in 60 s: at each level of each, samples
    were checked against all alternatives at all levels."""
    calls = count_calls(conformance.Conformance, "check")
    schema = {"$ref": "#/components/schemas/All"}
    imported = import_response(schema, {"All": {"oneOf": [alternative(each, next=schema) for each in range(count)]}})

    assert calls["check"] < 10 * conformance.MAXIMUM_ALL_CHECKS
    assert "too many alternatives" in messages_of(imported)


def test_some_hundred_alternatives_are_all_tried() -> None:
    imported = import_response({"oneOf": [alternative(number) for number in range(200)]})
    assert not imported.report.problems


def test_listed_values_are_tried_with_many_alternatives_up_to_a_limit(count_calls: Count) -> None:
    calls = count_calls(conformance.Conformance, "check")
    choices = [{"type": "integer", "minimum": 10_000 + number} for number in range(1000)]
    imported = import_response({"enum": list(range(2000)), "anyOf": choices})

    assert calls["check"] < 4 * conformance.MAXIMUM_ALL_CHECKS
    assert "too many alternatives" in messages_of(imported)


def test_a_long_enum_alone_uses_up_no_checks() -> None:
    """What is left is for the alternatives of the same document."""
    listed = {"type": "integer", "enum": list(range(60_000))}
    choice = {"oneOf": [alternative(number) for number in range(3)]}
    assert not import_response({"type": "object", "properties": {"a": listed, "b": choice}}).report.problems


def test_names_are_tried_with_patterns_up_to_a_limit_and_reported_beyond(count_calls: Count) -> None:
    """400 names by 400 patterns took 1.9 s."""
    calls = count_calls(schemas, "matches")
    names = {f"name{number}": {"type": "string"} for number in range(400)}
    patterns = {f"^x{number}": {"maxLength": number + 1} for number in range(400)}
    imported = import_response({"type": "object", "properties": names, "patternProperties": patterns})

    assert calls["matches"] <= schemas.MAXIMUM_MATCHED
    assert "too many names and patterns" in messages_of(imported)
    assert any(b'"name399":' in part for part in imported.parts)


def test_names_beyond_the_limit_of_patterns_are_not_taken_for_forbidden() -> None:
    names = {f"name{number}": {"type": "string"} for number in range(300)}
    patterns: dict[str, Any] = {f"^x{number}": {} for number in range(300)}
    closed = {"type": "object", "patternProperties": {**patterns, "^name": {}}, "additionalProperties": False}
    imported = import_response(
        {"allOf": [closed, {"type": "object", "properties": names, "required": list(names)}]},
    )
    assert any(b'"name299":' in part for part in imported.parts)


def test_different_items_are_not_compared_each_with_each(count_calls: Count) -> None:
    """An array of 1,000 different integers of an enum took 0.34 s, and four times as long with twice as many."""
    calls = count_calls(equality, "are_equal")
    items = {"enum": list(range(1000))}
    imported = import_response({"type": "array", "uniqueItems": True, "minItems": 1000, "items": items})

    assert calls["are_equal"] < 1000
    assert any(json.loads(part) == list(range(1000)) for part in imported.parts if part.startswith(b"[0,"))


def test_the_same_many_schemas_are_not_composed_anew_without_end(
    count_calls: Count, monkeypatch: pytest.MonkeyPatch
) -> None:
    """400 schemas of the same 400 names, composed by each response in another order, took a second per response."""
    monkeypatch.setattr(merging, "MAXIMUM_FURTHER", 4000)
    calls = count_calls(merging.Merging, "absorb")
    names = {f"name{number}": {"type": "string"} for number in range(40)}
    components = {f"C{number}": {"type": "object", "properties": dict(names)} for number in range(40)}
    orders = [[{"$ref": f"#/components/schemas/C{(each + turn) % 40}"} for each in range(40)] for turn in range(60)]
    imported = import_responses([{"schema": {"allOf": order}} for order in orders], components)

    assert calls["absorb"] < 20_000
    assert "composed of too many others" in messages_of(imported)
    assert len(imported.operations) == 60


def test_a_text_of_a_megabyte_is_not_matched_character_by_character(count_calls: Count) -> None:
    """A string of 1 MB with a pattern took 3.6 s; steps of a repeated class were counted when they were done."""
    calls = count_calls(conformance, "matches")
    imported = import_response({"type": "string", "pattern": "^x+$", "example": "x" * (1 << 20)})

    assert not calls["matches"]
    assert not imported.report.problems


def test_long_texts_are_matched_by_patterns_up_to_a_limit(count_calls: Count) -> None:
    calls = count_calls(conformance, "matches")
    text = {"type": "string", "example": "x" * 90_000}
    patterns = [{"schema": {"$ref": "#/components/schemas/T", "pattern": f"^x+.{{0,{each}}}$"}} for each in range(40)]
    imported = import_responses(patterns, {"T": text})

    assert 1 <= calls["matches"] < 10
    assert len(imported.operations) == 40
