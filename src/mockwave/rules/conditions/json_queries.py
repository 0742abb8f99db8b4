"""Operator matchesJsonPath: a condition on what a JSONPath finds in a JSON value.

A string holds if the path finds something that is not null and not empty. An object has an `expression` and operators,
which are tried on each value found: on a string as it is, on all others as JSON. As in WireMock, an array at the end of
a path that finds one value stands for its items, except for operators on JSON, which also see all values that a path
finds as one array; null stands for nothing. If a path finds nothing, only an operator that asks for absence holds.
"""

from collections.abc import Sequence
from typing import Any

from mockwave.pointers import pointer_below
from mockwave.rules.conditions.body_operators import JsonOperator
from mockwave.rules.conditions.json_equality import EqualToJson
from mockwave.rules.conditions.json_schemas import MatchesJsonSchema
from mockwave.rules.conditions.logic import Combination, holds_for_nothing, make_one
from mockwave.rules.conditions.operators import Kind, Operator, Reading, text_of
from mockwave.rules.json_paths import JsonPath, PathRefused, compile_path
from mockwave.rules.step_budget import Steps


class MatchesJsonPath(JsonOperator):
    __slots__ = ("_operator", "_path", "_takes_arrays", "expected")
    name = "matchesJsonPath"

    def __init__(self, path: JsonPath, operator: Operator | None) -> None:
        self._path = path
        self._operator = operator
        self._takes_arrays = operator is not None and asks_for_json(operator)
        self.expected = path.text if operator is None else f"{path.text} {operator.describe()}"

    def holds_for_value(self, value: Any, steps: Steps) -> bool:
        steps.spend(1)
        found = self._path.find(value, steps)
        operator = self._operator
        if operator is None:
            return bool(found) and not (self._path.is_singular and (found[0] is None or found[0] in ({}, [])))
        if self._path.is_singular and found and not self._takes_arrays:
            found = [] if found[0] is None else found[0] if isinstance(found[0], list) else found
        if operator.is_multiple:
            return operator.holds_for_values(_texts_of(found, steps), steps)
        if any(operator.holds_for_value(each, steps) for each in found):
            return True
        if self._takes_arrays and not self._path.is_singular:
            return operator.holds_for_value(list(found), steps)
        return not found and holds_for_nothing(operator)


def _texts_of(values: Sequence[Any], steps: Steps) -> Sequence[str]:
    texts = []
    for value in values:
        text = text_of(value)
        steps.spend(1 + len(text) // 100)
        texts.append(text)
    return texts


def asks_for_json(operator: Operator) -> bool:
    """Whether an operator works on JSON values, not on texts."""
    if isinstance(operator, Combination):
        return any(map(asks_for_json, operator.operators))
    return operator.name in (EqualToJson.name, MatchesJsonSchema.name, MatchesJsonPath.name)


def read_matches_json_path(reading: Reading, given: dict[str, Any], at: str) -> Operator | None:
    below = pointer_below(at, "matchesJsonPath")
    wanted = given["matchesJsonPath"]
    if isinstance(wanted, str):
        path = read_path(reading, wanted, below)
        return None if path is None else MatchesJsonPath(path, None)
    if not isinstance(wanted, dict) or "expression" not in wanted:
        reading.refuse(below, "type", 'expected a JSONPath, or {"expression": a JSONPath} with an operator')
        return None
    path = read_path(reading, wanted["expression"], pointer_below(below, "expression"))
    if len(wanted) == 1:
        return None if path is None else MatchesJsonPath(path, None)
    operators = reading.read_operators(wanted, below, besides=("expression",))
    return None if path is None or operators is None else MatchesJsonPath(path, make_one(operators))


def read_path(reading: Reading, given: Any, at: str) -> JsonPath | None:
    """Reads a JSONPath; None, and a fault, if it is refused."""
    text = reading.take_text(given, at)
    if text is None:
        return None
    try:
        return compile_path(text)
    except PathRefused as refused:
        reading.refuse(at, "jsonPath", str(refused))
        return None


JSON_PATH_KINDS = {"matchesJsonPath": Kind(read_matches_json_path)}
