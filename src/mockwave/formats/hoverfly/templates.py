"""The templates of Hoverfly (Handlebars): the request, its state, and the helpers that Liquid can say as well."""

import re
from collections.abc import Sequence
from typing import Final

from mockwave.formats.handlebars.helpers import (
    CONDITIONS,
    DIGITS,
    LETTERS,
    append_all,
    argument,
    calculated,
    compared,
    cut_to,
    draw_characters,
    draw_number,
    filtered,
    replace_text,
    show_time,
    text_argument,
    whole_argument,
)
from mockwave.formats.handlebars.json_steps import json_path_steps
from mockwave.formats.handlebars.liquid_texts import NoEqual, member, members
from mockwave.formats.handlebars.syntax import Call
from mockwave.formats.handlebars.translation import Condition, Dialect, Helper, Liquid

WHOLE: Final = {
    "Method": "request.method",
    "Body": "request.body",
    "Host": "request.headers.Host",
    "QueryParam": "request.query",
    "FormData": "request.form",
}
FIELDS: Final = {"QueryParam": "request.query", "Header": "request.headers", "FormData": "request.form"}
_OFFSET = re.compile(r"(-?[0-9]{1,9})(s|m|h|d)")
_UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def _refer(steps: Sequence[str]) -> str | None:
    match steps:
        case ["Request", name] if name in WHOLE:
            return WHOLE[name]
        case ["Request", "Path", step] if step.isdigit():
            return f"request.pathSegments[{step}]"
        case ["Request", field, name] if field in FIELDS:
            return member(FIELDS[field], name)
        case ["Request", field, name, step] if field in FIELDS and step.isdigit():
            path = member(FIELDS[field], name)
            return path if step == "0" else member(path, step)
        case ["State", name]:
            return member("state", name)
    return None


def _body(call: Call, liquid: Liquid) -> str:
    """`Request.Body 'jsonpath' '$.a'`"""
    if not call.positional:
        return "request.body"
    if text_argument(argument(call, 0)) != "jsonpath":
        raise NoEqual
    steps = json_path_steps(text_argument(argument(call, 1)))
    if steps is None:
        raise NoEqual
    return members("request.json", steps)


def _now(call: Call, liquid: Liquid) -> str:
    """`now '-1d' 'unix'`; patterns of Go's stay what they are."""
    offset = text_argument(call.positional[0] if call.positional else None, "")
    form = text_argument(call.positional[1] if len(call.positional) > 1 else None, "")
    if form not in ("", "unix", "epoch"):
        raise NoEqual
    if not offset:
        return show_time(form, "")
    match = _OFFSET.fullmatch(offset)
    if match is None:
        raise NoEqual
    return show_time(form, f"{match[1]} {_UNITS[match[2]]}")


def _random_integer(call: Call, liquid: Liquid) -> str:
    if not call.positional:
        return "random.int"
    low, high = (whole_argument(argument(call, index)) for index in range(2))
    return draw_number(str(low), str(high))


def _random_string(call: Call, liquid: Liquid) -> str:
    length = whole_argument(call.positional[0] if call.positional else None, 10)
    return draw_characters(LETTERS + LETTERS.upper() + DIGITS, length, liquid)


def _calculated(name: str) -> Helper:
    """Numbers through a filter; a pattern for the result has no equal."""

    def helper(call: Call, liquid: Liquid) -> str:
        if len(call.positional) != 2:
            raise NoEqual
        return calculated(name)(call, liquid)

    return helper


def _between(call: Call, liquid: Liquid) -> str:
    value, low, high = (liquid.number(argument(call, index)) for index in range(3))
    return f"{value} >= {low} and {value} <= {high}"


def _contains(call: Call, liquid: Liquid) -> str:
    return f"{liquid.name(argument(call, 0))} contains {liquid.name(argument(call, 1))}"


_NAMED_CONDITIONS: Final[dict[str, Condition]] = {
    "equal": compared("=="),
    "isGreaterThan": compared(">", as_numbers=True),
    "isLessThan": compared("<", as_numbers=True),
    "isBetween": _between,
    "contains": _contains,
}

HOVERFLY: Final = Dialect(
    refer=_refer,
    helpers={
        "Request.Body": _body,
        "now": _now,
        "iso8601DateTime": lambda call, liquid: show_time("", ""),
        "randomUuid": lambda call, liquid: "random.uuid",
        "randomBoolean": lambda call, liquid: "random.boolean",
        "randomInteger": _random_integer,
        "randomIntegerRange": _random_integer,
        "randomString": _random_string,
        "randomStringLength": _random_string,
        "randomEmail": lambda call, liquid: "faker.internet.email",
        "randomIPv4": lambda call, liquid: "faker.internet.ipv4",
        "replace": replace_text,
        "concat": append_all,
        "length": filtered("size"),
        "substring": cut_to,
        "add": _calculated("plus"),
        "subtract": _calculated("minus"),
        "multiply": _calculated("times"),
        "divide": _calculated("divided_by"),
    },
    conditions={**CONDITIONS, **_NAMED_CONDITIONS},
)
