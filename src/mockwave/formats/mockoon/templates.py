"""The templates of Mockoon (Handlebars): helpers that read the request, those that Liquid can say as well, and data
buckets, whose text, or a value in it, is put in where it is asked for.
"""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from mockwave.dynamic.fakers import find_faker
from mockwave.formats.handlebars.helpers import (
    CONDITIONS,
    append_all,
    argument,
    calculated,
    draw_number,
    filtered,
    filtered_with,
    format_date,
    join_list,
    look_up,
    make_list,
    pick_one,
    replace_text,
    show_time,
    switch,
    text_argument,
    whole_argument,
)
from mockwave.formats.handlebars.json_steps import value_steps
from mockwave.formats.handlebars.liquid_texts import NoEqual, member, members, quote
from mockwave.formats.handlebars.syntax import Argument, Block, Call, Literal, has_tags
from mockwave.formats.handlebars.translation import Dialect, Helper, Liquid

_NAME: Final = re.compile(r"[A-Za-z]+(?:\.[A-Za-z]+)?")
OF_FAKER: Final = {  # helpers of old, and the fakers that they are
    "firstName": "person.firstName",
    "lastName": "person.lastName",
    "email": "internet.email",
    "phone": "phone.number",
    "country": "location.country",
    "city": "location.city",
    "postcode": "location.zipCode",
    "street": "location.street",
    "company": "company.name",
    "domain": "internet.domainName",
    "ipv4": "internet.ipv4",
    "ipv6": "internet.ipv6",
    "hexColor": "internet.color",
    "lorem": "lorem.sentence",
}


class Buckets(Mapping[str, str]):
    """The texts of the data buckets by id and by name."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._texts = texts
        self._values: dict[str, Any] = {}

    def __getitem__(self, name: str) -> str:
        return self._texts[name]

    def __iter__(self) -> Any:
        return iter(self._texts)

    def __len__(self) -> int:
        return len(self._texts)

    def find(self, name: str, path: str) -> Any:
        """The value at a path of a bucket that is JSON. Raises NoEqual."""
        if name not in self._values:
            try:
                self._values[name] = json.loads(self._texts[name])
            except (KeyError, ValueError, RecursionError):
                raise NoEqual from None
        value = self._values[name]
        steps = value_steps(path)
        if steps is None:
            raise NoEqual
        for step in steps:
            if isinstance(value, dict) and step in value:
                value = value[step]
            elif isinstance(value, list) and step.isdigit() and int(step) < len(value):
                value = value[int(step)]
            else:
                return None
        return value


def make_dialect(texts: Mapping[str, str]) -> Dialect:
    """The dialect, with the texts of the data buckets, which may have tags of their own."""
    buckets = Buckets(texts)

    def data(call: Call, liquid: Liquid) -> str:
        name = text_argument(argument(call, 0))
        if name not in buckets:
            raise NoEqual
        text = buckets[name]
        if has_tags(text):
            if len(call.positional) > 1:
                raise NoEqual
            return liquid.template_in_place(text)
        if len(call.positional) == 1:
            return _constant(text) or liquid.literally(text)
        value = buckets.find(name, text_argument(argument(call, 1)))
        if isinstance(value, dict | list):
            return liquid.literally(json.dumps(value, ensure_ascii=False))
        return '""' if value is None else liquid.literally(value) if isinstance(value, str) else quote(value)

    return Dialect(
        refer=_refer,
        helpers={**HELPERS, "data": data, "dataRaw": data},
        conditions={**CONDITIONS, "includes": _includes},
        blocks={"repeat": _repeat, "switch": _switch},
    )


def _constant(text: str) -> str:
    """The literal of a bucket that holds a number, true or false; empty for any other."""
    stripped = text.strip()
    return stripped if re.fullmatch(r"true|false|-?[0-9]{1,15}(?:\.[0-9]{1,15})?", stripped) else ""


def _refer(steps: Sequence[str]) -> str | None:
    return None


def _body(call: Call, liquid: Liquid) -> str:
    """`body 'a.b' 'default'`: a value of a JSON body, or a field of a form."""
    if not call.positional:
        return "request.body"
    steps = value_steps(text_argument(call.positional[0]))
    if steps is None:
        raise NoEqual
    return _with_default(members("request.json", steps) if steps else "request.body", call, liquid)


def _named(base: str) -> Helper:
    """`header 'X-A' 'default'` and its like."""

    def helper(call: Call, liquid: Liquid) -> str:
        if not call.positional:
            raise NoEqual
        name = text_argument(call.positional[0])
        if base == "request.query":
            steps = value_steps(name)
            if not steps:
                raise NoEqual
            if len(steps) == 2 and steps[1].isdigit():
                return _with_default(member(member(base, steps[0]), steps[1]), call, liquid)
            first, *rest = steps
            name = "".join((first, *(f"[{step}]" for step in rest)))
        return _with_default(member(base, name), call, liquid)

    return helper


def _with_default(path: str, call: Call, liquid: Liquid) -> str:
    if len(call.positional) < 2:
        return path
    return f"{path} | default: {liquid.name(call.positional[1])}"


def _base_url(call: Call, liquid: Liquid) -> str:
    return 'request.headers.Host | prepend: "http://"'


def _now(call: Call, liquid: Liquid) -> str:
    return show_time(text_argument(call.positional[0] if call.positional else None, ""), "")


def _date_format(call: Call, liquid: Liquid) -> str:
    return format_date(liquid.expression(argument(call, 0)), text_argument(argument(call, 1)))


def _shifted(call: Call, liquid: Liquid) -> str:
    """`dateTimeShift format='yyyy' days=3`, from now on or from a `date`."""
    seconds = 0
    units = {"days": 86_400, "hours": 3_600, "minutes": 60, "seconds": 1}
    for name, given in call.named.items():
        if name in units:
            seconds += whole_argument(given) * units[name]
        elif name not in ("format", "date"):
            raise NoEqual  # months and years are not of one length
    pattern = text_argument(call.named.get("format"), "")
    if "date" in call.named:
        value = f'{liquid.expression(call.named["date"])} | date: "%s" | plus: {seconds}'
        return format_date(value, pattern)
    return show_time(pattern, f"{seconds} seconds")


def _date_between(call: Call, liquid: Liquid) -> str:
    """`date '2020-01-01' '2021-01-01' 'yyyy'`: a time between the two."""
    low, high = (_seconds(text_argument(argument(call, index))) for index in range(2))
    pattern = text_argument(call.positional[2] if len(call.positional) > 2 else None, "")
    return format_date(draw_number(str(low), str(high)), pattern)


def _seconds(text: str) -> int:
    try:
        moment = datetime.fromisoformat(text)
        return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())
    except (ValueError, OverflowError):
        raise NoEqual from None


def _int(call: Call, liquid: Liquid) -> str:
    if not call.positional:
        return draw_number("0", "9007199254740991")
    low, high = (0, whole_argument(argument(call, 0))) if len(call.positional) == 1 else _bounds(call)
    return draw_number(str(low), str(high))


def _bounds(call: Call) -> tuple[int, int]:
    return whole_argument(argument(call, 0)), whole_argument(argument(call, 1))


def _float(call: Call, liquid: Liquid) -> str:
    low, high = _bounds(call)
    return f"{draw_number(str(low * 1_000_000), str(high * 1_000_000))} | divided_by: 1000000.0"


def _faker(call: Call, liquid: Liquid) -> str:
    name = text_argument(argument(call, 0))
    if name in ("number.int", "datatype.number") and call.named and call.named.keys() <= {"min", "max"}:
        low = whole_argument(call.named.get("min"), 0)
        return draw_number(str(low), str(whole_argument(call.named.get("max"), 2**53 - 1)))
    if len(call.positional) != 1 or call.named or not find_faker(name) or not _NAME.fullmatch(name):
        raise NoEqual
    return f"faker.{name}"


def _of_faker(name: str) -> Helper:
    def helper(call: Call, liquid: Liquid) -> str:
        if call.positional or call.named or not find_faker(name):
            raise NoEqual
        return f"faker.{name}"

    return helper


def _substr(call: Call, liquid: Liquid) -> str:
    first = whole_argument(argument(call, 1))
    length = whole_argument(call.positional[2] if len(call.positional) > 2 else None, 1_000_000)
    return f"{liquid.expression(argument(call, 0))} | slice: {first}, {length}"


def _split(call: Call, liquid: Liquid) -> str:
    separator = text_argument(call.positional[1] if len(call.positional) > 1 else None, " ")
    return f"{liquid.expression(argument(call, 0))} | split: {quote(separator)}"


def _to_fixed(call: Call, liquid: Liquid) -> str:
    digits = whole_argument(call.positional[1] if len(call.positional) > 1 else None, 0)
    return f"{liquid.number(argument(call, 0))} | round: {digits}"


def _set_variable(call: Call, liquid: Liquid) -> str:
    value = liquid.name(argument(call, 1))
    liquid.need(liquid.assign(text_argument(argument(call, 0)), value))
    return '""'


def _get_variable(call: Call, liquid: Liquid) -> str:
    return liquid.names.find_assigned(text_argument(argument(call, 0)))


def _includes(call: Call, liquid: Liquid) -> str:
    return f"{liquid.name(argument(call, 0))} contains {liquid.name(argument(call, 1))}"


def _repeat(block: Block, liquid: Liquid) -> str:
    """The block so many times, with commas between unless `comma=false`."""
    counts = block.call.positional
    if len(counts) == 2:
        low, high = _bounds(block.call)
        count = liquid.named(draw_number(str(low), str(high)))
    else:
        count = liquid.number(argument(block.call, 0))
    comma = block.call.named.get("comma")
    has_commas = not (isinstance(comma, Literal) and comma.value is False)
    ending = "{%- unless forloop.last %},{% endunless %}\n" if has_commas else ""
    return liquid.loop(f"(1..{count})", block, ending=ending, looks_at_item=False)


def _switch(block: Block, liquid: Liquid) -> str:
    def find_case(node: Block) -> Argument | None:
        if node.call.name == "default":
            return None
        if node.call.name != "case":
            raise NoEqual
        return argument(node.call, 0)

    return switch(block, liquid, find_case)


HELPERS: Final[dict[str, Helper]] = {
    "body": _body,
    "bodyRaw": _body,
    "queryParam": _named("request.query"),
    "queryParamRaw": _named("request.query"),
    "urlParam": _named("request.pathParameters"),
    "header": _named("request.headers"),
    "cookie": _named("request.cookies"),
    "method": lambda call, liquid: "request.method",
    "ip": lambda call, liquid: "request.client",
    "hostname": lambda call, liquid: 'request.headers.Host | split: ":" | first',
    "baseUrl": _base_url,
    "uuid": lambda call, liquid: "random.uuid",
    "guid": lambda call, liquid: "random.uuid",
    "boolean": lambda call, liquid: "random.boolean",
    "now": _now,
    "date": _date_between,
    "dateFormat": _date_format,
    "dateTimeShift": _shifted,
    "int": _int,
    "float": _float,
    "faker": _faker,
    **{name: _of_faker(faker) for name, faker in OF_FAKER.items()},
    "array": make_list,
    "oneOf": pick_one,
    "join": join_list,
    "lookup": look_up,
    "concat": append_all,
    "replace": replace_text,
    "add": calculated("plus"),
    "subtract": calculated("minus"),
    "multiply": calculated("times"),
    "divide": calculated("divided_by"),
    "modulo": calculated("modulo"),
    "ceil": filtered("ceil"),
    "floor": filtered("floor"),
    "round": filtered("round"),
    "toFixed": _to_fixed,
    "parseInt": filtered("plus: 0"),
    "lowercase": filtered("downcase"),
    "uppercase": filtered("upcase"),
    "trim": filtered("strip"),
    "len": filtered("size"),
    "reverse": filtered("reverse"),
    "sort": filtered("sort"),
    "first": filtered("first"),
    "last": filtered("last"),
    "stringify": filtered("json"),
    "base64": filtered("base64_encode"),
    "base64Decode": filtered("base64_decode"),
    "encodeURIComponent": filtered("url_encode"),
    "substr": _substr,
    "split": _split,
    "append": filtered_with("append"),
    "newline": lambda call, liquid: liquid.literally("\n"),
    "setVar": _set_variable,
    "getVar": _get_variable,
}
