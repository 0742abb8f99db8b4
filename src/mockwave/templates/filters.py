"""The filters of templates: those of Liquid, from python-liquid, with a bound on their results, and a few of ours.

A filter's result is charged before it is made: texts by how much they can grow, arrays by their items, numbers by their
digits. Objects in place of texts are their JSON.

    json, json: 2      the JSON of a value, on one line or indented
    text               a text as it is, nothing for what is not there, any other value as JSON: arrays, too
    pick               one item of an array
    random_int: high   a number from the value to `high`
"""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any, Final

import msgspec
from dateutil import parser as dates  # type: ignore[import-untyped,unused-ignore]
from liquid import is_undefined
from liquid.builtin.filters import array, extra, math, misc, string
from liquid.exceptions import FilterArgumentError
from liquid.filter import int_arg, num_arg, with_context

from mockwave.templates.bounded_context import BoundedContext
from mockwave.templates.contexts import Named
from mockwave.templates.template_errors import TemplateError
from mockwave.templates.template_limits import MAXIMUM_ITEMS, MAXIMUM_NUMBER_BITS, Meter
from mockwave.templates.template_texts import Values, json_of, show_moment, text_of

Filter = Callable[..., Any]

MAXIMUM_FORMAT_CHARACTERS: Final = 1_000
MAXIMUM_DATE_CHARACTERS: Final = 60
MAXIMUM_INDENT: Final = 10
LAST_SECOND: Final = 253_402_300_800  # of the year 9999
STEPS_OF_A_DATE: Final = 50
CHARACTERS_OF_A_NUMBER: Final = MAXIMUM_NUMBER_BITS // 3


def text_filter(function: Filter, growth: int = 1) -> Filter:
    """A filter from a text to a text that is at most `growth` times as long, plus its arguments."""
    takes_environment = getattr(function, "with_environment", False)

    def bounded(value: Any, *arguments: Any, context: BoundedContext, **named: Any) -> Any:
        text = text_of(value, context.meter)
        given = [argument_of(each, context.meter) for each in arguments]
        context.meter.make(len(text) * growth + sum(len(each) for each in given if isinstance(each, str)))
        if takes_environment:
            named["environment"] = context.env
        return function(text, *given, **named)

    return with_context(bounded)


def argument_of(value: Any, meter: Meter) -> Any:
    """An argument of a text filter; objects and arrays become texts."""
    return text_of(value, meter) if isinstance(value, list | dict | range) else value


def array_filter(function: Filter) -> Filter:
    """A filter of an array; any other value counts as an array of one item."""
    takes_environment = getattr(function, "with_environment", False)

    def bounded(value: Any, *arguments: Any, context: BoundedContext, **named: Any) -> Any:
        items = items_of(value, context.meter)
        if takes_environment:
            named["environment"] = context.env
        return function(items, *arguments, **named)

    return with_context(bounded)


def number_filter(function: Filter) -> Filter:
    """A filter of a number."""

    def bounded(value: Any, *arguments: Any, context: BoundedContext, **named: Any) -> Any:
        for each in (value, *arguments):
            _refuse_long_number(each)
        made = function(value, *arguments, **named)
        _refuse_long_number(made)
        return made

    return with_context(bounded)


def _refuse_long_number(value: Any) -> None:
    is_long = value.bit_length() > MAXIMUM_NUMBER_BITS if isinstance(value, int) else False
    if is_long or (isinstance(value, str) and len(value) > CHARACTERS_OF_A_NUMBER):
        raise TemplateError(0, f"a number has more digits than the limit, {CHARACTERS_OF_A_NUMBER}")


def items_of(value: Any, meter: Meter) -> Any:
    """The items of an array, with nested arrays flattened, as in Liquid; any other value as it is."""
    if isinstance(value, Values):
        value = value.values
    if isinstance(value, range):
        _refuse_long_array(len(value), meter)
        return list(value)
    if not isinstance(value, list | tuple):
        return text_of(value, meter) if isinstance(value, Named) else value
    _refuse_long_array(len(value), meter)
    if not any(isinstance(each, list | tuple) for each in value):
        return list(value)
    items: list[Any] = []
    for each in value:
        if isinstance(each, list | tuple):
            _refuse_long_array(len(items) + len(each), meter)
            items.extend(items_of(each, meter))
        else:
            items.append(each)
    _refuse_long_array(len(items), meter)
    return items


def _refuse_long_array(count: int, meter: Meter) -> None:
    if count > MAXIMUM_ITEMS:
        raise TemplateError(0, f"an array of {count:,} items; the limit is {MAXIMUM_ITEMS:,}")
    meter.spend(3 + count // 2)


@with_context
def append(value: Any, end: Any, *, context: BoundedContext) -> str:
    text, more = text_of(value, context.meter), text_of(end, context.meter)
    context.meter.make(len(text) + len(more))
    return text + more


@with_context
def prepend(value: Any, beginning: Any, *, context: BoundedContext) -> str:
    return append(beginning, value, context=context)  # type: ignore[no-any-return]


def replacing(function: Filter, most: int | None) -> Filter:
    """A filter that replaces a text, at most `most` times if that is not None."""

    def bounded(value: Any, old: Any, new: Any = "", *, context: BoundedContext) -> Any:
        text, replaced, replacement = (
            text_of(value, context.meter),
            text_of(old, context.meter),
            text_of(new, context.meter),
        )
        context.meter.spend(1 + len(text) // 1000)
        count = text.count(replaced) if most is None else most
        context.meter.make(len(text) + count * len(replacement))
        return function(text, replaced, replacement)

    return with_context(bounded)


def strip_html(text: str) -> str:
    """The text without its tags, comments, scripts and styles."""
    pieces, position = [], 0
    while (start := text.find("<", position)) >= 0:
        pieces.append(text[position:start])
        closing = next((end for beginning, end in HTML_BLOCKS if beginning.match(text, start)), HTML_TAG_END)
        match = closing.search(text, start)
        if match is None:
            pieces.append(text[start:])
            return "".join(pieces)
        position = match.end()
    return "".join((*pieces, text[position:]))


HTML_TAG_END: Final = re.compile(">")
HTML_BLOCKS: Final = (
    (re.compile("<!--"), re.compile("-->")),
    (re.compile("<script", re.IGNORECASE), re.compile("</script>", re.IGNORECASE)),
    (re.compile("<style", re.IGNORECASE), re.compile("</style>", re.IGNORECASE)),
)


@with_context
def split(value: Any, separator: Any, *, context: BoundedContext) -> Any:
    text, between = text_of(value, context.meter), text_of(separator, context.meter)
    context.meter.make(len(text))
    _refuse_long_array(text.count(between) if between else len(text), context.meter)
    return string.split(text, between)


@with_context
def join(value: Any, separator: Any = " ", *, context: BoundedContext) -> str:
    items = items_of(value, context.meter)
    if not isinstance(items, list):
        return text_of(items, context.meter)
    between, texts = text_of(separator, context.meter), []
    for item in items:
        text = text_of(item, context.meter)
        context.meter.make(len(text) + len(between))
        texts.append(text)
    return between.join(texts)


@with_context
def concat(value: Any, more: Any, *, context: BoundedContext) -> Any:
    items = [] if is_undefined(value) else items_of(value, context.meter)
    added = items_of(more, context.meter) if isinstance(more, range) else more
    if not isinstance(added, list | tuple):
        raise FilterArgumentError(f"concat expected an array, found {type(more).__name__}", token=None)
    _refuse_long_array(len(items) + len(added) if isinstance(items, list) else 1, context.meter)
    return array.concat(items, added)


@with_context
def uniq(value: Any, key: Any = None, *, context: BoundedContext) -> Any:
    items = items_of(value, context.meter)
    items = items if isinstance(items, list) else [items]
    seen: set[Any] = set()
    kept = []
    for item in items:
        found = item
        if key is not None:
            found = item.get(key) if isinstance(item, dict) else None
        if isinstance(found, dict | list):
            text = json_of(found)
            context.meter.make(len(text))
            found = (text,)
        if found not in seen:
            seen.add(found)
            kept.append(item)
    return kept


@with_context
def slice_(value: Any, start: Any, length: Any = 1, *, context: BoundedContext) -> Any:
    if isinstance(value, range):
        value = items_of(value, context.meter)
    if not isinstance(value, list | tuple):
        value = text_of(value, context.meter)
    context.meter.make(len(value))
    return string.slice_(value, start, length)


@with_context
def json(value: Any, indent: Any = 0, *, context: BoundedContext) -> str:
    if isinstance(value, range):
        value = items_of(value, context.meter)
    text = json_of(None if is_undefined(value) else value)
    context.meter.make(len(text))
    spaces = min(int_arg(indent, 0), MAXIMUM_INDENT)
    if spaces <= 0:
        return text
    context.meter.make(len(text) * 2)
    formatted = msgspec.json.format(text, indent=spaces)
    context.meter.make(len(formatted))
    return formatted


@with_context
def text(value: Any, *, context: BoundedContext) -> str:
    made = json_of(value) if isinstance(value, list | tuple) else text_of(value, context.meter)
    context.meter.make(len(made))
    return made


@with_context
def pick(value: Any, *, context: BoundedContext) -> Any:
    items = items_of(value, context.meter)
    return context.source.source().choice(items) if isinstance(items, list) and items else None


@with_context
def random_int(value: Any, high: Any = 100, *, context: BoundedContext) -> int:
    first, last = int(num_arg(value, 0)), int(num_arg(high, 0))
    _refuse_long_number(first)
    _refuse_long_number(last)
    return context.source.source().randint(min(first, last), max(first, last))


@with_context
def date_(value: Any, form: Any = None, *, context: BoundedContext) -> str:
    """`date`: times are in UTC unless they say otherwise."""
    context.meter.spend(STEPS_OF_A_DATE)
    if is_undefined(value) or value is None:
        return ""
    moment = _read_date(value, context)
    if moment is None:
        return text_of(value, context.meter)
    if form is None or is_undefined(form):
        return show_moment(moment)
    pattern = text_of(form, context.meter)
    if len(pattern) > MAXIMUM_FORMAT_CHARACTERS:
        raise FilterArgumentError(f"a format of more than {MAXIMUM_FORMAT_CHARACTERS} characters", token=None)
    milliseconds = f"{moment.microsecond // 1000:03d}"
    pieces = [
        each.replace("%L", milliseconds).replace("%s", str(int(moment.timestamp()))) for each in pattern.split("%%")
    ]
    return moment.strftime("%%".join(pieces))


def _read_date(value: Any, context: BoundedContext) -> datetime | None:
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    if isinstance(value, str):
        if value in ("now", "today"):
            now = context.source.now
            return now if now is not None else datetime.now(UTC)
        if not value.isdigit():
            try:
                read: datetime | None = dates.parse(value) if len(value) <= MAXIMUM_DATE_CHARACTERS else None
            except (ValueError, OverflowError, TypeError, AttributeError):
                return None
            return read if read is None or read.tzinfo is not None else read.replace(tzinfo=UTC)
        value = int(value) if len(value) < MAXIMUM_DATE_CHARACTERS else None
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < LAST_SECOND:
        return None
    try:
        return datetime.fromtimestamp(value, UTC)
    except (OverflowError, OSError, ValueError):
        return None


TEXT_GROWTH: Final = {
    "capitalize": 3,
    "downcase": 3,
    "upcase": 3,
    "escape": 6,
    "escape_once": 6,
    "url_encode": 12,
    "newline_to_br": 7,
    "base64_encode": 6,
    "base64_url_safe_encode": 6,
    "base64_decode": 1,
    "base64_url_safe_decode": 1,
    "lstrip": 1,
    "rstrip": 1,
    "strip": 1,
    "squish": 1,
    "strip_newlines": 1,
    "truncate": 1,
    "truncatewords": 1,
    "url_decode": 1,
    "remove": 1,
    "remove_first": 1,
    "remove_last": 1,
}
"""The factor by which each filter can lengthen a text, or takes longer than the others."""

FILTERS: Final[dict[str, Filter]] = {
    **{name: text_filter(getattr(string, name), growth) for name, growth in TEXT_GROWTH.items()},
    "escapejs": text_filter(extra.escapejs, 6),
    "strip_html": text_filter(strip_html),
    "append": append,
    "prepend": prepend,
    "replace": replacing(string.replace, None),
    "replace_first": replacing(string.replace_first, 1),
    "replace_last": replacing(string.replace_last, 1),
    "slice": slice_,
    "split": split,
    "join": join,
    "concat": concat,
    "uniq": uniq,
    "map": array_filter(array.map_),
    "sort": array_filter(array.sort),
    "sum": array_filter(array.sum_),
    **{
        name: array_filter(getattr(array, name))
        for name in ("compact", "find", "find_index", "has", "reject", "reverse", "sort_natural", "where")
    },
    "first": array.first,
    "last": array.last,
    **{
        name: number_filter(getattr(math, attribute))
        for name, attribute in (
            ("abs", "abs_"), ("at_least", "at_least"), ("at_most", "at_most"), ("ceil", "ceil"),
            ("divided_by", "divided_by"), ("floor", "floor"), ("minus", "minus"), ("modulo", "modulo"),
            ("plus", "plus"), ("round", "round_"), ("times", "times"),
        )
    },
    "size": misc.size,
    "default": misc.default,
    "date": date_,
    "json": json,
    "text": text,
    "pick": pick,
    "random_int": random_int,
}  # fmt: skip
APP_FILTERS: Final[dict[str, Filter]] = {"default": misc.default}
