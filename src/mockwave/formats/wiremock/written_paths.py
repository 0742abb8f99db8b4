"""What a rule asks of the path, as the URL of a WireMock mapping: one key, whatever rule and route ask together.

WireMock refuses a mapping with two URL keys. Several demands on one path are joined: to a literal path that fulfils
them all, or to one regular expression, in which all but the last are lookaheads.
"""

import json
from typing import Any

from mockwave.formats.stubs.covering import as_operator, compile_whole, is_literal, literal_path
from mockwave.formats.stubs.expressions import escape_regex
from mockwave.formats.stubs.outgoing import CannotSay
from mockwave.formats.stubs.stubs import asked_parameters
from mockwave.formats.tree_values import Tree
from mockwave.paths import Ending, parse_path

ANYTHING = ("(?s).*", "[\\s\\S]*", ".*")


def write_path(demand: Any, rule: Tree) -> Tree:
    """Returns the URL for one demand of the rule, a path pattern or an operator. Raises CannotSay."""
    match demand:
        case str(pattern):
            return _write_pattern(pattern, rule)
        case {"equalTo": str(path), **rest} if not rest:
            return {"urlPath": path}
        case {"matches": str(expression), **rest} if not rest:
            return {"urlPathPattern": expression}
    raise CannotSay("this operator on the path")


def _write_pattern(path: str, rule: Tree) -> Tree:
    """A path pattern. A rest is an expression, which has no names for the parameters that the rule may ask for."""
    pattern = parse_path(path)
    if is_literal(pattern):
        return {"urlPath": literal_path(pattern)}
    if pattern.ending is Ending.REST:
        _refuse_parameters(rule, "parameters of a path with a rest")
        return {"urlPathPattern": as_operator(pattern)["matches"]}
    return {"urlPathTemplate": path}


def join_paths(urls: list[Tree], rule: Tree) -> Tree:
    """Returns the only URL of a mapping whose path has to fulfil all of these. Raises CannotSay."""
    demands = list(dict.fromkeys((key, text) for url in urls for key, text in url.items()))
    demands = [each for each in demands if each[1] not in ANYTHING or each[0] != "urlPathPattern"] or demands[:1]
    if len(demands) < 2:
        return dict(demands)
    literals = [text for key, text in demands if key == "urlPath"]
    if len(literals) > 1:
        raise CannotSay("a path that has to be two at once")
    if any(key == "urlPathTemplate" for key, _ in demands):
        _refuse_parameters(rule, "parameters of a path of which more is asked")
    expressions = [_as_expression(key, text) for key, text in demands if key != "urlPath"]
    if literals:
        compiled = [compile_whole(expression) for expression in expressions]
        fits = [each.is_found_in(literals[0]) if each is not None else None for each in compiled]
        if False in fits:
            raise CannotSay("a path that never is what else is asked of it")
        if all(fits):
            return {"urlPath": literals[0]}
        expressions.append(escape_regex(literals[0]))
    *others, last = expressions
    return {"urlPathPattern": "".join(f"(?=(?:{each})$)" for each in others) + f"(?:{last})"}


def _as_expression(key: str, text: str) -> str:
    return str(as_operator(parse_path(text))["matches"]) if key == "urlPathTemplate" else text


def _refuse_parameters(rule: Tree, reason: str) -> None:
    if asked_parameters(rule.get("when")) or "pathParameters" in json.dumps(rule.get("then")):
        raise CannotSay(reason)
