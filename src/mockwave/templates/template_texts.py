"""Values as templates see them: their items, and their text in the output.

Texts and numbers are written as they are, nil writes nothing, and arrays write their items one after another, as in
Liquid; an object, for which Liquid has no text, is written as JSON. Items are found only by subscript: no attribute of
a Python object is within reach.
"""

from collections.abc import Callable, Mapping, Sequence, Sized
from datetime import UTC, date, datetime
from itertools import islice
from typing import Any, Final

import msgspec

from mockwave.templates.template_limits import Meter

MAXIMUM_NESTED_ARRAYS: Final = 8

encode_json = msgspec.json.Encoder(enc_hook=str).encode


class Values(str):
    """The values of a repeated field of a request; its text is the first value, as in WireMock."""

    __slots__ = ("values",)
    values: list[str]

    def __new__(cls, values: list[str]) -> "Values":
        self = super().__new__(cls, values[0] if values else "")
        self.values = values
        return self


def one_or_several(values: list[str]) -> str:
    """The values of a field, usually only one."""
    return values[0] if len(values) == 1 else Values(values)


def find_item(value: Any, key: Any) -> Any:
    """Returns `value.key`, or `value[key]`. Raises KeyError, IndexError or TypeError if there is none."""
    if isinstance(value, str):
        if isinstance(value, Values) and isinstance(key, int):
            return value.values[key]
        if isinstance(key, int):
            raise TypeError
        if key == "size" and type(value) is str:
            return len(value)
    if key in _PROPERTIES:
        try:
            return value[key]
        except (KeyError, IndexError, TypeError):
            return _PROPERTIES[key](value)
    return value[key]


def _size(value: Any) -> int:
    if isinstance(value, Sized):
        return len(value)
    raise TypeError


def _first(value: Any) -> Any:
    if isinstance(value, Mapping) and value:
        return next(islice(value.items(), 1))
    return _end(value, 0)


def _end(value: Any, position: int) -> Any:
    if isinstance(value, Values):
        return value.values[position]
    if isinstance(value, Sequence) and not isinstance(value, str):
        return value[position]
    raise TypeError


_PROPERTIES: Final[dict[str, Callable[[Any], Any]]] = {
    "size": _size,
    "first": _first,
    "last": lambda value: _end(value, -1),
}


def text_of(value: Any, meter: Meter, depth: int = 0) -> str:
    """The text of `value` in the output. Raises OutOfSteps, TemplateError."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        meter.spend(2 + len(value))
        if depth > MAXIMUM_NESTED_ARRAYS:
            return json_of(value)
        return "".join([text_of(item, meter, depth + 1) for item in value])
    if type(value) is dict:
        return json_of(value)
    if isinstance(value, range):
        return f"{value.start}..{value.stop - 1}"
    if isinstance(value, datetime):
        return show_moment(value)
    return str(value)


def json_of(value: Any) -> str:
    """`value` as JSON text."""
    return encode_json(_plain(value)).decode()


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return str(value)
    if isinstance(value, datetime):
        return show_moment(value)
    if isinstance(value, range):
        return list(value)
    return value


def show_moment(moment: date) -> str:
    """RFC 3339, in milliseconds."""
    if not isinstance(moment, datetime):
        return moment.isoformat()
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"
