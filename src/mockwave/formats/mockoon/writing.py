"""Mock servers as Mockoon environments (migration 33). A route's rules become responses with rules; its own answer
becomes the default response. Rules of the server become a route for every path that falls through to the others.

Mockoon's rules are flat: either all conditions have to hold, or one of them. Deeper conditions, and those that Mockoon
does not have, are left out.
"""

import json
import re
import uuid
from typing import Any

from mockwave.answers.exported_servers import Export, ExportedRoute
from mockwave.formats.handlebars.json_steps import json_path_steps
from mockwave.formats.handlebars.writing import write_for_mockoon, write_handlebars
from mockwave.formats.notes import Notes
from mockwave.formats.stubs.outgoing import (
    CannotSay,
    always_answers,
    complete_then,
    find_ranks,
    fixed_delay,
    header_pairs,
    is_liquid,
    own_then,
    route_pointer,
    rules_at,
    status_of,
    steps_of,
    text_body,
)
from mockwave.formats.tree_values import Tree, dict_of, list_of
from mockwave.paths import SegmentKind, parse_path

MIGRATION = 33
_ESCAPE = re.compile(r"[*?+()\[\]^$|\\:!{}]")
TARGETS = {"query": "query", "headers": "header", "cookies": "cookie", "pathParameters": "params", "form": "body"}


def write_mockoon(export: Export, notes: Notes) -> str:
    """Returns the environment as JSON text."""
    head = export.head
    ranks = find_ranks(export.routes)
    routes = [
        written
        for route in sorted(export.routes, key=lambda route: ranks[route.path])
        if (written := _write_route(route, notes)) is not None
    ]
    everywhere = [
        written
        for rule, pointer in rules_at(head.rules, "")
        if (written := _write_rule(rule, pointer, head.id, notes)) is not None
    ]
    if everywhere:
        routes.insert(0, _make_route(f"{head.id}/rules", "all", "*", everywhere, "FALLBACK"))
    environment: Tree = {
        "uuid": _uuid(head.id),
        "lastMigration": MIGRATION,
        "name": head.name,
        "endpointPrefix": "",
        "latency": 0,
        "port": 3000,
        "hostname": "",
        "folders": [],
        "routes": routes,
        "rootChildren": [{"type": "route", "uuid": route["uuid"]} for route in routes],
        "proxyMode": False,
        "proxyHost": "",
        "proxyRemovePrefix": False,
        "tlsOptions": {
            "enabled": False,
            "type": "CERT",
            "pfxPath": "",
            "certPath": "",
            "keyPath": "",
            "caPath": "",
            "passphrase": "",
        },
        "cors": head.cors,
        "headers": [],
        "proxyReqHeaders": [],
        "proxyResHeaders": [],
        "data": [],
        "callbacks": [],
    }
    return json.dumps(environment, ensure_ascii=False, indent=2)


def _uuid(name: str) -> str:
    """Returns the same id for the same thing each time."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"mockwave:{name}"))


def _write_route(route: ExportedRoute, notes: Notes) -> Tree | None:
    pointer = route_pointer(route)
    try:
        endpoint = _write_path(route.path)
        own = _write_response(own_then(route), f"{route.id}/own", "", [])
    except CannotSay as reason:
        notes.leave_out(pointer, f"Mockoon has no words for {reason}")
        return None
    own["default"] = True
    mode = None
    responses: list[Tree] = []
    for index, (rule, at) in enumerate(rules_at(route.rules, pointer)):
        then = dict_of(rule.get("then"))
        is_last = index == len(route.rules) - 1
        if is_last and "when" not in rule and ("sequence" in then or "random" in then) and not responses:
            try:
                steps = _write_steps(rule, then, route)
            except CannotSay as reason:
                notes.leave_out(at, f"Mockoon has no words for {reason}")
                continue
            mode = "SEQUENTIAL" if "sequence" in then else "RANDOM"
            responses = steps
            responses[0]["default"] = True
            continue
        if always_answers(rule):
            try:
                name = str(rule.get("name", ""))
                own = _write_response(then, f"{route.id}/{name or at}", name, [])
                own["default"] = True
            except CannotSay as reason:
                notes.leave_out(at, f"Mockoon has no words for {reason}")
            break
        written = _write_rule(rule, at, route.id, notes, route)
        if written is not None:
            responses.append(written)
    if mode is None:
        responses.append(own)
    return _make_route(route.id, route.method.lower(), endpoint, responses, mode)


def _make_route(name: str, method: str, endpoint: str, responses: list[Tree], mode: str | None) -> Tree:
    return {
        "uuid": _uuid(name),
        "type": "http",
        "documentation": "",
        "method": method,
        "endpoint": endpoint,
        "responses": responses,
        "responseMode": mode,
        "streamingMode": None,
        "streamingInterval": 0,
    }


def _write_path(path: str) -> str:
    """Returns the path as an Express pattern, without the leading slash."""
    pattern = parse_path(path)
    parts = []
    for segment, text in zip(pattern.segments, path[1:].split("/"), strict=False):
        if segment.kind is SegmentKind.REST:
            parts.append("*")
            continue
        written = text
        for name in segment.names:
            if not name.isidentifier():
                raise CannotSay(f"the parameter {name!r} of a path")
            written = written.replace(f"{{{name}}}", f":{name}")
        parts.append(_ESCAPE.sub(r"\\\g<0>", written) if not segment.names else written)
    return "/".join(parts) + ("/" if path.endswith("/") and path != "/" else "")


def _write_steps(rule: Tree, then: Tree, route: ExportedRoute) -> list[Tree]:
    for key in ("scenario", "key", "times", "until", "probability", "seed"):
        if key in rule:
            raise CannotSay(key)
    steps = steps_of(then, "sequence" if "sequence" in then else "random", route)
    if "sequence" in then and then.get("onExhausted", "last") != "cycle":
        raise CannotSay("a sequence that does not begin again")
    if len({step.get("weight", 1) for step in steps}) > 1:
        raise CannotSay("weights that differ")
    if sum(step.get("repeat", 1) for step in steps) > 1000:
        raise CannotSay("a sequence of more than 1,000 steps")
    written = []
    for index, step in enumerate(steps):
        answer = {key: value for key, value in step.items() if key not in ("weight", "repeat")}
        for number in range(step.get("repeat", 1)):
            written.append(_write_response(answer, f"{route.id}/{rule.get('name')}/{index}/{number}", "", []))
    return written


def _write_rule(rule: Tree, pointer: str, name: str, notes: Notes, route: ExportedRoute | None = None) -> Tree | None:
    try:
        for key in ("scenario", "key", "times", "until", "probability", "seed", "chaos", "rateLimit"):
            if key in rule:
                raise CannotSay(key)
        then = complete_then(dict_of(rule.get("then")), route)
        if "sequence" in then or "random" in then:
            raise CannotSay("several answers of one rule")
        rules, operator = _write_when(dict_of(rule.get("when")))
        response = _write_response(then, f"{name}/{rule.get('name') or pointer}", str(rule.get("name", "")), rules)
        response["rulesOperator"] = operator
        return response
    except CannotSay as reason:
        notes.leave_out(pointer, f"Mockoon has no words for {reason}")
        return None


def _write_when(when: Tree) -> tuple[list[Tree], str]:
    """Returns the rules for a condition, and whether all or one of them has to hold."""
    if when.keys() == {"any"}:
        found = [_write_conditions(dict_of(each)) for each in list_of(when["any"])]
        if not all(len(each) == 1 for each in found):
            raise CannotSay("any of conditions that have several parts")
        return [each[0] for each in found], "OR"
    rules = _write_conditions(when)
    if not rules:
        raise CannotSay("a rule without a condition")
    return rules, "AND"


def _write_conditions(when: Tree) -> list[Tree]:
    rules: list[Tree] = []
    for key, value in when.items():
        if key in TARGETS:
            if dict_of(value).get("strict") is True:
                raise CannotSay(f"strict {key}")
            rules += (_write_operator(TARGETS[key], name, operator) for name, operator in dict_of(value).items())
        elif key == "method" and isinstance(value, str):
            rules.append(_make_rule("method", "", "equals", value.lower()))
        elif key == "all":
            for each in list_of(value):
                rules += _write_conditions(dict_of(each))
        elif key == "not":
            inner = _write_conditions(dict_of(value))
            if len(inner) != 1:
                raise CannotSay("not, of several conditions")
            rules.append({**inner[0], "invert": not inner[0]["invert"]})
        elif key == "body":
            rules += map(_write_body, list_of(value))
        else:
            raise CannotSay(f"conditions on {key}")
    return rules


def _write_operator(target: str, modifier: str, operator: Any) -> Tree:
    match operator:
        case {"equalTo": str(value), **rest} if not rest:
            return _make_rule(target, modifier, "equals", value)
        case {"matches": str(value), **rest} if not rest:
            return _make_rule(target, modifier, "regex", f"^(?:{value})$")
        case {"absent": True, **rest} if not rest:
            return _make_rule(target, modifier, "null", "")
        case {"not": inner, **rest} if not rest:
            written = _write_operator(target, modifier, inner)
            return {**written, "invert": not written["invert"]}
    raise CannotSay(f"the operator {', '.join(dict_of(operator))[:60]}")


def _write_body(operator: Any) -> Tree:
    match operator:
        case {"matchesJsonPath": {"expression": str(expression), **asked}, **rest} if not rest and asked:
            if json_path_steps(expression) is None:
                raise CannotSay(f"the JSONPath {expression[:60]!r}")
            return _write_operator("body", expression, asked)
    return _write_operator("body", "", operator)


def _make_rule(target: str, modifier: str, operator: str, value: str) -> Tree:
    return {"target": target, "modifier": modifier, "operator": operator, "value": value, "invert": False}


def _write_response(then: Tree, name: str, label: str, rules: list[Tree]) -> Tree:
    for key in ("fault", "throttle", "next", "response", "example", "dynamic", "sequence", "random"):
        if then.get(key):
            raise CannotSay(key)
    body, headers = text_body(then), header_pairs(then)
    is_template = is_liquid(then)
    if is_template:
        body = write_handlebars(body, write_for_mockoon)
        headers = [(key, write_handlebars(value, write_for_mockoon)) for key, value in headers]
    return {
        "uuid": _uuid(name),
        "body": body,
        "latency": fixed_delay(then),
        "statusCode": status_of(then),
        "label": label,
        "headers": [{"key": key, "value": value} for key, value in headers],
        "bodyType": "INLINE",
        "filePath": "",
        "databucketID": "",
        "sendFileAsBody": False,
        "rules": rules,
        "rulesOperator": "AND",
        "disableTemplating": not is_template and "{{" in body,
        "fallbackTo404": False,
        "default": False,
        "crudKey": "id",
        "callbacks": [],
    }
