"""The response templates of WireMock (Handlebars): the request, and the helpers that Liquid can say as well.

`request.query.a` is the first value; `request.path.0` and `request.pathSegments.[0]` a segment; `request.path.id` a
parameter of the path. HTML escaping of two braces is not kept: nearly everybody answers JSON.
"""

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from mockwave.formats.handlebars.helpers import (
    CONDITIONS,
    DIGITS,
    LETTERS,
    argument,
    calculate_infix,
    compared,
    cut_to,
    draw_characters,
    draw_number,
    filtered,
    format_date,
    join_list,
    look_up,
    make_list,
    or_default,
    pick_one,
    replace_text,
    show_time,
    text_argument,
    whole_argument,
)
from mockwave.formats.handlebars.json_steps import json_path_steps
from mockwave.formats.handlebars.liquid_texts import NoEqual, member, members, quote
from mockwave.formats.handlebars.syntax import Block, Call, Literal
from mockwave.formats.handlebars.translation import Dialect, Liquid
from mockwave.formats.tree_values import Tree

WHOLE: Final = {
    "method": "request.method",
    "body": "request.body",
    "clientIp": "request.client",
    "id": "request.id",
    "path": "request.path",
    "url": "request.url",
    "query": "request.query",
    "headers": "request.headers",
    "cookies": "request.cookies",
    "bodyAsBase64": "request.body | base64_encode",
    "host": 'request.headers.Host | split: ":" | first',
    "baseUrl": 'request.headers.Host | prepend: "http://"',
    "port": 'request.headers.Host | split: ":" | last',
    "scheme": '"http"',
}
ALPHABETS: Final = {
    "ALPHABETIC": LETTERS,
    "ALPHANUMERIC": LETTERS + DIGITS,
    "NUMERIC": DIGITS,
    "HEXADECIMAL": "0123456789abcdef",
}
LARGEST: Final = 2**31 - 1


def _refer(steps: Sequence[str]) -> str | None:
    if steps[:2] == ["request", "requestLine"]:  # as WireMock 2 had it, and 3 still has
        steps = ["request", *steps[2:]]
    match steps:
        case ["request", name] if name in WHOLE:
            return WHOLE[name]
        case ["request", "path" | "pathSegments", step] if step.isdigit():
            return f"request.pathSegments[{step}]"
        case ["request", "path", name]:
            return member("request.pathParameters", name)
        case ["request", "query" | "headers" | "cookies" as kind, name] | [
            "request",
            "query" | "headers" | "cookies" as kind,
            name,
            "0",
        ]:
            return member(f"request.{kind}", name)
        case ["request", "query" as kind, name, step] if step.isdigit():
            return member(member(f"request.{kind}", name), step)
    if steps and steps[0] in ("request", "parameters"):
        raise NoEqual
    return None


def _json_path(call: Call, liquid: Liquid) -> str:
    """`jsonPath request.body '$.a'`, and of what a loop goes through."""
    base = liquid.name(argument(call, 0))
    steps = json_path_steps(text_argument(argument(call, 1)))
    if steps is None:
        raise NoEqual
    path = members("request.json" if base == "request.body" else base, steps)
    if "default" in call.named:
        return f"{path} | default: {liquid.name(call.named['default'])}"
    return path


def _now(call: Call, liquid: Liquid) -> str:
    if text_argument(call.named.get("timezone"), "UTC") not in ("UTC", "GMT", "Z"):
        raise NoEqual
    return show_time(text_argument(call.named.get("format"), ""), text_argument(call.named.get("offset"), ""))


def _date(call: Call, liquid: Liquid) -> str:
    if call.named.keys() - {"format"}:
        raise NoEqual
    given = argument(call, 0)
    if isinstance(given, Call) and given.name == "parseDate" and not given.named:
        given = argument(given, 0)
    elif isinstance(given, Call) and given.name == "now":
        offset = text_argument(given.named.get("offset"), "")
        return show_time(text_argument(call.named.get("format"), ""), offset)
    return format_date(liquid.expression(given), text_argument(call.named.get("format"), ""))


def _random_value(call: Call, liquid: Liquid) -> str:
    kind = text_argument(call.named.get("type"))
    if kind == "UUID":
        return "random.uuid"
    if kind not in ALPHABETS:
        raise NoEqual
    length = whole_argument(call.named.get("length"), 36)
    upper = call.named.get("uppercase")
    alphabet = ALPHABETS[kind]
    return draw_characters(
        alphabet.upper() if isinstance(upper, Literal) and upper.value is True else alphabet, length, liquid
    )


def _random_int(call: Call, liquid: Liquid) -> str:
    lower = whole_argument(call.named.get("lower"), -LARGEST)
    return draw_number(str(lower), str(whole_argument(call.named.get("upper"), LARGEST) - 1))


def _random_decimal(call: Call, liquid: Liquid) -> str:
    bounds = [call.named.get("lower"), call.named.get("upper")]
    numbers = [each.value if isinstance(each, Literal) else None for each in bounds]
    if not all(isinstance(each, int | float) for each in numbers):
        raise NoEqual
    low, high = (round(float(each) * 1_000_000) for each in numbers if each is not None)
    return f"{draw_number(str(low), str(high))} | divided_by: 1000000.0"


def _base64(call: Call, liquid: Liquid) -> str:
    name = "base64_decode" if _is_asked(call, "decode") else "base64_encode"
    return f"{liquid.expression(argument(call, 0))} | {name}"


def _url_encode(call: Call, liquid: Liquid) -> str:
    name = "url_decode" if _is_asked(call, "decode") else "url_encode"
    return f"{liquid.expression(argument(call, 0))} | {name}"


def _is_asked(call: Call, name: str) -> bool:
    option = call.named.get(name)
    return isinstance(option, Literal) and option.value is True


def _value_or(call: Call, liquid: Liquid) -> str:
    if call.named.keys() - {"or"}:
        raise NoEqual
    value = liquid.expression(argument(call, 0))
    return f"{value} | default: {liquid.name(call.named['or'])}" if "or" in call.named else value


def _contains(call: Call, liquid: Liquid) -> str:
    return f"{liquid.name(argument(call, 0))} contains {liquid.name(argument(call, 1))}"


def _assign_text(block: Block, liquid: Liquid) -> str:
    """`{{#assign 'name'}}…{{/assign}}`"""
    name = text_argument(argument(block.call, 0))
    text = liquid.apart(block.body)
    return f"{{% capture {liquid.names.introduce(name)} %}}{text}{{% endcapture %}}"


def _trim_text(block: Block, liquid: Liquid) -> str:
    return "{{ " + liquid.captured(liquid.apart(block.body)) + " | strip }}"


def _name_form(call: Call, liquid: Liquid) -> str:
    """`{{formData request.body 'form'}}` writes nothing, and `form.name` is a field from there on."""
    if liquid.name(argument(call, 0)) != "request.body":
        raise NoEqual
    liquid.names.stand_for(text_argument(argument(call, 1)), "request.form")
    return '""'


def _name_json(call: Call, liquid: Liquid) -> str:
    """`{{parseJson request.body 'name'}}`"""
    if liquid.name(argument(call, 0)) != "request.body":
        raise NoEqual
    liquid.names.stand_for(text_argument(argument(call, 1)), "request.json")
    return '""'


def make_dialect(parameters: Tree) -> Dialect:
    """The dialect, with the `transformerParameters` of a response: `parameters.a` is a value of the file."""

    def refer(steps: Sequence[str]) -> str | None:
        if steps and steps[0] == "parameters":
            value: Any = parameters
            for step in steps[1:]:
                value = value.get(step) if isinstance(value, dict) else None
            if isinstance(value, str | int | float):
                return quote(value)
        return _refer(steps)

    return msgspec.structs.replace(WIREMOCK, refer=refer) if parameters else WIREMOCK


WIREMOCK: Final = Dialect(
    refer=_refer,
    helpers={
        "jsonPath": _json_path,
        "now": _now,
        "date": _date,
        "randomValue": _random_value,
        "randomInt": _random_int,
        "randomDecimal": _random_decimal,
        "pickRandom": pick_one,
        "array": make_list,
        "size": filtered("size"),
        "trim": filtered("strip"),
        "lower": filtered("downcase"),
        "upper": filtered("upcase"),
        "toJson": filtered("json"),
        "stripTags": filtered("strip_html"),
        "base64": _base64,
        "urlEncode": _url_encode,
        "math": calculate_infix,
        "join": join_list,
        "replace": replace_text,
        "substring": cut_to,
        "defaultIfEmpty": or_default,
        "val": _value_or,
        "lookup": look_up,
        "formData": _name_form,
        "parseJson": _name_json,
    },
    conditions={**CONDITIONS, "neq": compared("!="), "contains": _contains},
    blocks={"assign": _assign_text, "trim": _trim_text},
)
