"""Conditions, decided slowly and plainly: the reference with which compiled ones are compared.

Nothing is prepared, ordered by cost or kept: each question is answered from the bytes of the request.
"""

import json
import re
from collections.abc import Sequence
from decimal import Decimal
from itertools import permutations
from typing import Any
from urllib.parse import unquote_plus

from mockwave.rules.request_view import RequestView


class NoBody(str):
    """The text of a body of no bytes: it is empty, and absent all the same."""


def holds(when: dict[str, Any], request: RequestView) -> bool:
    return all(_member_holds(name, given, request) for name, given in when.items())


def _member_holds(name: str, given: Any, request: RequestView) -> bool:
    if name == "all":
        return all(holds(each, request) for each in given)
    if name == "any":
        return any(holds(each, request) for each in given)
    if name == "not":
        return not holds(given, request)
    if name == "method":
        return bool(request.method == given)
    if name == "body":
        text = (request.body or b"").decode() or NoBody()
        return all(any_holds(each, [text]) for each in given)
    if isinstance(given.get("strict"), bool):
        names = {unquote_plus(part.partition("=")[0]) for part in request.query.decode().split("&") if part}
        if given["strict"] and not names <= given.keys():
            return False
        given = {key: matcher for key, matcher in given.items() if key != "strict"}
    return all(any_holds(matcher, _values_of(name, key, request)) for key, matcher in given.items())


def _values_of(where: str, key: str, request: RequestView) -> list[str]:
    if where == "headers":
        return [value.decode() for name, value in request.headers if name.decode() == key.lower()]
    if where == "query":
        pairs = [part.partition("=") for part in request.query.decode().split("&") if part]
        return [unquote_plus(value) for name, _, value in pairs if unquote_plus(name) == key]
    assert where == "pathParameters"
    return [request.path_parameters[key]] if key in request.path_parameters else []


def any_holds(matcher: dict[str, Any], values: Sequence[str]) -> bool:
    """Whether a matcher holds for any of the values, or for their absence; for all at once where it is on lists."""
    if any(name in matcher for name in ("hasExactly", "includes")):
        return all(_list_holds(name, given, values) for name, given in matcher.items())
    return any(matcher_holds(matcher, value) for value in values) if values else matcher_holds(matcher, None)


def _list_holds(name: str, given: Any, values: Sequence[str]) -> bool:
    if name == "hasExactly":
        if len(given) != len(values):
            return False
        return any(all(map(matcher_holds, given, order)) for order in permutations(values))
    if name == "includes":
        return all(any(matcher_holds(each, value) for value in values) for each in given)
    return any_holds({name: given}, values)


def matcher_holds(matcher: dict[str, Any], value: str | None) -> bool:
    if matcher.get("caseInsensitive"):
        text, lowered = matcher["equalTo"].lower(), None if value is None else value.lower()
        others = {name: given for name, given in matcher.items() if name not in ("equalTo", "caseInsensitive")}
        return lowered == text and matcher_holds(others, value)
    return all(_operator_holds(name, given, value) for name, given in matcher.items())


def _operator_holds(name: str, given: Any, value: str | None) -> bool:
    if name == "absent":
        return value is None or isinstance(value, NoBody)
    if name in ("anything", "caseInsensitive"):
        return True
    if name == "not":
        return not matcher_holds(given, value)
    if name == "and":
        return all(matcher_holds(each, value) for each in given)
    if name == "or":
        return any(matcher_holds(each, value) for each in given)
    if name == "doesNotContain":
        return value is None or given not in value
    if name == "doesNotMatch":
        return value is None or re.fullmatch(given, value, re.ASCII) is None
    if value is None:
        return False
    if name == "equalTo":
        return bool(value == given)
    if name == "contains":
        return given in value
    if name == "matches":
        return re.fullmatch(given, value, re.ASCII) is not None
    if name == "equalToJson":
        return _is_json(value) and _same(json.loads(value), given)
    return _number_holds(name, Decimal(given), value)


def _number_holds(name: str, wanted: Decimal, value: str) -> bool:
    if re.fullmatch(r"[+-]?[0-9]+(\.[0-9]+)?", value) is None:
        return False
    number = Decimal(value)
    return {
        "equalToNumber": number == wanted,
        "greaterThanNumber": number > wanted,
        "greaterThanEqualNumber": number >= wanted,
        "lessThanNumber": number < wanted,
        "lessThanEqualNumber": number <= wanted,
    }[name]


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(one[name], other[name]) for name in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    return bool(type(one) is type(other) or isinstance(one, int | float)) and one == other
