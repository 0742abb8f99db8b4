"""Helpers that several tools share, sometimes under different names: comparisons, texts, numbers, lists, dates, chance.

Each takes a call and returns the equal Liquid expression or condition (`translation.py`).
"""

import re
from collections.abc import Callable
from typing import Final

from mockwave.formats.handlebars.date_patterns import read_date_pattern, read_offset
from mockwave.formats.handlebars.liquid_texts import NoEqual, members, quote, read_literal
from mockwave.formats.handlebars.syntax import Argument, Block, Call, Literal
from mockwave.formats.handlebars.translation import Condition, Helper, Liquid

ISO: Final = "%Y-%m-%dT%H:%M:%SZ"
SEPARATORS: Final = ("|", ";", "~", "^", "·")
LETTERS: Final = "abcdefghijklmnopqrstuvwxyz"
DIGITS: Final = "0123456789"


def argument(call: Call, index: int) -> Argument:
    """Returns an argument by its position. Raises NoEqual if it is missing."""
    if index >= len(call.positional):
        raise NoEqual
    return call.positional[index]


def text_argument(given: Argument | None, default: str | None = None) -> str:
    """Returns a text argument that is a literal of the template. Raises NoEqual for any other."""
    if given is None and default is not None:
        return default
    if not isinstance(given, Literal) or not isinstance(given.value, str):
        raise NoEqual
    return given.value


def whole_argument(given: Argument | None, default: int | None = None) -> int:
    """Returns an integer argument that is a literal of the template. Raises NoEqual for any other."""
    if given is None and default is not None:
        return default
    value = given.value if isinstance(given, Literal) else None
    if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,15}", value):
        return int(value)
    if not isinstance(value, int) or isinstance(value, bool):
        raise NoEqual
    return value


def filtered(name: str) -> Helper:
    """The first argument through a filter."""
    return lambda call, liquid: f"{liquid.expression(argument(call, 0))} | {name}"


def filtered_with(name: str, default: str | None = None) -> Helper:
    """The first argument through a filter that takes the second one."""

    def helper(call: Call, liquid: Liquid) -> str:
        value = liquid.expression(argument(call, 0))
        if len(call.positional) == 1 and default is not None:
            return f"{value} | {name}: {default}"
        return f"{value} | {name}: {liquid.name(argument(call, 1))}"

    return helper


def calculated(name: str) -> Helper:
    """Numbers through a filter, one after the other."""

    def helper(call: Call, liquid: Liquid) -> str:
        if len(call.positional) < 2:
            raise NoEqual
        first, *rest = (liquid.number(each) for each in call.positional)
        if name == "divided_by":
            first = f"{first} | times: 1.0"
        return " | ".join((first, *(f"{name}: {each}" for each in rest)))

    return helper


def calculate_infix(call: Call, liquid: Liquid) -> str:
    """`math 1 '+' 2`."""
    names = {"+": "plus", "-": "minus", "*": "times", "/": "divided_by", "%": "modulo"}
    operator = text_argument(argument(call, 1))
    if operator not in names or len(call.positional) != 3:
        raise NoEqual
    return calculated(names[operator])(Call("", (call.positional[0], call.positional[2])), liquid)


def compared(operator: str, *, as_numbers: bool = False) -> Condition:
    """A comparison of two values."""

    def condition(call: Call, liquid: Liquid) -> str:
        if len(call.positional) != 2:
            raise NoEqual
        first, second = (liquid.number(each) if as_numbers else liquid.name(each) for each in call.positional)
        return f"{first} {operator} {second}"

    return condition


def all_hold(call: Call, liquid: Liquid) -> str:
    if not call.positional:
        raise NoEqual
    return " and ".join(liquid.condition(each) for each in call.positional)


def any_holds(call: Call, liquid: Liquid) -> str:
    if not call.positional:
        raise NoEqual
    return liquid.named_truth(" or ".join(liquid.truth(each) for each in call.positional))


def does_not_hold(call: Call, liquid: Liquid) -> str:
    return f"{liquid.truth(argument(call, 0))} == false"


CONDITIONS: Final[dict[str, Condition]] = {
    "eq": compared("=="),
    "gt": compared(">", as_numbers=True),
    "gte": compared(">=", as_numbers=True),
    "lt": compared("<", as_numbers=True),
    "lte": compared("<=", as_numbers=True),
    "and": all_hold,
    "or": any_holds,
    "not": does_not_hold,
}


def make_list(call: Call, liquid: Liquid) -> str:
    """`array 'a' 'b'`: a list of the texts of literals."""
    texts = [read_literal(liquid.expression(each)) for each in call.positional]
    given = [each for each in texts if each is not None]
    separator = next((each for each in SEPARATORS if not any(each in text for text in given)), None)
    if len(given) != len(texts) or not given or separator is None:
        raise NoEqual
    return f"{quote(separator.join(given))} | split: {quote(separator)}"


def pick_one(call: Call, liquid: Liquid) -> str:
    """One of the arguments, or of the list that is the only one."""
    if len(call.positional) == 1:
        return f"{liquid.expression(call.positional[0])} | pick"
    return f"{make_list(call, liquid)} | pick"


def join_list(call: Call, liquid: Liquid) -> str:
    """`join list ','`, or the texts themselves with what stands between them as the last argument."""
    *values, last = call.positional or (None,)
    if last is None or not values:
        raise NoEqual
    if len(values) == 1:
        return f"{liquid.expression(values[0])} | join: {liquid.name(last)}"
    first, *rest = values
    between = liquid.name(last)
    return " | ".join(
        (liquid.expression(first), *(f"append: {between} | append: {liquid.name(each)}" for each in rest))
    )


def append_all(call: Call, liquid: Liquid) -> str:
    """`concat 'a' 'b'`: texts one after the other."""
    first, *rest = call.positional or (Literal(""),)
    return " | ".join((liquid.expression(first), *(f"append: {liquid.name(each)}" for each in rest)))


def replace_text(call: Call, liquid: Liquid) -> str:
    value, old, new = (argument(call, index) for index in range(3))
    return f"{liquid.expression(value)} | replace: {liquid.name(old)}, {liquid.name(new)}"


def cut_to(call: Call, liquid: Liquid) -> str:
    """`substring text from to`."""
    first = whole_argument(argument(call, 1))
    if len(call.positional) == 2:
        return f"{liquid.expression(argument(call, 0))} | slice: {first}, 1000000"
    return f"{liquid.expression(argument(call, 0))} | slice: {first}, {whole_argument(argument(call, 2)) - first}"


def or_default(call: Call, liquid: Liquid) -> str:
    """The value, or the second argument where it is empty."""
    if len(call.positional) == 1:
        return liquid.expression(call.positional[0])
    return f"{liquid.expression(argument(call, 0))} | default: {liquid.name(argument(call, 1))}"


def look_up(call: Call, liquid: Liquid) -> str:
    """`lookup object key`."""
    base = liquid.name(argument(call, 0))
    key = argument(call, 1)
    if isinstance(key, Literal) and key.value is not None:
        return members(base, [str(key.value)])
    return f"{base}[{liquid.name(key)}]"


def show_time(pattern: str, offset: str) -> str:
    """The time of the request, by a pattern of Java's or date-fns'; `epoch` and `unix` are milliseconds and seconds."""
    form = {"epoch": "%s%L", "unix": "%s", "": ISO}.get(pattern) or read_date_pattern(pattern)
    if not offset:
        return f"now | date: {quote(form)}"
    return f'now | date: "%s" | plus: {read_offset(offset)} | date: {quote(form.replace("%L", "000"))}'


def format_date(value: str, pattern: str) -> str:
    """A time that is a value, by a pattern."""
    form = {"epoch": "%s%L", "unix": "%s", "": ISO}.get(pattern) or read_date_pattern(pattern)
    return f"{value} | date: {quote(form)}"


def draw_characters(alphabet: str, count: int, liquid: Liquid) -> str:
    """Returns that many characters, each drawn from these."""
    if not 1 <= count <= 1000:
        raise NoEqual
    picked = "{{ " + f'{quote(alphabet)} | split: "" | pick' + " }}"
    return liquid.captured(f"{{% for each in (1..{count}) %}}{picked}{{% endfor %}}")


def draw_number(low: str, high: str) -> str:
    """Returns an integer between two bounds, both inclusive."""
    return f"{low} | random_int: {high}"


def switch(block: Block, liquid: Liquid, find_case: "Callable[[Block], Argument | None]") -> str:
    """`{{#switch x}}{{#case 'a'}}…{{/case}}{{#default}}…{{/default}}{{/switch}}`. What stands between the cases is
    left out, as is what no case can be."""
    value = liquid.named(liquid.expression(argument(block.call, 0)))
    pieces = [f"{{% case {value} %}}"]
    for node in block.body:
        if not isinstance(node, Block):
            continue
        wanted = find_case(node)
        pieces.append("{% else %}" if wanted is None else f"{{% when {quote(_literal(wanted))} %}}")
        pieces.append(liquid.apart(node.body))
    return "".join((*pieces, "{% endcase %}"))


def _literal(given: Argument) -> str | int | float | bool | None:
    if not isinstance(given, Literal):
        raise NoEqual
    return given.value
