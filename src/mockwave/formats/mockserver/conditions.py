"""MockServer's request matchers → the condition of a rule.

A string must equal a value or, as a regular expression, match all of it. `!` before a string, or `not` beside it in an
object, negates it; `?` before a name makes the value optional. Listed values must be present; others may be.
"""

import re
from typing import Any, Final

from mockwave.formats.stubs.json_path_dialects import read_jayway
from mockwave.formats.stubs.stubs import Condition, all_of, any_of, negate
from mockwave.formats.tree_values import Tree, dicts_in, text_of

_SPECIAL = re.compile(r"[\\^$*+?\[\]{}()|]")

BY_NAME: Final = {
    "pathParameters": "pathParameters",
    "queryStringParameters": "query",
    "headers": "headers",
    "cookies": "cookies",
}


class CannotAsk(Exception):
    """Something cannot be expressed as a condition; the text says what."""


def is_expression(text: str) -> bool:
    """Whether a string is a regular expression: a dot alone, as in a file name, is literal."""
    return _SPECIAL.search(text) is not None


def read_string(value: Any) -> tuple[Tree, bool]:
    """Returns the operator of a string, and whether it is negated."""
    is_negated = False
    if isinstance(value, dict):
        if "schema" in value or value.get("optional") is True:
            raise CannotAsk("a schema or an optional value")
        is_negated = value.get("not") is True
        value = value.get("value", value.get("string", ""))
    text = text_of(value)
    if text.startswith("!"):
        is_negated, text = not is_negated, text[1:]
    if not is_expression(text):
        return {"equalTo": text}, is_negated
    return {"or": [{"equalTo": text}, {"matches": text}]}, is_negated


def read_named(request: Tree, key: str) -> Condition:
    """Returns the condition of a map: `{"k": ["v"]}`, `{"k": "v"}` or `[{"name": "k", "values": ["v"]}]`."""
    kind = BY_NAME[key]
    conditions: list[Condition] = []
    for name, values in _pairs(request.get(key)):
        if name == "keyMatchStyle":
            continue
        if name.startswith("!"):
            conditions.append({kind: {name[1:]: {"absent": True}}})
            continue
        is_optional = name.startswith("?")
        name = name.removeprefix("?")
        if is_expression(name):
            raise CannotAsk(f"the name {name[:60]!r} is an expression")
        read = [read_string(value) for value in values]
        condition = all_of(
            *(
                negate({kind: {name: operator}}) if is_negated else {kind: {name: operator}}
                for operator, is_negated in read
                if len(read) == 1 or is_negated
            ),
            *([{kind: {name: {"includes": wanted}}}] if (wanted := _wanted(read)) else []),
        )
        if not read:
            condition = {kind: {name: {"not": {"absent": True}}}}
        conditions.append(any_of([{kind: {name: {"absent": True}}}, condition]) if is_optional else condition)
    return all_of(*conditions)


def _wanted(read: list[tuple[Tree, bool]]) -> list[Tree]:
    """The operators of which each has to hold for some value, where there are several."""
    return [operator for operator, is_negated in read if not is_negated] if len(read) > 1 else []


def _pairs(given: Any) -> list[tuple[str, list[Any]]]:
    if isinstance(given, dict):
        return [(name, value if isinstance(value, list) else [value]) for name, value in given.items()]
    pairs = []
    for item, _ in dicts_in(given, ""):
        name = item.get("name")
        values = item.get("values", item.get("value", []))
        if isinstance(name, dict):
            name = ("!" if name.get("not") else "") + text_of(name.get("value"))
        pairs.append((text_of(name), values if isinstance(values, list) else [values]))
    return pairs


def read_body(body: Any) -> Condition:
    """Returns the condition on the body."""
    if body is None:
        return {}
    if not isinstance(body, dict):
        if isinstance(body, list):
            return {"body": [{"equalToJson": body, **LOOSELY}]}
        operator, is_negated = read_string(body)
        return negate({"body": [operator]}) if is_negated else {"body": [operator]}
    kind = body.get("type")
    if kind is None:
        kind = next((name for name, key in IMPLIED.items() if key in body), None)
        if kind is None:
            return {"body": [{"equalToJson": body, **LOOSELY}]}
    if body.get("optional") is True:
        raise CannotAsk("an optional body")
    condition = _read_typed(text_of(kind).upper(), body)
    return negate(condition) if body.get("not") is True else condition


# Without a type: extra members and items, and another order, make no difference.
LOOSELY: Final = {"ignoreArrayOrder": True, "ignoreExtraElements": True}
# What a body without a type has, by the type that is meant.
IMPLIED: Final = {
    "JSON": "json",
    "JSON_SCHEMA": "jsonSchema",
    "JSON_PATH": "jsonPath",
    "REGEX": "regex",
    "XML": "xml",
    "XPATH": "xpath",
    "PARAMETERS": "parameters",
    "STRING": "string",
    "BINARY": "base64Bytes",
}


def _read_typed(kind: str, body: Tree) -> Condition:
    match kind:
        case "STRING":
            text = text_of(body.get("string"))
            return {"body": [{"contains": text} if body.get("subString") is True else {"equalTo": text}]}
        case "JSON":
            how = {} if body.get("matchType") == "STRICT" else LOOSELY
            return {"body": [{"equalToJson": body.get("json"), **how}]}
        case "JSON_SCHEMA":
            return {"body": [{"matchesJsonSchema": body.get("jsonSchema")}]}
        case "JSON_PATH":
            return {"body": [read_jayway(text_of(body.get("jsonPath")))]}
        case "REGEX":
            return {"body": [{"matches": text_of(body.get("regex"))}]}
        case "XML":
            return {"body": [{"equalToXml": text_of(body.get("xml"))}]}
        case "XPATH":
            return {"body": [{"matchesXPath": text_of(body.get("xpath"))}]}
        case "BINARY":
            return {"body": [{"binaryEqualTo": text_of(body.get("base64Bytes"))}]}
        case "PARAMETERS":
            form = read_named({"queryStringParameters": body.get("parameters")}, "queryStringParameters")
            condition: Condition = _as_form(form)
            return condition
    raise CannotAsk(f"a body of type {kind[:40]}")


def _as_form(condition: Any) -> Any:
    """The condition with fields of a form where it has those of a query."""
    if isinstance(condition, list):
        return [_as_form(each) for each in condition]
    if not isinstance(condition, dict):
        return condition
    return {
        "form" if key == "query" else key: value if key == "query" else _as_form(value)
        for key, value in condition.items()
    }
