"""A valid request for a route that is stored: of what its operation asks of requests, whatever the document was written
in, or of its path alone; and so that it meets the condition of a rule, as far as that is simple.

What a rule's condition wants of a parameter is put in place of its schema, so that it is written as the operation says.
"""

import json
from collections.abc import Iterator
from typing import Any

import msgspec

from mockwave.answers.request_rules import ParameterRule, RequestRules, Scheme, decode_rules
from mockwave.answers.sampled_requests import SampledRequest, SampleWish
from mockwave.sampling.declarations import Answer, Body, Declarations, DeclaredOperation, Node, Parameter
from mockwave.sampling.met_conditions import Wanted, read_condition
from mockwave.sampling.sample_requests import Sampler, find_names

NO_RULES = RequestRules((), (), False, (), ())
NO_ANSWER = Answer(200, {}, frozenset())
WITH_BODY = ("POST", "PUT", "PATCH")
USUAL_VALUE = "1"
REST = "a"
"""What stands for the rest of a path, where it takes any."""


def make_route_request(wish: SampleWish) -> SampledRequest:
    """The request for the route."""
    rules = decode_rules(wish.request_rules) if wish.request_rules else NO_RULES
    definitions = {str(each.number): json.loads(each.schema) for each in rules.definitions}
    sampler = Sampler(Declarations({"$defs": definitions}))
    wanted = read_condition(msgspec.json.decode(wish.when) if wish.when else {}, sampler)
    path = f"{wish.path[:-2]}{REST}" if wish.path.endswith("/**") else wish.path
    operation = DeclaredOperation(
        wish.method,
        path,
        Node({}, ""),
        list(list_parameters(rules, path, wanted)),
        choose_body(rules),
        NO_ANSWER,
        [show_scheme(scheme) for scheme in rules.security[0]] if rules.security else [],
    )
    made = sampler.make_request(operation, path)
    headers = wanted.put_into_headers(made.headers)
    body = None if made.body is None else made.body.decode(errors="replace")
    if body is None and wish.method in WITH_BODY and not wish.request_rules:
        body, headers["Content-Type"] = "{}", "application/json"
    body = wanted.put_into_body(body, headers)
    left_out = wanted.left_out if made.is_written else [*wanted.left_out, "a parameter whose value no style can write"]
    return SampledRequest(wish.method, made.path, headers, body, left_out)


def list_parameters(rules: RequestRules, path: str, wanted: Wanted) -> Iterator[Parameter]:
    """Those that the operation declares, and those that a condition wants beside them; of a path without an operation,
    those in it."""
    declared = set()
    for rule in rules.parameters:
        key = rule.location, rule.name.lower() if rule.location == "header" else rule.name
        declared.add(key)
        value = wanted.values.get(key)
        if value is not None:
            yield Parameter(rule.name, rule.location, True, Node({"const": value}, ""), rule.style, rule.explode)
        elif rule.required and key not in wanted.absent:
            yield show_parameter(rule)
    for name in find_names(path):
        key = "path", name.partition(":")[0]
        if key not in declared:
            declared.add(key)
            yield Parameter(
                name, "path", True, Node({"const": wanted.values.get(key, USUAL_VALUE)}, ""), "simple", False
            )
    for (place, name), value in wanted.values.items():
        if (place, name) not in declared:
            yield Parameter(name, place, True, Node({"const": value}, ""), "form", True)


def show_parameter(rule: ParameterRule) -> Parameter:
    schema = json.loads(rule.schema) if rule.schema else {}
    style = "content" if rule.is_json else rule.style
    return Parameter(rule.name, rule.location, rule.required, Node(schema, ""), style, rule.explode)


def choose_body(rules: RequestRules) -> Body | None:
    """JSON, if the operation takes that, else what it names first."""
    found = next((each for each in rules.bodies if "json" in each.media_type), None) or next(iter(rules.bodies), None)
    if found is None:
        return None
    return Body(found.media_type, Node(json.loads(found.schema), "") if found.schema else None)


def show_scheme(scheme: Scheme) -> dict[str, Any]:
    """The scheme as a document declares it."""
    if scheme.kind in ("apiKey", "oauth2", "openIdConnect"):
        return {"type": scheme.kind, "in": scheme.location, "name": scheme.name}
    return {"type": "http", "scheme": scheme.kind}
