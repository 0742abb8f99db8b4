"""Operators of rules, as WireMock has them: one to an object, several under `and`.

Here several operators may stand side by side; WireMock reads one of them and drops the others, so that the stub would
answer more requests. JSONPaths go back to Jayway's dialect, whose filter at the root tests an object itself.
"""

import re
from typing import Any

from mockwave.formats.stubs.json_path_dialects import read_jayway
from mockwave.formats.stubs.outgoing import CannotSay
from mockwave.formats.tree_values import Tree
from mockwave.formats.wiremock.conditions import DATE_OPERATORS, DATES, LISTS, OPERATORS


def write_operator(operator: Any) -> Tree:
    """Returns the operator with one name to each object. Raises CannotSay."""
    if not isinstance(operator, dict):
        raise CannotSay("an operator that is not an object")
    whole = _read_back(operator)
    if whole is not None:
        return whole
    named = [name for name in operator if name in OPERATORS or name == "anything"]
    taken = set(named)
    written: list[Tree] = []
    for name in named:
        options = OPERATORS.get(name, frozenset()) | (DATES if name in DATE_OPERATORS else frozenset())
        beside = {option: operator[option] for option in operator if option in options}
        taken |= beside.keys()
        written.append({name: _write_value(name, operator[name]), **beside})
    for name in operator:
        if name not in taken:
            raise CannotSay(f"{name} of an operator")
    return written[0] if len(written) == 1 else {"and": written}


def _write_value(name: str, value: Any) -> Any:
    if name in LISTS and isinstance(value, list):
        if not value:
            raise CannotSay(f"{name} of no operators")
        return [write_operator(each) for each in value]
    if name == "not":
        return write_operator(value)
    if name == "matchesJsonPath":
        if not isinstance(value, dict):
            return _write_path(value)
        rest = {key: each for key, each in value.items() if key != "expression"}
        return {"expression": _write_path(value.get("expression")), **(write_operator(rest) if rest else {})}
    if name == "matchesXPath" and isinstance(value, dict):
        rest = {key: each for key, each in value.items() if key != "expression"}
        return {"expression": value.get("expression"), **(write_operator(rest) if rest else {})}
    return value


def _write_path(path: Any) -> Any:
    """The values of members, which the RFC's filter at the root tests, are what Jayway's tests after `[*]`."""
    return re.sub(r"^\$\[(?=\s*\?)", "$[*][", path) if isinstance(path, str) else path


def _read_back(operator: Tree) -> Tree | None:
    """The JSONPath from which the reader of stubs made this operator; None of others."""
    choices = operator.get("or")
    if operator.keys() != {"or"} or not isinstance(choices, list) or len(choices) != 2:
        return None
    found = choices[1].get("matchesJsonPath") if isinstance(choices[1], dict) else None
    return {"matchesJsonPath": found} if found is not None and read_jayway(found) == operator else None
