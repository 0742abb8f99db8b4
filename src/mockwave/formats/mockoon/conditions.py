"""The rules of Mockoon responses, as conditions: targets, modifiers and operators.

A rule that cannot be expressed is noted. If one rule is enough (OR), the others are kept. If all have to hold (AND),
the response is left out, since it would answer more requests without the rule.
"""

import json
from collections.abc import Collection
from typing import Any, Final

from msgspec import Struct

from mockwave.formats.handlebars.syntax import has_tags, path_steps
from mockwave.formats.notes import Notes
from mockwave.formats.stubs.expressions import search_regex
from mockwave.formats.stubs.json_path_dialects import read_json_path
from mockwave.formats.stubs.stubs import Condition, all_of, any_of, negate
from mockwave.formats.tree_values import Tree, dicts_in, text_of

BY_NAME: Final = {"query": "query", "header": "headers", "cookie": "cookies", "params": "pathParameters"}
OPERATORS: Final = frozenset(
    ("equals", "regex", "regex_i", "null", "empty_array", "array_includes", "valid_json_schema")
)


class CannotAsk(Exception):
    """A rule cannot be expressed as a condition; the text says why."""


class Asked(Struct, frozen=True):
    """What rules can ask for beside the request: the parameters of the path, and the JSON values of the data buckets,
    without those that are templates."""

    parameters: Collection[str]
    buckets: Tree


def read_rules(response: Tree, pointer: str, asked: Asked, notes: Notes) -> Condition | None:
    """Returns the condition of a response's rules; None if the response has to be left out. A member `path` is an
    operator on the whole path."""
    conditions: list[Condition] = []
    operator = response.get("rulesOperator", "OR")
    if operator not in ("AND", "OR"):
        notes.change(f"{pointer}/rulesOperator", f"expected AND or OR, got {text_of(operator)[:40]!r}; taken as OR")
    is_left_out = False
    for rule, at in dicts_in(response.get("rules"), f"{pointer}/rules"):
        try:
            conditions.append(_read_rule(rule, asked))
        except CannotAsk as reason:
            notes.leave_out(at, f"{reason}" + ("; so is the response" if operator == "AND" else ""))
            is_left_out = True
    if not conditions or (is_left_out and operator == "AND"):
        return None
    if operator == "AND":
        return all_of(*conditions)
    if {} in conditions:
        return {}
    if len(conditions) > 1 and any("path" in each for each in conditions):
        notes.leave_out(pointer, "one of several rules asks for the path; so is the response")
        return None
    return any_of(conditions)


def _read_rule(rule: Tree, asked: Asked) -> Condition:
    target, modifier = rule.get("target"), text_of(rule.get("modifier"))
    value = text_of(rule.get("value"))
    operator = rule.get("operator") or ("regex" if rule.get("isRegex") else "equals")
    if not isinstance(operator, str) or operator not in OPERATORS:
        raise CannotAsk(f"the operator {text_of(operator)[:40]!r} is not known")
    if has_tags(value) or has_tags(modifier):
        raise CannotAsk("its value is a template")
    if target == "body":
        condition = _read_body(modifier, operator, value, asked.buckets)
    elif target == "path":
        path = _value_operator(operator, value)
        return {"path": {"not": path} if rule.get("invert") is True else path}
    elif target == "data_bucket":
        if _holds_of_bucket(modifier, operator, value, asked.buckets) is (rule.get("invert") is True):
            _never()
        return {}
    elif target == "method":
        if operator != "equals":
            raise CannotAsk(f"the method cannot be asked for by {operator}")
        condition = {"method": value.upper()}
    elif isinstance(target, str) and target in BY_NAME:
        if not modifier:
            raise CannotAsk(f"it names no {target}")
        if target == "params" and modifier not in asked.parameters:
            if operator == "null":
                return {} if not rule.get("invert") else _never()
            raise CannotAsk(f"the path has no parameter {modifier[:40]!r}")
        condition = _read_named(BY_NAME[target], modifier, operator, value)
    else:
        raise CannotAsk(f"a rule cannot ask for {text_of(target)[:40]!r}")
    return negate(condition) if rule.get("invert") is True else condition


def _never() -> Condition:
    raise CannotAsk("it never holds")


def _holds_of_bucket(modifier: str, operator: str, value: str, buckets: Tree) -> bool:
    """Whether a rule on a value of a data bucket holds: the bucket's id or name, then the path in it."""
    steps = path_steps(modifier)
    if not steps or steps[0] not in buckets:
        raise CannotAsk(f"there is no data bucket {modifier[:40]!r} whose value stands in the file")
    found = buckets[steps[0]]
    for step in steps[1:]:
        if isinstance(found, list) and step.isdigit() and int(step) < len(found):
            found = found[int(step)]
        else:
            found = found.get(step) if isinstance(found, dict) else None
    if operator == "null":
        return found is None
    if operator == "empty_array":
        return isinstance(found, list) and not found
    if operator not in ("equals", "array_includes"):
        raise CannotAsk(f"a data bucket cannot be asked by {operator}")
    wanted = found if isinstance(found, list) else [found]
    return found is not None and value in (text_of(each) for each in wanted)


def _read_named(kind: str, name: str, operator: str, value: str) -> Condition:
    if kind == "query" and "." in name:
        name = "".join([name.split(".")[0], *(f"[{step}]" for step in name.split(".")[1:])])
    if operator == "null":
        return {kind: {name: {"absent": True}}}
    return {kind: {name: _value_operator(operator, value)}}


def _value_operator(operator: str, value: str) -> dict[str, Any]:
    match operator:
        case "equals" | "array_includes":
            return {"equalTo": value}
        case "regex":
            return {"matches": search_regex(value)}
        case "regex_i":
            return {"matches": f"(?i:{search_regex(value)})"}
    raise CannotAsk(f"{operator} can be asked of a body alone")


def _read_body(modifier: str, operator: str, value: str, schemas: Tree) -> Condition:
    schema = None
    if operator == "valid_json_schema":
        if not isinstance(schemas.get(value), dict | bool):
            raise CannotAsk(f"there is no data bucket {value[:40]!r} with a schema")
        schema = schemas[value]
    if not modifier:
        if operator == "null":
            return {"body": [{"absent": True}]}
        if operator == "empty_array":
            return {"body": [{"equalToJson": []}]}
        if operator == "array_includes":
            return {"body": [{"matchesJsonPath": {"expression": "$[*]", "equalTo": value}}]}
        return {"body": [{"matchesJsonSchema": schema} if schema is not None else _value_operator(operator, value)]}
    expression = read_json_path(modifier) if modifier.startswith("$") else json_path(path_steps(modifier))
    match operator:
        case "null":
            is_there = {"expression": expression, "matchesJsonSchema": {"not": {"type": "null"}}}
            is_missing = negate({"body": [{"matchesJsonPath": is_there}]})
            is_field = not modifier.startswith("$") and "." not in modifier
            return all_of(is_missing, {"form": {modifier: {"absent": True}}}) if is_field else is_missing
        case "empty_array":
            asked: dict[str, Any] = {"equalToJson": []}
        case "array_includes":
            expression += "[*]"
            asked = {"equalTo": value}
        case "valid_json_schema":
            asked = {"matchesJsonSchema": schema}
        case _:
            asked = _value_operator(operator, value)
    of_json: Condition = {"body": [{"matchesJsonPath": {"expression": expression, **asked}}]}
    is_form_field = operator in ("equals", "regex", "regex_i") and not modifier.startswith("$") and "." not in modifier
    return any_of([of_json, {"form": {modifier: asked}}]) if is_form_field else of_json


def json_path(steps: list[str]) -> str:
    """Returns the JSONPath (RFC 9535) of a dotted path."""
    return "$" + "".join(
        f"[{step}]" if step.isdigit() else f"[{json.dumps(step)}]" if not step.isidentifier() else f".{step}"
        for step in steps
    )
