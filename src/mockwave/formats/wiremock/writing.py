"""Mock servers as WireMock mappings: a mapping for each rule, and one for each route's own answer.

Priorities keep the order of precedence: rules of the server first, precise paths before others, the rules of a route
before its answer. A rule that WireMock cannot express is left out; the next answer is sent instead.
"""

import base64
import json
import math
from typing import Any
from urllib.parse import urlencode

from mockwave.answers.exported_servers import Export, ExportedRoute
from mockwave.formats.handlebars.writing import write_for_wiremock, write_handlebars
from mockwave.formats.notes import Notes
from mockwave.formats.stubs.outgoing import (
    CannotSay,
    always_answers,
    body_of,
    complete_then,
    find_ranks,
    header_pairs,
    is_liquid,
    own_then,
    route_pointer,
    rules_at,
    status_of,
    steps_of,
)
from mockwave.formats.stubs.stub_responses import as_utf8
from mockwave.formats.tree_values import Tree, dict_of, list_of
from mockwave.formats.wiremock.written_names import find_negated, join_operators
from mockwave.formats.wiremock.written_operators import write_operator
from mockwave.formats.wiremock.written_paths import join_paths, write_path

NAMED = {
    "pathParameters": "pathParameters",
    "query": "queryParameters",
    "headers": "headers",
    "cookies": "cookies",
    "form": "formParameters",
}
EXACT = "exactQuery"  # the whole query, until it is written as a part of `url`
NESTING = frozenset(("and", "or", "not", "hasExactly", "includes"))
DEEPEST_OPERATORS = 32  # in each other, as rules have it
P99 = 2.3263478740408408  # sigmas above the median


def write_wiremock(export: Export, notes: Notes) -> str:
    """Returns the mappings as JSON text."""
    server_rules = list(rules_at(export.head.rules, ""))
    most_rules = max((len(route.rules) for route in export.routes), default=0)
    ranks = find_ranks(export.routes)
    mappings: list[Tree] = []
    for index, (rule, pointer) in enumerate(server_rules):
        mappings += _write_rule(rule, pointer, None, index + 1, notes)
    for route in export.routes:
        first = len(server_rules) + ranks[route.path] * (most_rules + 1) + 1
        is_answered = False  # by a rule that takes what comes to it, so that the route's own answer is not reached
        for index, (rule, pointer) in enumerate(rules_at(route.rules, route_pointer(route))):
            written = _write_rule(rule, pointer, route, first + index, notes)
            mappings += written
            is_answered = is_answered or (bool(written) and always_answers(rule))
        if is_answered:
            continue
        own = {"then": own_then(route)}
        mappings += _write_rule(own, route_pointer(route), route, first + most_rules, notes)
    return json.dumps({"mappings": mappings}, ensure_ascii=False, indent=2)


def _write_rule(rule: Tree, pointer: str, route: ExportedRoute | None, priority: int, notes: Notes) -> list[Tree]:
    """Returns the mappings of a rule: several for a sequence; none, with a note, if WireMock cannot express it."""
    try:
        written = _write_mappings(rule, route, priority)
    except CannotSay as reason:
        notes.leave_out(pointer, f"WireMock has no words for {reason}")
        return []
    for name in find_negated(dict_of(rule.get("when"))):
        notes.leave_out(
            f"{pointer}/when",
            f"of {name}, sent several times, WireMock asks that one value is not such; the rule, that none is such",
        )
    return written


def _write_mappings(rule: Tree, route: ExportedRoute | None, priority: int) -> list[Tree]:
    """Returns the mappings of a rule. Raises CannotSay."""
    for key in ("key", "times", "until", "probability", "seed", "chaos", "rateLimit"):
        if key in rule:
            raise CannotSay(key)
    request = write_when(dict_of(rule.get("when")), route, dict_of(rule.get("then")))
    if EXACT in request:
        request = _write_exact_url(request)
    if route is None and not any(key.startswith("url") for key in request):
        request["urlPathPattern"] = ".*"
    request.setdefault("method", "ANY")
    base: Tree = {"name": rule["name"]} if rule.get("name") else {}
    base |= {"priority": priority, "request": request}
    then = complete_then(dict_of(rule.get("then")), route)
    if "sequence" in then:
        return _write_sequence(base, rule, then, route)
    scenario = dict_of(rule.get("scenario"))
    for key, member in (("name", "scenarioName"), ("from", "requiredScenarioState"), ("to", "newScenarioState")):
        if key in scenario:
            base[member] = scenario[key]
    return [{**base, "response": _write_response(then)}]


def _write_sequence(base: Tree, rule: Tree, then: Tree, route: ExportedRoute | None) -> list[Tree]:
    """Returns the steps of a sequence as states of a separate scenario."""
    if "scenario" in rule:
        raise CannotSay("a sequence within a scenario")
    given = steps_of(then, "sequence", route)
    if sum(step.get("repeat", 1) for step in given) > 100:
        raise CannotSay("a sequence of more than 100 steps")
    steps = [step for step in given for _ in range(step.get("repeat", 1))]
    ending = then.get("onExhausted", "last")
    if ending == "next":
        raise CannotSay("a sequence that goes on to the rules below it")
    name = f"sequence of {rule.get('name') or base['priority']}"
    if route is not None:  # since names of rules are distinct in one list only
        name += f", {route.method} {route.path}"
    mappings = []
    for index, step in enumerate(steps):
        is_last = index == len(steps) - 1
        states: Tree = {"requiredScenarioState": "Started" if index == 0 else f"step {index + 1}"}
        if not is_last:
            states["newScenarioState"] = f"step {index + 2}"
        elif ending == "cycle":
            states["newScenarioState"] = "Started"
        answer = {key: value for key, value in step.items() if key != "repeat"}
        mapping = {**base, "scenarioName": name, **states, "response": _write_response(answer)}
        if index and "name" in base:
            mapping["name"] = f"{base['name']} {index + 1}"
        mappings.append(mapping)
    return mappings


def write_when(when: Tree, route: ExportedRoute | None = None, then: Tree | None = None) -> Tree:
    """Returns the request pattern of a rule, and of its route. Raises CannotSay."""
    request: Tree = {}
    rule: Tree = {"when": when, "then": then}
    urls = []
    if route is not None:
        request["method"] = route.method
        urls.append(write_path(route.path, rule))
    for key, value in _flatten(when):
        if key in NAMED:
            if value.get("strict") is True:
                if key != "query" or EXACT in request:
                    raise CannotSay(f"strict {key}" if key != "query" else "two strict queries")
                request[EXACT] = [
                    (name, wanted)
                    for name, operator in value.items()
                    if name != "strict"
                    for wanted in _exact_values(operator)
                ]
                continue
            named = request.setdefault(NAMED[key], {})
            for name, operator in value.items():
                written = write_operator(operator)
                named[name] = join_operators(key, named[name], written) if name in named else written
        elif key == "body":
            request.setdefault("bodyPatterns", []).extend(map(write_operator, value))
        elif key == "basicAuth":
            if request.setdefault("basicAuth", value) != value:
                raise CannotSay("two users at once")
        elif key == "client":
            written = write_operator(value)
            request["clientIp"] = (
                join_operators(key, request["clientIp"], written) if "clientIp" in request else written
            )
        elif key == "multipart":
            request.setdefault("multipartPatterns", []).extend(map(_write_part, list_of(value)))
        elif key == "method":
            if not isinstance(value, str):
                raise CannotSay("an operator on the method")
            if request.setdefault("method", value) != value:
                raise CannotSay("two methods at once")
        elif key == "path":
            urls.append(write_path(value, rule))
        else:
            raise CannotSay(f"{key} of conditions")
    request |= join_paths(urls, rule)
    operators = [*(each for kind in NAMED.values() for each in request.get(kind, {}).values())]
    if any(count_levels(each) > DEEPEST_OPERATORS for each in (*operators, *request.get("bodyPatterns", ()))):
        raise CannotSay("operators nested as deeply")
    return request


def count_levels(operator: Any) -> int:
    """Returns how deep operators are nested."""
    levels, level = 0, [operator]
    while level:
        levels += 1
        nested = [each[key] for each in level if isinstance(each, dict) for key in NESTING & each.keys()]
        level = [each for value in nested for each in (value if isinstance(value, list) else [value])]
    return levels


def _exact_values(operator: Any) -> list[str]:
    """Returns exactly the values that a parameter must have. Raises CannotSay."""
    match operator:
        case {"equalTo": str(value), **rest} if not rest:
            return [value]
        case {"hasExactly": list(operators), **rest} if not rest:
            return [value for each in operators for value in _exact_values(each)]
    raise CannotSay("a strict query with operators other than equalTo")


def _write_exact_url(request: Tree) -> Tree:
    """Returns the request with its path and its whole query as `url`."""
    pairs = request[EXACT]
    path = request.get("urlPath")
    if path is None or "queryParameters" in request:
        raise CannotSay("a strict query of a path with parameters")
    rest = {key: value for key, value in request.items() if key not in (EXACT, "urlPath")}
    return {**rest, "url": path + (f"?{urlencode(pairs)}" if pairs else "")}


def _flatten(when: Tree) -> list[tuple[str, Any]]:
    """Returns the members of a condition, which all have to hold; members on one value are merged into its operator."""
    found: list[tuple[str, Any]] = []
    for key, value in when.items():
        if key == "all":
            for each in list_of(value):
                found += _flatten(dict_of(each))
        elif key == "any":
            found.append(_merge_any([dict_of(each) for each in list_of(value)]))
        elif key == "not":
            kind, name, operator = _single(dict_of(value))
            found.append((kind, [{"not": operator}]) if kind == "body" else (kind, {name: {"not": operator}}))
        else:
            found.append((key, value))
    return found


def _merge_any(conditions: list[Tree]) -> tuple[str, Any]:
    """Merges alternative conditions on one value into one operator."""
    if conditions and all(each.keys() == {"method"} and isinstance(each["method"], str) for each in conditions):
        raise CannotSay("several methods")
    singles = [_single(each) for each in conditions]
    if len({(kind, name) for kind, name, _ in singles}) != 1:
        raise CannotSay("any of conditions on different parts of a request")
    kind, name, _ = singles[0]
    operator = {"or": [each for _, _, each in singles]}
    return (kind, [operator]) if kind == "body" else (kind, {name: operator})


def _single(condition: Tree) -> tuple[str, str, Any]:
    """Returns the kind, name and operator of a condition on one value."""
    if len(condition) == 1:
        ((kind, value),) = condition.items()
        if kind == "body" and isinstance(value, list) and len(value) == 1:
            return kind, "", value[0]
        if kind in NAMED and isinstance(value, dict) and len(value) == 1 and "strict" not in value:
            ((name, operator),) = value.items()
            return kind, name, operator
    raise CannotSay("conditions nested in any or not")


def _write_part(part: Any) -> Tree:
    read = dict_of(part)
    written: Tree = {key: read[key] for key in ("name", "fileName", "matchingType") if key in read}
    if "headers" in read:
        written["headers"] = {name: write_operator(each) for name, each in dict_of(read["headers"]).items()}
    if "body" in read:
        written["bodyPatterns"] = [write_operator(each) for each in list_of(read["body"])]
    return written


def _write_response(then: Tree) -> Tree:
    for key in ("random", "next", "response", "example", "dynamic"):
        if then.get(key):
            raise CannotSay(f"{key} of an answer")
    is_template = is_liquid(then)
    response: Tree = {}
    if then.get("fault"):
        if then["fault"] in ("TRUNCATED_BODY", "HOLD", "SLOW_BODY"):
            raise CannotSay(f"the fault {then['fault']}")
        response["fault"] = then["fault"]
    response["status"] = status_of(then)
    headers: Tree = {}
    for name, value in header_pairs(then):
        headers.setdefault(name, []).append(write_handlebars(value, write_for_wiremock) if is_template else value)
    if headers and "fault" not in response:
        response["headers"] = {name: values[0] if len(values) == 1 else values for name, values in headers.items()}
    body = body_of(then)
    text = as_utf8(body)
    if text is None:
        response["base64Body"] = base64.b64encode(body).decode()
    elif text:
        response["body"] = write_handlebars(text, write_for_wiremock) if is_template else text
    if is_template:
        response["transformers"] = ["response-template"]
    response |= _write_delay(then.get("delay"))
    throttle = dict_of(then.get("throttle"))
    if "bytesPerSecond" in throttle:
        raise CannotSay("a throttle in bytes a second")
    if throttle:
        dribble = {"numberOfChunks": throttle.get("chunks"), "totalDuration": throttle.get("durationMs")}
        response["chunkedDribbleDelay"] = dribble
    return response


def _write_delay(delay: Any) -> Tree:
    if not delay:
        return {}
    if isinstance(delay, int):
        return {"fixedDelayMilliseconds": delay}
    maximum = {"maxValue": delay["max"]} if "max" in delay else {}
    match delay.get("type"):
        case "fixed":
            return {"fixedDelayMilliseconds": delay["milliseconds"]}
        case "uniform":
            return {"delayDistribution": {"type": "uniform", "lower": delay["lower"], "upper": delay["upper"]}}
        case "lognormal":
            sigma = delay.get("sigma")
            if sigma is None:
                sigma = math.log(delay["p99"] / delay["median"]) / P99
            return {"delayDistribution": {"type": "lognormal", "median": delay["median"], "sigma": sigma, **maximum}}
    raise CannotSay(f"a delay of type {delay.get('type')}")
