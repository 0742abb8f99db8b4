"""What a request has to be like to meet the condition of a rule (`docs/rules.md`), as far as one value shows it.

Operators that name a value, or a set of them, are met; what only says what must not be, or depends on time, state or
the client, is left to whoever sends the request, and named.
"""

import base64
import binascii
import json
import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

from mockwave.openapi.schemas.pattern_strings import make_string
from mockwave.sampling.declarations import Node
from mockwave.sampling.sample_requests import USUAL_TEXT, Sampler

PLACES = {"headers": "header", "query": "query", "cookies": "cookie", "pathParameters": "path"}
DEEPEST = 32
SIMPLE_PATH = re.compile(r"\$((?:\.[A-Za-z_][\w-]*|\[\d{1,2}\]|\['[^'\\]*'\])+)")
STEP = re.compile(r"\.([A-Za-z_][\w-]*)|\[(\d+)\]|\['([^'\\]*)'\]")
JSON_OPERATORS = ("equalToJson", "matchesJsonPath", "matchesJsonSchema")


class Wanted:
    """What a condition wants: values of parameters by place and name, texts or members of the body."""

    def __init__(self, sampler: Sampler) -> None:
        self.values: dict[tuple[str, str], Any] = {}
        self.headers: dict[str, str] = {}
        self.absent: set[tuple[str, str]] = set()
        self.left_out: list[str] = []
        self.body: str | None = None
        self.members: list[tuple[list[str | int], Any]] = []
        self.form: list[tuple[str, str]] = []
        self.sampler = sampler

    def put_into_headers(self, made: dict[str, str]) -> dict[str, str]:
        """The headers, given those that were made."""
        replaced = {name.lower() for name in self.headers} | {name for place, name in self.absent if place == "header"}
        return {name: value for name, value in made.items() if name.lower() not in replaced} | self.headers

    def put_into_body(self, made: str | None, headers: dict[str, str]) -> str | None:
        """The body, given the one that was made."""
        if self.form:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            return urlencode(self.form)
        body = made if self.body is None else self.body
        if self.members:
            try:
                value = json.loads(body or "{}")
            except ValueError:
                value = {}
            for steps, member in self.members:
                value = set_member(value, steps, member)
            body = json.dumps(value)
        if body is not None and (self.members or self.body is not None):
            headers.setdefault("Content-Type", "application/json" if body[:1] in ("{", "[") else "text/plain")
        return body

    def leave_out(self, what: str) -> None:
        if len(self.left_out) < 20:
            self.left_out.append(what)


def read_condition(when: Mapping[str, Any], sampler: Sampler) -> Wanted:
    wanted = Wanted(sampler)
    take_condition(wanted, when, "when", 0)
    return wanted


def take_condition(wanted: Wanted, when: Mapping[str, Any], at: str, depth: int) -> None:
    for name, given in when.items() if isinstance(when, Mapping) and depth < DEEPEST else ():
        here = f"{at}.{name}"
        if name in PLACES and isinstance(given, Mapping):
            for key, matcher in given.items():
                take_parameter(wanted, PLACES[name], key, matcher, f"{here}.{key}")
        elif name == "all":
            for index, each in enumerate(given):
                take_condition(wanted, each, f"{here}[{index}]", depth + 1)
        elif name == "any" and given:
            take_condition(wanted, given[0], f"{here}[0]", depth + 1)
        elif name == "body":
            for index, matcher in enumerate(given if isinstance(given, list) else [given]):
                take_body(wanted, matcher, f"{here}[{index}]")
        elif name == "form" and isinstance(given, Mapping):
            for key, matcher in given.items():
                value = value_for(wanted, matcher, f"{here}.{key}")
                wanted.form += [(key, str(each)) for each in (value if isinstance(value, list) else [value])]
        elif name == "basicAuth" and isinstance(given, Mapping):
            user = f"{value_for(wanted, given.get('username'), here)}:{value_for(wanted, given.get('password'), here)}"
            wanted.headers["Authorization"] = f"Basic {base64.b64encode(user.encode()).decode()}"
        else:
            wanted.leave_out(here)


def take_parameter(wanted: Wanted, place: str, name: str, matcher: Any, at: str) -> None:
    if name == "strict" and isinstance(matcher, bool):
        return
    key = place, name.lower() if place == "header" else name
    if isinstance(matcher, Mapping) and matcher.get("absent") is True:
        wanted.absent.add(key)
        return
    value = value_for(wanted, matcher, at)
    if value is not None and place == "header":
        wanted.headers[name] = ", ".join(value) if isinstance(value, list) else value
    elif value is not None:
        wanted.values[key] = value


def take_body(wanted: Wanted, matcher: Any, at: str) -> None:
    if not isinstance(matcher, Mapping):
        wanted.body = str(matcher)
    elif "equalToJson" in matcher:
        given = matcher["equalToJson"]
        wanted.body = given if isinstance(given, str) else json.dumps(given)
    elif "matchesJsonSchema" in matcher:
        schema = matcher["matchesJsonSchema"]
        schema = json.loads(schema) if isinstance(schema, str) else schema
        wanted.body = json.dumps(wanted.sampler.make(Node(schema, "")))
    elif "matchesJsonPath" in matcher:
        take_json_path(wanted, matcher["matchesJsonPath"], f"{at}.matchesJsonPath")
    elif "equalToXml" in matcher:
        wanted.body = str(matcher["equalToXml"])
    elif "and" in matcher:
        for index, each in enumerate(matcher["and"]):
            take_body(wanted, each, f"{at}.and[{index}]")
    else:
        value = value_for(wanted, matcher, at)
        wanted.body = wanted.body if value is None else str(value)


def take_json_path(wanted: Wanted, given: Any, at: str) -> None:
    expression = given if isinstance(given, str) else given.get("expression") if isinstance(given, Mapping) else None
    found = SIMPLE_PATH.fullmatch(str(expression))
    if found is None:
        wanted.leave_out(at)
        return
    steps: list[str | int] = [int(place) if place else name or quoted for name, place, quoted in STEP.findall(found[1])]
    operators = {} if isinstance(given, str) else {key: each for key, each in given.items() if key != "expression"}
    value: Any = USUAL_TEXT
    if "equalToJson" in operators:
        value = operators["equalToJson"]
        value = json.loads(value) if isinstance(value, str) else value
    elif operators:
        value = value_for(wanted, operators, at)
        if any(key.endswith("Number") for key in operators) and value is not None:
            value = json.loads(str(value))
    if value is not None:
        wanted.members.append((steps, value))


def value_for(wanted: Wanted, matcher: Any, at: str) -> Any:
    """A value that the matcher holds for, a list of such for a matcher of many; None where none is known."""
    if not isinstance(matcher, Mapping):
        return None if matcher is None else str(matcher)
    for name, make in MAKERS.items():
        if name in matcher:
            try:
                value = make(wanted, matcher[name], at)
            except (ValueError, TypeError, KeyError, IndexError, binascii.Error):
                value = None
            if value is None:
                wanted.leave_out(f"{at}.{name}")
            return value
    for name in matcher:
        wanted.leave_out(f"{at}.{name}")
    return None


def step_beside(number: Any, step: int) -> str:
    return str(number + step)


MAKERS: dict[str, Callable[[Wanted, Any, str], Any]] = {
    "equalTo": lambda wanted, given, at: str(given),
    "binaryEqualTo": lambda wanted, given, at: base64.b64decode(given).decode(),
    "equalToNumber": lambda wanted, given, at: step_beside(given, 0),
    "greaterThanEqualNumber": lambda wanted, given, at: step_beside(given, 0),
    "lessThanEqualNumber": lambda wanted, given, at: step_beside(given, 0),
    "greaterThanNumber": lambda wanted, given, at: step_beside(given, 1),
    "lessThanNumber": lambda wanted, given, at: step_beside(given, -1),
    "equalToDateTime": lambda wanted, given, at: None if str(given).startswith("now") else str(given),
    "matches": lambda wanted, given, at: make_string([f"^(?:{given})$"], 0, None),
    "contains": lambda wanted, given, at: str(given),
    "anything": lambda wanted, given, at: USUAL_TEXT,
    "and": lambda wanted, given, at: value_for(wanted, given[0], f"{at}.and[0]"),
    "or": lambda wanted, given, at: value_for(wanted, given[0], f"{at}.or[0]"),
    "hasExactly": lambda wanted, given, at: [value_for(wanted, each, at) for each in given],
    "includes": lambda wanted, given, at: [value_for(wanted, each, at) for each in given],
}
"""By operator, those that name a value before those that leave a choice: one of them is met."""


def set_member(value: Any, steps: list[str | int], member: Any) -> Any:
    """The value with the member at these steps; what is in the way is replaced."""
    if not steps:
        return member
    step, rest = steps[0], steps[1:]
    if isinstance(step, int):
        items = list(value) if isinstance(value, list) else []
        items += [None] * (step + 1 - len(items))
        items[step] = set_member(items[step], rest, member)
        return items
    members = dict(value) if isinstance(value, dict) else {}
    members[step] = set_member(members.get(step), rest, member)
    return members
